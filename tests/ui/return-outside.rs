use inline_callbacks::prelude::*;

fn fetch() -> Result<u32, Failure> {
    return_value!(1)
}

fn main() {}
