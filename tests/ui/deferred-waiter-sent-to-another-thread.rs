// The compiler's own words, once for each of the two ways in which a Deferred is held: they name what belongs to one thread, and show all that is between, in our source and in the standard library's.
use inline_callbacks::prelude::*;

fn spawn(_work: impl FnOnce() + Send + 'static) {}

fn main() {
    let (_trigger, deferred) = Deferred::<u32>::new();
    spawn(move || deferred.cancel());
}
