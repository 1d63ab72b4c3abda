//! Types as they are written.

use quote::ToTokens;
use syn::Type;

/// Takes off parentheses, and the invisible groups of macro fragments.
pub(crate) fn uncover(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => uncover(&group.elem),
        Type::Paren(paren) => uncover(&paren.elem),
        other => other,
    }
}

/// The tokens of a type as somebody would write them; `to_string` alone puts spaces around everything.
pub(crate) fn source_of(ty: impl ToTokens) -> String {
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
