//! What we refuse about a signature: one small function per rule, all of them run. What is wrong in a body is found by
//! rewrite, which is there anyway.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{
    Attribute, FnArg, GenericParam, Generics, Lifetime, ParenthesizedGenericArguments, Pat, PatIdent, Receiver,
    ReceiverKind, ReturnType, TraitBound, Type, TypeFnPtr, TypeReference,
};

use crate::kind::Kind;
use crate::parse::Function;
use crate::report::Errors;

/// What messages call a closure in `callbacks!`.
pub(crate) const CLOSURE: &str = "a closure in `callbacks!`";

/// A rule: looks at a function and adds what is wrong with it.
type Rule = fn(Kind, &Function, &mut Errors);

const RULES: [Rule; 10] = [
    given_once,
    without_async_entry,
    not_const,
    not_async,
    without_foreign_abi,
    not_variadic,
    not_main,
    owned_receiver,
    owned_arguments,
    returns_what_it_should,
];

/// Applies every rule.
pub(crate) fn check(kind: Kind, function: &Function, errors: &mut Errors) {
    for rule in RULES {
        rule(kind, function, errors);
    }
}

/// Whether the path of the attribute ends in this name.
pub(crate) fn is_named(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
}

/// Whether it may be one of ours.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    Kind::ALL.iter().any(|kind| is_named(attribute, kind.name()))
}

/// Whether it is one of the attributes that open an async runtime for a function.
pub(crate) fn is_async_entry(attribute: &Attribute) -> bool {
    let path: Vec<String> = attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    matches!(path.as_slice(), [first, last] if first == "tokio" && (last == "main" || last == "test"))
}

fn given_once(kind: Kind, function: &Function, errors: &mut Errors) {
    let Some(second) = function.attrs.iter().find(|attribute| is_ours(attribute)) else {
        return;
    };
    let attribute = kind.attribute();
    if is_named(second, kind.name()) {
        errors.add(second, &format!("{attribute} is given twice"), "remove one of the two");
    } else {
        errors.add(
            second,
            "a function is either an `#[inline_callbacks]` function or a `#[generator]`",
            "remove one of the two: the first waits for what it yields, the second hands it out",
        );
    }
}

fn without_async_entry(kind: Kind, function: &Function, errors: &mut Errors) {
    if let Some(entry) = function.attrs.iter().find(|attribute| is_async_entry(attribute)) {
        errors.add(
            entry,
            &format!("{} cannot be combined with this attribute, which needs an `async fn`", kind.attribute()),
            kind.choose(
                "call the function from an `async fn` of its own, and `.await` its `Deferred` there",
                "call the function from an `async fn` of its own, and take the values there",
            ),
        );
    }
}

fn not_async(kind: Kind, function: &Function, errors: &mut Errors) {
    if let Some(asyncness) = &function.sig.asyncness {
        errors.add(
            asyncness,
            &format!("{} is not written `async`", kind.function()),
            kind.choose(
                "remove `async`; `.await` still works in the body",
                "remove `async`; a generator does not wait",
            ),
        );
    }
}

fn not_const(kind: Kind, function: &Function, errors: &mut Errors) {
    if let Some(constness) = &function.sig.constness {
        let why = kind.choose("it runs when it is called", "its body runs when it is asked for values");
        errors.add(constness, &format!("{} cannot be `const`: {why}", kind.function()), "remove `const`");
    }
}

fn without_foreign_abi(kind: Kind, function: &Function, errors: &mut Errors) {
    if let Some(abi) = &function.sig.abi {
        let (who, returned) = (kind.function(), kind.returned());
        errors.add(
            abi,
            &format!("{who} cannot have a foreign ABI: other languages do not know `{returned}`"),
            "remove it, and call this function from an `extern` function",
        );
    }
}

fn not_variadic(kind: Kind, function: &Function, errors: &mut Errors) {
    if let Some(variadic) = &function.sig.variadic {
        errors.add(
            variadic.dots,
            &format!("{} cannot be variadic", kind.function()),
            "take a `Vec` or a slice of what you expect",
        );
    }
}

fn not_main(kind: Kind, function: &Function, errors: &mut Errors) {
    if is_main(function) {
        let (who, why) = (
            kind.function(),
            kind.choose("nothing would wait for its `Deferred`", "nothing would take the values of its `Generator`"),
        );
        errors.add(
            &function.sig.ident,
            &format!("`main` cannot be {who}: {why}"),
            kind.choose(
                "start another function from `main`, and run the reactor there",
                "call another function from `main`, and loop over its values there",
            ),
        );
    }
}

/// A method named `main` is an ordinary method. A function `main` in a module is taken for the real one: its tokens do not
/// say where it stands.
pub(crate) fn is_main(function: &Function) -> bool {
    function.sig.ident == "main" && function.sig.inputs.is_empty() && function.sig.generics.params.is_empty()
}

fn owned_receiver(kind: Kind, function: &Function, errors: &mut Errors) {
    let Some(receiver) = function.sig.receiver() else {
        return;
    };
    if is_borrowed(receiver, &function.sig.generics) {
        errors.add(
            receiver,
            &format!("`self` is borrowed, but {} goes on running after the call has returned", kind.function()),
            &format!(
                "take `self: Rc<Self>` or `self`, or clone what the body needs and pass it to an inner `#[{}]` function",
                kind.name()
            ),
        );
    }
}

fn is_borrowed(receiver: &Receiver, generics: &Generics) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, Some(lifetime), _) => !outlives_the_call(lifetime, generics),
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => Borrow::find(ty, generics).is_some(),
        _ => false,
    }
}

fn owned_arguments(kind: Kind, function: &Function, errors: &mut Errors) {
    for argument in &function.sig.inputs {
        if let FnArg::Typed(argument) = argument {
            check_argument(kind.function(), &argument.pat, Some(&argument.ty), &function.sig.generics, errors);
        }
    }
}

/// Refuses an argument of a function or closure that does not live as long as the body.
pub(crate) fn check_argument(who: &str, pattern: &Pat, ty: Option<&Type>, generics: &Generics, errors: &mut Errors) {
    if let Some(borrow) = ty.and_then(|ty| Borrow::find(ty, generics)) {
        let name = match pattern {
            Pat::Ident(binding) => format!("`{}`", binding.ident),
            _ => "this argument".to_owned(),
        };
        errors.add(
            &borrow.tokens,
            &format!("{name} is borrowed, but {who} goes on running after the call has returned"),
            &borrow.help,
        );
    }
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
        other => {
            let owned = source_of(other);
            format!("`{owned}` or `Rc<{owned}>`")
        }
    };
    Borrow { tokens: reference.to_token_stream(), help: format!("take {owned}") }
}

fn returns_what_it_should(kind: Kind, function: &Function, errors: &mut Errors) {
    match &function.sig.output {
        // Two attributes already make it two minds about this.
        _ if is_main(function) || function.attrs.iter().any(is_ours) => {}
        ReturnType::Default => errors.add(
            &function.sig.ident,
            &format!("{} must return a `{}`", kind.function(), kind.returned()),
            kind.choose("add `-> Deferred<()>`", "add `-> Generator<T>` with the type of what is yielded as `T`"),
        ),
        ReturnType::Type(_, ty) => check_returned(kind, kind.function(), ty, errors),
    }
}

/// Refuses a written return type that surely is wrong. A name that we do not know may be an alias of the right one: the
/// compiler finds out.
pub(crate) fn check_returned(kind: Kind, who: &str, ty: &Type, errors: &mut Errors) {
    let returned = kind.returned();
    let what = &format!("{who} must return a `{returned}`");
    match uncover(ty) {
        Type::Path(path) if path.qself.is_none() => {
            if let Some(help) = help_for_other_kind(kind, &path.path).or_else(|| help_for_named(kind, &path.path)) {
                errors.add(ty, what, &help);
            }
        }
        Type::ImplTrait(_) => errors.add(
            ty,
            &format!("{what} that is named as such, not `impl Trait`"),
            kind.choose(
                "write `Deferred<T>` with the type of the result as `T`",
                "write `Generator<T>` with the type of what is yielded as `T`",
            ),
        ),
        Type::Never(_) => errors.add(
            ty,
            what,
            kind.choose(
                "write `Deferred<std::convert::Infallible>`, or `Deferred<()>`",
                "write `Generator<T>` with the type of what is yielded as `T`",
            ),
        ),
        Type::Tuple(_) | Type::Array(_) | Type::FnPtr(_) | Type::Ptr(_) => errors.add(ty, what, &wrapped(kind, ty)),
        Type::Reference(_) | Type::Slice(_) | Type::TraitObject(_) => {
            errors.add(
                ty,
                what,
                kind.choose(
                    "write `Deferred<T>` with an owned result as `T`",
                    "write `Generator<T>` with an owned value as `T`",
                ),
            );
        }
        _ => {}
    }
}

fn wrapped(kind: Kind, ty: impl ToTokens) -> String {
    format!("write `{}<{}>`", kind.returned(), source_of(ty))
}

/// What to write where the type is that of the other attribute.
fn help_for_other_kind(kind: Kind, path: &syn::Path) -> Option<String> {
    let other = Kind::ALL.into_iter().find(|other| *other != kind)?;
    let is_other = path.segments.last().is_some_and(|last| last.ident == other.returned());
    is_other.then(|| format!("for a `{}` the attribute is {}", other.returned(), other.attribute()))
}

/// Types that are taken for those of the standard library when they are written without a path.
const STANDARD_TYPES: [&str; 44] = [
    "String",
    "str",
    "Vec",
    "VecDeque",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Option",
    "Result",
    "Box",
    "Rc",
    "Arc",
    "Cow",
    "Cell",
    "RefCell",
    "Mutex",
    "RwLock",
    "Pin",
    "PathBuf",
    "OsString",
    "CString",
    "Duration",
    "Instant",
    "bool",
    "char",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "Future",
    "Poll",
    "Ordering",
];

/// What to write instead of a type of the standard library, or `None` if the path may lead anywhere.
fn help_for_named(kind: Kind, path: &syn::Path) -> Option<String> {
    let last = path.segments.last()?;
    let from_std = path.segments.len() == 1
        || path.segments.first().is_some_and(|first| ["std", "core", "alloc"].iter().any(|root| first.ident == root));
    if !from_std || !STANDARD_TYPES.iter().any(|known| last.ident == known) {
        return None;
    }
    if kind == Kind::InlineCallbacks && last.ident == "Result" {
        let value = first_argument(&last.arguments).unwrap_or_else(|| "T".to_owned());
        return Some(format!("write `Deferred<{value}>`; an error travels in it as a `Failure`"));
    }
    Some(wrapped(kind, path))
}

fn first_argument(arguments: &syn::PathArguments) -> Option<String> {
    let syn::PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.first().map(source_of)
}

/// Takes off parentheses, and the invisible groups of macro fragments.
pub(crate) fn uncover(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => uncover(&group.elem),
        Type::Paren(paren) => uncover(&paren.elem),
        other => other,
    }
}

/// The tokens of a type as somebody would write them; `to_string` alone puts spaces around everything.
fn source_of(ty: impl ToTokens) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, written) in [
        (" < ", "<"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" :: ", "::"),
        (":: ", "::"),
        (" ,", ","),
        ("& ", "&"),
        (" ;", ";"),
    ] {
        text = text.replace(spaced, written);
    }
    text
}
