use inline_callbacks::prelude::*;

#[inline_callbacks]
struct Poem(String);

// The item is still there.
fn main() { Poem(String::new()); }
