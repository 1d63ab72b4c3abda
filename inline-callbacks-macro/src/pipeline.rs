//! The order of the stages.

use proc_macro2::{TokenStream, TokenTree};

use crate::kind::Kind;
use crate::report::Errors;
use crate::{callbacks as forms, check, expand, fallback, parse, remade, rewrite, warn};

/// What `#[inline_callbacks(args)] item` becomes, or `#[generator(args)] item`.
pub(crate) fn attribute(kind: Kind, args: &TokenStream, item: TokenStream) -> TokenStream {
    let mut function = match parse::parse_function(args.clone(), item.clone()) {
        Ok(function) => function,
        Err(reason) => return fallback::keep_item(kind, item, &reason),
    };
    let mut errors = Errors::default();
    remade::refuse_remade(kind, &mut function, &mut errors);
    if errors.is_empty() {
        errors = check::check(kind, &function);
    }
    let warnings = Some(warn::warnings(kind, &function));
    let returns_unit = kind == Kind::InlineCallbacks && expand::Result::of(&function.sig.output).may_be_unit();
    let is_right = rewrite::rewrite_function_body(kind, &mut function.body.code, returns_unit);
    // A warning beside a mistake would only distract from it.
    let warnings = warnings.filter(|_| is_right).unwrap_or_default();
    if errors.is_empty() {
        expand::expand(kind, function, &warnings)
    } else {
        fallback::refuse(kind, function, &errors)
    }
}

/// What `callbacks! { tokens }` becomes; in front of the tokens is the path of the runtime crate, in parentheses.
pub(crate) fn callbacks(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let Some(TokenTree::Group(crate_path)) = tokens.next() else {
        return TokenStream::new();
    };
    forms::expand(tokens.collect(), &crate_path.stream())
}
