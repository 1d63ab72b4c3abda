use inline_callbacks::prelude::*;

fn main() {
    let _: Deferred<u32> = callbacks! {
        const PORT: u32 = yield 8080;
        Ok(PORT)
    };
}
