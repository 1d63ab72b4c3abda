#![deny(warnings)]
use inline_callbacks::prelude::*;

#[generator]
pub fn numbers(from: u32) -> Generator<u32> {
    println!("counting from {from}");
}

fn main() {}
