// The compiler refuses the attribute there, and does not ask us.
use inline_callbacks::prelude::*;

struct Client {
    #[inline_callbacks]
    port: u32,
}

fn main() {}
