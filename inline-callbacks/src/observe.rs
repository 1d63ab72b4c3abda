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
#[cfg(feature = "timeline")]
use crate::timeline::noting;

/// One call of a body, from its first line to its end.
#[cfg_attr(not(any(feature = "inspect", feature = "timeline", feature = "tracing")), derive(Default))]
pub(crate) struct Call {
    #[cfg(feature = "timeline")]
    timeline: noting::Call,
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
            #[cfg(feature = "timeline")]
            timeline: noting::Call::new(_function, _called_at),
            #[cfg(feature = "inspect")]
            note: calls::Note::new(),
            #[cfg(feature = "tracing")]
            spans: spans::Call::new(_function, _argument_names),
        }
    }

    /// The body runs until the guard is dropped: because it was called, or because of what was told last.
    #[inline]
    pub(crate) fn enter(&self) -> Segment<'_> {
        Segment {
            #[cfg(feature = "inspect")]
            _note: self.note.enter(),
            #[cfg(feature = "tracing")]
            _spans: self.spans.enter(),
            #[cfg(feature = "timeline")]
            _timeline: self.timeline.enter(),
            _call: PhantomData,
        }
    }

    /// The segment has ended at a wait. A wait that does not say where it is has the place of the one before.
    #[inline]
    pub(crate) fn waits(&self, _place: &'static Location<'static>, _says_where: bool) {
        #[cfg(feature = "inspect")]
        self.note.waits(_says_where);
        #[cfg(feature = "timeline")]
        self.timeline.waits(_place);
    }

    /// Whoever would resume the body finds it running: it will look again.
    #[inline]
    pub(crate) fn told_meanwhile(&self) {
        #[cfg(feature = "timeline")]
        self.timeline.told_meanwhile();
    }

    /// The body does not come to rest at its wait: what it waits for is there.
    #[inline]
    pub(crate) fn goes_on(&self) {
        #[cfg(feature = "timeline")]
        self.timeline.goes_on();
    }

    /// The body has ended: whoever waits for it is resumed because of that.
    #[inline]
    pub(crate) fn ended(&self, _result: Result<(), &Failure>) {
        #[cfg(feature = "inspect")]
        self.note.ended();
        #[cfg(feature = "tracing")]
        self.spans.ended(_result);
        #[cfg(feature = "timeline")]
        self.timeline.ended(_result);
    }
}

/// The time from the call or a wait of a body to its next wait or its end.
pub(crate) struct Segment<'a> {
    #[cfg(feature = "timeline")]
    _timeline: noting::Entered<'a>,
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

/// The body that runs has come to a wait at `place`, which may be over at once.
#[inline]
pub(crate) fn comes_to_wait(_place: &'static Location<'static>) {
    #[cfg(feature = "timeline")]
    noting::comes_to_wait(_place);
}

/// What is known of a Deferred: kept in its core.
#[derive(Default)]
pub(crate) struct Origin {
    #[cfg(feature = "timeline")]
    made_at: std::cell::Cell<Option<&'static Location<'static>>>,
    #[cfg(feature = "inspect")]
    pub(crate) made: std::cell::Cell<Option<calls::Made>>,
}

impl Origin {
    /// The Deferred was made at `place`.
    #[inline]
    pub(crate) fn made_at(&self, _place: &'static Location<'static>) {
        #[cfg(feature = "timeline")]
        self.made_at.set(Some(_place));
        #[cfg(feature = "inspect")]
        self.made.set(Some(calls::Made::at(_place)));
    }
}

/// A trigger is fired at `place`: what is resumed while the guard lives is resumed because of that.
#[must_use]
pub(crate) struct Firing {
    #[cfg(feature = "timeline")]
    _timeline: noting::Guard,
}

impl Firing {
    #[inline]
    pub(crate) fn begin(_origin: &Origin, _result: Result<(), &Failure>, _place: &'static Location<'static>) -> Self {
        Firing {
            #[cfg(feature = "timeline")]
            _timeline: noting::fires(_origin.made_at.get(), _result.err(), _place),
        }
    }
}

/// A trigger is dropped unfired: what is resumed because of that, now or later, is resumed while the guard or the reason that is
/// known meanwhile holds.
#[must_use]
pub(crate) struct Abandoning {
    #[cfg(feature = "timeline")]
    _timeline: noting::Guard,
}

impl Abandoning {
    #[inline]
    pub(crate) fn begin(_origin: &Origin) -> Self {
        Abandoning {
            #[cfg(feature = "timeline")]
            _timeline: noting::abandons(_origin.made_at.get()),
        }
    }
}

/// Cancelling was asked for at `place`: what is resumed while the guard lives is resumed because of that.
#[must_use]
pub(crate) struct CancelRequest {
    #[cfg(feature = "timeline")]
    _timeline: Option<noting::Guard>,
}

impl CancelRequest {
    #[inline]
    pub(crate) fn begin(_is_in_vain: impl FnOnce() -> bool, _place: &'static Location<'static>) -> Self {
        CancelRequest {
            #[cfg(feature = "timeline")]
            _timeline: (!_is_in_vain()).then(|| noting::cancels(_place)),
        }
    }
}

/// A callback of a chain runs until the guard is dropped.
#[must_use]
pub(crate) struct Callback {
    #[cfg(feature = "timeline")]
    _timeline: noting::Guard,
    #[cfg(feature = "inspect")]
    _nobody: calls::Nobody,
}

impl Callback {
    #[inline]
    pub(crate) fn begin(_function: Function, _added_at: &'static Location<'static>) -> Self {
        Callback {
            #[cfg(feature = "timeline")]
            _timeline: noting::callback(_function, _added_at),
            #[cfg(feature = "inspect")]
            _nobody: calls::Nobody::begin(),
        }
    }
}

/// A call that was scheduled runs until the guard is dropped.
#[must_use]
pub(crate) struct DelayedCall {
    #[cfg(feature = "timeline")]
    _timeline: noting::Guard,
    #[cfg(feature = "inspect")]
    _nobody: calls::Nobody,
}

impl DelayedCall {
    #[inline]
    pub(crate) fn begin(_function: Function, _scheduled_at: &'static Location<'static>) -> Self {
        DelayedCall {
            #[cfg(feature = "timeline")]
            _timeline: noting::delayed_call(_function, _scheduled_at),
            #[cfg(feature = "inspect")]
            _nobody: calls::Nobody::begin(),
        }
    }
}

/// Why things go on: what was told last. Whoever postpones something keeps it.
pub(crate) struct Reason {
    #[cfg(feature = "timeline")]
    timeline: noting::Reason,
}

impl Reason {
    #[inline]
    pub(crate) fn now() -> Self {
        Reason {
            #[cfg(feature = "timeline")]
            timeline: noting::Reason::now(),
        }
    }

    /// Makes this what was told last, until the guard is dropped; then it is again what it was.
    #[inline]
    pub(crate) fn holds(&self) -> Holding {
        Holding {
            #[cfg(feature = "timeline")]
            _timeline: self.timeline.holds(),
        }
    }
}

/// See [`Reason::holds`].
#[must_use]
pub(crate) struct Holding {
    #[cfg(feature = "timeline")]
    _timeline: noting::Guard,
}

/// The reasons for which those who wait on the stack of a turn will be resumed.
pub(crate) struct Reasons {
    #[cfg(feature = "timeline")]
    timeline: noting::Reasons,
}

impl Reasons {
    /// When it is dropped, what was told last is again what it is now.
    #[inline]
    pub(crate) fn new() -> Self {
        Reasons {
            #[cfg(feature = "timeline")]
            timeline: noting::Reasons::new(),
        }
    }

    /// There are `_others` on the stack now.
    #[inline]
    pub(crate) fn keep(&mut self, _others: usize) {
        #[cfg(feature = "timeline")]
        self.timeline.keep(_others);
    }

    /// The topmost of them is resumed next.
    #[inline]
    pub(crate) fn recall(&mut self) {
        #[cfg(feature = "timeline")]
        self.timeline.recall();
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
    #[cfg(feature = "timeline")]
    noting::is_unhandled(_failure);
}
