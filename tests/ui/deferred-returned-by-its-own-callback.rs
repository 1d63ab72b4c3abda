// The compiler's own words, which come through undamaged. They show where the method that took it is declared.
use inline_callbacks::prelude::*;

fn main() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    deferred.add_callback(|_| deferred).detach();
}
