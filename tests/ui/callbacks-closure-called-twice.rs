// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let proxy = String::from("localhost");
    let fetch = callbacks!(move |port: u32| {
        let port = (yield succeed(port))?;
        Ok(format!("{proxy}:{port}"))
    });
    let _ = (fetch(1), fetch(2));
}
