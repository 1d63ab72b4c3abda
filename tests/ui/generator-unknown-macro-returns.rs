// Said by the runtime: the local macro that passes `return_value!` on comes from the attribute, so the compiler says it there.
use inline_callbacks::prelude::*;

macro_rules! end_with {
    ($value:expr) => {
        return_value!($value)
    };
}

#[generator]
fn numbers() -> Generator<u32> {
    yield_!(1);
    end_with!(2);
}

fn main() {
    let _ = numbers().next();
}
