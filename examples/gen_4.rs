//! A generator that its caller talks back to: what is sent, or thrown, comes out of the `yield_!` at which the body stands.
//!
//! ```text
//! cargo run --example gen_4
//! ```

use inline_callbacks::prelude::*;

struct Malfunction;

#[generator]
fn my_generator() -> Generator<u32, Result<u32, Malfunction>> {
    println!("starting up");
    for n in [1, 2] {
        if let Ok(val) = yield_!(n) {
            println!("got: {val}");
        }
    }
    // What is an exception in Python is an `Err` here.
    if let Err(Malfunction) = yield_!(3) {
        println!("malfunction!");
    }
    let _ = yield_!(4);
    println!("done");
}

fn show(value: Option<u32>) {
    if let Some(value) = value {
        println!("{value}");
    }
}

fn main() {
    let mut generator = my_generator();
    show(generator.next()); // starts the body
    show(generator.send(Ok(10))); // sends a value
    show(generator.send(Ok(20))); // sends another
    show(generator.throw(Malfunction)); // sends an error
    show(generator.send(Ok(30))); // lets the body run to its end: there is nothing more to show
}
