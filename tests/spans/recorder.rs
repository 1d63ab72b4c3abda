//! A subscriber that writes down what it is told, a line each.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// What was told so far.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    /// Runs `work` with a recorder as the subscriber of this thread.
    pub(crate) fn during(work: impl FnOnce(&Recorder)) {
        let recorder = Recorder::default();
        let subscriber = Registry::default().with(recorder.clone());
        tracing::subscriber::with_default(subscriber, || work(&recorder));
    }

    /// What was told since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics in here"))
    }

    /// Those lines of it that are about `what`.
    pub(crate) fn take_of(&self, what: &str) -> Vec<String> {
        self.take().into_iter().filter(|line| line.starts_with(what)).collect()
    }

    fn note(&self, line: String) {
        self.0.lock().expect("nobody panics in here").push(line);
    }
}

/// ` name=value` for each field.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0.insert_str(0, &format!(" {value:?}"));
        } else {
            write!(self.0, " {}={value:?}", field.name()).expect("a string has room");
        }
    }
}

/// The names of the spans around, from the outermost to this one.
fn path<S: Subscriber + for<'a> LookupSpan<'a>>(id: Option<&Id>, context: &Context<'_, S>) -> String {
    let span = id.and_then(|id| context.span(id));
    let names = span.iter().flat_map(|span| span.scope().from_root()).map(|span| span.name().to_owned());
    names.collect::<Vec<_>>().join("/")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let metadata = attributes.metadata();
        self.note(format!("new {} {}:{}{}", path(Some(id), &context), metadata.target(), metadata.level(), fields.0));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.note(format!("enter {}", path(Some(id), &context)));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.note(format!("exit {}", path(Some(id), &context)));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.note(format!("close {}", path(Some(&id), &context)));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let around = context.event_span(event).map(|span| span.id());
        let metadata = event.metadata();
        self.note(format!(
            "event {}:{} in {:?}{}",
            metadata.target(),
            metadata.level(),
            path(around.as_ref(), &context),
            fields.0
        ));
    }
}
