//! The order of the stages.

use proc_macro2::{TokenStream, TokenTree};

use crate::report::Errors;
use crate::{args, callbacks as forms, check, expand, fallback, parse, rewrite};

/// What `#[inline_callbacks(args)] item` becomes.
pub(crate) fn attribute(args: &TokenStream, item: TokenStream) -> TokenStream {
    let mut function = match parse::parse_function(item.clone()) {
        Ok(function) => function,
        Err(reason) => return fallback::keep_item(item, reason),
    };
    let mut errors = Errors::default();
    args::refuse_options(args, &mut errors);
    check::check(&function, &mut errors);
    let returns_unit = expand::Result::of(&function.sig.output).may_be_unit();
    rewrite::rewrite_function_body(&mut function.body.code, returns_unit);
    if errors.is_empty() { expand::expand(function) } else { fallback::refuse(function, &errors) }
}

/// What `callbacks! { tokens }` becomes; in front of the tokens is the path of the runtime crate, in parentheses.
pub(crate) fn callbacks(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let Some(TokenTree::Group(crate_path)) = tokens.next() else {
        return TokenStream::new();
    };
    forms::expand(tokens.collect(), &crate_path.stream())
}
