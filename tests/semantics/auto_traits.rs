//! Which public types are `Send`, `Sync`, `Unpin` and `Clone`: a table that the compiler checks.

use inline_callbacks::explore::{Explorer, Finding, Report, Schedule, World};
use inline_callbacks::task::{CooperativeTask, Cooperator, LoopingCall, NotPaused, TaskFinished};
use inline_callbacks::{
    Abandoned, AllFailed, AlreadyTaken, CancelHandle, Cancelled, Deferred, DeferredLock, DeferredQueue,
    DeferredSemaphore, Failed, Failure, Generator, LockGuard, Panicked, Pause, QueueOverflow, QueueUnderflow,
    RemoteTrigger, Site, TimedOut, Trace, Trigger, Wait, WaitMut,
};

macro_rules! has {
    ($type:ty: $($bound:path),+) => {
        const _: fn() = || {
            fn has<T: ?Sized $(+ $bound)+>() {}
            has::<$type>();
        };
    };
}

/// Compiles only where the type lacks the trait: otherwise both impls fit and the parameter stays ambiguous.
macro_rules! lacks {
    ($type:ty: $($bound:path),+) => {
        $(const _: fn() = || {
            trait Ambiguous<A> {
                fn probe() {}
            }
            struct Always;
            struct IfImplemented;
            impl<T: ?Sized> Ambiguous<Always> for T {}
            impl<T: ?Sized + $bound> Ambiguous<IfImplemented> for T {}
            let _ = <$type as Ambiguous<_>>::probe;
        };)+
    };
}

has!(Failure: Send, Sync, Unpin, Clone, std::fmt::Display, std::fmt::Debug);
lacks!(Failure: std::error::Error);
has!(Failed: Send, Sync, Unpin, Clone, std::error::Error);
has!(Site: Send, Sync, Unpin, Clone);
has!(Trace: Send, Sync, Unpin, Clone);
has!(Cancelled: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(Abandoned: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(AlreadyTaken: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(TimedOut: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(TaskFinished: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(NotPaused: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(Panicked: Send, Sync, Unpin, Clone, std::error::Error);

has!(Schedule: Send, Sync, Unpin, Clone, std::fmt::Display, std::fmt::Debug);
has!(Report: Send, Sync, Unpin, Clone, std::fmt::Display, std::fmt::Debug);
has!(Finding: Send, Sync, Unpin, Clone, std::fmt::Display, std::fmt::Debug);
has!(Explorer: Send, Sync, Unpin, Clone, std::fmt::Debug);
has!(World: Unpin, Clone, std::fmt::Debug);
lacks!(World: Send, Sync);

has!(Deferred<u32>: Unpin, IntoFuture<Output = Result<u32, Failure>>, std::fmt::Debug);
lacks!(Deferred<u32>: Send, Sync, Clone, Future);
has!(Trigger<u32>: Unpin, std::fmt::Debug);
lacks!(Trigger<u32>: Send, Sync, Clone);
has!(CancelHandle: Unpin, Clone, std::fmt::Debug);
lacks!(CancelHandle: Send, Sync);
has!(Pause: Unpin, std::fmt::Debug);
lacks!(Pause: Send, Sync, Clone);
has!(LoopingCall: Unpin, Clone, std::fmt::Debug);
lacks!(LoopingCall: Send, Sync);
has!(Cooperator: Unpin, Clone, std::fmt::Debug);
lacks!(Cooperator: Send, Sync);
has!(CooperativeTask: Unpin, Clone, std::fmt::Debug);
lacks!(CooperativeTask: Send, Sync);
has!(Wait<u32>: Unpin, Future<Output = Result<u32, Failure>>);
lacks!(Wait<u32>: Send, Sync, Clone);
has!(WaitMut<'static, u32>: Unpin, Future<Output = Result<u32, Failure>>);
lacks!(WaitMut<'static, u32>: Send, Sync, Clone);
has!(&'static mut Deferred<u32>: IntoFuture<Output = Result<u32, Failure>>);

has!(DeferredLock: Unpin, Clone, Default, std::fmt::Debug);
lacks!(DeferredLock: Send, Sync);
has!(DeferredSemaphore: Unpin, Clone, std::fmt::Debug);
lacks!(DeferredSemaphore: Send, Sync);
has!(LockGuard: Unpin, std::fmt::Debug);
lacks!(LockGuard: Send, Sync, Clone);
// Nothing is asked of the items.
has!(DeferredQueue<std::cell::Cell<u32>>: Unpin, Clone, Default, std::fmt::Debug);
lacks!(DeferredQueue<u32>: Send, Sync);
has!(QueueOverflow: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(QueueUnderflow: Send, Sync, Unpin, Clone, Copy, std::error::Error);
has!(AllFailed: Send, Sync, Unpin, std::error::Error);
has!(Generator<u32>: Unpin, std::iter::FusedIterator<Item = u32>, std::fmt::Debug);
has!(Generator<u32, u32>: Unpin, std::fmt::Debug);
lacks!(Generator<u32>: Send, Sync, Clone);
lacks!(Generator<u32, u32>: Iterator);

has!(RemoteTrigger<u32>: Send, Sync, Unpin, std::fmt::Debug);
lacks!(RemoteTrigger<u32>: Clone);
// It only carries values in: what is `Send` but not `Sync` is enough.
has!(RemoteTrigger<std::cell::Cell<u32>>: Send, Sync);

/// Law 19: `Deferred` is `IntoFuture`, by value and by `&mut`, and not itself a future. (The table above is the test.)
#[test]
fn the_table_of_auto_traits_holds() {
    assert!(size_of::<Deferred<()>>() <= 3 * size_of::<usize>());
}
