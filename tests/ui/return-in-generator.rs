use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1);
    return_value!(2);
}

fn main() {
    let _ = numbers().next();
}
