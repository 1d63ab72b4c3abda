// The compiler's own words, which come through undamaged. They show where the method is declared.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn next(n: u32) -> Result<u32, Failure> {
    Ok(n + 1)
}

fn main() {
    succeed(1).add_callback(next(1)).detach();
}
