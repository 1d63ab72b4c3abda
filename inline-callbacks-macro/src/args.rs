//! The attribute takes no options.

use proc_macro2::TokenStream;

use crate::kind::Kind;
use crate::report::Errors;

/// Refuses whatever is written in the attribute's parentheses, all of it at once.
pub(crate) fn refuse_options(kind: Kind, args: &TokenStream, errors: &mut Errors) {
    if !args.is_empty() {
        let attribute = kind.attribute();
        errors.add(args, &format!("{attribute} takes no options"), &format!("write {attribute} alone"));
    }
}
