// The compiler's own words, which come through undamaged.
#![deny(unused_must_use)]
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    callbacks! {
        (yield succeed(1))?;
        Ok(())
    };
}
