//! Asking a Failure for one of several errors.

use std::convert::Infallible;
use std::error::Error;

use crate::failure::Failure;

/// One of two to six: what [`Failure::check_any`] and [`Failure::trap_any`] found, by its place in the list of types.
///
/// What was not asked for does not exist, so a `match` needs no further arm.
///
/// ```
/// use inline_callbacks::{Abandoned, Cancelled, Failure, OneOf};
///
/// let text = match Failure::new(Cancelled).check_any::<(Abandoned, Cancelled)>() {
///     Some(OneOf::First(Abandoned)) => "abandoned",
///     Some(OneOf::Second(Cancelled)) => "cancelled",
///     None => "something else",
/// };
/// assert_eq!(text, "cancelled");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneOf<A, B, C = Infallible, D = Infallible, E = Infallible, F = Infallible> {
    /// It is of the first type in the list.
    First(A),
    /// It is of the second type in the list.
    Second(B),
    /// It is of the third type in the list.
    Third(C),
    /// It is of the fourth type in the list.
    Fourth(D),
    /// It is of the fifth type in the list.
    Fifth(E),
    /// It is of the sixth type in the list.
    Sixth(F),
}

/// A tuple of two to six error types.
///
/// ```
/// use inline_callbacks::{ErrorTypes, testing::UnhandledFailures};
///
/// /// How many failures of these types nobody has handled.
/// fn count<L: ErrorTypes>(watch: &UnhandledFailures) -> usize {
///     watch.flush_any::<L>().len()
/// }
/// # let watch = UnhandledFailures::watch();
/// # assert_eq!(count::<(std::io::Error, std::fmt::Error)>(&watch), 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of error types",
    label = "not a tuple of two to six error types",
    note = "write `check_any::<(First, Second)>()`; for one type there are `check` and `trap`"
)]
pub trait ErrorTypes: sealed::Sealed {
    /// A reference to an error of one of the types.
    type Found<'a>;

    /// The error, if it is of one of the types.
    #[doc(hidden)]
    fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<Self::Found<'a>>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! list_of_error_types {
    ($($type:ident $place:ident),+) => {
        impl<$($type: Error + 'static),+> sealed::Sealed for ($($type,)+) {}

        impl<$($type: Error + 'static),+> ErrorTypes for ($($type,)+) {
            type Found<'a> = OneOf<$(&'a $type),+>;

            fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<Self::Found<'a>> {
                None$(.or_else(|| error.downcast_ref::<$type>().map(OneOf::$place)))+
            }
        }
    };
}

list_of_error_types!(A First, B Second);
list_of_error_types!(A First, B Second, C Third);
list_of_error_types!(A First, B Second, C Third, D Fourth);
list_of_error_types!(A First, B Second, C Third, D Fourth, E Fifth);
list_of_error_types!(A First, B Second, C Third, D Fourth, E Fifth, F Sixth);

impl Failure {
    /// The error if it is of one of these types. Twisted: `Failure.check(A, B)`.
    ///
    /// ```
    /// use inline_callbacks::{Abandoned, Cancelled, Failure};
    ///
    /// fn gave_up(why: &Failure) -> bool {
    ///     why.check_any::<(Cancelled, Abandoned)>().is_some()
    /// }
    /// assert!(gave_up(&Failure::new(Cancelled)));
    /// assert!(!gave_up(&Failure::msg("no poem")));
    /// ```
    #[must_use]
    pub fn check_any<L: ErrorTypes>(&self) -> Option<L::Found<'_>> {
        L::find(self.error())
    }

    /// The error if it is of one of these types, otherwise the failure again, for `?`. Twisted: `Failure.trap(A, B)`.
    ///
    /// # Errors
    ///
    /// A clone of this failure when it holds some other error.
    ///
    /// ```
    /// use std::io;
    /// use inline_callbacks::{Abandoned, Failure, OneOf};
    ///
    /// fn instead_of_a_poem(why: Failure) -> Result<String, Failure> {
    ///     Ok(match why.trap_any::<(io::Error, Abandoned)>()? {
    ///         OneOf::First(error) => format!("no poem, but {:?}", error.kind()),
    ///         OneOf::Second(Abandoned) => "no poem any more".to_owned(),
    ///     })
    /// }
    /// assert_eq!(instead_of_a_poem(Failure::new(Abandoned)).unwrap(), "no poem any more");
    /// assert!(instead_of_a_poem(Failure::msg("something else")).is_err());
    /// ```
    pub fn trap_any<L: ErrorTypes>(&self) -> Result<L::Found<'_>, Failure> {
        self.check_any::<L>().ok_or_else(|| self.clone())
    }
}
