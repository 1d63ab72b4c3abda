//! Parsing code with the `yield` keyword in it.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprClosure, ExprYield, Pat, Token};

use crate::span::hidden_at;

/// What stands for the keyword while it is parsed.
const STAND_IN: &str = "__yield_keyword";

/// Parses tokens that may contain the keyword. The error is that of the tokens as they are written.
///
/// In `match yield d { .. }` and its like the parser takes `d { .. }` for a struct. It knows better after `|x|`, which, like the
/// keyword, takes everything to its right; so where the plain way fails, the keyword is parsed as the head of a closure.
pub(crate) fn parse<T>(
    parser: impl Parser<Output = T> + Copy,
    tokens: TokenStream,
    put_back: fn(&mut T, &mut PutBack),
) -> syn::Result<T> {
    parser.parse2(tokens.clone()).or_else(|error| {
        if !mentions(&tokens, &["yield"]) {
            return Err(error);
        }
        let Ok(mut parsed) = parser.parse2(replace(tokens)) else { return Err(error) };
        let mut putting = PutBack::default();
        put_back(&mut parsed, &mut putting);
        // Behind an `async` block, which is an operand although it ends with a brace, the bars were read as operators.
        if putting.is_astray { Err(error) } else { Ok(parsed) }
    })
}

/// Whether one of these words occurs anywhere in the tokens.
pub(crate) fn mentions(tokens: &TokenStream, words: &[&str]) -> bool {
    find(tokens, words).is_some()
}

/// Where one of these words occurs first.
pub(crate) fn find(tokens: &TokenStream, words: &[&str]) -> Option<Ident> {
    tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find(&group.stream(), words),
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word).then_some(ident),
        _ => None,
    })
}

fn replace(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut replaced = TokenStream::new();
    // Behind an operand, `|x|` would be two binary operators; the keyword is a mistake there.
    let (mut follows_operand, mut follows_apostrophe) = (false, false);
    while let Some(token) = tokens.next() {
        let may_stand = !std::mem::replace(&mut follows_operand, !follows_apostrophe && ends_operand(&token));
        follows_apostrophe = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replace(group.stream()));
                inner.set_span(group.span());
                inner.to_tokens(&mut replaced);
            }
            TokenTree::Ident(ident) if ident == "yield" && may_stand && tokens.peek().is_some_and(begins_operand) => {
                let bar = || {
                    let mut bar = Punct::new('|', Spacing::Alone);
                    bar.set_span(ident.span());
                    bar
                };
                bar().to_tokens(&mut replaced);
                Ident::new(STAND_IN, hidden_at(ident.span())).to_tokens(&mut replaced);
                bar().to_tokens(&mut replaced);
            }
            other => other.to_tokens(&mut replaced),
        }
    }
    replaced
}

fn ends_operand(token: &TokenTree) -> bool {
    const NOT: [&str; 9] = ["yield", "return", "break", "in", "if", "while", "match", "else", "mut"];
    match token {
        TokenTree::Ident(word) => !NOT.iter().any(|not| word == not),
        TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == '?',
        // What ends with a brace may be a statement.
        TokenTree::Group(group) => matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Bracket),
    }
}

fn begins_operand(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => !matches!(punct.as_char(), ';' | ',' | '.' | '=' | '?'),
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        _ => true,
    }
}

/// Turns the closures that stand for the keyword back into it.
#[derive(Default)]
pub(crate) struct PutBack {
    /// Some stand-in was not read as the head of a closure.
    is_astray: bool,
}

impl VisitMut for PutBack {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Some(keyword) = of_closure(expr) {
            *expr = Expr::Yield(keyword);
        }
    }

    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        self.is_astray |= path.path.is_ident(STAND_IN);
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        mac.tokens = put_back(std::mem::take(&mut mac.tokens));
    }
}

/// The same in the arguments of a macro, which are not parsed.
fn put_back(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut restored = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), put_back(group.stream()));
                inner.set_span(group.span());
                inner.to_tokens(&mut restored);
            }
            TokenTree::Punct(bar) if tokens.next_if(is_stand_in).is_some() => {
                tokens.next();
                Token![yield](bar.span()).to_tokens(&mut restored);
            }
            other => other.to_tokens(&mut restored),
        }
    }
    restored
}

fn is_stand_in(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == STAND_IN)
}

fn of_closure(expr: &mut Expr) -> Option<ExprYield> {
    let Expr::Closure(ExprClosure { attrs, inputs, inputs_begin, body, .. }) = expr else {
        return None;
    };
    if !matches!(inputs.first(), Some(Pat::Ident(name)) if name.ident == STAND_IN) {
        return None;
    }
    Some(ExprYield {
        attrs: std::mem::take(attrs),
        yield_token: Token![yield](inputs_begin.span),
        expr: Some(std::mem::replace(body, Box::new(Expr::Verbatim(TokenStream::new())))),
    })
}
