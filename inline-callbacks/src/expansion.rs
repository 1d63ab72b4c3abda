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
        driver::start("", body)
    }

    /// The same for a function with arguments: their names are for those who watch.
    #[inline]
    #[track_caller]
    pub fn run_named<F>(self, names: &'static str, body: F) -> Deferred<T>
    where
        F: Future<Output = Result<T, Failure>> + 'static,
    {
        driver::start(names, body)
    }

    /// The end of a function that falls off it, where the written return type does not say whether it may.
    #[inline]
    pub fn function_without_value(self) -> &'static dyn EndOfFunction {
        &End
    }

    /// The same for a closure.
    #[inline]
    pub fn closure_without_value(self) -> &'static dyn EndOfClosure {
        &End
    }
}

impl Driver<()> {
    /// The end of a `Deferred<()>` body with a tail expression.
    #[inline]
    pub fn with_tail(self) -> &'static dyn EndOfUnit {
        &End
    }
}

// Ends of bodies that only their types can judge. The plain way is a method with a bound. But the compiler shows the bound of a
// method, in source that the user has never seen, while it says nothing about a trait that a method comes from. The traits cannot
// be imported, since generated code knows no path to them, but those of a `dyn` need not be; and each is there more than once,
// lest the compiler take the one way there is for what is meant.

/// What all of them are.
struct End;

/// Nothing is ever one.
pub struct Nobody(());

/// All that a function may end with where nothing is written.
pub trait EndOfFunction: FunctionEnd<()> + FunctionEnd<Nobody> {}
impl EndOfFunction for End {}

/// The same for a closure.
pub trait EndOfClosure: ClosureEnd<()> + ClosureEnd<Nobody> {}
impl EndOfClosure for End {}

/// All that may stand at the end of a body that returns `Deferred<()>`.
pub trait EndOfUnit: UnitEnd<()> + UnitEnd<Result<(), Failure>> + UnitEnd<Never> {}
impl EndOfUnit for End {}

/// How a function may end without a value.
#[diagnostic::on_unimplemented(
    message = "this `#[inline_callbacks]` function can reach its end without a value",
    label = "a `{T}` is needed here"
)]
pub trait FunctionEnd<T> {
    /// The value that nobody wrote.
    fn end(&self) -> Result<T, Failure>;
}

/// How a closure may end without a value.
#[diagnostic::on_unimplemented(
    message = "this closure can reach its end without a value",
    label = "a `{T}` is needed here"
)]
pub trait ClosureEnd<T> {
    /// The value that nobody wrote.
    fn end(&self) -> Result<T, Failure>;
}

/// How a body that returns `Deferred<()>` may end.
#[diagnostic::on_unimplemented(
    message = "a function that returns `Deferred<()>` cannot end with a `{T}`",
    label = "this is a `{T}`",
    note = "end the line with `;` to drop the value, or with `?;` after a `Result`; wait for a `Deferred` with `yield_!(..)?;`"
)]
pub trait UnitEnd<T> {
    /// The same, as the result of the body.
    fn end(&self, tail: T) -> Result<(), Failure>;
}

/// Implements an end for what is right, and for nobody.
macro_rules! end_without_value {
    ($($end:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl $end<()> for End {
            #[inline]
            fn end(&self) -> Result<(), Failure> {
                Ok(())
            }
        }

        #[diagnostic::do_not_recommend]
        impl $end<Nobody> for End {
            fn end(&self) -> Result<Nobody, Failure> {
                unreachable!("a body cannot name it")
            }
        }
    )*};
}

end_without_value!(FunctionEnd ClosureEnd);

#[diagnostic::do_not_recommend]
impl UnitEnd<()> for End {
    #[inline]
    fn end(&self, (): ()) -> Result<(), Failure> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl UnitEnd<Result<(), Failure>> for End {
    #[inline]
    fn end(&self, tail: Result<(), Failure>) -> Result<(), Failure> {
        tail
    }
}

/// A tail that never ends has the type `!`, to which edition 2024 no longer gives the fallback `()`.
#[diagnostic::do_not_recommend]
impl UnitEnd<Never> for End {
    #[inline]
    fn end(&self, tail: Never) -> Result<(), Failure> {
        tail
    }
}
