//! SIGINT: stops the reactors that run, and ends the process as usual when none does.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many reactors of this process listen now.
static LISTENING: AtomicUsize = AtomicUsize::new(0);

/// Listens for SIGINT while it lives, on behalf of this thread's reactor.
pub(crate) struct Watch {
    task: tokio::task::JoinHandle<()>,
}

/// Stops this thread's reactor at SIGINT, until the returned guard is dropped.
pub(crate) fn watch(stop: fn()) -> Watch {
    usual_meaning::keep();
    usual_meaning::suspend(LISTENING.fetch_add(1, Ordering::SeqCst) + 1);
    let runtime = crate::ambient::own().expect("a running thread has a runtime");
    let task = runtime.spawn_local(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop();
        }
    });
    Watch { task }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
        usual_meaning::suspend(LISTENING.fetch_sub(1, Ordering::SeqCst) - 1);
    }
}

/// tokio's handler stays installed for good, so the signal's usual meaning has to be given back while nobody listens.
#[cfg(unix)]
mod usual_meaning {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, LazyLock, Once};

    static NOBODY_LISTENS: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

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

    pub(super) fn suspend(listening: usize) {
        NOBODY_LISTENS.store(listening == 0, Ordering::SeqCst);
    }
}

#[cfg(not(unix))]
mod usual_meaning {
    pub(super) fn keep() {}
    pub(super) fn suspend(_: usize) {}
}
