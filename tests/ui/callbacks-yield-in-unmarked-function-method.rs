use inline_callbacks::prelude::*;

struct Client;

callbacks! {
    impl Client {
        fn fetch(self) -> u32 {
            yield 1
        }
    }
}

fn main() {}
