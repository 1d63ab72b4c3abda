// rustc's own words: it names what a trigger holds, and shows where that is declared.
use inline_callbacks::prelude::*;

fn spawn(_work: impl FnOnce() + Send + 'static) {}

fn main() {
    let (trigger, _deferred) = Deferred::<u32>::new();
    spawn(move || trigger.callback(1));
}
