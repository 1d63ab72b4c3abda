//! Return types that surely are wrong, and what to write instead.

use quote::ToTokens;
use syn::Type;

use crate::kind::Kind;
use crate::report::Errors;
use crate::written::{source_of, uncover};

/// Refuses a written return type that surely is wrong. A name that we do not know may be an alias of the right one: the
/// compiler finds out.
pub(crate) fn refuse_returned(kind: Kind, who: &str, ty: &Type, errors: &mut Errors) {
    let returned = kind.returned();
    let what = &format!("{who} must return a `{returned}`");
    match uncover(ty) {
        _ if wanted_inside(kind, ty).is_some_and(|inside| !std::ptr::eq(inside, uncover(ty))) => {
            let help = wanted_inside(kind, ty).map(|inside| format!("write `{}`", source_of(inside)));
            errors.add(ty, what, &help.unwrap_or_default());
        }
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

/// The right type, if that is what a type wraps or borrows: the `Deferred<u32>` of a `Rc<Deferred<u32>>`.
fn wanted_inside(kind: Kind, ty: &Type) -> Option<&Type> {
    match uncover(ty) {
        Type::Reference(reference) => wanted_inside(kind, &reference.elem),
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            if last.ident == kind.returned() {
                return Some(uncover(ty));
            }
            // Of anything else we do not know what it makes of the type.
            help_for_named(kind, &path.path)?;
            match &last.arguments {
                syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                    syn::GenericArgument::Type(inner) => wanted_inside(kind, inner),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
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
