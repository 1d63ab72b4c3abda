//! What those who watch are told: that a body was called, runs, waits and ends, that a Deferred was made, fired or cancelled.
//!
//! Everything in here is of no size and does nothing, unless a feature that watches is on. The rooms that run programs call it in
//! one line each and know nothing of who watches.

// Without a feature that watches there is nothing to be done with what is told.
#![cfg_attr(not(any(feature = "inspect", feature = "timeline", feature = "tracing")), allow(clippy::unused_self))]
// What only some of those who watch want to know has an underscore, for the others.
#![allow(clippy::used_underscore_binding)]

use std::marker::PhantomData;
use std::panic::Location;

#[cfg(feature = "inspect")]
use crate::calls;
use crate::failure::Failure;
use crate::site::Function;

/// One call of a body, from its first line to its end.
pub(crate) struct Call {
    #[cfg(feature = "inspect")]
    pub(crate) note: calls::Note,
}

impl Call {
    /// `function` is called at `called_at`, by whatever runs now.
    #[inline]
    pub(crate) fn new(_function: Function, _called_at: &'static Location<'static>) -> Self {
        Call {
            #[cfg(feature = "inspect")]
            note: calls::Note::new(),
        }
    }

    /// The body runs until the guard is dropped: because it was called, or because of what was told last.
    #[inline]
    pub(crate) fn enter(&self) -> Segment<'_> {
        Segment {
            #[cfg(feature = "inspect")]
            _note: self.note.enter(),
            _call: PhantomData,
        }
    }

    /// The segment has ended at a wait. A wait that does not say where it is has the place of the one before.
    #[inline]
    pub(crate) fn waits(&self, _place: &'static Location<'static>, _says_where: bool) {
        #[cfg(feature = "inspect")]
        self.note.waits(_says_where);
    }

    /// The body has ended: whoever waits for it is resumed because of that.
    #[inline]
    pub(crate) fn ended(&self, _result: Result<(), &Failure>) {
        #[cfg(feature = "inspect")]
        self.note.ended();
    }
}

/// The time from the call or a wait of a body to its next wait or its end.
pub(crate) struct Segment<'a> {
    #[cfg(feature = "inspect")]
    _note: calls::Segment<'a>,
    _call: PhantomData<&'a Call>,
}

/// What is known of a Deferred: kept in its core.
#[derive(Default)]
pub(crate) struct Origin {
    #[cfg(feature = "inspect")]
    pub(crate) made: std::cell::Cell<Option<calls::Made>>,
}

impl Origin {
    /// The Deferred was made at `place`.
    #[inline]
    pub(crate) fn made_at(&self, _place: &'static Location<'static>) {
        #[cfg(feature = "inspect")]
        self.made.set(Some(calls::Made::at(_place)));
    }
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
pub(crate) struct Callback {
    #[cfg(feature = "inspect")]
    _nobody: calls::Nobody,
}

impl Callback {
    #[inline]
    pub(crate) fn begin(_function: Function, _added_at: &'static Location<'static>) -> Self {
        Callback {
            #[cfg(feature = "inspect")]
            _nobody: calls::Nobody::begin(),
        }
    }
}

/// Nobody handles the failure, and the hook is told.
#[inline]
pub(crate) fn unhandled(_failure: &Failure) {}
