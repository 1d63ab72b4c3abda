// The compiler's own words: it shows the signature that asks for something else, which is the place that says why.
use inline_callbacks::prelude::*;

fn main() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.add_callback(move |_| deferred);
    trigger.callback(1);
    chain.detach();
}
