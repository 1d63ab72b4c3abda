// Each mistake of a signature has its message, and so has the one in the body.
use inline_callbacks::prelude::*;

#[generator(lazy)]
async fn numbers(text: &str) -> u32 {
    let n: u32 = text.parse()?;
    yield_!(n);
}

fn main() {
    let _: u32 = numbers("1");
}
