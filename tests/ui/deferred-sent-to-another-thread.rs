// The compiler's own words: they name what belongs to one thread, and show where in our source that is.
use inline_callbacks::prelude::*;

fn spawn(_work: impl FnOnce() + Send + 'static) {}

fn main() {
    let (trigger, _deferred) = Deferred::<u32>::new();
    spawn(move || trigger.callback(1));
}
