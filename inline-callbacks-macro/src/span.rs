//! Where tokens are, and where generated tokens say they are.

use proc_macro2::{Delimiter, Span, TokenTree};
use quote::ToTokens;
use syn::Macro;

/// For a generated token: its names are hidden from the user's code, its place is the user's.
pub(crate) fn hidden_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The first and the last token of some source. Both together underline all of it, without joining spans, which stable
/// Rust cannot do.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Ends {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut tokens = tokens.into_token_stream().into_iter();
        let Some(first) = tokens.next() else {
            return Self { first: Span::call_site(), last: Span::call_site() };
        };
        let last = tokens.last().map(|last| last_of(&last));
        Self { first: first_of(&first), last: last.unwrap_or_else(|| last_of(&first)) }
    }

    /// The same of a macro call, without printing it first. Its last token is all of its arguments.
    pub(crate) fn of_call(mac: &Macro) -> Self {
        let first = match (&mac.path.leading_colon, mac.path.segments.first()) {
            (Some(colon), _) => colon.spans[0],
            (None, Some(segment)) => segment.ident.span(),
            (None, None) => mac.bang_token.span,
        };
        Self { first, last: mac.delimiter.span().join() }
    }

    pub(crate) fn hidden(self) -> Self {
        Self { first: hidden_at(self.first), last: hidden_at(self.last) }
    }
}

/// What a macro fragment such as `$t:ty` brought sits in an invisible group: the token meant is inside.
fn first_of(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => match group.stream().into_iter().next() {
            Some(inside) => first_of(&inside),
            None => group.span_open(),
        },
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}

fn last_of(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => match group.stream().into_iter().last() {
            Some(inside) => last_of(&inside),
            None => group.span_close(),
        },
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}
