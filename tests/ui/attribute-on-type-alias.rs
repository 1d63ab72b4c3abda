use inline_callbacks::prelude::*;

#[inline_callbacks]
type Poem = String;

// The item is still there.
fn main() { Poem::new(); }
