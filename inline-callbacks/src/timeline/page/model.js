// ----- The model: the records of the page's data, and where each of them stands. -----

const data = JSON.parse(document.getElementById("data").textContent);
const NOWHERE = -1; // the lane of what is outside of any body

/** The file's own name, with line and column: enough to recognise a place. */
const nearby = (place) => place.slice(place.search(/[^/\\]*$/));
const functionOf = (number) => ({ path: data.functions[number][0], name: data.functions[number][1], number });
const placeOf = (number) => (number === null ? null : data.places[number]);

const end = { order: data.head.end[0], time: data.head.end[1] };

const lanes = data.lanes.map(([fn, calledAt, calledBy, order, time, isOlder, ended], id) => ({
  id, fn: functionOf(fn), calledAt: placeOf(calledAt), calledBy, order, time, isOlder,
  ended: ended && { order: ended[0], time: ended[1], word: ended[2], words: ended[3], column: 0 },
  name: "", segments: [], children: [],
}));

const segments = data.segments.map(([kind, lane, fn, o0, t0, o1, t1, from, cause, event, inside, until, passedBy], id) => ({
  type: "segment", id, kind, lane: lane ?? NOWHERE, fn: functionOf(fn), o0, t0, o1: o1 ?? end.order, t1: t1 ?? end.time,
  from: placeOf(from), cause, event, inside, passedBy, until: typeof until === "number" ? placeOf(until) : null,
  isLast: until === "end", isRunning: until === "running", inner: [], events: [], c0: 0, c1: 0, number: 0,
}));

const events = data.events.map(([kind, lane, inside, fn, order, time, at, madeAt, words], id) => ({
  type: "event", id, kind, lane: lane ?? NOWHERE, inside, fn: functionOf(fn), o0: order, o1: order, t0: time, t1: time,
  at: placeOf(at), madeAt: placeOf(madeAt), words, resumed: [], c0: 0, c1: 0, number: 0,
}));

/** What can be selected: segments, and what happened outside of any segment. In order. */
const items = segments.concat(events.filter((event) => event.inside === null && event.kind !== "end"));
items.sort((one, other) => one.o0 - other.o0);
items.forEach((item, number) => { item.number = number; });

/** Each fire with what it resumed, by the order of what was resumed. */
const arrows = [];
for (const segment of segments) {
  if (segment.lane !== NOWHERE && segment.kind === "body") lanes[segment.lane].segments.push(segment);
  if (segment.event !== null) {
    events[segment.event].resumed.push(segment);
    arrows.push({ from: events[segment.event], to: segment });
  }
}
for (const event of events) if (event.inside !== null) segments[event.inside].events.push(event);

/** The number of the step that each record stands at when the axis shows the order.
 *
 * Segments last microseconds and waits last seconds: to scale, nothing could be read. So each piece that runs gets one step, and
 * waiting costs none. A segment that called or fired something has that inside, and a further step for what it does afterwards. */
function countSteps() {
  const marks = new Array(end.order + 2);
  for (const segment of segments) {
    marks[segment.o0] = { begin: segment };
    if (segment.o1 < end.order) marks[segment.o1] = { end: segment };
  }
  for (const event of events) marks[event.o0] = { event };
  for (const lane of lanes) if (lane.ended) marks[lane.ended.order] = { lane };
  const stack = [];
  let step = 0;
  let isFresh = true; // what is on top of the stack has had a step since it was last covered
  for (const mark of marks) {
    if (!mark) continue;
    if (mark.begin) {
      mark.begin.c0 = step++;
      stack.at(-1)?.inner.push(mark.begin);
      stack.push(mark.begin);
      isFresh = true;
    } else if (mark.end) {
      if (!isFresh) step++;
      mark.end.c1 = step;
      stack.pop();
      isFresh = false;
    } else if (mark.lane) {
      mark.lane.ended.column = step;
    } else if (mark.event.kind === "end" || mark.event.inside !== null) {
      if (!isFresh && mark.event.kind !== "end") { step++; isFresh = true; }
      mark.event.c0 = mark.event.c1 = step;
    } else {
      mark.event.c0 = step++;
      mark.event.c1 = step;
    }
  }
  for (const segment of stack) segment.c1 = Math.max(step, segment.c0 + 1);
  return Math.max(step, 1);
}
const steps = countSteps();

/** Names the lanes as the trace does: a function that was called several times gets numbers. */
function nameLanes() {
  const calls = new Map();
  for (const lane of lanes) calls.set(lane.fn.number, (calls.get(lane.fn.number) ?? 0) + 1);
  const numbers = new Map();
  for (const lane of lanes) {
    const number = (numbers.get(lane.fn.number) ?? 0) + 1;
    numbers.set(lane.fn.number, number);
    lane.name = calls.get(lane.fn.number) > 1 ? `${lane.fn.name} #${number}` : lane.fn.name;
  }
}
nameLanes();

/** The lane of a body's caller, or that of the outside. */
const callerOf = (lane) => (lane.calledBy === null ? NOWHERE : segments[lane.calledBy].lane);
const roots = [];
for (const lane of lanes) {
  const caller = callerOf(lane);
  (caller === NOWHERE ? roots : lanes[caller].children).push(lane);
}

/** What is drawn in each row: a lane, or a folded lane with all that it calls. */
let rows = [];
const rowOfLane = new Map();
const folded = new Set();

/** Callers first, then what they call, below and indented. With a stack of its own: calls may nest without end. */
function layOut() {
  rows = [];
  rowOfLane.clear();
  const outside = items.filter((item) => item.lane === NOWHERE);
  if (outside.length > 0) addRow({ lane: null, depth: 0, isFoldable: false, items: outside, lanes: [NOWHERE] });
  const todo = roots.slice().reverse().map((lane) => [lane, 0]);
  const itemsOfLane = new Map();
  for (const item of items) {
    if (item.lane === NOWHERE) continue;
    if (!itemsOfLane.has(item.lane)) itemsOfLane.set(item.lane, []);
    itemsOfLane.get(item.lane).push(item);
  }
  while (todo.length > 0) {
    const [lane, depth] = todo.pop();
    const isFolded = folded.has(lane.id);
    const members = isFolded ? withCalled(lane) : [lane];
    let own = members.flatMap((member) => itemsOfLane.get(member.id) ?? []);
    if (isFolded) own = own.sort((one, other) => one.o0 - other.o0);
    addRow({ lane, depth, isFoldable: lane.children.length > 0, isFolded, items: own, lanes: members.map((member) => member.id) });
    if (!isFolded) for (const child of lane.children.slice().reverse()) todo.push([child, depth + 1]);
  }
}

function withCalled(lane) {
  const all = [];
  const todo = [lane];
  while (todo.length > 0) {
    const next = todo.pop();
    all.push(next);
    for (const child of next.children) todo.push(child);
  }
  return all;
}

function addRow(row) {
  // The latest end so far: it only grows, so that what is seen can be found by halving although segments nest.
  row.reach = { order: new Float64Array(row.items.length), time: new Float64Array(row.items.length) };
  let [column, time] = [0, 0];
  row.items.forEach((item, at) => {
    row.reach.order[at] = column = Math.max(column, item.c1);
    row.reach.time[at] = time = Math.max(time, item.t1);
  });
  for (const lane of row.lanes) rowOfLane.set(lane, rows.length);
  rows.push(row);
}
layOut();

/** The first number from `low` on that `isThere` says yes to; it says no to all before. */
function firstFrom(low, high, isThere) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isThere(middle)) high = middle; else low = middle + 1;
  }
  return low;
}

