// The compiler finds out, not the macro: the attribute asks, and the lifetime is named.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

struct Client<'a>(&'a str);

impl<'a> Client<'a> {
    #[inline_callbacks]
    fn fetch(self) -> Deferred<usize> {
        yield_!(succeed(1))?;
        return_value!(self.0.len())
    }
}

fn main() {}
