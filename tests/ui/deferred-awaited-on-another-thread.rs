// The compiler's own words, once for each of the two ways in which a Deferred is held; the async block is the user's.
use inline_callbacks::prelude::*;

fn spawn(_task: impl Future<Output = ()> + Send + 'static) {}

fn main() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    spawn(async move {
        let _ = deferred.await;
    });
}
