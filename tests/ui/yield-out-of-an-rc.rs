// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

use std::rc::Rc;

struct Client {
    greeting: Deferred<u32>,
}

impl Client {
    #[inline_callbacks]
    fn fetch(self: Rc<Self>) -> Deferred<u32> {
        Ok(yield_!(self.greeting)?)
    }
}

fn main() {}
