//! The generator of `gen_1`, driven by hand instead of by a `for` loop.
//!
//! ```text
//! cargo run --example gen_2
//! ```

use inline_callbacks::prelude::*;

#[generator]
fn my_generator() -> Generator<u32> {
    println!("starting up");
    yield_!(1);
    println!("workin'");
    yield_!(2);
    println!("still workin'");
    yield_!(3);
    println!("done");
}

fn main() {
    let mut generator = my_generator();
    // Python ends the loop with an exception, `StopIteration`.
    while let Some(n) = generator.next() {
        println!("{n}");
    }
}
