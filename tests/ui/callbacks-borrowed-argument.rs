use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let fetch = callbacks!(|host: &str| {
        (yield succeed(1))?;
        Ok(host.len())
    });
    let _ = fetch("localhost");
}
