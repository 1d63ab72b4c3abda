//! What the compiler says to users: one mistake per file in `ui/`, and what must compile in `ui/pass/`.
//!
//! `TRYBUILD=overwrite` records the output anew; read it before it is committed. One error, on the user's own token, in the
//! user's words: where a file has more, its first line says why.

#[test]
fn mistakes_have_their_message() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn what_is_right_compiles_without_warnings() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
