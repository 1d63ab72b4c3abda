// The compiler's own words: they show what is between, in our source and in the standard library's.
use inline_callbacks::prelude::*;

static GREETING: Option<Deferred<u32>> = None;

fn main() {}
