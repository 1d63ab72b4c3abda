// The parser's own words.
use inline_callbacks::prelude::*;

fn main() {
    let proxy = String::new();
    let fetch = callbacks!([&proxy] move |port: u32| {
        let port = yield port;
        Ok(port)
    });
    let _ = fetch(1);
}
