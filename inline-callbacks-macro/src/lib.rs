//! The procedural macros of `inline-callbacks`: an implementation detail, to be used through that crate.
//!
//! Everything behind the three doors in this file works on `proc_macro2` tokens, so it can be called from ordinary tests. The
//! stages are rooms, in this order: parse, check, rewrite, expand; a function that is refused goes to fallback instead of
//! expand, and keeps its signature there.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod span;

mod keyword;
mod kind;
mod report;
mod rule;
mod written;

mod ending;
mod ends;
mod parse;

mod borrow;
mod returned;

mod known;
mod plain;

mod check;
mod misuse;
mod warn;
mod rewrite;

mod remade;
mod uses;

mod expand;

mod fallback;

mod callbacks;
mod pipeline;

use proc_macro::TokenStream;

use crate::kind::Kind;

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
/// The attribute takes no options. A function that never waits needs none, and draws a warning, which `#[allow(deprecated)]`
/// silences; a method does not, since a trait may demand it.
///
/// What the compiler says when something is wrong, and what to write instead, is in the module `messages` of the crate
/// `inline-callbacks`.
#[proc_macro_attribute]
pub fn inline_callbacks(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::attribute(Kind::InlineCallbacks, &args.into(), item.into()).into()
}

/// Turns the body of a function that returns a `Generator` into a state machine, which whoever asks for the next value
/// resumes: Python's generator.
///
/// The signature stays as it is written. A call makes the generator and runs nothing of the body yet.
///
/// # In the body
///
/// - `yield_!(value)` hands a value out, and evaluates to what is sent for it: an `S` of the `Generator<Y, S>`, which is `()`
///   for a `Generator<Y>`. Whatever the value is, it is handed out as it is; a generator does not wait.
/// - The body may fall off its end, or `return`. There is no value to end with, so neither `?` nor `return_value!`.
///
/// # On which functions
///
/// Free functions and methods, generic or not, also in impls of traits. The body outlives the call, so arguments have to be
/// owned: `self`, `self: Rc<Self>`, `String`, `&'static str`, but not `&self` or `&str`.
///
/// The attribute takes no options.
///
/// What the compiler says when something is wrong, and what to write instead, is in the module `messages` of the crate
/// `inline-callbacks`.
#[proc_macro_attribute]
pub fn generator(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::attribute(Kind::Generator, &args.into(), item.into()).into()
}

/// What `callbacks!` calls, with the path of the runtime crate in front: `(path) tokens`.
#[doc(hidden)]
#[proc_macro]
pub fn callbacks(input: TokenStream) -> TokenStream {
    pipeline::callbacks(input.into()).into()
}
