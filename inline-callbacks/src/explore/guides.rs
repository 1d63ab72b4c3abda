//! Who chooses what happens next: depth first, at random, by a written schedule, or within a bound.

use super::oddity::{Oddity, is_failure};
use super::run::{Choosing, Guide, Kind, Problem, Stop};
use super::schedule::{Script, Step};
use super::world::Choice;

/// What has happened, as the start of a sentence.
fn so_far(trail: &[Choosing]) -> String {
    match trail {
        [] => "at the start".to_owned(),
        _ => format!("after `{}`", list(trail.iter().map(|choosing| &choosing.choice().step))),
    }
}

fn list<'a>(steps: impl Iterator<Item = &'a Step>) -> String {
    steps.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn options_text(options: &[Choice]) -> String {
    list(options.iter().map(|choice| &choice.step))
}

/// The choices of a path that was gone before; after its end, the default.
pub(super) struct Along<'a>(pub(super) &'a [Choosing]);

impl Guide for Along<'_> {
    fn choose(&mut self, trail: &[Choosing], options: &[Choice]) -> Result<usize, Stop> {
        let Some(known) = self.0.get(trail.len()) else { return Ok(0) };
        let is_same = known.options.iter().map(|choice| &choice.step).eq(options.iter().map(|choice| &choice.step));
        if is_same { Ok(known.taken) } else { Err(undetermined(trail, &known.options, options)) }
    }

    fn end(&mut self, trail: &[Choosing]) -> Result<(), Stop> {
        match self.0.get(trail.len()) {
            Some(known) => Err(undetermined(trail, &known.options, &[])),
            None => Ok(()),
        }
    }
}

fn undetermined(trail: &[Choosing], before: &[Choice], now: &[Choice]) -> Stop {
    let now = if now.is_empty() { "nothing".to_owned() } else { format!("`{}`", options_text(now)) };
    let text = format!(
        "the program is not deterministic: {} there was a choice of `{}` before, and of {now} this time. {CAUSES}",
        so_far(trail),
        options_text(before),
    );
    Stop::Problem(Problem::new(Kind::Undetermined, text))
}

pub(super) const CAUSES: &str = "What it does may depend on nothing but its events: on no state that outlives a schedule, no \
                                 clock but the world's, no chance, no order of a `HashMap`";

/// A written schedule.
impl Guide for Script {
    fn choose(&mut self, trail: &[Choosing], options: &[Choice]) -> Result<usize, Stop> {
        let (after, possible) = (so_far(trail), options_text(options));
        let Some(wanted) = self.steps.get(trail.len()) else {
            if self.goes_on {
                return Ok(0);
            }
            return Err(misfit(format!(
                "the schedule ends {after}, where `{possible}` can still happen; write `...` at its end to go on in the \
                 default order"
            )));
        };
        let found = options.iter().position(|choice| choice.step == *wanted);
        found.ok_or_else(|| misfit(format!("{after} the schedule has `{wanted}`, but what can happen is `{possible}`")))
    }

    fn end(&mut self, trail: &[Choosing]) -> Result<(), Stop> {
        match self.steps.get(trail.len()) {
            Some(wanted) => {
                Err(misfit(format!("{} the schedule has `{wanted}`, but nothing can happen", so_far(trail))))
            }
            None => Ok(()),
        }
    }
}

fn misfit(text: String) -> Stop {
    Stop::Problem(Problem::new(Kind::Misfit, text))
}

/// Steps in the order in which they are wished for: at each moment the first of those left that can happen, or else the
/// default.
pub(super) struct Wished(pub(super) Vec<Step>);

impl Guide for Wished {
    fn choose(&mut self, _: &[Choosing], options: &[Choice]) -> Result<usize, Stop> {
        for place in 0..self.0.len() {
            if let Some(option) = options.iter().position(|choice| choice.step == self.0[place]) {
                self.0.remove(place);
                return Ok(option);
            }
        }
        Ok(0)
    }
}

/// The choices of a path; after its end, the first at each step that keeps the whole within a bound of oddity.
pub(super) struct Within<'a> {
    path: &'a [Choosing],
    bound: usize,
    oddity: Oddity,
}

impl<'a> Within<'a> {
    pub(super) fn new(path: &'a [Choosing], bound: usize) -> Self {
        Within { path, bound, oddity: Oddity::default() }
    }
}

impl Guide for Within<'_> {
    fn choose(&mut self, trail: &[Choosing], options: &[Choice]) -> Result<usize, Stop> {
        self.oddity.enter(trail.last(), options);
        let known = self.path.get(trail.len()).map(|known| known.taken);
        let taken =
            known.filter(|taken| *taken < options.len()).or_else(|| self.oddity.next_within(self.bound, options, 0));
        let taken = taken.ok_or(Stop::Unwanted)?;
        self.oddity.take(&options[taken]);
        Ok(taken)
    }
}

/// `SplitMix64`: the well-known generator of Steele, Lea and Flood. One word of state, any seed is good.
#[derive(Clone)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Draws a rank for each event when it first can happen; the highest rank happens.
///
/// Choosing among the options at each step would hardly ever let one event wait while fifty others happen one after
/// another; this way it does so in one schedule of fifty-one. Events that can all happen at once come in every order alike.
pub(super) struct Lots<'a> {
    random: &'a mut Random,
    /// By the event's number.
    ranks: Vec<u64>,
    tick: Option<u64>,
    /// How often an event fails that may, of 2^64 times: drawn for each schedule, so that some have few failures.
    failing: u64,
}

impl<'a> Lots<'a> {
    pub(super) fn new(random: &'a mut Random) -> Self {
        let failing = random.next();
        Lots { random, ranks: Vec::new(), tick: None, failing }
    }

    fn rank_of(&mut self, choice: &Choice) -> u64 {
        if choice.step == Step::Tick {
            return *self.tick.get_or_insert_with(|| self.random.next());
        }
        while self.ranks.len() <= choice.number {
            self.ranks.push(self.random.next());
        }
        self.ranks[choice.number]
    }
}

impl Guide for Lots<'_> {
    fn choose(&mut self, _: &[Choosing], options: &[Choice]) -> Result<usize, Stop> {
        let ranks: Vec<u64> = options.iter().map(|choice| self.rank_of(choice)).collect();
        // An event and its failure have one rank; the failure comes second.
        let highest = (0..ranks.len()).rev().max_by_key(|position| ranks[*position]).unwrap_or(0);
        if options[highest].step == Step::Tick {
            self.tick = None;
        }
        let may_fail =
            options.get(highest + 1).is_some_and(|next| next.number == options[highest].number && is_failure(next));
        Ok(if may_fail && self.random.next() < self.failing { highest + 1 } else { highest })
    }
}
