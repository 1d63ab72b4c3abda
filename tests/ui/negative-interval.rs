// The compiler's own words, which come through undamaged.
use std::time::Duration;

use inline_callbacks::Clock;
use inline_callbacks::task::LoopingCall;

fn main() {
    let looping = LoopingCall::new(|| ());
    let _ended = looping.start(&Clock::new(), Duration::from_secs(-1));
}
