use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    fn inner() {
        yield_!(1);
    }
    inner();
    yield_!(2);
}

fn main() {
    let _ = numbers().next();
}
