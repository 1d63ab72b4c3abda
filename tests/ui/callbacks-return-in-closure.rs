use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

fn main() {
    let _: Deferred<u32> = callbacks! {
        (yield succeed(1))?;
        [1, 2].into_iter().for_each(|port| return_value!(port));
        Ok(1)
    };
}
