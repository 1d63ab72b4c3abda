//! One plain Deferred that is over, for each thread: the next one of its type is made of it, without asking the allocator.
//!
//! Code that waits in a loop, or calls what waits once, is done with a Deferred before it makes the next one.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use super::{Core, put};

/// Of what is larger, the memory is given back at once.
const LARGEST: usize = 128;

/// How many of other types may be made while one is kept for the next of its own.
const PATIENCE: u8 = 8;

thread_local! {
    static SPARE: Cell<Option<Rc<dyn Any>>> = const { Cell::new(None) };
    /// What is left of the patience with it; 0 while there is none. Looked at by everybody who makes a Deferred.
    static LEFT: Cell<u8> = const { Cell::new(0) };
}

/// Whether cores of this type are kept. What watches a Deferred knows more of it than would be renewed.
const fn keeps<T>() -> bool {
    size_of::<Core<T>>() <= LARGEST && cfg!(not(any(feature = "inspect", feature = "timeline", feature = "tracing")))
}

/// A new core.
#[inline]
pub(crate) fn new_core<T: 'static>() -> Rc<Core<T>> {
    if LEFT.get() > 0 { renewed_core() } else { Rc::default() }
}

/// A new core, made of the spare one if that is of this type. Not inlined: so it comes back in a register.
#[inline(never)]
fn renewed_core<T: 'static>() -> Rc<Core<T>> {
    let take = |spare: &Cell<Option<Rc<dyn Any>>>| match spare.take()?.downcast() {
        Ok(core) => {
            LEFT.set(0);
            Some(core)
        }
        Err(other) => {
            LEFT.set(LEFT.get() - 1);
            drop(spare.replace(Some(other).filter(|_| LEFT.get() > 0)));
            None
        }
    };
    SPARE.try_with(take).ok().flatten().unwrap_or_default()
}

/// Lets go of a core that has fired and whose result was taken by the one who waited for it; keeps it if nobody else has it and
/// there is room.
#[inline]
pub(crate) fn let_go<T: 'static>(core: Rc<Core<T>>) {
    if keeps::<T>() && Rc::strong_count(&core) == 1 && LEFT.get() == 0 { keep(core) } else { drop(core) }
}

#[inline(never)]
fn keep<T: 'static>(mut core: Rc<Core<T>>) {
    // Who has a weak pointer must not take the next one for it.
    let is_renewed = Rc::get_mut(&mut core).is_some_and(Core::renew);
    // When the thread ends it may be too late to keep anything.
    if is_renewed && SPARE.try_with(|spare| put(spare, core as Rc<dyn Any>)).is_ok() {
        LEFT.set(PATIENCE);
    }
}
