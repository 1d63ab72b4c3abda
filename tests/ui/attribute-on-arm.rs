// The compiler refuses the attribute there, and does not ask us.
use inline_callbacks::prelude::*;

fn fetch(port: u32) -> u32 {
    match port {
        #[inline_callbacks]
        other => other,
    }
}

fn main() {}
