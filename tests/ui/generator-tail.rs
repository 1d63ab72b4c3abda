use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1);
    Ok(())
}

fn main() {
    let _ = numbers().next();
}
