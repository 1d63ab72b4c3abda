use inline_callbacks::prelude::*;

#[inline_callbacks]
enum State { Pending }

// The item is still there.
fn main() { State::Pending; }
