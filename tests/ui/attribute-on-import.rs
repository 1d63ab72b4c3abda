use inline_callbacks::prelude::*;

#[inline_callbacks]
use std::rc::Rc;

// The item is still there.
fn main() { Rc::new(1); }
