use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let fetch = callbacks!(|(ref host, port): (String, u32)| {
        (yield succeed(port))?;
        Ok(host.len())
    });
    let _ = fetch((String::new(), 1));
}
