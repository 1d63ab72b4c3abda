// Said by a bound of the runtime, since only the type tells.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<()> {
    let poem = yield_!((d, succeed("two")))?;
    println!("{}", poem.len());
}

fn main() {}
