//! The picture as a tree: who waits, and below it what it waits for.

use std::fmt;
use std::fmt::Write as _;

use super::view::facts;
use super::{Standing, State, Waiting};
use crate::describing::What;

/// A [`Waiting`] to be printed, within limits.
///
/// What is beyond them is left out and counted. Of what is too deep, the innermost steps are shown, where the reason is.
///
/// ```
/// use inline_callbacks::prelude::*;
/// use inline_callbacks::inspect;
///
/// #[inline_callbacks]
/// fn wait_for(inner: Deferred<()>) -> Deferred<()> {
///     yield_!(inner)?;
/// }
/// let (_trigger, mut outermost) = Deferred::new();
/// for _ in 0..100 {
///     outermost = wait_for(outermost);
/// }
/// let waiting = inspect::waiting();
/// let tree = waiting.tree().depth(5).to_string();
/// assert!(tree.lines().count() < 15);
/// assert!(tree.contains("left out"));
/// ```
#[must_use = "it is to be printed"]
pub struct Tree<'a> {
    all: &'a Waiting,
    depth: usize,
    width: usize,
    lines: usize,
}

/// How many of the innermost steps are shown of what is too deep.
const INNERMOST: usize = 4;

/// How many circles are named.
const MOST_CIRCLES: usize = 8;

impl<'a> Tree<'a> {
    pub(super) fn new(all: &'a Waiting) -> Self {
        Tree { all, depth: 24, width: 32, lines: 1000 }
    }

    /// How many steps below the first one are shown; 24 unless set.
    pub fn depth(self, depth: usize) -> Self {
        Tree { depth, ..self }
    }

    /// How many things are shown that one waits for; 32 unless set.
    pub fn width(self, width: usize) -> Self {
        Tree { width, ..self }
    }

    /// How many lines are printed, about; 1000 unless set.
    pub fn lines(self, lines: usize) -> Self {
        Tree { lines, ..self }
    }
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} inline callbacks)", self.all.bodies)
    }
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.all.bodies {
            0 => f.write_str("no inline callback waits")?,
            1 => f.write_str("1 inline callback waits:")?,
            many => write!(f, "{many} inline callbacks wait:")?,
        }
        let mut printer = Printer::new(self);
        for root in printer.roots() {
            printer.print_from(root);
        }
        f.write_str(&printer.text)?;
        let left_out = printer.left_out();
        if left_out > 0 {
            write!(f, "\n... and {left_out} more inline callbacks, left out")?;
        }
        self.write_circles(f)
    }
}

impl Tree<'_> {
    fn write_circles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let circles = self.all.circles();
        for circle in circles.iter().take(MOST_CIRCLES) {
            write!(f, "\n{circle}")?;
        }
        if circles.len() > MOST_CIRCLES {
            write!(f, "\n... and {} more circles", circles.len() - MOST_CIRCLES)?;
        }
        Ok(())
    }
}

/// What is still to be done.
enum Job {
    Show(Item),
    /// All below that one has been shown.
    Leave(usize),
    Say(String),
}

struct Item {
    index: usize,
    part: Option<usize>,
    /// What its line begins with, and those of what is below it.
    begins: String,
    goes_on: String,
    depth: usize,
    /// The body that it is below.
    owner: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    OnTheWay,
    Shown,
    /// Counted among those that are left out.
    Counted,
}

struct Printer<'a> {
    tree: &'a Tree<'a>,
    all: &'a Waiting,
    text: String,
    lines: usize,
    marks: Vec<Mark>,
    todo: Vec<Job>,
}

impl<'a> Printer<'a> {
    fn new(tree: &'a Tree<'a>) -> Self {
        let marks = vec![Mark::New; tree.all.nodes.len()];
        Printer { tree, all: tree.all, text: String::new(), lines: 0, marks, todo: Vec::new() }
    }

    /// What was asked about, then those for whom nobody waits, then one of each circle.
    fn roots(&self) -> Vec<usize> {
        let mut is_reached = vec![false; self.all.nodes.len()];
        let mut roots = Vec::new();
        let unwaited = (0..self.all.bodies).filter(|index| self.all.nodes[*index].above.is_empty());
        for root in self.all.asked_for.into_iter().chain(unwaited).chain(0..self.all.bodies) {
            if is_reached[root] {
                continue;
            }
            roots.push(root);
            let mut todo = vec![root];
            while let Some(index) = todo.pop() {
                if !std::mem::replace(&mut is_reached[index], true) {
                    todo.extend(self.all.nodes[index].below.iter().map(|(_, below)| *below));
                }
            }
        }
        roots
    }

    fn left_out(&self) -> usize {
        self.marks[..self.all.bodies].iter().filter(|mark| **mark == Mark::New).count()
    }

    fn print_from(&mut self, root: usize) {
        let item =
            Item { index: root, part: None, begins: String::new(), goes_on: String::new(), depth: 0, owner: None };
        self.todo.push(Job::Show(item));
        while let Some(job) = self.todo.pop() {
            if self.lines >= self.tree.lines {
                self.todo.clear();
                return;
            }
            match job {
                Job::Show(item) => self.show(&item),
                Job::Leave(index) => self.marks[index] = Mark::Shown,
                Job::Say(line) => self.say(&line),
            }
        }
    }

    fn say(&mut self, line: &str) {
        self.text.push('\n');
        self.text.push_str(line);
        self.lines += 1;
    }

    fn show(&mut self, item: &Item) {
        let mut line = item.begins.clone();
        if let Some(part) = item.part {
            let _ = write!(line, "[{part}] ");
        }
        line.push_str(&self.words_for(item.index, item.owner));
        let has_more = self.all.below(item.index).next().is_some();
        match self.marks[item.index] {
            Mark::OnTheWay => self.say(&(line + " again: a circle")),
            Mark::Shown if has_more => self.say(&(line + " (see above)")),
            _ => {
                self.say(&line);
                self.marks[item.index] = Mark::OnTheWay;
                self.todo.push(Job::Leave(item.index));
                self.go_below(item);
            }
        }
    }

    fn go_below(&mut self, item: &Item) {
        let below: Vec<_> = self.all.below(item.index).collect();
        if item.depth >= self.tree.depth && !below.is_empty() {
            self.leave_out_the_middle(item);
            return;
        }
        let shown = if below.len() > self.tree.width { self.tree.width } else { below.len() };
        if shown < below.len() {
            self.todo.push(Job::Say(format!("{}└─ ... and {} more", item.goes_on, below.len() - shown)));
            self.count_all(below[shown..].iter().map(|(_, index)| *index).collect(), &[]);
        }
        let owner = if item.index < self.all.bodies { Some(item.index) } else { item.owner };
        for (number, (part, index)) in below[..shown].iter().enumerate().rev() {
            let is_last = number + 1 == below.len();
            let (branch, goes_on) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (begins, goes_on) = (item.goes_on.clone() + branch, item.goes_on.clone() + goes_on);
            self.todo.push(Job::Show(Item {
                index: *index,
                part: *part,
                begins,
                goes_on,
                depth: item.depth + 1,
                owner,
            }));
        }
    }

    /// Goes on with the innermost steps of the way down.
    fn leave_out_the_middle(&mut self, item: &Item) {
        let way = self.way_down_from(item.index);
        let innermost = way.len().saturating_sub(INNERMOST);
        let owner = way[..innermost].iter().rev().find(|index| **index < self.all.bodies).copied().or(item.owner);
        let left_out = self.count_all(self.all.below(item.index).map(|(_, index)| index).collect(), &way[innermost..]);
        if left_out > 0 {
            self.say(&format!("{}   ... {left_out} steps, left out ...", item.goes_on));
        }
        if let Some(index) = way.get(innermost) {
            let (begins, goes_on) = (format!("{}└─ ", item.goes_on), format!("{}   ", item.goes_on));
            let depth = self.tree.depth.saturating_sub(way.len() - innermost);
            self.todo.push(Job::Show(Item { index: *index, part: None, begins, goes_on, depth, owner }));
        }
    }

    /// The first of what each waits for, down to the end or to one that was met before.
    fn way_down_from(&mut self, top: usize) -> Vec<usize> {
        let mut way = Vec::new();
        let mut next = self.all.below(top).next();
        while let Some((_, index)) = next.filter(|(_, index)| self.marks[*index] == Mark::New) {
            way.push(index);
            self.marks[index] = Mark::Counted;
            next = self.all.below(index).next();
        }
        for index in &way {
            self.marks[*index] = Mark::New;
        }
        way
    }

    /// Counts what is there and below it, except those `kept`, as left out; each once.
    fn count_all(&mut self, mut todo: Vec<usize>, kept: &[usize]) -> usize {
        let mut count = 0;
        while let Some(index) = todo.pop() {
            if self.marks[index] != Mark::New || kept.contains(&index) {
                continue;
            }
            self.marks[index] = Mark::Counted;
            count += 1;
            todo.extend(self.all.nodes[index].below.iter().map(|(_, below)| *below));
        }
        count
    }

    fn words_for(&self, index: usize, owner: Option<usize>) -> String {
        if index < self.all.bodies { self.words_for_body(index) } else { self.words_for_thing(index, owner) }
    }

    fn words_for_body(&self, index: usize) -> String {
        let facts = facts(&self.all.nodes[index]);
        let (number, site) = (facts.number, &facts.site);
        if self.marks[index] != Mark::New && self.marks[index] != Mark::Counted {
            return format!("#{number} {}", site.function());
        }
        let mut words = match (facts.state, facts.says_where) {
            (State::Running, _) => format!("#{number} {}, which runs now", site.function()),
            (_, true) => format!("#{number} {site}"),
            (_, false) => format!("#{number} {}, somewhere after {}", site.function(), place_of(site)),
        };
        if facts.state != State::Running {
            let _ = write!(words, ", for {:.1?}", facts.waited);
        }
        words.push_str(match facts.state {
            State::Due => ", about to go on",
            State::Woken => ", woken, but nobody has resumed it",
            State::Waiting | State::Running => "",
        });
        words.push_str(match facts.standing {
            Some(Standing::Detached) => ", detached",
            Some(Standing::Held) => ", and nobody waits for it yet",
            Some(Standing::Outside) => ", awaited from outside",
            None => "",
        });
        words
    }

    fn words_for_thing(&self, index: usize, owner: Option<usize>) -> String {
        let node = &self.all.nodes[index];
        let mut words = node.about.to_string();
        match (&node.about.what, self.all.maker_of(index)) {
            (What::Holder { .. }, None) if !node.about.name().is_empty() => {
                let _ = write!(words, " in `{}`", node.about.name());
            }
            (What::Holder { .. } | What::Deferred, Some(maker)) => {
                let itself = if owner == Some(maker) { ", itself" } else { "" };
                let _ = write!(words, " by #{}{itself}", facts(&self.all.nodes[maker]).number);
            }
            _ => {}
        }
        if node.is_fired {
            words.push_str(", which has fired");
        }
        words
    }
}

fn place_of(site: &crate::site::Site) -> String {
    format!("{}:{}:{}", site.file(), site.line(), site.column())
}
