// ----- Words: what is said about a record, in the panel, in the table and to screen readers. -----

function duration(nanoseconds) {
  const units = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"], [60e9, "min"]];
  const [size, unit] = units.findLast(([size]) => nanoseconds >= size) ?? units[0];
  const value = nanoseconds / size;
  return `${value >= 100 || size === 1 ? Math.round(value) : value.toPrecision(3).replace(/\.?0+$/, "")} ${unit}`;
}

const laneName = (lane) => (lane === NOWHERE ? "outside of any body" : lanes[lane].name);
const whoRan = (fn) => (fn.path === "" ? "code outside of any body" : fn.name);

/** Why a segment began: a sentence, the function and the place to look at, and the item to go to. */
function causeOf(segment) {
  const inside = segment.inside === null ? null : segments[segment.inside];
  if (segment.cause === "event") return causeOfEvent(events[segment.event]);
  switch (segment.cause) {
    case "call":
      return { text: inside ? `${inside.fn.name} called it` : "called from outside of any body", fn: inside?.fn, go: inside };
    case "woken":
      if (segment.kind === "delayed call") return { text: "its time had come" };
      if (segment.kind === "callback") return { text: "added to a Deferred that had fired" };
      return { text: "woken: a foreign future that it waits for (a timer, a socket, another thread) is ready" };
    case "passed on":
      return passedOn(segment, segments[segment.passedBy]);
    default: // meanwhile
      return { text: "what it waited for had fired before it came to rest" };
  }
}

function passedOn(segment, by) {
  const words = {
    callback: "added to a Deferred that had fired",
    "delayed call": `its time had come, as ${by.fn.name} said`,
    body: `${by.fn.name} passed something on: a lock, for example`,
  };
  return { text: words[segment.kind], fn: by.fn, go: by };
}

function causeOfEvent(event) {
  const go = itemOf(event);
  const common = { fn: event.fn, place: event.at, madeAt: event.madeAt, go };
  switch (event.kind) {
    case "fire": return { ...common, text: `${whoRan(event.fn)} fired what it waits for${event.words === null ? "" : `, with a failure: ${event.words}`}` };
    case "cancel": return { ...common, text: `${whoRan(event.fn)} cancelled it` };
    case "dropped trigger": return { ...common, text: `${whoRan(event.fn)} dropped the trigger of what it waits for` };
    case "end": return { ...common, madeAt: null, place: null, text: `${laneName(event.lane)} ended${event.words === null ? "" : `: ${event.words}`}` };
    default: return { ...common, text: event.kind };
  }
}

/** The item that an event is drawn in. */
const itemOf = (event) => (event.inside !== null ? segments[event.inside] : event.kind === "end" ? lanes[event.lane].segments.at(-1) ?? null : event);

/** How a segment ended: the words, and whether that is good. */
function endOf(item) {
  if (item.type === "event") return item.words === null ? { text: "", mood: "plain" } : { text: item.words, mood: "bad" };
  if (item.isRunning) return { text: "still running when the recording ended", mood: "plain" };
  if (item.until !== null) return { text: `waits at ${item.until}`, mood: "plain", place: item.until };
  if (item.kind !== "body") return { text: "its end", mood: "plain" };
  const ended = lanes[item.lane].ended;
  const mood = { succeeded: "good", failed: "bad", panicked: "bad" }[ended?.word] ?? "stopped";
  return { text: ended ? ended.word + (ended.words ? `: ${ended.words}` : "") : "its end", mood };
}

function startOf(item) {
  if (item.type === "event") return "";
  if (item.kind === "callback") return `added at ${item.from}`;
  if (item.kind === "delayed call") return `scheduled at ${item.from}`;
  return item.cause === "call" ? `its call; the body is at ${item.from}` : `the wait at ${item.from}`;
}

/** What an item is called. */
const nameOf = (item) => (item.type === "event" ? item.kind : item.fn.name || item.kind);

/** One sentence, for those who cannot see the lanes. */
function sentence(item) {
  const name = `${nameOf(item)}, ${laneName(item.lane)}, ${item.number + 1} of ${items.length}.`;
  if (item.type === "event") return `${name} ${causeOfEvent(item).text}${item.at ? ` at ${item.at}` : ""}.`;
  const cause = causeOf(item);
  return `${name} From ${startOf(item)}; ${cause.text}${cause.place ? ` at ${cause.place}` : ""}. Until: ${endOf(item).text}. Took ${duration(item.t1 - item.t0)}.`;
}

/** What the search looks through. */
function haystack(item) {
  const words = [nameOf(item), item.fn.path, laneName(item.lane), item.from, item.until, item.at, item.madeAt, item.words, item.kind];
  if (item.type === "segment") {
    words.push(endOf(item).text);
    for (const event of item.events) words.push(event.at, event.words);
  }
  return words.filter(Boolean).join("\n").toLowerCase();
}

