// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32, u32> {
    println!("{}", yield_!("one"));
}

fn main() {
    let _ = numbers().next();
}
