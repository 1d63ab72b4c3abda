//! What we refuse about a signature, and about what stands around it. All rules are applied.

use proc_macro2::Span;
use syn::{Attribute, FnArg, ReturnType};

use crate::borrow::{is_borrowed, refuse_bindings, refuse_borrowed};
use crate::kind::Kind;
use crate::parse::Function;
use crate::report::Errors;
use crate::returned::refuse_returned;
use crate::rule::rules;

/// Applies every rule.
pub(crate) fn check(kind: Kind, function: &Function) -> Errors {
    let mut errors = Errors::default();
    for (_, rule) in SIGNATURE {
        rule(kind, function, &mut errors);
    }
    errors
}

/// Whether the path of the attribute ends in this name.
fn is_named(attribute: &Attribute, name: &str) -> bool {
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

/// A method named `main` is an ordinary method. A function `main` in a module is taken for the real one: its tokens do not
/// say where it stands.
pub(crate) fn is_main(function: &Function) -> bool {
    function.sig.ident == "main" && function.sig.inputs.is_empty() && function.sig.generics.params.is_empty()
}

/// Whether the attribute is written `#[name = ..]`, which the compiler has refused already.
fn is_key_value() -> bool {
    Span::call_site().source_text().is_some_and(|attribute| attribute.contains('=') && !attribute.contains('('))
}

rules! {
    /// The rules of a signature.
    SIGNATURE: fn(Kind, &Function, &mut Errors);

    /// The attribute takes no options. Whatever is written in its parentheses is refused at once.
    fn refuse_options(kind: Kind, function: &Function, errors: &mut Errors) {
        if !function.args.is_empty() && !is_key_value() {
            let attribute = kind.attribute();
            errors.add(&function.args, &format!("{attribute} takes no options"), &format!("write {attribute} alone"));
        }
    }

    fn given_once(kind: Kind, function: &Function, errors: &mut Errors) {
        if let Some(second) = function.attrs.iter().find(|attribute| is_named(attribute, kind.name())) {
            errors.add(second, &format!("{} is given twice", kind.attribute()), "remove one of the two");
        }
    }

    fn given_one_kind(kind: Kind, function: &Function, errors: &mut Errors) {
        let is_other = |attribute: &&Attribute| is_ours(attribute) && !is_named(attribute, kind.name());
        if let Some(other) = function.attrs.iter().find(is_other) {
            errors.add(
                other,
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

    /// What expands first has taken the body for that of an ordinary function. Its tokens bear the place of its attribute.
    fn attribute_above_instrument(kind: Kind, function: &Function, errors: &mut Errors) {
        const MARK: &str = "__tracing_attr_span";
        // As text, which the compiler makes by itself: nearly always it is not there.
        if !function.body.written.to_string().contains(MARK) {
            return;
        }
        if let Some(trace) = crate::keyword::find(&function.body.written, &[MARK]) {
            let attribute = kind.attribute();
            errors.add(
                trace,
                &format!("`#[tracing::instrument]` has to come after {attribute}"),
                &format!("write it below {attribute}, which then has made an ordinary function of this one"),
            );
        }
    }

    fn not_const(kind: Kind, function: &Function, errors: &mut Errors) {
        if let Some(constness) = &function.sig.constness {
            let why = kind.choose("it runs when it is called", "its body runs when it is asked for values");
            errors.add(constness, &format!("{} cannot be `const`: {why}", kind.function()), "remove `const`");
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
            let why =
                kind.choose("nothing would wait for its `Deferred`", "nothing would take the values of its `Generator`");
            errors.add(
                &function.sig.ident,
                &format!("`main` cannot be {}: {why}", kind.function()),
                kind.choose(
                    "start another function from `main`, and run the reactor there",
                    "call another function from `main`, and loop over its values there",
                ),
            );
        }
    }

    fn owned_receiver(kind: Kind, function: &Function, errors: &mut Errors) {
        let Some(receiver) = function.sig.receiver().filter(|it| is_borrowed(it, &function.sig.generics)) else {
            return;
        };
        errors.add(
            receiver,
            &format!("`self` is borrowed, but {} goes on running after the call has returned", kind.function()),
            &format!(
                "take `self: Rc<Self>` or `self`, or clone what the body needs and pass it to an inner {} function",
                kind.attribute()
            ),
        );
    }

    fn owned_arguments(kind: Kind, function: &Function, errors: &mut Errors) {
        for argument in &function.sig.inputs {
            if let FnArg::Typed(argument) = argument {
                refuse_borrowed(kind.function(), &argument.pat, &argument.ty, &function.sig.generics, errors);
            }
        }
    }

    fn owned_bindings(_kind: Kind, function: &Function, errors: &mut Errors) {
        for argument in &function.sig.inputs {
            if let FnArg::Typed(argument) = argument {
                refuse_bindings(&argument.pat, errors);
            }
        }
    }

    fn returns(kind: Kind, function: &Function, errors: &mut Errors) {
        // Two attributes are of two minds about this, and `main` has no right answer.
        if is_main(function) || function.attrs.iter().any(is_ours) {
            return;
        }
        match &function.sig.output {
            ReturnType::Default => errors.add(
                &function.sig.ident,
                &format!("{} must return a `{}`", kind.function(), kind.returned()),
                kind.choose("add `-> Deferred<()>`", "add `-> Generator<T>` with the type of what is yielded as `T`"),
            ),
            ReturnType::Type(_, ty) => refuse_returned(kind, kind.function(), ty, errors),
        }
    }
}
