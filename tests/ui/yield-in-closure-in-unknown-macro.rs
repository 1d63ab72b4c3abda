// The macro may be anything, so the compiler finds out.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

macro_rules! wait {
    ($d:expr) => {
        yield_!($d)
    };
}

#[inline_callbacks]
fn fetch(port: Option<u32>) -> Deferred<u32> {
    port.map(|port| wait!(succeed(port)));
    Ok(1)
}

fn main() {}
