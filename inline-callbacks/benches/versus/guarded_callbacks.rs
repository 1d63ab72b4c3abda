//! By hand, with what safety needs: a promise with a slot for a value that comes before its callback, and a guard around the
//! callback, so that its panic does not reach whoever has the value.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::time::{Duration, Instant};

enum Slot {
    Empty,
    /// The value came first.
    Early(u64),
    /// The callback came first.
    Waiting(Box<dyn FnOnce(u64)>),
    Done,
}

#[derive(Clone)]
struct Promise(Rc<RefCell<Slot>>);

impl Promise {
    fn new() -> Self {
        Promise(Rc::new(RefCell::new(Slot::Empty)))
    }

    fn then(&self, callback: impl FnOnce(u64) + 'static) {
        let mut slot = self.0.borrow_mut();
        match mem::replace(&mut *slot, Slot::Done) {
            Slot::Early(n) => {
                drop(slot);
                guarded(|| callback(n));
            }
            _ => *slot = Slot::Waiting(Box::new(callback)),
        }
    }

    fn fire(self, n: u64) {
        let mut slot = self.0.borrow_mut();
        match mem::replace(&mut *slot, Slot::Done) {
            Slot::Waiting(callback) => {
                drop(slot);
                guarded(|| callback(n));
            }
            _ => *slot = Slot::Early(n),
        }
    }
}

fn guarded(callback: impl FnOnce()) {
    if panic::catch_unwind(AssertUnwindSafe(callback)).is_err() {
        eprintln!("a callback has panicked");
    }
}

struct Machine {
    sum: Cell<u64>,
    left: Cell<u32>,
    /// Where whoever has the value finds what to fire.
    promise: Cell<Option<Promise>>,
}

impl Machine {
    fn wait(self: Rc<Self>) {
        let promise = Promise::new();
        self.promise.set(Some(promise.clone()));
        promise.then(move |n| self.resume(n));
    }

    fn resume(self: Rc<Self>, n: u64) {
        self.sum.set(self.sum.get() + n);
        self.left.set(self.left.get() - 1);
        if self.left.get() > 0 {
            self.wait();
        }
    }
}

/// A promise is made and its callback left, then it is fired, and the machine goes on.
pub(crate) fn resume(times: u32) -> Duration {
    let machine = Rc::new(Machine { sum: Cell::new(0), left: Cell::new(times), promise: Cell::new(None) });
    let start = Instant::now();
    Rc::clone(&machine).wait();
    for n in 0..u64::from(times) {
        machine.promise.take().expect("the machine waits").fire(black_box(n));
    }
    let taken = start.elapsed();
    assert_eq!(machine.sum.get(), (0..u64::from(times)).sum::<u64>());
    taken
}
