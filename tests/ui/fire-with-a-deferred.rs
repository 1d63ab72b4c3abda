use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let (trigger, deferred) = Deferred::<u32>::new();
    trigger.callback(succeed(1));
    deferred.detach();
}
