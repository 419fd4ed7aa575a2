// The page around the map, and the start of it all.
function head() {
  document.getElementById("head").append(
    element("p", { class: "study" }, META.study),
    element("h1", {}, META.title),
    element("p", { class: "stamps" }, META.stamps.map((text) => element("span", {}, text))));
}

function stageSwitch() {
  return element("fieldset", { class: "stages" }, element("legend", { class: "unseen" }, say("stage")),
    STAGES.map((stage, n) => element("label", { colour: LOOK.schools[stage.id] },
      element("input", { type: "radio", name: "stage", value: n, checked: n === state.stage, onchange: () => setStage(n) }),
      element("span", {}, stage.name))));
}

const swatch = (kind, colour, edge) => element("i", { class: `swatch ${kind}`, colour, ...(edge ? { "data-edge": "" } : {}) });
const keyed = (rows) => element("ul", { class: "legend" }, rows.map(([mark, text]) => element("li", {}, mark, text)));

function bandLegend(limits, beyond) {
  const rows = limits.map((to, n) => [swatch("area", LOOK.reach[Math.min(n, LOOK.reach.length - 1)]), say("up_to", { n: count(to) })]);
  return keyed(beyond ? [...rows, [swatch("area", LOOK.beyond), say("over", { n: count(limits.at(-1)) })], [swatch("area", LOOK.unreached), say("out_of_reach")]] : rows);
}

function groundSwitch() {
  const legends = {
    zones: keyed([[element("i", { class: "swatch many" }, LOOK.palette.slice(0, 5).map((colour) => element("b", { colour }))), say("zone_key")]]),
    distance: bandLegend(META.bands_m, true),
    reach: META.reach_m.length ? bandLegend(META.reach_m, false) : null,
    none: null,
  };
  return element("fieldset", {}, element("legend", {}, say("ground")),
    Object.keys(legends).filter((name) => name !== "reach" || legends.reach).map((name) => element("div", { class: "choice" },
      element("label", {}, element("input", { type: "radio", name: "ground", value: name, checked: name === state.ground, onchange: () => { state.ground = name; refresh(); } }), say(`ground_${name}`)),
      legends[name])));
}

function roadLegend() {
  const used = new Set(D.roads.kind);
  return ["motorway", "main", "local", "street", "path"].filter((kind) => used.has(kind)).map((kind) =>
    [swatch("line", LOOK.inks[kind].line, LOOK.inks[kind].casing), D.names[`road_${kind}`]]);
}

function layerSwitches() {
  const ofKinds = (fills, rows, shape) => [...new Set(rows)].filter((code) => fills[code]).map((code) => [swatch(shape, fills[code]), D.names[code]]);
  const hollow = D.schools.ownership.includes("private");
  const schools = STAGES.map((stage) => [swatch("dot", LOOK.schools[stage.id]), stage.name]);
  if (D.schools.kind.includes("teaching_point")) schools.push([swatch("dot small", "#555555"), D.names.teaching_point]);
  if (hollow) schools.push([swatch("dot hollow", "#555555"), D.names.private]);
  const legends = {
    schools,
    projects: ofKinds(LOOK.projects, D.projects.kind, "dot edged"),
    parcels: ofKinds(LOOK.verdicts, D.parcels.verdict, "area edged"),
    areas: [[swatch("border", LOOK.inks.area.line), say("area_border")]],
    roads: roadLegend(),
    water: [[swatch("line", LOOK.inks.river.line), D.names.river], ...(D.lakes.name.length ? [[swatch("area", LOOK.inks.lake.fill), D.names.lake]] : [])],
  };
  const there = { projects: D.projects.id.length, parcels: D.parcels.id.length, areas: D.areas.id.length > 1, water: D.rivers.name.length + D.lakes.name.length };
  return element("fieldset", {}, element("legend", {}, say("shown")),
    Object.keys(legends).filter((name) => there[name] ?? true).map((name) => element("div", { class: "choice" },
      element("label", {}, element("input", { type: "checkbox", name, checked: !state.hidden.has(name), onchange: ({ target }) => {
        state.hidden[target.checked ? "delete" : "add"](name);
        refresh();
      } }), say(`layer_${name}`)),
      name === "projects" && planYears(), keyed(legends[name]))));
}

function planYears() {
  const years = [...new Set(D.projects.opens.filter(known))].sort();
  if (!years.length) return null;
  const option = (value, text) => element("option", { value }, text);
  return element("select", { "aria-label": say("layer_projects"), onchange: ({ target }) => { state.plan = target.value; refresh(); } },
    option("all", say("all_candidates")), years.map((year) => option(year, say("planned_by", { year }))));
}

function layersPanel() {
  const panel = document.getElementById("layers");
  panel.open = matchMedia("(min-width: 1100px)").matches;
  panel.append(element("summary", {}, say("layers")), element("div", { class: "inner" }, groundSwitch(), layerSwitches()));
}

function foot() {
  document.getElementById("foot").append(
    element("details", {}, element("summary", {}, say("about"), element("span", {}, META.in_short)),
      META.notes.map((text) => element("p", {}, text))));
}

function start() {
  head();
  document.getElementById("find").append(searchBox(), stageSwitch());
  showStart();
  layersPanel();
  foot();
  if (META.watermark) document.getElementById("watermark").append(...Array.from({ length: 6 }, () => element("span", {}, META.watermark)));
  document.getElementById("map").append(element("div", { id: "north", role: "img", "aria-label": say("north") },
    drawn("svg", { viewBox: "0 0 24 34", "aria-hidden": "true" }, drawn("path", { d: "M12 2 L19 24 L12 19 L5 24 Z" }), drawn("text", { x: 12, y: 33, "text-anchor": "middle" }, META.north))));
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "/" && !target.matches("input, select")) {
      document.getElementById("query").focus();
      event.preventDefault();
    }
  });
  document.fonts.load("16px Catchment", META.study).then(openMap);
}

function openMap() {
  try {
    startMap();
  } catch (reason) {
    // A browser that cannot draw (no WebGL) still searches and tells.
    map = null;
    document.getElementById("map").append(element("p", { class: "no-map" }, say("no_map"), " ", String(reason.message ?? "").slice(0, 80)));
    document.documentElement.dataset.ready = "no map";
  }
}

start();
