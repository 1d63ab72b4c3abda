//! Who turns the reactor for a test that returns a Deferred: whoever takes that, as long as a deadline is pending.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::deferred::{Deferred, Trigger};
use crate::failure::Failure;
use crate::{ambient, reactor};

thread_local! {
    /// How many deadlines are pending on the reactor's time.
    static PENDING: Cell<usize> = const { Cell::new(0) };
    /// Whoever turns the reactor for them.
    static TURNER: RefCell<Weak<Turner>> = const { RefCell::new(Weak::new()) };
}

/// A deadline on the reactor's time, as long as it is pending.
pub(super) struct Turning(());

impl Turning {
    pub(super) fn begin() -> Self {
        PENDING.set(PENDING.get() + 1);
        Turning(())
    }
}

impl Drop for Turning {
    fn drop(&mut self) {
        PENDING.set(PENDING.get() - 1);
        if PENDING.get() == 0 {
            let turner = TURNER.try_with(|turner| turner.borrow().upgrade()).ok().flatten();
            if let Some(turner) = turner {
                turner.look_again();
            }
        }
    }
}

/// What ends the turning.
struct Turner(Cell<Option<Trigger<()>>>);

impl Turner {
    fn end(&self) {
        if let Some(trigger) = self.0.take() {
            trigger.callback(());
        }
    }

    /// On the next turn: the test goes on first, perhaps to its next deadline.
    fn look_again(self: Rc<Self>) {
        reactor::call_later(Duration::ZERO, move || {
            if PENDING.get() == 0 {
                self.end();
            }
        });
    }
}

/// The result of a test: the reactor is turned until it is there, as long as that is sure to have an end, because a deadline is
/// pending. Otherwise gives the Deferred back, or nothing when the test was left without a deadline meanwhile.
pub(crate) fn turn_for<T: 'static>(deferred: Deferred<T>) -> Result<Option<Result<T, Failure>>, Deferred<T>> {
    if PENDING.get() == 0 || deferred.is_fired() || ambient::another().is_some() {
        return Err(deferred);
    }
    let (trigger, over) = Deferred::new();
    let turner = Rc::new(Turner(Cell::new(Some(trigger))));
    let _ = TURNER.try_with(|kept| kept.replace(Rc::downgrade(&turner)));
    let result = Rc::new(Cell::new(None));
    let (seen, ends) = (Rc::clone(&result), Rc::clone(&turner));
    deferred
        .add_both(move |result| {
            seen.set(Some(result));
            ends.end();
        })
        .detach();
    // It fails when the program stops the reactor: then there is no result.
    let _ = reactor::block_on(|| over);
    Ok(result.take())
}
