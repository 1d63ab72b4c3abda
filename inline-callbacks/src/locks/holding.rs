//! Who holds a lock or a token, for `inspect`; of no size without it.

#[cfg(feature = "inspect")]
use std::cell::{Cell, RefCell};
#[cfg(feature = "inspect")]
use std::collections::BTreeMap;

#[cfg(feature = "inspect")]
use crate::describing::Holder;
use crate::observe::Origin;

/// Those who hold a lock, or a token of a semaphore, now.
#[derive(Default)]
pub(super) struct Holders {
    #[cfg(feature = "inspect")]
    present: RefCell<BTreeMap<u64, Holder>>,
    #[cfg(feature = "inspect")]
    counted: Cell<u64>,
}

/// One of them; kept in its guard.
pub(super) struct Hold {
    #[cfg(feature = "inspect")]
    number: u64,
}

#[cfg(feature = "inspect")]
impl Holders {
    /// Whoever asked as `asked` says holds it from now on.
    pub(super) fn begin(&self, asked: &Origin) -> Hold {
        let number = self.counted.replace(self.counted.get() + 1);
        if let Some(made) = asked.made.get() {
            self.present.borrow_mut().insert(number, Holder { made, since: std::time::Instant::now() });
        }
        Hold { number }
    }

    pub(super) fn end(&self, hold: &Hold) {
        self.present.borrow_mut().remove(&hold.number);
    }

    pub(super) fn present(&self) -> Vec<Holder> {
        self.present.borrow().values().copied().collect()
    }
}

#[cfg(not(feature = "inspect"))]
#[allow(clippy::unused_self)]
impl Holders {
    #[inline]
    pub(super) fn begin(&self, _asked: &Origin) -> Hold {
        Hold {}
    }

    #[inline]
    pub(super) fn end(&self, _hold: &Hold) {}
}
