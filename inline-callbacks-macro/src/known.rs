//! Names of other people's macros and attributes, as far as they matter.

use syn::{Attribute, Macro};

use crate::ending::name_of;

/// Macros whose arguments are expressions of the place where the macro is called. In others, a closure may be no closure.
const TRANSPARENT: [&str; 22] = [
    "println",
    "print",
    "eprintln",
    "eprint",
    "format",
    "format_args",
    "write",
    "writeln",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "vec",
    "dbg",
    "matches",
    "debug_assert_matches",
];

/// Whether the arguments of a macro are expressions that are evaluated where it is called.
pub(crate) fn is_transparent(mac: &Macro) -> bool {
    TRANSPARENT.contains(&name_of(mac).as_str())
}

/// Attributes that leave a function what it is. After any other one may be a renamed `#[inline_callbacks]`.
const HARMLESS: [&str; 19] = [
    "allow",
    "warn",
    "deny",
    "forbid",
    "expect",
    "doc",
    "cfg",
    "inline",
    "cold",
    "must_use",
    "track_caller",
    "deprecated",
    "target_feature",
    "no_mangle",
    "export_name",
    "rustfmt",
    "clippy",
    "automatically_derived",
    "link_section",
];

/// Whether an attribute surely leaves a function what it is.
pub(crate) fn is_harmless(attribute: &Attribute) -> bool {
    let first = attribute.path().segments.first();
    first.is_some_and(|first| HARMLESS.iter().any(|known| first.ident == known))
}
