// The note names the runtime's own source, as every bound that is not met does.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<()> {
    let poem = yield_!([d])?;
    println!("{}", poem.len());
}

fn main() {}
