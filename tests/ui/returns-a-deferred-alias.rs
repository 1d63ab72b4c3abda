// The compiler finds out, not the macro: its words for a missing function are the reason for the function's name.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

type Outcome = std::result::Result<u32, String>;

#[inline_callbacks]
fn fetch() -> Outcome {
    let poem = yield_!(succeed(1))?;
    Ok(poem)
}

fn main() {}
