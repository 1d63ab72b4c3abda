// Said by a bound of the runtime, since only the type tells.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<()> {
    let poem = yield_!(Some(d))?;
    println!("{}", poem.len());
}

fn main() {}
