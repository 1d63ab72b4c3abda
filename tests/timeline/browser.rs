//! The page in a browser: Chromium without a window, if there is one.
//!
//! Each test puts a script behind the page's own (`drive.js` and a few lines), which presses keys and clicks as a person would, with
//! events, and writes into the document what the page then says of itself. Chromium prints the document; what is written to the
//! console comes out on its stderr.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use inline_callbacks::prelude::*;
use inline_callbacks::timeline::{self, Recorder, Timeline};
use inline_callbacks::{Clock, testing};
use serde_json::Value;

use crate::page::{HOSTILE, hostile, page_of};

const DRIVER: &str = include_str!("drive.js");

/// Chromium draws frames when it likes while nobody looks, or none at all. With this before the page, they come at once.
const FRAMES: &str =
    "<script>window.requestAnimationFrame = (act) => setTimeout(() => act(performance.now()), 0);</script>";

/// Where Chromium is, or one of its relatives; `None` is said aloud.
fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let is_there = |name: &&str| {
        let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = names.into_iter().find(is_there);
    if found.is_none() {
        // To stderr itself, which the test harness does not keep back.
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let line = format!("SKIPPED {test}: there is no Chromium here (on Debian: apt-get install chromium)\n");
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }
    found
}

/// A folder of its own, for as long as it is needed.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("inline-callbacks-browser-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the page");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Shows the page in a window of that size and runs the script in it; gives what it noted. `None`: there is no Chromium.
fn drive(page: &str, size: (u32, u32), script: &str) -> Option<Vec<Value>> {
    let chromium = chromium()?;
    let folder = Folder::new();
    let file = folder.0.join("page.html");
    let program = format!("drive(async () => {{\n{script}\n}});");
    let page = page.replacen("<head>", &format!("<head>{FRAMES}"), 1);
    fs::write(
        &file,
        format!(
            "{page}<script>
{DRIVER}{program}
</script>"
        ),
    )
    .expect("the page");
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]);
    command.args([
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--enable-logging=stderr",
    ]);
    // Time in the page is not the machine's: it waits for nothing but the page itself.
    command.args(["--virtual-time-budget=20000", "--dump-dom"]);
    command.arg(format!("--window-size={},{}", size.0, size.1));
    command.arg(format!("--user-data-dir={}", folder.0.join("profile").display()));
    let output = command.arg(format!("file://{}", file.display())).output().expect("Chromium runs");
    let (document, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said: Vec<_> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(said.is_empty(), "the console says: {said:#?}");
    let (_, rest) = document.split_once(r#"<pre id="driven">"#).unwrap_or_else(|| panic!("nothing was noted: {log}"));
    let (noted, _) = rest.split_once("</pre>").expect("the end of what was noted");
    let steps: Vec<Value> = serde_json::from_str(noted).expect("JSON");
    let faults: Vec<_> = steps.iter().filter(|step| step["name"] == "fault").collect();
    assert!(faults.is_empty(), "{faults:?}");
    Some(steps)
}

/// The step of that name.
#[track_caller]
fn step<'a>(steps: &'a [Value], name: &str) -> &'a Value {
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}"))
}

/// A count that the page says in its state.
#[track_caller]
fn number(step: &Value, name: &str) -> usize {
    let said = step["state"][name].as_str().unwrap_or_else(|| panic!("no {name} in {step}"));
    said.parse().unwrap_or_else(|_| panic!("{name} is {said:?}"))
}

/// A place on the axis that the page says in its state.
#[track_caller]
fn measure(step: &Value, name: &str) -> f64 {
    let said = step["state"][name].as_str().unwrap_or_else(|| panic!("no {name} in {step}"));
    said.parse().unwrap_or_else(|_| panic!("{name} is {said:?}"))
}

#[inline_callbacks]
fn get_poem(download: Deferred<u32>) -> Deferred<u32> {
    let lines = yield_!(download)?;
    return_value!(lines)
}

#[inline_callbacks]
fn get_transformed_poem(download: Deferred<u32>, transform: Deferred<u32>) -> Deferred<u32> {
    let lines = yield_!(get_poem(download))?;
    let more = yield_!(transform)?;
    return_value!(lines + more)
}

/// Three poems, as client 7 gets them, on a clock: the second fails.
fn three_poems() -> Timeline {
    let clock = Clock::new();
    let time = clock.clone();
    let recording = Recorder::new().title("three poems").time(move || time.now()).record();
    let (mut downloads, mut transforms, mut poems) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let ((download, downloaded), (transform, transformed)) = (Deferred::new(), Deferred::new());
        poems.push(get_transformed_poem(downloaded, transformed).add_errback(|_| Ok(0)));
        downloads.push(download);
        transforms.push(transform);
    }
    for (number, download) in downloads.into_iter().enumerate().rev() {
        clock.advance(Duration::from_secs(1));
        if number == 1 { download.errback(Failure::msg("no poem today")) } else { download.callback(4) }
    }
    for transform in transforms {
        clock.advance(Duration::from_secs(1));
        transform.callback(1);
    }
    let lines: Vec<_> = poems.into_iter().map(testing::success_result_of).collect();
    assert_eq!(lines, [5, 0, 5]);
    recording.finish()
}

const WIDE: (u32, u32) = (1400, 800);

#[test]
fn the_page_shows_the_lanes_the_segments_and_the_arrows() {
    let Some(steps) = drive(
        &page_of(&three_poems()),
        WIDE,
        "await frame(); note('start', { pixels: paint(), title: document.title });",
    ) else {
        return;
    };
    let start = step(&steps, "start");
    assert_eq!(start["title"], "three poems");
    // Outside, and a caller and what it calls for each poem.
    assert_eq!((number(start, "lanes"), number(start, "rows")), (6, 7));
    // Six calls; three downloads that end and resume; two transforms; six endings with a callback at the end of each poem.
    let expected = 6 + 3 + 3 + 2 + 3;
    assert_eq!(number(start, "segments"), expected);
    // All but the calls were resumed by a fire, an end or a failure.
    assert_eq!(number(start, "arrows"), expected - 6);
    assert_eq!(start["state"]["arrowsShown"], start["state"]["arrows"]);
    assert!(number(start, "drawn") >= expected);
    assert!(start["pixels"].as_u64().unwrap() > 10_000, "{start}");
}

#[test]
fn a_click_tells_everything_about_a_segment() {
    // The first row below the outside one; its second segment is found with the arrow key.
    let script = "
        await frame();
        lanes.focus();
        press('Home');
        note('first', told());
        press('ArrowRight');
        note('second', told());
        // Where the ring is: a click there selects the same again.
        clickButton('all');
        press('Escape');
        note('none', told());
        const gutter = Math.round(Math.min(230, lanes.clientWidth * 0.3));
        for (let x = gutter; x < lanes.clientWidth && !state().selected; x += 4) pointAt(x, 38 + 19);
        note('clicked', told());
    ";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    assert_eq!(step(&steps, "none")["state"]["selected"], "");
    assert_eq!(step(&steps, "clicked")["state"]["selected"], step(&steps, "first")["state"]["selected"]);
    let facts = &step(&steps, "second")["facts"];
    let said = |term: &str| facts[term].as_str().unwrap_or_else(|| panic!("no {term} in {facts}")).to_owned();
    assert!(said("Function").ends_with("get_transformed_poem"));
    assert!(said("Resumed from").starts_with("the wait at tests/timeline/browser.rs:"), "{facts}");
    assert!(said("Resumed by").contains("get_poem #1 ended"), "{facts}");
    assert!(said("Until").starts_with("waits at tests/timeline/browser.rs:"));
    assert_eq!(said("Had waited"), "3 s");
    assert!(said("Took").starts_with("0 ns"));
    assert!(step(&steps, "second")["live"].as_str().unwrap().contains("get_transformed_poem #1"));
}

#[test]
fn a_fire_is_named_with_its_place_and_can_be_gone_to() {
    let script = "
        type('get_poem');
        const search = document.getElementById('search');
        search.focus();
        for (let i = 0; i < 4; i++) press('Enter');
        note('resumed', told());
        lanes.focus();
        press('Enter');
        note('fire', told());
    ";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    let resumed = step(&steps, "resumed");
    let by = resumed["facts"]["Resumed by"].as_str().expect("who resumed it");
    assert!(by.contains("code outside of any body fired") && by.contains("at tests/timeline/browser.rs:"), "{by}");
    assert!(step(&steps, "fire")["state"]["selected"].as_str().unwrap().starts_with("event "), "{steps:?}");
    assert_eq!(step(&steps, "fire")["heading"], "fire");
}

#[test]
fn the_search_finds_functions_places_and_failures() {
    let script = "
        press('/');
        note('slash', { focus: document.activeElement.id });
        type('no poem today'); note('failure');
        type('GET_POEM #2'); note('lane');
        press('Enter'); note('first', told()); press('Enter'); note('second', told());
        press('Enter', { shiftKey: true }); note('back');
        type('nothing of the kind'); note('nothing', { said: document.getElementById('found').textContent });
        press('Escape'); note('cleared', { value: document.activeElement.value });
    ";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    assert_eq!(step(&steps, "slash")["focus"], "search");
    // The fire, the two bodies that end with it, and the errback.
    assert!(number(step(&steps, "failure"), "found") >= 3);
    assert_eq!(number(step(&steps, "lane"), "found"), 2);
    let selected = |name: &str| step(&steps, name)["state"]["selected"].clone();
    assert!(selected("first") != selected("second") && selected("first") == selected("back"));
    assert_eq!(step(&steps, "first")["heading"], "get_poem");
    assert_eq!((number(step(&steps, "nothing"), "found"), &step(&steps, "nothing")["said"]), (0, &"0 found".into()));
    assert_eq!((&step(&steps, "cleared")["value"], number(step(&steps, "cleared"), "found")), (&"".into(), 0));
}

#[test]
fn keys_zoom_pan_and_go_from_segment_to_segment() {
    let script = "
        press('0'); note('all');
        press('+'); press('+'); press('+'); note('in');
        press('-'); note('out');
        lanes.focus(); press('Escape'); note('let go');
        press('ArrowRight'); note('panned');
        press('0'); note('again');
        lanes.blur(); lanes.focus(); press('Home'); note('home');
        press('Tab'); note('tab'); press('Tab'); press('Tab', { shiftKey: true }); note('back');
        press('ArrowDown'); note('down'); press('ArrowUp'); note('up');
        press('End'); note('end');
        const leaves = press('Tab'); note('leaving', { leaves });
        press('Escape'); const free = press('Tab'); note('free', { free });
        press('o'); note('time'); press('o'); note('order');
        press('?'); note('help', { open: document.getElementById('help').open });
    ";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    let length = |name: &str| measure(step(&steps, name), "to") - measure(step(&steps, name), "from");
    assert!(length("in") < length("all") / 3.0 && length("in") < length("out") && length("out") < length("all"));
    assert!(measure(step(&steps, "panned"), "from") > measure(step(&steps, "let go"), "from"));
    assert!((length("again") - length("all")).abs() < 0.01);
    let selected = |name: &str| step(&steps, name)["state"]["selected"].as_str().unwrap();
    assert!(selected("home") != selected("tab") && selected("tab") == selected("back"));
    assert!(selected("down") != selected("back") && !selected("up").is_empty());
    // A key that nobody took goes on to the browser, which moves the focus: nobody is trapped.
    assert_eq!((selected("end") == selected("leaving"), &step(&steps, "leaving")["leaves"]), (true, &true.into()));
    assert_eq!((selected("free"), &step(&steps, "free")["free"]), ("", &true.into()));
    assert_eq!(
        (&step(&steps, "time")["state"]["mode"], &step(&steps, "order")["state"]["mode"]),
        (&"time".into(), &"order".into())
    );
    assert!(length("time") > 1e9, "nanoseconds");
    assert_eq!(step(&steps, "help")["open"], true);
}

#[test]
fn calls_can_be_folded_into_the_lanes_of_their_callers() {
    let script = "press('c'); await frame(); note('folded'); press('c'); await frame(); note('unfolded');";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    // Three poems as three lanes, and the outside.
    assert_eq!((number(step(&steps, "folded"), "rows"), number(step(&steps, "unfolded"), "rows")), (4, 7));
}

#[test]
fn the_same_is_there_as_a_table() {
    let script = "
        const table = () => ({ rows: document.querySelectorAll('#body tr').length, text: document.getElementById('body').textContent });
        press('t'); note('table', table());
        type('no poem today'); note('found', table());
        document.querySelector('#body button').click(); note('selected', told());
        press('t'); note('lanes');
    ";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    // Each segment, and the six fires from outside; the trigger of the transform that nobody wants is one of them.
    assert_eq!(step(&steps, "table")["rows"], 17 + 6);
    assert!(step(&steps, "table")["text"].as_str().unwrap().contains("get_transformed_poem #3"));
    assert_eq!(
        step(&steps, "found")["rows"].as_u64().and_then(|rows| usize::try_from(rows).ok()),
        Some(number(step(&steps, "found"), "found"))
    );
    assert_ne!(step(&steps, "selected")["state"]["selected"], "");
    assert_eq!(step(&steps, "lanes")["state"]["view"], "lanes");
}

#[test]
fn light_and_dark_can_be_chosen() {
    let script = "
        await frame();
        const corner = () => [...pixels().slice(-4)];
        note('before', { corner: corner() });
        clickButton('theme'); await frame();
        note('after', { corner: corner() });
    ";
    let Some(steps) = drive(&page_of(&three_poems()), WIDE, script) else { return };
    let theme = |name: &str| step(&steps, name)["state"]["theme"].as_str().unwrap().to_owned();
    assert_eq!((theme("before"), theme("after")), ("light".to_owned(), "dark".to_owned()));
    let light = |name: &str| step(&steps, name)["corner"][0].as_u64().unwrap();
    assert!(light("before") > 200 && light("after") < 60);
}

#[test]
fn a_narrow_window_shows_the_lanes_and_below_them_the_details() {
    let script = "
        await frame(); lanes.focus(); press('Home'); await frame();
        const box = (id) => { const { left, right, top, bottom } = document.getElementById(id).getBoundingClientRect(); return [left, right, top, bottom]; };
        note('narrow', { chart: box('chart'), details: box('details'), page: document.documentElement.scrollWidth, window: innerWidth });
    ";
    let Some(steps) = drive(&page_of(&three_poems()), (500, 800), script) else { return };
    let narrow = step(&steps, "narrow");
    assert!(narrow["page"].as_f64() <= narrow["window"].as_f64(), "nothing sticks out: {narrow}");
    let side = |of: &str, at: usize| narrow[of][at].as_f64().unwrap();
    assert!(side("chart", 3) <= side("details", 2) + 1.0 && side("chart", 3) - side("chart", 2) > 200.0, "{narrow}");
}

#[test]
fn hostile_names_are_shown_as_they_are() {
    let script = "
        lanes.focus(); press('End');
        note('shown', { title: document.getElementById('title').textContent, scripts: document.scripts.length, bold: document.querySelectorAll('b').length, ...told() });
    ";
    let Some(steps) = drive(&page_of(&hostile()), WIDE, script) else { return };
    let shown = step(&steps, "shown");
    assert_eq!(shown["title"], HOSTILE);
    assert!(shown["badge"].as_str().unwrap().ends_with(HOSTILE), "{shown}");
    // The data, the page's own script, and two of the driver.
    assert_eq!((shown["scripts"].as_u64(), shown["bold"].as_u64()), (Some(4), Some(0)));
}

/// Ten thousand bodies, each of which waits twice.
fn ten_thousand_lanes() -> Timeline {
    let recording = timeline::record();
    let mut poems = Vec::new();
    for _ in 0..10_000 {
        let ((first, one), (second, other)) = (Deferred::new(), Deferred::new());
        let sum =
            get_poem(one).add_callback(move |n: u32| Ok(n)).add_callback(|n| get_poem(inline_callbacks::succeed(n)));
        poems.push((first, second, sum, get_poem(other)));
    }
    // Not one after the other: what belongs together is to be far apart.
    poems.sort_by_key(|(first, ..)| format!("{first:p}"));
    for (first, second, sum, other) in poems {
        first.callback(1);
        second.callback(1);
        assert!(sum.is_fired() && other.is_fired());
    }
    recording.finish()
}

#[test]
fn ten_thousand_lanes_are_drawn_as_fast_as_ten() {
    let script = "
        await frame(); note('start', { pixels: paint() });
        const scroller = document.getElementById('scroller');
        scroller.scrollTop = scroller.scrollHeight; await frame();
        note('bottom', { top: scroller.scrollTop });
        press('0'); await frame(); note('all', { pixels: paint() });
        for (let i = 0; i < 5; i++) press('['); await frame(); note('low', { pixels: paint() });
        type('get_poem #20000'); note('found'); document.getElementById('search').focus(); press('Enter'); note('selected', told());
    ";
    let Some(steps) = drive(&page_of(&ten_thousand_lanes()), WIDE, script) else { return };
    let start = step(&steps, "start");
    assert!(number(start, "lanes") >= 20_000, "{start}");
    assert!(step(&steps, "bottom")["top"].as_f64().unwrap() > 100_000.0);
    // Only what is in view is drawn, and what falls on one pixel once: whatever is in view, that is no more than pixels.
    for name in ["start", "bottom", "all", "low"] {
        assert!(number(step(&steps, name), "drawn") < 20_000, "{name}: {steps:?}");
    }
    assert!(step(&steps, "low")["pixels"].as_u64().unwrap() > 1_000);
    assert!(number(step(&steps, "found"), "found") >= 1);
    assert_ne!(step(&steps, "selected")["state"]["selected"], "");
}

/// Runs the example, built with the feature.
fn client7(arguments: &[&str]) -> std::process::Output {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "run",
        "--quiet",
        "-p",
        "inline-callbacks-examples",
        "--example",
        "client7",
        "--features",
        "timeline",
        "--",
    ]);
    cargo.arg("--quiet").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs")
}

#[test]
fn client_7_draws_its_three_poems() {
    let folder = Folder::new();
    let file = folder.0.join("poems.html");
    let finished = client7(&["--timeline", file.to_str().expect("a plain path")]);
    assert!(finished.status.success(), "{}", String::from_utf8_lossy(&finished.stderr));
    assert!(!finished.stdout.is_empty(), "the poems are printed as always");
    let page = fs::read_to_string(&file).expect("the page");
    let script = "
        await frame(); note('start');
        press('c'); await frame(); note('folded');
        type('get_transformed_poem'); note('poems');
        document.getElementById('search').focus(); press('Enter'); note('first', told());
    ";
    let Some(steps) = drive(&page, WIDE, script) else { return };
    let start = step(&steps, "start");
    // Each poem is a body that calls one for the download and one for the transform; the servers are left out.
    assert_eq!((number(start, "lanes"), number(step(&steps, "folded"), "rows")), (9, 3));
    // Each download and each transform resumes its poem, whose end runs two callbacks.
    assert!(number(start, "arrows") >= 12 && start["state"]["arrows"] == start["state"]["arrowsShown"], "{start}");
    // The segments between the waits of each of three poems, and the callbacks.
    assert!(number(step(&steps, "poems"), "found") >= 9);
    assert_eq!(step(&steps, "first")["heading"], "get_transformed_poem");
}

#[test]
fn client_7_writes_a_trace_if_the_name_says_so() {
    let folder = Folder::new();
    let file = folder.0.join("poems.json");
    let finished = client7(&["--timeline", file.to_str().expect("a plain path")]);
    assert!(finished.status.success(), "{}", String::from_utf8_lossy(&finished.stderr));
    let trace: Value = serde_json::from_str(&fs::read_to_string(&file).expect("the trace")).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let bodies = events.iter().filter(|event| event["name"] == "get_transformed_poem").count();
    assert!(bodies >= 9, "{bodies}");
}

#[test]
fn client_7_refuses_a_file_that_it_cannot_write_before_it_downloads() {
    let folder = Folder::new();
    let finished = client7(&["--timeline", folder.0.join("missing/poems.html").to_str().expect("a plain path")]);
    assert_eq!(finished.status.code(), Some(1));
    let said = String::from_utf8(finished.stderr).expect("text");
    assert!(
        said.starts_with("error: the timeline cannot be written to ") && said.trim_end().lines().count() == 1,
        "{said}"
    );
    assert!(finished.stdout.is_empty());
}
