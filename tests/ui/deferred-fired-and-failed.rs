// The compiler's own words, which come through undamaged. They show where the method that took it is declared.
use inline_callbacks::prelude::*;

fn main() {
    let (trigger, _deferred) = Deferred::new();
    trigger.callback(1);
    trigger.errback(Failure::msg("no poem"));
}
