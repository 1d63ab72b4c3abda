// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[generator]
fn words(text: String) -> Generator<String> {
    yield_!(text);
    yield_!(text);
}

fn main() {}
