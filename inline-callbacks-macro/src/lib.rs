//! The procedural macros of `inline-callbacks`: an implementation detail, to be used through that crate.
//!
//! Everything behind the two doors in this file works on `proc_macro2` tokens, so it can be called from ordinary tests. The
//! stages are rooms, in this order: parse, check, rewrite, expand; a function that is refused goes to fallback instead of
//! expand, and keeps its signature there.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod span;

mod report;

mod args;
mod ending;
mod parse;

mod check;
mod rewrite;

mod expand;

mod fallback;

mod callbacks;
mod pipeline;

use proc_macro::TokenStream;

/// Turns the body of a function that returns a `Deferred` into a state machine, which the fired Deferred itself resumes.
///
/// The signature stays as it is written. A call runs the body at once, up to the first wait that is not ready.
///
/// # In the body
///
/// - `yield_!(operand)` waits for a Deferred or any other future; every other value comes straight back. `.await` is the
///   same wait.
/// - `?` and `return Err(..)` end the function with a failure; `return_value!(v)`, `return Ok(v)` and a tail `Ok(v)` end it
///   with success. A function that returns `Deferred<()>` may fall off its end.
///
/// # On which functions
///
/// Free functions and methods, generic or not, also in impls of traits. The body outlives the call, so arguments have to be
/// owned: `self`, `self: Rc<Self>`, `String`, `&'static str`, but not `&self` or `&str`.
///
/// The attribute takes no options.
#[proc_macro_attribute]
pub fn inline_callbacks(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::attribute(&args.into(), item.into()).into()
}

/// What `callbacks!` calls, with the path of the runtime crate in front: `(path) tokens`.
#[doc(hidden)]
#[proc_macro]
pub fn __callbacks(input: TokenStream) -> TokenStream {
    pipeline::callbacks(input.into()).into()
}
