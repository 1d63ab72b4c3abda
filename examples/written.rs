//! A small inline callback, as it is written. `expanded.rs` beside it is the same program with what the macro makes of
//! it.
//!
//! ```text
//! cargo run --example written
//! cargo run --example expanded
//! ```

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

/// The sum of two numbers, once both are there.
#[inline_callbacks]
fn add(first: Deferred<u32>, second: Deferred<u32>) -> Deferred<u32> {
    let mut sum = yield_!(first)?;
    println!("{sum} is here");
    sum += yield_!(second)?;
    return_value!(sum)
}

fn main() {
    let (trigger, second) = Deferred::new();
    add(succeed(20), second).map(|sum| println!("the sum is {sum}")).detach();
    println!("and now the other");
    trigger.callback(22);
}
