// Drives the page as a person would, with events, and writes down what the page says of itself.
// It is put behind the page's own script; nothing of the page is changed or called.
const press = (key, more = {}) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
const lanes = document.getElementById("lanes");
const state = () => ({ ...document.documentElement.dataset });
const told = () => ({
  heading: document.querySelector("#details h2")?.textContent ?? "",
  badge: document.querySelector("#details .badge")?.textContent ?? "",
  facts: Object.fromEntries([...document.querySelectorAll("#details dt")].map((term) => [term.textContent, term.nextElementSibling.textContent])),
  live: document.getElementById("live").textContent,
});
const type = (text) => {
  const search = document.getElementById("search");
  search.value = text;
  search.dispatchEvent(new InputEvent("input", { bubbles: true }));
};
const clickButton = (id) => document.getElementById(id).click();
/** Moves, presses and releases the pointer on the lanes, at a place within them. */
function pointAt(x, y) {
  const box = lanes.getBoundingClientRect();
  const at = { bubbles: true, pointerId: 1, pointerType: "mouse", clientX: box.left + x, clientY: box.top + y };
  for (const name of ["pointermove", "pointerdown", "pointerup", "click"]) lanes.dispatchEvent(new PointerEvent(name, at));
}
/** Until the page has drawn what has changed. */
const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
/** The lanes' pixels, read from a copy: reading them from the canvas itself draws a remark on the console. */
function pixels() {
  const copy = Object.assign(document.createElement("canvas"), { width: lanes.width, height: lanes.height });
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(lanes, 0, 0);
  return pen.getImageData(0, 0, lanes.width, lanes.height).data;
}
/** How many of them differ from the last one, which is nothing but page. */
function paint() {
  const data = pixels();
  let painted = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] !== data[data.length - 4] || data[at + 1] !== data[data.length - 3]) painted++;
  return painted;
}
const steps = [];
const note = (name, more = {}) => steps.push({ name, state: state(), ...more });
async function drive(program) {
  try {
    await program();
  } catch (error) {
    steps.push({ name: "fault", message: String(error) });
  }
  const written = document.createElement("pre");
  written.id = "driven";
  // Nothing in it that would be written differently as markup.
  written.textContent = JSON.stringify(steps).replace(/[<>&\u00a0]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  document.body.append(written);
}
