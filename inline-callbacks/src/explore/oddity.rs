//! How odd a schedule is: how many of its events are out of the order of creation, and how many failed.
//!
//! Out of order are as few events as have to be taken away so that the others are in order: if one event comes last that was
//! created first, it alone is out of order. An event that does not happen because it was cancelled counts as if it had
//! happened then: whoever reads that the tortoise won is to be told that something came before its turn.

use super::run::Choosing;
use super::schedule::Step;
use super::world::Choice;

pub(super) fn is_failure(choice: &Choice) -> bool {
    matches!(choice.step, Step::Failed(_))
}

/// The numbers of events among the options, each once, in order.
fn numbers(options: &[Choice]) -> impl DoubleEndedIterator<Item = usize> {
    options.iter().filter(|choice| matches!(choice.step, Step::Fired(_))).map(|choice| choice.number)
}

/// The oddity of the beginning of a schedule. It is grown and shrunk at its end, as a search goes forward and back.
#[derive(Default)]
pub(super) struct Oddity {
    order: OutOfOrder,
    failures: usize,
    /// How many events had been cancelled at each moment of choice.
    cancelled: Vec<usize>,
}

impl Oddity {
    /// Of a whole schedule.
    pub(super) fn of(trail: &[Choosing]) -> Self {
        let mut oddity = Oddity::up_to_now(trail);
        oddity.enter(trail.last(), &[]);
        oddity
    }

    /// Of a schedule that may go on.
    pub(super) fn up_to_now(trail: &[Choosing]) -> Self {
        let mut oddity = Oddity::default();
        for (position, choosing) in trail.iter().enumerate() {
            oddity.enter(position.checked_sub(1).map(|before| &trail[before]), &choosing.options);
            oddity.take(choosing.choice());
        }
        oddity
    }

    /// Comes to the next moment of choice: what was among the options before and is not any more has been cancelled.
    pub(super) fn enter(&mut self, before: Option<&Choosing>, options: &[Choice]) {
        let mut cancelled = 0;
        for number in before.into_iter().flat_map(|before| {
            let taken = before.choice().number;
            numbers(&before.options).filter(move |number| *number != taken)
        }) {
            if options.binary_search_by_key(&number, |choice| choice.number).is_err() {
                self.order.push(number);
                cancelled += 1;
            }
        }
        self.cancelled.push(cancelled);
    }

    /// Takes the last [`enter`](Self::enter) back.
    pub(super) fn leave(&mut self) {
        for _ in 0..self.cancelled.pop().unwrap_or(0) {
            self.order.pop();
        }
    }

    pub(super) fn take(&mut self, choice: &Choice) {
        self.order.push(choice.number);
        self.failures += usize::from(is_failure(choice));
    }

    pub(super) fn untake(&mut self, choice: &Choice) {
        self.order.pop();
        self.failures -= usize::from(is_failure(choice));
    }

    pub(super) fn out_of_order(&self) -> usize {
        self.order.count()
    }

    pub(super) fn failures(&self) -> usize {
        self.failures
    }

    pub(super) fn total(&self) -> usize {
        self.out_of_order() + self.failures
    }

    /// The first option from `start` on that can be taken without the whole schedule getting odder than `bound`.
    pub(super) fn next_within(&mut self, bound: usize, options: &[Choice], start: usize) -> Option<usize> {
        (start..options.len()).find(|place| {
            let choice = &options[*place];
            self.take(choice);
            let least =
                self.failures + self.order.count_at_least(numbers(options).filter(|number| *number != choice.number));
            self.untake(choice);
            least <= bound
        })
    }
}

/// How many of a row of numbers are outside of its longest part that is in order. Grown and shrunk at its end, each in
/// logarithmic time.
///
/// The usual way: `lowest_ends[n]` is the lowest number in which a part of `n + 1` numbers in order can end.
#[derive(Default)]
struct OutOfOrder {
    lowest_ends: Vec<usize>,
    /// What each push has overwritten.
    undo: Vec<(usize, Option<usize>)>,
}

impl OutOfOrder {
    /// How long the longest part in order is that `number` could be added to.
    fn longest_before(&self, number: usize) -> usize {
        self.lowest_ends.partition_point(|end| *end <= number)
    }

    fn push(&mut self, number: usize) {
        let place = self.longest_before(number);
        let old = self.lowest_ends.get_mut(place).map(|end| std::mem::replace(end, number));
        if old.is_none() {
            self.lowest_ends.push(number);
        }
        self.undo.push((place, old));
    }

    fn pop(&mut self) {
        match self.undo.pop() {
            Some((place, Some(old))) => self.lowest_ends[place] = old,
            Some((_, None)) => drop(self.lowest_ends.pop()),
            None => {}
        }
    }

    fn count(&self) -> usize {
        self.undo.len() - self.lowest_ends.len()
    }

    /// What the count will at least be when all of these, which are in order, have been pushed in whatever order, and
    /// whatever higher numbers with them.
    fn count_at_least(&self, to_come: impl DoubleEndedIterator<Item = usize>) -> usize {
        let (mut longest, mut in_order) = (self.lowest_ends.len(), 0);
        for number in to_come.rev() {
            in_order += 1;
            longest = longest.max(self.longest_before(number) + in_order);
        }
        self.undo.len() + in_order - longest
    }
}

/// Which of these are in the longest part that is in order; of several the one that ends lowest.
pub(super) fn are_in_order(numbers: &[usize]) -> Vec<bool> {
    let mut order = OutOfOrder::default();
    let mut place_in_part = Vec::with_capacity(numbers.len());
    for number in numbers {
        place_in_part.push(order.longest_before(*number));
        order.push(*number);
    }
    let (mut in_order, mut wanted, mut limit) = (vec![false; numbers.len()], order.lowest_ends.len(), usize::MAX);
    for (place, number) in numbers.iter().enumerate().rev() {
        if place_in_part[place] + 1 == wanted && *number <= limit {
            in_order[place] = true;
            (wanted, limit) = (wanted - 1, *number);
        }
    }
    in_order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[usize]) -> OutOfOrder {
        let mut order = OutOfOrder::default();
        for number in numbers {
            order.push(*number);
        }
        order
    }

    #[test]
    fn one_number_in_the_wrong_place_is_one_out_of_order() {
        assert_eq!(of(&[]).count(), 0);
        assert_eq!(of(&[0, 1, 1, 5]).count(), 0);
        assert_eq!(of(&[1, 2, 3, 0]).count(), 1);
        assert_eq!(of(&[3, 0, 1, 2]).count(), 1);
        assert_eq!(of(&[3, 2, 1, 0]).count(), 3);
    }

    #[test]
    fn the_longest_part_in_order_is_found() {
        assert_eq!(are_in_order(&[]), [false; 0]);
        assert_eq!(are_in_order(&[0, 1, 1]), [true; 3]);
        assert_eq!(are_in_order(&[1, 2, 3, 0]), [true, true, true, false]);
        assert_eq!(are_in_order(&[3, 0, 4, 1, 2]), [false, true, false, true, true]);
    }

    #[test]
    fn what_is_pushed_can_be_taken_back() {
        let mut order = of(&[2, 0, 3, 1]);
        for count in [2, 1, 1, 0, 0] {
            assert_eq!(order.count(), count);
            order.pop();
        }
    }

    #[test]
    fn numbers_that_were_passed_over_are_counted_before_they_come() {
        assert_eq!(of(&[0, 1]).count_at_least([2, 3].into_iter()), 0);
        assert_eq!(of(&[5]).count_at_least([0, 1, 2].into_iter()), 1);
        assert_eq!(of(&[5, 6]).count_at_least([0, 1, 2].into_iter()), 2);
        assert_eq!(of(&[1, 2, 3, 4]).count_at_least([0].into_iter()), 1);
    }
}
