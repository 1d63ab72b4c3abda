//! Where something happened: a function, a file, a line; and which function of the user's is running now.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// A function's name, asked for only when somebody wants to read it: one word, and free until then.
pub(crate) type Function = fn() -> &'static str;

/// The name that the compiler gives to `F`: of a body's future or of a callback.
pub(crate) fn function_of<F: ?Sized>() -> Function {
    std::any::type_name::<F>
}

fn outside() -> &'static str {
    ""
}

thread_local! {
    /// The body or callback that runs now on this thread. Needs no destructor, so it can be read at any time,
    /// also while the thread ends.
    static RUNNING: Cell<Function> = const { Cell::new(outside) };
    /// Where the user's code asks for the cancelling that goes on now.
    static CANCELLING: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// Runs `work`, which cancels on behalf of the place `asked_at` and contains the user's panics.
pub(crate) fn cancelling(asked_at: &'static Location<'static>, work: impl FnOnce()) {
    let previous = CANCELLING.replace(Some(asked_at));
    work();
    CANCELLING.set(previous);
}

/// Where the cancelling was asked for that goes on now.
pub(crate) fn asked_to_cancel() -> Option<&'static Location<'static>> {
    CANCELLING.get()
}

/// Says that `function` runs now and returns what ran before, for [`restore`].
#[inline]
pub(crate) fn enter(function: Function) -> Function {
    RUNNING.replace(function)
}

/// Ends what [`enter`] began.
#[inline]
pub(crate) fn restore(previous: Function) {
    RUNNING.set(previous);
}

/// The function of the user's that runs now.
#[inline]
pub(crate) fn running() -> Function {
    RUNNING.get()
}

/// A place in the program: where a [`Failure`](crate::Failure) was made, or a wait that it crossed.
///
/// ```
/// use inline_callbacks::Failure;
///
/// let failure = Failure::msg("no poem");
/// let site = failure.origin();
/// assert_eq!(site.to_string(), format!("{}:{}:{}", site.file(), site.line(), site.column()));
/// assert_eq!(site.function(), "", "it was made outside of any body and callback");
/// ```
#[derive(Clone)]
pub struct Site {
    function: Function,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Code(&'static Location<'static>),
    /// Where a panic happened: the panic hook lends its location, so it is copied.
    Panic(Arc<PanicPlace>),
}

/// What the panic hook saw of a panic's place.
#[derive(Debug)]
pub(crate) struct PanicPlace {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Site {
    pub(crate) fn new(function: Function, location: &'static Location<'static>) -> Self {
        Site { function, place: Place::Code(location) }
    }

    pub(crate) fn of_panic(function: Function, place: PanicPlace) -> Self {
        Site { function, place: Place::Panic(Arc::new(place)) }
    }

    /// The path of the function whose body or callback it was, or `""` outside of any.
    #[must_use]
    pub fn function(&self) -> &str {
        let mut name = (self.function)();
        // The compiler names a body and a callback after the function they are written in.
        while let Some(shorter) = name.strip_suffix("::{{closure}}") {
            name = shorter;
        }
        name
    }

    /// The source file, as the compiler was given it.
    #[must_use]
    pub fn file(&self) -> &str {
        match &self.place {
            Place::Code(location) => location.file(),
            Place::Panic(place) => &place.file,
        }
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        match &self.place {
            Place::Code(location) => location.line(),
            Place::Panic(place) => place.line,
        }
    }

    /// The column, from 1.
    #[must_use]
    pub fn column(&self) -> u32 {
        match &self.place {
            Place::Code(location) => location.column(),
            Place::Panic(place) => place.column,
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, file, line, column) = (self.function(), self.file(), self.line(), self.column());
        if !function.is_empty() {
            write!(f, "{function} at ")?;
        }
        write!(f, "{file}:{line}:{column}")
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({self})")
    }
}
