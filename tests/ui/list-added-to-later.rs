// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::{DeferredList, IntoDeferred};

fn main() {
    let (_first, first) = Deferred::<u32>::new();
    let (_second, second) = Deferred::<u32>::new();
    let mut parts = vec![first];
    let list = DeferredList::new(parts).into_deferred();
    parts.push(second);
    list.cancel();
}
