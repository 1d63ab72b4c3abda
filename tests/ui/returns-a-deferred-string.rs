use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

#[inline_callbacks]
fn fetch() -> String {
    let poem = yield_!(succeed(1))?;
    if poem > 1 {
        return_value!(poem);
    }
    Ok(poem)
}

fn main() {}
