//! Failures that nobody handled: who is told of them.
//!
//! A Deferred that is dropped with a failure in it, or that fails after it was dropped, has nobody left to tell. Such a
//! failure is reported here, once, at that moment. (Twisted logs `Unhandled error in Deferred` when the garbage collector
//! finds it, which may be much later.) A cancellation that the program asked for itself is not reported.
//!
//! Deferreds belong to one thread, and so does the hook: [`set_hook`] replaces what happens to the failures of the calling
//! thread. [`set_default_hook`] is for threads that have none of their own.
//!
//! In tests, [`testing::UnhandledFailures`](crate::testing::UnhandledFailures) makes a test fail that leaves one behind.
//!
//! ```
//! use inline_callbacks::{Failure, fail, unhandled};
//!
//! unhandled::set_hook(|failure| eprintln!("lost: {failure:?}"));
//! fail::<u32>(Failure::msg("nobody looks")).detach();
//! # assert_eq!(inline_callbacks::testing::unhandled_failures().len(), 1);
//! ```

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::Location;
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};

use crate::failure::Failure;
use crate::{observe, panics};

/// How many reported failures a thread remembers for [`testing::unhandled_failures`](crate::testing::unhandled_failures).
const REMEMBERED: usize = 1000;

type Hook = Rc<dyn Fn(&Failure)>;
type DefaultHook = Arc<dyn Fn(&Failure) + Send + Sync>;

static DEFAULT_HOOK: RwLock<Option<DefaultHook>> = RwLock::new(None);

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
    static REPORTED: RefCell<VecDeque<Failure>> = const { RefCell::new(VecDeque::new()) };
    /// Those who watch, the innermost last.
    static WATCHES: RefCell<Vec<Rc<Watch>>> = const { RefCell::new(Vec::new()) };
}

/// What was reported while somebody watched: a test that will look at it.
pub(crate) type Watch = RefCell<Vec<Failure>>;

/// Calls `hook` for each failure of this thread that nobody handled, instead of printing it to stderr.
///
/// The hook may use any Deferred; it runs inside the call or the drop that made the failure unhandled. A panic in it is
/// printed by the panic hook and goes no further.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use inline_callbacks::{Failure, fail, unhandled};
///
/// let seen = Rc::new(RefCell::new(Vec::new()));
/// let log = Rc::clone(&seen);
/// unhandled::set_hook(move |failure| log.borrow_mut().push(failure.to_string()));
///
/// drop(fail::<u32>(Failure::msg("nobody looks")));
/// assert_eq!(*seen.borrow(), ["nobody looks"]);
/// ```
pub fn set_hook(hook: impl Fn(&Failure) + 'static) {
    let previous = HOOK.replace(Some(Rc::new(hook)));
    drop(previous);
}

/// Calls `hook` for unhandled failures of every thread that has set no hook of its own.
///
/// ```
/// use std::sync::mpsc;
/// use inline_callbacks::{Failure, fail, unhandled};
///
/// let (sender, seen) = mpsc::channel();
/// unhandled::set_default_hook(move |failure| sender.send(failure.to_string()).unwrap());
/// std::thread::spawn(|| fail::<u32>(Failure::msg("nobody looks")).detach()).join().unwrap();
/// assert_eq!(seen.recv().unwrap(), "nobody looks");
/// ```
pub fn set_default_hook(hook: impl Fn(&Failure) + Send + Sync + 'static) {
    let previous = DEFAULT_HOOK.write().unwrap_or_else(PoisonError::into_inner).replace(Arc::new(hook));
    drop(previous);
}

/// Tells the hook, unless the failure was to be expected: the program asked for this cancellation, or the thread ends.
#[cold]
pub(crate) fn report(failure: Failure) {
    if failure.is_expected() {
        return;
    }
    observe::unhandled(&failure);
    let hook = HOOK.try_with(|hook| hook.borrow().clone()).ok().flatten();
    let watch = WATCHES.try_with(|watches| watches.borrow().last().cloned()).ok().flatten();
    let _ = panics::contain(|| match hook {
        Some(hook) => hook(&failure),
        None => report_by_default(&failure, watch.is_some()),
    });
    match watch {
        Some(watch) => watch.borrow_mut().push(failure),
        None => remember(failure),
    }
}

/// The same for one that was in a Deferred when that was dropped by what runs now, at `place` if that is known.
#[cold]
pub(crate) fn report_dropped(mut failure: Failure, place: Option<&'static Location<'static>>) {
    failure.drop_unseen(place);
    report(failure);
}

/// Whoever watches prints what they did not expect, so that what they did expect stays silent.
fn report_by_default(failure: &Failure, is_watched: bool) {
    let hook = DEFAULT_HOOK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(hook) = hook {
        return hook(failure);
    }
    if !is_watched {
        print(failure);
    }
}

pub(crate) fn print(failure: &Failure) {
    // In one piece: what other threads print, and the panic of an error's own Display, stays out of its middle.
    let report = format!("Unhandled failure in a Deferred: {failure:?}\n");
    eprint!("{report}");
}

fn remember(failure: Failure) {
    let forgotten = REPORTED.try_with(|reported| {
        let mut reported = reported.borrow_mut();
        let forgotten = if reported.len() == REMEMBERED { reported.pop_front() } else { None };
        reported.push_back(failure);
        forgotten
    });
    // An error's destructor is the user's: it runs after the borrow has ended.
    drop(forgotten);
}

/// From now on failures go to this one, after the hooks, until [`unwatch`].
pub(crate) fn watch() -> Rc<Watch> {
    let watch = Rc::default();
    WATCHES.with(|watches| watches.borrow_mut().push(Rc::clone(&watch)));
    watch
}

pub(crate) fn unwatch(watch: &Rc<Watch>) {
    let _ = WATCHES.try_with(|watches| watches.borrow_mut().retain(|other| !Rc::ptr_eq(other, watch)));
}

/// A thread's hook, its watches and what was reported on it, put aside.
pub(crate) struct Aside {
    hook: Option<Hook>,
    reported: VecDeque<Failure>,
    watches: Vec<Rc<Watch>>,
}

/// Until the guard is dropped, failures of this thread are remembered and nobody is told, unless a new hook is set. Then the
/// hook and the remembered ones of before are back.
pub(crate) fn put_aside() -> Aside {
    Aside { hook: HOOK.replace(Some(Rc::new(|_| ()))), reported: REPORTED.take(), watches: WATCHES.take() }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let (hook, reported) = (self.hook.take(), std::mem::take(&mut self.reported));
        let watches = std::mem::take(&mut self.watches);
        let dropped = (HOOK.replace(hook), REPORTED.replace(reported), WATCHES.replace(watches));
        // They are the user's: they are dropped after the borrows have ended.
        panics::drop_contained(dropped);
    }
}

/// Thread-locals are destroyed in the reverse order of their first use: whoever calls this before its own first use finds
/// the hook still there when it is destroyed.
pub(crate) fn outlive() {
    let _ = HOOK.try_with(|_| ());
    let _ = REPORTED.try_with(|_| ());
}

/// What was reported on this thread since the last call.
pub(crate) fn take_reported() -> Vec<Failure> {
    REPORTED.take().into()
}
