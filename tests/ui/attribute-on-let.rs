// The compiler refuses the attribute there, before we are asked; our word comes after.
use inline_callbacks::prelude::*;

fn main() {
    #[inline_callbacks]
    let port = 8080;
}
