//! The attribute takes no options.

use proc_macro2::TokenStream;

use crate::report::Errors;

/// Refuses whatever is written in the attribute's parentheses, all of it at once.
pub(crate) fn refuse_options(args: &TokenStream, errors: &mut Errors) {
    if !args.is_empty() {
        errors.add(args, "`#[inline_callbacks]` takes no options", "write `#[inline_callbacks]` alone");
    }
}
