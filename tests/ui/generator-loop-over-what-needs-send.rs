// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[generator]
fn echo() -> Generator<u32, u32> {
    let sent = yield_!(1);
    yield_!(sent);
}

fn main() {
    for n in echo() {
        println!("{n}");
    }
}
