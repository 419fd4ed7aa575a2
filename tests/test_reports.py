"""Reports of a toy town: what stands on the maps, in the workbook and in the GeoPackage."""

import sqlite3
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pypdfium2
import pytest
import shapely
from matplotlib.image import imread

from catchment.errors import InputError
from catchment.reports import publish
from catchment.reports.atlas import fit, open_atlas
from catchment.reports.compliance import publish_compliance
from catchment.reports.hand import draw
from catchment.reports.maps import overview_sheets, township_sheets, zone_sheets
from catchment.reports.placing import Label, place
from catchment.reports.quota import publish_quota
from catchment.reports.shapes import neighbours, trace_polygons, zone_outlines
from catchment.reports.sheet import A4_LANDSCAPE, A4_PORTRAIT, bar_length_m, length_text
from catchment.reports.style import Lettering, both, colours, cut_lettering, fill_of, safe_name
from catchment.settings import Settings
from catchment.tables import TABLES

TOWN = """
aaabbb
aaabbb
aacccb
aacccb
"""  # a unit per letter, 400 m wide; the letter is its primary school, north is up
SIDE = 400.0
EAST, NORTH = 500_000.0, 2_500_000.0
CRS = "EPSG:4546"
SCHOOLS = {  # letter: id, name, column and row from the south-west
    "a": ("0012", "䓣塘小学", 1, 2),
    "b": ("0034", "榃滨小学", 4, 3),
    "c": ("../0056", "=1+1/../../恶$意$", 3, 0),
}
JUNIOR = ("0012", "䓣塘小学", 1, 2)


def frame(name: str, rows: list[tuple], crs: str | None = None, geometry: list | None = None) -> pd.DataFrame:
    table = TABLES[name]
    plain = pd.DataFrame(rows, columns=table.names).astype(table.dtypes) if rows else table.empty()
    return gpd.GeoDataFrame(plain, geometry=geometry or [], crs=crs) if crs else plain


def toy_tables() -> dict[str, pd.DataFrame]:
    """The town above: one area, three primary schools, one junior school, a road, a river."""
    units, polygons, zones, cells, costs = [], [], [], [], []
    for row, letters in enumerate(reversed(TOWN.split())):
        for column, letter in enumerate(letters):
            x, y = EAST + column * SIDE, NORTH + row * SIDE
            unit, cell = f"u{row}{column}", f"k{row}{column}"
            units.append((unit, "01", x + SIDE / 2, y + SIDE / 2, 1, 100.0))
            polygons.append(shapely.box(x, y, x + SIDE, y + SIDE))
            cells.append((cell, x + SIDE / 2, y + SIDE / 2, "01", 100.0 + column, unit))
            zones.append((unit, "primary", SCHOOLS[letter][0], 10, 500_000, "nearest", None))
            zones.append((unit, "junior", JUNIOR[0], 5, 900_000, "nearest", None))
            costs.append((cell, SCHOOLS[letter][0], "primary", 1, "walk", 500_000, 0, 500_000, 0, 400, 0))
    schools = [
        (
            i,
            stage,
            name,
            "",
            kind,
            "public",
            "rural",
            False,
            90,
            2,
            EAST + (x + 0.5) * SIDE,
            NORTH + (y + 0.5) * SIDE,
            "01",
        )
        for stage, kind, members in (("primary", "full_primary", SCHOOLS.values()), ("junior", "nine_year", [JUNIOR]))
        for i, name, x, y in members
    ]
    middle = shapely.LineString([(EAST - 500, NORTH + 700), (EAST + 3000, NORTH + 900)])
    river = shapely.LineString([(EAST + 900, NORTH - 500), (EAST + 1300, NORTH + 2200)])
    return {
        name: frame(name, [], CRS if table.geometry else None) for name, table in TABLES.items()
    } | {
        "areas": frame("areas", [("01", "苹塘镇", 9000)], CRS, [shapely.union_all(polygons)]),
        "units": frame("units", units, CRS, polygons),
        "cells": frame("cells", cells),
        "zones": frame("zones", zones),
        "zone_totals": frame("zone_totals", [(stage, "feasible", 2, 24, 240, 0, 30, 10, 120_000, 500, 0, None, 3000, 500, 0, 121_000, 120_000, 0.008) for stage in ("primary", "junior")]),
        "zone_schools": frame("zone_schools", [("0012", "primary", 6, 60, 90, 0, 120.0, True)]),
        "schools": frame("schools", schools),
        "costs": frame("costs", costs),
        "gates": frame("gates", [("0012", 1, EAST + 300, NORTH + 200)]),
        "edges": frame("edges", [(0, 0, 1, 3_500_000, "primary", "国道324", *[True] * 5, False, 0)], CRS, [middle]),
        "water": frame("water", [("1", "泷江")], CRS, [river]),
        "isochrones": frame("isochrones", [("primary", 0, 500)], CRS, [polygons[0]]),
        "distances": frame("distances", [("*", "primary", 240, 0, 500.0, 500.0, 500.0, 500.0, 500.0, 0.0, 0.0, 0.0)]),
        "coverage": frame("coverage", [("*", "primary", 500, 240, 240, 240, 1.0, 1.0)]),
        "classes": frame("classes", [("0012", "primary", 2025, 1, "1", 47, "2025-09-15")]),
        "candidates": frame(
            "candidates",
            [("007", "@新校", "primary", "new", None, EAST + 300, NORTH + 300, 540, 9_000_000, 2025, 2027, None,
              None, False, None, 0, 0, None, None, True, None, "-")],
        ),
        "balance": frame("balance", [("01", "primary", year, "medium", 240 + year - 2026, 270, -30) for year in range(2026, 2030)]),
        "findings": frame(
            "findings",
            [
                (rules, "class_size", level, "class", number, "0012", "primary", 2025, size, 45, "most", "pupils", verdict, over, "pupils", "", text, rules)
                for number, size, level, verdict, over, text in (
                    ("1", 40, "standard", "kept", 0, "§1"), ("2", 47, "over_standard", "broken", 2, "+1"),
                )
                for rules in ("national_2017",)
            ],
        ),
        "remedies": frame("remedies", [("0012", "primary", "class_size", "grade 1", "open more classes in the grade", 1, "classes", None, None)]),
        "forecast": frame("forecast", [("0012", "primary", g, 2026, "medium", 40, 38, 42, 36, 44, 34, 46) for g in range(1, 7)]),
    }  # fmt: skip


def toy_settings(**study: object) -> Settings:
    about = {"name": "玩具县", "name_en": "Toy County", "crs": CRS, "base_year": 2025, "demonstration": True, **study}
    sources = {
        "population": [{"path": "people.tif", "year": 2020}],
        "roads": {"path": "toy.osm.pbf"},
        "schools": {"path": "schools.xlsx"},
    }
    return Settings.model_validate({"study": about, "sources": sources})


def silent(step: str, done: int, total: int) -> None:
    assert 1 <= done <= total


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return toy_tables()


@pytest.fixture(scope="module")
def published(tables, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    files = publish(toy_settings(), tables, folder, run="run-1", progress=silent)
    assert sorted(files) == sorted(path for path in folder.rglob("*") if path.is_file())
    return folder


def words_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].get_textpage().get_text_range()
    finally:
        document.close()


def test_every_zone_and_stage_has_its_map(published):
    names = sorted(str(path.relative_to(published)) for path in published.rglob("*.p*"))
    assert names == [
        "overview_junior.pdf", "overview_junior.png", "overview_primary.pdf", "overview_primary.png",
        "reach_primary.pdf", "reach_primary.png",
        "zones/junior/0012_䓣塘小学.pdf", "zones/junior/0012_䓣塘小学.png",
        "zones/primary/0012_䓣塘小学.pdf", "zones/primary/0012_䓣塘小学.png",
        "zones/primary/0034_榃滨小学.pdf", "zones/primary/0034_榃滨小学.png",
        "zones/primary/0056_1_1_恶_意.pdf", "zones/primary/0056_1_1_恶_意.png",
    ]  # fmt: skip


def test_the_map_of_reach_tells_bands_and_shares(published):
    """240 children, all within 500 m by road and straight; no word of a zone."""
    text = words_of(published / "reach_primary.pdf")
    for expected in (
        "到校路网距离",
        "500 米以内 up to 500 m",
        "500 米以内：路网／直线",
        "100% / 100%",
        "不代表有空余学位",
    ):
        assert expected in text
    assert "招生片区 Attendance zone" not in text.split("图例")[0]


def test_map_says_what_it_must(published):
    text = words_of(published / "zones/primary/0034_榃滨小学.pdf")
    for expected in (
        "榃滨小学招生片区示意图", "䓣塘小学", "=1+1/../../恶$意$", "国道324", "泷江", "小学 Primary", "2026 年秋季",
        "送审稿", "演示数据 Demonstration data", "不作为行政区域界线及权属依据", "数据截至 2025-09-15",
        "run-1", "© OpenStreetMap contributors", "图例 Legend", "比例尺 Scale 1:10 000", "0 100 200 m",
        "学位 Seats 90", "500 m", "(A4)",
    ):  # fmt: skip
        assert expected in text
    assert "Children" not in text  # it goes to the public, who may not read the children of a small zone off it


def test_gates_of_the_school_are_on_its_map_alone(tables, tmp_path):
    atlas = open_atlas(toy_settings(), tables, "r")
    gates = {
        Path(sheet.stem).name[:4]: [m for m in sheet.markers if m.kind == "gate"]
        for sheet in zone_sheets(atlas, tables, tmp_path)
        if "primary" in sheet.stem
    }
    assert {school: len(found) for school, found in gates.items()} == {"0012": 1, "0034": 0, "0056": 0}
    assert (gates["0012"][0].x_m, gates["0012"][0].y_m) == (EAST + 300, NORTH + 200)
    told = {item.text for sheet in zone_sheets(atlas, tables, tmp_path) for item in sheet.legend if item.kind == "gate"}
    assert told == {"校门 Gate"}


def test_map_keeps_quiet_where_there_is_nothing_to_say(tables):
    settings = toy_settings(map_review_number="GS(2026)001号", demonstration=False, language="en")
    settings = settings.model_copy(
        update={"sources": settings.sources.model_copy(update={"roads": type(settings.sources.roads)(path="own.gpkg")})}
    )
    text = "\n".join(next(zone_sheets(open_atlas(settings, tables, "r"), tables, Path())).texts())
    assert "GS(2026)001号" in text
    for absent in ("OpenStreetMap", "Demonstration", "Draft", "图例"):
        assert absent not in text


def test_pictures_are_drawn(published):
    for path in published.rglob("*.png"):
        pixels = imread(path)[:, :, :3]
        height, width, _ = pixels.shape
        middle = pixels[height // 4 : height // 2, width // 8 : width // 2]
        assert len(np.unique(middle.reshape(-1, 3), axis=0)) > 20


def test_same_inputs_same_bytes(published, tables, tmp_path):
    publish(toy_settings(), toy_tables(), tmp_path, run="run-1", progress=silent)
    for path in sorted(p for p in published.rglob("*") if p.is_file()):
        assert (tmp_path / path.relative_to(published)).read_bytes() == path.read_bytes(), path.name


def test_other_processes_draw_the_same(published, tables, tmp_path, monkeypatch):
    monkeypatch.setattr("catchment.reports.drawing.FEW", 0)
    from catchment.reports.maps import maps

    for path in maps(toy_settings(), tables, tmp_path, run="run-1", progress=silent):
        assert path.read_bytes() == (published / path.relative_to(tmp_path)).read_bytes(), path.name


def test_schools_without_room_for_their_name_are_listed_by_number(tables, tmp_path):
    """Thirty schools at one gate: some names fit around it, the others stand in the list beside the map."""
    crowd = pd.concat([tables["schools"].iloc[[0]].assign(school_id=f"x{i}", name=f"第{i}小学") for i in range(30)])
    schools = pd.concat([tables["schools"], crowd], ignore_index=True)
    atlas = open_atlas(toy_settings(), {**tables, "schools": schools}, "r")
    sheet = next(sheet for sheet in overview_sheets(atlas, tables["zone_totals"], tmp_path) if "primary" in sheet.stem)
    draw(sheet, cut_lettering(sheet.texts(), tmp_path))
    text = words_of(tmp_path / "overview_primary.pdf")
    assert "学校编号 Schools by number" in text
    assert all(f"第{i}小学" in text for i in range(30))


def test_ids_alike_but_for_their_case_get_files_of_their_own(tables):
    same = {SCHOOLS["a"][0]: "A/1", SCHOOLS["b"][0]: "a\\1"}
    names = {**tables}
    for name in ("schools", "zones"):
        names[name] = tables[name].assign(school_id=tables[name]["school_id"].replace(same))
    names["schools"] = names["schools"].assign(name="同名小学")
    stems = [sheet.stem.casefold() for sheet in zone_sheets(open_atlas(toy_settings(), names, "r"), names, Path("f"))]
    assert len(set(stems)) == len(stems) == 4


def test_inputs_are_left_alone(tables):
    before = {name: table.copy() for name, table in tables.items()}
    zone_outlines(tables)
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(tables[name]), pd.DataFrame(table))


# --- zones -----------------------------------------------------------------------------------------


def test_outlines_measure_their_zone(tables):
    zones = zone_outlines(tables).set_index(["stage", "school_id"])
    c = zones.loc[("primary", "../0056")]
    assert c.geometry.equals(shapely.box(EAST + 2 * SIDE, NORTH, EAST + 5 * SIDE, NORTH + 2 * SIDE))
    assert (c.children, c.seats, c.units, c.mean_m, c.max_m) == (60, 90, 6, 500, 500)
    assert zones.loc[("junior", "0012"), "children"] == 24 * 5
    assert zones.geometry.area.groupby("stage").sum().tolist() == [24 * SIDE**2] * 2


def test_children_out_of_reach_are_not_in_the_mean(tables):
    rows = tables["zones"].copy()
    rows.loc[rows["unit_id"] == "u00", "distance_mm"] = pd.NA
    zones = zone_outlines({**tables, "zones": rows}).set_index(["stage", "school_id"])
    assert zones.loc[("primary", "0012"), "mean_m"] == 500
    rows["distance_mm"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    assert zone_outlines({**tables, "zones": rows})["mean_m"].isna().all()


def test_neighbours_never_share_a_colour():
    """Every pair of neighbours among random zones of a 30 × 30 town, checked one by one."""
    rng = np.random.default_rng(3)
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(0, 6000, 200) for y in range(0, 6000, 200)]
    seeds = rng.integers(0, 6000, (60, 2))
    nearest = [int(np.argmin(((seeds - [c.centroid.x, c.centroid.y]) ** 2).sum(1))) for c in cells]
    squares = [shapely.box(c.bounds[0], c.bounds[1], c.bounds[0] + 200, c.bounds[1] + 200) for c in cells]
    zones = np.array(
        [shapely.union_all([s for s, n in zip(squares, nearest, strict=True) if n == k]) for k in set(nearest)]
    )
    pairs = neighbours(zones)
    chosen = colours(pairs, len(zones))
    touching = [(a, b) for a, b in combinations(range(len(zones)), 2) if zones[a].distance(zones[b]) < 1]
    assert touching
    assert all(fill_of(chosen[a]) != fill_of(chosen[b]) for a, b in touching)
    assert max(chosen) < 8


def test_more_neighbours_than_colours_still_differ():
    everyone = list(combinations(range(25), 2))
    chosen = colours(everyone, 25)
    assert len({fill_of(colour) for colour in chosen}) == 25


def test_holes_stay_empty():
    ring = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    trace = trace_polygons(np.array([ring]))
    assert trace.codes.tolist() == [1, 2, 2, 2, 79] * 2
    turns = [shapely.LinearRing(trace.vertices[i : i + 5]).is_ccw for i in (0, 5)]
    assert turns[0] != turns[1]


# --- style -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denominator", "longest_mm", "length"),
    [(10_000, 45, 200), (10_000, 50, 500), (25_000, 45, 1000), (280_000, 40, 10_000)],
)
def test_scale_bar_is_the_longest_round_length(denominator, longest_mm, length):
    assert bar_length_m(denominator, longest_mm) == length


def test_lengths_are_named_in_metres_below_a_kilometre():
    assert [length_text(v) for v in (200, 1000, 5000)] == ["200 m", "1 km", "5 km"]


def test_extent_holds_the_zone_with_its_margin():
    page, denominator, centre, box = fit((0, 0, 3000, 1000), (A4_LANDSCAPE, A4_PORTRAIT), 1.15)
    assert page is A4_LANDSCAPE
    assert centre == (1500, 500)
    assert box[2] - box[0] == pytest.approx(page.map[2] * denominator / 1000)
    assert box[2] - box[0] >= 3450
    tall, *_ = fit((0, 0, 1000, 3000), (A4_LANDSCAPE, A4_PORTRAIT), 1.15)
    assert tall is A4_PORTRAIT
    _, _, _, tiny = fit((0, 0, 100, 100), (A4_LANDSCAPE, A4_PORTRAIT), 1.15)
    assert tiny[2] - tiny[0] >= 1200


def test_labels_do_not_lie_upon_each_other():
    lettering = Lettering("", dict.fromkeys("ab", 1.0))
    labels = [Label("ab", "other_school", ((0, 0, 0),))] * 20
    spots = [np.array([[50.0, 50.0]])] * 20
    placed = place(labels, spots, [(50, 50, 1)], frame=(0, 0, 100, 100), lettering=lettering, letters=1)
    assert 2 <= len(placed) < 20
    for one, other in combinations(placed, 2):
        assert abs(one.x - other.x) > 4.9 or abs(one.y - other.y) > 2.4


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c", "..", "", "=1+1", "x\n\0y", "CON:", "䓣" * 300])
def test_file_names_are_safe(name):
    safe = safe_name(name)
    assert safe == Path(safe).name
    assert safe not in ("", ".", "..")
    assert len(safe.encode()) <= 200
    assert not set(safe) & set('/\\:*?"<>|.\n\0')


def test_each_township_has_its_overview(tables, tmp_path):
    """The town cut in a north and a south: a sheet of each for either stage, with its own children and seats."""
    west, south, east, north = tables["areas"].total_bounds
    halves = [shapely.box(west, (south + north) / 2, east, north), shapely.box(west, south, east, (south + north) / 2)]
    areas = frame("areas", [("01", "苹塘镇", 9000), ("02", "䓣塘镇", 9000)], CRS, halves)
    settings = toy_settings()
    balance = frame(
        "balance",
        [
            (area, "primary", settings.zone_year, "medium", 100, seats, 100 - seats)
            for area, seats in (("01", 90), ("02", 120))
        ],
    )
    sheets = list(township_sheets(open_atlas(settings, {**tables, "areas": areas}, "r"), balance, tmp_path))
    assert [Path(sheet.stem).relative_to(tmp_path).as_posix() for sheet in sheets] == [
        f"townships/{stage}/{area}" for stage in ("primary", "junior") for area in ("01_苹塘镇", "02_䓣塘镇")
    ]
    assert [value for _, value in sheets[1].facts] == ["100", "120", "-20"]
    assert sheets[1].title == "䓣塘镇招生片区总图"
    assert not list(township_sheets(open_atlas(settings, tables, "r"), balance, tmp_path)), (
        "one area: the overview is enough"
    )


def test_a_withheld_count_is_told_as_such(tables, tmp_path):
    atlas = open_atlas(toy_settings(), tables, "r")
    totals = tables["zone_totals"].astype({"over_seats": "Int64"}).assign(over_seats=pd.NA)
    sheet = next(overview_sheets(atlas, totals, tmp_path))
    assert dict(sheet.facts)["超出学位 Over the seats"] == "不公布 not published"


def test_lines_do_not_begin_with_what_closes(tmp_path):
    lettering = cut_lettering(["城南七路（演示）、界点12～93，单号）。"], tmp_path)
    for width in range(5, 40):
        lines = lettering.wrapped("城南七路（演示）、界点12～93，单号）。" * 3, 6, width)
        assert "".join(lines) == "城南七路（演示）、界点12～93，单号）。" * 3
        assert not any(line.startswith(tuple("）、，。")) or line.endswith("（") for line in lines)


def test_a_glyph_that_is_missing_is_told(tmp_path):
    with pytest.raises(InputError, match="U\\+1F600"):
        cut_lettering(["小学😀"], tmp_path)


def test_labels_are_bilingual_in_chinese_only():
    assert both("Legend", "zh") == "图例 Legend"
    assert both("Legend", "en") == "Legend"


# --- workbook --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(published):
    return openpyxl.load_workbook(published / "workbook.xlsx")


def test_no_cell_is_a_formula_or_a_link(book):
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None


def test_ids_are_text_and_texts_are_whole(book):
    rows = list(book["学校 Schools"].iter_rows(min_row=2, values_only=True))
    assert ("0012", "䓣塘小学", "小学") in [row[:3] for row in rows]
    assert "=1+1/../../恶$意$" in [row[1] for row in rows]
    ranking = [row[0].value for row in book["学校 Schools"].iter_rows(min_row=2)]
    assert all(isinstance(value, str) for value in ranking)


def test_schools_sheet_holds_the_figures(book):
    head, *rows = book["学校 Schools"].iter_rows(values_only=True)
    row = dict(zip(head, next(r for r in rows if r[0] == "0034"), strict=True))
    assert row["学位 Seats"] == 90
    assert row["片区适龄儿童 Children in the zone"] == 80
    assert row["儿童与学位之比 Children per seat"] == pytest.approx(80 / 90, abs=1e-6)
    assert row["平均路网距离（米） Mean network distance (m)"] == 500
    assert row["现有在校生 Pupils today"] is None


def test_findings_that_fail_come_first(book):
    rows = list(book["检查结果 Findings"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == ["未达标", "达标"]
    cures = list(book["达标规划 Remedies"].iter_rows(min_row=2, values_only=True))
    assert [row[5] for row in cures] == ["本年级增加班数"]


def test_sheets_are_fit_for_use(book):
    assert book.sheetnames[0] == "说明 Notes"
    assert "演示数据" in " ".join(str(c.value) for row in book["说明 Notes"].iter_rows() for c in row)
    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
    assert len(book["学位与儿童 Seats and children"]._charts) == 1


def test_workbook_of_an_english_study(tables, tmp_path):
    from catchment.reports.workbook import workbook

    (file,) = workbook(toy_settings(language="en"), tables, tmp_path, run="r", progress=silent)
    names = openpyxl.load_workbook(file).sheetnames
    assert names[:3] == ["Notes", "Seat balance", "Schools"]


# --- GeoPackage ------------------------------------------------------------------------------------


def test_geopackage_has_layers_that_read_back(published, tables):
    file = published / "study.gpkg"
    layers = {str(name) for name, _ in pyogrio.list_layers(file)}
    assert layers == {
        "areas",
        "units",
        "zones_primary",
        "zones_junior",
        "reach",
        "roads",
        "cells",
        "candidates",
        "schools",
        "layer_styles",
    }
    zones = gpd.read_file(file, layer="zones_primary")
    assert zones.crs == CRS
    assert set(zones["school_id"]) == {school[0] for school in SCHOOLS.values()}
    assert zones.geometry.area.sum() == pytest.approx(24 * SIDE**2)
    cells = gpd.read_file(file, layer="cells")
    assert len(cells) == 24
    assert (cells["nearest_primary_m"] == 500).all()
    assert not list(published.glob("*draft*"))


def test_every_layer_has_a_style_that_is_xml(published):
    file = published / "study.gpkg"
    with sqlite3.connect(file) as store:
        rows = store.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles").fetchall()
        version, integrity = (
            store.execute(f"PRAGMA {what}").fetchone()[0] for what in ("user_version", "integrity_check")
        )
        fields = {name: {c[1] for c in store.execute(f'PRAGMA table_info("{name}")')} for name, _, _ in rows}
    assert (version, integrity) == (10200, "ok")
    for name, text, default in rows:
        root = ET.fromstring(text)
        assert default == 1
        assert len(root.findall(".//symbols/symbol")) >= 1
        renderer = root.find("renderer-v2")
        assert renderer.get("attr") in {*fields[name], None}
        symbols = {s.get("name") for s in root.findall(".//symbols/symbol")}
        assert {c.get("symbol") for c in root.iter() if c.tag in ("category", "range")} <= symbols
    primary = next(text for name, text, _ in rows if name == "zones_primary")
    assert "招生片区" in primary


def test_study_with_next_to_nothing_is_published(tables, tmp_path):
    """No zones, roads, water, classes or candidates: the reports are there, with nothing on them."""
    bare = {name: table if name in ("areas", "units") else table.iloc[:0] for name, table in tables.items()}
    files = publish(toy_settings(), bare, tmp_path, run="r", progress=silent)
    assert {file.name for file in files} == {"map.html", "study.gpkg", "study.qgz", "workbook.xlsx"}


# --- reports of single commands ------------------------------------------------------------------------------------


def test_places_of_senior_schools_on_a_map(tables, tmp_path):
    """One junior school with all 12 places: its township has as many as the county; the rare character is drawn."""
    quota = frame("quota", [("高中", "0012", 100, 1.0, 12.0, 12)])
    changes = frame("quota_changes", [("0012", 100, 12, None, None, None, None)])
    told = {**tables, "quota": quota, "quota_changes": changes}
    files = publish_quota(toy_settings(), told, tmp_path, run="quota")
    assert sorted(file.name for file in files) == ["quota.pdf", "quota.png", "quota.xlsx"]
    text = words_of(tmp_path / "quota.pdf")
    for expected in ("䓣塘小学 12", "与全市相当", "12.0", "演示数据"):
        assert expected in text
    again = publish_quota(toy_settings(), told, tmp_path / "again", run="quota")
    assert [a.read_bytes() for a in files] == [b.read_bytes() for b in again]


def test_a_page_for_every_school(tables, tmp_path):
    """Code order; what is broken first, its remedy below; names are shown as they are, never read as markup."""
    told = {**tables, "classes": tables["classes"]}
    files = publish_compliance(toy_settings(), told, tmp_path, run="rules")
    book = pypdfium2.PdfDocument(tmp_path / "schools.pdf")
    pages = [page.get_textpage().get_text_range() for page in book]
    book.close()
    codes = sorted(set(tables["schools"]["school_id"]))
    assert len(pages) == len(codes)
    assert all(code in page for code, page in zip(codes, pages, strict=True))
    first = pages[codes.index("0012")]
    for expected in ("䓣塘小学", "班额", "未达标", "本年级增加班数", "演示数据"):
        assert expected in first
    assert "无欠缺" in pages[codes.index("0034")]
    again = publish_compliance(toy_settings(), told, tmp_path / "again", run="rules")
    assert [a.read_bytes() for a in files] == [b.read_bytes() for b in again]
