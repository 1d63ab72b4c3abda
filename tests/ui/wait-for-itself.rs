// The compiler's own words, which come through undamaged.
use inline_callbacks::prelude::*;

fn main() {
    let (first, a) = Deferred::<u32>::new();
    let (second, b) = Deferred::<u32>::new();
    let a_for_b = a.add_callback(move |_| b);
    let b_for_a = b.add_callback(move |_| a_for_b);
    first.callback(1);
    second.callback(2);
    b_for_a.detach();
}
