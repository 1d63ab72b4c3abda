use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<()> {
    println!("{}", (yield d)?);
}

fn main() {}
