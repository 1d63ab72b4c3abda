// The compiler's own words, which come through undamaged. They show the standard library's `into_future`.
use inline_callbacks::prelude::*;

async fn fetch(d: Deferred<u32>) -> Result<u32, Failure> {
    let first = d.await?;
    let second = d.await?;
    Ok(first + second)
}

fn main() {}
