//! What is wrong with the user's code: gathered, and turned into messages at the user's own tokens.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::span::Ends;

/// One mistake: where it is, and what to say about it.
pub(crate) struct Mistake {
    at: Ends,
    text: String,
}

impl Mistake {
    /// Says what is wrong with these tokens, and what to write instead.
    pub(crate) fn new(tokens: impl ToTokens, what: &str, help: &str) -> Self {
        Self { at: Ends::of(tokens), text: format!("{what}\n\nhelp: {help}") }
    }

    /// Says what the parser said.
    pub(crate) fn of_syntax(error: &syn::Error) -> Self {
        let at = Ends { first: error.span(), last: error.span() };
        Self { at, text: error.to_string() }
    }

    /// The message in the place of an expression. The tokens bear the user's spans as they are, so that the message is
    /// shown as one about the user's code and not about a macro's.
    pub(crate) fn as_expression(&self) -> TokenStream {
        let Self { at: Ends { first, last }, text } = self;
        let mut literal = Literal::string(text);
        literal.set_span(*last);
        let mut arguments = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, literal.into_token_stream());
        arguments.set_span(*last);
        quote_spanned!(*first=> ::core::compile_error! #arguments)
    }

    /// The message in the place of an item.
    pub(crate) fn as_item(&self) -> TokenStream {
        let expression = self.as_expression();
        quote_spanned!(self.at.last=> #expression;)
    }
}

/// All mistakes of a stage.
#[derive(Default)]
pub(crate) struct Errors(Vec<Mistake>);

impl Errors {
    pub(crate) fn add(&mut self, tokens: impl ToTokens, what: &str, help: &str) {
        self.0.push(Mistake::new(tokens, what, help));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}
