//! The tokio runtime in which the bodies of a thread run when nobody else has set one up.
//!
//! A body may open a socket or make a timer in its first segment, before the reactor runs. tokio wants to know its runtime
//! then: so the first body that starts on a thread outside of any runtime makes the thread's own, which the reactor drives
//! later, and enters it for good.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use tokio::runtime::{Builder, Handle, Id, LocalOptions, LocalRuntime};

use crate::{panics, turn};

thread_local! {
    /// This thread has entered its own runtime. Needs no destructor, so reading it costs nothing.
    static ENTERED: Cell<bool> = const { Cell::new(false) };
    static OWN: Own = const { Own(OnceCell::new()) };
}

/// The runtime as its thread owns it. Its tasks are dropped when the thread ends, and resume nobody by that.
struct Own(OnceCell<Rc<LocalRuntime>>);

impl Drop for Own {
    fn drop(&mut self) {
        turn::begin_ending();
        panics::drop_contained(self.0.take());
    }
}

/// Makes sure that bodies which start now find a runtime.
#[inline]
pub(crate) fn prepare() {
    if !ENTERED.get() {
        enter_own_unless_inside_another();
    }
}

#[cold]
fn enter_own_unless_inside_another() {
    if Handle::try_current().is_err() {
        // While the thread ends there is no runtime to be had; bodies without I/O still run.
        own();
    }
}

/// The thread's own runtime, made and entered when it is first asked for; `None` while the thread ends.
pub(crate) fn own() -> Option<Rc<LocalRuntime>> {
    // tokio's own thread-local comes to life first, so that it outlives ours when the thread ends.
    let is_inside_another = Handle::try_current().is_ok();
    let runtime = OWN.try_with(|own| Rc::clone(own.0.get_or_init(|| Rc::new(make())))).ok()?;
    if !ENTERED.get() && !is_inside_another {
        // Entered for as long as the thread lives: a guard would have to outlive every body.
        std::mem::forget(runtime.enter());
        ENTERED.set(true);
    }
    Some(runtime)
}

/// The tokio runtime inside which the caller runs, unless it is the thread's own.
pub(crate) fn another() -> Option<Id> {
    let own = OWN.try_with(|own| own.0.get().map(|own| own.handle().id())).ok().flatten();
    Handle::try_current().ok().map(|current| current.id()).filter(|current| Some(*current) != own)
}

fn make() -> LocalRuntime {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .unwrap_or_else(|why| panic!("the reactor's tokio runtime could not be made: {why}"))
}
