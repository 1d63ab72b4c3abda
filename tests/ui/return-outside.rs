// Said by `return_value!` itself, which is called where nothing is marked.
use inline_callbacks::prelude::*;

fn fetch() -> Result<u32, Failure> {
    return_value!(1)
}

fn main() {}
