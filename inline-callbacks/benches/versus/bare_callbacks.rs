//! By hand: a state machine that makes a boxed callback of itself for each wait. The limit: no value may come early, nothing
//! may panic, nothing can be cancelled.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

type Callback = Box<dyn FnOnce(u64)>;

struct Machine {
    sum: Cell<u64>,
    left: Cell<u32>,
    /// Where whoever has the value finds whom to give it to.
    waiter: Rc<Cell<Option<Callback>>>,
}

impl Machine {
    fn wait(self: Rc<Self>) {
        let waiter = Rc::clone(&self.waiter);
        waiter.set(Some(Box::new(move |n| self.resume(n))));
    }

    fn resume(self: Rc<Self>, n: u64) {
        self.sum.set(self.sum.get() + n);
        self.left.set(self.left.get() - 1);
        if self.left.get() > 0 {
            self.wait();
        }
    }
}

/// A callback is made and left, then called, and the machine goes on.
pub(crate) fn resume(times: u32) -> Duration {
    let waiter = Rc::new(Cell::new(None::<Callback>));
    let machine = Rc::new(Machine { sum: Cell::new(0), left: Cell::new(times), waiter: Rc::clone(&waiter) });
    let start = Instant::now();
    Rc::clone(&machine).wait();
    for n in 0..u64::from(times) {
        let callback = waiter.take().expect("the machine waits");
        callback(black_box(n));
    }
    let taken = start.elapsed();
    assert_eq!(machine.sum.get(), (0..u64::from(times)).sum::<u64>());
    taken
}
