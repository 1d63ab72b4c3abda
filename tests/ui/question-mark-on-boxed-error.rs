use std::error::Error;

use inline_callbacks::prelude::*;

fn load() -> Result<u32, Box<dyn Error + Send + Sync>> {
    Ok(1)
}

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    let port = load()?;
    Ok(port)
}

fn main() {}
