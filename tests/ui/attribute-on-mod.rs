use inline_callbacks::prelude::*;

#[inline_callbacks]
mod poems { pub fn poem() {} }

// The item is still there.
fn main() { poems::poem(); }
