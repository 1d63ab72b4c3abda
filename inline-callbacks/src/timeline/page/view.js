// ----- The view: which part of the axis and of the lanes is seen, what is selected, what is searched for. -----

const $ = (id) => document.getElementById(id);
const root = document.documentElement;

const view = { mode: "order", from: 0, to: 1, rowHeight: 28, selected: null, query: "", found: [], isFound: null, at: -1, isTable: false };
const AXES = {
  order: { length: steps, begin: (item) => item.c0, end: (item) => item.c1, least: 3 },
  time: { length: Math.max(end.time, 1), begin: (item) => item.t0, end: (item) => item.t1, least: 10 },
};
const ROW_HEIGHTS = [2, 4, 8, 13, 20, 28, 38, 50];
let axis = AXES.order;

/** In CSS pixels; measured again when the window changes. */
const size = { width: 600, height: 300, gutter: 200 };
const xOf = (value) => size.gutter + ((value - view.from) / (view.to - view.from)) * (size.width - size.gutter);
const valueAt = (x) => view.from + ((x - size.gutter) / (size.width - size.gutter)) * (view.to - view.from);
const topOf = (row) => row * view.rowHeight - $("scroller").scrollTop;
const middleOf = (row) => topOf(row) + view.rowHeight / 2;

/** Shows a stretch of the axis, as much of it as there is. */
function show(from, to) {
  const margin = axis.length * 0.02;
  const length = Math.min(Math.max(to - from, axis.least), axis.length + 2 * margin);
  const start = Math.min(Math.max(from, -margin), axis.length + margin - length);
  view.from = start;
  view.to = start + length;
  changed();
}

const showAll = () => show(-Infinity, Infinity);
function zoom(factor, around = (view.from + view.to) / 2) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}
const pan = (part) => show(view.from + (view.to - view.from) * part, view.to + (view.to - view.from) * part);

/** At the beginning: everything if that can be read, or else the first steps; the overview shows where one is. */
function showBeginning() {
  const readable = (size.width - size.gutter) / 9;
  if (axis.length <= readable * 1.6) showAll(); else show(-0.5, readable);
}

function setMode(mode) {
  if (mode === view.mode) return;
  const middle = view.selected;
  view.mode = mode;
  axis = AXES[mode];
  if (mode === "order") showBeginning(); else showAll();
  if (middle) reveal(middle);
  changed();
}

/** Brings an item into view. */
function reveal(item) {
  const [begin, finish] = [axis.begin(item), axis.end(item)];
  const length = view.to - view.from;
  if (begin < view.from || Math.min(finish, begin + length * 0.9) > view.to) show(begin - length * 0.3, begin + length * 0.7);
  const row = rowOfLane.get(item.lane);
  const scroller = $("scroller");
  const top = row * view.rowHeight;
  if (top < scroller.scrollTop + view.rowHeight) scroller.scrollTop = Math.max(0, top - view.rowHeight * 2);
  else if (top + 2 * view.rowHeight > scroller.scrollTop + size.height) scroller.scrollTop = top + 3 * view.rowHeight - size.height;
}

/** Selects an item and says so; `null`: none. */
function select(item) {
  view.selected = item;
  if (item) reveal(item);
  tellDetails(item);
  $("live").textContent = item ? sentence(item) : "";
  if (view.isTable) fillTable();
  changed();
}

let haystacks = null;
function search(query) {
  view.query = query.trim().toLowerCase();
  view.at = -1;
  if (view.query === "") {
    view.found = [];
    view.isFound = null;
  } else {
    haystacks ??= items.map(haystack);
    view.found = items.filter((item) => haystacks[item.number].includes(view.query));
    view.isFound = new Set(view.found);
  }
  if (view.isTable) fillTable(0);
  changed();
}

/** Goes to the next thing found, or the previous one. */
function goThroughFound(step) {
  const count = view.found.length;
  if (count === 0) return;
  // Without a place of its own, the search goes on from what is selected.
  if (view.at < 0 && view.selected) {
    const next = firstFrom(0, count, (at) => view.found[at].number >= view.selected.number);
    view.at = step > 0 ? next - 1 : next;
  }
  view.at = (view.at + step + count) % count;
  if (view.at < 0) view.at = count - 1;
  select(view.found[view.at]);
}

/** The page tells its state in attributes of its root: for tests, and for whoever writes a script for it. */
function tellState() {
  const state = root.dataset;
  Object.assign(state, {
    mode: view.mode, from: view.from.toFixed(3), to: view.to.toFixed(3), lanes: lanes.length, rows: rows.length,
    segments: segments.length, arrows: arrows.length, steps, found: view.found.length, query: view.query,
    selected: view.selected ? `${view.selected.type} ${view.selected.id}` : "", view: view.isTable ? "table" : "lanes",
  });
}

function tellButtons() {
  $("by-order").setAttribute("aria-pressed", view.mode === "order");
  $("by-time").setAttribute("aria-pressed", view.mode === "time");
  $("as-table").setAttribute("aria-pressed", view.isTable);
  $("fold").setAttribute("aria-pressed", folded.size > 0);
  const count = view.found.length;
  $("found").textContent = view.query === "" ? "" : view.at >= 0 ? `${view.at + 1} of ${count}` : `${count} found`;
  $("previous").disabled = $("next").disabled = count === 0;
}

/** The state is told at once; drawing waits for the next frame, and there is one however much has changed. */
let isDrawingDue = false;
function changed() {
  tellState();
  tellButtons();
  if (isDrawingDue) return;
  isDrawingDue = true;
  requestAnimationFrame(() => {
    isDrawingDue = false;
    draw();
  });
}

