//! What an editor needs from the macros while somebody types: whatever stands there, they do not panic, they give back the
//! function with its signature, and what they give back can be read, except for the half-typed body, which stays as it is.
//!
//! Every prefix of the functions below and every small slip of the hand is tried here; random tokens are in `random.rs`.

// All functions are written the same way, whether they contain a quote or not; all slips take the same arguments.
#![allow(clippy::needless_raw_string_hashes, clippy::ptr_arg)]

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::visit::Visit;
use syn::{Attribute, Block, Expr, File, FnArg, Signature, Token, Visibility};

use crate::kind::Kind;
use crate::parse::{Body, Code};
use crate::pipeline;

/// The functions that are typed here, each as it stands under its attribute.
const FUNCTIONS: [&str; 6] = [
    r#"
    /// The poem of the introduction.
    pub fn get_transformed_poem(address: SocketAddr, proxy: Rc<TransformProxy>) -> Deferred<String> {
        let poem = match yield_!(get_poetry(address)) {
            Ok(poem) => poem,
            Err(why) => {
                eprintln!("The poem download failed: {why}");
                return Err(why);
            }
        };
        match yield_!(proxy.xform("cummingsify", &poem)) {
            Ok(transformed) => return_value!(transformed),
            Err(why) => eprintln!("Cummingsify failed! {why}"),
        }
        return_value!(poem)
    }"#,
    r#"
    #[allow(clippy::type_complexity)]
    pub(crate) fn fetch<'a: 'static, T, const N: usize>(
        mut self: Rc<Self>,
        (first, mut second): (&'a T, [u8; N]),
        #[cfg(test)] f: impl Fn(&T) -> Deferred<T> + 'static,
    ) -> Deferred<Vec<T>>
    where
        T: Clone + IntoDeferred<Value = T> + 'static,
        Vec<T>: Debug,
    {
        #![allow(unused_mut)]
        second[0] += yield_!(self.count.clone())? as u8;
        let Ok(value) = yield_!(f(first)) else { return Err(self.why()) };
        let rest = vec![yield_!(value.clone())?, yield_!(f(&value))?];
        Ok(rest.into_iter().chain([value]).collect::<Vec<_>>())
    }"#,
    r#"
    fn search(rows: Vec<Vec<Deferred<i64>>>, limit: i64) -> Deferred<(usize, i64)> {
        let mut sum = 0;
        'rows: for (at, row) in rows.into_iter().enumerate() {
            for d in row {
                sum += match yield_!(d)? {
                    n @ 0.. if yield_!(succeed(n > limit))? => break 'rows,
                    n if n < 0 => continue 'rows,
                    n => -n,
                };
                while sum > limit && !yield_!(settled(at))? { sum -= 1; }
            }
            if sum == limit { return_value!((at, sum)); }
        }
        loop { if yield_!(pause())? { return_value!((0, -1)) } }
    }"#,
    r#"
    unsafe fn log(mut self, names: Vec<String>) -> Deferred<()> {
        const GREETING: &str = "hello";
        struct Line { text: String }
        if names.is_empty() { return; }
        for name in &names {
            let line = Line { text: format!("{GREETING}, {}", yield_!(self.title(name.clone()))?) };
            let length = async { yield_!(line.text.len()) + 1 };
            println!("{} {}", line.text, length.await);
        }
        let twice = names.iter().map(|name| name.len() * 2).sum::<usize>();
        unsafe { self.write(twice) };
        #[allow(unused)]
        yield_!(self.flush()).map(|_| ())
    }"#,
    r#"
    fn primes(mut from: u32, step: impl Fn(u32) -> u32 + 'static) -> Generator<u32, Result<u32, Failure>> {
        let mut found: Vec<u32> = Vec::new();
        while from < u32::MAX {
            if found.iter().all(|known| from % known != 0) {
                found.push(from);
                match yield_!(from) {
                    Ok(skipped) => from += skipped,
                    Err(_) => return,
                }
                println!("{:?}", yield_!(from));
            }
            from = step(from);
        }
    }"#,
    r#"
    fn nested<F>(self: Arc<Self>, started: F) -> Deferred<u32> where F: FnOnce() {
        #[inline_callbacks]
        fn inner(d: Deferred<u32>) -> Deferred<u32> { Ok(yield_!(d)? + 1) }
        started();
        let block = callbacks! { let x = yield inner(succeed(1)); Ok(x? + 1) };
        let closure = callbacks!([self] move |n: u32| { Ok((yield self.get(n))?) });
        return Ok(yield_!(block)? + yield_!(closure(2))?);
    }"#,
];

/// What may stand between the delimiters of `callbacks!`.
const FORMS: [&str; 4] = [
    r#"
    /// Both attributes, in items.
    #[inline_callbacks]
    pub fn twice(d: Deferred<u32>) -> Deferred<u32> {
        let x = yield d;
        return_value!(x? * 2)
    }
    mod more {
        use super::*;
        impl<T: Clone + 'static> Client<T> {
            const PORT: u32 = 1;
            #[inline_callbacks]
            fn both(self: Rc<Self>, host: String) -> Deferred<T> where T: Debug {
                let Ok(first) = yield self.get(host) else { return Err(self.why()) };
                println!("{:?} {}", yield first.clone(), (yield succeed(1))?);
                Ok(first)
            }
        }
        #[generator]
        fn down(mut n: u32) -> Generator<u32> {
            while n > 0 { yield n; n -= 1; }
        }
    }"#,
    r#"
    let poem = yield get(address, 80);
    if poem? == "" { return Err(why()); }
    for line in lines { println!("{}", (yield print(line))?); }
    Ok(poem?.len() + yield_!(succeed(1))?)"#,
    r#"[proxy, mut count] move |host: String, (port, _): (u16, bool)| -> Deferred<String> {
        count += 1;
        let poem = (yield proxy.get(host, port))?;
        return_value!(poem)
    }"#,
    "|x| Ok((yield x)? + 1)",
];

pub(crate) fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

/// A token, or one end of a group.
enum Piece {
    Open(Delimiter),
    Close,
    Token(TokenTree),
}

fn pieces(stream: TokenStream) -> Vec<Piece> {
    let mut found = Vec::new();
    for token in stream {
        if let TokenTree::Group(group) = token {
            found.push(Piece::Open(group.delimiter()));
            found.extend(pieces(group.stream()));
            found.push(Piece::Close);
        } else {
            found.push(Piece::Token(token));
        }
    }
    found
}

/// The opposite. Groups without an end are closed at the end, as editors do before they call a macro.
fn gather(pieces: &[Piece]) -> TokenStream {
    fn close(open: &mut Vec<(Delimiter, TokenStream)>) {
        let (delimiter, inside) = open.pop().expect("an open group");
        let (_, outside) = open.last_mut().expect("what is around it");
        outside.extend([TokenTree::from(Group::new(delimiter, inside))]);
    }
    let mut open = vec![(Delimiter::None, TokenStream::new())];
    for piece in pieces {
        match piece {
            Piece::Open(delimiter) => open.push((*delimiter, TokenStream::new())),
            Piece::Close => close(&mut open),
            Piece::Token(token) => open.last_mut().expect("the outermost").1.extend([token.clone()]),
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().expect("the outermost").1
}

fn prefixes(stream: TokenStream) -> Vec<TokenStream> {
    let pieces = pieces(stream);
    (0..=pieces.len()).map(|length| gather(&pieces[..length])).collect()
}

/// The stream once per token of it, at every depth, with this done to the tokens around that one.
fn slips(stream: TokenStream, slip: fn(&mut Vec<TokenTree>, usize)) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let mut changed = tokens.clone();
        slip(&mut changed, at);
        found.push(changed.into_iter().collect());
        if let TokenTree::Group(group) = &tokens[at] {
            for inside in slips(group.stream(), slip) {
                let mut changed = tokens.clone();
                changed[at] = Group::new(group.delimiter(), inside).into();
                found.push(changed.into_iter().collect());
            }
        }
    }
    found
}

fn delete(tokens: &mut Vec<TokenTree>, at: usize) {
    tokens.remove(at);
}

/// Of a group only the delimiters: their inside stays.
fn undelimit(tokens: &mut Vec<TokenTree>, at: usize) {
    if let TokenTree::Group(group) = tokens[at].clone() {
        tokens.splice(at..=at, group.stream());
    }
}

fn swap(tokens: &mut Vec<TokenTree>, at: usize) {
    if at + 1 < tokens.len() {
        tokens.swap(at, at + 1);
    }
}

fn repeat(tokens: &mut Vec<TokenTree>, at: usize) {
    tokens.insert(at, tokens[at].clone());
}

/// As a macro fragment brings it: in a group without delimiters.
fn hide(tokens: &mut Vec<TokenTree>, at: usize) {
    let token = tokens[at].clone();
    tokens[at] = Group::new(Delimiter::None, token.into()).into();
}

const SLIPS: [fn(&mut Vec<TokenTree>, usize); 5] = [delete, undelimit, swap, repeat, hide];

/// A function whose signature can be read, whatever its body is.
struct Readable {
    sig: Signature,
    body: Option<Group>,
}

impl Readable {
    fn read(item: &TokenStream) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
        let body = match tokens.last() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => Some(body.clone()),
            _ => None,
        };
        if body.is_some() {
            tokens.pop();
        }
        let head = |input: ParseStream| {
            input.call(Attribute::parse_outer)?;
            input.parse::<Visibility>()?;
            let sig = input.parse::<Signature>()?;
            if body.is_none() {
                input.parse::<Option<Token![;]>>()?;
            }
            Ok(sig)
        };
        let sig = head.parse2(tokens.into_iter().collect()).ok()?;
        Some(Self { sig, body })
    }

    fn signature(&self) -> String {
        signature(&self.sig)
    }
}

/// What callers see.
fn signature(sig: &Signature) -> String {
    let Signature { ident, generics, inputs, output, .. } = sig;
    let bounds = &generics.where_clause;
    let types = inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => receiver.to_token_stream(),
        FnArg::Typed(argument) => argument.ty.to_token_stream(),
    });
    // `main` returns nothing where its return type is refused.
    let output = (ident != "main").then_some(output);
    quote!(fn #ident #generics (#(#types),*) #output #bounds).to_string()
}

/// The same tokens without this inside of some braces, which cannot be read.
fn without(stream: TokenStream, unread: &str) -> TokenStream {
    let leave_out = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && group.stream().to_string() == unread => {
            Group::new(Delimiter::Brace, TokenStream::new()).into()
        }
        TokenTree::Group(group) => Group::new(group.delimiter(), without(group.stream(), unread)).into(),
        other => other,
    };
    stream.into_iter().map(leave_out).collect()
}

fn words(stream: TokenStream, found: &mut Vec<String>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            TokenTree::Literal(literal) => found.push(literal.to_string()),
            TokenTree::Punct(_) => {}
        }
    }
}

/// Whether the names and literals of one stand in the other, in the same order; but for that of a wait, which says nothing where its
/// operand never gives a value.
fn keeps_words_of(output: TokenStream, input: TokenStream) -> Result<(), String> {
    let (mut kept, mut wanted) = (Vec::new(), Vec::new());
    words(output, &mut kept);
    words(input, &mut wanted);
    wanted.retain(|word| word != "yield_");
    let mut kept = kept.into_iter();
    wanted.into_iter().try_for_each(|word| if kept.any(|other| other == word) { Ok(()) } else { Err(word) })
}

/// How many of the items could be looked at, to see that the tests look at something.
#[derive(Default, Debug)]
pub(crate) struct Seen {
    signatures: usize,
    unread_bodies: usize,
    words: usize,
}

impl Seen {
    /// Expands an item under an attribute and looks at what it has become.
    fn check_item(&mut self, kind: Kind, item: &TokenStream) {
        let output = pipeline::attribute(kind, &TokenStream::new(), item.clone());
        let Some(input) = Readable::read(item) else {
            return;
        };
        self.signatures += 1;
        let around = match input.body.clone().map(Body::read) {
            Some(Body { code: Code::Tokens(unread, _), .. }) => {
                self.unread_bodies += 1;
                without(output.clone(), &unread.to_string())
            }
            _ => output.clone(),
        };
        let items = match syn::parse2::<File>(around) {
            Ok(file) => file.items,
            Err(why) => panic!("`{item}` becomes what cannot be read ({why}): `{output}`"),
        };
        let function = items.iter().find_map(|item| Readable::read(&item.to_token_stream()));
        let function = function.unwrap_or_else(|| panic!("`{item}` is lost in `{output}`"));
        assert_eq!(function.signature(), input.signature(), "`{item}` becomes `{output}`");
        // A message may stand for what it is about.
        if let Some(body) = input.body
            && !output.to_string().contains("help: ")
        {
            self.words += 1;
            if let Err(word) = keeps_words_of(output.clone(), body.stream()) {
                panic!("`{word}` of `{item}` is lost in `{output}`");
            }
        }
    }

    pub(crate) fn check_in_both(&mut self, item: &TokenStream) {
        for kind in Kind::ALL {
            self.check_item(kind, item);
        }
    }
}

#[test]
fn every_prefix_of_a_function_keeps_what_is_there() {
    let mut seen = Seen::default();
    for function in FUNCTIONS {
        for prefix in prefixes(tokens(function)) {
            seen.check_in_both(&prefix);
        }
    }
    assert!(seen.signatures > 800 && seen.unread_bodies > 200 && seen.words > 200, "{seen:?}");
}

#[test]
fn every_slip_in_a_function_keeps_what_is_there() {
    let mut seen = Seen::default();
    for function in FUNCTIONS {
        for slip in SLIPS {
            for slipped in slips(tokens(function), slip) {
                seen.check_in_both(&slipped);
            }
        }
    }
    assert!(seen.signatures > 4000 && seen.unread_bodies > 1000 && seen.words > 1000, "{seen:?}");
}

/// What somebody has begun to type as a statement.
const HALF_TYPED: [&str; 12] = [
    "proxy.",
    "yield_!(proxy.)",
    "let",
    "let x =",
    "let x = yield_!(proxy.get()",
    "match yield_!(d) { Ok(",
    "if yield_!(d)?.",
    "return_value!(poem.",
    "for x in",
    "yield",
    "yield_!(a b)",
    "println!(\"{}\", yield_!(d)?.",
];

/// The text with its delimiters closed.
fn closed(text: &str) -> TokenStream {
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '(' => open.push(')'),
            '{' => open.push('}'),
            ')' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    tokens(&text.chars().chain(open.into_iter().rev()).collect::<String>())
}

#[test]
fn a_half_typed_statement_leaves_the_others_as_they_are() {
    let mut seen = Seen::default();
    for function in FUNCTIONS {
        let mut item: Vec<TokenTree> = tokens(function).into_iter().collect();
        let Some(TokenTree::Group(body)) = item.pop() else { panic!("a body") };
        let Code::Statements(statements) = Body::read(body).code else { panic!("statements") };
        for at in 0..=statements.len() {
            for half_typed in HALF_TYPED {
                let ((before, after), half_typed) = (statements.split_at(at), closed(half_typed));
                let head = item.iter();
                seen.check_in_both(&quote!(#(#head)* { #(#before)* #half_typed #(#after)* }));
            }
        }
    }
    assert!(seen.signatures > 500 && seen.unread_bodies > 200 && seen.words > 200, "{seen:?}");
}

/// The signatures of all functions in some items. Those in bodies may become tokens of a macro, where nobody looks.
#[derive(Default)]
struct Signatures(Vec<String>);

impl<'ast> Visit<'ast> for Signatures {
    fn visit_signature(&mut self, sig: &'ast Signature) {
        self.0.push(signature(sig));
    }

    fn visit_block(&mut self, _: &'ast Block) {}
}

impl Signatures {
    fn of(items: &File) -> Vec<String> {
        let mut found = Self::default();
        found.visit_file(items);
        found.0
    }
}

/// Whether what stands in `callbacks!` becomes what it is: items with the same signatures, or an expression.
pub(crate) fn check_form(form: &TokenStream) -> bool {
    let output = pipeline::callbacks(quote!((runtime) #form));
    let read = |tokens: TokenStream| syn::parse2::<File>(tokens);
    if let Ok(items) = read(form.clone())
        && !items.items.is_empty()
        && items.items.iter().all(|item| !matches!(item, syn::Item::Macro(call) if call.ident.is_none()))
    {
        let output = read(output.clone()).unwrap_or_else(|why| panic!("`{form}` becomes `{output}`, no items: {why}"));
        assert_eq!(Signatures::of(&output), Signatures::of(&items), "`{form}`");
        return true;
    }
    // What begins like a closure is read as one.
    let is_closure = matches!(form.to_string().split(' ').next(), Some("|" | "||" | "move" | "[" | "async"));
    let readable = if is_closure {
        syn::parse2::<Expr>(form.clone()).is_ok()
    } else {
        Block::parse_within.parse2(form.clone()).is_ok()
    };
    if readable {
        syn::parse2::<Expr>(output.clone()).unwrap_or_else(|why| panic!("`{form}` becomes `{output}`: {why}"));
        return true;
    }
    false
}

#[test]
fn every_prefix_and_every_slip_in_callbacks_keeps_what_it_is() {
    let mut readable = 0;
    for form in FORMS {
        let slipped = SLIPS.into_iter().flat_map(|slip| slips(tokens(form), slip));
        readable += prefixes(tokens(form)).into_iter().chain(slipped).filter(check_form).count();
    }
    assert!(readable > 500, "{readable}");
}

#[test]
fn a_half_typed_body_in_callbacks_keeps_the_other_items() {
    let half_typed = quote! {
        #[inline_callbacks]
        fn half(d: Deferred<u32>) -> Deferred<u32> { let x = yield d; x. }
        #[inline_callbacks]
        fn whole(d: Deferred<u32>) -> Deferred<u32> { let x = yield d; x }
        impl Client {
            fn method(self) -> Deferred<u32> { let x = }
        }
    };
    let output = pipeline::callbacks(quote!((runtime) #half_typed));
    let items = syn::parse2(output.clone()).unwrap_or_else(|why| panic!("{why}: {output}"));
    let d = "(Deferred < u32 >) -> Deferred < u32 >";
    assert_eq!(
        Signatures::of(&items),
        [format!("fn half {d}"), format!("fn whole {d}"), "fn method (self) -> Deferred < u32 >".to_owned()]
    );
    assert_eq!(output.to_string().matches("compile_error").count(), 2, "one message for each of two: {output}");
}

#[test]
fn a_keyword_behind_an_operand_is_a_syntax_error_and_nothing_else() {
    for operand in ["x . await", "x", "f (x)", "x [0]", "x ?", "1", "async move { x }", "async { x }"] {
        let body: TokenStream = format!("{operand} yield x + x . await + x . await").parse().expect("tokens");
        let output = pipeline::callbacks(quote! {
            (runtime)
            #[inline_callbacks]
            fn f(x: Deferred<u32>) -> Deferred<u32> { #body }
        });
        let output = output.to_string();
        assert!(!output.contains("__yield_keyword"), "{operand}: {output}");
        assert!(output.contains("compile_error"), "{operand}: {output}");
    }
}

#[test]
fn an_operand_that_never_gives_a_value_stands_alone_where_its_wait_was() {
    for operand in
        ["{ x ; return_value ! (x) }", "return Ok (1)", "loop { todo ! () }", "if a { panic ! () } else { return }"]
    {
        let body: TokenStream = format!("yield_ ! ({operand}) + - x").parse().expect("tokens");
        let item = quote!(
            fn f(a: bool, x: u32) -> Deferred<u32> {
                #body
            }
        );
        let output = pipeline::attribute(Kind::InlineCallbacks, &TokenStream::new(), item);
        assert!(syn::parse2::<File>(output.clone()).is_ok(), "{operand}: {output}");
        let output = output.to_string();
        assert!(output.contains(") + - x"), "the sum is one still: {output}");
    }
}
