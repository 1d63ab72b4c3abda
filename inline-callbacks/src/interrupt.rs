//! SIGINT: stops the reactors that run, and ends the process as usual when none does.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::ambient;

/// How many reactors of this process listen now. The lock keeps the count and what follows from it together.
static LISTENING: Mutex<usize> = Mutex::new(0);

/// Listens for SIGINT while it lives, on behalf of this thread's reactor.
pub(crate) struct Watch {
    task: tokio::task::JoinHandle<()>,
}

/// Stops this thread's reactor at SIGINT, until the returned guard is dropped.
pub(crate) fn watch(stop: fn()) -> Watch {
    let runtime = ambient::own().expect("a running thread has a runtime");
    usual_meaning::keep();
    let mut interrupted = Box::pin(tokio::signal::ctrl_c());
    // The first poll begins to listen: at once, so that a signal is not lost before the runtime comes to the task.
    let first = {
        let _runtime = runtime.enter();
        interrupted.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    };
    let task = runtime.spawn_local(async move {
        let outcome = match first {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => interrupted.await,
        };
        if outcome.is_ok() {
            stop();
        }
    });
    change(|listening| listening + 1);
    Watch { task }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
        change(|listening| listening - 1);
    }
}

fn change(count: impl FnOnce(usize) -> usize) {
    let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
    *listening = count(*listening);
    usual_meaning::suspend(*listening > 0);
}

/// tokio's handler stays installed for good, so the signal's usual meaning has to be given back while nobody listens.
#[cfg(unix)]
mod usual_meaning {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, LazyLock, Once};

    static NOBODY_LISTENS: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

    /// Called before tokio's handler is installed: handlers run in that order, and ours must not look at the flag when the
    /// run that tokio's has stopped may have changed it already.
    pub(super) fn keep() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            // Without it a second Ctrl-C is only ignored, which is no reason to refuse to run.
            let _ = signal_hook::flag::register_conditional_default(
                signal_hook::consts::SIGINT,
                Arc::clone(&NOBODY_LISTENS),
            );
        });
    }

    pub(super) fn suspend(is_suspended: bool) {
        NOBODY_LISTENS.store(!is_suspended, Ordering::SeqCst);
    }
}

#[cfg(not(unix))]
mod usual_meaning {
    pub(super) fn keep() {}
    pub(super) fn suspend(_: bool) {}
}
