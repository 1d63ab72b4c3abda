// The compiler's own words, once for the exchange of values and once for the body: they show our source, and the standard library's.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1);
}

fn spawn(_work: impl FnOnce() + Send + 'static) {}

fn main() {
    let mut numbers = numbers();
    spawn(move || {
        numbers.next();
    });
}
