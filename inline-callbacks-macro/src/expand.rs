//! The only writer of signatures and bodies, and the only room that knows what generated code calls.
//!
//! ```text
//! pub fn poem(addr: u32, mut n: u32) -> Deferred<String> {
//!     n += { yield_!(@future d(addr)) }.await?;
//!     Ok(n.to_string())
//! }
//! ```
//! becomes
//! ```text
//! pub fn poem(addr: u32, n: u32) -> Deferred<String> {
//!     macro_rules! compile_error { .. }
//!     let __driver = <Deferred<String>>::__inline_callbacks_must_return_a_Deferred();
//!     __driver.run_named("addr, n", async move {
//!         if false { return __driver.pin(); }
//!         let _ = &addr;
//!         let mut n = n;
//!         {
//!             n += { yield_!(@future d(addr)) }.await?;
//!             Ok(n.to_string())
//!         }
//!     })
//! }
//! ```
//! and a generator
//! ```text
//! pub fn down(mut n: u32) -> Generator<u32> {
//!     while n > 0 {
//!         { yield_!(@hand_out __hand n) }.await;
//!         n -= 1;
//!     }
//! }
//! ```
//! becomes
//! ```text
//! pub fn down(n: u32) -> Generator<u32> {
//!     let __generator = <Generator<u32>>::__generator_must_return_a_Generator();
//!     let __hand = __generator.__hand();
//!     macro_rules! compile_error { .. }
//!     __generator.make(async move {
//!         if false { return __hand.__pin(); }
//!         let mut n = n;
//!         while n > 0 { .. }
//!     })
//! }
//! ```

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FnArg, Pat, PatIdent, ReturnType, Stmt, Type};

use crate::ending;
use crate::ends;
use crate::kind::Kind;
use crate::parse::{Code, Function};
use crate::rewrite::hand_at;
use crate::span::{Ends, hidden_at};
use crate::uses::Uses;
use crate::written::uncover;

/// What the written return type says about the end of a body.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Result {
    /// `Deferred<()>`: the body may fall off its end.
    Unit,
    /// Some other type, perhaps an alias of `Deferred<()>`.
    Written,
    /// No type is written: a block, or a closure without one.
    Inferred,
    /// A generator: there is none.
    Nothing,
    /// The signature is refused: whatever the end is, it is all right.
    Refused,
}

impl Result {
    pub(crate) fn of(output: &ReturnType) -> Self {
        match output {
            ReturnType::Default => Self::Inferred,
            ReturnType::Type(_, ty) if is_deferred_unit(ty) => Self::Unit,
            ReturnType::Type(..) => Self::Written,
        }
    }

    /// Whether a bare `return` means `return Ok(())`.
    pub(crate) fn may_be_unit(self) -> bool {
        !matches!(self, Self::Written | Self::Nothing)
    }
}

/// `Deferred<()>`, under whatever path. `Deferred` alone is a mistake that the compiler reports; taken for the same, it draws
/// no second one.
fn is_deferred_unit(ty: &Type) -> bool {
    let Type::Path(path) = uncover(ty) else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    match &last.arguments {
        syn::PathArguments::None => last.ident == "Deferred",
        syn::PathArguments::AngleBracketed(arguments) if arguments.args.len() == 1 => match &arguments.args[0] {
            syn::GenericArgument::Type(inner) => {
                matches!(uncover(inner), Type::Tuple(tuple) if tuple.elems.is_empty())
            }
            _ => false,
        },
        _ => false,
    }
}

/// The tokens of the user's that generated tokens point at, so that the compiler's messages do.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    /// The return type: what the body is judged by.
    pub(crate) returned: Ends,
    /// The closing brace: where the end is missing.
    pub(crate) end: Span,
    /// Whether that which ends there is a closure.
    pub(crate) is_closure: bool,
}

/// Writes the function with its body as a state machine.
pub(crate) fn expand(kind: Kind, function: Function, warnings: &TokenStream) -> TokenStream {
    let Function { attrs, vis, defaultness, mut sig, body, .. } = function;
    // Without a return type the function has been refused; the compiler would refuse `()`, too.
    let ty = match &sig.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => syn::parse_quote!(()),
    };
    let places = Places { returned: Ends::of(&ty), end: body.closing_brace(), is_closure: false };
    let result = Result::of(&sig.output);
    let names = names_of(&sig.inputs);
    let moves = move_in(&mut sig.inputs, &body.code);
    let started = match kind {
        Kind::InlineCallbacks => start(&driver_of_type(&ty), &moves, body.code, result, places, &names),
        Kind::Generator => make(&maker_of_type(&ty), &moves, body.code, places),
    };
    let block = refill(&body.braces, &body.inner_attrs, &quote!(#warnings #started));
    quote!(#(#attrs)* #vis #defaultness #sig #block)
}

/// The braces of the user's body around generated code.
pub(crate) fn refill(braces: &Group, inner_attrs: &[Attribute], code: &TokenStream) -> Group {
    let mut block = Group::new(proc_macro2::Delimiter::Brace, quote!(#(#inner_attrs)* #code));
    block.set_span(braces.span());
    block
}

/// The driver by way of a written return type.
pub(crate) fn driver_of_type(ty: &Type) -> TokenStream {
    call_of_type(ty, "__inline_callbacks_must_return_a_Deferred")
}

/// The same for a generator.
fn maker_of_type(ty: &Type) -> TokenStream {
    call_of_type(ty, "__generator_must_return_a_Generator")
}

fn call_of_type(ty: &Type, function: &str) -> TokenStream {
    let place = Ends::of(ty).hidden().first;
    let function = Ident::new(function, place);
    let mut ty = ty.clone();
    EraseImplTrait.visit_type_mut(&mut ty);
    quote_spanned!(place=> <#ty>::#function())
}

/// `Deferred<impl Debug>` is a type in a signature only. In an expression the compiler infers the `_`.
struct EraseImplTrait;

impl VisitMut for EraseImplTrait {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::ImplTrait(_) = ty {
            *ty = syn::parse_quote!(_);
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}

/// The statements that start a body and give its Deferred; `names` are those of its arguments, for those who watch.
pub(crate) fn start(
    driver: &TokenStream,
    moves: &TokenStream,
    code: Code,
    result: Result,
    places: Places,
    names: &str,
) -> TokenStream {
    let Ends { first, last } = places.returned.hidden();
    let name = Ident::new("__driver", first);
    let shadow = shadow();
    let pin = quote_spanned!(first=> if false { return #name.pin(); });
    let body = close(code, result, &name, places);
    let body = quote!(#pin #moves #body);
    let asynchronous = quote_spanned!(first=> async);
    let by_value = quote_spanned!(last=> move);
    // The attribute is what demands that arguments live as long as the body: so the call is at the attribute.
    let at_the_attribute = Ident::new("__driver", Span::mixed_site());
    let run = if names.is_empty() {
        quote_spanned!(Span::mixed_site()=> #at_the_attribute.run)
    } else {
        quote_spanned!(Span::mixed_site()=> #at_the_attribute.run_named)
    };
    let names = (!names.is_empty()).then(|| quote_spanned!(Span::mixed_site()=> #names,));
    quote! {
        #shadow
        let #name = #driver;
        #run(#names #asynchronous #by_value { #body })
    }
}

/// The statements that make a generator of a body.
fn make(maker: &TokenStream, moves: &TokenStream, code: Code, places: Places) -> TokenStream {
    let Ends { first, last } = places.returned.hidden();
    let name = Ident::new("__generator", first);
    let hand = hand_at(first);
    let hand_and_shadow = hand_and_shadow(&quote_spanned!(first=> #name.__hand()));
    // These methods borrow, and one that takes every type by value would be found before them: hence the underscores.
    let pin = quote_spanned!(first=> if false { return #hand.__pin(); });
    let body = close(code, Result::Nothing, &hand, places);
    let asynchronous = quote_spanned!(first=> async);
    let by_value = quote_spanned!(last=> move);
    // As with `run`: the attribute demands that arguments live as long as the body.
    let at_the_attribute = Ident::new("__generator", Span::mixed_site());
    let make = quote_spanned!(Span::mixed_site()=> #at_the_attribute.make);
    quote! {
        let #name = #maker;
        #hand_and_shadow
        #make(#asynchronous #by_value { #pin #moves #body })
    }
}

/// The `yield_!` of a generator, wherever a macro's expansion puts it: it is given the hand. A local macro sees only names
/// that come before it. `return_value!` keeps the sentence that it has outside of marked functions.
pub(crate) fn hand_and_shadow(hand: &TokenStream) -> TokenStream {
    let name = hand_at(Span::mixed_site());
    quote_spanned! {Span::mixed_site()=>
        let #name = #hand;
        macro_rules! compile_error {
            ($c:tt :: __outside_yield! { $y:tt :: yield_!(@future $($operand:tt)*) $($wait:tt)* }) => {
                $y::yield_!(@hand_out #name $($operand)*) $($wait)*
            };
            ($c:tt :: __outside_return! { $($inside:tt)* }) => { $c::return_value_in_generator! { $($inside)* } };
            ($($t:tt)*) => { ::core::compile_error!($($t)*) };
        }
    }
}

/// Makes `yield_!` and `return_value!` work in this block wherever a macro's expansion puts them. It repeats only what it
/// is given: a token of its own would draw errors about the user's call to the attribute.
pub(crate) fn shadow() -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        macro_rules! compile_error {
            ($c:tt :: __outside_yield! { $($inside:tt)* }) => { $($inside)* };
            ($c:tt :: __outside_return! { $($inside:tt)* }) => { $($inside)* };
            ($($t:tt)*) => { ::core::compile_error!($($t)*) };
        }
    }
}

/// Moves every argument into the body, used or not: there they live until it ends, as in any function. `mut` moves along,
/// so that the signature shows only what concerns callers.
///
/// `let x = x;` keeps an argument twice: where the body has captured it, and where it was moved to. So a number that the body only
/// reads is captured and no more, by a look at it. About anything else the compiler has better words if it is a variable.
pub(crate) fn move_in<'a>(inputs: impl IntoIterator<Item = &'a mut FnArg>, code: &Code) -> TokenStream {
    let mut uses = None;
    inputs
        .into_iter()
        .map(|input| match input {
            FnArg::Receiver(receiver) => capture(&[], &Ident::from(receiver.self_token)),
            FnArg::Typed(argument) => {
                let name = plain_name(&argument.pat).filter(|_| is_number(&argument.ty));
                let captured = name.filter(|name| uses.get_or_insert_with(|| Uses::of(code)).only_read(name));
                let moves = match captured {
                    Some(name) => capture(&argument.attrs, name),
                    None => move_bindings_in(&argument.attrs, &mut argument.pat),
                };
                // An expectation that both places have would be fulfilled in one of them only.
                argument.attrs.retain(|attribute| !attribute.path().is_ident("expect"));
                moves
            }
        })
        .collect()
}

/// The names that the arguments bind, in order: `self, address, proxy`.
fn names_of<'a>(inputs: impl IntoIterator<Item = &'a FnArg>) -> String {
    let mut names = Vec::new();
    for input in inputs {
        match input {
            FnArg::Receiver(_) => names.push("self".to_owned()),
            FnArg::Typed(argument) => {
                let mut bindings = Bindings::default();
                bindings.visit_pat(&argument.pat);
                names.extend(bindings.0.iter().map(|binding| binding.ident.unraw().to_string()));
            }
        }
    }
    names.join(", ")
}

fn capture(attrs: &[Attribute], name: &Ident) -> TokenStream {
    let quiet = quiet(name);
    quote_spanned!(hidden_at(name.span())=> #(#attrs)* #quiet let _ = &#name;)
}

/// Whether a type surely is that of a number, of which nothing but the number can be had, and which has nothing to drop.
fn is_number(ty: &Type) -> bool {
    const NUMBERS: [&str; 16] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool",
        "char",
    ];
    matches!(uncover(ty), Type::Path(path) if path.qself.is_none() && NUMBERS.iter().any(|name| path.path.is_ident(name)))
}

/// The name of an argument, if the pattern is nothing else.
fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, mutability: None, ident, subpat: None, .. }) => Some(ident),
        _ => None,
    }
}

/// Using a name that begins with an underscore is what nobody has done.
fn quiet(name: &Ident) -> Option<TokenStream> {
    name.to_string()
        .starts_with('_')
        .then(|| quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]))
}

/// Moves the names of one pattern into the body.
pub(crate) fn move_bindings_in(attrs: &[Attribute], pattern: &mut Pat) -> TokenStream {
    let mut bindings = Bindings::default();
    bindings.visit_pat(pattern);
    StripMut.visit_pat_mut(pattern);
    let lets = bindings.0.iter().map(|PatIdent { mutability, ident, .. }| {
        let quiet = quiet(ident);
        quote_spanned!(hidden_at(ident.span())=> #(#attrs)* #quiet let #mutability #ident = #ident;)
    });
    quote!(#(#lets)*)
}

/// The names that a pattern binds, each once, although alternatives repeat them.
#[derive(Default)]
struct Bindings(Vec<PatIdent>);

impl<'ast> Visit<'ast> for Bindings {
    fn visit_pat_ident(&mut self, binding: &'ast PatIdent) {
        if !self.0.iter().any(|known| known.ident == binding.ident) {
            self.0.push(binding.clone());
        }
        visit::visit_pat_ident(self, binding);
    }
}

struct StripMut;

impl VisitMut for StripMut {
    fn visit_pat_ident_mut(&mut self, binding: &mut PatIdent) {
        binding.mutability = None;
        visit_mut::visit_pat_ident_mut(self, binding);
    }
}

/// The user's code with an end that gives a result.
pub(crate) fn close(code: Code, result: Result, driver: &Ident, places: Places) -> TokenStream {
    let statements = match code {
        Code::Tokens(tokens, _) => {
            // As the user's own: what the compiler has said about the closing brace, it then does not say again.
            let mut inside = Group::new(proc_macro2::Delimiter::Brace, tokens);
            inside.set_span(places.end);
            let inside = inside.into_token_stream();
            return if result == Result::Unit { ends::with_tail(&inside, places.end, driver) } else { inside };
        }
        Code::Statements(statements) => statements,
    };
    let tail = ending::tail(&statements);
    match result {
        Result::Unit
            if tail.is_some_and(|tail| !ending::is_result(tail)) || ending::ends_in_braced_macro(&statements) =>
        {
            let place = Ends::of(statements.last()).first;
            ends::with_tail(&inside(&statements, places.end), place, driver)
        }
        Result::Unit if tail.is_none() => fall_off(&statements, &unit(places.end)),
        Result::Inferred if falls_off(&statements) && !ending::ends_elsewhere(&statements) => {
            fall_off(&statements, &unit(places.end))
        }
        Result::Written if falls_off(&statements) && ending::goes_on(&statements) => {
            fall_off(&statements, &ends::without_value(places.end, driver, places.is_closure))
        }
        _ => inside(&statements, places.end),
    }
}

fn falls_off(statements: &[Stmt]) -> bool {
    ending::tail(statements).is_none() && !ending::ends_in_braced_macro(statements)
}

fn unit(end: Span) -> TokenStream {
    quote_spanned!(hidden_at(end)=> ::core::result::Result::Ok(()))
}

/// `if true` keeps the compiler from calling the end unreachable where the statements never reach it, without an `allow`,
/// which some crates forbid.
fn fall_off(statements: &[Stmt], end: &TokenStream) -> TokenStream {
    if statements.is_empty() {
        return end.clone();
    }
    quote_spanned!(Span::mixed_site()=> if true { #(#statements)* } #end)
}

/// The statements as one expression: in braces of their own, so that they do not come after statements of ours, unless a
/// single expression would make the braces look unnecessary. That is written as a statement, in parentheses if it begins with
/// a block.
fn inside(statements: &[Stmt], end: Span) -> TokenStream {
    match statements {
        [tail @ Stmt::Expr(_, None)] => tail.to_token_stream(),
        _ => braced(quote!(#(#statements)*), end),
    }
}

fn braced(tokens: TokenStream, place: Span) -> TokenStream {
    let mut block = Group::new(proc_macro2::Delimiter::Brace, tokens);
    block.set_span(hidden_at(place));
    block.into_token_stream()
}
