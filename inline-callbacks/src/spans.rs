//! Bodies as spans of `tracing`, failures as its events.
//!
//! A span bears the name of its function, so that programs that count or draw spans tell one function from another. The macros of
//! `tracing` know a name only where it is written down; hence a callsite of our own for each function.
//!
//! The subscriber is the user's. What it panics with goes no further, also while the thread ends and it lacks what it needs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::span::Id;
use tracing::subscriber::Interest;
use tracing::{Dispatch, Level, Metadata, Span, Value, dispatcher};
use tracing_core::callsite::{self, Callsite, Identifier};
use tracing_core::field::FieldSet;
use tracing_core::metadata::Kind;

use crate::failure::Failure;
use crate::panics;
use crate::site::{self, Function, Site};

/// What everything here is filtered by.
const TARGET: &str = "inline_callbacks";
/// Of spans, and of failures, most of which somebody handles.
const LEVEL: Level = Level::DEBUG;
/// The name of a span whose function is none of the user's.
const NAMELESS: &str = "inline_callback";

/// The span of one call of a body.
#[derive(Default)]
pub(crate) struct Call {
    /// Its own, or, where nobody wants that, the one that was current at the call. Gone once the body has ended.
    span: Cell<Option<Span>>,
    /// The latest failure that it was given.
    given: Cell<Option<Box<Given>>>,
    /// How the body ended has been told.
    told: Cell<bool>,
}

/// A failure that came out of a wait: in words, since a clone would keep the body from taking the error out.
struct Given {
    error: String,
    wait: Site,
}

thread_local! {
    /// What the body that runs now was given. Nested segments put it aside.
    static GIVEN: Cell<Option<Box<Given>>> = const { Cell::new(None) };
}

impl Call {
    pub(crate) fn new(function: Function, argument_names: &'static str) -> Self {
        let call = Call::default();
        contained(|| call.span.set(span_of(function, argument_names)));
        call
    }

    pub(crate) fn enter(&self) -> Segment<'_> {
        self.with_subscriber(|id, subscriber| subscriber.enter(id));
        Segment { call: self, given_before: swap_given(self.given.take()) }
    }

    /// A body that was cancelled at a wait that has no room for a failure ends outside of its segments.
    pub(crate) fn ended(&self, result: Result<(), &Failure>) {
        if let (Err(failure), false) = (result, self.told.get()) {
            let _segment = self.enter();
            contained(|| failed(failure));
        }
        panics::drop_contained(self.span.take());
    }

    /// The span stays out of the cell only while its subscriber runs.
    fn with_subscriber(&self, tell: impl FnOnce(&Id, &Dispatch)) {
        if let Some(span) = self.span.take() {
            contained(|| {
                span.with_subscriber(|(id, subscriber)| tell(id, subscriber));
            });
            self.span.set(Some(span));
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        panics::drop_contained(self.span.take());
    }
}

/// The span is entered until this is dropped.
pub(crate) struct Segment<'a> {
    call: &'a Call,
    given_before: Option<Box<Given>>,
}

impl Drop for Segment<'_> {
    fn drop(&mut self) {
        self.call.given.set(swap_given(self.given_before.take()));
        self.call.with_subscriber(|id, subscriber| subscriber.exit(id));
    }
}

impl Segment<'_> {
    /// The body has ended, in its span still: some formatters look for the spans around an event nowhere else.
    pub(crate) fn ends(&self, result: Result<(), &Failure>) {
        self.call.told.set(true);
        let given = swap_given(None);
        contained(|| match (result, given) {
            (Err(failure), _) => failed(failure),
            (Ok(()), Some(given)) => recovered(&given),
            (Ok(()), None) => {}
        });
    }
}

/// While the thread ends nothing is kept.
fn swap_given(given: Option<Box<Given>>) -> Option<Box<Given>> {
    GIVEN.try_with(|cell| cell.replace(given)).ok().flatten()
}

/// The body that runs now is given a failure by its wait at `wait`.
pub(crate) fn given(failure: &Failure, wait: &'static Location<'static>) {
    if is_wanted() {
        let wait = Site::new(site::running(), wait);
        let before = swap_given(Some(Box::new(Given { error: failure.to_string(), wait })));
        drop(before);
    }
}

/// What a callback was given, if that was a failure.
pub(crate) struct Recovery(Option<String>);

impl Recovery {
    pub(crate) fn watch(failure: Option<&Failure>) -> Self {
        Recovery(failure.filter(|_| is_wanted()).map(ToString::to_string))
    }

    pub(crate) fn succeeded(&self, function: Function, added_at: &'static Location<'static>) {
        if let Some(error) = &self.0 {
            let callback = Site::new(function, added_at);
            contained(|| tracing::event!(target: TARGET, LEVEL, %error, %callback, "recovered"));
        }
    }
}

/// The body made up for the latest failure that it was given.
fn recovered(Given { error, wait }: &Given) {
    tracing::event!(target: TARGET, LEVEL, %error, %wait, "recovered");
}

fn failed(failure: &Failure) {
    tracing::event!(
        target: TARGET, LEVEL, error = %failure, origin = %failure.origin(), waits = waits_of(failure), "failed"
    );
}

pub(crate) fn unhandled(failure: &Failure) {
    contained(|| {
        tracing::event!(
            target: TARGET, Level::ERROR, error = %failure, origin = %failure.origin(), waits = waits_of(failure), "unhandled failure"
        );
    });
}

/// The waits in one line, innermost first; nothing if there are none.
fn waits_of(failure: &Failure) -> Option<String> {
    let trace = failure.trace();
    let mut waits: Vec<_> = trace.iter().map(ToString::to_string).collect();
    if trace.left_out() > 0 {
        waits.push(format!("and {} more, in between", trace.left_out()));
    }
    (!waits.is_empty()).then(|| waits.join(", "))
}

/// Calls the subscriber.
fn contained(work: impl FnOnce()) {
    panics::drop_contained(panics::contain(work));
}

fn is_wanted() -> bool {
    LEVEL <= STATIC_MAX_LEVEL && LEVEL <= LevelFilter::current()
}

/// A new span, child of the current one; or the current one, if nobody wants a new one.
fn span_of(function: Function, argument_names: &'static str) -> Option<Span> {
    if LevelFilter::current() == LevelFilter::OFF {
        return None;
    }
    let span = match is_wanted().then(|| place_of(function)) {
        Some(place) if place.is_enabled() => place.span(site::users_name(function), argument_names),
        _ => Span::current(),
    };
    (!span.is_none()).then_some(span)
}

/// What `tracing` knows about the spans of a function. They live forever, as those that its macros make do.
struct Place {
    metadata: OnceLock<Metadata<'static>>,
    interest: AtomicU8,
}

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

/// The places of all functions that were called, by the address of what gives their names: a function may have several.
static PLACES: RwLock<BTreeMap<usize, &'static Place>> = RwLock::new(BTreeMap::new());

fn place_of(function: Function) -> &'static Place {
    let address = function as usize;
    // A copy, so that no lock is held while the subscriber is told.
    let known = PLACES.read().unwrap_or_else(PoisonError::into_inner).get(&address).copied();
    known.unwrap_or_else(|| {
        let place = Place::new(site::users_name(function));
        PLACES.write().unwrap_or_else(PoisonError::into_inner).insert(address, place);
        place
    })
}

impl Place {
    #[cold]
    fn new(function: &'static str) -> &'static Self {
        let place: &'static Place =
            Box::leak(Box::new(Place { metadata: OnceLock::new(), interest: AtomicU8::new(SOMETIMES) }));
        let fields = FieldSet::new(&["function", "arguments"], Identifier(place));
        let name = last_word_of(function);
        place.metadata.get_or_init(|| Metadata::new(name, TARGET, LEVEL, None, None, None, fields, Kind::SPAN));
        callsite::register(place);
        place
    }

    fn known(&self) -> &Metadata<'static> {
        self.metadata.get().expect("set before anybody sees the place")
    }

    fn is_enabled(&'static self) -> bool {
        match self.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => dispatcher::get_default(|subscriber| subscriber.enabled(self.known())),
        }
    }

    fn span(&'static self, function: &'static str, argument_names: &'static str) -> Span {
        let metadata = self.known();
        let fields = metadata.fields();
        let field = |name| fields.field(name).expect("one of its fields");
        let names = (!argument_names.is_empty()).then_some(&argument_names as &dyn Value);
        let values = [(&field("function"), Some(&function as &dyn Value)), (&field("arguments"), names)];
        Span::new(metadata, &fields.value_set(&values))
    }
}

impl Callsite for Place {
    fn set_interest(&self, interest: Interest) {
        let interest = match interest {
            interest if interest.is_never() => NEVER,
            interest if interest.is_always() => ALWAYS,
            _ => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.known()
    }
}

/// `get_poem` of `client::get_poem<alloc::string::String>`.
fn last_word_of(path: &'static str) -> &'static str {
    let (mut depth, mut start, mut end) = (0_usize, 0, path.len());
    for (at, letter) in path.char_indices() {
        match letter {
            '<' => {
                if depth == 0 {
                    end = at;
                }
                depth += 1;
            }
            // Not that of `->`.
            '>' if !path[..at].ends_with('-') => depth = depth.saturating_sub(1),
            ':' if depth == 0 => (start, end) = (at + 1, path.len()),
            _ => {}
        }
    }
    if start < end { &path[start..end] } else { NAMELESS }
}
