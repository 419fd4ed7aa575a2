// One box for schools, areas, streets, projects, parcels, codes and coordinates.
const MOST = 40;
const plainText = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

function searchable() {
  const of = (kind, names, ids, open) => names.map((name, n) => ({ kind: say(kind), name, id: ids?.[n] ?? "", key: plainText(`${name} ${ids?.[n] ?? ""}`), open: () => open(n) }));
  const streets = [...new Set(D.roads.name)].filter(Boolean).sort();
  return [
    ...of("area", D.areas.name, D.areas.id, openArea),
    ...of("school", D.schools.name, D.schools.id, (n) => openSchool(n)),
    ...of("street", streets, null, (n) => openStreet(streets[n])),
    ...of("project", D.projects.name, D.projects.id, openProject),
    ...of("parcel", D.parcels.name, D.parcels.id, openParcel),
  ];
}

/** Best first: begins so, has it, has its characters in this order (罗一小 finds 罗定第一小学). */
function rank(key, wanted) {
  const at = key.indexOf(wanted);
  if (at >= 0) return at === 0 ? 0 : 1;
  let from = 0;
  for (const character of wanted) {
    from = key.indexOf(character, from) + 1;
    if (!from) return 9;
  }
  return 2;
}

function found(entries, text) {
  const place = text.match(/^\s*(-?\d+(?:\.\d+)?)[,，\s]+(-?\d+(?:\.\d+)?)\s*$/);
  if (place) {
    const at = [Number(place[1]), Number(place[2])];
    return [{ kind: say("place"), name: at.join(", "), id: "", open: () => { openPlace(at); flyTo(at); } }];
  }
  const wanted = plainText(text);
  if (!wanted) return [];
  return entries.map((entry) => [rank(entry.key, wanted), entry]).filter(([place]) => place < 9).sort((a, b) => a[0] - b[0]).slice(0, MOST).map(([, entry]) => entry);
}

function searchBox() {
  const entries = searchable();
  let shown = [], active = -1;
  const list = element("ul", { id: "found", role: "listbox", "aria-label": say("results"), hidden: true });
  const told = element("p", { class: "unseen", role: "status" });
  const box = element("input", {
    id: "query", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: say("search"), "aria-label": say("search"),
    "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
  });
  const close = () => {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (n) => {
    active = n;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === n)));
    if (n < 0) return;
    box.setAttribute("aria-activedescendant", `found_${n}`);
    list.children[n].scrollIntoView({ block: "nearest" });
  };
  const take = (n) => {
    if (!shown[n]) return;
    close();
    box.value = shown[n].name;
    shown[n].open();
    document.getElementById("card").focus({ preventScroll: true });
  };
  const update = () => {
    shown = found(entries, box.value);
    const asked = box.value.trim() !== "";
    list.replaceChildren(...shown.map((entry, n) =>
      element("li", { id: `found_${n}`, role: "option", "aria-selected": "false", onpointerdown: (event) => event.preventDefault(), onclick: () => take(n) },
        element("span", { class: "name" }, entry.name), element("span", { class: "kind" }, entry.kind, entry.id && ` · ${entry.id}`))));
    if (asked && !shown.length) list.append(element("li", { class: "none" }, say("nothing_found")));
    told.textContent = asked ? say("number_found", { n: count(shown.length) }) : "";
    list.hidden = !asked;
    box.setAttribute("aria-expanded", String(asked));
    mark(shown.length ? 0 : -1);
  };
  box.addEventListener("input", update);
  box.addEventListener("focus", () => { box.select(); if (box.value) update(); });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) mark((active + step + shown.length) % shown.length);
    else if (event.key === "Enter") take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  return element("div", { class: "search" }, box, list, told);
}
