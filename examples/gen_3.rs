//! Two generators that take turns, until both have ended: each keeps its own place.
//!
//! ```text
//! cargo run --example gen_3
//! ```

use inline_callbacks::prelude::*;

#[generator]
fn units() -> Generator<u32> {
    for n in 1..=3 {
        yield_!(n);
    }
}

#[generator]
fn tens() -> Generator<u32> {
    for n in 1..=4 {
        yield_!(n * 10);
    }
}

fn main() {
    let mut generators = vec![units(), tens()];
    while !generators.is_empty() {
        // Whoever has nothing more to give leaves the round.
        generators.retain_mut(|generator| match generator.next() {
            Some(n) => {
                println!("{n}");
                true
            }
            None => false,
        });
    }
}
