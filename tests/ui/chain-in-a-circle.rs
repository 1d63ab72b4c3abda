use inline_callbacks::prelude::*;

fn main() {
    let (trigger, deferred) = Deferred::<u32>::new();
    let chain = deferred.add_callback(move |_| deferred);
    trigger.callback(1);
    chain.detach();
}
