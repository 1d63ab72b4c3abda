use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    fn one() -> Result<u32, Failure> {
        return_value!(1)
    }
    yield_!(one().unwrap());
}

fn main() {}
