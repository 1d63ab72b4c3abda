// The compiler's own words, which come through undamaged.
use std::error::Error;

use inline_callbacks::prelude::*;

fn load(text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
    Ok(text.parse()?)
}

#[inline_callbacks]
fn fetch(text: Deferred<String>) -> Deferred<u32> {
    let port = load(&yield_!(text)?)?;
    Ok(port)
}

fn main() {}
