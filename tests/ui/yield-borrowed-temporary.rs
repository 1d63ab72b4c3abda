// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

async fn length(text: &String) -> usize {
    text.len()
}

#[inline_callbacks]
fn fetch() -> Deferred<usize> {
    Ok(yield_!(length(&String::new())))
}

fn main() {}
