/* The page: what is served, asked for again as it changes; the door where a key is asked for. */

const MODELS_EVERY = 3;
let shown = [];
let seen = "";
let looks = 0;
let timer = 0;

/** Shows the field for a key, and stops asking until one is given. */
function lock(problem) {
  clearTimeout(timer);
  timer = 0;
  seen = "";
  shown = [];
  ["models", "places", "notices"].forEach((name) => fill(byId(name)));
  byId("headline").textContent = "The models of this endpoint";
  byId("standfirst").textContent = "";
  if (byId("key")) {
    byId("key-problem").textContent = problem;
    byId("key").select();
    return;
  }
  fill(byId("door"), h("form", { class: "door", onsubmit: open },
    h("label", { for: "key" }, "This endpoint asks for a key"),
    h("div", { class: "buttons" }, h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", placeholder: "wb_…" }), h("button", { class: "ask" }, "Open")),
    h("small", { id: "key-problem", class: "refused" }, keys.get() ? problem : ""),
    h("small", {}, "It is kept in this tab alone, and sent nowhere else.")));
  byId("key").focus();
}

function open(event) {
  event.preventDefault();
  keys.set(byId("key").value.trim());
  seen = "";
  looks = 0;
  refresh();
}

/** How the requests are shared out; nothing where one version has them all. */
function sharesOf(model) {
  if (model.answers.length < 2) return null;
  const parts = model.answers.map((one, at) => {
    const part = h("span", { class: `share-${Math.min(at, 3)}`, title: `v${one.version} ${one.alias}: ${percent(one.share)}` });
    part.style.setProperty("flex-grow", one.share);
    return part;
  });
  return h("div", { class: "shares" }, parts);
}

function taskOf(version) {
  if (!version.classes.length) return "gives a value";
  return `says ${version.classes.length > 4 ? `one of ${version.classes.length} classes` : version.classes.join(" or ")}`;
}

/** One model's section; what was typed before into its form stays. */
function sectionOf(model, at, before) {
  const champion = model.answers[0];
  const version = model.versions.find((one) => champion && one.version === champion.version) || model.versions.at(-1);
  const figures = h("div", {}, tableOf(model, [], "…"));
  const kept = before.find((one) => one.model.name === model.name);
  const form = version ? formOf(model, version, `m${at}`, kept && kept.form ? kept.form.row() : null) : null;
  const node = h("section", { id: `model-${at}` },
    h("header", { class: "model" }, h("h2", {}, h("bdi", {}, model.name)), version ? h("p", { class: "muted" }, `takes ${plural(version.inputs.length, "column")}, ${taskOf(version)}`, model.sticky ? [", sticky by ", h("bdi", {}, model.sticky.replace(":", " "))] : null) : null),
    sharesOf(model), figures, form && form.node);
  return { model, node, form, figures };
}

function render(found) {
  shown = found.models.map((model, at) => sectionOf(model, at, shown));
  fill(byId("models"), shown.map((one) => one.node));
  fill(byId("places"), shown.length > 1 ? shown.map((one, at) => h("a", { href: `#model-${at}` }, h("bdi", {}, one.model.name))) : []);
  const names = shown.map((one) => one.model.name);
  byId("headline").textContent = names.length === 0 ? "No model answers here yet" : names.length === 1 ? `${names[0]} answers here` : `${names.length} models answer here`;
  if (!names.length) fill(byId("models"), h("p", {}, "Make a version the champion of its model: ", h("code", {}, "workbench model promote MODEL@v1"), "."));
  fill(byId("notices"), found.problems.map((text) => h("p", { class: "notice" }, h("strong", {}, "! "), text)));
}

async function refreshModels() {
  const reply = await ask("/models");
  if (reply.status === 401) {
    lock(reply.problem);
    return false;
  }
  if (reply.problem) {
    byId("standfirst").textContent = reply.problem;
    return true;
  }
  fill(byId("door"));
  const text = JSON.stringify(reply.body);
  if (text !== seen) {
    seen = text;
    render(reply.body);
  }
  return true;
}

async function refresh() {
  clearTimeout(timer);
  timer = 0;
  if (document.hidden) return;
  if (looks % MODELS_EVERY === 0 && !(await refreshModels())) return;
  looks += 1;
  await refreshFigures(shown);
  if (!byId("key")) timer = setTimeout(refresh, EVERY_MS);
}

byId("byline").textContent += ` · ${location.host}`;
document.addEventListener("visibilitychange", refresh);
refresh();
