// The compiler's own words, which come through undamaged.
#![deny(warnings)]
#![allow(dead_code)]

use inline_callbacks::succeed;

fn fetch() {
    succeed(1);
}

fn main() {}
