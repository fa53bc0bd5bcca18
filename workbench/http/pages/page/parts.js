/* Elements, words and requests. What callers and models name is only ever set as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (`on…` are listeners) and children; plain values become text. */
function h(name, attributes, ...children) {
  const made = name === "svg" || name === "path" || name === "rect"
    ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(9).filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

const byId = (id) => document.getElementById(id);
const fill = (place, ...children) => place.replaceChildren(...children.flat(9).filter(Boolean));
const spaced = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
const count = (value) => spaced(String(Math.round(value)));
const plural = (amount, noun) => `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;

/** Three significant digits, thousands spaced. */
function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size > 11) return value.toExponential(digits - 1).replace("e+", "e");
  const [whole, rest] = value.toFixed(Math.max(0, digits - 1 - size)).split(".");
  return spaced(whole) + (rest ? `.${rest}` : "");
}

/** A latency in the unit it is read in. */
function latency(us) {
  if (us === null || us === undefined) return "-";
  if (us < 1000) return `${number(us)} µs`;
  return us < 1e6 ? `${number(us / 1000)} ms` : `${number(us / 1e6)} s`;
}

const percent = (share) => `${number(share * 100)} %`;

/** A moment, in seconds since 1970, as it is read: UTC, without what is zero. */
function moment(seconds) {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return String(seconds);
  return at.toISOString().replace("T", " ").replace(/(:00)?\.000Z$/, "").replace(/ 00:00$/, "").replace(/Z$/, "");
}

/** A number with all of its digits. */
const exact = (value) => (Number.isInteger(value) && Math.abs(value) < 1e15
  ? spaced(String(value)) : String(value));

/* The key stays in this tab: it is forgotten when the tab is closed, and sent nowhere else. */
const keys = {
  get: () => { try { return sessionStorage.getItem("workbench-key") || ""; } catch { return keys.kept; } },
  set: (value) => { keys.kept = value; try { sessionStorage.setItem("workbench-key", value); } catch { /* kept here */ } },
  kept: "",
};

/** Asks the endpoint; resolves to {status, body, headers, ms, problem}, whatever happens. */
async function ask(path, options = {}) {
  const headers = { ...(options.headers || {}) };
  if (keys.get()) headers["x-api-key"] = keys.get();
  const started = performance.now();
  try {
    const reply = await fetch(path, { ...options, headers, credentials: "omit", cache: "no-store" });
    const text = await reply.text();
    const ms = performance.now() - started;
    let body = null;
    try { body = JSON.parse(text); } catch { body = { error: text.slice(0, 300) }; }
    return { status: reply.status, body, headers: reply.headers, ms, problem: reply.ok ? "" : body.error || `HTTP ${reply.status}` };
  } catch {
    return { status: 0, body: null, headers: new Headers(), ms: 0, problem: "The endpoint does not answer." };
  }
}
