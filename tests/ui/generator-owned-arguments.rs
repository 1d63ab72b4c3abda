use inline_callbacks::prelude::*;

#[generator]
fn words(text: &str) -> Generator<String> {
    for word in text.split(' ') {
        yield_!(word.to_owned());
    }
}

fn main() {
    let _ = words("a b").next();
}
