// Said by a bound, since only the type tells.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let fetch = callbacks!(|port: u32| -> Deferred<()> {
        (yield succeed(port))?
    });
    let _ = fetch(1);
}
