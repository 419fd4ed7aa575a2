"""The same number wherever it stands: every form that a run writes is read back by its labels and compared with the run's tables."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from conftest import CRS, EAST, NORTH, PEOPLE, degrees, schools
from reading_back import (
    Figures,
    fact,
    figures,
    layer,
    number,
    page_data,
    pdf_grid,
    pdf_text,
    sheet,
    web_rows,
    word_grid,
)
from towns import finished, lay_out

from catchment.documents.origin import desk_of
from catchment.documents.writing import scopes_of, write_notice, write_reports
from catchment.locale import translate
from catchment.publication import publish_public
from catchment.reports import publish
from catchment.reports.style import both
from catchment.runs import Run
from catchment.settings import read_settings

ONE, TWO, THREE = "2144000001", "2144000002", "2144000003"
NAMES = {"䓣塘小学": ONE, "榃滨小学": TWO, "塔山小学": THREE}
AREAS = {"䓣塘镇": "01", "榃滨镇": "02"}
MORE = """
[sources.areas]
path = "data/raw/areas.gpkg"
[sources.places]
path = "data/raw/places.csv"
"""
RETURNS = [
    (school, int(date[:4]) - (date[5:] < "07") - grade + 1, grade, pupils + grade, date)
    for date, counts in (
        ("2024-09-01", {ONE: 31, TWO: 47, THREE: 5}),
        ("2025-09-01", {ONE: 34, TWO: 51, THREE: 6}),
        ("2026-03-01", {ONE: 36, TWO: 53}),  # the third school is not in the latest return
    )
    for school, pupils in counts.items()
    for grade in (1, 2)
]


class Town(NamedTuple):
    """A finished run with all that it writes: maps and documents inside, and a publication."""

    run: Run
    maps: Path
    public: Path
    language: str

    def both(self, message: str) -> str:
        return both(message, self.language)

    def say(self, message: str, **values: object) -> str:
        return translate(message, self.language).format(**values)


def study(folder: Path, language: str) -> Path:
    """The toy town with ten times its people, two townships, a small third school, an island out of reach, three returns and a table of places."""
    people = PEOPLE * 10
    people[0, 4], people[1, 4], people[1, 5], people[5, 5] = 0, 0, 37, 110
    third = dict(zip(("经度", "纬度"), degrees(1, 5), strict=True)) | {
        "学校标识码": THREE,
        "校区编号": THREE,
        "学校名称": "塔山小学",
        "学位数": 3,
    }
    rows = pd.concat([schools(), schools().iloc[[0]].assign(**third)]).assign(镇街代码=["01", "02", "01"])
    lay_out(folder, people=people, rows=rows, classes=RETURNS, more=MORE)
    toml = folder / "study.toml"
    toml.write_text(toml.read_text("utf-8").replace('language = "zh"', f'language = "{language}"'), "utf-8")
    middle = NORTH - 200
    ground = [shapely.box(EAST, middle, EAST + 600, NORTH), shapely.box(EAST, NORTH - 600, EAST + 600, middle)]
    areas = gpd.GeoDataFrame({"area_id": list(AREAS.values()), "name": list(AREAS)}, geometry=ground, crs=CRS)
    areas.to_file(folder / "data/raw/areas.gpkg", driver="GPKG")
    places = pd.DataFrame({"学校标识码": [TWO], "学段": ["小学"], "招生人数": [91]})
    places.to_csv(folder / "data/raw/places.csv", index=False)
    return folder


@pytest.fixture(scope="module", params=["zh", "en"])
def town(request, tmp_path_factory) -> Town:
    folder = study(tmp_path_factory.mktemp("numbers"), request.param)
    run, settings, maps = finished(folder), read_settings(folder), folder / "maps" / "main"
    silent = partial(lambda *_: None)
    maps.mkdir(parents=True, exist_ok=True)
    publish(settings, run.tables, maps, run="main", progress=silent)
    desk = desk_of(run, settings, "", maps)
    (maps / "documents").mkdir()
    write_notice(desk, folder, maps / "documents", scopes_of(desk))
    list(write_reports(desk, maps / "documents", ("demand", "compliance")))
    publish_public(settings, run, folder / "public", progress=silent)
    return Town(run, maps, folder / "public", request.param)


# --- what the tables say ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def truth(town) -> Figures:
    """The figures by plain sums over the run's tables, not by the code that reports them."""
    tables = town.run.tables
    rows, zones = tables["schools"].set_index("school_id"), tables["zones"]
    told: Figures = {
        name: {} for name in ("children", "seats", "pupils", "mean_m", "max_m", "classes", "places", "entering")
    }
    latest = tables["classes"][tables["classes"]["snapshot"] == "2026-03-01"]
    entry = (
        tables["demand"].query("grade == 1 and year == 2026 and scenario == 'medium'").set_index("unit_id")["children"]
    )
    for school in rows.index:
        own, taught = zones[zones["school_id"] == school], latest[latest["school_id"] == school]
        near = own.dropna(subset="distance_mm")
        way_mm = sum(int(c) * int(d) for c, d in zip(near["children"], near["distance_mm"], strict=True))
        told["children"][school] = int(own["children"].sum())
        told["seats"][school] = int(rows.loc[school, "seats"])
        told["pupils"][school] = int(taught["pupils"].sum()) if len(taught) else None
        told["mean_m"][school] = round(way_mm / int(near["children"].sum()) / 1000)
        told["max_m"][school] = round(int(near["distance_mm"].max()) / 1000)
        told["places"][school] = 91 if school == TWO else told["seats"][school] // 6
        told["classes"][school] = -(-told["places"][school] // 45)
        told["entering"][school] = int(entry[own["unit_id"]].sum())
    county = tables["zone_totals"].iloc[0]
    told |= {"over_seats": {"*": int(county["over_seats"])}, "out_of_reach": {"*": int(county["out_of_reach"])}}
    for name in ("children", "seats", "places", "classes"):
        told[name]["*"] = sum(told[name][school] for school in rows.index)
    told["pupils"]["*"] = int(latest["pupils"].sum())
    told["mean_m"]["*"] = round(int(county["children_m"]) / (told["children"]["*"] - told["out_of_reach"]["*"]))
    told["gap"] = {}
    areas = tables["units"].set_index("unit_id")["area_id"]
    for area in AREAS.values():
        told["children"][area] = int(zones.loc[zones["unit_id"].map(areas) == area, "children"].sum())
        told["seats"][area] = int(rows.loc[rows["area_id"] == area, "seats"].sum())
        told["gap"][area] = told["children"][area] - told["seats"][area]
    return told


def of(truth: Figures, subjects: str, *names: str) -> Figures:
    """The figures of schools, areas or the county (*) by these names."""
    chosen = {"schools": list(NAMES.values()), "areas": list(AREAS.values()), "*": ["*"]}[subjects]
    return {name: {subject: truth[name][subject] for subject in chosen} for name in names}


def test_the_town_has_what_could_be_told_differently(town, truth):
    """A child out of reach, more children than seats, a zone too small to publish, a school without a return, a mean that is no whole number."""
    assert truth["out_of_reach"]["*"] > 0
    assert truth["over_seats"]["*"] > 0
    assert 0 < truth["children"][THREE] < 10
    assert truth["pupils"] == {ONE: 75, TWO: 109, THREE: None, "*": 184}
    assert truth["children"]["*"] == town.run.tables["zone_totals"]["children"].item()
    assert truth["over_seats"]["*"] == town.run.tables["zone_schools"]["over_seats"].sum()
    assert truth["places"][TWO] == 91


# --- inside the bureau -----------------------------------------------------------------------------


def test_the_workbook(town, truth):
    book, both = openpyxl.load_workbook(town.maps / "workbook.xlsx"), town.both
    columns = {
        "children": both("Children in the zone"), "seats": both("Seats"), "pupils": both("Pupils today"),
        "mean_m": both("Mean network distance (m)"), "max_m": both("Longest network distance (m)"),
    }  # fmt: skip
    rows = sheet(book, both("Schools"))
    assert figures(rows, both("School code"), **columns) == of(truth, "schools", *columns)
    counts = {"children": both("Children"), "out_of_reach": both("Out of reach"), "over_seats": both("Over the seats")}
    totals = [{**row, "*": "*"} for row in sheet(book, both("Zones"))]
    assert figures(totals, "*", **counts) == of(truth, "*", *counts)
    year, scenario = both("Year (autumn)"), town.say("Medium")
    rows = [row for row in sheet(book, both("Seat balance")) if (row[year], row[both("Scenario")]) == (2026, scenario)]
    counts = {"children": both("Children"), "seats": both("Seats"), "gap": both("Seat gap (+ = short)")}
    assert figures(rows, both("Area code"), **counts) == of(truth, "areas", *counts)
    rows = [{**row, "*": "*"} for row in sheet(book, both("Seats and children")) if row[year] == 2026]
    assert figures(rows, "*", children=both("Children"), seats=both("Seats")) == of(truth, "*", "children", "seats")
    rows = [row for row in sheet(book, both("Distances")) if row[both("Area code")] == "*"]
    counts = {"children": both("Children"), "out_of_reach": both("Children out of reach")}
    assert figures(rows, both("Area code"), **counts) == of(truth, "*", *counts)


def test_the_maps(town, truth):
    both, found = town.both, {name: {} for name in ("seats", "mean_m", "max_m")}
    for name, school in NAMES.items():
        text = pdf_text(town.maps / "zones" / "primary" / f"{school}_{name}.pdf")
        for figure, label in zip(found, ("Seats", "Mean network distance", "Longest network distance"), strict=True):
            found[figure][school] = fact(text, both(label))
    assert found == of(truth, "schools", *found)
    text = pdf_text(town.maps / "overview_primary.pdf")
    labels = {"children": "Children", "over_seats": "Over the seats", "mean_m": "Mean network distance"}
    assert {n: {"*": fact(text, both(label))} for n, label in labels.items()} == of(truth, "*", *labels)
    assert fact(pdf_text(town.maps / "reach_primary.pdf"), both("Children")) == truth["children"]["*"]
    labels = {"children": "Children", "seats": "Seats", "gap": "Seat gap (+ = short)"}
    texts = {area: pdf_text(town.maps / "townships" / "primary" / f"{area}_{name}.pdf") for name, area in AREAS.items()}
    found = {n: {area: fact(text, both(label)) for area, text in texts.items()} for n, label in labels.items()}
    assert found == of(truth, "areas", *labels)


def test_the_geopackage(town, truth):
    names = ("children", "seats", "mean_m", "max_m")
    file = town.maps / "study.gpkg"
    assert figures(layer(file, "zones_primary"), "school_id", **dict(zip(names, names, strict=True))) == of(
        truth, "schools", *names
    )
    read = gpd.read_file(file, layer="zones_primary").to_dict("records")
    assert figures(read, "school_id", children="children", seats="seats") == of(truth, "schools", "children", "seats")
    assert figures(layer(file, "schools"), "school_id", seats="seats") == of(truth, "schools", "seats")


def test_the_offline_map(town, truth):
    data, ways = page_data(town.maps / "map.html"), ("children", "mean_m", "max_m")
    zones, offers = web_rows(data, "zones", ways), web_rows(data, "offers", ("seats", "pupils"))
    assert figures(zones, "id", **dict(zip(ways, ways, strict=True))) == of(truth, "schools", *ways)
    assert figures(offers, "id", seats="seats", pupils="pupils") == of(truth, "schools", "seats", "pupils")


NOTICE = (
    "No.",
    "School",
    "Township",
    "Planned classes",
    "Planned places",
    "Children of the age in its zone (expected)",
)


def by_name(rows: list[dict[str, str]], head: str, names: dict[str, str], total: str) -> list[dict[str, str]]:
    """The rows with the code of what they name as subject, * in the row of sums."""
    return [{**row, "*": "*" if total in row.values() else names[row[head]]} for row in rows]


@pytest.mark.parametrize("grid", [pdf_grid, word_grid])
def test_the_notice(town, truth, grid: Callable[..., list[dict[str, str]]]):
    """Classes and places exactly; children of the entry grade as they may be published."""
    heads = [town.say(head) for head in NOTICE]
    file = town.maps / "documents" / f"notice.{'pdf' if grid is pdf_grid else 'docx'}"
    rows = grid(file, heads, 3)
    rows = by_name(rows, heads[1], NAMES, town.say("Sum"))
    for subjects in ("schools", "*"):
        own = [row for row in rows if (row["*"] == "*") == (subjects == "*")]
        told = figures(own, "*", classes=heads[3], places=heads[4])
        assert told == of(truth, subjects, "classes", "places")
    assert {row["*"]: row[heads[5]] for row in rows if row["*"] != "*"} == {
        school: "<10" if children < 10 else f"{round(children / 5) * 5:,}"
        for school, children in truth["entering"].items()
    }


def test_the_notice_tells_who_is_without_a_seat(town, truth):
    zones = sum(truth["children"][s] > truth["seats"][s] for s in NAMES.values())
    words = town.say(
        "{schools} zones have more children than seats, {children} children in all: decide where they are placed.",
        schools=zones, children=f"{truth['over_seats']['*']:,}",
    )  # fmt: skip
    assert "".join(words.split()) in "".join(pdf_text(town.maps / "documents" / "notice.pdf").split())


SCHOOLS = (
    "Stage",
    "Setting",
    "Schools",
    "Classes",
    "Pupils",
    "Seats",
    "Classes over the standard",
    "Classes of {least} and more",
    "Pupils per seat",
)
GRADES = ("Stage", "Grade", "Classes", "Pupils")


@pytest.mark.parametrize("grid", [pdf_grid, word_grid])
def test_the_demand_report(town, truth, grid: Callable[..., list[dict[str, str]]]):
    file = town.maps / "documents" / f"demand.{'pdf' if grid is pdf_grid else 'docx'}"
    heads = [town.say(head, least=56) for head in SCHOOLS]
    (total,) = [{**row, "*": "*"} for row in grid(file, heads, 2) if row[heads[1]] == town.say("Sum")]
    assert figures([total], "*", pupils=heads[4], seats=heads[5]) == of(truth, "*", "pupils", "seats")
    assert number(total[heads[3]]) == 4
    heads = [town.say("Township")] + [
        town.say("{whole}: {part}", whole=town.say("Primary"), part=town.say(part))
        for part in ("Children", "Seats", "Short (+) or spare (−)")
    ]
    rows = by_name(grid(file, heads, 1), heads[0], AREAS, town.say("Sum"))
    told = figures([row for row in rows if row["*"] != "*"], "*", children=heads[1], seats=heads[2], gap=heads[3])
    assert told == of(truth, "areas", "children", "seats", "gap")
    told = figures([row for row in rows if row["*"] == "*"], "*", children=heads[1], seats=heads[2])
    assert told == of(truth, "*", "children", "seats")


def test_the_pages_of_the_schools(town, truth):
    """Pupils and seats on the page of each school."""
    heads = [town.both(head) for head in ("Stage", "Pupils", "Classes", "Seats", "Largest class")]
    text, found = pdf_text(town.maps / "documents" / "schools.pdf"), {"pupils": {}, "seats": {}}
    lines = text.split("\n")
    for name, school in NAMES.items():
        at = lines.index(" ".join(heads), lines.index(f"{name} {school}"))
        _, pupils, _, seats, _ = lines[at + 1].split(" ")
        found["pupils"][school], found["seats"][school] = number(pupils), number(seats)
    assert found == of(truth, "schools", "pupils", "seats")


# --- for the public --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released(town) -> Figures:
    """The figures of the published CSV tables."""
    rows = {
        name: pd.read_csv(town.public / "tables" / f"{name}.csv", dtype={"school_id": str, "area_id": str}).to_dict(
            "records"
        )
        for name in ("zones", "schools", "zone_totals", "balance")
    }
    told = figures(rows["zones"], "school_id", children="children", seats="seats")
    told |= figures(rows["schools"], "school_id", pupils="pupils")
    (county,) = rows["zone_totals"]
    told["over_seats"] = {"*": number(county["over_seats"])}
    told["children"]["*"] = number(county["children"])
    for row in rows["balance"]:
        if row["year"] == 2026 and row["area_id"] != "*":
            told["children"][row["area_id"]] = number(row["children"])
            told["seats"][row["area_id"]] = number(row["seats"])
            told.setdefault("gap", {})[row["area_id"]] = number(row["seat_gap"])
    return told


def test_what_is_published_is_the_table_rounded_or_withheld(truth, released):
    for subject, children in released["children"].items():
        assert children is None or (children % 5 == 0 and abs(children - truth["children"][subject]) < 5)
    assert released["children"][THREE] is None
    assert released["children"]["*"] is not None
    assert {s: released["seats"][s] for s in NAMES.values()} == of(truth, "schools", "seats")["seats"]
    assert released["pupils"] == of(truth, "schools", "pupils")["pupils"]
    assert abs(released["over_seats"]["*"] - truth["over_seats"]["*"]) < 5


def test_every_public_file_tells_the_published_figure(town, released):
    both, wanted = town.both, of(released, "schools", "children", "seats")
    book = openpyxl.load_workbook(town.public / "workbook.xlsx")
    columns = {"children": both("Children"), "seats": both("Seats")}
    assert figures(sheet(book, both("Attendance zones")), both("School code"), **columns) == wanted
    officially = sheet(book, both("Schools with their official figures"))
    told = figures(officially, both("School code"), seats=both("Seats"), pupils=both("Pupils today"))
    assert told == of(released, "schools", "seats", "pupils")
    names = {"children": "children", "seats": "seats"}
    assert figures(layer(town.public / "public.gpkg", "zones"), "school_id", **names) == wanted
    read = gpd.read_file(town.public / "public.gpkg", layer="zones").to_dict("records")
    assert figures(read, "school_id", **names) == wanted
    assert figures(gpd.read_parquet(town.public / "zones.parquet").to_dict("records"), "school_id", **names) == wanted
    of_schools = gpd.read_parquet(town.public / "schools.parquet").to_dict("records")
    assert figures(of_schools, "school_id", pupils="pupils") == of(released, "schools", "pupils")
    data = page_data(town.public / "map.html")
    assert figures(web_rows(data, "zones", ["children"]), "id", children="children") == of(
        released, "schools", "children"
    )
    told = figures(web_rows(data, "offers", ["seats", "pupils"]), "id", seats="seats", pupils="pupils")
    assert told == of(released, "schools", "seats", "pupils")


def test_every_public_map_tells_the_published_figure(town, released):
    both, withheld = town.both, town.both("not published")
    found: Figures = {"seats": {}}
    for name, school in NAMES.items():
        text = pdf_text(town.public / "zones" / "primary" / f"{school}_{name}.pdf")
        found["seats"][school] = fact(text, both("Seats"))
    assert found == of(released, "schools", "seats")
    text = pdf_text(town.public / "overview_primary.pdf")
    labels = {"children": "Children", "over_seats": "Over the seats"}
    assert {n: {"*": fact(text, both(w), withheld)} for n, w in labels.items()} == of(released, "*", *labels)
    assert fact(pdf_text(town.public / "reach_primary.pdf"), both("Children"), withheld) == released["children"]["*"]


def test_sums_for_the_public_agree(town, released):
    """Gaps of townships are those of the published children, in the table and in the workbook."""
    book, both = openpyxl.load_workbook(town.public / "workbook.xlsx"), town.both
    rows = sheet(book, both("Children and seats by area and year"))
    rows = [row for row in rows if row[both("Year (autumn)")] == 2026 and row[both("Area code")] != "*"]
    columns = {"children": both("Children"), "seats": both("Seats"), "gap": both("Seat gap (+ = short)")}
    assert figures(rows, both("Area code"), **columns) == of(released, "areas", *columns)
    for area, gap in released["gap"].items():
        children = released["children"][area]
        assert gap == (None if children is None else children - released["seats"][area])
