// What is told of a place, a school, an area, a street, a project or a parcel.
const schoolLink = (school, text) => button(text ?? D.schools.name[school], () => openSchool(school), { class: "link" });
const coded = (id) => element("span", { class: "id" }, id);
const areaName = (area) => (known(area) ? D.areas.name[area] : "");

function showCard(title, kind, id, ...children) {
  const card = document.getElementById("card");
  card.replaceChildren(
    element("div", { class: "card-head" },
      element("div", {}, element("p", { class: "kind" }, kind), element("h2", {}, title), id && coded(id)),
      button("×", closeCard, { class: "close", "aria-label": say("close") })),
    ...children.flat().filter(Boolean));
  card.scrollTop = 0;
  document.body.classList.add("open");
}

function closeCard() {
  document.body.classList.remove("open");
  select({});
  showStart();
  document.getElementById("query").value = "";
  if (matchMedia("(hover: hover)").matches) document.getElementById("query").focus(); // a telephone would raise its keyboard
}

function showStart() {
  const rows = STAGES.map((stage, n) => {
    const zones = D.zones.stage.flatMap((of, row) => (of === n ? [row] : []));
    const offers = D.offers.stage.flatMap((of, row) => (of === n ? [row] : []));
    const sum = (values, chosen) => chosen.reduce((total, row) => (known(values[row]) && known(total) ? total + values[row] : null), 0);
    return [stage.name, count(offers.length), count(zones.length), count(sum(D.zones.children, zones)), count(sum(D.offers.seats, offers))];
  });
  document.getElementById("card").replaceChildren(
    element("div", { class: "start" },
      element("h2", {}, say("ask")),
      element("p", {}, say("how")),
      table([say("stage"), say("schools"), say("zones"), say("zone_children"), say("seats")], rows, say("in_figures", { year: META.zone_year }))));
}

// --- a place ---------------------------------------------------------------------------------------

function openPlace(at) {
  const unit = unitAt(at);
  const where = `${at[0].toFixed(5)}, ${at[1].toFixed(5)}`;
  select({ at, unit, zones: unit < 0 ? [] : STAGES.map((stage, n) => zoneOf(D.units[stage.id].school[unit], n)) });
  if (unit < 0) return showCard(say("no_zone"), say("place"), where, element("p", {}, say("no_zone_why")));
  showCard(areaName(D.units.area[unit]) || say("place"), say("place"), `${D.units.id[unit]} · ${where}`,
    STAGES.map((stage, n) => served(unit, n)),
    element("p", { class: "remark" }, say("unit_mean")));
}

function served(unit, n) {
  const of = D.units[STAGES[n].id];
  const school = of.school[unit];
  if (!known(school)) return element("section", { class: "served" }, element("h3", {}, STAGES[n].name), element("p", {}, say("no_zone")));
  const why = known(of.reason[unit]) ? D.names[D.units.reasons[of.reason[unit]]] : "";
  return element("section", { class: "served", colour: LOOK.schools[STAGES[n].id], "data-stage": STAGES[n].id },
    element("h3", {}, STAGES[n].name),
    sharing(school, n).map((member) => element("p", { class: "serving" }, schoolLink(member), coded(D.schools.id[member]))),
    sharing(school, n).length > 1 && element("p", { class: "remark" }, say("shared")),
    facts([[say("way"), element("strong", {}, metres(of.metres[unit]))], why && [say("why"), why]]),
    others(of.near[unit]));
}

/** The nearest other schools: school, metres, school, metres … */
function others(near) {
  if (!near.length) return null;
  const rows = Array.from({ length: near.length / 2 }, (_, n) => [schoolLink(near[2 * n]), metres(near[2 * n + 1])]);
  return element("details", { open: true }, element("summary", {}, say("others")), table([say("school"), say("way")], rows));
}

// --- a school --------------------------------------------------------------------------------------

function openSchool(school, { fly = true } = {}) {
  const stages = STAGES.map((_, n) => n).filter((n) => offerOf(school, n) !== undefined);
  const first = stages.includes(state.stage) ? state.stage : stages[0];
  if (known(first) && first !== state.stage) setStage(first);
  select({ school, at: D.schools.at[school], zones: stages.map((n) => zoneOf(zoneSchool(school, n), n)) });
  if (fly) flyTo(D.schools.at[school], GROUND.zones[zoneOf(zoneSchool(school, first), first)]);
  const of = D.schools;
  const about = [areaName(of.area[school]), ...[of.kind, of.ownership, of.setting].map((column) => D.names[column[school]]), of.boarding[school] && say("boarding")];
  showCard(of.name[school], say("school"), of.id[school],
    element("p", { class: "about" }, about.filter(Boolean).join(" · ")),
    [first, ...stages.filter((n) => n !== first)].filter(known).map((n) => taught(school, n)),
    broken(school));
}

/** The school under whose code the tables keep a zone that several schools share. */
const zoneSchool = (school, stage) => sharing(school, stage).find((member) => zoneOf(member, stage) !== undefined) ?? school;

function taught(school, n) {
  const row = offerOf(school, n);
  const zone = zoneOf(zoneSchool(school, n), n);
  const of = D.offers;
  const short = known(of.pupils[row]) && known(of.seats[row]) && of.pupils[row] > of.seats[row];
  return element("section", { class: "taught", colour: LOOK.schools[STAGES[n].id], "data-stage": STAGES[n].id },
    element("h3", {}, STAGES[n].name),
    facts([
      [say("seats"), count(of.seats[row])],
      [say("pupils_in", { year: META.base_year }), count(of.pupils[row])],
      [say("load"), element("span", { class: short ? "over" : "" }, share(of.pupils[row], of.seats[row]))],
      known(of.classes[row]) && [say("classes"), count(of.classes[row])],
      known(of.largest_class[row]) && [say("largest"), count(of.largest_class[row])],
    ]),
    element("h4", {}, say("zone_of", { year: META.zone_year })),
    zone === undefined ? element("p", {}, say("zoneless")) : facts([
      [say("zone_children"), count(D.zones.children[zone])],
      [say("mean_way"), metres(D.zones.mean_m[zone])],
      [say("longest_way"), metres(D.zones.max_m[zone])],
      [say("units"), count(D.zones.units[zone])],
    ]),
    sharing(school, n).length > 1 && element("p", { class: "remark" }, say("shared_with"), ...sharing(school, n).slice(1).map((other) => schoolLink(other))),
    outlook(row));
}

function broken(school) {
  const found = D.findings[school];
  const title = say("rules", { year: META.base_year });
  if (!found.length) return element("section", {}, element("h3", {}, title), element("p", {}, D.has_findings ? say("nothing_short") : "—"));
  return element("section", { class: "broken" },
    element("h3", {}, title, " ", element("span", { class: "number" }, count(found.length))),
    element("ul", {}, found.map((row) => element("li", {},
      element("strong", {}, row.item), row.stage && ` · ${row.stage}`,
      element("span", { class: "measure" }, `${row.value} (${row.limit})`, row.short && element("em", {}, say("short_by", { amount: row.short }))),
      element("small", {}, row.source)))));
}

// --- areas, streets, projects, parcels -------------------------------------------------------------

function openArea(area) {
  const geometry = GROUND.areas[area];
  select({ area });
  flyTo(D.areas.at[area], geometry);
  const inIt = D.schools.area.flatMap((of, school) => (of === area ? [school] : []));
  showCard(D.areas.name[area], say("area"), D.areas.id[area],
    facts([known(D.areas.residents[area]) && [say("residents"), count(D.areas.residents[area])], [say("schools"), count(inIt.length)]]),
    STAGES.map((stage, n) => {
      const rows = inIt.filter((school) => offerOf(school, n) !== undefined).map((school) => [schoolLink(school), count(D.offers.seats[offerOf(school, n)])]);
      return rows.length && element("section", { class: "served", colour: LOOK.schools[stage.id] },
        element("h3", {}, stage.name), table([say("school"), say("seats")], rows));
    }));
}

/** A street: the schools whose zones it runs through, most of its length first. */
function openStreet(name) {
  const own = D.roads.name.flatMap((of, n) => (of === name ? [GROUND.roads[n]] : []));
  const geometry = { type: "MultiLineString", coordinates: own.flatMap((road) => road.coordinates) };
  select({ street: geometry });
  const [west, south, east, north] = boxOf(geometry);
  flyTo([(west + east) / 2, (south + north) / 2], geometry);
  const units = along(geometry);
  showCard(name, say("street"), "", element("p", {}, say("street_zones")),
    STAGES.map((stage, n) => {
      const times = new Map();
      units.forEach((unit) => {
        const school = D.units[stage.id].school[unit];
        if (known(school)) times.set(school, (times.get(school) ?? 0) + 1);
      });
      const found = [...times].sort((a, b) => b[1] - a[1]);
      return element("section", { class: "served", colour: LOOK.schools[stage.id] }, element("h3", {}, stage.name),
        found.length ? element("ul", {}, found.map(([school]) => element("li", {}, schoolLink(school), coded(D.schools.id[school])))) : element("p", {}, say("no_zone")));
    }));
}

/** The units that lines run through, looked up every 30 metres or so. */
function along({ coordinates }) {
  const found = [];
  for (const line of coordinates)
    for (let i = 1; i < line.length; i++) {
      const [ax, ay] = line[i - 1], [bx, by] = line[i];
      const stops = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / 0.0003));
      for (let n = 0; n <= stops; n++) found.push(unitAt([ax + ((bx - ax) * n) / stops, ay + ((by - ay) * n) / stops]));
    }
  return found.filter((unit) => unit >= 0);
}

function openProject(n) {
  const of = D.projects;
  select({ at: of.at[n] });
  flyTo(of.at[n]);
  showCard(of.name[n], say("project"), of.id[n],
    facts([
      [say("what"), D.names[of.kind[n]]],
      known(of.stage[n]) && [say("stage"), STAGES[of.stage[n]].name],
      known(of.school[n]) && [say("school"), schoolLink(of.school[n])],
      [say("seats"), count(of.seats[n])],
      [say("cost"), count(of.cost_yuan[n])],
      [say("opens"), known(of.opens[n]) ? element("strong", {}, String(of.opens[n])) : say("not_planned")],
      known(of.parcel_id[n]) && [say("parcel"), of.parcel_id[n]],
    ]),
    of.remarks[n] && element("p", { class: "remark" }, of.remarks[n]));
}

function openParcel(n) {
  const of = D.parcels;
  const [west, south, east, north] = boxOf(GROUND.parcels[n]);
  select({ at: [(west + east) / 2, (south + north) / 2] });
  flyTo([(west + east) / 2, (south + north) / 2]);
  showCard(of.name[n] || of.id[n], say("parcel"), of.id[n],
    facts([
      [say("area"), areaName(of.area[n])],
      [say("land"), count(of.land_m2[n])],
      known(of.verdict[n]) && [say("verdict"), D.names[of.verdict[n]]],
    ]));
}
