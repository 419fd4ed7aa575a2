// What the page knows: tables as columns, shapes as runs of steps.
const D = JSON.parse(document.getElementById("data").textContent);
const META = D.meta;
const LOOK = D.look;

const say = (key, values = {}) => (D.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const known = (value) => value !== null && value !== undefined;
const digits = new Intl.NumberFormat(META.locale);
const parts = new Intl.NumberFormat(META.locale, { style: "percent" });
const count = (value) => (known(value) ? digits.format(value) : "—");
const metres = (value) => (known(value) ? say("metres", { n: digits.format(value) }) : say("out_of_reach"));
const share = (part, all) => (known(part) && all > 0 ? parts.format(part / all) : "—");

/** Each feature's rings or lines as [[[lon, lat], …], …] per part. */
function unpack(shapes, closed) {
  const { xy, points, rings, parts: partsOf } = shapes;
  let x = 0, y = 0, at = 0, ring = 0, part = 0;
  const line = (length) => {
    const found = [];
    for (let n = 0; n < length; n++, at += 2) {
      x += xy[at];
      y += xy[at + 1];
      found.push([x / 1e5, y / 1e5]);
    }
    if (closed && length) found.push(found[0]);
    return found;
  };
  const lines = (number) => Array.from({ length: number }, () => line(points[ring++]));
  return partsOf.map((number) => Array.from({ length: number }, () => lines(rings[part++])));
}

const polygons = (shapes) => unpack(shapes, true).map((found) => ({ type: "MultiPolygon", coordinates: found }));
const lines = (shapes) => unpack(shapes, false).map((found) => ({ type: "MultiLineString", coordinates: found.flat() }));
const spots = (places) => places.map((coordinates) => ({ type: "Point", coordinates }));

/** A collection of features; `about(n)` gives the properties of the n-th. */
const collection = (geometries, about = () => ({})) => ({
  type: "FeatureCollection",
  features: geometries.map((geometry, n) => ({ type: "Feature", geometry, properties: { n, ...about(n) } })),
});

function boxOf(geometry) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const look = (value) => {
    if (typeof value[0] !== "number") return value.forEach(look);
    box[0] = Math.min(box[0], value[0]);
    box[1] = Math.min(box[1], value[1]);
    box[2] = Math.max(box[2], value[0]);
    box[3] = Math.max(box[3], value[1]);
  };
  look(geometry.coordinates);
  return box;
}

function inside(geometry, [x, y]) {
  let within = false;
  for (const polygon of geometry.coordinates)
    for (const ring of polygon)
      for (let i = 1; i < ring.length; i++) {
        const [ax, ay] = ring[i - 1], [bx, by] = ring[i];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
      }
  return within;
}

/** A value made when it is first asked for. */
function later(make) {
  let made;
  return () => (made ??= make());
}

const GROUND = {
  zones: polygons(D.zones.shapes), areas: polygons(D.areas.shapes), borders: lines(D.areas.borders), roads: lines(D.roads.shapes),
  rivers: lines(D.rivers.shapes), lakes: polygons(D.lakes.shapes), parcels: polygons(D.parcels.shapes),
};
const unitGround = later(() => polygons(D.units.shapes));
const unitBoxes = later(() => unitGround().map(boxOf));
const reachGround = later(() => polygons(D.reach.shapes));

/** The planning unit at a place, or -1. */
function unitAt([x, y]) {
  return unitBoxes().findIndex(
    (box, n) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && inside(unitGround()[n], [x, y]),
  );
}

const STAGES = META.stages; // [{ id, name }]
const OFFER = new Map(D.offers.school.map((school, row) => [`${school}/${D.offers.stage[row]}`, row]));
const ZONE = new Map(D.zones.school.map((school, row) => [`${school}/${D.zones.stage[row]}`, row]));
const offerOf = (school, stage) => OFFER.get(`${school}/${stage}`);
const zoneOf = (school, stage) => ZONE.get(`${school}/${stage}`);

/** The schools that share a zone, the one named in the tables first. */
function sharing(school, stage) {
  const group = META.joint.find((members) => members.includes(school)) ?? [];
  return [school, ...group.filter((other) => other !== school && offerOf(other, stage) !== undefined)];
}
