// The map: sources from the tables, layers in the inks of the printed maps, what is selected.
const state = { stage: 0, ground: "zones", plan: "all", hidden: new Set(), selected: {} };
let map = null;

const NOTHING = collection([]);
const FONT = ["Catchment"];
/** Widths of the printed maps, in points there, by zoom here. */
const wide = (points, more = 0) => ["interpolate", ["exponential", 1.5], ["zoom"], 9, points * 0.3 + more * 0.5, 12, points * 0.8 + more, 15, points * 2 + more, 18, points * 5 + more];
const FROM_ZOOM = { motorway: 0, main: 0, local: 10.5, street: 12.3, path: 13.5 };

function sources() {
  const schools = D.offers.school.map((school) => D.schools.at[school]);
  const data = {
    zones: collection(GROUND.zones, (n) => ({ stage: D.zones.stage[n], fill: LOOK.palette[D.zones.colour[n]] })),
    lakes: collection(GROUND.lakes, (n) => ({ name: D.lakes.name[n] })),
    rivers: collection(GROUND.rivers, (n) => ({ name: D.rivers.name[n] })),
    roads: collection(GROUND.roads, (n) => ({ kind: D.roads.kind[n], name: D.roads.name[n] })),
    borders: collection(GROUND.borders),
    areas: collection(spots(D.areas.at), (n) => ({ name: D.areas.name[n] })),
    parcels: collection(GROUND.parcels, (n) => ({ name: D.parcels.name[n], fill: LOOK.verdicts[D.parcels.verdict[n]] ?? "#999999" })),
    projects: collection(spots(D.projects.at), (n) => ({
      opens: D.projects.opens[n] ?? 0, fill: LOOK.projects[D.projects.kind[n]], label: known(D.projects.opens[n]) ? String(D.projects.opens[n]) : "" })),
    schools: collection(spots(schools), (row) => ({
      school: D.offers.school[row], stage: D.offers.stage[row], name: D.schools.name[D.offers.school[row]], seats: D.offers.seats[row] ?? 0,
      fill: LOOK.schools[STAGES[D.offers.stage[row]].id], kind: D.schools.kind[D.offers.school[row]], ownership: D.schools.ownership[D.offers.school[row]] })),
    chosen: NOTHING, street: NOTHING, place: NOTHING, units: NOTHING, reach: NOTHING,
  };
  return Object.fromEntries(Object.entries(data).map(([name, rows]) => [name, { type: "geojson", data: rows, tolerance: 0.2 }]));
}

/** Grounds that are seldom asked for are made when they are. */
const LATER = {
  distance: () => {
    const way = (stage, n) => [D.units[stage.id].metres[n] ?? -1, D.units[stage.id].school[n] ?? -1];
    const about = (n) => Object.fromEntries(STAGES.flatMap((stage, s) => [[`m${s}`, way(stage, n)[0]], [`z${s}`, way(stage, n)[1]]]));
    map.getSource("units").setData(collection(unitGround(), about));
  },
  reach: () => map.getSource("reach").setData(collection(reachGround(), (n) => ({ stage: D.reach.stage[n], to: D.reach.to_m[n] }))),
};

const fill = (id, source, paint, more = {}) => ({ id, source, type: "fill", paint, ...more });
const line = (id, source, paint, more = {}) => ({ id, source, type: "line", paint, layout: { "line-cap": "round", "line-join": "round" }, ...more });
const halo = { "text-halo-color": "#ffffff", "text-halo-width": 1.6 };

function bands(field, limits, fills, beyond) {
  if (!limits.length) return beyond;
  const colours = [...limits.map((_, n) => fills[Math.min(n, fills.length - 1)]), beyond];
  const steps = limits.flatMap((to, n) => [to + 1, colours[n + 1]]); // whole metres: up to a limit is below the next
  return ["case", ["<", ["get", field], 0], LOOK.unreached, ["step", ["get", field], colours[0], ...steps]];
}

function roadLayers() {
  const kinds = ["path", "street", "local", "main", "motorway"];
  const of = (kind) => ({ filter: ["==", ["get", "kind"], kind], minzoom: FROM_ZOOM[kind] });
  const casings = kinds.filter((kind) => LOOK.inks[kind].casing).map((kind) =>
    line(`casing_${kind}`, "roads", { "line-color": LOOK.inks[kind].casing, "line-width": wide(LOOK.inks[kind].width, 1.1) }, of(kind)));
  const tops = kinds.map((kind) =>
    line(`road_${kind}`, "roads", { "line-color": LOOK.inks[kind].line, "line-width": wide(LOOK.inks[kind].width) }, of(kind)));
  return [...casings, ...tops];
}

function names() {
  const along = (id, source, colour, minzoom, filter) => ({
    id, source, type: "symbol", minzoom, filter: ["all", ["!=", ["get", "name"], ""], filter],
    layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "symbol-spacing": 320 },
    paint: { "text-color": colour, ...halo },
  });
  return [
    along("name_river", "rivers", LOOK.letters.river, 10, true),
    along("name_road", "roads", LOOK.letters.road, 11, ["in", ["get", "kind"], ["literal", ["motorway", "main", "local"]]]),
    along("name_street", "roads", LOOK.letters.street, 13.5, ["==", ["get", "kind"], "street"]),
    { id: "name_area", source: "areas", type: "symbol", layout: {
      "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11, 13, 17], "text-letter-spacing": 0.12, "text-padding": 4 },
      paint: { "text-color": LOOK.letters.town, "text-halo-color": "rgba(255,255,255,.85)", "text-halo-width": 2 } },
  ];
}


function schoolLayers() {
  const small = ["==", ["get", "kind"], "teaching_point"];
  const hollow = ["==", ["get", "ownership"], "private"];
  const size = (z8, z11, z15) => ["interpolate", ["linear"], ["zoom"], 8, ["case", small, z8 * 0.7, z8], 11, ["case", small, z11 * 0.7, z11], 15, ["case", small, z15 * 0.7, z15]];
  return [
    { id: "schools", source: "schools", type: "circle", paint: {
      "circle-radius": size(2.6, 5, 8.5), "circle-color": ["case", hollow, "#ffffff", ["get", "fill"]],
      "circle-stroke-color": ["case", hollow, ["get", "fill"], "#ffffff"], "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 12, 1.8] } },
    { id: "school_names", source: "schools", type: "symbol", minzoom: 10.6, layout: {
      "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 15, 14],
      "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.75, "text-justify": "auto", "text-max-width": 9,
      "symbol-sort-key": ["-", 0, ["get", "seats"]] },
      paint: { "text-color": "#20262c", ...halo } },
  ];
}

function styleOf() {
  const inks = LOOK.inks;
  const red = LOOK.inks.outline.line;
  return {
    version: 8, sources: sources(),
    layers: switched([
      { id: "paper", type: "background", paint: { "background-color": "#f6f5f1" } },
      fill("zones", "zones", { "fill-color": ["get", "fill"], "fill-opacity": 0.78 }),
      ...STAGES.map((stage, n) => fill(`distance_${n}`, "units", { "fill-color": bands(`m${n}`, META.bands_m, LOOK.reach, LOOK.beyond), "fill-antialias": false, "fill-opacity": 0.85 }, { filter: [">=", ["get", `z${n}`], 0] })),
      fill("reach", "reach", { "fill-color": bands("to", META.reach_m, LOOK.reach, LOOK.beyond), "fill-opacity": 0.8 }),
      fill("lakes", "lakes", { "fill-color": inks.lake.fill, "fill-outline-color": inks.lake.line }),
      line("rivers", "rivers", { "line-color": inks.river.line, "line-width": wide(inks.river.width) }),
      ...roadLayers(),
      line("areas", "borders", { "line-color": inks.area.line, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.9, 14, 2], "line-dasharray": [4, 1.5, 1, 1.5] }, { layout: { "line-join": "round" } }),
      line("zone_borders", "zones", { "line-color": inks.boundary.line, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 13, 1.6] }),
      line("street", "street", { "line-color": red, "line-width": 5, "line-opacity": 0.75 }),
      line("chosen_under", "chosen", { "line-color": "#ffffff", "line-width": 6, "line-opacity": 0.85 }),
      line("chosen", "chosen", { "line-color": ["get", "line"], "line-width": 3 }),
      fill("parcels", "parcels", { "fill-color": ["get", "fill"], "fill-opacity": 0.65 }),
      line("parcel_borders", "parcels", { "line-color": "#4a3a10", "line-width": 1.2 }),
      ...names(),
      { id: "projects", source: "projects", type: "circle", paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 4.5, 11, 8.5, 15, 15], "circle-color": ["get", "fill"], "circle-opacity": ["case", [">", ["get", "opens"], 0], 1, 0.4],
        "circle-stroke-color": "#222222", "circle-stroke-width": ["case", [">", ["get", "opens"], 0], 1.2, 0.6] } },
      { id: "project_years", source: "projects", type: "symbol", layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-offset": [0, -1.6] }, paint: { "text-color": "#222222", ...halo } },
      ...schoolLayers(),
      { id: "place_ring", source: "place", type: "circle", paint: { "circle-radius": 13, "circle-color": "rgba(255,255,255,0)", "circle-stroke-color": red, "circle-stroke-width": 3 } },
      { id: "place", source: "place", type: "circle", filter: ["==", ["get", "dot"], true], paint: { "circle-radius": 4, "circle-color": red } },
    ]),
  };
}

/** Layers that a switch of the page shows or hides. */
const SWITCHES = {
  schools: ["schools", "school_names"], projects: ["projects", "project_years"], parcels: ["parcels", "parcel_borders"],
  areas: ["areas", "name_area"], roads: ["path", "street", "local", "main", "motorway"].flatMap((kind) => [`casing_${kind}`, `road_${kind}`]).concat("name_road", "name_street"),
  water: ["rivers", "lakes", "name_river"],
};

/** What the switches of the page say of each layer: whether it is seen, and of what. */
function wanted({ names = true } = {}) {
  const ofStage = ["==", ["get", "stage"], state.stage];
  const opens = ["get", "opens"];
  const planned = state.plan === "all" ? [">=", opens, 0] : ["all", [">", opens, 0], ["<=", opens, Number(state.plan)]];
  const seen = { zones: state.ground === "zones", reach: state.ground === "reach" };
  STAGES.forEach((_, n) => (seen[`distance_${n}`] = state.ground === "distance" && n === state.stage));
  for (const [name, ids] of Object.entries(SWITCHES)) ids.forEach((id) => (seen[id] = !state.hidden.has(name) && (names || !id.includes("name"))));
  const ofWhat = { zones: ofStage, zone_borders: ofStage, reach: ofStage, schools: ofStage, school_names: ofStage, projects: planned, project_years: planned };
  return { seen, ofWhat };
}

const visibility = (seen) => (seen ? "visible" : "none");

/** Layers as the switches have them at first; names come when the rest is drawn, so that the map answers sooner. */
function switched(layers) {
  const { seen, ofWhat } = wanted({ names: false });
  return layers.map((layer) => ({
    ...layer, ...(ofWhat[layer.id] ? { filter: ofWhat[layer.id] } : {}),
    layout: { ...layer.layout, ...(layer.id in seen ? { visibility: visibility(seen[layer.id]) } : {}) },
  }));
}

function refresh() {
  if (!map) return;
  LATER[state.ground]?.();
  delete LATER[state.ground];
  const { seen, ofWhat } = wanted();
  for (const [id, shown] of Object.entries(seen)) if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", visibility(shown));
  for (const [id, filter] of Object.entries(ofWhat)) map.setFilter(id, filter);
}

/** Marks a place or school, zones, an area or a street. */
function select(what) {
  state.selected = what;
  if (!map) return;
  const zones = (what.zones ?? []).filter((zone) => zone !== undefined);
  const areas = known(what.area) ? [GROUND.areas[what.area]] : [];
  const outlined = [...zones.map((zone) => GROUND.zones[zone]), ...areas];
  const colour = (n) => (n < zones.length ? LOOK.schools[STAGES[D.zones.stage[zones[n]]].id] : LOOK.inks.area.line);
  map.getSource("chosen").setData(collection(outlined, (n) => ({ line: colour(n) })));
  map.getSource("street").setData(what.street ? collection([what.street]) : NOTHING);
  map.getSource("place").setData(what.at ? collection(spots([what.at]), () => ({ dot: !known(what.school) })) : NOTHING);
}

/** Room for what lies over the map: search and card on a narrow screen, the legend on a wide one. */
function room(card) {
  if (matchMedia("(max-width: 760px)").matches) return { top: 190, bottom: innerHeight * (card ? 0.46 : 0.2) + 40, left: 16, right: 16 };
  return { top: 40, bottom: 40, left: 40, right: document.getElementById("layers").open ? 300 : 60 };
}

function flyTo(at, geometry) {
  if (!map) return;
  map.fitBounds(geometry ? boxOf(geometry) : [...at, ...at], { padding: room(true), maxZoom: geometry ? 14.5 : Math.max(map.getZoom(), 14), duration: 700 });
}

function setStage(stage) {
  state.stage = stage;
  document.querySelectorAll("input[name=stage]").forEach((input) => (input.checked = Number(input.value) === stage));
  refresh();
}

/**
 * MapLibre takes the empty space before a sign for ink and cuts signs like （ off: to it, such space is none.
 * Only its letters are measured on this page.
 */
function mendLetters() {
  for (const drawing of [globalThis.OffscreenCanvasRenderingContext2D, CanvasRenderingContext2D].filter(Boolean)) {
    const measure = drawing.prototype.measureText;
    drawing.prototype.measureText = function (text) {
      const { width, actualBoundingBoxAscent, actualBoundingBoxDescent, actualBoundingBoxLeft, actualBoundingBoxRight } = measure.call(this, text);
      return { width, actualBoundingBoxAscent, actualBoundingBoxDescent, actualBoundingBoxRight, actualBoundingBoxLeft: Math.max(0, actualBoundingBoxLeft) };
    };
  }
}

function startMap() {
  mendLetters();
  map = new maplibregl.Map({
    container: "map", style: styleOf(), bounds: META.bounds, fitBoundsOptions: { padding: room(false) }, maxZoom: 18, minZoom: 6,
    attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, localIdeographFontFamily: false, fadeDuration: 0,
    locale: { "NavigationControl.ZoomIn": say("zoom_in"), "NavigationControl.ZoomOut": say("zoom_out"), "Map.Title": say("map") },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-right");
  map.on("click", ({ point, lngLat }) => pick(point, [lngLat.lng, lngLat.lat]));
  map.getCanvas().addEventListener("keydown", ({ key }) => {
    const { lng, lat } = map.getCenter();
    if (key === "Enter") pick(map.project([lng, lat]), [lng, lat]);
  });
  map.on("mousemove", ({ point }) => (map.getCanvas().style.cursor = marks(point).length ? "pointer" : ""));
  map.once("load", () => {
    refresh();
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
    setTimeout(unitBoxes, 200); // so that the first click is quick too
  });
}

const marks = ({ x, y }) => map.queryRenderedFeatures([[x - 7, y - 7], [x + 7, y + 7]], { layers: ["schools", "projects", "parcels"].filter((id) => map.getLayer(id)) });

/** What lies at a point of the screen: a mark, else the ground. */
function pick(point, at) {
  document.getElementById("query").value = "";
  const [found] = marks(point);
  if (!found) return openPlace(at);
  const { n, school } = found.properties;
  if (found.layer.id === "schools") openSchool(school, { fly: false });
  else if (found.layer.id === "projects") openProject(n);
  else openParcel(n);
}
