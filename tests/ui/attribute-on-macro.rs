use inline_callbacks::prelude::*;

#[inline_callbacks]
macro_rules! poem { () => { 1 } }

// The item is still there.
fn main() { poem!(); }
