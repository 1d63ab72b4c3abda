//! Ends of bodies that only their types can judge.
//!
//! The runtime judges them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::span::hidden_at;

/// The end of a body that falls off it, where the written return type does not say whether it may: perhaps it is an alias.
pub(crate) fn without_value(end: Span, driver: &Ident, is_closure: bool) -> TokenStream {
    let place = hidden_at(end);
    let method = Ident::new(if is_closure { "closure_without_value" } else { "function_without_value" }, place);
    quote_spanned!(place=> #driver.#method().end())
}

/// The end of a `Deferred<()>` body, given by a tail expression: `()`, a result of the body, or never.
pub(crate) fn with_tail(inside: &TokenStream, tail: Span, driver: &Ident) -> TokenStream {
    let place = hidden_at(tail);
    let name = Ident::new("__tail", place);
    quote_spanned! {place=>
        let #name = #inside;
        #[allow(unreachable_code)]
        #driver.with_tail().end(#name)
    }
}
