use inline_callbacks::prelude::*;

macro_rules! poem {
    () => {};
}

#[inline_callbacks]
poem! {}

fn main() {}
