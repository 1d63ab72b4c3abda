//! Values that belong to a flow of control, as Python's context variables do: tokio's task-locals in bodies.

use std::cell::Cell;

use inline_callbacks::testing::success_result_of;
use inline_callbacks::{Deferred, Failure, Panicked, ensure_deferred, succeed};

use crate::support::{Log, ok};

tokio::task_local! {
    static VALUE: Cell<u32>;
}

fn value() -> String {
    VALUE.try_with(Cell::get).map_or("none".to_owned(), |value| value.to_string())
}

fn set(value: u32) {
    VALUE.with(|cell| cell.set(value));
}

/// A body in the scope of a task-local has it again at every resumption, whatever those who fired had, and what callbacks and
/// other bodies do in scopes of their own is not seen in it.
///
/// Twisted: `CoroutineContextVarsTests.test_withInlineCallbacks`.
#[test]
fn a_body_in_a_scope_has_its_value_at_every_resumption() {
    let log = Log::new();
    let note = log.clone();
    let (first_trigger, first) = Deferred::<u32>::new();
    let first = first.map(|value| VALUE.sync_scope(Cell::new(3), || value));
    let (second_trigger, second) = Deferred::<u32>::new();
    let second = second.map(|value| -> u32 { VALUE.sync_scope(Cell::new(4), || panic!("with {value}")) });
    let (inner_trigger, inner) = Deferred::<u32>::new();
    let body = ensure_deferred(VALUE.scope(Cell::new(2), async move {
        note.note(value());
        succeed(1).await?;
        note.note(value());
        first.await?;
        note.note(value());
        let failed = second.await;
        assert!(failed.is_err_and(|why| why.check::<Panicked>().is_some()));
        note.note(value());
        ensure_deferred(VALUE.scope(Cell::new(5), async move {
            inner.await?;
            set(6);
            ok(())
        }))
        .await?;
        note.note(value());
        ok(())
    }));
    VALUE.sync_scope(Cell::new(7), || {
        first_trigger.callback(1);
        second_trigger.callback(1);
        log.note(format!("firing {}", value()));
    });
    inner_trigger.callback(1);
    assert_eq!(log.text(), "2 | 2 | 2 | 2 | firing 7 | 2");
    success_result_of(body);
}

/// What is awaited in a body, without a Deferred of its own, shares the body's scope, and may change what is in it.
///
/// Twisted: `CoroutineContextVarsTests.test_contextvarsWithAsyncAwait`.
#[test]
fn what_a_body_awaits_shares_its_scope() {
    async fn changing(deferred: Deferred<u32>) -> Result<u32, Failure> {
        let value = deferred.await?;
        VALUE.with(|cell| cell.set(cell.get() + value));
        Ok(value)
    }
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = ensure_deferred(VALUE.scope(Cell::new(2), async move {
        changing(deferred).await?;
        ok(value())
    }));
    trigger.callback(1);
    assert_eq!(success_result_of(body), "3");
}

/// A body that is called in a scope is in it up to its first wait only; a scope of its own, or an argument, it keeps. (In Twisted
/// each call takes a copy of its caller's context.)
///
/// Twisted: `CoroutineContextVarsTests.test_withInlineCallbacks`.
#[test]
fn a_body_called_in_a_scope_leaves_it_at_its_first_wait() {
    let log = Log::new();
    let note = log.clone();
    let (trigger, deferred) = Deferred::<u32>::new();
    let body = VALUE.sync_scope(Cell::new(2), || {
        let given = value();
        ensure_deferred(async move {
            note.note(value());
            deferred.await?;
            note.note(value());
            note.note(given);
            ok(())
        })
    });
    trigger.callback(1);
    assert_eq!(log.text(), "2 | none | 2");
    success_result_of(body);
}
