// The compiler's own words, which come through undamaged. They show where the method is declared.
use inline_callbacks::prelude::*;

fn main() {
    let (trigger, _deferred) = Deferred::<u32>::new();
    trigger.errback("no poem");
}
