//! What another attribute, which came first, has made of a function: the compiler would complain of what nobody has written; so
//! there is one sentence, about the other attribute.
//!
//! How others write their code is known from reading it, and may change. Then the compiler's own errors come back.

use quote::{ToTokens, quote};
use syn::{Expr, Local, Pat, Stmt};

use crate::keyword;
use crate::kind::Kind;
use crate::parse::{Code, Function};
use crate::report::Errors;
use crate::rule::rules;

/// Looks for the marks of another attribute, and undoes in the body what would draw further errors.
type Rule = fn(Kind, &mut Function, &mut Errors);

/// Applies the rules, until one has found something.
pub(crate) fn refuse_remade(kind: Kind, function: &mut Function, errors: &mut Errors) {
    for (_, rule) in REMADE {
        if errors.is_empty() {
            rule(kind, function, errors);
        }
    }
}

rules! {
    /// What other attributes have made, whose work is undone.
    REMADE: Rule;

    /// `fn f<'async_trait>(..) -> Pin<Box<dyn Future<..> + 'async_trait>> { Box::pin(async move { .. }) }`: the `async` is the
    /// user's.
    fn async_trait_around_async(kind: Kind, function: &mut Function, errors: &mut Errors) {
        if !keyword::mentions(&function.sig.output.to_token_stream(), &["async_trait"]) {
            return;
        }
        if let Some(async_word) = keyword::find(&function.body.written, &["async"]) {
            let what = format!("{} is not written `async`", kind.function());
            errors.add(async_word, &what, "remove `async`, here and in the trait");
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
        if name.ident == "body" && keyword::mentions(&quote!(#(#rest)*), &["block_on"]) {
            errors.add(
                name,
                &format!("{} cannot be combined with this attribute, which needs an `async fn`", kind.attribute()),
                "call the function from an `async fn` of its own",
            );
            let body = std::mem::take(&mut body.block.stmts);
            function.body.code = Code::Statements(body);
        }
    }
}
