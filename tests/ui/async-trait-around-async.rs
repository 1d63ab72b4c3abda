use inline_callbacks::prelude::*;

struct Client;

#[async_trait::async_trait(?Send)]
trait Fetch {
    async fn fetch(&self, port: u32) -> Deferred<u32>;
}

#[async_trait::async_trait(?Send)]
impl Fetch for Client {
    #[inline_callbacks]
    async fn fetch(&self, port: u32) -> Deferred<u32> {
        let port = yield_!(async move { port });
        return_value!(port)
    }
}

fn main() {
    let _ = Client.fetch(1);
}
