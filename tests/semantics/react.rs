//! A program's main function: `reactor::block_on` where Twisted has `task.react`, with a Deferred or an async block.

use std::cell::RefCell;
use std::process::{ExitCode, Termination};
use std::rc::Rc;
use std::time::Duration;

use inline_callbacks::testing::unhandled_failures;
use inline_callbacks::{Deferred, Failure, Trigger, ensure_deferred, fail, reactor, succeed};
use tokio::time::Instant;

use crate::reacting::block_on_paused;
use crate::support::{Log, SECOND, in_own_process, seconds};

/// What a main function returns: the Deferred itself, or an async block that awaits it.
#[derive(Clone, Copy, Debug)]
enum Main {
    Deferred,
    Async,
}

const MAINS: [Main; 2] = [Main::Deferred, Main::Async];

impl Main {
    fn of<T: 'static>(self, deferred: Deferred<T>) -> Deferred<T> {
        match self {
            Main::Deferred => deferred,
            Main::Async => ensure_deferred(async move { deferred.await }),
        }
    }
}

/// The exit status of a program whose `main` returns `result`; a failure is printed to stderr.
fn exit_status(result: impl Termination) -> String {
    format!("{:?}", result.report())
}

fn status(code: u8) -> String {
    format!("{:?}", ExitCode::from(code))
}

/// Runs `main` on a paused clock; in a success, how many seconds that took.
fn timed(main: impl FnOnce() -> Deferred<()>) -> Result<u64, Failure> {
    block_on_paused(|| {
        let start = Instant::now();
        main().map(move |()| start.elapsed().as_secs())
    })
}

/// It runs until the Deferred of `main` fires, and no longer; the exit status is 0.
///
/// Twisted: `ReactTests.test_runsUntilAsyncCallback`, `ReactCoroutineFunctionTests.test_runsUntilAsyncCallback`.
#[test]
fn a_program_runs_until_its_deferred_fires() {
    for main in MAINS {
        let log = Log::new();
        let note = log.clone();
        let passed = timed(|| {
            let (trigger, finished) = Deferred::new();
            reactor::call_later(SECOND, move || note.note("called"));
            reactor::call_later(seconds(2), move || trigger.callback(()));
            main.of(finished)
        });
        assert_eq!((passed.expect("a success"), log.text().as_str()), (2, "called"), "{main:?}");
        assert_eq!(exit_status(block_on_paused(|| main.of(succeed(())))), status(0));
    }
}

/// It ends at once when the Deferred of `main` has fired already.
///
/// Twisted: `ReactTests.test_runsUntilSyncCallback`, `ReactCoroutineFunctionTests.test_runsUntilSyncCallback`.
#[test]
fn a_program_whose_deferred_has_fired_ends_at_once() {
    for main in MAINS {
        assert_eq!(timed(|| main.of(succeed(()))).expect("a success"), 0, "{main:?}");
    }
}

/// The failure of `main`, at once or later, is the program's: printed once, and the exit status is 1.
///
/// Twisted, one case each: `ReactTests.test_runsUntilAsyncErrback`, `ReactTests.test_runsUntilSyncErrback`,
/// `ReactCoroutineFunctionTests.test_runsUntilAsyncErrback`, `ReactCoroutineFunctionTests.test_runsUntilSyncErrback`.
#[test]
fn a_programs_failure_is_printed_and_its_exit_status_is_one() {
    if let Some(stderr) = in_own_process("react::a_programs_failure_is_printed_and_its_exit_status_is_one") {
        for what in ["at once", "later"] {
            assert_eq!(stderr.matches(&format!("Error: failed {what} as")).count(), MAINS.len(), "{stderr}");
        }
        assert!(stderr.contains("made in "), "{stderr}");
        return;
    }
    for main in MAINS {
        let at_once = block_on_paused(|| main.of(fail::<()>(Failure::msg(format!("failed at once as {main:?}")))));
        assert_eq!(exit_status(at_once), status(1));
        let later = block_on_paused(|| {
            let (trigger, finished) = Deferred::<()>::new();
            reactor::call_later(SECOND, move || trigger.errback(Failure::msg(format!("failed later as {main:?}"))));
            main.of(finished)
        });
        assert_eq!(exit_status(later), status(1));
        assert_eq!(unhandled_failures().len(), 0);
    }
}

/// Runs a `main` that is stopped after a second, and whose Deferred `end` fires before the shutdown is done.
fn ended_during_the_shutdown(main: Main, end: impl FnOnce(Trigger<()>) + 'static) -> Result<(), Failure> {
    block_on_paused(|| {
        let (trigger, finished) = Deferred::new();
        reactor::call_later(SECOND, reactor::stop);
        reactor::before_shutdown(move || {
            end(trigger);
            succeed(())
        });
        main.of(finished)
    })
}

/// A Deferred that fires while the reactor is shutting down has fired: its value or failure is the program's, and the reactor
/// is not stopped for it a second time.
///
/// Twisted, one case each: `ReactTests.test_singleStopCallback`, `ReactTests.test_singleStopErrback`,
/// `ReactCoroutineFunctionTests.test_singleStopCallback`, `ReactCoroutineFunctionTests.test_singleStopErrback`.
#[test]
fn what_fires_during_the_shutdown_is_the_result() {
    for main in MAINS {
        assert_eq!(exit_status(ended_during_the_shutdown(main, |trigger| trigger.callback(()))), status(0));
        let failed = ended_during_the_shutdown(main, |trigger| trigger.errback(Failure::msg("while closing")));
        assert_eq!(failed.expect_err("it failed").to_string(), "while closing", "{main:?}");
        assert_eq!(unhandled_failures().len(), 0);
        // A stop too many would stop the next run.
        assert_eq!(
            timed(|| main.of(inline_callbacks::task::defer_later(&reactor::timers(), SECOND, || ()))).unwrap(),
            1
        );
    }
}

/// Whatever `main` needs, it captures.
///
/// Twisted: `ReactTests.test_arguments`, `ReactCoroutineFunctionTests.test_arguments`.
#[test]
fn a_main_function_captures_its_arguments() {
    fn main_function(arguments: &[u32], kind: Main) -> Deferred<Vec<u32>> {
        kind.of(succeed(arguments.to_vec()))
    }
    for main in MAINS {
        let arguments = [1, 2, 3];
        let result = reactor::block_on(|| main_function(&arguments, main));
        assert_eq!(result.expect("a success"), arguments);
    }
}

/// An exit status of its own is the value of `main`, not a failure of it.
///
/// Twisted: `ReactTests.test_exitWithDefinedCode`, `ReactCoroutineFunctionTests.test_exitWithDefinedCode`.
#[test]
fn a_program_may_end_with_an_exit_status_of_its_own() {
    for main in MAINS {
        let result = reactor::block_on(|| main.of(succeed(ExitCode::from(23))));
        assert_eq!(exit_status(result), status(23), "{main:?}");
    }
}

/// A reactor that is stopped just before the Deferred fires: the value is the result all the same.
///
/// Twisted: `ReactTests.test_synchronousStop`, `ReactCoroutineFunctionTests.test_synchronousStop`.
#[test]
fn a_stop_just_before_the_result_does_not_lose_it() {
    for main in MAINS {
        for delay in [None, Some(SECOND)] {
            let result = block_on_paused(|| {
                let (trigger, finished) = Deferred::new();
                let stop = move || {
                    reactor::stop();
                    trigger.callback(());
                };
                match delay {
                    None => reactor::call_when_running(stop),
                    Some(delay) => drop(reactor::call_later(delay, stop)),
                }
                main.of(finished)
            });
            assert_eq!(exit_status(result), status(0), "{main:?} {delay:?}");
        }
    }
}

/// A reactor that is stopped although `main` never fires: the program ends, with a failure that says so.
///
/// Twisted: `ReactTests.test_asynchronousStop`, `ReactCoroutineFunctionTests.test_asynchronousStop`.
#[test]
fn a_stop_before_the_result_is_a_failure() {
    for main in MAINS {
        let kept = Rc::new(RefCell::new(None));
        let keep = Rc::clone(&kept);
        let result = block_on_paused(move || {
            let (trigger, finished) = Deferred::<()>::new();
            keep.replace(Some(trigger));
            reactor::call_later(SECOND, reactor::stop);
            main.of(finished)
        });
        let failure = result.expect_err("it was stopped");
        assert_eq!(failure.to_string(), "the reactor was stopped before the Deferred had fired", "{main:?}");
        assert_eq!(exit_status(Err::<(), _>(failure)), status(1));
        assert!(kept.take().is_some());
    }
}

/// The result of a run that was stopped does not get lost when it comes in the very last moment, after a wait of the shutdown.
#[test]
fn a_failure_at_the_end_of_the_shutdown_is_not_lost() {
    let result = block_on_paused(|| {
        let (trigger, finished) = Deferred::<()>::new();
        reactor::call_later(SECOND, reactor::stop);
        reactor::before_shutdown(move || {
            let (closed, closing) = Deferred::new();
            reactor::call_later(Duration::from_millis(5), move || {
                trigger.errback(Failure::msg("last words"));
                closed.callback(());
            });
            closing
        });
        finished
    });
    assert_eq!(result.expect_err("it failed").to_string(), "last words");
    assert_eq!(unhandled_failures().len(), 0);
}
