use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use std::rc::Rc;

#[inline_callbacks]
fn fetch() -> Vec<(u32, Rc<str>)> {
    let poem = yield_!(succeed(1))?;
    if poem > 1 {
        return_value!(poem);
    }
    Ok(poem)
}

fn main() {}
