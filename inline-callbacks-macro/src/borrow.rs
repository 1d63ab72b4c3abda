//! Arguments that do not live as long as the body.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{
    GenericParam, Generics, Lifetime, ParenthesizedGenericArguments, Pat, PatIdent, Receiver, ReceiverKind, TraitBound,
    Type, TypeFnPtr, TypeReference,
};

use crate::report::Errors;
use crate::written::{source_of, uncover};

/// Refuses an argument of a function or closure whose type borrows from the caller.
pub(crate) fn refuse_borrowed(who: &str, pattern: &Pat, ty: &Type, generics: &Generics, errors: &mut Errors) {
    if let Some(borrow) = Borrow::find(ty, generics) {
        let name = match pattern {
            Pat::Ident(binding) => format!("`{}`", binding.ident),
            _ => "this argument".to_owned(),
        };
        let what = format!("{name} is borrowed, but {who} goes on running after the call has returned");
        errors.add(&borrow.tokens, &what, &borrow.help);
    }
}

/// Refuses a `ref` in the pattern of an argument.
pub(crate) fn refuse_bindings(pattern: &Pat, errors: &mut Errors) {
    Bindings(|binding: &PatIdent| {
        if let Some(by_ref) = &binding.by_ref {
            errors.add(
                quote!(#by_ref #binding),
                "a `ref` binding borrows the argument, which the body has to own",
                "remove `ref`, and borrow in the body",
            );
        }
    })
    .visit_pat(pattern);
}

/// Whether a method borrows its receiver from the caller.
pub(crate) fn is_borrowed(receiver: &Receiver, generics: &Generics) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, Some(lifetime), _) => !outlives_the_call(lifetime, generics),
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => Borrow::find(ty, generics).is_some(),
        _ => false,
    }
}

/// Calls a closure for every name that a pattern binds.
struct Bindings<F>(F);

impl<'ast, F: FnMut(&PatIdent)> Visit<'ast> for Bindings<F> {
    fn visit_pat_ident(&mut self, binding: &'ast PatIdent) {
        (self.0)(binding);
        visit::visit_pat_ident(self, binding);
    }
}

/// The part of an argument's type that borrows from the caller.
struct Borrow {
    tokens: TokenStream,
    help: String,
}

impl Borrow {
    fn find(ty: &Type, generics: &Generics) -> Option<Self> {
        let mut search = BorrowSearch { generics, found: None };
        search.visit_type(ty);
        search.found
    }
}

struct BorrowSearch<'a> {
    generics: &'a Generics,
    found: Option<Borrow>,
}

impl<'ast> Visit<'ast> for BorrowSearch<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        match &reference.lifetime {
            Some(lifetime) if outlives_the_call(lifetime, self.generics) => visit::visit_type(self, &reference.elem),
            _ => self.found = self.found.take().or_else(|| Some(borrow_of(reference))),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if self.found.is_none() && !outlives_the_call(lifetime, self.generics) {
            let help =
                format!("take an owned value instead of one with the lifetime `{lifetime}`, or write `'static` for it");
            self.found = Some(Borrow { tokens: lifetime.to_token_stream(), help });
        }
    }

    // What a function takes and gives is borrowed for its own calls, not from our caller.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        if bound.lifetimes.is_none() {
            visit::visit_trait_bound(self, bound);
        }
    }
}

/// Whether the lifetime is long enough as far as the function itself says. One that an `impl` declares may have a bound
/// there; it is left to the compiler.
fn outlives_the_call(lifetime: &Lifetime, generics: &Generics) -> bool {
    if lifetime.ident == "_" {
        return false;
    }
    let declared = generics.params.iter().find_map(|param| match param {
        GenericParam::Lifetime(param) if param.lifetime == *lifetime => Some(param),
        _ => None,
    });
    declared.is_none_or(|param| param.bounds.iter().any(|bound| bound.ident == "static"))
}

fn borrow_of(reference: &TypeReference) -> Borrow {
    let owned = match uncover(&reference.elem) {
        Type::Path(path) if path.path.is_ident("str") => "`String`, `Rc<str>` or `&'static str`".to_owned(),
        Type::Slice(slice) => {
            let element = source_of(&slice.elem);
            format!("`Vec<{element}>` or `Rc<[{element}]>`")
        }
        Type::TraitObject(object) => {
            let object = source_of(object);
            format!("`Box<{object}>` or `Rc<{object}>`")
        }
        other => {
            let owned = source_of(other);
            format!("`{owned}` or `Rc<{owned}>`")
        }
    };
    Borrow { tokens: reference.to_token_stream(), help: format!("take {owned}") }
}
