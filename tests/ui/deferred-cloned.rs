// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

fn main() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    let _other = deferred.clone();
}
