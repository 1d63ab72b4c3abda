// ----- Drawing: the part of the lanes that is seen, on one canvas, and all of it in small above. -----

/** With more than this in view, arrows would be a grey cloud: then only those of the selected segment are drawn. */
const MOST_ARROWS = 1500;
const NARROWEST = 3; // a segment is drawn this wide at least, however short it was

let colours = {};
function readColours() {
  const style = getComputedStyle(root);
  const names = ["page", "panel", "text", "soft", "faint", "rule", "stripe", "accent", "ring", "arrow", "call", "wait", "good", "bad", "stopped", "found", "shade"];
  colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  colours.hues = Array.from({ length: 8 }, (_, hue) => style.getPropertyValue(`--hue-${hue}`).trim());
}
const hueOf = (fn) => colours.hues[fn.number % colours.hues.length];

/** Sizes the canvases; a canvas has its own pixels, which are finer than the page's on many screens. */
function measure() {
  const scroller = $("scroller");
  size.width = Math.max(scroller.clientWidth, 120);
  size.height = Math.max(scroller.clientHeight, 40);
  size.gutter = Math.round(Math.min(230, size.width * 0.3));
  fit($("lanes"), size.width, size.height);
  fit($("overview"), size.width, 58);
}

function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
}

let drawn = 0;
function draw() {
  if (view.isTable) return;
  drawn = 0;
  $("height").style.height = `${Math.max(0, rows.length * view.rowHeight - size.height + view.rowHeight)}px`;
  const pen = $("lanes").getContext("2d");
  pen.fillStyle = colours.page;
  pen.fillRect(0, 0, size.width, size.height);
  const first = Math.max(0, Math.floor($("scroller").scrollTop / view.rowHeight));
  const last = Math.min(rows.length - 1, Math.ceil(($("scroller").scrollTop + size.height) / view.rowHeight));
  drawStripes(pen, first, last);
  pen.save();
  pen.beginPath();
  pen.rect(size.gutter, 0, size.width - size.gutter, size.height);
  pen.clip();
  for (let row = first; row <= last; row++) drawRow(pen, row);
  drawArrows(pen, first, last);
  drawSelection(pen);
  pen.restore();
  drawNames(pen, first, last);
  drawOverview();
  root.dataset.drawn = drawn;
}

function drawStripes(pen, first, last) {
  if (view.rowHeight < 8) return;
  pen.fillStyle = colours.stripe;
  for (let row = first; row <= last; row++) if (row % 2 === 1) pen.fillRect(0, topOf(row), size.width, view.rowHeight);
}

/** The items of a row that are in view, those that fall on one pixel drawn as one. */
function drawRow(pen, number) {
  const row = rows[number];
  const list = row.items;
  if (row.lane && view.rowHeight >= 8) drawWaits(pen, number);
  let at = firstFrom(0, list.length, (at) => row.reach[view.mode][at] >= view.from);
  while (at < list.length && axis.begin(list[at]) <= view.to) {
    const x = xOf(axis.begin(list[at]));
    drawItem(pen, list[at], number, x);
    drawn++;
    at++;
    // Several in one pixel: those that follow would be drawn over this one. What matters more is looked for among them.
    if (at < list.length && axis.begin(list[at]) < valueAt(x + 1)) at = drawCrowd(pen, list, at, number, x);
  }
}

function drawCrowd(pen, list, first, number, x) {
  const limit = valueAt(x + 1);
  const next = firstFrom(first, list.length, (at) => axis.begin(list[at]) >= limit);
  const crowd = Math.min(next, first + 64);
  for (let at = first; at < crowd; at++) {
    const item = list[at];
    const matters = item === view.selected || view.isFound?.has(item) || xOf(axis.end(item)) > x + 2 * NARROWEST || endOf(item).mood === "bad";
    if (matters) drawItem(pen, item, number, xOf(axis.begin(item)));
  }
  return next;
}

const isDim = (item) => view.isFound !== null && !view.isFound.has(item);

function drawItem(pen, item, row, x) {
  pen.globalAlpha = isDim(item) ? 0.2 : 1;
  if (item.type === "event") drawEvent(pen, item, middleOf(row), xOfEvent(item));
  else drawSegment(pen, item, row, x);
  pen.globalAlpha = 1;
}

/** How high an item's box is: callbacks are lower than bodies, whose lane they share, and so is what is folded into a lane. */
function boxOf(item, row) {
  const full = Math.max(1, view.rowHeight < 8 ? view.rowHeight : view.rowHeight * 0.62);
  const isGuest = rows[row].isFolded && item.lane !== rows[row].lane.id;
  // In low lanes, what was searched for would be lost among the others.
  const isSought = view.rowHeight < 13 && view.isFound?.has(item);
  const height = isSought ? Math.max(view.rowHeight, 4) : item.kind === "callback" || isGuest ? full * 0.66 : full;
  const x = xOf(axis.begin(item));
  const width = Math.max(xOf(axis.end(item)) - x, isSought ? 2.5 * NARROWEST : NARROWEST);
  return { x, y: middleOf(row) - height / 2, width, height };
}

function drawSegment(pen, item, row, x) {
  const box = boxOf(item, row);
  pen.fillStyle = hueOf(item.fn);
  pen.strokeStyle = pen.fillStyle;
  // Ends far outside of the window are brought near: canvases draw in single precision.
  const [left, right] = [Math.max(x, size.gutter - 20), Math.min(box.x + box.width, size.width + 20)];
  const seam = view.mode === "order" && right - left > 6 ? 1 : 0;
  if (item.inner.length > 0 && right - left > 6 && view.rowHeight >= 8) {
    drawSuspended(pen, item, box, left, right - seam);
  } else {
    rounded(pen, left, box.y, right - left - seam, box.height);
    pen.fill();
  }
  if (view.rowHeight < 13) return;
  if (item.kind === "body" && item.cause === "woken") drawWoken(pen, left, box);
  if (item.kind !== "body") nameCall(pen, item, left, right, middleOf(row));
  else if (item.isLast) drawEnd(pen, item, box, row);
}

/** The name of a callback or a delayed call, which has no lane of its own to be named at. */
function nameCall(pen, item, left, right, y) {
  // Over what is suspended, on the pale ground, in the colour of text.
  const first = item.inner.length > 0 ? Math.min(xOf(axis.begin(item.inner[0])), right) : right;
  const colour = first < right ? colours.text : colours.panel;
  label(pen, item.fn.name, left + 4, y, right - left - 8, colour, 10);
}

/** A segment that called or fired something: an outline for the whole time, filled where it was the one that ran. */
function drawSuspended(pen, item, box, left, right) {
  const alpha = pen.globalAlpha;
  pen.globalAlpha = alpha * 0.22;
  rounded(pen, left, box.y, right - left, box.height);
  pen.fill();
  pen.globalAlpha = alpha;
  pen.lineWidth = 1;
  rounded(pen, left + 0.5, box.y + 0.5, right - left - 1, box.height - 1);
  pen.stroke();
  let from = left;
  const fill = (to) => {
    if (to - from >= 1) pen.fillRect(from, box.y, to - from, box.height);
  };
  for (const inner of item.inner) {
    fill(Math.min(xOf(axis.begin(inner)), right));
    from = Math.max(from, xOf(axis.end(inner)));
    if (from > right) break;
  }
  fill(right);
}

function rounded(pen, x, y, width, height) {
  pen.beginPath();
  pen.roundRect(x, y, Math.max(width, 1), height, Math.min(3, width / 3, height / 3));
}

function drawEvent(pen, event, y, x) {
  pen.fillStyle = { fire: colours.arrow, cancel: colours.stopped, "dropped trigger": colours.stopped }[event.kind] ?? colours.bad;
  const radius = Math.min(5, view.rowHeight / 2);
  pen.beginPath();
  pen.moveTo(x, y - radius);
  pen.lineTo(x + radius, y);
  pen.lineTo(x, y + radius);
  pen.lineTo(x - radius, y);
  pen.fill();
}

function drawWoken(pen, x, box) {
  pen.fillStyle = colours.soft;
  pen.beginPath();
  pen.moveTo(x - 5, box.y + box.height / 2 - 3.5);
  pen.lineTo(x - 0.5, box.y + box.height / 2);
  pen.lineTo(x - 5, box.y + box.height / 2 + 3.5);
  pen.fill();
}

/** How the body ended: an edge at the end of its last segment, and a sign behind it if there is room. */
function drawEnd(pen, item, box, row) {
  const { mood } = endOf(item);
  const [glyph, colour] = { good: ["●", colours.good], bad: ["✕", colours.bad] }[mood] ?? ["⊘", colours.stopped];
  const x = box.x + box.width;
  pen.fillStyle = colour;
  if (box.width > 5) pen.fillRect(x - 3.5, box.y, 3, box.height);
  const list = rows[row].items;
  const next = list[firstFrom(0, list.length, (at) => list[at].o0 >= item.o1)];
  if (!next || xOf(axis.begin(next)) - x > 14) label(pen, glyph, x + 2, middleOf(row), 20, colour, mood === "good" ? 9 : 13);
}

/** The waits of a lane: a thin line from segment to segment, with the place. */
function drawWaits(pen, number) {
  const { lane } = rows[number];
  const y = Math.round(middleOf(number)) + 0.5;
  const list = lane.segments;
  let at = firstFrom(0, list.length, (at) => axis.end(list[at]) >= view.from);
  if (at > 0) at--;
  pen.lineWidth = 1.5;
  let before = -Infinity;
  for (; at < list.length && axis.begin(list[at]) <= view.to; at++) {
    const x = xOf(axis.end(list[at]));
    const next = list[at + 1];
    const finish = waitEnds(lane, list[at], next);
    if (finish === null) continue;
    const to = Math.min(xOf(finish), size.width + 4);
    // One line for all that fall on one pixel.
    if (to - before < 1) continue;
    before = to;
    const isOpen = !next && !lane.ended;
    pen.strokeStyle = colours.wait;
    pen.setLineDash(isOpen ? [2, 4] : []);
    pen.beginPath();
    pen.moveTo(Math.max(x, size.gutter - 4), y);
    pen.lineTo(to, y);
    pen.stroke();
    pen.setLineDash([]);
    // In a folded lane what is called is drawn there.
    if (!rows[number].isFolded) nameWait(pen, list[at], Math.max(x, size.gutter), to, y);
    if (!next && lane.ended) label(pen, "⊘", to - 2, y, 20, lane.ended.word === "failed" ? colours.bad : colours.stopped, 13);
  }
}

/** Where the wait after a segment ends: at the next one, at the end of the body, or not at all. */
function waitEnds(lane, segment, next) {
  if (segment.until === null) return null;
  if (next) return axis.begin(next);
  if (!lane.ended) return axis.length;
  return view.mode === "order" ? lane.ended.column : lane.ended.time;
}

function nameWait(pen, segment, from, to, y) {
  const room = to - from - 18;
  if (room < 24 || view.rowHeight < 20) return;
  pen.font = font(10);
  // The whole place, or the line alone; half a name would say nothing.
  const whole = nearby(segment.until);
  const words = [whole, whole.slice(whole.search(/:\d+:\d+$/))].find((words) => pen.measureText(words).width <= room);
  if (words === undefined) return;
  const { width } = pen.measureText(words);
  const x = from + 9;
  pen.globalAlpha = 1;
  pen.fillStyle = colours.page;
  pen.fillRect(x - 3, y - 6, width + 6, 12);
  label(pen, words, x, y, room, colours.soft, 10);
}

const font = (pixels) => `${pixels}px system-ui, "Segoe UI", "Helvetica Neue", "Noto Sans", sans-serif`;

/** Text that is cut where it does not fit. */
function label(pen, words, x, y, room, colour, pixels) {
  pen.font = font(pixels);
  pen.fillStyle = colour;
  pen.textBaseline = "middle";
  let text = words;
  if (pen.measureText(text).width > room) {
    const letters = Math.floor(room / (pixels * 0.58));
    if (letters < 6) return;
    text = `${words.slice(0, letters - 1)}…`;
  }
  pen.fillText(text, x, y + 0.5);
}

/** Where an arrow begins: at the fire, in the lane of who fired. */
function xOfEvent(event) {
  const x = xOf(axis.begin(event));
  // What has a step of its own stands in the middle of it.
  const hasStep = view.mode === "order" && event.inside === null && event.kind !== "end";
  return hasStep ? x + Math.min((xOf(1) - xOf(0)) / 2, 8) : x;
}

function drawArrows(pen, first, last) {
  // What is resumed is resumed inside the fire, so that both ends of an arrow are near each other on the axis.
  const low = firstFrom(0, arrows.length, (at) => axis.begin(arrows[at].to) >= view.from);
  const high = firstFrom(low, arrows.length, (at) => axis.begin(arrows[at].to) > view.to);
  const areAll = high - low <= MOST_ARROWS && view.rowHeight >= 8;
  root.dataset.arrowsShown = areAll ? high - low : 0;
  if (areAll) {
    drawCalls(pen, first, last);
    for (let at = low; at < high; at++) if (isSeen(arrows[at], first, last) && !isOfSelected(arrows[at])) drawArrow(pen, arrows[at], false);
  }
  for (const arrow of ofSelected()) drawArrow(pen, arrow, true);
}

const isOfSelected = ({ from, to }) => view.selected !== null && (to === view.selected || itemOf(from) === view.selected);

function ofSelected() {
  const item = view.selected;
  if (!item) return [];
  const into = item.type === "segment" && item.event !== null ? [{ from: events[item.event], to: item }] : [];
  const causing = item.type === "event" ? [item] : item.events;
  return into.concat(causing.flatMap((from) => from.resumed.map((to) => ({ from, to }))));
}

function isSeen({ from, to }, first, last) {
  const [one, other] = [rowOfLane.get(from.lane), rowOfLane.get(to.lane)];
  return Math.max(one, other) >= first && Math.min(one, other) <= last;
}

function drawArrow(pen, { from, to }, isStrong) {
  const [fromRow, toRow] = [rowOfLane.get(from.lane), rowOfLane.get(to.lane)];
  const isPale = isDim(to) && !isStrong;
  pen.globalAlpha = isPale ? 0.15 : isStrong ? 1 : 0.8;
  pen.strokeStyle = pen.fillStyle = from.words !== null ? colours.bad : from.kind === "cancel" ? colours.stopped : colours.arrow;
  pen.lineWidth = isStrong ? 2.2 : 1.3;
  const [x0, x1] = [xOfEvent(from), xOf(axis.begin(to)) + 2];
  const down = Math.sign(toRow - fromRow);
  if (down === 0) drawHop(pen, x0, x1, middleOf(toRow) - view.rowHeight * 0.31);
  else {
    const half = view.rowHeight * 0.31;
    const [y0, y1] = [middleOf(fromRow) + (from.inside === null ? 0 : down * half * 0.4), middleOf(toRow) - down * half];
    // Over many lanes canvases would be given far too large numbers.
    const [from_, to_] = [Math.min(Math.max(y0, -50), size.height + 50), Math.min(Math.max(y1, -50), size.height + 50)];
    pen.beginPath();
    pen.moveTo(x0, from_);
    pen.bezierCurveTo(x0, from_ + (to_ - from_) * 0.4, x1, to_ - (to_ - from_) * 0.4, x1, to_);
    pen.stroke();
    head(pen, x1, to_, down);
  }
  pen.globalAlpha = 1;
}

/** From one segment to another of the same lane: over it. */
function drawHop(pen, x0, x1, y) {
  pen.beginPath();
  pen.moveTo(x0, y + 3);
  pen.bezierCurveTo(x0, y - 5, x1, y - 5, x1, y);
  pen.stroke();
  head(pen, x1, y, 1);
}

function head(pen, x, y, down) {
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x - 3.5, y - 6 * down);
  pen.lineTo(x + 3.5, y - 6 * down);
  pen.fill();
}

/** From who calls to the first segment of what is called. */
function drawCalls(pen, first, last) {
  pen.strokeStyle = colours.call;
  pen.lineWidth = 1;
  pen.setLineDash([2, 3]);
  for (let row = first; row <= Math.min(last + 50, rows.length - 1); row++) {
    const { lane } = rows[row];
    const call = lane?.segments[0];
    if (!call || lane.calledBy === null || isDim(call)) continue;
    const caller = rowOfLane.get(segments[lane.calledBy].lane);
    const x = xOf(axis.begin(call)) + 1.5;
    if (caller === row || caller > last || x < size.gutter || x > size.width) continue;
    pen.beginPath();
    pen.moveTo(x, Math.max(middleOf(caller) + view.rowHeight * 0.31, -20));
    pen.lineTo(x, middleOf(row) - view.rowHeight * 0.31);
    pen.stroke();
  }
  pen.setLineDash([]);
}

function drawSelection(pen) {
  const item = view.selected;
  if (!item) return;
  const row = rowOfLane.get(item.lane);
  const box = item.type === "event" ? { x: xOfEvent(item) - 6, y: middleOf(row) - 6, width: 12, height: 12 } : boxOf(item, row);
  const isFocused = document.activeElement === $("lanes");
  const gap = isFocused ? 3.5 : 2.5;
  const left = Math.max(box.x - gap, size.gutter + 1);
  const right = Math.min(box.x + box.width + gap, size.width - 1);
  // A ring in the page's colour under it keeps it apart from whatever is below.
  for (const [colour, width] of [[colours.page, isFocused ? 6 : 4], [colours.ring, isFocused ? 2.5 : 1.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.roundRect(left, box.y - gap, Math.max(right - left, 2), box.height + 2 * gap, 4);
    pen.stroke();
  }
}

/** The names of the lanes, left of them. */
function drawNames(pen, first, last) {
  pen.fillStyle = colours.panel;
  pen.fillRect(0, 0, size.gutter, size.height);
  pen.fillStyle = colours.rule;
  pen.fillRect(size.gutter - 1, 0, 1, size.height);
  if (view.rowHeight < 13) return;
  const pixels = view.rowHeight < 20 ? 10 : 12.5;
  for (let row = first; row <= last; row++) {
    const { lane, depth, isFoldable, isFolded } = rows[row];
    const indent = 18 + Math.min(depth, 6) * Math.min(14, size.gutter / 16);
    const y = middleOf(row);
    if (isFoldable) label(pen, isFolded ? "▸" : "▾", indent - 13, y, 20, colours.soft, 11);
    const colour = !lane ? colours.soft : lane.ended && endOf({ ...lane.segments.at(-1), type: "segment", isLast: true, until: null, isRunning: false, kind: "body", lane: lane.id }).mood === "bad" ? colours.bad : colours.text;
    label(pen, lane ? lane.name : "outside", indent, y, size.gutter - indent - 6, colour, pixels);
    pointAway(pen, rows[row], y);
  }
}

/** Where nothing of a lane is in view, a sign says on which side it is. */
function pointAway(pen, { items: list, reach }, y) {
  const first = firstFrom(0, list.length, (at) => reach[view.mode][at] >= view.from);
  if (first === list.length) label(pen, "‹", size.gutter + 6, y, 20, colours.faint, 14);
  else if (axis.begin(list[first]) > view.to) label(pen, "›", size.width - 12, y, 20, colours.faint, 14);
}

/** All of the axis in small: how much happens where, and which part is seen. */
function drawOverview() {
  const pen = $("overview").getContext("2d");
  const [top, bottom] = [4, 33];
  pen.fillStyle = colours.panel;
  pen.fillRect(0, 0, size.width, 58);
  const width = size.width - size.gutter;
  overviewBins(width).forEach(({ count, isBad }, x, { most }) => {
    if (count === 0) return;
    const height = Math.max(2, (bottom - top) * Math.sqrt(count / most));
    pen.fillStyle = isBad ? colours.bad : colours.hues[0];
    pen.globalAlpha = 0.75;
    pen.fillRect(size.gutter + x, bottom - height, 1, height);
  });
  pen.globalAlpha = 1;
  const at = (value) => size.gutter + Math.min(Math.max(value / axis.length, 0), 1) * width;
  // Where the search has found something, below.
  pen.fillStyle = colours.arrow;
  const sought = new Set(view.found.map((item) => Math.round(at(axis.begin(item)))));
  for (const x of sought) pen.fillRect(x - 1, bottom + 3, 2, 3);
  pen.fillStyle = colours.shade;
  pen.fillRect(at(view.from), top - 2, Math.max(at(view.to) - at(view.from), 2), bottom - top + 4);
  pen.strokeStyle = colours.accent;
  pen.lineWidth = 1.5;
  pen.strokeRect(at(view.from) + 0.75, top - 2, Math.max(at(view.to) - at(view.from) - 1.5, 1.5), bottom - top + 4);
  drawAxis(pen);
}

/** How many segments begin in each pixel of the overview; counted once for a width and an axis. */
let bins = { key: "" };
function overviewBins(width) {
  const key = `${view.mode} ${width}`;
  if (bins.key !== key) {
    const counts = Array.from({ length: Math.max(1, Math.floor(width)) }, () => ({ count: 0, isBad: false }));
    let most = 1;
    for (const item of items) {
      const bin = counts[Math.min(counts.length - 1, Math.floor((axis.begin(item) / axis.length) * counts.length))];
      most = Math.max(most, ++bin.count);
      bin.isBad ||= endOf(item).mood === "bad";
    }
    bins = { key, counts, most };
  }
  return { forEach: (visit) => bins.counts.forEach((bin, x) => visit(bin, x, bins)) };
}

function drawAxis(pen) {
  label(pen, view.mode === "order" ? "step" : "time", 10, 48, size.gutter - 20, colours.soft, 11);
  const least = (view.to - view.from) / Math.max(2, (size.width - size.gutter) / 90);
  const power = 10 ** Math.floor(Math.log10(least));
  let tick = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= least);
  if (view.mode === "order") tick = Math.max(1, tick);
  for (let value = Math.max(0, Math.ceil(view.from / tick) * tick); value <= Math.min(view.to, axis.length); value += tick) {
    const x = xOf(value);
    if (x < size.gutter || x > size.width - 40) continue;
    pen.fillStyle = colours.faint;
    pen.fillRect(Math.round(x), 53, 1, 5);
    label(pen, view.mode === "order" ? Math.round(value).toLocaleString("en") : timeAt(value, tick), x + 4, 48, 90, colours.soft, 11);
  }
}

/** A time on the axis, with as many digits as tell it from its neighbours. */
function timeAt(value, tick) {
  const [size, unit] = value >= 1e9 || tick >= 1e8 ? [1e9, "s"] : value >= 1e6 || tick >= 1e5 ? [1e6, "ms"] : value >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  const digits = Math.max(0, Math.ceil(Math.log10(size / tick)));
  return `${(value / size).toFixed(Math.min(digits, 9))} ${unit}`;
}

