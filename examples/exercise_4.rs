//! Exercise 4: in how many ways can the three generators of client 7 be interleaved?
//!
//! Each of them has three pieces: up to the download, up to the transform, and the end. The first pieces run in the order of
//! the calls; what remains are two pieces for each poem, in any order that keeps those of a poem apart: 6!/(2!)³ = 90. A poem
//! whose download fails has one piece less. Nothing here computes that: `explore` runs the program under every order there
//! is, and the bodies write down which piece runs when.
//!
//! ```text
//! cargo run -q --example exercise_4
//! cargo run -q --example exercise_4 -- --poems 4 --failed 1
//! ```

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use inline_callbacks::explore::{Checks, Explorer, World};
use inline_callbacks::prelude::*;

/// Counts the interleavings of client 7's generators
#[derive(Parser)]
#[command(name = "exercise_4")]
struct Options {
    /// How many poems are downloaded
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=6))]
    poems: u8,

    /// How many of the downloads fail; if nothing is said, each number in turn
    #[arg(long)]
    failed: Option<u8>,
}

/// A piece of a body that has run: of which poem, and what it had just got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    poem: u8,
    got: Got,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Got {
    Poem,
    Failure,
    Transformed,
}

type Diary = Rc<RefCell<Vec<Piece>>>;

/// The body of client 7, with events in place of servers.
#[inline_callbacks]
fn get_transformed_poem(poem: u8, fails: bool, world: World, diary: Diary) -> Deferred<String> {
    let text = match yield_!(get_poetry(poem, fails, &world)) {
        Ok(text) => text,
        Err(why) => {
            diary.borrow_mut().push(Piece { poem, got: Got::Failure });
            return Err(why);
        }
    };
    diary.borrow_mut().push(Piece { poem, got: Got::Poem });
    let transformed = yield_!(cummingsify(poem, &text, &world))?;
    diary.borrow_mut().push(Piece { poem, got: Got::Transformed });
    return_value!(transformed)
}

fn get_poetry(poem: u8, fails: bool, world: &World) -> Deferred<String> {
    world.event(format!("download {poem}")).add_callback(move |()| {
        if fails { Err(Failure::msg("connection refused")) } else { Ok(format!("POEM {poem}")) }
    })
}

fn cummingsify(poem: u8, text: &str, world: &World) -> Deferred<String> {
    let transformed = text.to_lowercase();
    world.event(format!("transform {poem}")).map(|()| transformed)
}

/// Downloads all poems, of which the first `failed` fail; writes down what ran.
fn client<'s>(world: &World, poems: u8, failed: u8, seen: &'s RefCell<BTreeSet<Vec<Piece>>>) -> impl Checks + use<'s> {
    let diary = Diary::default();
    let bodies: Vec<_> = (1..=poems)
        .map(|poem| get_transformed_poem(poem, poem <= failed, world.clone(), Rc::clone(&diary)))
        .map(|body| body.add_errback(|why| Ok(why.to_string())))
        .collect();
    move || {
        assert!(bodies.iter().all(Deferred::is_fired), "a poem is missing");
        seen.borrow_mut().insert(diary.take());
    }
}

/// All orders in which the pieces of the bodies can run.
fn interleavings(poems: u8, failed: u8) -> BTreeSet<Vec<Piece>> {
    let seen = RefCell::default();
    let report = Explorer::new().max_schedules(usize::MAX).run(|world| client(&world, poems, failed, &seen));
    assert!(report.is_exhaustive(), "{report}");
    seen.into_inner()
}

/// One lane for each poem, from left to right: `D` is the piece after the download, `x` that after a failed one, `T` the one
/// after the transform.
fn timeline(poems: u8, pieces: &[Piece]) -> String {
    let turns: Vec<_> = (1..=pieces.len()).map(|turn| format!("{turn:>4}")).collect();
    let lanes: Vec<_> = (1..=poems).map(|poem| lane(poem, pieces)).collect();
    format!("          start{}{}", turns.concat(), lanes.concat())
}

fn lane(poem: u8, pieces: &[Piece]) -> String {
    let last = pieces.iter().rposition(|piece| piece.poem == poem).unwrap_or_default();
    let marks: String = pieces[..=last]
        .iter()
        .map(|piece| match piece.got {
            _ if piece.poem != poem => "----",
            Got::Poem => "---D",
            Got::Failure => "---x",
            Got::Transformed => "---T",
        })
        .collect();
    format!("\n  poem {poem}  >----{marks}")
}

fn main() {
    let Options { poems, failed } = Options::parse();
    if failed.is_some_and(|failed| failed > poems) {
        Options::command()
            .error(ErrorKind::ValueValidation, format!("there are only {poems} downloads to fail"))
            .exit();
    }
    let numbers = failed.map_or(0..=poems, |failed| failed..=failed);
    let mut shown = None;
    for failed in numbers {
        let all = interleavings(poems, failed);
        println!("failed downloads {failed}: {} interleavings", all.len());
        // From the middle: the first one is the poems one after the other.
        shown = shown.or_else(|| all.iter().nth(all.len() / 2).cloned());
    }
    if let Some(pieces) = shown {
        println!("\none of them (D: the poem is there, x: it failed, T: it is transformed):\n");
        println!("{}", timeline(poems, &pieces));
    }
}
