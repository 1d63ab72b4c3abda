// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _ = callbacks! {
        (yield succeed(1))?;
        Err(Failure::msg("no"))
    };
}
