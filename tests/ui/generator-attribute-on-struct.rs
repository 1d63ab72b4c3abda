use inline_callbacks::prelude::*;

#[generator]
struct Numbers {
    first: u32,
}

fn main() {
    let _ = Numbers { first: 1 }.first;
}
