// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let fetch = callbacks!(|port: u32| -> Deferred<String> {
        let poem = yield succeed(port);
        Ok(poem?)
    });
    let _ = fetch(1);
}
