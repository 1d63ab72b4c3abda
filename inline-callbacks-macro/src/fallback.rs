//! What becomes of a refused function: its messages, and the same item, so that its callers and editors find it, with a body
//! that is still checked.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Lifetime, ReturnType, Type};

use crate::check;
use crate::expand::{self, Places};
use crate::kind::Kind;
use crate::parse::{self, Code, Function, NoFunction};
use crate::report::{Errors, Mistake};
use crate::rule::rules;
use crate::span::Ends;

/// Writes a function whose signature is refused, without the parts that make it worse.
pub(crate) fn refuse(kind: Kind, function: Function, errors: &Errors) -> TokenStream {
    let is_main = check::is_main(&function);
    let Function { mut attrs, vis, defaultness, mut sig, body, .. } = function;
    attrs.retain(|attribute| !check::is_ours(attribute) && !check::is_async_entry(attribute));
    sig.constness = None;
    sig.asyncness = None;
    sig.abi = None;
    sig.variadic = None;
    if is_main {
        sig.output = ReturnType::Default;
    }
    complete(&mut sig.output);
    let returned = match &sig.output {
        ReturnType::Type(_, ty) => Ends::of(ty),
        ReturnType::Default => Ends::of(&sig.ident),
    };
    let places = Places { returned, end: body.closing_brace(), is_closure: false };
    let moves = expand::move_in(&mut sig.inputs, &body.code);
    let code = refused_body(kind, errors, &moves, body.code, places, !is_main);
    let block = expand::refill(&body.braces, &body.inner_attrs, &code);
    quote!(#(#attrs)* #vis #defaultness #sig #block)
}

/// Adds to a refused return type what the compiler would miss in it.
fn complete(output: &mut ReturnType) {
    let ReturnType::Type(_, ty) = output else { return };
    match &mut **ty {
        Type::Reference(reference) if reference.lifetime.is_none() => {
            reference.lifetime = Some(Lifetime::new("'static", reference.and_token.span));
        }
        Type::TraitObject(object) => {
            let place = Ends::of(&*object).first;
            // Around one bound, parentheses are called unnecessary.
            let object = if object.bounds.len() > 1 { quote!((#object)) } else { quote!(#object) };
            **ty = Type::Verbatim(quote_spanned!(place=> &'static #object));
        }
        _ => {}
    }
}

/// The first message takes the place of the returned value. So the compiler knows that the type is wrong, and says nothing
/// more about it: not at `?`, not at `return`, not at the end.
pub(crate) fn refused_body(
    kind: Kind,
    errors: &Errors,
    moves: &TokenStream,
    code: Code,
    places: Places,
    gives_it: bool,
) -> TokenStream {
    let mut messages = errors.iter().map(Mistake::as_expression);
    let first = messages.next();
    let Ends { first: place, last } = places.returned.hidden();
    let refused = Ident::new("__refused", place);
    let shadow = match kind {
        Kind::InlineCallbacks => expand::shadow(),
        Kind::Generator => expand::hand_and_shadow(&quote_spanned!(place=> #refused)),
    };
    let body = expand::close(code, expand::Result::Refused, &refused, places);
    let asynchronous = quote_spanned!(place=> async);
    let by_value = quote_spanned!(last=> move);
    let result = gives_it.then_some(&refused);
    quote_spanned! {Span::mixed_site()=>
        let #refused = #first;
        #shadow
        #(#messages;)*
        let _ = #asynchronous #by_value {
            if false { return #refused; }
            #moves
            #body
        };
        #result
    }
}

/// Hands back what is no function, with a message.
pub(crate) fn keep_item(kind: Kind, item: TokenStream, reason: &NoFunction) -> TokenStream {
    let mistake = ITEM.iter().find_map(|(_, rule)| rule(kind, reason, &item));
    let is_expression = matches!(reason, NoFunction::Other(start) if is_expression(start, &item));
    let item = if matches!(reason, NoFunction::Unreadable(_)) { without_body(item) } else { item };
    if is_expression {
        // The compiler has refused the attribute there. Where nothing is marked, its waits would be refused once more.
        mistake.as_ref().map(Mistake::as_expression).unwrap_or_default()
    } else {
        let message = mistake.as_ref().map(Mistake::as_item);
        quote!(#item #message)
    }
}

rules! {
    /// The rules about what bears the attribute.
    ITEM: fn(Kind, &NoFunction, &TokenStream) -> Option<Mistake>;

    fn attribute_on(kind: Kind, reason: &NoFunction, item: &TokenStream) -> Option<Mistake> {
        let NoFunction::Other(start) = reason else { return None };
        let name = name_of(start, item);
        let what = format!("{} works on functions and methods, not on {name}", kind.attribute());
        let verb = kind.verb();
        let help = match name {
            "a trait" => "put it on the methods of the impls",
            "an impl block" => &format!("put it on each method that {verb}"),
            "a module" => &format!("put it on each function that {verb}"),
            "an expression" | "a statement" => kind.choose(
                "write a closure or a block with `callbacks!` instead",
                "write a function inside this one, and call it here",
            ),
            _ => &format!("put it on the function that {verb}"),
        };
        Some(Mistake::new(start, &what, help))
    }

    fn method_without_body(kind: Kind, reason: &NoFunction, _item: &TokenStream) -> Option<Mistake> {
        let NoFunction::WithoutBody(semi) = reason else { return None };
        let what = format!("{} needs a function with a body", kind.attribute());
        Some(Mistake::new(semi, &what, "put it on the methods of the impls"))
    }

    /// The compiler has spoken first, but not always: what we cannot read, it may.
    fn syntax_error_in_signature(_kind: Kind, reason: &NoFunction, _item: &TokenStream) -> Option<Mistake> {
        let NoFunction::Unreadable(error) = reason else { return None };
        Some(Mistake::of_syntax(error))
    }
}

/// What messages call an item.
fn name_of(start: &TokenTree, item: &TokenStream) -> &'static str {
    match start.to_string().as_str() {
        "struct" => "a struct",
        "enum" => "an enum",
        "union" => "a union",
        "trait" => "a trait",
        "impl" => "an impl block",
        "mod" => "a module",
        "type" => "a type alias",
        "const" => "a constant",
        "static" => "a static",
        "use" => "an import",
        "extern" => "an extern block",
        "macro_rules" => "a macro",
        "let" => "a statement",
        _ if is_expression(start, item) => "an expression",
        _ => "a macro call",
    }
}

/// Whether the attribute stands before an expression. A macro call is taken for an item: before others the compiler does
/// not allow attributes anyway.
fn is_expression(start: &TokenTree, item: &TokenStream) -> bool {
    let is_call =
        item.clone().into_iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!'));
    !is_call && !parse::is_item(&start.to_string()) && !["let", "const", "extern"].contains(&start.to_string().as_str())
}

/// The compiler has already reported the signature; a body checked against half of one would only add noise. A function whose
/// body is not typed yet gets one, so that an editor knows the function already.
fn without_body(item: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let written = tokens.pop_if(|last| matches!(last, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace));
    let mut body = Group::new(Delimiter::Brace, quote!(loop {}));
    if let Some(written) = written {
        body.set_span(written.span());
    }
    tokens.push(body.into());
    tokens.into_iter().collect()
}
