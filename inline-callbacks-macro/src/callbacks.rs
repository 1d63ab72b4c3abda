//! The forms of `callbacks!`: items, a closure, or a block; told apart by what the tokens parse as, in this order.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprClosure, Generics, Item, Pat, ReturnType, Stmt, Token};

use crate::borrow::{refuse_bindings, refuse_borrowed};
use crate::expand::{self, Places, Result};
use crate::fallback;
use crate::keyword::{self, PutBack};
use crate::kind::Kind;
use crate::parse::{Body, Code};
use crate::report::{Errors, Mistake};
use crate::returned::refuse_returned;
use crate::rewrite;
use crate::rule::rules;
use crate::span::{Ends, hidden_at};

/// A captured variable that is cloned for each call.
struct Capture {
    mutability: Option<Token![mut]>,
    name: Ident,
}

/// `[a, b] move |x| ..`
struct Closure {
    captures: Vec<Capture>,
    closure: ExprClosure,
}

/// Expands whichever form it is.
pub(crate) fn expand(tokens: TokenStream, crate_path: &TokenStream) -> TokenStream {
    if let Some(items) = read_items(&tokens) {
        return expand_items(items, crate_path);
    }
    if begins_like_closure(&tokens) {
        return match keyword::parse(read_closure, tokens.clone(), Closure::put_back_keyword) {
            Ok(closure) => expand_closure(closure, crate_path),
            Err(error) => unread(without_captures(tokens), &error, Mistake::as_expression),
        };
    }
    let body = Body::read(Group::new(Delimiter::Brace, tokens.clone()));
    match &body.code {
        Code::Tokens(_, error) if begins_like_items(&tokens) => unread_items(tokens, error, crate_path),
        Code::Tokens(_, error) if mentions_keyword(&tokens) => Mistake::of_syntax(error).as_expression(),
        _ => expand_block(body, Ends::of(tokens), crate_path),
    }
}

/// Tokens that do not parse, half-typed perhaps. The compiler has the better words for them, unless the keyword is there:
/// that it would report as well, wherever it is.
fn unread(tokens: TokenStream, error: &syn::Error, message: fn(&Mistake) -> TokenStream) -> TokenStream {
    if mentions_keyword(&tokens) { message(&Mistake::of_syntax(error)) } else { tokens }
}

/// The same for items, of which all but the half-typed bodies stay.
fn unread_items(tokens: TokenStream, error: &syn::Error, crate_path: &TokenStream) -> TokenStream {
    if !mentions_keyword(&tokens) {
        return tokens;
    }
    match read_items(&without_unread_bodies(tokens)) {
        Some(items) => expand_items(items, crate_path),
        None => Mistake::of_syntax(error).as_item(),
    }
}

/// `fn f() -> T { half }` becomes `fn f() -> T { ::core::compile_error!(..) }`, also in modules and impls.
fn without_unread_bodies(tokens: TokenStream) -> TokenStream {
    let mut follows_fn = false;
    let repair = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let inside = if std::mem::take(&mut follows_fn) {
                match Body::read(group.clone()).code {
                    Code::Statements(_) => group.stream(),
                    Code::Tokens(_, error) => Mistake::of_syntax(&error).as_expression(),
                }
            } else {
                without_unread_bodies(group.stream())
            };
            let mut repaired = Group::new(Delimiter::Brace, inside);
            repaired.set_span(group.span());
            repaired.into()
        }
        other => {
            match &other {
                TokenTree::Ident(ident) => follows_fn |= ident == "fn",
                TokenTree::Punct(punct) => follows_fn &= punct.as_char() != ';',
                _ => {}
            }
            other
        }
    };
    tokens.into_iter().map(repair).collect()
}

fn mentions_keyword(tokens: &TokenStream) -> bool {
    keyword::mentions(tokens, &["yield"])
}

/// Items are recognised by all of it being items. A macro call with a semicolon is a statement as well; taken for an item,
/// it would turn a block of such statements into items.
fn read_items(tokens: &TokenStream) -> Option<Vec<Item>> {
    let items = |input: ParseStream| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse::<Item>()?);
        }
        Ok(items)
    };
    let put_back = |items: &mut Vec<Item>, putting: &mut PutBack| {
        for item in items {
            putting.visit_item_mut(item);
        }
    };
    let items = keyword::parse(items, tokens.clone(), put_back).ok()?;
    let is_statement = |item: &Item| matches!(item, Item::Macro(call) if call.ident.is_none());
    (!items.is_empty() && !items.iter().any(is_statement)).then_some(items)
}

/// Whether tokens that do not parse were meant to be items: the first that is not an attribute tells.
fn begins_like_items(tokens: &TokenStream) -> bool {
    let is_attribute = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        _ => false,
    };
    let mut tokens = tokens.clone().into_iter().peekable();
    let has_attribute =
        tokens.next_if(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '#')).is_some();
    let first = tokens.find(|token| !is_attribute(token));
    let is = |names: &[&str]| matches!(&first, Some(TokenTree::Ident(ident)) if names.iter().any(|name| ident == name));
    is(&["pub", "impl", "mod", "trait"]) || has_attribute && is(&["fn", "unsafe", "async", "const", "extern"])
}

fn expand_items(mut items: Vec<Item>, crate_path: &TokenStream) -> TokenStream {
    rewrite::rewrite_items(&mut items, crate_path);
    quote!(#(#items)*)
}

fn begins_like_closure(tokens: &TokenStream) -> bool {
    let starts = |token: Option<TokenTree>| match token {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
        Some(TokenTree::Ident(ident)) => ident == "move",
        _ => false,
    };
    let mut tokens = tokens.clone().into_iter();
    match tokens.next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => starts(tokens.next()),
        Some(TokenTree::Ident(ident)) if ident == "async" => {
            let mut tokens = tokens.skip_while(|token| matches!(token, TokenTree::Ident(ident) if ident == "move"));
            matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '|')
        }
        first => starts(first),
    }
}

fn without_captures(tokens: TokenStream) -> TokenStream {
    let is_list =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
    let mut tokens = tokens.into_iter().peekable();
    tokens.next_if(is_list);
    tokens.collect()
}

fn read_closure(input: ParseStream) -> syn::Result<Closure> {
    let mut captures = Vec::new();
    if input.peek(syn::token::Bracket) {
        let content;
        syn::bracketed!(content in input);
        let read = |input: ParseStream| Ok(Capture { mutability: input.parse()?, name: input.parse()? });
        captures = Punctuated::<_, Token![,]>::parse_terminated_with(&content, read)?.into_iter().collect();
    }
    Ok(Closure { captures, closure: input.parse()? })
}

/// ```text
/// [proxy] move |host| { body }
/// ```
/// becomes
/// ```text
/// move |host| {
///     let proxy = ::core::clone::Clone::clone(&proxy);
///     <start of the body, as in a function>
/// }
/// ```
fn expand_closure(form: Closure, crate_path: &TokenStream) -> TokenStream {
    let Closure { captures, mut closure } = form;
    let errors = check_closure(&closure);
    let result = Result::of(&closure.output);
    let Body { inner_attrs, mut code, .. } = body_of(&closure.body);
    rewrite::rewrite_keyword_body(&mut code, result.may_be_unit(), crate_path);
    let moves = move_arguments_in(&mut closure);
    let places = Places { returned: place_of_result(&closure), end: end_of(&closure), is_closure: true };
    let started = if errors.is_empty() {
        let driver = match &closure.output {
            ReturnType::Type(_, ty) => expand::driver_of_type(ty),
            ReturnType::Default => inferred_driver(crate_path, places),
        };
        expand::start(&driver, &moves, code, result, places, "")
    } else {
        closure.asyncness = None;
        fallback::refused_body(Kind::InlineCallbacks, &errors, &moves, code, places, true)
    };
    let clones = captures.iter().map(Capture::clone_it);
    closure.body = Box::new(Expr::Verbatim(quote!({ #(#inner_attrs)* #(#clones)* #started })));
    closure.into_token_stream()
}

impl Closure {
    fn put_back_keyword(&mut self, putting: &mut PutBack) {
        putting.visit_expr_closure_mut(&mut self.closure);
    }
}

impl Capture {
    fn clone_it(&self) -> TokenStream {
        let Self { mutability, name } = self;
        quote_spanned!(hidden_at(name.span())=> let #mutability #name = ::core::clone::Clone::clone(&#name);)
    }
}

fn check_closure(closure: &ExprClosure) -> Errors {
    let mut errors = Errors::default();
    for (_, rule) in CLOSURE {
        rule(closure, &mut errors);
    }
    errors
}

/// What messages call it.
const WHO: &str = "a closure in `callbacks!`";

rules! {
    /// The rules of a closure.
    CLOSURE: fn(&ExprClosure, &mut Errors);

    fn async_closure(closure: &ExprClosure, errors: &mut Errors) {
        if let Some(asyncness) = &closure.asyncness {
            errors.add(
                asyncness,
                &format!("{WHO} is not written `async`"),
                "remove `async`; `.await` still works in the body",
            );
        }
    }

    fn borrowed_argument(closure: &ExprClosure, errors: &mut Errors) {
        for input in &closure.inputs {
            if let Pat::Type(typed) = input {
                refuse_borrowed(WHO, &typed.pat, &typed.ty, &Generics::default(), errors);
            }
        }
    }

    fn borrowed_binding(closure: &ExprClosure, errors: &mut Errors) {
        for input in &closure.inputs {
            refuse_bindings(input, errors);
        }
    }

    fn wrong_return_type(closure: &ExprClosure, errors: &mut Errors) {
        if let ReturnType::Type(_, ty) = &closure.output {
            refuse_returned(Kind::InlineCallbacks, WHO, ty, errors);
        }
    }
}

/// The body of a closure as that of a function: with braces, or a single expression.
fn body_of(body: &Expr) -> Body {
    match (body, body.to_token_stream().into_iter().next()) {
        (Expr::Block(block), Some(TokenTree::Group(braces))) if block.label.is_none() => Body::read(braces),
        _ => Body {
            braces: Group::new(Delimiter::Brace, body.to_token_stream()),
            inner_attrs: Vec::new(),
            // Not read again, as a statement: `{ a } + b` would end after the brace.
            code: Code::Statements(vec![Stmt::Expr(body.clone(), None)]),
            written: body.to_token_stream(),
        },
    }
}

fn move_arguments_in(closure: &mut ExprClosure) -> TokenStream {
    closure
        .inputs
        .iter_mut()
        .map(|input| match input {
            Pat::Type(typed) => expand::move_bindings_in(&typed.attrs, &mut typed.pat),
            pattern => expand::move_bindings_in(&[], pattern),
        })
        .collect()
}

fn place_of_result(closure: &ExprClosure) -> Ends {
    match &closure.output {
        ReturnType::Type(_, ty) => Ends::of(ty),
        ReturnType::Default => Ends { first: closure.inputs_begin.span, last: closure.inputs_end.span },
    }
}

/// The closing brace, if there is one.
fn end_of(closure: &ExprClosure) -> Span {
    match &*closure.body {
        Expr::Block(body) => body.block.brace_token.span.close(),
        body => Ends::of(body).last,
    }
}

fn inferred_driver(crate_path: &TokenStream, places: Places) -> TokenStream {
    quote_spanned!(places.returned.hidden().first=> #crate_path::__private::inferred_driver())
}

fn expand_block(body: Body, ends: Ends, crate_path: &TokenStream) -> TokenStream {
    let Body { inner_attrs, mut code, .. } = body;
    rewrite::rewrite_keyword_body(&mut code, true, crate_path);
    let places = Places { returned: Ends { first: ends.first, last: ends.first }, end: ends.last, is_closure: false };
    let driver = inferred_driver(crate_path, places);
    let started = expand::start(&driver, &TokenStream::new(), code, Result::Inferred, places, "");
    quote_spanned!(Span::mixed_site()=> { #(#inner_attrs)* #started })
}
