// Elements are made, never written: a name is text wherever it stands.
function element(tag, about = {}, ...children) {
  const made = document.createElement(tag);
  return filled(made, about, children);
}

function drawn(tag, about = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), about, children);
}

function filled(made, about, children) {
  for (const [name, value] of Object.entries(about)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "colour") made.style.setProperty("--colour", value);
    else if (value === true) made.setAttribute(name, "");
    else if (known(value) && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat(9).filter((child) => known(child) && child !== false && child !== ""));
  return made;
}

const button = (text, act, about = {}) => element("button", { type: "button", onclick: act, ...about }, text);

/** Names and values as a list of facts; absent rows are left out. */
const facts = (rows) =>
  element("dl", { class: "facts" }, rows.filter(Boolean).map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));

function table(heads, rows, caption) {
  return element("table", {},
    caption && element("caption", {}, caption),
    element("thead", {}, element("tr", {}, heads.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, rows.map((cells) =>
      element("tr", {}, cells.map((cell, n) => element(n ? "td" : "th", n ? {} : { scope: "row" }, cell))))),
  );
}

/** Pupils ahead with their 80 % interval against the seats of today, and the same as a table. */
function outlook(row) {
  const { years } = D.offers;
  const [pupils, low, high] = ["pupils", "low80", "high80"].map((name) => D.offers[`ahead_${name}`][row]);
  if (!years.length || !pupils.some(known)) return null;
  const seats = D.offers.seats[row];
  return element("figure", { class: "outlook" },
    element("figcaption", {}, say("ahead")),
    chart(years, pupils, low, high, seats),
    element("p", { class: "key" },
      element("span", { class: "line" }, say("pupils")), element("span", { class: "band" }, say("interval")),
      element("span", { class: "dash" }, say("seats_today"))),
    element("details", {}, element("summary", {}, say("by_year")),
      table([say("autumn"), say("pupils"), say("interval"), say("load")],
        years.map((year, n) => [String(year), count(pupils[n]), `${count(low[n])} – ${count(high[n])}`, share(pupils[n], seats)]))),
  );
}

function chart(years, pupils, low, high, seats) {
  const width = 320, height = 132, left = 40, right = 4, top = 10, bottom = 20;
  const most = Math.max(1, ...[...pupils, ...high, seats].filter(known)) * 1.05;
  const x = (n) => left + ((width - left - right) * n) / Math.max(1, years.length - 1);
  const y = (value) => height - bottom - ((height - top - bottom) * value) / most;
  const at = (values) => values.map((value, n) => known(value) && `${x(n).toFixed(1)},${y(value).toFixed(1)}`).filter(Boolean);
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((size) => most / size <= 4) ?? 10000;
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
  const named = years.filter((_, n) => n % 5 === 0);
  const first = pupils.findIndex(known), last = pupils.findLastIndex(known);
  const told = { from: years[first], to: years[last], first: count(pupils[first]), last: count(pupils[last]), seats: count(seats) };
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("chart", told) },
    ticks.map((value) => [
      drawn("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      drawn("text", { x: left - 5, y: y(value) + 3.5, "text-anchor": "end" }, count(value))]),
    named.map((year) => drawn("text", { x: x(years.indexOf(year)), y: height - 5, "text-anchor": year === years.at(-1) ? "end" : "middle" }, String(year))),
    drawn("polygon", { class: "band", points: [...at(low), ...at(high).reverse()].join(" ") }),
    known(seats) && drawn("line", { class: "seats", x1: left, x2: width - right, y1: y(seats), y2: y(seats) }),
    drawn("polyline", { class: "pupils", points: at(pupils).join(" ") }),
  );
}
