//! Everything that the macros accept, compiled with every lint that generated code could offend.

#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, unreachable_pub, single_use_lifetimes)]
#![deny(unused, rust_2018_idioms, let_underscore_drop, keyword_idents_2018)]
#![forbid(unsafe_code, unused_must_use)]
// What the tests write themselves, to be short or because it is the thing to be tested.
#![allow(clippy::needless_question_mark, clippy::useless_vec, clippy::while_let_on_iterator, clippy::never_loop)]
#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_lossless,
    clippy::missing_const_for_fn
)]

use std::cell::RefCell;
use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use inline_callbacks::prelude::*;
use inline_callbacks::testing::{failure_result_of, success_result_of};
use inline_callbacks::{fail, succeed};

fn no<T>() -> Deferred<T> {
    fail(std::io::Error::other("no"))
}

mod functions {
    use super::*;

    /// Documentation stays.
    #[inline_callbacks]
    fn poem(address: u32, mut n: u32) -> Deferred<String> {
        n += yield_!(succeed(address))?;
        println!("{}", yield_!(succeed(n))?);
        match yield_!(succeed(n.to_string())) {
            Ok(poem) => return_value!(poem),
            Err(why) => return Err(why),
        }
    }

    #[inline_callbacks]
    fn one_expression(d: Deferred<u32>) -> Deferred<u32> {
        Ok(yield_!(d)? + 1)
    }

    #[inline_callbacks]
    fn constants_and_patterns<const N: usize>((a, mut b): (u32, u32), [first, _]: [u32; 2]) -> Deferred<usize> {
        b += yield_!(a);
        Ok((b + first) as usize + N)
    }

    #[inline_callbacks]
    fn impl_trait(value: impl Debug + 'static, f: impl Fn(&u32) -> u32 + 'static) -> Deferred<String> {
        let n = yield_!(f(&1));
        Ok(format!("{value:?}{n}"))
    }

    #[inline_callbacks]
    fn generic<T>(values: Vec<T>) -> Deferred<Option<T>>
    where
        T: Clone + 'static,
    {
        if let Some(value) = values.first() {
            let value = yield_!(succeed(value.clone()))?;
            return_value!(Some(value));
        }
        return_value!(None)
    }

    #[inline_callbacks]
    fn unused_with_underscore(_ignored: u32, _: u32) -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[inline_callbacks]
    fn attributes_on_arguments(
        #[cfg(test)] a: u32,
        #[cfg(not(test))] b: u32,
        #[allow(unused_variables)] c: u32,
    ) -> Deferred<u32> {
        Ok(yield_!(a))
    }

    #[inline_callbacks]
    fn inner_attribute() -> Deferred<u32> {
        #![allow(unused_variables)]
        let never_read = yield_!(1);
        Ok(2)
    }

    #[inline_callbacks]
    fn items_in_the_body() -> Deferred<u32> {
        const ONE: u32 = 1;

        #[inline_callbacks]
        fn inner(d: Deferred<u32>) -> Deferred<u32> {
            Ok(yield_!(d)? + ONE)
        }
        Ok(yield_!(inner(succeed(1)))?)
    }

    #[inline_callbacks]
    fn nested_yields() -> Deferred<u32> {
        Ok(yield_!(succeed(yield_!(succeed(1))? + yield_!(2)))?)
    }

    #[inline_callbacks]
    fn everywhere_in_expressions(ds: Vec<Deferred<u32>>) -> Deferred<i64> {
        let mut sum = 0;
        let mut ds = ds.into_iter();
        'outer: while let Some(d) = ds.next() {
            let Ok(n) = yield_!(d) else { continue 'outer };
            sum += i64::from(n);
            if yield_!(succeed(n))? == 3 {
                break 'outer;
            }
        }
        sum = -yield_!(succeed(sum))?;
        match yield_!(succeed(1))? {
            1 if yield_!(true) => sum -= yield_!(succeed(1_u8))? as i64,
            _ => (),
        }
        let array = [yield_!(succeed(1))?, yield_![2], yield_! { 3 }];
        yield_!(succeed(()))?;
        Ok(sum - array.len() as i64)
    }

    #[inline_callbacks]
    fn method_chains() -> Deferred<()> {
        yield_!(succeed(vec![2, 1]))?.sort_unstable();
        assert_eq!(yield_!(succeed("a"))?.len(), 1);
        yield_!(succeed(()))
    }

    #[inline_callbacks]
    fn other_futures(boxed: Box<dyn std::future::Future<Output = u32>>) -> Deferred<u32> {
        let mut d = succeed(1);
        let by_reference = yield_!(&mut d)?;
        let plain = async { 2 }.await;
        let block = async { Ok::<_, Failure>(yield_!(succeed(3))?) };
        Ok(yield_!(boxed) + by_reference + plain + block.await? + succeed(1).await?)
    }

    #[inline_callbacks]
    fn operand_is_let_go(cell: Rc<RefCell<u32>>) -> Deferred<u32> {
        let touching = Rc::clone(&cell);
        let touched = callbacks! { *touching.borrow_mut() += 1; };
        Ok(yield_!(succeed(*cell.borrow()))? + u32::from(yield_!(touched).is_ok()))
    }

    #[inline_callbacks]
    #[must_use = "because"]
    #[inline]
    #[allow(clippy::unused_unit)]
    #[cfg_attr(test, track_caller)]
    fn other_attributes() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[inline_callbacks]
    fn attributes_on_statements(d: Deferred<u32>) -> Deferred<u32> {
        #[cfg(any())]
        yield_!(this_is_not_there)?;
        #[cfg(test)]
        let n = yield_!(d)?;
        #[allow(clippy::let_unit_value)]
        yield_!(succeed(n))?;
        Ok(n)
    }

    #[inline_callbacks]
    fn hidden_result() -> Deferred<impl Debug> {
        Ok(yield_!(1))
    }

    #[inline_callbacks]
    fn fails(early: bool) -> Deferred<u32> {
        if early {
            return Err(std::io::Error::other("early").into());
        }
        let n: u32 = yield_!(no())?;
        Ok(n)
    }

    #[test]
    fn give_their_results() {
        assert_eq!(success_result_of(poem(1, 2)), "3");
        assert_eq!(success_result_of(one_expression(succeed(1))), 2);
        assert_eq!(success_result_of(constants_and_patterns::<4>((1, 2), [3, 4])), 10);
        assert_eq!(success_result_of(impl_trait('x', |n| n + 1)), "'x'2");
        assert_eq!(success_result_of(generic(vec!["a"])), Some("a"));
        assert_eq!(success_result_of(generic::<u8>(vec![])), None);
        assert_eq!(success_result_of(unused_with_underscore(1, 2)), 1);
        assert_eq!(success_result_of(attributes_on_arguments(1, 2)), 1);
        assert_eq!(success_result_of(inner_attribute()), 2);
        assert_eq!(success_result_of(items_in_the_body()), 2);
        assert_eq!(success_result_of(nested_yields()), 3);
        assert_eq!(success_result_of(everywhere_in_expressions(vec![succeed(1), no(), succeed(3), succeed(4)])), -8);
        success_result_of(method_chains());
        assert_eq!(success_result_of(other_futures(Box::new(async { 10 }))), 17);
        assert_eq!(success_result_of(operand_is_let_go(Rc::new(RefCell::new(1)))), 3);
        assert_eq!(success_result_of(other_attributes()), 1);
        assert_eq!(success_result_of(attributes_on_statements(succeed(1))), 1);
        assert_eq!(format!("{:?}", success_result_of(hidden_result())), "1");
        assert_eq!(failure_result_of(fails(true)).to_string(), "early");
        assert_eq!(failure_result_of(fails(false)).to_string(), "no");
    }
}

mod ends {
    use super::*;

    type Done = Deferred<()>;

    fn unit() {}

    fn diverge() -> ! {
        panic!("diverged")
    }

    #[inline_callbacks]
    fn empty() -> Deferred<()> {}

    #[inline_callbacks]
    fn falls_off(d: Deferred<u32>) -> Deferred<()> {
        yield_!(d)?;
    }

    #[inline_callbacks]
    fn alias(d: Deferred<u32>) -> Done {
        yield_!(d)?;
    }

    #[inline_callbacks]
    fn bare_return(d: Deferred<u32>) -> Deferred<()> {
        if yield_!(d)? == 1 {
            return;
        }
        panic!("it is 1");
    }

    #[inline_callbacks]
    fn returns_unit(d: Deferred<u32>) -> Deferred<()> {
        if yield_!(d)? == 1 {
            return_value!();
        }
        return_value!(())
    }

    #[inline_callbacks]
    fn tail_of_type_unit(d: Deferred<u32>) -> Deferred<()> {
        yield_!(d)?;
        unit()
    }

    #[inline_callbacks]
    fn tail_is_a_result(d: Deferred<()>) -> Deferred<()> {
        yield_!(d)
    }

    #[inline_callbacks]
    fn tail_is_ok(d: Deferred<()>) -> Deferred<()> {
        yield_!(d)?;
        Ok(())
    }

    #[inline_callbacks]
    fn tail_is_a_match(d: Deferred<u32>) -> Deferred<()> {
        match yield_!(d) {
            Ok(_) => Ok(()),
            Err(why) => Err(why),
        }
    }

    #[inline_callbacks]
    fn tail_is_an_if(d: Deferred<u32>) -> Deferred<()> {
        if yield_!(d)? == 1 {
            println!("one");
        }
    }

    #[inline_callbacks]
    fn tail_is_a_loop(ds: Vec<Deferred<u32>>) -> Deferred<()> {
        for d in ds {
            yield_!(d)?;
        }
    }

    #[inline_callbacks]
    fn tail_never_ends(d: Deferred<u32>) -> Deferred<()> {
        if yield_!(d)? == 1 {
            return Ok(());
        }
        diverge()
    }

    #[inline_callbacks]
    fn loops_for_ever(d: Deferred<u32>) -> Deferred<u32> {
        yield_!(d)?;
        loop {
            return_value!(1);
        }
    }

    #[inline_callbacks]
    fn every_arm_returns(d: Deferred<u32>) -> Deferred<u32> {
        match yield_!(d) {
            Ok(n) => return_value!(n),
            Err(_) => return_value!(0),
        }
    }

    #[inline_callbacks]
    fn returns_at_its_end(d: Deferred<u32>) -> Deferred<u32> {
        let n = yield_!(d)?;
        return_value!(n);
    }

    #[inline_callbacks]
    fn not_written_yet() -> Deferred<u32> {
        unimplemented!()
    }

    #[test]
    fn are_all_understood() {
        success_result_of(empty());
        success_result_of(falls_off(succeed(1)));
        success_result_of(alias(succeed(1)));
        success_result_of(bare_return(succeed(1)));
        success_result_of(returns_unit(succeed(1)));
        success_result_of(tail_of_type_unit(succeed(1)));
        success_result_of(tail_is_a_result(succeed(())));
        success_result_of(tail_is_ok(succeed(())));
        success_result_of(tail_is_a_match(succeed(1)));
        success_result_of(tail_is_an_if(succeed(1)));
        success_result_of(tail_is_a_loop(vec![succeed(1)]));
        success_result_of(tail_never_ends(succeed(1)));
        assert_eq!(success_result_of(loops_for_ever(succeed(1))), 1);
        assert_eq!(success_result_of(every_arm_returns(no())), 0);
        assert_eq!(success_result_of(returns_at_its_end(succeed(1))), 1);
        let _ = not_written_yet;
    }
}

mod methods {
    use super::*;

    trait Fetch {
        fn fetch(self: Rc<Self>, port: u32) -> Deferred<u32>;

        #[inline_callbacks]
        fn provided(self) -> Deferred<Self>
        where
            Self: Sized + 'static,
        {
            Ok(yield_!(self))
        }
    }

    struct Client {
        port: u32,
    }

    impl Client {
        #[inline_callbacks]
        fn by_value(self) -> Deferred<u32> {
            Ok(yield_!(succeed(self.port))?)
        }

        #[inline_callbacks]
        fn by_mut_value(mut self) -> Deferred<Self> {
            self.port += yield_!(succeed(1))?;
            Ok(self)
        }

        #[inline_callbacks]
        fn by_rc<T: Clone + 'static>(self: Rc<Self>, value: T) -> Deferred<(T, u32)> {
            let value = yield_!(value);
            return_value!((value, self.port))
        }

        #[inline_callbacks]
        fn by_arc(self: Arc<Self>) -> Deferred<u32> {
            Ok(yield_!(self.port))
        }

        #[inline_callbacks]
        fn by_pin(self: Pin<Box<Self>>) -> Deferred<u32> {
            Ok(yield_!(self.port))
        }

        #[inline_callbacks]
        fn unused_self(self: Rc<Self>) -> Deferred<()> {}

        #[inline_callbacks]
        fn without_self(port: u32) -> Deferred<Self> {
            Ok(Self { port: yield_!(port) })
        }
    }

    impl Fetch for Client {
        #[inline_callbacks]
        fn fetch(self: Rc<Self>, port: u32) -> Deferred<u32> {
            Ok(self.port + yield_!(succeed(port))?)
        }
    }

    #[test]
    fn own_their_receiver() {
        let client = || Client { port: 1 };
        assert_eq!(success_result_of(client().by_value()), 1);
        assert_eq!(success_result_of(client().by_mut_value()).port, 2);
        assert_eq!(success_result_of(Rc::new(client()).by_rc("x")), ("x", 1));
        assert_eq!(success_result_of(Arc::new(client()).by_arc()), 1);
        assert_eq!(success_result_of(Box::pin(client()).by_pin()), 1);
        let kept = Rc::new(client());
        success_result_of(Rc::clone(&kept).unused_self());
        assert_eq!(Rc::strong_count(&kept), 1);
        assert_eq!(success_result_of(kept.fetch(2)), 3);
        assert_eq!(success_result_of(Client::without_self(4)).port, 4);
        assert_eq!(success_result_of(client().provided()).port, 1);
    }
}

mod other_macros {
    use super::*;

    macro_rules! twice {
        ($operand:expr) => {
            yield_!($operand)? + yield_!($operand)?
        };
    }

    macro_rules! function {
        ($name:ident($argument:ident), $ty:ty, $operand:expr, $body:block) => {
            #[inline_callbacks]
            fn $name($argument: u32) -> $ty $body

            mod $name {
                use super::*;

                #[inline_callbacks]
                pub(super) fn with_tokens(argument: u32) -> $ty {
                    let _ = argument;
                    Ok(yield_!($operand)?)
                }
            }
        };
    }

    function!(made(n), Deferred<u32>, succeed(1), { Ok(yield_!(succeed(n))? + 1) });

    #[inline_callbacks]
    fn takes_them() -> Deferred<u32> {
        let list = vec![yield_!(succeed(1))?, yield_!(2)];
        assert_eq!(yield_!(succeed(1))?, list[0], "{}", yield_!(succeed("why"))?);
        assert!(matches!(yield_!(succeed(Some(1)))?, Some(1)));
        println!("{first} {}", format!("{}", yield_!(1)), first = yield_!(succeed(1))?);
        Ok(twice!(succeed(list[1])))
    }

    #[inline_callbacks]
    fn by_other_names() -> Deferred<u32> {
        use inline_callbacks::{return_value as give, yield_ as wait};
        let one = inline_callbacks::yield_!(succeed(1))?;
        let two = wait!(succeed(2))?;
        give!(one + two)
    }

    #[test]
    fn and_this_one_get_on() {
        assert_eq!(success_result_of(takes_them()), 4);
        assert_eq!(success_result_of(by_other_names()), 3);
        assert_eq!(success_result_of(made(1)), 2);
        assert_eq!(success_result_of(made::with_tokens(1)), 1);
    }
}

mod keyword {
    use super::*;

    callbacks! {
        /// Documentation stays.
        #[inline_callbacks]
        fn function(d: Deferred<u32>) -> Deferred<u32> {
            let Ok(a) = yield d else { return_value!(7) };
            match yield succeed(a) {
                Ok(n) => println!("{n} {}", (yield succeed(n))?),
                Err(why) => return Err(why),
            }
            let list = vec![(yield succeed(1))?, yield 2];
            Ok(a + list.len() as u32 + yield_!(succeed(1))?)
        }

        struct Client;

        impl Client {
            #[inline_callbacks]
            fn method(self: Rc<Self>) -> Deferred<u32> {
                let n = yield succeed(1);
                Ok(n?)
            }
        }

        mod inside {
            use super::*;

            #[inline_callbacks]
            pub(super) fn function(d: Deferred<u32>) -> Deferred<()> {
                (yield d)?;
            }
        }
    }

    #[test]
    fn works_in_items() {
        assert_eq!(success_result_of(function(succeed(1))), 4);
        assert_eq!(success_result_of(function(no())), 7);
        assert_eq!(success_result_of(Rc::new(Client).method()), 1);
        success_result_of(inside::function(succeed(1)));
    }

    #[test]
    fn works_in_blocks() {
        let block: Deferred<u32> = callbacks! {
            let x = yield succeed(1);
            Ok(x? + 1)
        };
        assert_eq!(success_result_of(block), 2);
        let by_inference = callbacks! {
            if (yield succeed(1))? == 2 {
                return_value!("two");
            }
            return_value!(yield_!(succeed("one"))?);
        };
        assert_eq!(success_result_of(by_inference), "one");
        let () = success_result_of(callbacks! {
            #![allow(unused_variables)]
            let n = succeed(1).await?;
        });
        let () = success_result_of(callbacks! {});
        let fails = callbacks! {
            let n: u32 = (yield no())?;
            Ok(n)
        };
        assert_eq!(failure_result_of(fails).to_string(), "no");
        let with_inner = callbacks! {
            #[inline_callbacks]
            fn inner(d: Deferred<u32>) -> Deferred<u32> {
                Ok((yield d)?)
            }
            Ok((yield inner(succeed(1)))?)
        };
        assert_eq!(success_result_of(with_inner), 1);
    }

    #[test]
    fn works_in_closures() {
        let kept = Rc::new(String::from("abc"));
        let cloning = callbacks!([kept] move |n: u32| {
            let n = (yield succeed(n))?;
            Ok(format!("{kept}{n}"))
        });
        assert_eq!(success_result_of(cloning(1)), "abc1");
        assert_eq!(success_result_of(cloning(2)), "abc2");
        let written = callbacks!(|a: u32, (b, mut c): (u32, u32)| -> Deferred<()> {
            c += (yield succeed(a + b))?;
            assert_eq!(c, 6);
        });
        success_result_of(written(1, (2, 3)));
        let expression = callbacks!(|n| Ok(yield_!(succeed(n))? + 1_u32));
        assert_eq!(success_result_of(expression(1)), 2);
        let kept = Rc::new(String::from("abc"));
        let changed = callbacks!([mut kept] |c: char| {
            Rc::make_mut(&mut kept).push((yield succeed(c))?);
            Ok(kept)
        });
        assert_eq!(*success_result_of(changed('d')), "abcd");
        let of_none = Some(1_u32).map(callbacks!(|n| Ok(yield n)));
        assert_eq!(of_none.map(success_result_of), Some(1));
    }
}

mod places {
    use super::*;

    /// Whoever waits for it learns from where.
    struct Here;

    impl std::future::IntoFuture for Here {
        type Output = u32;
        type IntoFuture = std::future::Ready<u32>;

        #[track_caller]
        fn into_future(self) -> Self::IntoFuture {
            std::future::ready(std::panic::Location::caller().line())
        }
    }

    #[rustfmt::skip]
    #[inline_callbacks]
    fn function() -> Deferred<Vec<u32>> {
        let mut lines = vec![line!()];
        lines.push(yield_!(Here));
        lines.push(Here.await);
        lines.extend(vec![
            0,
            yield_!(Here),
        ]);
        Ok(lines)
    }

    #[test]
    fn are_the_users_own_lines() {
        let lines = success_result_of(function());
        let start = lines[0];
        assert_eq!(lines, [start, start + 1, start + 2, 0, start + 5]);
        let lines = success_result_of(callbacks! {
            let start = line!();
            let first = yield Here;
            let second = vec![
                yield Here,
            ];
            Ok((first - start, second[0] - start))
        });
        assert_eq!(lines, (1, 3));
    }
}

mod generators {
    use super::*;

    /// Documentation stays.
    #[generator]
    fn down(mut n: u32, step: u32) -> Generator<u32> {
        while n >= step {
            yield_!(n);
            n -= step;
        }
    }

    #[generator]
    fn one_expression(value: u32) -> Generator<u32> {
        yield_!(value)
    }

    #[generator]
    fn empty() -> Generator<String> {}

    #[generator]
    fn without_end() -> Generator<u32> {
        let mut n = 0;
        loop {
            yield_!(n);
            n += 1;
        }
    }

    #[generator]
    fn generic<T, const N: usize>(values: [T; N], f: impl Fn(&T) -> T + 'static) -> Generator<T> {
        for value in values {
            yield_!(f(&value));
            yield_!(value);
        }
    }

    #[generator]
    fn coerces() -> Generator<Box<dyn Debug>, Option<Rc<dyn Debug>>> {
        let sent = yield_!(Box::new(1));
        yield_!(Box::new(format!("{sent:?}")));
    }

    #[generator]
    fn early((first, _): (u32, u32), _ignored: u32, _: u32) -> Generator<u32> {
        #![allow(unused_variables)]
        let never_read = yield_!(first);
        if first == 1 {
            return;
        }
        yield_!(2);
    }

    #[generator]
    fn everywhere() -> Generator<u32, Result<u32, Failure>> {
        'outer: while let Ok(n) = yield_!(1) {
            let Ok(m) = yield_![2] else { continue 'outer };
            match yield_! { 3 } {
                Ok(3) if n == m => break 'outer,
                Ok(_) | Err(_) => (),
            }
        }
    }

    #[generator]
    fn items_in_the_body() -> Generator<u32> {
        const ONE: u32 = 1;

        #[generator]
        fn inner() -> Generator<u32> {
            yield_!(ONE);
        }
        #[inline_callbacks]
        fn waiting(d: Deferred<u32>) -> Deferred<u32> {
            return_value!(yield_!(d)? + ONE)
        }
        let of_a_closure = |n: u32| n.checked_sub(1).map(|n| (0..=n).sum::<u32>() / 2 - 1);
        for n in inner() {
            yield_!(n);
        }
        yield_!(success_result_of(waiting(succeed(1))));
        yield_!(success_result_of(callbacks! { Ok(yield succeed(3).await?) }));
        yield_!(of_a_closure(5).unwrap_or_default());
    }

    #[generator]
    fn futures() -> Generator<Pin<Box<dyn Future<Output = bool>>>> {
        yield_!(Box::pin(async { succeed(1).await.is_ok() }));
    }

    struct Tree(Vec<u32>);

    trait Leaves {
        fn leaves(self: Rc<Self>) -> Generator<u32>;
    }

    impl Leaves for Tree {
        #[generator]
        fn leaves(self: Rc<Self>) -> Generator<u32> {
            for leaf in &self.0 {
                yield_!(*leaf);
            }
        }
    }

    type Numbers = Generator<u32>;

    macro_rules! made {
        ($name:ident, $returned:ty, $body:block) => {
            #[generator]
            fn $name() -> $returned $body
        };
    }
    made!(by_macro, Numbers, { yield_!(1) });

    callbacks! {
        #[generator]
        fn keyword() -> Generator<u32, u32> {
            let sent = (yield 1) + yield 2;
            match (yield sent) {
                0 => return,
                n if n == yield 4 => (),
                _ => println!("{}", yield 5),
            }
            yield 6;
        }

        impl Tree {
            #[generator]
            fn first(self) -> Generator<u32> {
                for leaf in self.0 {
                    yield leaf;
                }
            }
        }
    }

    #[test]
    fn hand_out_what_they_say() {
        assert_eq!(down(7, 3).collect::<Vec<_>>(), [7, 4]);
        assert_eq!(one_expression(1).chain(by_macro()).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(empty().next(), None);
        assert_eq!(without_end().take(3).sum::<u32>(), 3);
        assert_eq!(generic([1, 2], |n| n * 10).collect::<Vec<_>>(), [10, 1, 20, 2]);
        assert_eq!(early((1, 2), 3, 4).count() + early((2, 2), 3, 4).count(), 3);
        assert_eq!(items_in_the_body().collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(Rc::new(Tree(vec![1, 2])).leaves().chain(Tree(vec![3]).first()).sum::<u32>(), 6);
        assert_eq!(futures().map(Deferred::from_future).map(success_result_of).count(), 1);
    }

    #[test]
    fn take_what_is_sent() {
        let mut coercing = coerces();
        assert_eq!(format!("{:?} {:?}", coercing.next(), coercing.send(Some(Rc::new(2)))), "Some(1) Some(\"Some(2)\")");
        let mut everywhere = everywhere();
        let mut got = vec![everywhere.next()];
        for sent in [4, 4, 3] {
            got.push(everywhere.send(Ok(sent)));
        }
        assert_eq!(got, [Some(1), Some(2), Some(3), None]);
        let mut keyword = keyword();
        let mut got = vec![keyword.next()];
        for sent in [10, 20, 7, 7, 0] {
            got.push(keyword.send(sent));
        }
        assert_eq!(got, [Some(1), Some(2), Some(30), Some(4), Some(6), None]);
    }
}

mod tests_themselves {
    use super::*;

    #[test]
    #[inline_callbacks]
    fn with_the_attribute_below() -> Deferred<()> {
        assert_eq!(yield_!(succeed(1))?, 1);
    }

    #[inline_callbacks]
    #[test]
    fn with_the_attribute_above() -> Deferred<()> {
        assert_eq!(yield_!(succeed(1))?, 1);
    }
}

/// Lints about what the user wrote are not lost on the way. An expectation that nothing fulfils is a warning, which is denied here;
/// those of clippy are judged when clippy runs.
mod lints_of_the_users_own {
    use super::*;

    #[expect(unused_variables)]
    #[inline_callbacks]
    fn unused_argument(d: Deferred<u32>, unused: u32) -> Deferred<u32> {
        Ok(yield_!(d)?)
    }

    #[inline_callbacks]
    fn unused_local(d: Deferred<u32>) -> Deferred<u32> {
        #[expect(unused_variables)]
        let unused = yield_!(d)?;
        Ok(1)
    }

    #[expect(unused_mut)]
    #[inline_callbacks]
    fn needless_mut(mut d: Deferred<u32>) -> Deferred<u32> {
        Ok(yield_!(d)?)
    }

    #[expect(unreachable_code)]
    #[inline_callbacks]
    fn after_the_end(d: Deferred<u32>) -> Deferred<u32> {
        return_value!(yield_!(d)?);
        println!("never");
    }

    #[expect(deprecated)]
    #[inline_callbacks]
    fn never_waits() -> Deferred<u32> {
        Ok(1)
    }

    #[expect(deprecated)]
    #[generator]
    fn never_yields() -> Generator<u32> {
        println!("no number");
    }

    #[expect(clippy::await_holding_refcell_ref)]
    #[inline_callbacks]
    fn guard_held_over_a_wait(cell: Rc<RefCell<u32>>) -> Deferred<u32> {
        let guard = cell.borrow();
        let n = yield_!(succeed(*guard))?;
        Ok(n + *guard)
    }

    #[test]
    fn lints_of_the_users_own_code_still_fire() {
        assert_eq!(success_result_of(unused_argument(succeed(1), 2)), 1);
        assert_eq!(success_result_of(unused_local(succeed(1))), 1);
        assert_eq!(success_result_of(needless_mut(succeed(1))), 1);
        assert_eq!(success_result_of(after_the_end(succeed(1))), 1);
        assert_eq!(success_result_of(never_waits()), 1);
        assert_eq!(never_yields().next(), None);
        assert_eq!(success_result_of(guard_held_over_a_wait(Rc::default())), 0);
    }

    #[inline_callbacks]
    fn todo_is_no_wait(is_done: bool) -> Deferred<u32> {
        let n: u32 = if is_done { yield_!(panic!("it never comes to the wait")) } else { yield_!(1) };
        Ok(n)
    }

    #[test]
    fn a_wait_for_what_never_comes_needs_no_type() {
        assert_eq!(success_result_of(todo_is_no_wait(false)), 1);
        assert!(failure_result_of(todo_is_no_wait(true)).to_string().contains("never comes"));
    }
}

/// `match yield d { .. }`: the braces are those of the `match`, not of a struct named `d`.
mod keyword_before_braces {
    use super::*;

    callbacks! {
        #[inline_callbacks]
        fn heads(d: Deferred<u32>, flag: bool, list: Vec<u32>) -> Deferred<u32> {
            let mut sum = match yield d {
                Ok(n) => {
                    let text = format!("{}", match yield n { 7 => 1, n => n });
                    text.len() as u32
                }
                Err(why) => return Err(why),
            };
            if yield flag { sum += 10; }
            if let Some(n) = yield list.first().copied() { sum += n; }
            for n in yield list { sum += n; }
            while let 0..100 = yield sum { sum += 100; }
            Ok(sum)
        }

        #[generator]
        fn asked() -> Generator<u32, bool> {
            while yield 1 {
                if yield 2 { return; }
            }
        }
    }

    #[test]
    fn the_keyword_may_stand_before_braces() {
        assert_eq!(success_result_of(heads(succeed(7), true, vec![1, 2])), 115);
        let closure = callbacks!(|d: Deferred<u32>| match yield d { Ok(n) => Ok(n + 1), Err(why) => Err(why) });
        assert_eq!(success_result_of(closure(succeed(1))), 2);
        let mut asked = asked();
        assert_eq!(
            (asked.next(), asked.send(true), asked.send(false), asked.send(false)),
            (Some(1), Some(2), Some(1), None)
        );
    }
}
