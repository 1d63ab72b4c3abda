// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let (_trigger, inner) = Deferred::<u32>::new();
    let outer = succeed(()).add_callback(move |()| inner);
    let seen = inner.map(|value| value + 1);
    (outer.detach(), seen.detach());
}
