// The body is what the other attribute, written above ours, makes of it: so its names are shown here, and its attribute otherwise.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(d: Deferred<u32>) -> Deferred<u32> {
    let __tracing_attr_span = "fetch";
    {
        #[allow(unreachable_code)]
        if false {
            let __tracing_attr_fake_return: Deferred<u32> = loop {};
            return __tracing_attr_fake_return;
        }
        {
            let poem = yield_!(d)?;
            Ok(poem)
        }
    }
}

fn main() {}
