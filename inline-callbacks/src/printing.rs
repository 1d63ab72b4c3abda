//! What a Failure says: the error, its causes, where it was made and the waits it has crossed.
//!
//! An error of the user's that cannot be printed must not spoil the report of where it came from.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};

use crate::failure::{Failed, Failure, message_of};

/// How many causes are printed: nothing keeps an error from being its own source.
const MOST_CAUSES: usize = 64;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = text_of(self.error());
        f.write_str(&text)?;
        if f.alternate() {
            for cause in causes(self.error(), text) {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = text_of(self.error());
        f.write_str(&text)?;
        for cause in causes(self.error(), text) {
            write!(f, "\n    caused by: {cause}")?;
        }
        for line in way_of(self) {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// Where the failure was made and the waits it has crossed, a line each.
pub(crate) fn way_of(failure: &Failure) -> Vec<String> {
    let trace = failure.trace();
    let mut lines: Vec<String> = trace.iter().map(|site| format!("waited for in {site}")).collect();
    if trace.left_out() > 0 {
        lines.insert(trace.gap(), format!("... {} more waits ...", trace.left_out()));
    }
    lines.insert(0, format!("made in {}", failure.origin()));
    lines
}

/// The error in its own words, and a word of ours where those fail.
fn text_of(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    match panic::catch_unwind(AssertUnwindSafe(|| write!(text, "{error}"))) {
        Ok(Ok(())) => text,
        Ok(Err(fmt::Error)) => text + "<its Display failed>",
        Err(payload) => format!("{text}<its Display panicked: {}>", message_of(payload)),
    }
}

/// The causes in their own words, outermost first; `text` is what has been printed of the error.
///
/// Many errors print their cause as part of themselves, most of them after a colon or in brackets. Those causes are left
/// out, so that nothing is said twice. It is a guess: an error that prints its cause in any other way is said twice.
fn causes(error: &(dyn Error + 'static), text: String) -> Vec<String> {
    let (mut error, mut said, mut causes) = (error, text, Vec::new());
    for count in 0.. {
        error = match panic::catch_unwind(AssertUnwindSafe(|| error.source())) {
            Ok(Some(cause)) if count < MOST_CAUSES => cause,
            Ok(Some(_)) => {
                causes.push("... and so on".to_owned());
                break;
            }
            Ok(None) => break,
            Err(payload) => {
                causes.push(format!("<its source panicked: {}>", message_of(payload)));
                break;
            }
        };
        let cause = text_of(error);
        if !ends_with_cause(&said, &cause) {
            causes.push(cause.clone());
            said = cause;
        }
    }
    causes
}

fn ends_with_cause(text: &str, cause: &str) -> bool {
    let in_brackets = text.strip_suffix(')').and_then(|text| text.strip_suffix(cause));
    text == cause
        || text.strip_suffix(cause).is_some_and(|before| before.ends_with(": "))
        || in_brackets.is_some_and(|before| before.ends_with('('))
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
