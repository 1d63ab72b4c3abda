// The macro is not looked into, so the compiler finds out.
use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    thread_local! {
        static PORT: u32 = yield_!(8080);
    }
    Ok(PORT.with(|port| *port))
}

fn main() {}
