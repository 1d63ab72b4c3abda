#![deny(warnings)]
#![forbid(unsafe_code, unused, unreachable_code, clippy::all)]
#![no_implicit_prelude]

// The old name leads elsewhere.
extern crate inline_callbacks as twisted;

use twisted::prelude::{Generator, yield_};

mod core {}
mod inline_callbacks {}

struct Value;
struct Hand;
fn out() {}

#[twisted::generator]
fn numbers(mut next: u32) -> Generator<u32, u32> {
    loop {
        let value = yield_!(next);
        if value == 0 {
            return;
        }
        next = value + yield_![next];
        ::std::println!("{}", yield_!(next));
    }
}

twisted::callbacks! {
    #[twisted::generator]
    fn keyword() -> Generator<u32> {
        yield 1;
        ::std::println!("{:?}", yield 2);
    }
}

/// The bound on `T` follows from the return type.
#[twisted::generator]
fn all<T>(values: ::std::vec::Vec<T>) -> Generator<T> {
    for value in values {
        yield_!(value);
    }
}

fn main() {
    let _ = (numbers(1).next(), keyword().next(), all(::std::vec![1]).next());
    let _ = (Value, Hand, out());
}
