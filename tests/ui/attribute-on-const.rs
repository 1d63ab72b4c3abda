use inline_callbacks::prelude::*;

#[inline_callbacks]
const LINES: fn() -> u32 = lines;

fn lines() -> u32 { 14 }

// The item is still there.
fn main() { LINES(); }
