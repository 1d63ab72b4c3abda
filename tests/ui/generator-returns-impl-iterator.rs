use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> impl Iterator<Item = u32> {
    yield_!(1);
}

fn main() {
    let _ = numbers().next();
}
