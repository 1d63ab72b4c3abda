use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    let later = async {
        yield_!(1);
    };
    drop(later);
    yield_!(2);
}

fn main() {
    let _ = numbers().next();
}
