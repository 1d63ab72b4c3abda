use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Deferred<u32> {
    yield_!(1);
}

fn main() {
    numbers().detach();
}
