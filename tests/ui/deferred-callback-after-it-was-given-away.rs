// The compiler's own words, which come through undamaged. They show where the method that took it is declared.
use inline_callbacks::prelude::*;

fn main() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    deferred.map(|poem| poem + 1).detach();
    deferred.map(|poem| poem + 2).detach();
}
