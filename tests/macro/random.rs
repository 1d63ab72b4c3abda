//! Random tokens and random statements, for what nobody thought of: the macros do not panic, and give back what `editors.rs`
//! looks for.

use proptest::prelude::*;

use crate::editors::{Seen, check_form, tokens};

/// What random bodies are made of.
const WORDS: [&str; 92] = [
    "yield",
    "yield_",
    "yield_!",
    "yield_!(x)",
    "yield_!(x)?",
    "return_value!",
    "callbacks!",
    "return",
    "let",
    "match",
    "if",
    "else",
    "loop",
    "while",
    "for",
    "in",
    "async",
    "await",
    ".await",
    "move",
    "break",
    "continue",
    "|",
    "||",
    "|x|",
    "fn",
    "struct",
    "impl",
    "mod",
    "pub",
    "const",
    "unsafe",
    "extern",
    "default",
    "static",
    "use",
    "type",
    "trait",
    "enum",
    "union",
    "macro_rules!",
    "#",
    "!",
    "?",
    ".",
    "..",
    "..=",
    "::",
    ":",
    ";",
    ";",
    ";",
    ",",
    "=",
    "==",
    "=>",
    "->",
    "<",
    ">",
    "&",
    "&&",
    "*",
    "-",
    "+",
    "@",
    "$",
    "'a",
    "'a:",
    "x",
    "x",
    "y",
    "self",
    "Self",
    "Deferred",
    "Generator",
    "u32",
    "\"text\"",
    "1",
    "_",
    "mut",
    "ref",
    "dyn",
    "where",
    "as",
    "Ok(1)",
    "#[inline_callbacks]",
    "#[cfg(x)]",
    "#![allow(x)]",
    "vec!",
    "println!",
    "compile_error!",
    "@future",
];

fn source() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS.as_slice()).prop_map(str::to_owned);
    word.prop_recursive(4, 60, 8, |inside| {
        let row = prop::collection::vec(inside, 0..8).prop_map(|row| row.join(" "));
        prop_oneof![
            row.clone().prop_map(|row| format!("( {row} )")),
            row.clone().prop_map(|row| format!("{{ {row} }}")),
            row.clone().prop_map(|row| format!("[ {row} ]")),
            row.clone().prop_map(|row| format!("yield_!( {row} )")),
            row.clone().prop_map(|row| format!("fn f() -> u32 {{ {row} }}")),
            row,
        ]
    })
}

/// The smallest expressions, and how two of them become a larger one or a row of statements. (Nobody writes
/// `if return yield_!(x) { .. }`, where the wait would need parentheses.)
const SMALL: [&str; 16] = [
    "x",
    "1",
    "yield_!(x)",
    "yield_!(x)?",
    "yield_![x]",
    "yield_! { x }",
    "yield_!()",
    "yield x",
    "yield",
    "x.await",
    "return_value!(x)",
    "return_value!()",
    "return;",
    "break;",
    "todo!()",
    "",
];
const LARGER: [&str; 47] = [
    "A + B",
    "-A",
    "&A",
    "!A",
    "*A",
    "A?",
    "A.await",
    "(A)",
    "{ A }",
    "{ A; B }",
    "A; B",
    "A B",
    "let y = A; B",
    "if A { B }",
    "if A { B } else { A }",
    "if let Ok(x) = A { B }",
    "match A { x if B => A, _ => B }",
    "match A {}",
    "loop { A }",
    "'a: loop { A; break 'a; }",
    "for x in A { B }",
    "while A { B }",
    "while let Ok(x) = A { B }",
    "|x| A",
    "move |x| -> u32 { A }",
    "async move { A }",
    "unsafe { A }",
    "const { A }",
    "A as u32",
    "A < B",
    "x = A",
    "x += A",
    "f(A, B)",
    "A.g(B)",
    "[A; 3]",
    "A..B",
    "S { x: A }",
    "#[allow(x)] A",
    "A[B]",
    "println!(\"{}\", A)",
    "vec![A, B]",
    "let Ok(x) = A else { B };",
    "fn g() { A }",
    "yield_!(A)",
    "yield A",
    "return A;",
    "callbacks! { A }",
];

fn statements() -> impl Strategy<Value = String> {
    let small = prop::sample::select(SMALL.as_slice()).prop_map(str::to_owned);
    small.prop_recursive(5, 40, 2, |inside| {
        (prop::sample::select(LARGER.as_slice()), inside.clone(), inside)
            .prop_map(|(shape, a, b)| shape.replace('A', &a).replace('B', &b))
    })
}

fn check_body_in_every_kind(body: &str) {
    let mut seen = Seen::default();
    seen.check_in_both(&tokens(&format!("fn f<T>(mut a: u32) -> Deferred<u32> {{ {body} }}")));
    seen.check_in_both(&tokens(&format!("fn f(self) -> Deferred<()> {{ {body} }}")));
    seen.check_in_both(&tokens(&format!("fn f() -> Generator<u32> {{ {body} }}")));
    check_form(&tokens(body));
    check_form(&tokens(&format!("[a] move |x| {{ {body} }}")));
    check_form(&tokens(&format!("#[inline_callbacks] fn f() -> Deferred<()> {{ {body} }}")));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn random_tokens_never_cause_a_panic_and_keep_what_can_be_read(
        (first, second, third) in (source(), source(), source())
    ) {
        check_body_in_every_kind(&format!("{first} {second} {third}"));
        let mut seen = Seen::default();
        for item in [
            format!("{first} {second} {third}"),
            format!("fn f<'a, T>({first}) -> {second} where {third} {{ {first} }}"),
        ] {
            seen.check_in_both(&tokens(&item));
            check_form(&tokens(&item));
        }
        check_form(&tokens(&format!("move |x, {first}| {second}")));
    }

    #[test]
    fn random_statements_become_what_can_be_read(body in statements()) {
        check_body_in_every_kind(&body);
    }
}
