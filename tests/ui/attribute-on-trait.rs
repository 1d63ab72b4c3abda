use inline_callbacks::prelude::*;

#[inline_callbacks]
trait Poet { fn poem(&self); }

// The item is still there.
struct Frost;

impl Poet for Frost { fn poem(&self) {} }

fn main() { Frost.poem(); }
