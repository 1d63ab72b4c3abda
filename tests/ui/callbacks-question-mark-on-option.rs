// The compiler calls the body by the name of what it is made of, an async block.
use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = callbacks! {
        let port = [1, 2].first()?;
        yield succeed(*port)
    };
}
