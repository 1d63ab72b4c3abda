// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

struct Proxy;

fn main() {
    let proxy = Proxy;
    let fetch = callbacks!([proxy] move |port: u32| {
        let port = (yield succeed(port))?;
        drop(proxy);
        Ok(port)
    });
    let _ = fetch(1);
}
