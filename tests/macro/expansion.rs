//! The expansion as text. The stages behind the macro crate's door are compiled into this test.

#[path = "../../inline-callbacks-macro/src/borrow.rs"]
mod borrow;
#[path = "../../inline-callbacks-macro/src/callbacks.rs"]
mod callbacks;
#[path = "../../inline-callbacks-macro/src/check.rs"]
mod check;
#[path = "../../inline-callbacks-macro/src/ending.rs"]
mod ending;
#[path = "../../inline-callbacks-macro/src/ends.rs"]
mod ends;
#[path = "../../inline-callbacks-macro/src/expand.rs"]
mod expand;
#[path = "../../inline-callbacks-macro/src/fallback.rs"]
mod fallback;
#[path = "../../inline-callbacks-macro/src/keyword.rs"]
mod keyword;
#[path = "../../inline-callbacks-macro/src/kind.rs"]
mod kind;
#[path = "../../inline-callbacks-macro/src/known.rs"]
mod known;
#[path = "../../inline-callbacks-macro/src/misuse.rs"]
mod misuse;
#[path = "../../inline-callbacks-macro/src/parse.rs"]
mod parse;
#[path = "../../inline-callbacks-macro/src/pipeline.rs"]
mod pipeline;
#[path = "../../inline-callbacks-macro/src/plain.rs"]
mod plain;
#[path = "../../inline-callbacks-macro/src/remade.rs"]
mod remade;
#[path = "../../inline-callbacks-macro/src/report.rs"]
mod report;
#[path = "../../inline-callbacks-macro/src/returned.rs"]
mod returned;
#[path = "../../inline-callbacks-macro/src/rewrite.rs"]
mod rewrite;
#[path = "../../inline-callbacks-macro/src/rule.rs"]
mod rule;
#[path = "../../inline-callbacks-macro/src/span.rs"]
mod span;
#[path = "../../inline-callbacks-macro/src/uses.rs"]
mod uses;
#[path = "../../inline-callbacks-macro/src/warn.rs"]
mod warn;
#[path = "../../inline-callbacks-macro/src/written.rs"]
mod written;

mod editors;
mod random;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::kind::Kind;

fn printed(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("generated items parse"))
}

fn attribute(item: TokenStream) -> String {
    printed(pipeline::attribute(Kind::InlineCallbacks, &TokenStream::new(), item))
}

#[track_caller]
fn assert_same(actual: &str, expected: &str) {
    assert!(actual == expected, "it became:\n{actual}\ninstead of:\n{expected}");
}

/// `callbacks!` as its wrapper calls it, in a function, since a block or closure is no item.
fn in_callbacks(tokens: &TokenStream) -> String {
    let expanded = pipeline::callbacks(quote!((runtime) #tokens));
    printed(quote!(fn around() { #expanded }))
}

/// The whole text, once. What follows it in this file leaves out the local macro.
#[test]
fn of_a_function_is_this_text() {
    let actual = attribute(quote! {
        pub fn poem(address: u32, mut n: u32) -> Deferred<String> {
            n += yield_!(get(address))?;
            println!("{}", yield_!(get(n))?);
            match yield_!(transform(n)) {
                Ok(poem) => return_value!(poem),
                Err(why) => return Err(why),
            }
        }
    });
    assert_same(&actual, include_str!("poem.expanded.txt"));
}

#[test]
fn of_a_unit_function_fills_in_its_ends() {
    let shadow = expand::shadow();
    let actual = attribute(quote! {
        fn log(self: Rc<Self>, _ignored: u32) -> Deferred<()> {
            if yield_!(self.get())? == 0 {
                return;
            }
            println!("not zero");
        }
    });
    let expected = printed(quote! {
        fn log(self: Rc<Self>, _ignored: u32) -> Deferred<()> {
            #shadow
            let __driver = <Deferred<()>>::__inline_callbacks_must_return_a_Deferred();
            __driver.run_named("self, _ignored", async move {
                if false { return __driver.pin(); }
                let _ = &self;
                #[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]
                let _ignored = _ignored;
                if true {
                    if { yield_!(@future self.get()) }.await? == 0 {
                        return ::core::result::Result::Ok(());
                    }
                    println!("not zero");
                }
                ::core::result::Result::Ok(())
            })
        }
    });
    assert_same(&actual, &expected);
}

#[test]
fn of_an_unknown_tail_asks_its_type() {
    let shadow = expand::shadow();
    let actual = attribute(quote!(
        fn end() -> Deferred<()> {
            yield_!(tail())
        }
    ));
    let driver = Ident::new("__driver", Span::call_site());
    let end = ends::with_tail(&quote!({ yield_!(@future tail()) }.await), Span::call_site(), &driver);
    let expected = printed(quote! {
        fn end() -> Deferred<()> {
            #shadow
            let __driver = <Deferred<()>>::__inline_callbacks_must_return_a_Deferred();
            __driver.run(async move {
                if false { return __driver.pin(); }
                #end
            })
        }
    });
    assert_same(&actual, &expected);
}

#[test]
fn of_a_block_infers_its_result() {
    let shadow = expand::shadow();
    let actual = in_callbacks(&quote!(let x = yield get(); Ok(x? + 1)));
    let expected = printed(quote! {
        fn around() {{
            #shadow
            let __driver = runtime::__private::inferred_driver();
            __driver.run(async move {
                if false { return __driver.pin(); }
                {
                    use runtime::yield_ as keyword_yield;
                    let x = { keyword_yield!(@future get()) }.await;
                    Ok(x? + 1)
                }
            })
        }}
    });
    assert_same(&actual, &expected);
}

#[test]
fn of_a_closure_clones_its_captures_for_each_call() {
    let shadow = expand::shadow();
    let actual = in_callbacks(&quote!([proxy] move |host: String| Ok(proxy.get(host))));
    let expected = printed(quote! {
        fn around() {
            move |host: String| {
                let proxy = ::core::clone::Clone::clone(&proxy);
                #shadow
                let __driver = runtime::__private::inferred_driver();
                __driver.run(async move {
                    if false { return __driver.pin(); }
                    let host = host;
                    Ok(proxy.get(host))
                })
            }
        }
    });
    assert_same(&actual, &expected);
}

/// The whole text of a generator.
#[test]
fn of_a_generator_hands_out_and_goes_on() {
    let actual = printed(pipeline::attribute(
        Kind::Generator,
        &TokenStream::new(),
        quote! {
            fn down(mut n: u32) -> Generator<u32> {
                while n > 0 {
                    yield_!(n);
                    println!("{:?}", yield_!(0));
                    n -= 1;
                }
            }
        },
    ));
    let expected = printed(quote! {
        fn down(n: u32) -> Generator<u32> {
            let __generator = <Generator<u32>>::__generator_must_return_a_Generator();
            let __hand = __generator.__hand();
            macro_rules! compile_error {
                ($c:tt :: __outside_yield! { $y:tt :: yield_!(@future $($operand:tt)*) $($wait:tt)* }) => {
                    $y::yield_!(@hand_out __hand $($operand)*) $($wait)*
                };
                ($c:tt :: __outside_return! { $($inside:tt)* }) => { $c::return_value_in_generator! { $($inside)* } };
                ($($t:tt)*) => { ::core::compile_error!($($t)*) };
            }
            __generator.make(async move {
                if false { return __hand.__pin(); }
                let mut n = n;
                while n > 0 {
                    { yield_!(@hand_out __hand n) }.await;
                    println!("{:?}", yield_!(0));
                    n -= 1;
                }
            })
        }
    });
    assert_same(&actual, &expected);
}

#[test]
fn of_items_only_rewrites_the_keyword() {
    let actual = printed(pipeline::callbacks(quote! {
        (runtime)
        #[inline_callbacks]
        fn f(d: Deferred<u32>) -> Deferred<u32> {
            let x = (yield d)?;
            return_value!(yield_!(x))
        }
    }));
    let expected = printed(quote! {
        #[inline_callbacks]
        fn f(d: Deferred<u32>) -> Deferred<u32> {
            use runtime::yield_ as keyword_yield;
            let x = keyword_yield!(d)?;
            return_value!(yield_!(x))
        }
    });
    assert_same(&actual, &expected);
}

#[test]
fn of_a_body_that_does_not_parse_hands_on_its_tokens() {
    let tokens = pipeline::attribute(
        Kind::InlineCallbacks,
        &TokenStream::new(),
        quote!(fn f() -> Deferred<u32> { let x = ; yield_!(x.) }),
    );
    let text = tokens.to_string();
    assert!(text.contains("let x = ; yield_ ! (x .)"), "{text}");
    assert!(text.contains("__driver . run"), "{text}");
}

#[test]
fn never_loses_an_item_or_panics() {
    let items = [
        quote!(
            struct Poem;
        ),
        quote!(
            fn f();
        ),
        quote!(fn f(x) {}),
        quote!(fn),
        quote!(),
        quote!(const fn),
        quote!(
            pub(crate) unsafe extern "C" fn f<'a>(&'a self, ref x: &str, ...) -> impl Trait {
                yield
            }
        ),
        quote!(|x| yield_!(x)),
        quote!(let x = 1;),
        quote!(yield_! {}),
        quote!(
            fn main() {
                #![allow(x)]
            }
        ),
        quote!(
            fn f(_: u32, (A(x) | B(x)): C) -> Deferred {
                yield_!(,);
                yield_!(a,);
                yield_!(@future x);
                return_value!(;)
            }
        ),
    ];
    for item in items {
        for (kind, token) in
            Kind::ALL.into_iter().flat_map(|kind| item.clone().into_iter().map(move |token| (kind, token)))
        {
            let text = pipeline::attribute(kind, &TokenStream::new(), item.clone()).to_string();
            if let proc_macro2::TokenTree::Ident(name) = token
                && !["const", "unsafe", "extern"].contains(&name.to_string().as_str())
            {
                assert!(text.contains(&name.to_string()), "{name} of `{item}` is lost in `{text}`");
            }
        }
        let _ = pipeline::callbacks(item.clone());
        let _ = pipeline::callbacks(quote!((runtime) #item));
        for kind in Kind::ALL {
            let _ = pipeline::attribute(kind, &quote!(option), item.clone());
        }
    }
}

#[test]
fn of_a_refused_function_keeps_its_signature() {
    let text = attribute(quote! {
        pub async fn f<T: Clone>(&self, name: &str) -> Deferred<T> where T: Copy { body(name) }
    });
    assert!(text.starts_with("pub fn f<T: Clone>(&self, name: &str) -> Deferred<T>\nwhere\n    T: Copy,"), "{text}");
    assert!(text.contains("body(name)"), "{text}");
    assert_eq!(text.matches("help: ").count(), 3, "{text}");
}

/// A program of the examples without what is said at its top, and with marked functions expanded.
fn program(text: &str) -> String {
    let mut file = syn::parse_file(text).expect("the examples parse");
    file.attrs.clear();
    for item in &mut file.items {
        let syn::Item::Fn(function) = item else {
            continue;
        };
        let before = function.attrs.len();
        function.attrs.retain(|attribute| !attribute.path().is_ident("inline_callbacks"));
        if function.attrs.len() < before {
            *item = syn::parse2(pipeline::attribute(Kind::InlineCallbacks, &TokenStream::new(), quote!(#function)))
                .expect("an item");
        }
    }
    prettyplease::unparse(&file)
}

#[test]
fn of_the_written_example_is_the_expanded_example() {
    let written = program(include_str!("../../examples/written.rs"));
    assert_same(&written, &program(include_str!("../../examples/expanded.rs")));
}

/// Every name that an argument binds goes along with the call, in order; a function without arguments has none to tell.
#[test]
fn of_arguments_hands_their_names_over() {
    let handed_over = |item: TokenStream| {
        let text = attribute(item);
        let call = text.split(".run").nth(1).expect("a call of the driver").trim_start_matches("_named(").trim_start();
        call.split('"').nth(1).filter(|_| call.starts_with('"')).map(str::to_owned)
    };
    let body = quote!({
        yield_!(d)?;
        Ok(1)
    });
    let names = handed_over(
        quote!(fn f(self: Rc<Self>, (mut a, [b, ..]): (u8, [u8; 3]), _: u8, r#type: u8, _c: u8) -> Deferred<u8> #body),
    );
    assert_eq!(names.as_deref(), Some("self, a, b, type, _c"));
    assert_eq!(handed_over(quote!(fn f() -> Deferred<u8> #body)), None);
    assert_eq!(handed_over(quote!(fn f(_: u8) -> Deferred<u8> #body)), None);
}
