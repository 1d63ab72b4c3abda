use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(name: &dyn Fn(&str) -> usize, d: Deferred<u32>) -> Deferred<usize> {
    yield_!(d)?;
    return_value!(name("poem"))
}

fn main() {}
