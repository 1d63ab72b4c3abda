//! What a yielded thing means: a wait for a Deferred or a future, or a value that comes straight back.
//!
//! `yield_!(operand)` becomes `(&&&&Operand::of(&operand)).__kind().go(operand).await`. Method lookup takes the trait with
//! the most references that fits the operand's type, and its `__kind` says what `go` has to do. One trait per level, because
//! an operand whose type is not known yet must meet one candidate only: with several, the compiler reports those ("multiple
//! applicable items") instead of asking for the type.
//!
//! Any trait in the user's scope may have a method for every type, and would be found first if it had the same name: hence the
//! underscores. What `__kind` gives takes the operand by an inherent method by value, which nothing comes before.
//!
//! In generic code the declared bounds decide, not the type that the function is called with.

// Every `go` is a method of a kind, so that one expression calls whichever it is.
#![allow(clippy::unused_self)]

#[cfg(feature = "inspect")]
mod noted;

use std::future::{Future, IntoFuture, Ready, ready};
use std::marker::PhantomData;
use std::panic::Location;
#[cfg(not(feature = "inspect"))]
use std::pin::Pin;
use std::rc::Rc;

use crate::deferred::{Deferred, IntoDeferred};
use crate::observe;

/// The type of an operand, without the operand: nothing is moved or borrowed while its kind is looked up.
pub struct Operand<T>(PhantomData<T>);

impl<T> Operand<T> {
    /// Reads the type off a reference.
    #[inline]
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

/// First: what needs a word of its own. Mistakes, whose `go` cannot be called, and boxed futures.
pub trait ViaMistake {
    /// Says what to do.
    type Kind;
    /// Finds it.
    fn __kind(&self) -> Self::Kind;
}

/// Second: whatever `.await` takes; a Deferred, `&mut Deferred`, any future.
pub trait ViaFuture {
    /// Finds what to do.
    fn __kind(&self) -> FutureKind;
}

/// Third: what generic code knows to be a Deferred only by its bound.
pub trait ViaDeferred {
    /// Finds what to do.
    fn __kind(&self) -> DeferredKind;
}

/// Last: everything else is a value.
pub trait ViaValue {
    /// Finds what to do.
    fn __kind(&self) -> ValueKind;
}

impl<F: IntoFuture> ViaFuture for &&Operand<F> {
    #[inline]
    fn __kind(&self) -> FutureKind {
        FutureKind
    }
}

impl<D: IntoDeferred> ViaDeferred for &Operand<D> {
    #[inline]
    fn __kind(&self) -> DeferredKind {
        DeferredKind
    }
}

impl<T> ViaValue for Operand<T> {
    #[inline]
    fn __kind(&self) -> ValueKind {
        ValueKind
    }
}

/// Waits.
pub struct FutureKind;

impl FutureKind {
    /// Gives the future to wait for. The caller's place, which a Deferred records, is the user's `yield_!`.
    #[inline]
    #[track_caller]
    #[cfg(not(feature = "inspect"))]
    pub fn go<F: IntoFuture>(self, operand: F) -> F::IntoFuture {
        observe::comes_to_wait(Location::caller());
        operand.into_future()
    }

    /// Gives the future to wait for, which says that it is waited for here.
    #[track_caller]
    #[cfg(feature = "inspect")]
    pub fn go<F: IntoFuture>(self, operand: F) -> noted::Noted<F::IntoFuture> {
        observe::comes_to_wait(Location::caller());
        noted::Noted::new(Box::pin(operand.into_future()))
    }
}

/// Waits for the Deferred that the operand becomes.
pub struct DeferredKind;

impl DeferredKind {
    /// As [`FutureKind::go`].
    #[inline]
    #[track_caller]
    pub fn go<D: IntoDeferred>(self, operand: D) -> <Deferred<D::Value> as IntoFuture>::IntoFuture {
        operand.into_deferred().into_future()
    }
}

/// Does not wait.
pub struct ValueKind;

impl ValueKind {
    /// Gives what is ready at once: the optimiser leaves nothing of it.
    #[inline]
    pub fn go<T>(self, operand: T) -> Ready<T> {
        ready(operand)
    }
}

/// Waits for a future that sits in a plain box, which is not a future itself unless it can be moved.
pub struct BoxKind;

impl BoxKind {
    /// As [`FutureKind::go`].
    #[inline]
    #[cfg(not(feature = "inspect"))]
    #[track_caller]
    pub fn go<F: ?Sized + Future>(self, operand: Box<F>) -> Pin<Box<F>> {
        observe::comes_to_wait(Location::caller());
        Box::into_pin(operand)
    }

    /// As [`FutureKind::go`].
    #[track_caller]
    #[cfg(feature = "inspect")]
    pub fn go<F: ?Sized + Future>(self, operand: Box<F>) -> noted::Noted<F> {
        observe::comes_to_wait(Location::caller());
        noted::Noted::new(Box::into_pin(operand))
    }
}

impl<F: ?Sized + Future> ViaMistake for &&&Operand<Box<F>> {
    type Kind = BoxKind;
    #[inline]
    fn __kind(&self) -> BoxKind {
        BoxKind
    }
}

// The kinds of mistake: each has a trait of its own, whose `go` no operand can be given to, and so the sentence of that trait. What
// `go` returns is named through the trait too; so nothing is reported about the result.
//
// The plain way, an inherent `go` with a bound, adds a note that shows the bound here, in our source. A method of a trait does not;
// but it is found only if the trait is implemented, and taken to be what is meant if it is so only once. Hence the two `Nobody`s.

/// Nothing is ever one.
pub struct Nobody<const N: usize>;

/// Declares kinds of mistake.
macro_rules! mistakes {
    ($($(#[doc = $doc:literal])* $kind:ident, $wanted:ident: $message:literal, $note:literal;)*) => {$(
        $(#[doc = $doc])*
        pub struct $kind;

        /// Met by no operand.
        #[diagnostic::on_unimplemented(message = $message, label = "this is a `{T}`", note = $note)]
        pub trait $wanted<T>: Sized {
            /// What would be waited for.
            type Wait: Future;
            /// Never callable.
            fn go(self, _: T) -> Self::Wait {
                unreachable!("no operand meets it")
            }
        }

        mistakes!(@nobody $kind, $wanted, 0);
        mistakes!(@nobody $kind, $wanted, 1);
    )*};
    (@nobody $kind:ident, $wanted:ident, $n:literal) => {
        #[diagnostic::do_not_recommend]
        impl $wanted<Nobody<$n>> for $kind {
            type Wait = Ready<()>;
        }
    };
}

mistakes! {
    /// A `Deferred` that is not handed over.
    Borrowed, OwnedDeferred:
        "cannot yield a borrowed `Deferred`",
        "a `Deferred` has one consumer, who takes it: remove the `&`, or wait through `&mut`, or `share()` it between several";
    /// A `Deferred` that may not be there.
    Wrapped, BareDeferred:
        "cannot yield a `Deferred` that is wrapped in another type",
        "take the `Deferred` out first: `yield_!(x?)`, or `if let Some(d) = x`, or `yield_!(*x)` for a `Box`";
    /// More than one `Deferred`.
    Several, OneDeferred:
        "cannot yield several `Deferred`s at once",
        "wait for all of them with `yield_!(gather_results(..))`, or for one after the other in a loop";
}

/// Says which operands are which mistake.
macro_rules! mistaken {
    ($($kind:ident: [$($generics:tt)*] $operand:ty;)*) => {$(
        impl<$($generics)*> ViaMistake for &&&Operand<$operand> {
            type Kind = $kind;
            fn __kind(&self) -> $kind {
                $kind
            }
        }
    )*};
}

mistaken! {
    Borrowed: ['a, T: 'static] &'a Deferred<T>;
    Borrowed: [T: 'static] Rc<Deferred<T>>;
    Wrapped: [T: 'static] Box<Deferred<T>>;
    Wrapped: [T: 'static] Option<Deferred<T>>;
    Wrapped: [T: 'static, E] Result<Deferred<T>, E>;
    Several: [T: 'static] Vec<Deferred<T>>;
    Several: [T: 'static, const N: usize] [Deferred<T>; N];
    Several: [A: 'static, B: 'static] (Deferred<A>, Deferred<B>);
    Several: [A: 'static, B: 'static, C: 'static] (Deferred<A>, Deferred<B>, Deferred<C>);
    Several: [A: 'static, B: 'static, C: 'static, D: 'static] (Deferred<A>, Deferred<B>, Deferred<C>, Deferred<D>);
}
