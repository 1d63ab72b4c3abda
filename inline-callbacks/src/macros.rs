//! The macros that users write in a body: real ones, so that editors, imports and renaming work.
//!
//! How they know where they stand. Both expand to `compile_error!($crate::__outside_yield! { <the real thing> })`, and a
//! marked function begins with a local macro named `compile_error` which gives back `<the real thing>`. Anywhere else the
//! compiler's own `compile_error!` first expands its argument, which is our sentence, and reports it at the user's call.
//! A macro is looked up where its call ends up; so this works through `println!` and through macros of the user's, too.

/// Waits for the result of its operand: `yield_!(operand)`, in a function marked
/// [`#[inline_callbacks]`](crate::inline_callbacks) or in [`callbacks!`](crate::callbacks).
///
/// - A [`Deferred<T>`](crate::Deferred) (or a `&mut` to one) gives a `Result<T, Failure>` once it has fired.
/// - Any other future, or whatever can become one, gives its output.
/// - Every other value comes straight back, at no cost. So does nothing: `yield_!()` is `()`.
///
/// In a function marked [`#[generator]`](crate::generator) it waits for nothing: it hands its operand out, whatever that is, and
/// gives what is sent for it. See [`Generator`](crate::Generator).
///
/// The temporaries of the operand are dropped before the wait, so `yield_!(cell.borrow().call())` does not hold the borrow
/// while it waits. It works in the arguments of other macros as well.
///
/// # In generic code
///
/// The declared bounds decide, not the type that a function is called with. An operand of type `T` is
///
/// - waited for with `T: IntoFuture`, and gives its output; with [`T: IntoDeferred`](crate::IntoDeferred), and gives a `Result`;
/// - a value without these bounds, **even when `T` is a Deferred**: it comes straight back, still to be waited for.
///
/// So a function that calls somebody else's function, which may return a Deferred, a `Result` or nothing, makes a Deferred of that
/// with [`maybe_deferred`](crate::maybe_deferred), and waits for it:
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::testing::success_result_of;
/// use inline_callbacks::{IntoDeferred, Outcome, maybe_deferred, succeed};
///
/// #[inline_callbacks]
/// fn value<T: 'static>(operand: T) -> Deferred<T> {
///     Ok(yield_!(operand)) // does not wait, whatever `T` is
/// }
/// let still_a_deferred: Deferred<u32> = success_result_of(value(succeed(1)));
///
/// #[inline_callbacks]
/// fn waits<D: IntoDeferred<Value = u32> + 'static>(operand: D) -> Deferred<u32> {
///     yield_!(operand)
/// }
/// assert_eq!(success_result_of(waits(still_a_deferred)), 1);
///
/// #[inline_callbacks]
/// fn calls<T: 'static, R: Outcome<T>>(function: impl FnOnce() -> R + 'static) -> Deferred<T> {
///     yield_!(maybe_deferred(function))
/// }
/// assert_eq!(success_result_of(calls(|| succeed(2))), 2);
/// assert_eq!(success_result_of(calls(|| Ok(3))), 3);
/// ```
///
/// # Cancellation
///
/// When the Deferred of the marked function is cancelled, what it waits for is cancelled, and the outcome of that comes
/// out here.
///
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::succeed;
///
/// #[inline_callbacks]
/// fn sum() -> Deferred<u32> {
///     let deferred: u32 = yield_!(succeed(1))?;
///     let future: u32 = yield_!(async { 2 });
///     let value: u32 = yield_!(3);
///     println!("so far {}", yield_!(succeed(deferred + future + value))?);
///     Ok(deferred + future + value)
/// }
/// assert_eq!(inline_callbacks::testing::success_result_of(sum()), 6);
/// ```
#[macro_export]
macro_rules! yield_ {
    // There is no arm that catches everything else: it would end an editor's completion in `yield_!(proxy.`.
    () => {
        compile_error!($crate::__outside_yield! { $crate::yield_!(@future).await })
    };
    ($operand:expr $(,)?) => {
        compile_error!($crate::__outside_yield! { $crate::yield_!(@future $operand).await })
    };
    ($operand:expr, $($more:tt)+) => {
        ::core::compile_error!(
            "`yield_!` takes one operand\n\nhelp: yield one after the other, or all of them with `gather_results`"
        )
    };
    (@future) => {
        ::core::future::ready(())
    };
    (@future $operand:expr $(,)?) => {{
        // Not `match $operand { __operand => .. }`: that would keep the operand's temporaries during the wait.
        // The underscores: a constant of this name, in the user's scope, would be meant by it.
        let __operand = $operand;
        {
            // The user's operand is outside the reach of this.
            use $crate::__private::special::*;
            $crate::operand::Operand { 0: &raw const __operand }.__wait(__operand)
        }
    }};
    (@hand_out $hand:ident) => {
        $hand.__hand_out($crate::__private::Value { 0: () })
    };
    (@hand_out $hand:ident $value:expr $(,)?) => {{
        // A `let`, as above: the operand's temporaries are not kept until somebody asks for the next value.
        let __out = $hand.__hand_out($crate::__private::Value { 0: $value });
        __out
    }};
}

/// Ends the function with success: `return_value!(value)`, in a function marked
/// [`#[inline_callbacks]`](crate::inline_callbacks) or in [`callbacks!`](crate::callbacks).
///
/// The same as `return Ok(value)`; without a value, as `return Ok(())`.
///
/// # Examples
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::succeed;
///
/// #[inline_callbacks]
/// fn longer(a: Deferred<String>, b: Deferred<String>) -> Deferred<String> {
///     let (a, b) = (yield_!(a)?, yield_!(b)?);
///     if a.len() > b.len() {
///         return_value!(a);
///     }
///     return_value!(b)
/// }
/// let deferred = longer(succeed("one".to_owned()), succeed("three".to_owned()));
/// assert_eq!(inline_callbacks::testing::success_result_of(deferred), "three");
/// ```
#[macro_export]
macro_rules! return_value {
    // `Ok { 0: x }` and not `Ok(x)`: a wrong type is then reported at `x` alone, without a note into the standard library.
    () => {
        compile_error!($crate::__outside_return! { return $crate::__private::Result::Ok { 0: () } })
    };
    ($value:expr $(,)?) => {
        compile_error!($crate::__outside_return! { return $crate::__private::Result::Ok { 0: $value } })
    };
    ($value:expr, $($more:tt)+) => {
        ::core::compile_error!("`return_value!` takes one value\n\nhelp: to return several, make a tuple of them")
    };
}

/// Straight-line code with the `yield` keyword, as a block, as a closure, or as items.
///
/// Stable Rust refuses a bare `yield` under an attribute, but takes it inside such a macro. `yield x` here is `yield_!(x)`;
/// everything else that works in a function marked [`#[inline_callbacks]`](crate::inline_callbacks) works too.
///
/// - A **block** starts at once and is a [`Deferred`](crate::Deferred). It takes what it uses, like a `move` closure.
/// - A **closure** returns a Deferred. What it captures and moves into its body is gone after the first call; so list in
///   brackets what should be cloned for each call: `callbacks!([proxy] move |host, port| { .. })`.
/// - **Items** are functions (also in `impl` blocks and modules) marked `#[inline_callbacks]` or `#[generator]`.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::succeed;
/// use inline_callbacks::testing::success_result_of;
///
/// let block: Deferred<u32> = callbacks! {
///     let x = yield succeed(1);
///     Ok(x? + 1)
/// };
/// assert_eq!(success_result_of(block), 2);
///
/// let greeting = Rc::new("hello".to_owned());
/// let greet = callbacks!([greeting] move |name: &'static str| {
///     let name = (yield succeed(name))?;
///     Ok(format!("{greeting}, {name}"))
/// });
/// assert_eq!(success_result_of(greet("Bea")), "hello, Bea");
/// assert_eq!(success_result_of(greet("Ada")), "hello, Ada");
///
/// callbacks! {
///     #[inline_callbacks]
///     fn twice(d: Deferred<u32>) -> Deferred<u32> {
///         let x = yield d;
///         return_value!(x? * 2)
///     }
/// }
/// assert_eq!(success_result_of(twice(succeed(21))), 42);
/// ```
#[macro_export]
macro_rules! callbacks {
    ($($tokens:tt)*) => { $crate::form::callbacks! { ($crate) $($tokens)* } };
}

/// What `yield_!` says where it does not work.
#[doc(hidden)]
#[macro_export]
macro_rules! __outside_yield {
    ($($inside:tt)*) => {
        "`yield_!` works only directly inside a function marked `#[inline_callbacks]` or `#[generator]`\n\n\
         help: put the attribute on the function, which then returns a `Deferred` or a `Generator`"
    };
}

/// What `return_value!` says in a generator, where another macro has brought it.
#[doc(hidden)]
#[macro_export]
macro_rules! return_value_in_generator {
    ($($inside:tt)*) => {
        ::core::compile_error!(
            "`return_value!` cannot be used in a generator, which has no value to end with\n\nhelp: write `return`"
        )
    };
}

/// What `return_value!` says where it does not work.
#[doc(hidden)]
#[macro_export]
macro_rules! __outside_return {
    ($($inside:tt)*) => {
        "`return_value!` works only directly inside a function marked `#[inline_callbacks]`\n\n\
         help: in an ordinary function write `return`"
    };
}
