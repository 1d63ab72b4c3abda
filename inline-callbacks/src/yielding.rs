//! What a yielded thing means: a wait for a Deferred or a future, or a value that comes straight back.
//!
//! `yield_!(operand)` becomes `Operand(&raw const operand).__wait(operand).await`: one call for each wait, since all that a body
//! consists of is what the compiler has to read. Which `__wait` it is, method lookup decides. It tries, in this order,
//!
//! 1. the inherent method of [`Operand`]: whatever `.await` takes. A Deferred is met first, at the least cost;
//! 2. the traits in [`special`]: what needs a word of its own;
//! 3. the inherent method of what an `Operand` dereferences to, [`Bounded`]: what generic code knows to be a Deferred;
//! 4. that of what a `Bounded` dereferences to, [`Plain`]: everything else is a value.
//!
//! Where the type is not known yet, the compiler asks for it, since a `Plain` in turn dereferences to the operand itself. Only the
//! traits need an import, and what the compiler has to do grows with the number of those: so there is one, of all that is in
//! their module, which has no names.
//!
//! Any trait in the user's scope may have a method for every type, and would be found first if it had the same name: hence the
//! underscores.
//!
//! In generic code the declared bounds decide, not the type that the function is called with.

// Each `__wait` is a method of the operand's type, so that one expression calls whichever it is.
#![allow(clippy::unused_self)]

#[cfg(feature = "inspect")]
mod noted;

use std::future::{Future, IntoFuture, Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::rc::Rc;

use crate::deferred::{Deferred, IntoDeferred};
use crate::observe;

/// The type of an operand, without the operand. It is read off a raw pointer, which is never followed: unlike a reference, that
/// does not keep the operand from being moved, and making one is no call.
pub struct Operand<T>(pub *const T);

/// The same, of which only the bounds that generic code declares are asked.
pub struct Bounded<T>(PhantomData<T>);

/// The same, of which nothing is asked.
pub struct Plain<T>(PhantomData<T>);

impl<T> Clone for Bounded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Bounded<T> {}

impl<T> Clone for Plain<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Plain<T> {}

#[cfg(not(feature = "inspect"))]
impl<T> Deref for Operand<T> {
    type Target = Bounded<T>;
    #[inline]
    fn deref(&self) -> &Bounded<T> {
        &Bounded(PhantomData)
    }
}

impl<T> Deref for Bounded<T> {
    type Target = Plain<T>;
    #[inline]
    fn deref(&self) -> &Plain<T> {
        &Plain(PhantomData)
    }
}

/// Where method lookup ends, so that it comes to the operand's own type. If that is not known yet, the compiler stops there, and
/// asks for it: none of the methods could be the right one.
impl<T> Deref for Plain<T> {
    type Target = T;
    fn deref(&self) -> &T {
        unreachable!("each step before has a method that fits")
    }
}

#[cfg(not(feature = "inspect"))]
impl<F: IntoFuture> Operand<F> {
    /// Gives the future to wait for. The caller's place, which a Deferred records, is the user's `yield_!`.
    #[inline]
    #[track_caller]
    pub fn __wait(self, operand: F) -> F::IntoFuture {
        observe::comes_to_wait(Location::caller());
        operand.into_future()
    }
}

impl<D: IntoDeferred> Bounded<D> {
    /// As that of an [`Operand`], of the Deferred that the operand becomes.
    #[inline]
    #[track_caller]
    pub fn __wait(self, operand: D) -> <Deferred<D::Value> as IntoFuture>::IntoFuture {
        operand.into_deferred().into_future()
    }
}

impl<T> Plain<T> {
    /// Gives what is ready at once: the optimiser leaves nothing of it.
    #[inline]
    pub fn __wait(self, operand: T) -> Ready<T> {
        ready(operand)
    }
}

/// The traits that a `yield_!` imports, without their names.
pub mod special {
    #[cfg(all(feature = "inspect", feature = "reactor"))]
    pub use super::noted::timers::TimerFuture as _;
    pub use super::{BareDeferred as _, BoxedFuture as _, OneDeferred as _, OwnedDeferred as _};
}

/// What is waited for when a future in a box is.
#[cfg(not(feature = "inspect"))]
type BoxWait<F> = std::pin::Pin<Box<F>>;
#[cfg(feature = "inspect")]
type BoxWait<F> = noted::Noted<F>;

/// A future in a plain box, which is not a future itself unless it can be moved.
pub trait BoxedFuture {
    /// What is in the box.
    type Future: ?Sized;
    /// Pins it where it is.
    #[track_caller]
    fn __wait(self, operand: Box<Self::Future>) -> BoxWait<Self::Future>;
}

impl<F: ?Sized + Future> BoxedFuture for Operand<Box<F>> {
    type Future = F;
    #[inline]
    #[track_caller]
    fn __wait(self, operand: Box<F>) -> BoxWait<F> {
        observe::comes_to_wait(Location::caller());
        let pinned = Box::into_pin(operand);
        #[cfg(feature = "inspect")]
        let pinned = noted::Noted::new(pinned);
        pinned
    }
}

// The mistakes: each has a trait of its own, whose method no operand can be given to, and so the sentence of that trait. What it
// returns is named through the trait too; so nothing is reported about the result.
//
// The plain way, an inherent method with a bound, adds a note that shows the bound here, in our source. A method of a trait does
// not; but it is found only if the trait is implemented, and taken to be what is meant if it is so only once. Hence two `Nobody`s.

/// Nothing is ever one.
pub struct Nobody<const N: usize>;

/// Declares kinds of mistake.
macro_rules! mistakes {
    ($($(#[doc = $doc:literal])* $wanted:ident: $message:literal, $note:literal;)*) => {$(
        $(#[doc = $doc])*
        #[diagnostic::on_unimplemented(message = $message, label = "this is a `{T}`", note = $note)]
        pub trait $wanted<T>: Sized {
            /// What would be waited for.
            type Wait: Future;
            /// Never callable.
            fn __wait(self, _: T) -> Self::Wait {
                unreachable!("no operand meets it")
            }
        }
    )*};
}

mistakes! {
    /// Not borrowed.
    OwnedDeferred:
        "cannot yield a borrowed `Deferred`",
        "a `Deferred` has one consumer, who takes it: remove the `&`, or wait through `&mut`, or `share()` it between several";
    /// Not inside something else.
    BareDeferred:
        "cannot yield a `Deferred` that is wrapped in another type",
        "take the `Deferred` out first: `yield_!(x?)`, or `if let Some(d) = x`, or `yield_!(*x)` for a `Box`";
    /// Not more than one.
    OneDeferred:
        "cannot yield several `Deferred`s at once",
        "wait for all of them with `yield_!(gather_results(..))`, or for one after the other in a loop";
}

/// Says which operands lack what.
macro_rules! mistaken {
    ($($wanted:ident: [$($generics:tt)*] $operand:ty;)*) => {$(
        mistaken!(@nobody 0, $wanted: [$($generics)*] $operand);
        mistaken!(@nobody 1, $wanted: [$($generics)*] $operand);
    )*};
    (@nobody $n:literal, $wanted:ident: [$($generics:tt)*] $operand:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $wanted<Nobody<$n>> for Operand<$operand> {
            type Wait = Ready<()>;
        }
    };
}

mistaken! {
    OwnedDeferred: ['a, T: 'static] &'a Deferred<T>;
    OwnedDeferred: [T: 'static] Rc<Deferred<T>>;
    BareDeferred: [T: 'static] Box<Deferred<T>>;
    BareDeferred: [T: 'static] Option<Deferred<T>>;
    BareDeferred: [T: 'static, E] Result<Deferred<T>, E>;
    OneDeferred: [T: 'static] Vec<Deferred<T>>;
    OneDeferred: [T: 'static, const N: usize] [Deferred<T>; N];
    OneDeferred: [A: 'static, B: 'static] (Deferred<A>, Deferred<B>);
    OneDeferred: [A: 'static, B: 'static, C: 'static] (Deferred<A>, Deferred<B>, Deferred<C>);
    OneDeferred: [A: 'static, B: 'static, C: 'static, D: 'static] (Deferred<A>, Deferred<B>, Deferred<C>, Deferred<D>);
}
