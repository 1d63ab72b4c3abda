// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let fetch = callbacks!([proxy] move |port: u32| {
        let port = (yield succeed(port))?;
        Ok(port)
    });
    let _ = fetch(1);
}
