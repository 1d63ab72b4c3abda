//! The page as a text: one file, with nothing in it that names of the user's could break.

use inline_callbacks::prelude::*;
use inline_callbacks::testing;
use inline_callbacks::timeline::{Recorder, Timeline};
use serde_json::Value;

#[inline_callbacks]
fn wait_for(deferred: Deferred<u32>) -> Deferred<u32> {
    yield_!(deferred)
}

/// What could end a script, a string, a line or a comment.
pub(crate) const HOSTILE: &str =
    "</script><script>alert('\u{2028}\u{2029}\\\"')</script><!-- <b>{data}{scripts}</b> é \u{0}";

/// A recording in which everything that the user names is hostile.
pub(crate) fn hostile() -> Timeline {
    let recording = Recorder::new().title(HOSTILE).record();
    let (trigger, deferred) = Deferred::new();
    let body = wait_for(deferred);
    trigger.errback(Failure::msg(HOSTILE));
    testing::failure_result_of(body);
    recording.finish()
}

pub(crate) fn page_of(timeline: &Timeline) -> String {
    let mut page = Vec::new();
    timeline.write_html(&mut page).expect("a vector takes everything");
    String::from_utf8(page).expect("text")
}

/// The records in the page.
fn data_of(page: &str) -> Value {
    let (_, rest) = page.split_once(r#"id="data">"#).expect("the data");
    let (data, _) = rest.split_once("</script>").expect("their end");
    serde_json::from_str(data).expect("JSON")
}

#[test]
fn names_of_the_users_cannot_leave_the_data() {
    let page = page_of(&hostile());
    let data = data_of(&page);
    assert_eq!(data["head"]["title"], HOSTILE);
    assert_eq!(data["events"][0][8], HOSTILE);
    assert!(!page.contains("alert('") || !page.contains("<script>alert"), "it is escaped");
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains(['\u{2028}', '\u{2029}']));
}

#[test]
fn the_page_needs_nothing_else() {
    let page = page_of(&hostile());
    for what in ["http:", "https:", "src=", "@import", "url(", "fetch(", "import("] {
        assert!(!page.contains(what), "{what}");
    }
}

#[test]
fn a_file_is_a_page_or_by_its_name_a_trace() {
    let folder = std::env::temp_dir().join(format!("inline-callbacks-timeline-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (page, trace) = (folder.join("poems.html"), folder.join("poems.JSON"));
    let timeline = hostile();
    timeline.save(&page).unwrap();
    timeline.save(&trace).unwrap();
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!doctype html>"));
    let trace: Value = serde_json::from_str(&std::fs::read_to_string(&trace).unwrap()).unwrap();
    assert!(trace["traceEvents"].is_array());
    assert!(timeline.save(folder.join("missing/poems.html")).is_err());
    std::fs::remove_dir_all(folder).unwrap();
}
