// ----- Controls: the panel, the table, keys, pointer, buttons. -----

/** An element with text or elements in it: names of the user's never become markup. */
function element(tag, properties, ...content) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}

const code = (text) => element("code", {}, text);
const goTo = (item, words) => element("button", { type: "button", className: "go", onclick: () => goAndFocus(item) }, words);

function goAndFocus(item) {
  select(item);
  if (!view.isTable) $("lanes").focus();
}

/** Fills the panel beside the lanes. */
function tellDetails(item) {
  const panel = $("details");
  if (!item) {
    panel.replaceChildren(element("p", { className: "empty" }, "Click a segment, or press Tab in the lanes, to see what ran there, who resumed it and until where."));
    return;
  }
  const list = element("dl", {});
  const add = (term, ...content) => list.append(element("dt", {}, term), element("dd", {}, ...content));
  if (item.type === "event") addEvent(add, item); else addSegment(add, item);
  panel.replaceChildren(element("h2", {}, nameOf(item)), badge(item) ?? "", list);
  panel.scrollTop = 0;
}

function badge(item) {
  const { text, mood } = endOf(item);
  return mood === "plain" ? null : element("span", { className: `badge ${mood}` }, text);
}

function addSegment(add, item) {
  const cause = causeOf(item);
  add("Function", code(item.fn.path));
  add("Lane", laneName(item.lane));
  const isCall = item.cause === "call" || item.kind !== "body";
  add(isCall ? "Began with" : "Resumed from", ...withPlace(startOf(item), item.from));
  add(isCall ? "Because" : "Resumed by", cause.text, ...whereFrom(cause));
  add("Until", ...(endOf(item).place ? withPlace(endOf(item).text, endOf(item).place) : [endOf(item).text]));
  const inner = item.inner.reduce((sum, inner) => sum + inner.t1 - inner.t0, 0);
  add("Took", duration(item.t1 - item.t0) + (item.inner.length > 0 ? `, ${duration(inner)} of it in ${item.inner.length} that it called or resumed` : ""));
  add("Began", `${duration(item.t0)} after the start`);
  const before = lanes[item.lane]?.segments;
  const at = before?.indexOf(item) ?? -1;
  if (at > 0) add("Had waited", duration(item.t0 - before[at - 1].t1));
  for (const event of item.events) addFired(add, event);
}

/** The function and the place of the fire, and the way there. */
function whereFrom(cause) {
  return [
    cause.fn && cause.fn.path !== "" ? element("div", {}, "in ", code(cause.fn.path)) : null,
    cause.place ? element("div", {}, "at ", code(cause.place)) : null,
    cause.madeAt ? element("div", {}, "the Deferred was made at ", code(cause.madeAt)) : null,
    cause.go ? goTo(cause.go, `Go there: ${nameOf(cause.go)} (${laneName(cause.go.lane)})`) : null,
  ];
}

function withPlace(text, place) {
  return [text.slice(0, text.length - place.length), code(place)];
}

function addFired(add, event) {
  const what = { end: "Its end resumed", cancel: "Cancelled", "dropped trigger": "Dropped a trigger", fire: "Fired" }[event.kind] ?? "Failure that nobody handled";
  const resumed = event.resumed.slice(0, 20).map((segment) => goTo(segment, `→ ${nameOf(segment)} (${laneName(segment.lane)})`));
  if (event.kind === "end" && resumed.length === 0) return;
  add(what, event.at ? code(event.at) : null, event.words ? ` with a failure: ${event.words}` : null, ...resumed);
}

function addEvent(add, item) {
  const cause = causeOfEvent(item);
  if (item.words) add("Failure", item.words);
  if (item.fn.path !== "") add("Function", code(item.fn.path)); else add("Function", "outside of any body and callback");
  if (item.at) add("Place", code(item.at));
  if (cause.madeAt) add("The Deferred was made at", code(cause.madeAt));
  add("Happened", `${duration(item.t0)} after the start`);
  if (item.resumed.length > 0) add("Resumed", ...item.resumed.slice(0, 20).map((segment) => goTo(segment, `→ ${nameOf(segment)} (${laneName(segment.lane)})`)));
}

// --- The table: the same records as text, a page of them at a time.

const PER_PAGE = 200;
let page = 0;

function fillTable(newPage = page) {
  const list = view.isFound ? view.found : items;
  page = Math.min(Math.max(newPage, 0), Math.max(0, Math.ceil(list.length / PER_PAGE) - 1));
  const shown = list.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
  $("body").replaceChildren(...shown.map(tableRow));
  const last = page * PER_PAGE + shown.length;
  $("which").textContent = list.length === 0 ? "nothing" : `${page * PER_PAGE + 1} to ${last} of ${list.length}${view.isFound ? " found" : ""}`;
  $("earlier").disabled = page === 0;
  $("later").disabled = last >= list.length;
}

function tableRow(item) {
  const cause = item.type === "event" ? causeOfEvent(item) : causeOf(item);
  const cells = [
    laneName(item.lane), item.type === "event" ? item.kind : `${item.kind} ${item.fn.path}`, startOf(item),
    cause.text + (cause.place ? ` at ${cause.place}` : ""), item.until ?? endOf(item).text, duration(item.t0), duration(item.t1 - item.t0),
  ];
  const number = element("button", { type: "button", onclick: () => select(item) }, String(item.number + 1));
  const row = element("tr", { className: item === view.selected ? "selected" : "" }, element("td", {}, number), ...cells.map((text) => element("td", {}, text)));
  return row;
}

function setTable(isTable) {
  view.isTable = isTable;
  $("table").hidden = !isTable;
  $("chart").hidden = isTable;
  if (isTable) fillTable(view.selected && !view.isFound ? Math.floor(view.selected.number / PER_PAGE) : 0);
  else measure();
  changed();
}

// --- Folding.

function fold(isFolded, which) {
  for (const lane of which) if (isFolded && lane.children.length > 0) folded.add(lane.id); else folded.delete(lane.id);
  layOut();
  if (!isHeightChosen) fitRows();
  if (view.selected) reveal(view.selected);
  changed();
}
const foldAll = () => fold(folded.size === 0, lanes);

let isHeightChosen = false;

/** As high as the window allows, from lanes that are easy to read to such that many are in view. */
function fitRows() {
  view.rowHeight = ROW_HEIGHTS.findLast((height) => height <= 38 && (height === 20 || rows.length * height <= size.height)) ?? 20;
}

function setRowHeight(step) {
  const at = ROW_HEIGHTS.indexOf(view.rowHeight) + step;
  if (at < 0 || at >= ROW_HEIGHTS.length) return;
  const scroller = $("scroller");
  const middle = (scroller.scrollTop + size.height / 2) / view.rowHeight;
  view.rowHeight = ROW_HEIGHTS[at];
  isHeightChosen = true;
  draw();
  scroller.scrollTop = middle * view.rowHeight - size.height / 2;
  changed();
}

// --- Keys. Those of the lanes work when the lanes have the focus, the others everywhere but in the search.

function neighbourInLane(step) {
  const { items: list } = rows[rowOfLane.get(view.selected.lane)];
  return list[list.indexOf(view.selected) + step] ?? null;
}

/** The item of the next row, up or down, that is nearest on the axis. */
function neighbourInRows(step) {
  const middle = axis.begin(view.selected);
  for (let row = rowOfLane.get(view.selected.lane) + step; row >= 0 && row < rows.length; row += step) {
    const list = rows[row].items;
    if (list.length === 0) continue;
    const at = firstFrom(0, list.length, (at) => axis.begin(list[at]) >= middle);
    const near = [list[at - 1], list[at]].filter(Boolean);
    return near.reduce((best, item) => (Math.abs(axis.begin(item) - middle) < Math.abs(axis.begin(best) - middle) ? item : best));
  }
  return null;
}

/** The first item in view, for those who come by keyboard. */
function firstInView() {
  const top = Math.floor($("scroller").scrollTop / view.rowHeight);
  const isSeen = (item) => rowOfLane.get(item.lane) >= top && axis.end(item) >= view.from;
  return items.find(isSeen) ?? items[0] ?? null;
}

/** Tab goes through the segments, and on to the next control after the last one or after Escape: it traps nobody. */
function tab(step) {
  const next = view.selected ? items[view.selected.number + step] : null;
  if (!next) return false;
  select(next);
  return true;
}

const move = (item) => { if (item) select(item); return true; };
const LANE_KEYS = {
  Tab: (event) => tab(event.shiftKey ? -1 : 1),
  ArrowLeft: (event) => (event.shiftKey || !view.selected ? (pan(-0.15), true) : move(neighbourInLane(-1))),
  ArrowRight: (event) => (event.shiftKey || !view.selected ? (pan(0.15), true) : move(neighbourInLane(1))),
  ArrowUp: (event) => (event.shiftKey || !view.selected ? scroll(-1) : move(neighbourInRows(-1))),
  ArrowDown: (event) => (event.shiftKey || !view.selected ? scroll(1) : move(neighbourInRows(1))),
  PageUp: () => scroll(-Math.floor(size.height / view.rowHeight)),
  PageDown: () => scroll(Math.floor(size.height / view.rowHeight)),
  Home: () => move(items[0]),
  End: () => move(items.at(-1)),
  Enter: () => move(view.selected?.type === "segment" ? causeOf(view.selected).go : firstInView()),
  " ": () => move(view.selected ?? firstInView()),
};

function scroll(count) {
  $("scroller").scrollTop += count * view.rowHeight;
  return true;
}

const PAGE_KEYS = {
  "+": () => zoom(1 / 1.5, focusOfZoom()), "=": () => zoom(1 / 1.5, focusOfZoom()), "-": () => zoom(1.5, focusOfZoom()), 0: showAll,
  "[": () => setRowHeight(-1), "]": () => setRowHeight(1), c: foldAll, t: () => setTable(!view.isTable),
  o: () => setMode(view.mode === "order" ? "time" : "order"), "?": () => $("help").showModal(),
  "/": () => { $("search").focus(); $("search").select(); },
  Escape: escape,
};

/** The selected segment stays where it is while one zooms. */
function focusOfZoom() {
  const middle = view.selected ? (axis.begin(view.selected) + axis.end(view.selected)) / 2 : NaN;
  return middle >= view.from && middle <= view.to ? middle : undefined;
}

function escape() {
  if (view.query !== "") { $("search").value = ""; search(""); } else select(null);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  if (event.target === $("search")) return;
  const own = event.target === $("lanes") ? LANE_KEYS[event.key] : undefined;
  const done = own ? own(event) : PAGE_KEYS[event.key] ? (PAGE_KEYS[event.key](event), true) : false;
  if (done) event.preventDefault();
});

$("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") goThroughFound(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape" && $("search").value !== "") { $("search").value = ""; search(""); }
  else if (event.key === "Escape") $("lanes").focus();
  else return;
  event.preventDefault();
});
$("search").addEventListener("input", () => search($("search").value));

$("lanes").addEventListener("focus", () => {
  // By keyboard: there is to be something that has the focus. By pointer: the click says what.
  if (!view.selected && $("lanes").matches(":focus-visible") && pointers.size === 0) select(firstInView());
  changed();
});
$("lanes").addEventListener("blur", changed);

// --- The pointer.

const pointers = new Map();
let dragged = 0;

/** The item under the pointer, or near it: the uppermost one. */
function itemAt(x, y) {
  const number = Math.floor((y + $("scroller").scrollTop) / view.rowHeight);
  const row = rows[number];
  if (!row || x < size.gutter) return null;
  const near = 5;
  const [low, high] = [valueAt(x - near), valueAt(x + near)];
  let best = null;
  let distance = Infinity;
  for (let at = firstFrom(0, row.items.length, (at) => row.reach[view.mode][at] >= low); at < row.items.length && axis.begin(row.items[at]) <= high; at++) {
    const left = xOf(axis.begin(row.items[at]));
    const right = Math.max(xOf(axis.end(row.items[at])), left + NARROWEST);
    const off = Math.max(left - x, x - right, 0);
    if (off <= near && off <= distance) [best, distance] = [row.items[at], off];
  }
  return best;
}

const lanesCanvas = $("lanes");
lanesCanvas.addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, event);
  dragged = 0;
});
lanesCanvas.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return hint(event);
  const others = [...pointers.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
  const length = (view.to - view.from) / (size.width - size.gutter);
  if (others.length === 1) {
    // Two fingers: what is between them stays between them.
    const [old, now] = [Math.abs(before.offsetX - others[0].offsetX), Math.abs(event.offsetX - others[0].offsetX)];
    if (old > 8 && now > 8) zoom(old / now, valueAt((event.offsetX + others[0].offsetX) / 2));
  } else {
    dragged += Math.abs(event.offsetX - before.offsetX) + Math.abs(event.offsetY - before.offsetY);
    // A click that trembles is no drag.
    if (dragged > 4) {
      // From now on also outside of the canvas.
      if (!lanesCanvas.hasPointerCapture(event.pointerId)) lanesCanvas.setPointerCapture(event.pointerId);
      const by = (before.offsetX - event.offsetX) * length;
      show(view.from + by, view.to + by);
      if (event.pointerType === "mouse") $("scroller").scrollTop += before.offsetY - event.offsetY;
    }
  }
  pointers.set(event.pointerId, event);
  hint(null);
});
for (const name of ["pointerup", "pointercancel"]) {
  lanesCanvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
}
lanesCanvas.addEventListener("click", (event) => {
  if (dragged > 4) return;
  const row = rows[Math.floor((event.offsetY + $("scroller").scrollTop) / view.rowHeight)];
  if (event.offsetX < size.gutter) {
    if (row?.isFoldable) fold(!row.isFolded, [row.lane]);
  } else {
    select(itemAt(event.offsetX, event.offsetY));
  }
});
lanesCanvas.addEventListener("pointerleave", () => hint(null));
lanesCanvas.addEventListener("wheel", (event) => {
  const step = event.deltaMode === 1 ? 16 : 1;
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(event.deltaY * step * 0.004), valueAt(event.offsetX));
  else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(((event.deltaX || event.deltaY) * step) / size.width);
  else return; // the lanes scroll
  event.preventDefault();
}, { passive: false });

function hint(event) {
  const item = event ? itemAt(event.offsetX, event.offsetY) : null;
  const row = event && event.offsetX < size.gutter ? rows[Math.floor((event.offsetY + $("scroller").scrollTop) / view.rowHeight)] : null;
  const box = $("hint");
  box.hidden = !item && !row?.lane;
  if (box.hidden) return;
  box.textContent = item ? hintOf(item) : `${row.lane.fn.path}\nat ${row.lane.calledAt}`;
  const chart = $("chart").getBoundingClientRect();
  const x = Math.min(event.clientX - chart.left + 14, size.width - box.offsetWidth - 6);
  const y = event.clientY - chart.top + 16;
  box.style.left = `${Math.max(4, x)}px`;
  box.style.top = `${y + box.offsetHeight > chart.height ? y - box.offsetHeight - 28 : y}px`;
}

function hintOf(item) {
  if (item.type === "event") return [item.kind, item.at && nearby(item.at), item.words].filter(Boolean).join("\n");
  return [`${laneName(item.lane)}${item.kind === "body" ? "" : `: ${nameOf(item)}`}, ${duration(item.t1 - item.t0)}`, causeOf(item).text, `until: ${item.until ? nearby(item.until) : endOf(item).text}`].join("\n");
}

// --- The overview: press or drag to go there.

$("overview").addEventListener("pointerdown", (event) => {
  $("overview").setPointerCapture(event.pointerId);
  goByOverview(event);
});
$("overview").addEventListener("pointermove", (event) => { if (event.buttons) goByOverview(event); });
function goByOverview(event) {
  const middle = ((event.offsetX - size.gutter) / (size.width - size.gutter)) * axis.length;
  const half = (view.to - view.from) / 2;
  show(middle - half, middle + half);
}

// --- Buttons.

const on = (id, act) => $(id).addEventListener("click", act);
on("previous", () => goThroughFound(-1));
on("next", () => goThroughFound(1));
on("by-order", () => setMode("order"));
on("by-time", () => setMode("time"));
on("in", () => zoom(1 / 1.5, focusOfZoom()));
on("out", () => zoom(1.5, focusOfZoom()));
on("all", showAll);
on("fold", foldAll);
on("as-table", () => setTable(!view.isTable));
on("help-button", () => $("help").showModal());
on("earlier", () => fillTable(page - 1));
on("later", () => fillTable(page + 1));
$("scroller").addEventListener("scroll", changed);

// --- Light and dark: the system's, until the button says otherwise.

const system = matchMedia("(prefers-color-scheme: dark)");
function setTheme(theme) {
  root.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "Light" : "Dark";
  readColours();
  changed();
}
on("theme", () => {
  system.removeEventListener("change", followSystem);
  setTheme(root.dataset.theme === "dark" ? "light" : "dark");
});
function followSystem() { setTheme(system.matches ? "dark" : "light"); }
system.addEventListener("change", followSystem);

// --- What goes wrong in this page is shown in it.

window.addEventListener("error", (event) => {
  $("trouble").hidden = false;
  $("trouble").textContent += `This page has a fault: ${event.message} (line ${event.lineno})\n`;
});

// --- Now.

function summary() {
  const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
  return [count(lanes.length, "lane"), count(segments.length, "segment"), count(arrows.length, "arrow"), duration(end.time)].join(" · ");
}

document.title = data.head.title;
$("title").textContent = data.head.title;
$("summary").textContent = summary();
if (data.head.leftOut > 0) {
  $("left-out").hidden = false;
  $("left-out").textContent = `There was no room for ${data.head.leftOut.toLocaleString("en")} records that came later: the recorder's limit was reached.`;
}
followSystem();
measure();
fitRows();
tellDetails(null);
showBeginning();
draw();
new ResizeObserver(() => {
  if (view.isTable) return;
  measure();
  draw();
}).observe($("scroller"));
