//! What another attribute, which came first, has made of a function: the compiler would complain of what nobody has written; so
//! there is one sentence, about the other attribute.
//!
//! How others write their code is known from reading it, and may change. Then the compiler's own errors come back.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, Local, Pat, Stmt};

use crate::kind::Kind;
use crate::parse::{Code, Function};
use crate::report::Errors;
use crate::rewrite::mentions;

/// A rule: looks for the marks of another attribute, and undoes in the body what would draw further errors.
type Rule = fn(Kind, &mut Function, &mut Errors);

const RULES: [Rule; 3] = [instrument_above, async_trait_around_async, async_entry_above_async];

/// Applies the rules, until one has found something.
pub(crate) fn refuse_remade(kind: Kind, function: &mut Function, errors: &mut Errors) {
    for rule in RULES {
        if errors.is_empty() {
            rule(kind, function, errors);
        }
    }
}

/// `#[instrument]` writes `let __tracing_attr_span = ..` at its own place. It wants to return what the function returns.
fn instrument_above(kind: Kind, function: &mut Function, errors: &mut Errors) {
    if let Some(span) = find(statements_of(function), &["__tracing_attr_span", "__tracing_attr_guard"]) {
        let attribute = kind.attribute();
        errors.add(
            span,
            &format!("`#[instrument]` has to stand below {attribute}: from above it changes the body first"),
            "exchange the two attributes",
        );
    }
}

/// `fn f<'async_trait>(..) -> Pin<Box<dyn Future<..> + 'async_trait>> { Box::pin(async move { .. }) }`: the `async` is the user's.
fn async_trait_around_async(kind: Kind, function: &mut Function, errors: &mut Errors) {
    if !mentions(&function.sig.output.to_token_stream(), &["async_trait"]) {
        return;
    }
    if let Some(keyword) = find(statements_of(function), &["async"]) {
        let what = format!("{} is not written `async`", kind.function());
        errors.add(keyword, &what, "remove `async`, here and in the trait");
        function.body.code = Code::Statements(Vec::new());
    }
}

/// `#[tokio::main]` and `#[tokio::test]` write `let body = async { .. };` and a runtime that blocks on it.
fn async_entry_above_async(kind: Kind, function: &mut Function, errors: &mut Errors) {
    let Code::Statements(statements) = &mut function.body.code else {
        return;
    };
    let [Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }), rest @ ..] = &mut **statements else {
        return;
    };
    let Expr::Async(body) = &mut *init.expr else { return };
    if name.ident == "body" && mentions(&quote!(#(#rest)*), &["block_on"]) {
        errors.add(
            name,
            &format!("{} cannot be combined with this attribute, which needs an `async fn`", kind.attribute()),
            "call the function from an `async fn` of its own",
        );
        let body = std::mem::take(&mut body.block.stmts);
        function.body.code = Code::Statements(body);
    }
}

fn statements_of(function: &Function) -> TokenStream {
    match &function.body.code {
        Code::Statements(statements) => quote!(#(#statements)*),
        Code::Tokens(tokens, _) => tokens.clone(),
    }
}

/// The first of these words, at any depth.
fn find(tokens: TokenStream, words: &[&str]) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find(group.stream(), words),
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word).then_some(ident),
        _ => None,
    })
}
