use inline_callbacks::prelude::*;

#[generator]
fn numbers(text: String) -> Generator<u32> {
    for word in text.split(' ') {
        let number: u32 = word.parse()?;
        yield_!(number);
    }
}

fn main() {
    let _ = numbers("1 2".to_owned()).next();
}
