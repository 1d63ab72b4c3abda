//! What those who watch are told: that a body was called, runs, waits and ends, that a Deferred was made, fired or cancelled.
//!
//! Everything in here is of no size and does nothing, unless a feature that watches is on. The rooms that run programs call it in
//! one line each and know nothing of who watches.

// Without a feature that watches there is nothing to be done with what is told.
#![cfg_attr(not(any(feature = "inspect", feature = "timeline", feature = "tracing")), allow(clippy::unused_self))]

use std::marker::PhantomData;
use std::panic::Location;

use crate::failure::Failure;
use crate::site::Function;

/// One call of a body, from its first line to its end.
#[derive(Default)]
pub(crate) struct Call {}

impl Call {
    /// `function`, with arguments of these names, is called at `called_at`, by whatever runs now.
    #[inline]
    pub(crate) fn new(
        _function: Function,
        _argument_names: &'static str,
        _called_at: &'static Location<'static>,
    ) -> Self {
        Call {}
    }

    /// From now on it is kept here: what is kept was made before there was anything to keep.
    #[inline]
    pub(crate) fn keep(&self, _call: Call) {}

    /// The body runs until the guard is dropped: because it was called, or because of what was told last.
    #[inline]
    pub(crate) fn enter(&self) -> Segment<'_> {
        Segment(PhantomData)
    }

    /// The segment has ended at a wait.
    #[inline]
    pub(crate) fn waits(&self, _place: &'static Location<'static>) {}

    /// The body has ended: whoever waits for it is resumed because of that.
    #[inline]
    pub(crate) fn ended(&self, _result: Result<(), &Failure>) {}
}

/// The time from the call or a wait of a body to its next wait or its end.
pub(crate) struct Segment<'a>(PhantomData<&'a Call>);

/// What is known of a Deferred: kept in its core.
#[derive(Default)]
pub(crate) struct Origin {}

impl Origin {
    /// The Deferred was made at `place`.
    #[inline]
    pub(crate) fn made_at(&self, _place: &'static Location<'static>) {}
}

/// A trigger is fired at `place`: what is resumed while the guard lives is resumed because of that.
#[must_use]
pub(crate) struct Firing {}

impl Firing {
    #[inline]
    pub(crate) fn begin<T>(_origin: &Origin, _result: &Result<T, Failure>, _place: &'static Location<'static>) -> Self {
        Firing {}
    }
}

/// Cancelling was asked for at `place`: what is resumed while the guard lives is resumed because of that.
#[must_use]
pub(crate) struct CancelRequest {}

impl CancelRequest {
    #[inline]
    pub(crate) fn begin(_place: &'static Location<'static>) -> Self {
        CancelRequest {}
    }
}

/// A callback of a chain runs until the guard is dropped.
#[must_use]
pub(crate) struct Callback {}

impl Callback {
    #[inline]
    pub(crate) fn begin(_function: Function, _added_at: &'static Location<'static>) -> Self {
        Callback {}
    }
}

/// Sees whether a callback that is given a failure makes a value of it.
pub(crate) struct Recovery {}

impl Recovery {
    #[inline]
    pub(crate) fn watch<T>(_result: &Result<T, Failure>) -> Self {
        Recovery {}
    }

    /// The callback `function`, added at `added_at`, gave a value.
    #[inline]
    pub(crate) fn succeeded(&self, _function: Function, _added_at: &'static Location<'static>) {}
}

/// Nobody handles the failure, and the hook is told.
#[inline]
pub(crate) fn unhandled(_failure: &Failure) {}
