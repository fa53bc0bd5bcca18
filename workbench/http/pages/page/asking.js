/* The try-it form of one model: a field a column, the answer beside it, and the command that asks the same. */

const MOST_OPTIONS = 300;

function hintOf(input) {
  const words = [];
  if (input.minimum !== null && input.type === "moment") words.push(`${moment(input.minimum)} to ${moment(input.maximum)}, UTC`);
  else if (input.minimum !== null) words.push(`${exact(input.minimum)} to ${exact(input.maximum)}`);
  if (input.category_count) words.push(input.category_count === 1 ? "1 category" : `${count(input.category_count)} categories`);
  if (input.nullable) words.push("may be missing");
  return words.join(" · ");
}

/** The control of a column, and how its value is read and set. */
function controlOf(input, id, changed) {
  const listen = { id, onchange: changed, oninput: changed, autocomplete: "off", spellcheck: "false" };
  if (input.type === "boolean" || (input.type === "string" && input.category_count && input.category_count <= MOST_OPTIONS)) {
    const choices = [...(input.type === "boolean" ? [true, false] : input.categories), ...(input.nullable ? [null] : [])];
    const node = h("select", listen, choices.map((value) => h("option", {}, value === null ? "(missing)" : String(value))));
    return { node, read: () => choices[node.selectedIndex], write: (value) => { node.selectedIndex = Math.max(0, choices.indexOf(value)); } };
  }
  if (input.type === "string") {
    const list = `${id}-known`;
    const node = h("input", { ...listen, type: "text", list });
    const known = h("datalist", { id: list }, input.categories.slice(0, MOST_OPTIONS).map((value) => h("option", { value })));
    return { node, beside: known, read: () => (node.value === "" ? null : node.value), write: (value) => { node.value = value ?? ""; } };
  }
  if (input.type === "moment") {
    const node = h("input", { ...listen, type: "datetime-local", step: "1" });
    return {
      node,
      read: () => (node.value === "" ? null : `${node.value}${node.value.length === 16 ? ":00" : ""}Z`),
      write: (value) => {
        const at = new Date(typeof value === "number" ? value * 1000 : value);
        node.value = value === null || Number.isNaN(at.getTime()) ? "" : at.toISOString().slice(0, 19);
      },
    };
  }
  const node = h("input", { ...listen, type: "number", step: input.type === "integer" ? "1" : "any" });
  return { node, read: () => (node.value === "" ? null : Number(node.value)), write: (value) => { node.value = value ?? ""; } };
}

/** Whether training saw nothing like a value. */
function isBeyond(input, value) {
  if (value === null) return !input.nullable;
  const at = input.type === "moment" ? Date.parse(value) / 1000 : value;
  return typeof at === "number" && input.minimum !== null && (at < input.minimum || at > input.maximum);
}

function fieldOf(input, id, changed) {
  const hint = h("small", {}, hintOf(input) || "\u00a0");
  const control = controlOf(input, id, () => { look(); changed(); });
  const field = h("div", { class: "field" },
    h("label", { for: id }, h("bdi", {}, input.name), h("span", {}, input.type)), control.node, control.beside || null, hint);
  function look() {
    const beyond = isBeyond(input, control.read());
    field.classList.toggle("beyond", beyond);
    hint.textContent = (beyond ? (control.read() === null ? "! needs a value · " : "! beyond training: ") : "") + (hintOf(input) || "\u00a0");
  }
  return { field, input, read: control.read, write: (value) => { control.write(value); look(); } };
}

/** A text as one word of a POSIX shell. */
const quoted = (text) => `'${text.replace(/'/g, "'\\''")}'`;

/** JSON with room to break its line. */
const roomy = (row) => `{${Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(", ")}}`;

function commandOf(path, row) {
  const key = keys.get() ? " \\\n  -H \"x-api-key: $KEY\"" : "";
  return `curl -s ${quoted(location.origin + path)}${key} \\\n  -H 'content-type: application/json' \\\n  -d ${quoted(`{"rows": [${roomy(row)}]}`)}`;
}

function answerOf(reply) {
  if (reply.problem) {
    return [h("p", { class: "refused" }, reply.status ? `Refused (${reply.status})` : "No answer"), h("p", {}, reply.problem)];
  }
  const { body } = reply;
  const [first] = body.predictions;
  const parts = [];
  if (first.probabilities) {
    const spread = Object.entries(first.probabilities).sort((a, b) => b[1] - a[1]);
    parts.push(h("p", { class: "verdict" }, h("bdi", {}, first.label), h("span", {}, percent(first.probability))));
    parts.push(h("dl", { class: "spread" }, spread.slice(0, 8).map(([name, share]) => {
      const bar = h("i", {});
      bar.style.setProperty("--share", Math.max(0, Math.min(1, share)));
      return h("div", {}, h("dt", {}, h("bdi", {}, name)), h("dd", {}, bar, h("span", {}, number(share))));
    })));
    if (spread.length > 8) parts.push(h("small", {}, `and ${count(spread.length - 8)} less likely`));
  } else {
    parts.push(h("p", { class: "verdict" }, number(first.value, 6)));
  }
  parts.push(h("p", { class: "byline" }, `version ${body.version} · ${number(reply.ms)} ms there and back`, h("br"), `request ${reply.headers.get("x-request-id") || "-"}`));
  if (body.warnings) parts.push(h("ul", { class: "warnings" }, body.warnings.map((text) => h("li", {}, text))));
  return parts;
}

/** The form of a model, with what it takes now; `kept` are values that were typed before. */
function formOf(model, version, place, kept) {
  const path = `/predict/${encodeURIComponent(model.name)}`;
  const command = h("pre", {}, "");
  const fields = [];
  const row = () => Object.fromEntries(fields.map((one) => [one.input.name, one.read()]));
  const changed = () => { command.textContent = commandOf(path, row()); };
  version.inputs.forEach((input, at) => fields.push(fieldOf(input, `${place}-${at}`, changed)));
  const reset = () => { fields.forEach((one) => one.write(one.input.example)); changed(); };
  reset();
  fields.forEach((one) => { if (kept && one.input.name in kept) one.write(kept[one.input.name]); });
  changed();
  const answer = h("div", { class: "answer", "aria-live": "polite" }, h("p", { class: "none" }, "No row was asked yet. The fields hold the middle of what training saw."));
  const button = h("button", { type: "submit", class: "ask" }, "Ask");
  const form = h("form", {
    class: "trying",
    novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      const reply = await ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ rows: [row()] }) });
      button.disabled = false;
      fill(answer, ...answerOf(reply));
      if (reply.status === 401) lock(reply.problem);
    },
  }, h("div", { class: "fields" }, fields.map((one) => one.field)),
  h("aside", {},
    h("div", { class: "buttons" }, button, h("button", { type: "button", onclick: reset }, "Reset")),
    answer,
    h("div", { class: "command" }, h("span", { class: "muted" }, "The same from a shell"),
      h("button", { type: "button", class: "quiet", onclick: (event) => copy(command, event.target) }, "Copy"), command)));
  return { node: form, row };
}

async function copy(node, button) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1200);
  } catch {
    // Where the page came by plain HTTP from another machine there is no clipboard: the text is selected.
    getSelection().selectAllChildren(node);
  }
}
