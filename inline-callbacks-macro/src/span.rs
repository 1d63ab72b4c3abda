//! Where tokens are, and where generated tokens say they are.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;

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
        let tokens = tokens.into_token_stream();
        Self {
            first: first_of(tokens.clone()).unwrap_or_else(Span::call_site),
            last: last_of(tokens).unwrap_or_else(Span::call_site),
        }
    }

    pub(crate) fn hidden(self) -> Self {
        Self { first: hidden_at(self.first), last: hidden_at(self.last) }
    }
}

/// What a macro fragment such as `$t:ty` brought sits in an invisible group: the token meant is inside.
fn first_of(tokens: TokenStream) -> Option<Span> {
    match tokens.into_iter().next()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None && !group.stream().is_empty() => {
            first_of(group.stream())
        }
        TokenTree::Group(group) => Some(group.span_open()),
        other => Some(other.span()),
    }
}

fn last_of(tokens: TokenStream) -> Option<Span> {
    match tokens.into_iter().last()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None && !group.stream().is_empty() => {
            last_of(group.stream())
        }
        TokenTree::Group(group) => Some(group.span_close()),
        other => Some(other.span()),
    }
}
