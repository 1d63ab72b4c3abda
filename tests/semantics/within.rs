//! `testing::within`: a test that hangs fails instead, and says who waits for what.

use std::cell::Cell;
use std::rc::Rc;

use inline_callbacks::testing::{
    Hung, assert_no_result, failure_result_of, success_result_of, unhandled_failures, within_on,
};
use inline_callbacks::{Clock, Deferred, Failure, ensure_deferred, fail, succeed};

use crate::support::{SECOND, capture_unhandled, ok, seconds};

async fn wait_for(inner: Deferred<()>) -> Result<(), Failure> {
    inner.await
}

/// What fires in time passes, a value and a failure alike, and the time that is left costs nothing.
#[test]
fn what_fires_in_time_passes() {
    let clock = Clock::new();
    assert_eq!(success_result_of(within_on(&clock, SECOND, succeed(1))), 1);
    let failed = within_on(&clock, SECOND, fail::<u32>(Failure::msg("no")));
    assert_eq!(failure_result_of(failed).to_string(), "no");
    let (trigger, deferred) = Deferred::<u32>::new();
    let limited = within_on(&clock, SECOND, deferred);
    assert_eq!(clock.pending(), 1);
    trigger.callback(2);
    assert_eq!((success_result_of(limited), clock.pending()), (2, 0));
}

/// What hangs fails when the time is up, not before, with the function and the place of every waiting body.
#[test]
fn what_hangs_fails_and_names_every_waiting_body() {
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::new();
    let body = ensure_deferred(wait_for(deferred));
    let line = line!() + 1;
    let limited = within_on(&clock, seconds(5), body);
    clock.advance(seconds(4));
    assert_no_result(&limited);
    clock.advance(SECOND);
    let failure = failure_result_of(limited);
    assert_eq!(failure.check::<Hung>().expect("it hung").after(), seconds(5));
    let text = failure.to_string();
    assert!(text.starts_with("still pending after 5s; 1 inline callback waits:\n"), "{text}");
    let wait = format!("semantics::within::wait_for at {}:14:11", file!());
    assert!(text.contains(&wait), "{text}");
    assert_eq!((failure.origin().file(), failure.origin().line()), (file!(), line));
}

/// When the time is up, the work is cancelled, after the list has been made; whatever that makes of it, the test has failed.
#[test]
fn what_hangs_is_cancelled_and_stays_failed() {
    for late in ["a value", "a cancellation", "nothing"] {
        let clock = Clock::new();
        let (_trigger, deferred) = Deferred::<()>::new();
        let (other, never) = Deferred::<()>::new();
        let was_cancelled = Rc::new(Cell::new(false));
        let seen = Rc::clone(&was_cancelled);
        let body = ensure_deferred(async move {
            let cancelled = deferred.await.expect_err("nobody fires it");
            seen.set(true);
            match late {
                "a value" => ok(()),
                "nothing" => never.await,
                _ => Err(cancelled),
            }
        });
        let limited = within_on(&clock, SECOND, body);
        clock.advance(SECOND);
        assert!(failure_result_of(limited).check::<Hung>().is_some(), "{late}");
        assert!(was_cancelled.get(), "{late}");
        other.callback(());
        assert_eq!(unhandled_failures().len(), 0, "{late}");
    }
}

/// A failure that the cancellation brings is no more than reported.
#[test]
fn a_failure_that_comes_of_the_cancellation_is_reported() {
    let log = capture_unhandled();
    let clock = Clock::new();
    let (_trigger, deferred) = Deferred::<()>::new();
    let limited = within_on(&clock, SECOND, deferred.add_errback(|_| Err(Failure::msg("cannot clean up"))));
    clock.advance(SECOND);
    assert!(failure_result_of(limited).check::<Hung>().is_some());
    assert_eq!(log.text(), "cannot clean up");
}

/// It can be cancelled as the work itself.
#[test]
fn cancelling_it_cancels_the_work() {
    let clock = Clock::new();
    let (trigger, deferred) = Deferred::<()>::new();
    let limited = within_on(&clock, SECOND, deferred);
    limited.cancel();
    assert!(trigger.is_cancelled() && failure_result_of(limited).is_cancelled());
    assert_eq!(clock.pending(), 0);
}

#[cfg(feature = "reactor")]
mod on_the_reactor {
    use std::process::{ExitCode, Termination};

    use inline_callbacks::testing::{Hung, unhandled_failures, within};
    use inline_callbacks::{Deferred, Failure, ensure_deferred, host, reactor, task};

    use super::wait_for;
    use crate::reacting::{HOUR, MS, after};
    use crate::support::in_own_process;

    fn status(result: impl Termination) -> String {
        format!("{:?}", result.report())
    }

    fn exit(code: u8) -> String {
        format!("{:?}", ExitCode::from(code))
    }

    /// Under `block_on`, on the reactor's time.
    #[test]
    fn under_the_reactor_what_hangs_fails() {
        let (_trigger, deferred) = Deferred::new();
        let failure = reactor::block_on(|| within(MS, ensure_deferred(wait_for(deferred)))).expect_err("it hangs");
        assert!(failure.check::<Hung>().is_some());
        assert!(reactor::block_on(|| within(HOUR, after(MS))).is_ok());
    }

    /// Inside another runtime, whoever awaits it turns the wheel.
    #[test]
    fn under_tokio_what_hangs_fails() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let failure = runtime.block_on(async {
            let (_trigger, deferred) = Deferred::<()>::new();
            within(MS, deferred).await.expect_err("it hangs")
        });
        assert!(failure.check::<Hung>().is_some());
    }

    /// A test that returns a Deferred with a deadline is waited for: the reactor is turned from one deadline to the next.
    #[test]
    fn a_returned_deferred_with_deadlines_is_waited_for() {
        let test = ensure_deferred(async {
            within(HOUR, after(MS)).await?;
            within(HOUR, task::defer_later(&reactor::timers(), MS, || Ok(()))).await?;
            Ok::<(), Failure>(())
        });
        assert_eq!(status(test), exit(0));
        assert_eq!(unhandled_failures().len(), 0, "nobody was left waiting in between");
    }

    /// One that hangs fails, with the list of those who wait.
    #[test]
    fn a_returned_deferred_that_hangs_fails_and_prints_who_waits() {
        let name = "within::on_the_reactor::a_returned_deferred_that_hangs_fails_and_prints_who_waits";
        if let Some(stderr) = in_own_process(name) {
            assert!(stderr.contains("Error: still pending after 1ms; "), "{stderr}");
            assert!(stderr.contains("semantics::within::wait_for at "), "{stderr}");
            return;
        }
        let test = ensure_deferred(async {
            let (_trigger, deferred) = Deferred::<()>::new();
            within(MS, ensure_deferred(wait_for(deferred))).await
        });
        assert_eq!(status(test), exit(1));
    }

    /// Where no deadline is left the reactor is not turned any longer: the test fails, and says who waits.
    #[test]
    fn a_returned_deferred_without_a_deadline_left_is_not_waited_for() {
        let name = "within::on_the_reactor::a_returned_deferred_without_a_deadline_left_is_not_waited_for";
        if let Some(stderr) = in_own_process(name) {
            let expected =
                "Error: the Deferred has not fired, and nothing is left that could fire it; 1 inline callback waits:\n";
            assert_eq!(stderr.matches(expected).count(), 2, "{stderr}");
            return;
        }
        assert_eq!(status(ensure_deferred(after_hours_without_a_deadline(false))), exit(1));
        // Those of the first test are still there.
        host::run_woken();
        let second = std::thread::spawn(|| status(ensure_deferred(after_hours_without_a_deadline(true))));
        assert_eq!(second.join().expect("it reports"), exit(1));
    }

    async fn after_hours_without_a_deadline(begins_with_one: bool) -> Result<(), Failure> {
        if begins_with_one {
            within(HOUR, after(MS)).await?;
        }
        after(HOUR).await
    }
}
