/* Live figures: asked for every two seconds while somebody looks, and written into what stands there already. */

const EVERY_MS = 2000;

/** A bar a step of the last 15 minutes. */
function trendOf(counts, mark) {
  const most = Math.max(1, ...counts);
  const width = counts.length;
  const bars = counts.map((value, at) => (value ? `M${at + 0.5} 24V${24 - Math.max(1, (value / most) * 22)}` : "")).join("");
  return h("svg", { class: `trend ${mark}`, viewBox: `0 0 ${width} 24`, preserveAspectRatio: "none", role: "img", "aria-label": `up to ${most} requests in ten seconds` },
    h("path", { d: `M0 23.5H${width}`, class: "ground" }), h("path", { d: bars, class: "bars" }));
}

function errorsOf(one) {
  const all = one.client_errors + one.server_errors;
  if (!all) return h("span", { class: "none" }, "none");
  const words = [];
  if (one.client_errors) words.push(`${count(one.client_errors)} refused`);
  if (one.server_errors) words.push(h("strong", { class: "refused" }, `${count(one.server_errors)} failed`));
  return h("span", {}, words.flatMap((word, at) => (at ? [", ", word] : [word])));
}

/** Who answers and who only listens, with what each did: one row a version. */
function tableOf(model, found, instead = "was not asked yet") {
  const figures = (version, isShadow) => found.find((one) => one.model === model.name && one.version === version && (one.role === "shadow") === isShadow);
  const routed = model.answers.map((one, at) => ({ mark: `share-${Math.min(at, 3)}`, name: one.alias, version: one.version, share: percent(one.share), figures: figures(one.version, false) }));
  const beside = model.shadows.map((one) => ({ mark: "shadow", name: "shadow", version: one.version, share: "-", figures: figures(one.version, true) }));
  const late = found.filter((one) => one.model === model.name && one.version && one.role !== "shadow" && one.requests_per_s > 0 && !model.answers.some((each) => each.version === one.version))
    .map((one) => ({ mark: "gone", name: "until now", version: one.version, share: "-", figures: one }));
  const cells = (one, mark) => (one ? [
    h("td", { class: "number" }, number(one.requests_per_s)), h("td", { class: "number" }, latency(one.p50_us)), h("td", { class: "number" }, latency(one.p99_us)),
    h("td", { class: "number" }, count(one.requests)), h("td", {}, errorsOf(one)),
    h("td", {}, trendOf(one.trend, mark), typeof one.agreeing === "number" ? h("small", {}, `agrees on ${percent(one.agreeing)} of the rows`) : null),
  ] : h("td", { colspan: 6, class: "none" }, instead));
  const heads = [["version"], ["share", true], ["requests/s", true], ["p50", true], ["p99", true], ["requests", true], ["errors"], ["last 15 min"]];
  return h("div", { class: "wide" }, h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, heads.map(([name, isNumber]) => h("th", { class: isNumber ? "number" : null, scope: "col" }, name)))),
    h("tbody", {}, [...routed, ...beside, ...late].map((one) => h("tr", {},
      h("th", { scope: "row" }, h("i", { class: `mark ${one.mark}` }), `v${one.version} `, h("bdi", {}, one.name)),
      h("td", { class: "number" }, one.share), cells(one.figures, one.mark))))));
}

/** Asks for the figures and shows them. */
async function refreshFigures(models) {
  const reply = await ask("/figures");
  if (reply.status === 403) {
    models.forEach((one) => fill(one.figures, tableOf(one.model, [], "figures are shown to a key that was made with --scope admin")));
    byId("standfirst").textContent = "Rows in, predictions out: fill in a row and ask.";
    return;
  }
  if (reply.problem) {
    if (reply.status === 401) lock(reply.problem);
    byId("standfirst").textContent = reply.problem;
    return;
  }
  const found = reply.body.versions;
  models.forEach((one) => {
    const scrolled = one.figures.firstElementChild.scrollLeft;
    fill(one.figures, tableOf(one.model, found));
    one.figures.firstElementChild.scrollLeft = scrolled;
  });
  const answers = found.filter((one) => one.role !== "shadow");
  const rate = answers.reduce((sum, one) => sum + one.requests_per_s, 0);
  const total = answers.reduce((sum, one) => sum + one.requests, 0);
  const state = reply.body.status === "ok" ? "All is as it should be" : "Not all is as it should be";
  byId("standfirst").textContent = `${state}: ${number(rate)} requests/s now, ${plural(total, "request")} answered since the start, ${count(reply.body.waiting || 0)} waiting.`;
  fill(byId("notices"), reply.body.problems.map((one) => h("p", { class: "notice" }, h("strong", {}, "! "), one.text)));
}
