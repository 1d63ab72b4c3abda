use inline_callbacks::prelude::*;

struct Numbers;

#[generator]
impl Numbers {
    fn all(self) -> Option<u32> {
        None
    }
}

fn main() {
    let _ = Numbers.all();
}
