// Said by a bound, since only the type tells.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(ds: Vec<Deferred<u32>>) -> Deferred<u32> {
    for d in ds {
        yield_!(d)?;
    }
}

fn main() {}
