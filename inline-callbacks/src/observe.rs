//! What those who watch are told: that a body was called, runs, waits and ends, that a Deferred was made, fired or cancelled.
//!
//! Everything in here is of no size and does nothing, unless a feature that watches is on. The rooms that run programs call it in
//! one line each and know nothing of who watches.

// What is told is used by those who watch, each behind its feature, and each listens to a part of it only.
#![allow(clippy::used_underscore_binding, clippy::unused_self)]

use std::marker::PhantomData;
use std::panic::Location;

#[cfg(feature = "inspect")]
use crate::calls;
use crate::failure::Failure;
use crate::site::Function;
#[cfg(feature = "tracing")]
use crate::spans;

/// One call of a body, from its first line to its end.
#[derive(Default)]
pub(crate) struct Call {
    #[cfg(feature = "inspect")]
    pub(crate) note: calls::Note,
    #[cfg(feature = "tracing")]
    spans: spans::Call,
}

impl Call {
    /// `function`, with arguments of these names, is called at `called_at`, by whatever runs now.
    #[inline]
    pub(crate) fn new(
        _function: Function,
        _argument_names: &'static str,
        _called_at: &'static Location<'static>,
    ) -> Self {
        Call {
            #[cfg(feature = "inspect")]
            note: calls::Note::new(),
            #[cfg(feature = "tracing")]
            spans: spans::Call::new(_function, _argument_names),
        }
    }

    /// From now on it is kept here: what is kept was made before there was anything to keep.
    #[inline]
    pub(crate) fn keep(&self, _call: Call) {
        #[cfg(feature = "inspect")]
        self.note.keep(&_call.note);
        #[cfg(feature = "tracing")]
        self.spans.keep(&_call.spans);
    }

    /// The body runs until the guard is dropped: because it was called, or because of what was told last.
    #[inline]
    pub(crate) fn enter(&self) -> Segment<'_> {
        Segment {
            #[cfg(feature = "inspect")]
            _note: self.note.enter(),
            #[cfg(feature = "tracing")]
            _spans: self.spans.enter(),
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
        #[cfg(feature = "tracing")]
        self.spans.ended(_result);
    }
}

/// The time from the call or a wait of a body to its next wait or its end.
pub(crate) struct Segment<'a> {
    #[cfg(feature = "inspect")]
    _note: calls::Segment<'a>,
    #[cfg(feature = "tracing")]
    _spans: spans::Segment<'a>,
    _call: PhantomData<&'a Call>,
}

impl Segment<'_> {
    /// The segment has come to its end, and perhaps the body has.
    #[inline]
    pub(crate) fn ends<T>(&self, _result: Option<&Result<T, Failure>>) {
        #[cfg(feature = "tracing")]
        if let Some(result) = _result {
            self._spans.ends(result.as_ref().map(|_| ()));
        }
    }
}

/// The body that runs now is given a failure by its wait at `wait`.
#[inline]
pub(crate) fn given(_failure: &Failure, _wait: &'static Location<'static>) {
    #[cfg(feature = "tracing")]
    spans::given(_failure, _wait);
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
    pub(crate) fn begin(_origin: &Origin, _result: Result<(), &Failure>, _place: &'static Location<'static>) -> Self {
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

/// Sees whether a callback that is given a failure makes a value of it.
pub(crate) struct Recovery {
    #[cfg(feature = "tracing")]
    spans: spans::Recovery,
}

impl Recovery {
    #[inline]
    pub(crate) fn watch<T>(_result: &Result<T, Failure>) -> Self {
        Recovery {
            #[cfg(feature = "tracing")]
            spans: spans::Recovery::watch(_result.as_ref().err()),
        }
    }

    /// The callback `function`, added at `added_at`, gave a value.
    #[inline]
    pub(crate) fn succeeded(&self, _function: Function, _added_at: &'static Location<'static>) {
        #[cfg(feature = "tracing")]
        self.spans.succeeded(_function, _added_at);
    }
}

/// Nobody handles the failure, and the hook is told.
#[inline]
pub(crate) fn unhandled(_failure: &Failure) {
    #[cfg(feature = "tracing")]
    spans::unhandled(_failure);
}
