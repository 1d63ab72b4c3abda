use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use std::rc::Rc;

struct Client {
    port: u32,
}

impl Client {
    #[inline_callbacks]
    fn fetch(self: &Rc<Self>) -> Deferred<u32> {
        let poem = yield_!(succeed(self.port))?;
        Ok(poem + self.port)
    }
}

fn main() {}
