//! One result for several observers.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::deferred::{Core, Deferred, Head, Others, Source, Step};
use crate::failure::Failure;
use crate::site;
use crate::turn::guarded;
use crate::unhandled;

/// The source of any number of Deferreds that all get the same result; made by [`Deferred::share`].
///
/// (In Twisted two waiters may share a Deferred, and the second one silently gets `None`.)
///
/// ```
/// use inline_callbacks::{Failure, fail, testing};
///
/// let shared = fail::<u32>(Failure::msg("no poem")).share();
/// for _ in 0..2 {
///     assert_eq!(testing::failure_result_of(shared.observe()).to_string(), "no poem");
/// }
/// ```
#[derive(Clone)]
pub struct Shared<T: Clone + 'static>(Rc<Sharing<T>>);

struct Sharing<T: Clone + 'static> {
    /// What everybody waits for, until it fires.
    source: Cell<Option<Rc<dyn Source<T>>>>,
    result: RefCell<Option<Rc<Result<T, Failure>>>>,
    /// Those who wait, in order of asking.
    observers: RefCell<Vec<Rc<Core<T>>>>,
    /// Somebody has asked for the result: a failure is theirs to handle.
    observed: Cell<bool>,
    shared_at: &'static Location<'static>,
}

impl<T: Clone + 'static> Deferred<T> {
    /// Makes the result available to several observers, each with a Deferred of its own.
    ///
    /// ```
    /// use inline_callbacks::prelude::*;
    ///
    /// let (trigger, poem) = Deferred::<&str>::new();
    /// let shared = poem.share();
    /// let (first, second) = (shared.observe(), shared.observe());
    /// trigger.callback("two readers");
    /// assert_eq!(inline_callbacks::testing::success_result_of(first), "two readers");
    /// assert_eq!(inline_callbacks::testing::success_result_of(second), "two readers");
    /// ```
    #[track_caller]
    pub fn share(self) -> Shared<T> {
        let sharing = Rc::new(Sharing {
            source: Cell::new(None),
            result: RefCell::new(None),
            observers: RefCell::default(),
            observed: Cell::new(false),
            shared_at: Location::caller(),
        });
        match self.into_result() {
            Ok(result) => *sharing.result.borrow_mut() = Some(Rc::new(result)),
            Err(source) => {
                source.core().head.set_waiter(Rc::clone(&sharing) as Rc<dyn Step>);
                sharing.source.set(Some(source));
            }
        }
        Shared(sharing)
    }
}

impl<T: Clone + 'static> Shared<T> {
    /// A Deferred of the result for one more observer.
    ///
    /// # Cancellation
    ///
    /// Cancels this observer only: the others, and the work itself, go on.
    ///
    /// ```
    /// use inline_callbacks::{Deferred, testing};
    ///
    /// let (trigger, poem) = Deferred::new();
    /// let shared = poem.share();
    /// let (first, second) = (shared.observe(), shared.observe());
    /// first.cancel();
    /// trigger.callback("a poem");
    /// assert!(testing::failure_result_of(first).is_cancelled());
    /// assert_eq!(testing::success_result_of(second), "a poem");
    /// ```
    #[cfg_attr(feature = "inspect", track_caller)]
    pub fn observe(&self) -> Deferred<T> {
        self.0.observed.set(true);
        let result = self.0.result.borrow().clone();
        if let Some(result) = result {
            return Deferred::from_result(self.0.copy(&result));
        }
        let core = Rc::<Core<T>>::default();
        #[cfg(feature = "inspect")]
        self.0.is_followed_by(&core);
        self.0.observers.borrow_mut().push(Rc::clone(&core));
        Deferred::from_source(core)
    }
}

impl<T: Clone + 'static> Sharing<T> {
    /// A clone of the result: the value's `clone` is the user's, and may panic.
    #[cfg(feature = "inspect")]
    #[track_caller]
    fn is_followed_by(&self, observer: &Core<T>) {
        observer.origin.made_at(Location::caller());
        let source = self.source.take();
        if let Some(source) = &source {
            observer.follows(&(Rc::clone(source) as Rc<dyn crate::deferred::Waitable>));
        }
        self.source.set(source);
    }

    fn copy(&self, result: &Result<T, Failure>) -> Result<T, Failure> {
        guarded(site::running(), self.shared_at, || result.clone()).unwrap_or_else(Err)
    }
}

impl<T: Clone + 'static> Step for Sharing<T> {
    /// Every observer has the result before the first of them is resumed.
    fn step(self: Rc<Self>, others: &mut Others) -> Option<Rc<dyn Step>> {
        let result = Rc::new(self.source.take()?.core().take()?);
        *self.result.borrow_mut() = Some(Rc::clone(&result));
        let observers = self.observers.take();
        let mut waiters: Vec<Rc<dyn Step>> = observers
            .into_iter()
            .filter(|core| !core.head.is_fired())
            .filter_map(|core| core.complete(self.copy(&result)))
            .collect();
        waiters.reverse();
        let first = waiters.pop();
        others.extend(waiters);
        first
    }

    fn next_head(&self) -> Option<&Head> {
        None
    }
}

impl<T: Clone + 'static> Drop for Sharing<T> {
    fn drop(&mut self) {
        if self.observed.get() {
            return;
        }
        if let Some(Err(failure)) = self.result.get_mut().as_deref() {
            unhandled::report(failure.clone());
        }
    }
}

impl<T: Clone> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.result.borrow().as_deref() {
            None => "Shared(pending)",
            Some(Ok(_)) => "Shared(succeeded)",
            Some(Err(_)) => "Shared(failed)",
        })
    }
}
