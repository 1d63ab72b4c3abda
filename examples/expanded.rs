//! What the macro makes of `written.rs`, written by hand. A test keeps the two the same.
//!
//! Read it from the inside. Each wait is an `.await` of what `yield_!(@future ..)` makes of its operand: for a
//! Deferred, itself. So the compiler makes a state machine of the body, and the driver runs it as far as it goes. The
//! return type that was written down leads to the driver, and the return that never happens tells the compiler what the
//! body ends with. The local macro is how `yield_!` and `return_value!` know, wherever they stand, that they are in a
//! marked function.
//!
//! ```text
//! cargo run --example written
//! cargo run --example expanded
//! ```

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

/// The sum of two numbers, once both are there.
fn add(first: Deferred<u32>, second: Deferred<u32>) -> Deferred<u32> {
    macro_rules! compile_error {
        ($c:tt ::__outside_yield! { $($inside:tt)* }) => {
            $($inside)*
        };
        ($c:tt ::__outside_return! { $($inside:tt)* }) => {
            $($inside)*
        };
        ($($t:tt)*) => {
            ::core::compile_error!($($t)*)
        };
    }
    let __driver = <Deferred<u32>>::__inline_callbacks_must_return_a_Deferred();
    __driver.run_named("first, second", async move {
        if false {
            return __driver.pin();
        }
        let first = first;
        let second = second;
        {
            let mut sum = { yield_!(@future first) }.await?;
            println!("{sum} is here");
            sum += { yield_!(@future second) }.await?;
            return_value!(sum)
        }
    })
}

fn main() {
    let (trigger, second) = Deferred::new();
    add(succeed(20), second).map(|sum| println!("the sum is {sum}")).detach();
    println!("and now the other");
    trigger.callback(22);
}
