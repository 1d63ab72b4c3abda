use inline_callbacks::prelude::*;

callbacks! {
    #[generator]
    fn numbers() -> Generator<u32> {
        yield_!(1, 2);
    }
}

fn main() {}
