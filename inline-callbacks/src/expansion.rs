//! The runtime half of the expansion: what the generated code of `#[inline_callbacks]` and `callbacks!` calls.
//!
//! The attribute knows no path of this crate. It starts from the return type that the user wrote, asks it for a [`Driver`],
//! and calls methods of that. So a renamed crate needs no option, and the text of the one error that a wrong return type
//! gives is the name of the function that it lacks.

use std::future::Future;
use std::marker::PhantomData;

use crate::chain::Never;
use crate::deferred::Deferred;
use crate::driver;
use crate::failure::Failure;

/// Stands for the body that is being written, and knows what it ends with: a `T` or a failure.
pub struct Driver<T>(PhantomData<fn() -> T>);

impl<T> Clone for Driver<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Driver<T> {}

/// For bodies without a written return type: blocks and closures of `callbacks!`.
#[inline]
pub fn inferred_driver<T>() -> Driver<T> {
    Driver(PhantomData)
}

impl<T: 'static> Deferred<T> {
    /// The way from a written return type to its driver. Its name is what the compiler says about a type without it.
    #[doc(hidden)]
    #[inline]
    #[allow(non_snake_case)]
    pub fn __inline_callbacks_must_return_a_Deferred() -> Driver<T> {
        inferred_driver()
    }
}

impl<T: 'static> Driver<T> {
    /// Never called: the body begins with `if false { return driver.pin() }`, which settles the type that `return`, `?`
    /// and the tail are judged by before the compiler reads any of them.
    pub fn pin(self) -> Result<T, Failure> {
        unreachable!("the body returns this only `if false`")
    }

    /// Starts the body and gives the promise of its result.
    #[inline]
    #[track_caller]
    pub fn run<F>(self, body: F) -> Deferred<T>
    where
        F: Future<Output = Result<T, Failure>> + 'static,
    {
        driver::start(body)
    }

    /// The end of a body that falls off it, where the written return type does not say whether it may.
    #[inline]
    pub fn empty_end(self) -> Result<T, Failure>
    where
        T: EmptyEnd,
    {
        Ok(T::VALUE)
    }
}

impl Driver<()> {
    /// The end of a `Deferred<()>` body with a tail expression: `()`, a `Result`, or a tail that never ends.
    #[inline]
    pub fn end<R: UnitEnd>(self, tail: R) -> Result<(), Failure> {
        tail.into_result()
    }
}

/// What a body may end with by falling off its end.
#[diagnostic::on_unimplemented(
    message = "this `#[inline_callbacks]` function can reach its end without a value",
    label = "a `{Self}` is needed here"
)]
pub trait EmptyEnd {
    /// The value that nobody wrote.
    const VALUE: Self;
}

#[diagnostic::do_not_recommend]
impl EmptyEnd for () {
    const VALUE: Self = ();
}

/// What may stand at the end of a body that returns `Deferred<()>`.
#[diagnostic::on_unimplemented(
    message = "a function that returns `Deferred<()>` cannot end with a `{Self}`",
    label = "this is a `{Self}`",
    note = "end the line with `;` to drop the value, or return a `Deferred` of it"
)]
pub trait UnitEnd {
    /// The same, as the result of the body.
    fn into_result(self) -> Result<(), Failure>;
}

#[diagnostic::do_not_recommend]
impl UnitEnd for () {
    #[inline]
    fn into_result(self) -> Result<(), Failure> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl UnitEnd for Result<(), Failure> {
    #[inline]
    fn into_result(self) -> Self {
        self
    }
}

/// A tail that never ends has the type `!`, to which edition 2024 no longer gives the fallback `()`.
#[diagnostic::do_not_recommend]
impl UnitEnd for Never {
    #[inline]
    fn into_result(self) -> Result<(), Failure> {
        self
    }
}
