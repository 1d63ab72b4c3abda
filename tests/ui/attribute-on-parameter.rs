// The compiler refuses the attribute there, and does not ask us.
use inline_callbacks::prelude::*;

fn fetch(#[inline_callbacks] port: u32) -> u32 {
    port
}

fn main() {}
