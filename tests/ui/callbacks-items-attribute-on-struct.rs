use inline_callbacks::prelude::*;

callbacks! {
    #[inline_callbacks]
    struct Poem(String);
}

fn main() {}
