// The compiler's own words: it shows the signature that asks for something else, which is the place that says why.
use inline_callbacks::prelude::*;

fn main() {
    let deferred = Deferred::from_future(1);
    deferred.detach();
}
