// The compiler finds out, not the macro.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<usize> {
    let ports = [0; yield_!(2)];
    Ok(ports.len())
}

fn main() {}
