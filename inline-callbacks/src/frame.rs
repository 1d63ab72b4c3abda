//! One frame for each body that is being polled: where the Deferreds that it polls leave their names.
//!
//! Bodies that run inside one another (a body that calls or fires another) have a frame each, so that their registrations
//! do not mix. The frames of a thread are reused, never freed.

// A waker travels as one word from the frame to the body and back.
#![allow(clippy::unnecessary_box_returns)]

use std::cell::{Cell, OnceCell};
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr;
use std::rc::Rc;
use std::task::Waker;

use crate::deferred::{Head, Waitable, put};
use crate::host::Lent;
use crate::observe;

#[derive(Default)]
pub(crate) struct Frame {
    /// Tells the waker that the driver lent to the body from others that a future inside the body made.
    waker: Cell<Option<ptr::NonNull<()>>>,
    /// The body, until it has polled a pending Deferred with the driver's waker; `None` in its first poll, too.
    body: Cell<Option<Rc<dyn Waiting>>>,
    /// A pending Deferred that was polled with the driver's waker when there was no body to be told of it.
    wait: Cell<Option<Rc<dyn Waitable>>>,
    /// What few bodies leave here; one word, so that looking costs nothing.
    extra: Cell<Option<Box<Extra>>>,
    /// The latest wait of which no body was told.
    site: Cell<Option<&'static Location<'static>>>,
    /// A waker to lend, ready for the next poll at this depth.
    spare: Cell<Option<Box<Lent>>>,
}

/// A body that can be made to wait while it is being polled.
pub(crate) trait Waiting {
    /// Makes it the waiter of `source`, whose head that is and which the wait at `site` has polled. Says that this has not fired
    /// meanwhile: so it can be the last that a wait calls.
    fn wait_for(self: Rc<Self>, source: Rc<dyn Waitable>, head: &Head, site: &'static Location<'static>) -> bool;
}

/// Pending Deferreds beyond the first one that the body polled itself.
#[derive(Default)]
pub(crate) struct Extra {
    /// Further ones, in order (`join!`, `select!`).
    pub(crate) more: Vec<Rc<dyn Waitable>>,
    /// Those polled with other wakers (the children of `FuturesUnordered`), which need not be polled again each time.
    pub(crate) behind: Vec<Rc<dyn Waitable>>,
}

#[cold]
fn make_waker() -> Box<Lent> {
    // While the thread ends, one waker may be left behind.
    let _ = SWEEPER.try_with(|_| ());
    Lent::new()
}

/// Drops the spare wakers when the thread ends.
struct Sweeper;

impl Drop for Sweeper {
    fn drop(&mut self) {
        FRAMES.with(|frames| {
            let mut deeper = frames.deeper.get();
            frames.first.iter().for_each(|frame| drop(frame.spare.take()));
            while let Some(frames) = deeper {
                frames.frames.iter().for_each(|frame| drop(frame.spare.take()));
                deeper = frames.deeper.get();
            }
        });
    }
}

/// How a Deferred that is being polled relates to the body that is being polled.
pub(crate) enum Polled {
    /// By this body itself, which has to be told of it.
    By(Rc<dyn Waiting>, Rc<dyn Waitable>),
    /// By a body that will find it in its frame.
    Noted,
    /// By something inside the body that has wakers of its own.
    Behind(Rc<dyn Waitable>),
    /// In a frame that is not among the first: see [`register_deeply`].
    Deeply(Rc<dyn Waitable>),
    /// Outside of any body.
    Outside(Rc<dyn Waitable>),
}

thread_local! {
    static SWEEPER: Sweeper = const { Sweeper };
    /// Never destroyed, so that bodies can still run while the thread ends.
    static FRAMES: ManuallyDrop<Frames> = const { ManuallyDrop::new(Frames::new()) };
}

/// Nobody's, and those of sixteen bodies that are polled inside one another.
const FIRST: usize = 1 + 16;

struct Frames {
    /// How many are in use, and so the index of the latest.
    depth: Cell<usize>,
    /// The one at 0 is nobody's: of what is polled outside of any body.
    first: [Frame; FIRST],
    deeper: OnceCell<Box<Deeper>>,
}

#[derive(Default)]
struct Deeper {
    frames: [Frame; 32],
    deeper: OnceCell<Box<Deeper>>,
}

impl Frame {
    const fn new() -> Self {
        Frame {
            waker: Cell::new(None),
            body: Cell::new(None),
            wait: Cell::new(None),
            extra: Cell::new(None),
            site: Cell::new(None),
            spare: Cell::new(None),
        }
    }

    #[inline]
    pub(crate) fn set_waker(&self, waker: Option<&Waker>) {
        self.waker.set(waker.and_then(|waker| ptr::NonNull::new(waker.data().cast_mut())));
    }

    /// A waker for the next poll at this depth.
    #[inline]
    pub(crate) fn lend(&self) -> Box<Lent> {
        self.spare.take().unwrap_or_else(make_waker)
    }

    #[inline]
    pub(crate) fn put_spare(&self, spare: Box<Lent>) {
        if let Some(old) = self.spare.replace(Some(spare)) {
            drop(old);
        }
    }

    /// The body that what it polls first is to be told of.
    #[inline]
    pub(crate) fn set_body(&self, body: Rc<dyn Waiting>) {
        // It was taken when the poll before had ended.
        put(&self.body, body);
    }

    /// The body, if it has not been told of anything.
    #[inline]
    pub(crate) fn take_body(&self) -> Option<Rc<dyn Waiting>> {
        self.body.take()
    }

    #[inline]
    pub(crate) fn take_wait(&self) -> Option<Rc<dyn Waitable>> {
        self.wait.take()
    }

    #[inline]
    pub(crate) fn take_extra(&self) -> Option<Box<Extra>> {
        self.extra.take()
    }

    pub(crate) fn put_extra(&self, extra: Option<Box<Extra>>) {
        self.extra.set(extra);
    }

    #[cfg(feature = "inspect")]
    fn has_body(&self) -> bool {
        let body = self.body.take();
        let has_body = body.is_some();
        self.body.set(body);
        has_body
    }

    #[inline]
    pub(crate) fn site(&self) -> Option<&'static Location<'static>> {
        self.site.get()
    }

    #[inline]
    pub(crate) fn take_site(&self) -> Option<&'static Location<'static>> {
        self.site.take()
    }

    #[inline]
    fn register(
        &self,
        waker: &Waker,
        site: &'static Location<'static>,
        head: &Head,
        source: Rc<dyn Waitable>,
    ) -> Polled {
        let Some(lent) = self.waker.get() else { return Polled::Outside(source) };
        if !ptr::eq(lent.as_ptr(), waker.data()) {
            return Polled::Behind(source);
        }
        observe::comes_to_wait(site);
        if let Some(body) = self.body.take() {
            return Polled::By(body, source);
        }
        // The driver makes the body the waiter when the poll has ended.
        head.set(Head::POLLED);
        self.site.set(Some(site));
        self.add(source);
        Polled::Noted
    }

    /// Notes a pending Deferred that the body polled.
    #[inline]
    fn add(&self, source: Rc<dyn Waitable>) {
        if let Some(first) = self.wait.replace(Some(source)) {
            self.add_one_more(first);
        }
    }

    /// `first` was there before the one that is there now.
    #[cold]
    fn add_one_more(&self, first: Rc<dyn Waitable>) {
        let latest = self.wait.replace(Some(first));
        let mut extra = self.extra.take().unwrap_or_default();
        extra.more.extend(latest);
        self.extra.set(Some(extra));
    }

    #[cold]
    fn add_behind(&self, source: Rc<dyn Waitable>) {
        let mut extra = self.extra.take().unwrap_or_default();
        extra.behind.push(source);
        self.extra.set(Some(extra));
    }
}

impl Frames {
    const fn new() -> Self {
        Frames { depth: Cell::new(0), first: [const { Frame::new() }; FIRST], deeper: OnceCell::new() }
    }

    #[inline]
    fn at(&self, index: usize) -> &Frame {
        match self.first.get(index) {
            Some(frame) => frame,
            None => self.at_deeper(index - self.first.len()),
        }
    }

    #[cold]
    fn at_deeper(&self, mut index: usize) -> &Frame {
        let mut deeper = self.deeper.get_or_init(Box::default);
        while index >= deeper.frames.len() {
            index -= deeper.frames.len();
            deeper = deeper.deeper.get_or_init(Box::default);
        }
        &deeper.frames[index]
    }

    #[inline]
    fn current(&self) -> &Frame {
        self.at(self.depth.get())
    }
}

/// Runs `work` with a frame of its own.
#[inline]
pub(crate) fn with_new<R>(work: impl FnOnce(&Frame) -> R) -> R {
    struct Leave<'a>(&'a Frames);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.depth.set(self.0.depth.get() - 1);
        }
    }
    FRAMES.with(|frames| {
        let depth = frames.depth.get() + 1;
        frames.depth.set(depth);
        let _leave = Leave(frames);
        work(frames.at(depth))
    })
}

/// Runs `work`, which is not part of the body that runs now although it is called from there: a nested executor, a
/// generator.
#[inline]
pub(crate) fn outside<R>(work: impl FnOnce() -> R) -> R {
    with_new(|frame| {
        frame.set_waker(None);
        work()
    })
}

/// Polls something foreign inside a body: whether it was in vain, and no Deferred was polled on the way.
#[cfg(feature = "inspect")]
pub(crate) fn polls_only_foreign<R>(
    place: &'static Location<'static>,
    poll: impl FnOnce() -> std::task::Poll<R>,
) -> (std::task::Poll<R>, bool) {
    // Reached anew each time: what is polled may start bodies, with frames of their own.
    let with_frame = |look: &dyn Fn(&Frame)| {
        FRAMES.with(|frames| {
            if frames.current().waker.get().is_some() {
                look(frames.current());
            }
        });
    };
    let (site_before, body_before) = (Cell::new(None), Cell::new(false));
    with_frame(&|frame| {
        site_before.set(frame.site.take());
        body_before.set(frame.has_body());
    });
    let polled = poll();
    let is_only_foreign = Cell::new(false);
    with_frame(&|frame| {
        // A body that waits for a Deferred is taken from its frame.
        let is_without = frame.site.get().is_none() && frame.has_body() == body_before.get();
        is_only_foreign.set(polled.is_pending() && is_without);
        if is_only_foreign.get() {
            frame.site.set(Some(place));
        } else if frame.site.get().is_none() {
            frame.site.set(site_before.get());
        }
    });
    (polled, is_only_foreign.get())
}

/// Registers a pending Deferred, whose head that is and which is polled with `waker` by the wait at `site`.
#[inline]
pub(crate) fn register(
    waker: &Waker,
    site: &'static Location<'static>,
    head: &Head,
    source: Rc<dyn Waitable>,
) -> Polled {
    FRAMES.with(|frames| match frames.first.get(frames.depth.get()) {
        Some(frame) => frame.register(waker, site, head, source),
        None => Polled::Deeply(source),
    })
}

/// The same in any frame.
pub(crate) fn register_deeply(
    waker: &Waker,
    site: &'static Location<'static>,
    head: &Head,
    source: Rc<dyn Waitable>,
) -> Polled {
    FRAMES.with(|frames| frames.current().register(waker, site, head, source))
}

/// Registers one that something inside the body polls with a waker of its own.
pub(crate) fn register_behind(site: &'static Location<'static>, source: Rc<dyn Waitable>) {
    observe::comes_to_wait(site);
    FRAMES.with(|frames| {
        let frame = frames.current();
        frame.site.set(Some(site));
        frame.add_behind(source);
    });
}
