use inline_callbacks::prelude::*;

#[inline_callbacks]
fn fetch(ports: Vec<u32>) -> Deferred<u32> {
    ports.into_iter().for_each(|port| return_value!(port));
    Ok(1)
}

fn main() {}
