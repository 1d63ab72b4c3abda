//! Panics of user code: caught, and told where they happened.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo};
use std::sync::{Arc, Once};

use crate::backtrace;
use crate::failure::Failure;
use crate::site::{self, PanicPlace, Site};

static HOOK: Once = Once::new();

thread_local! {
    /// What the hook saw of this thread's latest panic.
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
    /// Whether panics of this thread are not printed: somebody tells of them in another way.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

struct Seen {
    message: Option<String>,
    place: PanicPlace,
    backtrace: Option<Arc<Backtrace>>,
}

/// Runs `work`; a panic comes back as its payload, for [`failure_of`].
#[inline]
pub(crate) fn contain<R>(work: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    prepare();
    contain_again(work)
}

/// Sees to it that the place of a panic will be known.
#[inline]
pub(crate) fn prepare() {
    if !HOOK.is_completed() {
        install_hook();
    }
}

/// The same as [`contain`], after [`prepare`].
#[inline]
pub(crate) fn contain_again<R>(work: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    // Unwind safety: whoever calls this treats what the panic interrupted as ended and never looks into it again.
    panic::catch_unwind(AssertUnwindSafe(work))
}

/// The failure of a caught panic; `last_wait` stands in where no hook of ours saw the place.
#[cold]
pub(crate) fn failure_of(payload: Box<dyn Any + Send>, last_wait: &'static Location<'static>) -> Failure {
    let function = site::running();
    let seen = SEEN.try_with(Cell::take).ok().flatten();
    let (origin, backtrace) = match seen {
        // `resume_unwind` calls no hook: what was seen then belongs to an earlier panic.
        Some(seen) if seen.message.as_deref() == text_of(&*payload) => {
            (Site::of_panic(function, seen.place), seen.backtrace)
        }
        _ => (Site::new(function, last_wait), None),
    };
    Failure::panicked(payload, origin, backtrace)
}

/// Drops `value`, whose destructor is the user's; a panic there has nobody left to go to.
pub(crate) fn drop_contained<T>(value: T) {
    if std::mem::needs_drop::<T>() {
        if let Err(payload) = contain(|| drop(value)) {
            // The payload's own destructor may panic as well.
            let _ = contain(|| drop(payload));
        }
    }
}

/// Runs `work` without the panics of this thread being printed, unless somebody has replaced our panic hook since.
pub(crate) fn quietly<R>(work: impl FnOnce() -> R) -> R {
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            QUIET.set(self.0);
        }
    }
    let _back = Back(QUIET.replace(true));
    work()
}

#[cold]
fn install_hook() {
    // `set_hook` refuses while this thread unwinds; a later call will do it.
    if std::thread::panicking() {
        return;
    }
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            remember(info);
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
}

fn remember(info: &PanicHookInfo<'_>) {
    let Some(location) = info.location() else { return };
    let place = PanicPlace { file: location.file().to_owned(), line: location.line(), column: location.column() };
    let message = text_of(info.payload()).map(str::to_owned);
    let backtrace = backtrace::capture();
    let _ = SEEN.try_with(|seen| seen.set(Some(Seen { message, place, backtrace })));
}

fn text_of(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<&'static str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
