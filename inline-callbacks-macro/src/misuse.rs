//! What we refuse in a body. The first rule that has something to say about a place says it, in the place of what it is about.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, ExprAwait, ExprTry, ExprYield, Macro, UnOp};

use crate::kind::Kind;
use crate::report::Mistake;
use crate::rule::rules;

/// Where in a body something stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// Directly in the body.
    Body,
    /// In an `async` block of the body, which can wait, but ends for itself.
    Async,
    Closure,
    Function,
    Constant,
    /// In `callbacks!`, outside every marked function.
    Items,
}

/// What the rules know about the surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    /// Whether the keyword works: in `callbacks!`, but not under the attribute.
    pub(crate) takes_keyword: bool,
}

impl Standing {
    /// Whether it is a body without waits and without a way for errors.
    pub(crate) fn is_in_generator(self) -> bool {
        self.kind == Kind::Generator && self.place == Place::Body
    }
}

/// What the rules look at.
pub(crate) enum Found<'a> {
    /// `yield_!(..)`, with the number of its operands if they parse.
    Yield(&'a Macro, Option<usize>),
    /// `return_value!(..)`, likewise.
    Return(&'a Macro, Option<usize>),
    /// `yield ..`
    Keyword(&'a ExprYield),
    /// `yield` somewhere in arguments that do not parse.
    KeywordIn(&'a Macro),
    Await(&'a ExprAwait),
    Try(&'a ExprTry),
}

impl Found<'_> {
    /// The tokens of something that yields, and its name.
    fn as_yield(&self, standing: Standing) -> Option<(TokenStream, &'static str)> {
        match self {
            Self::Yield(mac, _) => Some((mac.to_token_stream(), "`yield_!`")),
            Self::Keyword(expr) if standing.takes_keyword => Some((expr.to_token_stream(), "`yield`")),
            _ => None,
        }
    }
}

/// Applies the rules until one finds a mistake.
pub(crate) fn find(standing: Standing, found: &Found) -> Option<Mistake> {
    BODY.iter().find_map(|(_, rule)| rule(standing, found))
}

/// `yield!(e)` parses as the keyword before `!(e)`.
pub(crate) fn is_negated(expr: &ExprYield) -> bool {
    matches!(expr.expr.as_deref(), Some(Expr::Unary(not)) if matches!(not.op, UnOp::Not(_)))
}

/// Says that something which yields cannot do so at this place.
fn no_yield(place: Place, standing: Standing, found: &Found, (what, help): (&str, &str)) -> Option<Mistake> {
    if standing.place != place {
        return None;
    }
    let (tokens, name) = found.as_yield(standing)?;
    Some(Mistake::new(tokens, &format!("{name} cannot be used inside {what}"), help))
}

/// Says that `return_value!` cannot do at this place what it does elsewhere.
fn no_return(place: Place, standing: Standing, found: &Found, (what, help): (&str, &str)) -> Option<Mistake> {
    match found {
        Found::Return(mac, _) if standing.place == place => {
            Some(Mistake::new(mac, &format!("`return_value!` cannot be used inside {what}"), help))
        }
        _ => None,
    }
}

fn in_closure(kind: Kind) -> (&'static str, &'static str) {
    let help = kind.choose(
        "write a `for` loop, or make the closure one that returns a `Deferred`: `callbacks!(|..| { .. })`",
        "write a `for` loop",
    );
    ("a closure, which is a function of its own", help)
}

fn in_nested_fn(kind: Kind) -> (&'static str, &'static str) {
    let help = kind.choose(
        "put `#[inline_callbacks]` on the nested function too",
        "put `#[generator]` on the nested function too",
    );
    ("a nested function, which is a function of its own", help)
}

const IN_CONSTANT: (&str, &str) = ("a constant, which the compiler computes", "compute it with a `let` in the body");

rules! {
    /// The rules of a body.
    BODY: fn(Standing, &Found) -> Option<Mistake>;

    fn yield_in_closure(standing: Standing, found: &Found) -> Option<Mistake> {
        no_yield(Place::Closure, standing, found, in_closure(standing.kind))
    }

    fn yield_in_nested_fn(standing: Standing, found: &Found) -> Option<Mistake> {
        no_yield(Place::Function, standing, found, in_nested_fn(standing.kind))
    }

    fn yield_in_constant(standing: Standing, found: &Found) -> Option<Mistake> {
        no_yield(Place::Constant, standing, found, IN_CONSTANT)
    }

    /// In a function that waits, such a block waits as well.
    fn yield_in_async_block(standing: Standing, found: &Found) -> Option<Mistake> {
        let where_it_is = (
            "an `async` block of a generator, which somebody else runs",
            "hand the value out before or after the block, in the body of the generator itself",
        );
        if standing.kind == Kind::Generator { no_yield(Place::Async, standing, found, where_it_is) } else { None }
    }

    fn yield_in_unmarked_function(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Keyword(keyword) if standing.takes_keyword && standing.place == Place::Items => Some(Mistake::new(
                keyword,
                "`yield` works only directly inside a function marked `#[inline_callbacks]` or `#[generator]`",
                "put the attribute on the function, which then returns a `Deferred` or a `Generator`",
            )),
            _ => None,
        }
    }

    fn yield_in_unknown_macro(_standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::KeywordIn(mac) => Some(Mistake::new(
                mac,
                "cannot tell what `yield` means in the arguments of this macro",
                "wait first, in a `let` of its own, or write `yield_!(..)`",
            )),
            _ => None,
        }
    }

    fn yield_several(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Yield(mac, Some(2..)) => Some(Mistake::new(
                mac,
                "`yield_!` takes one operand",
                standing.kind.choose(
                    "yield one after the other, or all of them with `gather_results`",
                    "hand out one after the other, or a tuple of them",
                ),
            )),
            _ => None,
        }
    }

    fn yield_with_exclamation_mark(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Keyword(keyword) if !standing.takes_keyword && is_negated(keyword) => {
                Some(Mistake::new(keyword, "the macro is `yield_!`, with an underscore", "write `yield_!(..)`"))
            }
            _ => None,
        }
    }

    fn yield_keyword(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Keyword(keyword) if !standing.takes_keyword && !is_negated(keyword) => Some(Mistake::new(
                keyword,
                &format!("bare `yield` does not work under {} on stable Rust", standing.kind.attribute()),
                "write `yield_!(..)`, or put the function into `callbacks! { .. }`, where the keyword works",
            )),
            _ => None,
        }
    }

    fn return_in_async_block(standing: Standing, found: &Found) -> Option<Mistake> {
        no_return(Place::Async, standing, found, (
            "an `async` block, which ends for itself",
            "`return Ok(..)` ends the block; to end the function, `.await` the block and look at its output",
        ))
    }

    fn return_in_closure(standing: Standing, found: &Found) -> Option<Mistake> {
        no_return(Place::Closure, standing, found, in_closure(standing.kind))
    }

    fn return_in_nested_fn(standing: Standing, found: &Found) -> Option<Mistake> {
        no_return(Place::Function, standing, found, in_nested_fn(standing.kind))
    }

    fn return_in_constant(standing: Standing, found: &Found) -> Option<Mistake> {
        no_return(Place::Constant, standing, found, IN_CONSTANT)
    }

    fn return_in_generator(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Return(mac, _) if standing.is_in_generator() => Some(Mistake::new(
                mac,
                "`return_value!` cannot be used in a generator, which has no value to end with",
                "write `return`; if the value is one of those to hand out, `yield_!(..)` it first",
            )),
            _ => None,
        }
    }

    fn return_several(_standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Return(mac, Some(2..)) => {
                Some(Mistake::new(mac, "`return_value!` takes one value", "to return several, make a tuple of them"))
            }
            _ => None,
        }
    }

    fn await_in_generator(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Await(ExprAwait { dot_token, await_token, .. }) if standing.is_in_generator() => Some(Mistake::new(
                quote!(#dot_token #await_token),
                "`.await` cannot be used in a generator, which nobody would resume when the wait is over",
                "wait in a function marked `#[inline_callbacks]`, or hand out what to wait for and let the caller wait",
            )),
            _ => None,
        }
    }

    fn question_mark_in_generator(standing: Standing, found: &Found) -> Option<Mistake> {
        match found {
            Found::Try(tried) if standing.is_in_generator() => Some(Mistake::new(
                tried.question_token,
                "`?` cannot be used in a generator, which has nowhere to return an error to",
                "`match` on it and `return`, or hand the error out: `yield_!(Err(..))` in a `Generator<Result<..>>`",
            )),
            _ => None,
        }
    }
}
