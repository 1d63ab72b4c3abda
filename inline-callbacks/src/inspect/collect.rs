//! Taking the picture: from every waiting body down to what nothing is known of, each thing once, in a loop.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Facts, Node, Waiting};
use crate::calls::Foreign;
use crate::deferred::Waitable;
use crate::deferred::seen::{Below, Present, past_passing};
use crate::describing::{About, Holder, Resource, State, What};
use crate::host::{self, Pending};

/// Addresses stay those of one thing each, because nothing is let go of meanwhile.
type Known = HashMap<*const (), usize>;

#[derive(Default)]
struct Collector {
    nodes: Vec<Node>,
    /// What each node is the picture of, unless it is a body.
    originals: Vec<Option<Rc<dyn Waitable>>>,
    known: Known,
    resources: Known,
    /// Nodes whose surroundings have not been looked at.
    todo: Vec<usize>,
}

pub(super) fn collect(asked_for: Option<Rc<dyn Waitable>>) -> Waiting {
    let mut bodies = host::waiting();
    bodies.sort_by_key(|body| body.note().number);
    let mut collector = Collector::default();
    for body in &bodies {
        let index = collector.add(node_of(&**body), None);
        collector.known.insert(Rc::as_ptr(body).cast(), index);
    }
    for (index, body) in bodies.iter().enumerate() {
        collector.look_below_body(index, &**body);
    }
    let asked_for = asked_for.map(|asked_for| collector.index_of(past_passing(asked_for)));
    while let Some(index) = collector.todo.pop() {
        collector.look_below(index);
    }
    let mut waiting = Waiting { nodes: collector.nodes, bodies: bodies.len(), asked_for };
    waiting.look_above(&bodies);
    waiting
}

fn node_of(body: &dyn Pending) -> Node {
    let (note, site) = (body.note(), body.site());
    let since = note.since.get();
    let facts = Facts {
        number: note.number,
        site,
        says_where: note.says_where.get(),
        state: State::Waiting,
        since,
        waited: since.map(|since| since.elapsed()).unwrap_or_default(),
        standing: None,
    };
    Node { body: Some(facts), ..Node::new(About::new(What::Body)) }
}

impl Node {
    fn new(about: About) -> Self {
        Node { about, is_fired: false, body: None, below: Vec::new(), above: Vec::new(), is_hidden: false }
    }
}

impl Collector {
    fn add(&mut self, node: Node, original: Option<Rc<dyn Waitable>>) -> usize {
        self.nodes.push(node);
        self.originals.push(original);
        self.nodes.len() - 1
    }

    /// The node of a thing, which is looked at later if it is new.
    fn index_of(&mut self, thing: Rc<dyn Waitable>) -> usize {
        let address = Rc::as_ptr(&thing).cast();
        if let Some(index) = self.known.get(&address) {
            return *index;
        }
        let node = Node { is_fired: thing.head().is_fired(), ..Node::new(thing.about()) };
        let index = self.add(node, Some(thing));
        self.known.insert(address, index);
        self.todo.push(index);
        index
    }

    fn put_below(&mut self, index: usize, things: Vec<Below>) {
        for (part, thing) in things {
            let below = self.index_of(past_passing(thing));
            self.nodes[index].below.push((part, below));
        }
    }

    fn put_new_below(&mut self, index: usize, node: Node) -> usize {
        let below = self.add(node, None);
        self.nodes[index].below.push((None, below));
        below
    }

    fn look_below(&mut self, index: usize) {
        let Some(thing) = self.originals[index].clone() else { return };
        self.put_below(index, thing.waits_for());
        if let Some(resource) = thing.stands_in_line_for() {
            let below = self.index_of_resource(&*resource);
            self.nodes[index].below.push((None, below));
        }
    }

    /// One node for all who stand in its line: the holders are below it.
    fn index_of_resource(&mut self, resource: &dyn Resource) -> usize {
        let address = std::ptr::from_ref(resource).cast();
        if let Some(index) = self.resources.get(&address) {
            return *index;
        }
        let index = self.add(Node { is_hidden: true, ..Node::new(About::new(What::Passing)) }, None);
        self.resources.insert(address, index);
        for holder in resource.holders() {
            let Holder { made, since } = holder;
            let below = self.put_new_below(index, Node::new(About::made(What::Holder { since }, Some(made))));
            if let Some(body) = self.body_of(&self.nodes[below].about) {
                self.nodes[below].below.push((None, body));
            }
        }
        index
    }

    fn body_of(&self, about: &About) -> Option<usize> {
        let number = about.made_by?;
        let bodies = self.nodes.partition_point(|node| node.body.is_some());
        self.nodes[..bodies].binary_search_by_key(&Some(number), |node| Some(node.body.as_ref()?.number)).ok()
    }

    fn look_below_body(&mut self, index: usize, body: &dyn Pending) {
        let Present { state, waits, behind, has_waker_out } = body.present();
        if let Some(facts) = &mut self.nodes[index].body {
            facts.state = state;
        }
        if state == State::Running {
            return;
        }
        self.put_below(index, without_parts(waits));
        let foreign = body.note().foreign.borrow();
        let is_hopeless = self.nodes[index].below.is_empty() && behind.is_empty() && !has_waker_out;
        if is_hopeless && state == State::Waiting {
            self.put_new_below(index, Node::new(hopeless(foreign.first())));
            return;
        }
        for foreign in &*foreign {
            self.put_new_below(index, Node::new(about_foreign(foreign)));
        }
        // Something with a waker that did not say what it is, or with wakers of its own.
        if has_waker_out && foreign.is_empty() || !behind.is_empty() {
            let below = self.put_new_below(index, Node::new(About::new(What::Foreign { due_in: None })));
            self.put_below(below, without_parts(behind));
        }
    }
}

fn without_parts(things: Vec<Rc<dyn Waitable>>) -> Vec<Below> {
    things.into_iter().map(|thing| (None, thing)).collect()
}

fn about_foreign(foreign: &Foreign) -> About {
    let due_in = foreign.due_in.as_ref().map(|due_in| due_in());
    About { function: Some(foreign.type_name), ..About::at(What::Foreign { due_in }, foreign.place) }
}

fn hopeless(foreign: Option<&Foreign>) -> About {
    match foreign {
        Some(foreign) => About { what: What::Nothing, ..about_foreign(foreign) },
        None => About::new(What::Nothing),
    }
}

impl Waiting {
    /// Fills in who waits for each, and who has the result of those that nobody waits for.
    fn look_above(&mut self, bodies: &[Rc<dyn Pending>]) {
        for index in 0..self.nodes.len() {
            for number in 0..self.nodes[index].below.len() {
                let (_, below) = self.nodes[index].below[number];
                self.nodes[below].above.push(index);
            }
        }
        for (index, (node, body)) in self.nodes.iter_mut().zip(bodies).enumerate() {
            let is_wanted = !node.above.is_empty() || self.asked_for == Some(index);
            if let (false, Some(facts)) = (is_wanted, &mut node.body) {
                facts.standing = body.next_head().map(crate::deferred::Head::standing);
            }
        }
    }
}
