use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

struct Client;

#[inline_callbacks]
impl Client {
    fn fetch(self) -> Deferred<u32> {
        succeed(1)
    }
}

fn main() {
    let _ = Client.fetch();
}
