use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<Vec<u32>> = callbacks! {
        let poems = [1, 2].into_iter().map(|port| (yield succeed(port))).collect();
        Ok(poems)
    };
}
