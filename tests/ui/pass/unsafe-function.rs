#![deny(warnings)]

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;

/// # Safety
///
/// The pointer must be one to a number.
#[inline_callbacks]
pub unsafe fn read(pointer: *const u32) -> Deferred<u32> {
    let number = unsafe { *pointer };
    Ok(yield_!(succeed(number))?)
}

fn main() {
    let _ = unsafe { read(&1) };
}
