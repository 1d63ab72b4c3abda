use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

macro_rules! arrow {
    ($from:expr => $to:expr) => { ($from, $to) };
}

fn main() {
    let d = arrow!(1 => succeed(2)).1;
    let _ = callbacks! {
        let pair = arrow!(1 => yield d);
        Ok(pair.0)
    };
}
