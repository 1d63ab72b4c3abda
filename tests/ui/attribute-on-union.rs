use inline_callbacks::prelude::*;

#[inline_callbacks]
union Either { a: u32, b: f32 }

// The item is still there.
fn main() { Either { a: 1 }; }
