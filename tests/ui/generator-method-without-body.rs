use inline_callbacks::prelude::*;

trait Numbers {
    #[generator]
    fn numbers(&self) -> Generator<u32>;
}

fn main() {}
