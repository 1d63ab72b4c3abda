// The compiler's own words, which come through undamaged. They show where the method is declared.
use inline_callbacks::prelude::*;

fn main() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    deferred.chain_into(deferred);
}
