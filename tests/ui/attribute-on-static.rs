use inline_callbacks::prelude::*;

#[inline_callbacks]
static LINES: u32 = 14;

// The item is still there.
fn main() { println!("{LINES}"); }
