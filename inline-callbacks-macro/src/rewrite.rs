//! The visitor of a body: turns direct waits into waits that are spanned as the user's call, the `yield` keyword likewise,
//! and puts a message in the place of what cannot work there.
//!
//! ```text
//! yield_!(e)         { yield_!(@future e) }.await      in an attributed function or in callbacks!
//! yield e            { keyword_yield!(@future e) }.await     in a block or closure of callbacks!
//! yield e            keyword_yield!(e)                       in its items, where the attribute decides what it means
//! return             return Ok(())                     where the result is ()
//! |x| yield_!(x)     |x| compile_error!(..)
//!
//! yield_!(e)         { yield_!(@hand_out __hand e) }.await      in a generator
//! e?, e.await        compile_error!(..)                         in a generator
//! ```
//!
//! The block is the trick. With `yield_!(@future e).await`, or parentheses, the compiler would give the wait the span of the
//! macro's inside, and its suggestions (`.expect("..")`, a missing `?`) would then be about the source of our runtime.
//!
//! `yield_!` in the arguments of other macros stays as it is; it works by itself.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprAwait, ExprTry, ExprYield, Item, Macro, Stmt, Token};

use crate::ending::{self, name_of};
use crate::keyword::{self, PutBack, mentions};
use crate::kind::Kind;
use crate::known;
use crate::misuse::{self, Found, Place, Standing, is_negated};
use crate::parse::Code;
use crate::plain;
use crate::span::{Ends, hidden_at};

/// The name under which `callbacks!` imports `yield_!`, so that a generated call consists of the user's spans only. The compiler
/// shows it where such a call is wrong.
const KEYWORD_MACRO: &str = "keyword_yield";

/// The hidden name of that with which the body of a generator hands out its values.
pub(crate) fn hand_at(place: Span) -> Ident {
    Ident::new("__hand", hidden_at(place))
}

struct Rewriter<'a> {
    kind: Kind,
    place: Place,
    /// The path of the runtime crate, in `callbacks!`, where the keyword is a wait. Under the attribute it is a mistake.
    keyword: Option<&'a TokenStream>,
    /// In the marked functions of `callbacks!` the rest is left to the attribute.
    only_keyword: bool,
    /// Whether a bare `return` has to be filled in.
    returns_unit: bool,
    /// How many waits were written with the keyword.
    keywords: usize,
    mistakes: usize,
}

/// Rewrites the body of a function under the attribute. Says whether it is free of mistakes.
pub(crate) fn rewrite_function_body(kind: Kind, code: &mut Code, returns_unit: bool) -> bool {
    let mut rewriter = Rewriter { kind, returns_unit, ..Rewriter::at(Place::Body, None) };
    rewriter.code(code);
    rewriter.mistakes == 0
}

/// Rewrites the body of a block or closure in `callbacks!`.
pub(crate) fn rewrite_keyword_body(code: &mut Code, returns_unit: bool, crate_path: &TokenStream) {
    let mut rewriter = Rewriter { returns_unit, ..Rewriter::at(Place::Body, Some(crate_path)) };
    rewriter.code(code);
    match code {
        Code::Statements(statements) if rewriter.keywords > 0 => statements.insert(0, import_of_keyword(crate_path)),
        _ => {}
    }
}

/// Rewrites the keyword in items, and leaves everything else to the attributes on them.
pub(crate) fn rewrite_items(items: &mut [Item], crate_path: &TokenStream) {
    let mut rewriter = Rewriter { only_keyword: true, ..Rewriter::at(Place::Items, Some(crate_path)) };
    for item in items {
        rewriter.visit_item_mut(item);
    }
}

/// `use $crate::yield_ as keyword_yield;`
fn import_of_keyword(crate_path: &TokenStream) -> Stmt {
    let name = Ident::new(KEYWORD_MACRO, Span::mixed_site());
    Stmt::Item(Item::Verbatim(quote!(use #crate_path::yield_ as #name;)))
}

impl<'a> Rewriter<'a> {
    fn at(place: Place, keyword: Option<&'a TokenStream>) -> Self {
        Self {
            kind: Kind::InlineCallbacks,
            place,
            keyword,
            only_keyword: false,
            returns_unit: false,
            keywords: 0,
            mistakes: 0,
        }
    }

    fn code(&mut self, code: &mut Code) {
        if let Code::Statements(statements) = code {
            self.statements(statements);
        }
    }

    fn statements(&mut self, statements: &mut [Stmt]) {
        let count = statements.len();
        for (index, statement) in statements.iter_mut().enumerate() {
            self.statement(statement, index + 1 == count);
        }
    }

    fn statement(&mut self, statement: &mut Stmt, is_last: bool) {
        let Stmt::Macro(call) = statement else {
            return visit_mut::visit_stmt_mut(self, statement);
        };
        if let Some(tokens) = self.macro_call(&call.attrs, &mut call.mac) {
            // `yield_! { d }` may stand before another statement without a semicolon; what replaces it may not.
            let semi = call.semi_token.or_else(|| (!is_last).then(Default::default));
            *statement = Stmt::Expr(Expr::Verbatim(tokens), semi);
        }
    }

    /// Visits the inside of something that is a place of its own.
    fn within(&mut self, place: Place, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.place, place);
        visit(self);
        self.place = outer;
    }

    /// What to put in the place of a macro call, if anything.
    fn macro_call(&mut self, attrs: &[Attribute], mac: &mut Macro) -> Option<TokenStream> {
        match name_of(mac).as_str() {
            "yield_" | KEYWORD_MACRO if !self.only_keyword => self.yield_call(attrs, mac),
            "return_value" if !self.only_keyword => self.return_call(mac),
            "callbacks" => None,
            _ => self.arguments(mac),
        }
    }

    fn yield_call(&mut self, attrs: &[Attribute], mac: &mut Macro) -> Option<TokenStream> {
        // Whatever the rules say about a wait at another place.
        if self.place == Place::Body && attrs.is_empty() && plain::is_plain(mac.tokens.clone()) {
            return Some(wait(self.kind, &mac.path, Ends::of_call(mac), delimiter_of(mac), Some(&mac.tokens)));
        }
        let operands = parse_arguments(mac.tokens.clone()).ok();
        let count = operands.as_ref().filter(|operands| !operands.iter().any(is_let)).map(Punctuated::len);
        let message = self.message(&Found::Yield(mac, count));
        // Whatever is not one operand is left to the macro itself, which has the words for it.
        if message.is_none() && (!attrs.is_empty() || count.is_none_or(|count| count > 1)) {
            return self.arguments(mac);
        }
        let mut operand = operands.and_then(|operands| operands.into_iter().next());
        if let Some(operand) = &mut operand {
            self.visit_expr_mut(operand);
        }
        Some(match message {
            Some(message) => self.with_operand(operand.as_ref(), message),
            // `yield_!(todo!())`: it never comes to the wait, whose type nobody could tell.
            None if operand.as_ref().is_some_and(ending::diverges) => operand.as_ref().map(alone).unwrap_or_default(),
            None => wait(self.kind, &mac.path, Ends::of_call(mac), delimiter_of(mac), operand.as_ref()),
        })
    }

    /// A message that takes the place of a wait, with the operand beside it: its names are used, its types checked. In
    /// parentheses, because a block at the beginning of a statement ends there: `{ .. } + 1` would not be read.
    fn with_operand(&self, operand: Option<&Expr>, message: TokenStream) -> TokenStream {
        let operand = match operand {
            // What is called in a constant has rules of its own, which would only add noise.
            _ if self.place == Place::Constant => None,
            // So has `?` in a function that has yet to be marked.
            Some(Expr::Try(tried)) if self.place == Place::Items => Some(&*tried.expr),
            operand => operand,
        };
        match operand {
            None => message,
            Some(operand) => quote_spanned! {hidden_at(Ends::of(operand).first)=>
                ({ let _ = #operand; #message })
            },
        }
    }

    fn return_call(&mut self, mac: &mut Macro) -> Option<TokenStream> {
        let count = parse_arguments(mac.tokens.clone()).ok().map(|values| values.len());
        match self.message(&Found::Return(mac, count)) {
            // There, nothing can return.
            Some(message) if self.place == Place::Constant => Some(message),
            // Nothing comes after it, as after the real one: so nothing else is missing. In parentheses it stays one operand.
            Some(message) => Some(quote_spanned!(hidden_at(Ends::of(mac).first)=> (return #message))),
            None => self.arguments(mac),
        }
    }

    /// What takes the place of a mistake.
    fn message(&mut self, found: &Found) -> Option<TokenStream> {
        let standing = self.standing();
        let message = misuse::find(standing, found)?.as_expression();
        self.mistakes += 1;
        Some(message)
    }

    fn standing(&self) -> Standing {
        Standing { kind: self.kind, place: self.place, takes_keyword: self.keyword.is_some() }
    }

    /// Looks for the keyword and for mistakes in the arguments of any other macro, as far as they are expressions.
    fn arguments(&mut self, mac: &mut Macro) -> Option<TokenStream> {
        let keyword = self.keyword.is_some() && mentions(&mac.tokens, &["yield"]);
        let looked_at = known::is_transparent(mac)
            && (mentions(&mac.tokens, &["yield", "yield_", "return_value"]) || self.standing().is_in_generator());
        if !keyword && !looked_at {
            return None;
        }
        let parsed = parse_arguments(mac.tokens.clone());
        let Ok(mut arguments) = parsed else {
            return if keyword { self.message(&Found::KeywordIn(mac)) } else { None };
        };
        let before = self.mistakes;
        for argument in &mut arguments {
            self.visit_expr_mut(argument);
        }
        // Untouched unless it has to be: some macros print their arguments.
        if keyword || self.mistakes > before {
            mac.tokens = arguments.into_token_stream();
        }
        None
    }

    fn keyword(&mut self, expr: &mut ExprYield) -> TokenStream {
        let at = Ends::of(&*expr);
        let message = self.message(&Found::Keyword(expr));
        if let Some(operand) = &mut expr.expr {
            self.visit_expr_mut(operand);
        }
        if let Some(message) = message {
            return self.with_operand(operand_of(expr), message);
        }
        self.keywords += 1;
        let name = Ident::new(KEYWORD_MACRO, expr.yield_token.span);
        if self.only_keyword {
            call(&name, at, Delimiter::Parenthesis, &operand_of(expr).to_token_stream())
        } else {
            wait(self.kind, &name, at, Delimiter::Parenthesis, operand_of(expr))
        }
    }

    /// A function inside. One that bears an attribute which may be ours is left to that, except for the keyword.
    fn function(&mut self, attrs: &[Attribute], block: &mut Block) {
        if !may_be_marked(attrs) {
            return self.visit_block_mut(block);
        }
        let Some(crate_path) = self.keyword else {
            return;
        };
        let mut inner = Rewriter { only_keyword: true, ..Rewriter::at(Place::Body, self.keyword) };
        inner.visit_block_mut(block);
        if inner.keywords > 0 {
            block.stmts.insert(0, import_of_keyword(crate_path));
        }
    }
}

/// What is yielded; of `yield!(e)?`, which is `yield (!((e)?))` to the parser, the `e`.
fn operand_of(expr: &ExprYield) -> Option<&Expr> {
    let Some(Expr::Unary(not)) = expr.expr.as_deref().filter(|_| is_negated(expr)) else {
        return expr.expr.as_deref();
    };
    let mut operand = &*not.expr;
    loop {
        operand = match operand {
            Expr::Try(tried) => &tried.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return Some(operand),
        };
    }
}

/// Whether one of the attributes may be ours, perhaps under another name.
fn may_be_marked(attrs: &[Attribute]) -> bool {
    !attrs.iter().all(known::is_harmless)
}

impl Rewriter<'_> {
    fn await_or_message(&mut self, expr: &mut ExprAwait) -> Option<TokenStream> {
        let message = self.message(&Found::Await(expr));
        self.visit_expr_mut(&mut expr.base);
        message.map(|message| self.with_operand(Some(&expr.base), message))
    }

    fn try_or_message(&mut self, expr: &mut ExprTry) -> Option<TokenStream> {
        let message = self.message(&Found::Try(expr));
        self.visit_expr_mut(&mut expr.expr);
        message.map(|message| self.with_operand(Some(&expr.expr), message))
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        self.statements(&mut block.stmts);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Macro(call) => {
                if let Some(tokens) = self.macro_call(&call.attrs, &mut call.mac) {
                    *expr = Expr::Verbatim(tokens);
                }
            }
            Expr::Await(wait) => {
                if let Some(tokens) = self.await_or_message(wait) {
                    *expr = Expr::Verbatim(tokens);
                }
            }
            Expr::Try(tried) => {
                if let Some(tokens) = self.try_or_message(tried) {
                    *expr = Expr::Verbatim(tokens);
                }
            }
            Expr::Yield(keyword) => *expr = Expr::Verbatim(self.keyword(keyword)),
            // The parentheses in `match (yield d) {` would be called unnecessary.
            Expr::Paren(paren) if matches!(*paren.expr, Expr::Yield(_)) => {
                self.visit_expr_mut(&mut paren.expr);
                *expr = std::mem::replace(&mut paren.expr, Expr::Verbatim(TokenStream::new()));
            }
            Expr::Return(end) if end.expr.is_none() && self.returns_unit && self.place == Place::Body => {
                let unit = quote_spanned!(hidden_at(end.return_token.span)=> ::core::result::Result::Ok(()));
                end.expr = Some(Box::new(Expr::Verbatim(unit)));
            }
            Expr::Range(range) => {
                let braced = range.end.as_ref().is_some_and(|end| begins_with_brace(end));
                visit_mut::visit_expr_range_mut(self, range);
                if let Some(end) = range.end.as_mut().filter(|end| !braced && begins_with_brace(end)) {
                    **end = Expr::Verbatim(in_parentheses(end));
                }
            }
            Expr::Closure(closure) => {
                let place = if closure.asyncness.is_some() { Place::Async } else { Place::Closure };
                self.within(place, |this| visit_mut::visit_expr_closure_mut(this, closure));
            }
            Expr::Async(block) => self.within(Place::Async, |this| visit_mut::visit_expr_async_mut(this, block)),
            Expr::Const(block) => self.within(Place::Constant, |this| visit_mut::visit_expr_const_mut(this, block)),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        let place = match item {
            _ if self.place == Place::Items => Place::Items,
            Item::Const(_) | Item::Static(_) => Place::Constant,
            _ => Place::Function,
        };
        self.within(place, |this| visit_mut::visit_item_mut(this, item));
    }

    fn visit_item_fn_mut(&mut self, function: &mut syn::ItemFn) {
        self.function(&function.attrs, &mut function.block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        self.function(&function.attrs, &mut function.block);
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
        if let Some(block) = &mut function.default {
            self.function(&function.attrs, block);
        }
    }

    fn visit_impl_item_const_mut(&mut self, constant: &mut syn::ImplItemConst) {
        self.within(Place::Constant, |this| visit_mut::visit_impl_item_const_mut(this, constant));
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        // An item or a pattern: nothing takes its place.
        self.arguments(mac);
    }
}

/// `{ path!(@future operand) }.await`, from the first to the last token of what the user wrote.
fn wait(
    kind: Kind,
    path: impl ToTokens,
    at: Ends,
    delimiter: Delimiter,
    operand: Option<&impl ToTokens>,
) -> TokenStream {
    let Ends { first, last } = at;
    let hidden = hidden_at(first);
    let arguments = match kind {
        Kind::InlineCallbacks => quote_spanned!(hidden=> @future #operand),
        Kind::Generator => {
            let hand = hand_at(first);
            quote_spanned!(hidden=> @hand_out #hand #operand)
        }
    };
    let mut block = Group::new(Delimiter::Brace, call(path, at, delimiter, &arguments));
    block.set_span(first);
    quote_spanned!(last=> #block.await)
}

/// `path!(arguments)`, from the first to the last token of what the user wrote.
fn call(path: impl ToTokens, at: Ends, delimiter: Delimiter, arguments: &TokenStream) -> TokenStream {
    let mut arguments = Group::new(delimiter, arguments.clone());
    arguments.set_span(at.last);
    quote_spanned!(at.first=> #path ! #arguments)
}

/// `let x = y`, which parses, but is no expression on its own.
fn is_let(expr: &Expr) -> bool {
    matches!(expr, Expr::Let(_))
}

/// The arguments of a macro, if they are expressions.
fn parse_arguments(tokens: TokenStream) -> syn::Result<Punctuated<Expr, Token![,]>> {
    let put_back = |arguments: &mut Punctuated<Expr, Token![,]>, putting: &mut PutBack| {
        for argument in arguments {
            putting.visit_expr_mut(argument);
        }
    };
    keyword::parse(Punctuated::parse_terminated, tokens, put_back)
}

/// An operand where its wait was: `{ .. } + 1` would not be read at the beginning of a statement, and `return a + 1` would return
/// something else.
fn alone(operand: &Expr) -> TokenStream {
    match operand {
        Expr::Macro(_) | Expr::Paren(_) => operand.to_token_stream(),
        _ => in_parentheses(operand),
    }
}

fn begins_with_brace(expr: &Expr) -> bool {
    let first = expr.to_token_stream().into_iter().next();
    matches!(first, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// In `for i in 0..{ yield_!(@future n) }.await {`, the range would end before its brace.
fn in_parentheses(expr: &Expr) -> TokenStream {
    quote_spanned!(hidden_at(Ends::of(expr).first)=> (#expr))
}

fn delimiter_of(mac: &Macro) -> Delimiter {
    match mac.delimiter {
        syn::MacroDelimiter::Paren(_) => Delimiter::Parenthesis,
        syn::MacroDelimiter::Brace(_) => Delimiter::Brace,
        syn::MacroDelimiter::Bracket(_) => Delimiter::Bracket,
    }
}
