//! A generator: its body starts when the first value is asked for, and goes on where it was whenever the next one is.
//!
//! ```text
//! cargo run --example gen_1
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
    for n in my_generator() {
        println!("{n}");
    }
}
