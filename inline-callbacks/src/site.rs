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

/// The name of no function: outside of any body and callback.
pub(crate) fn outside() -> &'static str {
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
#[inline]
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

/// The path of the function that a body or callback is written in: the compiler names those after it.
#[cfg(feature = "timeline")]
pub(crate) fn path_of(function: Function) -> &'static str {
    without_closures(function())
}

fn without_closures(mut name: &'static str) -> &'static str {
    while let Some(shorter) = name.strip_suffix("::{{closure}}") {
        name = shorter;
    }
    name
}

/// The user's function that a body or a callback is written in.
pub(crate) fn users_name(function: Function) -> &'static str {
    let mut name = function();
    loop {
        name = without_closures(name);
        if !is_name_of_ours(name) {
            return name;
        }
        // What is written in here may be about a closure or a future of the user's: the last of the types it is generic over.
        match last_type_in(name) {
            Some(inner) if inner.ends_with("::{{closure}}") => name = inner,
            _ => return "",
        }
    }
}

fn is_name_of_ours(name: &str) -> bool {
    name.starts_with("inline_callbacks::")
        || name.starts_with("<inline_callbacks::") && name.contains(" as inline_callbacks::")
}

/// `C` of `a::f<B, C>`.
fn last_type_in(name: &str) -> Option<&str> {
    let list = name.strip_suffix('>')?;
    let mut depth = 0_usize;
    for (at, letter) in list.char_indices().rev() {
        match letter {
            // Not that of `->`.
            '>' if !list[..at].ends_with('-') => depth += 1,
            ')' | ']' => depth += 1,
            '(' | '[' => depth = depth.checked_sub(1)?,
            '<' if depth > 0 => depth -= 1,
            '<' | ',' if depth == 0 => return Some(list[at + 1..].trim_start()),
            _ => {}
        }
    }
    None
}

/// Whether the line is in this crate.
pub(crate) fn is_ours(location: &Location<'_>) -> bool {
    const HERE: &str = file!();
    // The folder of this file, as the compiler was given it.
    let folder = HERE.len() - "site.rs".len();
    location.file().as_bytes().starts_with(&HERE.as_bytes()[..folder])
}

/// A place in the program: where a [`Failure`](crate::Failure) was made, or a wait that it crossed.
///
/// Never a place in this crate: what happened in here on behalf of nobody's line has no file, and line and column 0. A trigger
/// that is dropped is such a case: the compiler tells a destructor its function's name at most. `RUST_BACKTRACE=1` finds the line.
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
    /// No line of the user's.
    Unknown,
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

    /// A site that is still to be [set](Self::set).
    pub(crate) const fn nowhere() -> Self {
        Site { function: outside, place: Place::Unknown }
    }

    #[inline]
    pub(crate) fn set(&mut self, function: Function, location: Option<&'static Location<'static>>) {
        self.function = function;
        if let Some(location) = location {
            self.place = Place::Code(location);
        }
    }

    /// Somewhere in what runs now.
    pub(crate) fn unknown() -> Self {
        Site { function: running(), place: Place::Unknown }
    }

    /// Whether nothing is known, neither the function nor the place.
    pub(crate) fn is_nowhere(&self) -> bool {
        self.file().is_empty() && self.function().is_empty()
    }

    pub(crate) fn of_panic(function: Function, place: PanicPlace) -> Self {
        Site { function, place: Place::Panic(Arc::new(place)) }
    }

    /// The path of the function whose body or callback it was, or `""` outside of any.
    #[must_use]
    pub fn function(&self) -> &str {
        users_name(self.function)
    }

    /// Whether the function is the one that something without a name is written in, and not that something itself.
    pub(crate) fn is_around(&self) -> bool {
        (self.function)().ends_with("::{{closure}}")
    }

    /// The source file, as the compiler was given it; `""` where it is not known.
    #[must_use]
    pub fn file(&self) -> &str {
        self.place().0
    }

    /// The line, from 1; 0 where it is not known.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.place().1
    }

    /// The column, from 1; 0 where it is not known.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.place().2
    }

    /// Whether a line is the user's is found out only when somebody wants to read it.
    fn place(&self) -> (&str, u32, u32) {
        match &self.place {
            Place::Code(location) if is_ours(location) => ("", 0, 0),
            Place::Code(location) => (location.file(), location.line(), location.column()),
            Place::Panic(place) => (&place.file, place.line, place.column),
            Place::Unknown => ("", 0, 0),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.function(), self.place()) {
            ("", ("", ..)) => f.write_str("outside of any body and callback"),
            (function, ("", ..)) => f.write_str(function),
            ("", (file, line, column)) => write!(f, "{file}:{line}:{column}"),
            (function, (file, line, column)) => write!(f, "{function} at {file}:{line}:{column}"),
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({self})")
    }
}
