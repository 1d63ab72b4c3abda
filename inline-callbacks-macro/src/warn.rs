//! What we warn about. A macro has no warnings of its own on stable Rust, so each is the use of something deprecated, at the user's
//! token: one warning, which `#[allow(deprecated)]` on the function silences.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Macro;
use syn::visit::Visit;

use crate::ending;
use crate::keyword::mentions;
use crate::kind::Kind;
use crate::known;
use crate::parse::{Code, Function};
use crate::rule::rules;

/// Something to be said, which is no mistake.
pub(crate) struct Warning {
    /// The token that it is about.
    at: Ident,
    /// The compiler shows this name.
    name: &'static str,
    text: String,
}

/// The warnings about a function as the user wrote it, as statements at the head of its body.
pub(crate) fn warnings(kind: Kind, function: &Function) -> TokenStream {
    WARNING.iter().filter_map(|(_, rule)| rule(kind, function)).map(|warning| warning.as_statement()).collect()
}

impl Warning {
    /// Only the name that is used bears the user's span. Everything else is the macro's, and so of no interest to lints.
    fn as_statement(&self) -> TokenStream {
        let Self { at, name, text } = self;
        let used = Ident::new(name, at.span());
        let hidden = Span::call_site().located_at(at.span());
        let declared = Ident::new(name, hidden);
        quote_spanned! {hidden=> {
            #[deprecated(note = #text)]
            const #declared: () = ();
            let _ = #used;
        }}
    }
}

rules! {
    /// The rules that only warn.
    WARNING: fn(Kind, &Function) -> Option<Warning>;

    /// Twisted raises for such a function. A method may have to be one, for a trait's sake; and what another attribute or macro
    /// makes of it, or what an empty or unfinished body will be, we do not know.
    fn never_waits(kind: Kind, function: &Function) -> Option<Warning> {
        let Code::Statements(statements) = &function.body.code else { return None };
        let is_plain = function.sig.receiver().is_none() && function.attrs.iter().all(known::is_harmless);
        let is_unfinished = statements.is_empty() || ending::only_diverges(statements);
        if !is_plain || is_unfinished || mentions(&function.body.written, &["yield_", "yield", "await"]) || has_unknown_macro(function) {
            return None;
        }
        let name = &function.sig.ident;
        let (has_no, instead) = match kind {
            Kind::InlineCallbacks => (
                "has no `yield_!` and no `.await`",
                "an ordinary function can return `succeed(..)`, or `maybe_deferred(..)` of what may fail",
            ),
            Kind::Generator => ("has no `yield_!`", "an ordinary function can return an iterator"),
        };
        Some(Warning {
            at: name.clone(),
            name: kind.choose("NEVER_WAITS", "NEVER_YIELDS"),
            text: format!("`{name}` {has_no}, so it needs no {}: {instead}", kind.attribute()),
        })
    }
}

/// Whether a macro is called whose expansion may wait.
fn has_unknown_macro(function: &Function) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_macro(&mut self, mac: &'ast Macro) {
            let is_known = known::is_transparent(mac) || ending::name_of(mac) == "return_value";
            // What is called in the arguments is not parsed.
            let is_nested = mac.tokens.to_token_stream().into_iter().any(|token| token.to_string() == "!");
            self.0 |= !is_known || is_nested;
        }
    }
    let mut search = Search(false);
    if let Code::Statements(statements) = &function.body.code {
        for statement in statements {
            search.visit_stmt(statement);
        }
    }
    search.0
}
