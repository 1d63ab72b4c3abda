use inline_callbacks::prelude::*;

#[inline_callbacks]
unsafe extern "C" {}

fn main() {}
