use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

callbacks! {
    #[generator]
    fn numbers() -> Generator<u32> {
        yield succeed(1).await;
    }
}

fn main() {}
