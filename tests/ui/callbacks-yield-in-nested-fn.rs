use inline_callbacks::prelude::*;

fn main() {
    let _: Deferred<u32> = callbacks! {
        fn inner() -> u32 {
            yield 1
        }
        Ok(inner())
    };
}
