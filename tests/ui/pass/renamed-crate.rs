#![deny(warnings)]

// The old name leads elsewhere.
extern crate inline_callbacks as twisted;

use twisted::prelude::*;

mod inline_callbacks {}

twisted::callbacks! {
    #[twisted::inline_callbacks]
    fn fetch(d: Deferred<u32>) -> Deferred<u32> {
        let poem = (yield d)?;
        println!("{}", yield_!(twisted::succeed(poem))?);
        return_value!(poem)
    }
}

fn main() {
    let _ = fetch(twisted::succeed(1));
}
