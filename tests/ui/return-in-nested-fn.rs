use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch() -> Deferred<u32> {
    fn inner() -> Result<u32, Failure> {
        return_value!(1);
    }
    Ok(inner()?)
}

fn main() {}
