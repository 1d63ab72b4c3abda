use inline_callbacks::prelude::*;

fn main() {
    let deferred = Deferred::from_future(1);
    deferred.detach();
}
