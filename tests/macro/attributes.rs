//! Other attributes beside ours: those of the language in either order, those of other crates where they can work. Where they
//! cannot, `ui/*-above.rs` has the sentence.

#![deny(warnings, clippy::all, clippy::pedantic)]

use std::panic::Location;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use inline_callbacks::prelude::*;
use inline_callbacks::testing::success_result_of;
use inline_callbacks::{generator, succeed};

mod of_the_language {
    use super::*;

    /// Documentation.
    #[inline_callbacks]
    #[doc = "More documentation."]
    #[doc(hidden)]
    fn documented() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[doc(hidden)]
    #[inline_callbacks]
    /// Documentation below.
    fn documented_below() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[cfg(test)]
    #[inline_callbacks]
    #[cfg(test)]
    fn chosen() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[cfg(not(test))]
    #[inline_callbacks]
    fn chosen() -> NoSuchType {
        yield_!(no_such_value)
    }

    #[inline_callbacks]
    #[cfg(not(test))]
    fn chosen() -> NoSuchType {
        yield_!(no_such_value)
    }

    #[cfg_attr(all(), inline_callbacks)]
    #[cfg_attr(any(), inline_callbacks)]
    fn marked_if() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[cfg_attr(all(), doc = "text", inline_callbacks::inline_callbacks, must_use = "it is")]
    #[cfg_attr(any(), no_such_attribute)]
    fn marked_among_others() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[cfg_attr(all(), generator)]
    fn generator_if() -> Generator<u32> {
        yield_!(1);
    }

    #[allow(unused_variables, clippy::let_unit_value)]
    #[inline_callbacks]
    #[expect(unused_mut)]
    fn lints(argument: u32) -> Deferred<u32> {
        let mut unit = ();
        let other = yield_!(unit);
        Ok(yield_!(1))
    }

    #[inline]
    #[inline_callbacks]
    #[cold]
    #[must_use = "the value is what it is called for"]
    fn several() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[inline_callbacks]
    #[inline(never)]
    #[deprecated = "by nothing"]
    fn several_below() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    /// The caller of the function is known in it up to the first wait, and nobody's afterwards: it is asked for in an argument.
    #[track_caller]
    #[inline_callbacks]
    fn tracks(place: &'static Location<'static>) -> Deferred<(u32, u32)> {
        Ok((yield_!(place.line()), line!()))
    }

    #[inline_callbacks]
    #[track_caller]
    fn tracks_below() -> Deferred<u32> {
        Ok(yield_!(1))
    }

    #[test]
    #[allow(deprecated)]
    fn stand_on_either_side() {
        for deferred in [
            documented(),
            documented_below(),
            chosen(),
            marked_if(),
            marked_among_others(),
            lints(1),
            several(),
            several_below(),
            tracks_below(),
        ] {
            assert_eq!(success_result_of(deferred), 1);
        }
        assert_eq!(generator_if().next(), Some(1));
        assert_eq!(success_result_of(tracks(Location::caller())).0, line!());
    }
}

mod of_tests {
    use super::*;

    #[test]
    #[inline_callbacks]
    fn test_above() -> Deferred<()> {
        assert_eq!(yield_!(succeed(1))?, 1);
    }

    #[inline_callbacks]
    #[test]
    fn test_below() -> Deferred<()> {
        assert_eq!(yield_!(succeed(1))?, 1);
    }

    #[inline_callbacks]
    fn waits(n: u32) -> Deferred<u32> {
        tokio::task::yield_now().await;
        yield_!(succeed(n))
    }

    /// A marked function cannot be the test of another runtime, but be called by it.
    #[tokio::test]
    async fn of_tokio_call_them() -> Result<(), Failure> {
        assert_eq!(waits(1).await?, 1);
        Ok(())
    }
}

mod of_tracing {
    use tracing::instrument;
    use tracing::span::{Attributes, Id, Record};

    use super::*;

    #[inline_callbacks]
    #[instrument]
    fn below(port: u32) -> Deferred<u32> {
        Ok(yield_!(succeed(port))? + yield_!(1))
    }

    #[inline_callbacks]
    #[tracing::instrument(name = "other", skip_all, fields(port))]
    fn below_with_options(port: u32, _unused: Rc<()>) -> Deferred<()> {
        yield_!(succeed(port))?;
    }

    struct Client(u32);

    impl Client {
        #[inline_callbacks]
        #[instrument(skip(self))]
        fn method(self: Rc<Self>, mut port: u32) -> Deferred<u32> {
            port += self.0;
            yield_!(succeed(port))
        }
    }

    #[generator]
    #[instrument]
    fn generate(n: u32) -> Generator<u32> {
        yield_!(n);
    }

    struct Spans(Arc<Mutex<Vec<&'static str>>>);

    impl tracing::Subscriber for Spans {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            self.0.lock().expect("the names").push(span.metadata().name());
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &tracing::Event<'_>) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn instrument_below_ours_makes_its_spans() {
        let names = Arc::default();
        tracing::subscriber::with_default(Spans(Arc::clone(&names)), || {
            assert_eq!(success_result_of(below(1)), 2);
            success_result_of(below_with_options(1, Rc::new(())));
            assert_eq!(success_result_of(Rc::new(Client(1)).method(1)), 2);
            assert_eq!(generate(1).next(), Some(1));
        });
        assert_eq!(*names.lock().expect("the names"), ["below", "other", "method", "generate"]);
    }
}

mod of_async_trait {
    use async_trait::async_trait;

    use super::*;

    struct Client(u32);

    #[async_trait(?Send)]
    trait Fetch {
        fn deferred(self: Rc<Self>, port: u32) -> Deferred<u32>;
        async fn future(&self, port: u32) -> u32;

        #[inline_callbacks]
        fn provided(self: Rc<Self>) -> Deferred<u32>
        where
            Self: Sized + 'static,
        {
            Ok(yield_!(Rc::clone(&self).deferred(1))? + yield_!(self.future(1)))
        }
    }

    #[async_trait(?Send)]
    impl Fetch for Client {
        #[inline_callbacks]
        fn deferred(self: Rc<Self>, port: u32) -> Deferred<u32> {
            Ok(yield_!(self.future(port)) + yield_!(succeed(self.0))?)
        }

        async fn future(&self, port: u32) -> u32 {
            port + 1
        }
    }

    #[test]
    fn stands_around_ours() {
        assert_eq!(success_result_of(Rc::new(Client(1)).deferred(1)), 3);
        assert_eq!(success_result_of(Rc::new(Client(1)).provided()), 5);
    }
}
