use inline_callbacks::prelude::*;

#[generator]
fn words((ref text, count): (String, u32)) -> Generator<usize> {
    yield_!(text.len() + count as usize);
}

fn main() {}
