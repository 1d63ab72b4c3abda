use inline_callbacks::prelude::*;
use std::rc::Rc;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Rc<Deferred<u32>> {
    let poem = yield_!(d)?;
    Ok(poem)
}

fn main() {}
