//! The same functions in the editions 2018, 2021 and 2024, of callers who know the runtime under another name only.
//!
//! What they write is as much as possible not their own: it comes out of their macros, whose fragments of every kind end up in a
//! marked function.

#![deny(warnings, clippy::all, unused, rust_2018_idioms)]
#![allow(clippy::needless_question_mark, clippy::useless_vec)]

use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Display};
use std::rc::Rc;

use ic::prelude::*;
use ic::testing::{assert_no_result, failure_result_of, success_result_of};
use ic::{fail, succeed};

/// The old names lead elsewhere.
mod inline_callbacks {}
mod inline_callbacks_macro {}

fn no<T>() -> Deferred<T> {
    fail(std::io::Error::other("no"))
}

mod functions {
    use super::*;

    #[inline_callbacks]
    fn sum(a: Deferred<u32>, mut b: u32) -> Deferred<String> {
        b += yield_!(a)?;
        for i in 0..yield_!(succeed(2))? {
            b += i + yield_!(1);
        }
        println!("{} {b}", yield_!(succeed(b))?);
        let list = vec![yield_!(succeed(b))?, yield_!(async { 1 }), yield_!(1)];
        assert_eq!(list[1], yield_!(succeed(1))?, "{}", yield_!("why"));
        if list[0] > yield_!(succeed(100))? {
            return_value!("much".to_owned());
        }
        match yield_!(succeed(list)) {
            Ok(list) if list.len() == yield_!(3) => return Ok(format!("{list:?}")),
            Ok(_) => return_value!(String::new()),
            Err(why) => Err(why),
        }
    }

    #[inline_callbacks]
    fn fails(early: bool) -> Deferred<u32> {
        if early {
            yield_!(no::<()>())?;
        }
        Err(yield_!(no::<u32>()).unwrap_err())
    }

    #[inline_callbacks]
    fn falls_off(seen: Rc<Cell<u32>>, d: Deferred<u32>) -> Deferred<()> {
        if yield_!(d)? == 0 {
            return;
        }
        seen.set(seen.get() + 1);
    }

    fn diverges() -> ! {
        panic!("it does")
    }

    #[inline_callbacks]
    fn never_ends(d: Deferred<u32>) -> Deferred<()> {
        yield_!(d)?;
        diverges()
    }

    #[inline_callbacks]
    fn nested(d: Deferred<u32>) -> Deferred<u32> {
        #[inline_callbacks]
        fn inner(d: Deferred<u32>) -> Deferred<u32> {
            Ok(yield_!(d)? + 1)
        }
        let one = 1;
        let block = callbacks! { let x = yield inner(d); Ok(x? + one) };
        let closure = callbacks!([one] move |n: u32| Ok((yield succeed(n))? + one));
        Ok(yield_!(block)? + yield_!(closure(1))? + yield_!(closure(2))?)
    }

    #[inline_callbacks]
    fn other_attributes_of_arguments(#[cfg(test)] a: u32, #[cfg(not(test))] b: u32) -> Deferred<u32> {
        #![allow(unused_variables)]
        let unused = 1;
        Ok(yield_!(a))
    }

    #[test]
    fn give_their_results() {
        assert_eq!(success_result_of(sum(succeed(1), 2)), "[6, 1, 1]");
        assert_eq!(success_result_of(sum(succeed(1), 200)), "much");
        assert_eq!(failure_result_of(fails(true)).to_string(), "no");
        assert_eq!(failure_result_of(fails(false)).to_string(), "no");
        assert_eq!(success_result_of(nested(succeed(1))), 8);
        assert_eq!(success_result_of(other_attributes_of_arguments(1)), 1);
        assert_eq!(failure_result_of(never_ends(succeed(1))).to_string(), "panicked: it does");
    }

    #[test]
    fn fall_off_their_end() {
        let seen = Rc::new(Cell::new(0));
        success_result_of(falls_off(Rc::clone(&seen), succeed(0)));
        success_result_of(falls_off(Rc::clone(&seen), succeed(1)));
        assert_eq!((seen.get(), Rc::strong_count(&seen)), (1, 1));
    }
}

mod arguments {
    use super::*;

    /// Arguments live until the body ends, also those of which the body uses a part: since the edition 2021, a block takes of a
    /// variable only what it uses.
    #[inline_callbacks]
    fn uses_a_part((a, _b): (u32, Rc<()>), pair: (u32, Rc<()>), _unused: Rc<()>, d: Deferred<u32>) -> Deferred<u32> {
        let first = pair.0;
        Ok(a + first + yield_!(d)?)
    }

    struct Two {
        number: u32,
        _guard: Rc<()>,
    }

    impl Two {
        #[inline_callbacks]
        fn uses_a_part(self, d: Deferred<u32>) -> Deferred<u32> {
            Ok(self.number + yield_!(d)?)
        }
    }

    #[test]
    fn live_until_the_body_ends() {
        let guard = Rc::new(());
        let (trigger, d) = Deferred::new();
        let of_function = uses_a_part((1, Rc::clone(&guard)), (2, Rc::clone(&guard)), Rc::clone(&guard), d);
        assert_eq!(Rc::strong_count(&guard), 4);
        trigger.callback(3);
        assert_eq!((success_result_of(of_function), Rc::strong_count(&guard)), (6, 1));

        let (trigger, d) = Deferred::new();
        let of_method = Two { number: 1, _guard: Rc::clone(&guard) }.uses_a_part(d);
        assert_eq!(Rc::strong_count(&guard), 2);
        trigger.callback(3);
        assert_eq!((success_result_of(of_method), Rc::strong_count(&guard)), (4, 1));
    }

    #[inline_callbacks]
    fn lets_go(cell: Rc<RefCell<Vec<u32>>>, d: Deferred<u32>) -> Deferred<u32> {
        Ok(yield_!(d.map({
            let first = cell.borrow()[0];
            move |n| n + first
        }))?)
    }

    #[inline_callbacks]
    fn operand_borrows(cell: Rc<RefCell<Vec<Deferred<u32>>>>) -> Deferred<u32> {
        Ok(yield_!(cell.borrow_mut().remove(0))?)
    }

    #[test]
    fn are_not_borrowed_by_an_operand_during_its_wait() {
        let (trigger, d) = Deferred::new();
        let cell = Rc::new(RefCell::new(vec![1]));
        let waiting = lets_go(Rc::clone(&cell), d);
        assert!(cell.try_borrow_mut().is_ok());
        trigger.callback(1);
        assert_eq!(success_result_of(waiting), 2);

        let (trigger, d) = Deferred::new();
        let cell = Rc::new(RefCell::new(vec![d]));
        let waiting = operand_borrows(Rc::clone(&cell));
        assert!(cell.try_borrow_mut().is_ok());
        assert_no_result(&waiting);
        trigger.callback(1);
        assert_eq!(success_result_of(waiting), 1);
    }
}

mod methods {
    use super::*;

    struct Client<T> {
        value: T,
    }

    trait Fetch {
        fn fetch(self: Rc<Self>, port: u32) -> Deferred<u32>;

        #[inline_callbacks]
        fn provided(self: Box<Self>) -> Deferred<u32>
        where
            Self: Sized + 'static,
        {
            let this = Rc::new(*self);
            Ok(yield_!(Rc::clone(&this).fetch(1))? + yield_!(this.fetch(2))?)
        }
    }

    impl<T: Clone + Debug + 'static> Client<T> {
        #[inline_callbacks]
        fn by_value<U>(mut self, other: U, format: impl Fn(&U) -> T + 'static) -> Deferred<T>
        where
            U: Display + 'static,
        {
            self.value = yield_!(format(&other));
            Ok(yield_!(succeed(self.value))?)
        }

        #[inline_callbacks]
        fn generate<const N: usize>(self: Rc<Self>, values: [T; N]) -> Deferred<Vec<T>> {
            let mut all = Vec::from(values);
            all.push(yield_!(succeed(self.value.clone()))?);
            return_value!(all)
        }
    }

    impl<T: Into<u32> + Clone + 'static> Fetch for Client<T> {
        #[inline_callbacks]
        fn fetch(self: Rc<Self>, port: u32) -> Deferred<u32> {
            Ok(self.value.clone().into() + yield_!(succeed(port))?)
        }
    }

    #[test]
    fn own_their_receiver() {
        fn client<T>(value: T) -> Client<T> {
            Client { value }
        }
        assert_eq!(success_result_of(client(String::new()).by_value(1, |n: &i32| n.to_string())), "1");
        assert_eq!(success_result_of(Rc::new(client(3)).generate([1, 2])), [1, 2, 3]);
        assert_eq!(success_result_of(Box::new(client(1_u8)).provided()), 5);
        let object: Rc<dyn Fetch> = Rc::new(client(1_u8));
        assert_eq!(success_result_of(object.fetch(1)), 2);
    }
}

mod generators {
    use super::*;

    #[generator]
    fn down(mut n: u32) -> Generator<u32> {
        while n > 0 {
            yield_!(n);
            println!("{:?}", yield_!(n * 10));
            n -= 1;
        }
    }

    #[generator]
    fn echo(first: u32) -> Generator<u32, u32> {
        let mut next = first;
        for _ in 0..yield_!(next) {
            next = yield_!(next + 1);
        }
    }

    callbacks! {
        #[generator]
        fn keyword<T>(values: Vec<T>) -> Generator<T> where T: Clone {
            for value in values {
                yield value.clone();
                let _ = (yield value, 1);
            }
        }
    }

    #[test]
    fn hand_out_what_they_say() {
        assert_eq!(down(2).collect::<Vec<_>>(), [2, 20, 1, 10]);
        let mut echo = echo(7);
        assert_eq!((echo.next(), echo.send(1), echo.send(5)), (Some(7), Some(8), None));
        assert_eq!(keyword(vec![1, 2]).collect::<Vec<_>>(), [1, 1, 2, 2]);
    }
}

mod made_by_macros {
    use super::*;

    macro_rules! function {
        ($(#[$meta:meta])* $vis:vis $name:ident($($argument:ident: $ty:ty),*) -> $returned:ty, $body:block) => {
            $(#[$meta])*
            #[inline_callbacks]
            $vis fn $name($($argument: $ty),*) -> $returned $body
        };
    }

    function!(
        /// A body and its types are fragments.
        pub(crate) body(a: Deferred<u32>, b: u32) -> Deferred<u32>, { Ok(yield_!(a)? + b) }
    );
    function!(unit(d: Deferred<()>) -> Deferred<()>, {
        yield_!(d)?;
    });
    function!(#[allow(unused_variables)] empty(unused: u32) -> Deferred<()>, {});

    macro_rules! parts {
        ($name:ident, $pattern:pat, $ty:ty, $item:ty, [$($statement:stmt;)*], $value:expr, $lifetime:lifetime, $literal:literal) => {
            #[inline_callbacks]
            fn $name<$lifetime: 'static>($pattern: $ty, text: &$lifetime str) -> Deferred<$item> {
                $($statement;)*
                let text = yield_!(text);
                assert_eq!(text, yield_!($literal), "{}", yield_!(1));
                yield_!($value)
            }
        };
    }

    parts!(parts, (_, mut b), (u32, u32), u32, [let a = yield_!(succeed(1))?; b += a;], succeed(b + yield_!(1)), 'a, "text");
    parts!(no_statements, (a, _), (u32, u32), u32, [], succeed(a), 'text, "text");

    macro_rules! ends {
        ($($name:ident => $value:expr),*) => {$(
            #[inline_callbacks]
            fn $name() -> Deferred<u32> {
                $value
            }
        )*};
    }

    ends!(ends_in_ok => Ok(yield_!(succeed(1))?), ends_in_match => match yield_!(no::<u32>()) { Ok(n) => Ok(n), Err(_) => Ok(2) },
        ends_in_return => return_value!(yield_!(3)));

    macro_rules! units {
        ($($name:ident => $value:expr, $unit:ty),*) => {$(
            #[inline_callbacks]
            fn $name() -> Deferred<$unit> {
                $value
            }
        )*};
    }

    units!(unit_of_result => yield_!(succeed(())), (), unit_of_unit => yield_!(()), (), unit_of_block => { yield_!(succeed(1))?; }, ());

    /// The attribute itself, and the macros of the body, are the maker's.
    macro_rules! everything {
        (#[$attribute:meta] $name:ident, $wait:ident, $end:ident, $tt:tt) => {
            #[$attribute]
            fn $name(n: u32) -> Deferred<u32> {
                let waited = $wait!(succeed(n))?;
                if waited == $wait!(succeed(2))? {
                    $end!(waited + $wait!$tt);
                }
                $end!(waited)
            }
        };
    }

    everything!(
        #[inline_callbacks]
        everything,
        yield_,
        return_value,
        (1)
    );
    everything!(
        #[ic::inline_callbacks]
        everything_qualified,
        yield_,
        return_value,
        [2]
    );

    /// The names in the macro and those of its caller are different variables.
    macro_rules! hygienic {
        ($name:ident, $value:expr) => {
            #[inline_callbacks]
            fn $name(value: u32) -> Deferred<u32> {
                let operand = value;
                let __driver = 1;
                let out = yield_!(succeed($value))?;
                Ok(operand + out + __driver)
            }
        };
    }

    const VALUE: u32 = 10;
    hygienic!(hygienic, VALUE);

    macro_rules! item {
        ($item:item) => {
            #[inline_callbacks]
            $item
        };
    }

    item!(
        fn from_item(n: u32) -> Deferred<u32> {
            Ok(yield_!(succeed(n))?)
        }
    );

    macro_rules! methods {
        ($($name:ident($this:ident) $body:block)*) => {
            struct Made(u32);

            impl Made {$(
                #[inline_callbacks]
                fn $name($this) -> Deferred<u32> $body
            )*}
        };
    }

    methods! {
        one(self) { Ok(yield_!(succeed(self.0))?) }
        two(self) { return_value!(self.0 * yield_!(2)) }
    }

    macro_rules! closures {
        ($argument:ident, $ty:ty, $value:expr, $captured:ident) => {
            callbacks!([$captured] move |$argument: $ty| {
                let value = (yield succeed($value))?;
                Ok(value + $captured)
            })
        };
    }

    macro_rules! counting {
        ($name:ident, $($value:expr),*) => {
            #[generator]
            fn $name() -> Generator<u32> {
                $(yield_!($value);)*
                $(println!("{:?}", yield_!($value));)*
            }
        };
    }

    counting!(counting, 1, 1 + 1);

    #[test]
    fn are_functions_like_others() {
        assert_eq!(success_result_of(body(succeed(1), 2)), 3);
        success_result_of(unit(succeed(())));
        success_result_of(empty(1));
        assert_eq!(success_result_of(parts((1, 2), "text")), 4);
        assert_eq!(success_result_of(no_statements((1, 2), "text")), 1);
        assert_eq!(success_result_of(ends_in_ok()), 1);
        assert_eq!(success_result_of(ends_in_match()), 2);
        assert_eq!(success_result_of(ends_in_return()), 3);
        success_result_of(unit_of_result());
        success_result_of(unit_of_unit());
        success_result_of(unit_of_block());
        assert_eq!(success_result_of(everything(2)), 3);
        assert_eq!(success_result_of(everything_qualified(2)), 4);
        assert_eq!(success_result_of(hygienic(1)), 12);
        assert_eq!(success_result_of(from_item(1)), 1);
        assert_eq!(success_result_of(Made(1).one()), 1);
        assert_eq!(success_result_of(Made(1).two()), 2);
        let captured = 1;
        let closure = closures!(n, u32, n + 1, captured);
        assert_eq!(success_result_of(closure(1)), 3);
        assert_eq!(counting().collect::<Vec<_>>(), [1, 2, 1, 2]);
    }

    macro_rules! twice {
        ($operand:expr) => {
            yield_!($operand)? + yield_!($operand)?
        };
    }

    macro_rules! or_return {
        ($operand:expr, $instead:expr) => {
            match yield_!($operand) {
                Ok(value) => value,
                Err(_) => return_value!($instead),
            }
        };
    }

    #[inline_callbacks]
    fn with_waits_in_them() -> Deferred<u32> {
        let n = twice!(succeed(1));
        or_return!(no::<u32>(), n + twice!(succeed(yield_!(2))));
        Ok(0)
    }

    #[test]
    fn may_wait_and_return() {
        assert_eq!(success_result_of(with_waits_in_them()), 6);
    }
}
