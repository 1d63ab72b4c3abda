use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> u32 {
    yield_!(1);
}

fn main() {
    let _: u32 = numbers();
}
