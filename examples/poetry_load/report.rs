//! What came of it, as a table.

use std::fmt;

use crate::load::Round;

/// How both sides did with one service.
pub(crate) struct Score {
    pub(crate) service: &'static str,
    /// The rounds of ours and of the twin, in pairs. Of the first pair only the errors count.
    pub(crate) rounds: Vec<[Round; 2]>,
}

impl Score {
    fn counted(&self) -> &[[Round; 2]] {
        self.rounds.split_first().map_or(&[], |(_, counted)| counted)
    }

    /// What went wrong on one of the sides, each with its number.
    fn errors_of(&self, side: usize) -> impl Iterator<Item = (&String, &u64)> {
        self.rounds.iter().flat_map(move |pair| &pair[side].errors)
    }

    fn errors(&self) -> u64 {
        [0, 1].into_iter().flat_map(|side| self.errors_of(side)).map(|(_, times)| times).sum()
    }
}

/// Requests per second, and three percentiles in milliseconds.
#[derive(Clone, Copy)]
struct Figures([f64; 4]);

impl Figures {
    fn of<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Figures {
        let mut sum = Round::new();
        rounds.into_iter().for_each(|round| sum.absorb(round));
        let percentile = |quantile| sum.percentile(quantile).as_secs_f64() * 1e3;
        Figures([sum.rate(), percentile(0.5), percentile(0.99), percentile(0.999)])
    }

    fn ratio([ours, twin]: [Figures; 2]) -> Figures {
        Figures(std::array::from_fn(|column| ours.0[column] / twin.0[column]))
    }

    /// Column by column.
    fn median(of: &[Figures]) -> Figures {
        Figures(std::array::from_fn(|column| {
            let mut values: Vec<f64> = of.iter().map(|figures| figures.0[column]).collect();
            values.sort_by(f64::total_cmp);
            f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
        }))
    }
}

/// The scores as a table.
pub(crate) struct Table {
    pub(crate) scores: Vec<Score>,
    /// The names of the sides.
    pub(crate) sides: [&'static str; 2],
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [service, server, answers, errors] = ["service", "server", "answers", "errors"];
        write!(f, "{service:11} {server:16} {answers:>8} {errors:>7}")?;
        writeln!(f, " {:>11} {:>8} {:>8} {:>8}", "requests/s", "p50 ms", "p99 ms", "p99.9 ms")?;
        for score in &self.scores {
            self.write_score(f, score)?;
        }
        writeln!(f, "ratio: ours divided by {}; of the rounds: the median of the ratios of each pair", self.sides[1])?;
        for score in &self.scores {
            self.write_errors(f, score)?;
        }
        Ok(())
    }
}

impl Table {
    pub(crate) fn has_errors(&self) -> bool {
        self.scores.iter().any(|score| score.errors() > 0)
    }

    fn write_score(&self, f: &mut fmt::Formatter<'_>, score: &Score) -> fmt::Result {
        let service = score.service;
        let figures = [0, 1].map(|side| Figures::of(score.counted().iter().map(|pair| &pair[side])));
        for (side, name) in self.sides.into_iter().enumerate() {
            let answers: u64 = score.counted().iter().map(|pair| pair[side].latencies.len()).sum();
            let errors: u64 = score.errors_of(side).map(|(_, times)| times).sum();
            let Figures([rate, p50, p99, p999]) = figures[side];
            write!(f, "{service:11} {name:16} {answers:>8} {errors:>7}")?;
            writeln!(f, " {rate:>11.0} {p50:>8.2} {p99:>8.2} {p999:>8.2}")?;
        }
        let of_pair = |pair: &[Round; 2]| Figures::ratio([0, 1].map(|side| Figures::of([&pair[side]])));
        let of_pairs: Vec<Figures> = score.counted().iter().map(of_pair).collect();
        for (name, ratio) in [("ratio", Figures::ratio(figures)), ("ratio of rounds", Figures::median(&of_pairs))] {
            let Figures([rate, p50, p99, p999]) = ratio;
            writeln!(f, "{service:11} {name:33} {rate:>11.3} {p50:>8.3} {p99:>8.3} {p999:>8.3}")?;
        }
        Ok(())
    }

    fn write_errors(&self, f: &mut fmt::Formatter<'_>, score: &Score) -> fmt::Result {
        for (side, name) in self.sides.into_iter().enumerate() {
            for (pair, round) in score.rounds.iter().enumerate() {
                for (error, times) in &round[side].errors {
                    let when = if pair == 0 { "warming up".to_owned() } else { format!("round {pair}") };
                    writeln!(f, "error: {}, {name}, {when}, {times} times: {error}", score.service)?;
                }
            }
        }
        Ok(())
    }
}
