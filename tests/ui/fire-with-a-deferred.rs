// The compiler's own words: it shows the signature that asks for something else, which is the place that says why.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let (trigger, deferred) = Deferred::<u32>::new();
    trigger.callback(succeed(1));
    deferred.detach();
}
