"""Layers of what stands around sites, and the parcels of projects: what is read, and what is refused with its place."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import CRS, at, degrees
from pyproj import CRS as System
from tablefiles import PROJECT_HEAD, PROJECTS, write_csv

from catchment.errors import InputError
from catchment.pipeline import run_steps
from catchment.placing import near_surroundings, placed_candidates
from catchment.read.projects import read_projects
from catchment.read.surroundings import KIND_WORDS, read_surroundings
from catchment.reports.exports import exports
from catchment.reports.pages import pages_of
from catchment.reports.siting import _number, site_lines
from catchment.settings import SurroundingsSource, read_settings
from catchment.tables import SURROUNDING_KINDS

TOWN = System.from_user_input(CRS)
X, Y = at(0, 0)
LINE = shapely.LineString([(X, Y), (X + 100, Y)])
BOX = shapely.box(X, Y, X + 50, Y + 50)


def layer(path: Path, kinds, shapes, **columns) -> Path:
    gpd.GeoDataFrame({"类别": kinds, **columns}, geometry=list(shapes), crs=CRS).to_file(path)
    return path


def read(folder: Path, *names: str):
    sources = [SurroundingsSource(path=name) for name in names]
    return read_surroundings(folder, sources, TOWN, roads=folder / "town.osm")


def told(folder: Path, *names: str):
    with pytest.raises(InputError) as caught:
        read(folder, *names)
    return caught.value


def test_every_kind_has_words():
    assert set(KIND_WORDS.values()) == set(SURROUNDING_KINDS)


def test_layers_are_read_with_their_kinds_names_and_voltages(tmp_path):
    layer(
        tmp_path / "a.gpkg",
        ["铁路", "输电线路", "power line"],
        [LINE] * 3,
        名称=["罗岑线", None, ""],
        电压=[None, "110 kV", "３５千伏"],
    )
    layer(tmp_path / "b.geojson", ["永久基本农田"], [BOX])
    reading = read(tmp_path, "a.gpkg", "b.geojson")
    table = reading.table.set_index("object_id")
    assert table["kind"].to_dict() == {"1-1": "railway", "1-2": "power_line", "1-3": "power_line", "2-1": "farmland"}
    assert table["name"].tolist() == ["罗岑线", "", "", ""]
    assert table["voltage_kv"].fillna(0).tolist() == [0, 110, 35, 0]
    assert reading.reconciliation["rows_used"].tolist() == [3, 1]


def test_all_faults_of_all_layers_are_told_at_once(tmp_path):
    tie = shapely.Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])
    ring = shapely.LineString(BOX.exterior.coords)
    kinds = ["铁路", "飞机场", None, "power_line", "power_line", "红线", "ecological", "hazard", "生态红线"]
    shapes = [LINE, LINE, LINE, LINE, LINE, BOX, LINE, ring, LINE]
    layer(tmp_path / "a.gpkg", kinds, shapes, voltage_kv=["", "", "", "", "110000", "", "", "", ""])
    mixed = shapely.GeometryCollection([LINE, BOX])
    layer(tmp_path / "b.gpkg", ["farmland", "pollution", "market"], [tie, None, mixed])
    gpd.GeoDataFrame({"what": ["x"]}, geometry=[LINE], crs=CRS).to_file(tmp_path / "c.gpkg")
    found = {(Path(p.where).name, p.what.split()[0]): p for p in told(tmp_path, "a.gpkg", "b.gpkg", "c.gpkg").problems}
    assert {key: problem.rows for key, problem in found.items()} == {
        ("a.gpkg", "kinds"): ("2", "3", "6", "7"),
        ("a.gpkg", "voltages"): ("5",),
        ("a.gpkg", "the"): ("4",),
        ("a.gpkg", "protected"): ("8", "9"),
        ("b.gpkg", "features"): ("2", "3"),
        ("b.gpkg", "polygons"): ("1",),
        ("c.gpkg", "the"): (),
    }
    assert "飞机场" in found["a.gpkg", "kinds"].text("zh")
    assert all(problem.text("zh") != problem.text("en") for problem in found.values())


def test_objects_far_outside_the_county_are_refused(tmp_path):
    layer(tmp_path / "a.gpkg", ["铁路", "market"], [LINE, shapely.Point(X + 40_000, Y)])
    areas = gpd.GeoDataFrame(geometry=[shapely.box(X, Y, X + 1000, Y + 1000)], crs=CRS)
    with pytest.raises(InputError, match="20 km") as caught:
        near_surroundings(read(tmp_path, "a.gpkg").table, areas)
    assert caught.value.problems[0].rows == ("1-2",)


# --- parcels of projects -----------------------------------------------------------------------------

PARCELS = gpd.GeoDataFrame({"parcel_id": ["D1"]}, geometry=[BOX], crs=CRS)
SCHOOLS = pd.DataFrame({"school_id": ["s"], "stage": ["primary"], "x_m": [X + 900], "y_m": [Y]})
AREAS = gpd.GeoDataFrame({"area_id": ["01"]}, geometry=[shapely.box(X - 1000, Y - 1000, X + 1000, Y + 1000)], crs=CRS)
HEAD = [*PROJECT_HEAD, "地块编号"]


def placed(*rows):
    columns = ["candidate_id", "kind", "school_id", "parcel_id", "x_m", "y_m"]
    table = pd.DataFrame(list(rows), columns=columns).assign(stage="primary", name="新校")
    table = table.astype({"x_m": float, "y_m": float, "school_id": "str", "parcel_id": "str"})
    return placed_candidates(table, SCHOOLS, PARCELS, AREAS).set_index("candidate_id")


def test_a_project_without_coordinates_stands_inside_its_parcel():
    """A new or relocated one in its parcel; an extension where its school stands, whatever ground it takes."""
    found = placed(
        ("P", "new", None, "D1", None, None),
        ("M", "relocated", "s", "D1", None, None),
        ("E", "expanded", "s", "D1", None, None),
    )
    assert found["x_m"].to_dict() == {"P": X + 25, "M": X + 25, "E": X + 900}
    assert placed(("P", "new", None, "D1", X + 50, Y))["x_m"].to_dict() == {"P": X + 50}


def test_parcels_that_are_not_there_or_elsewhere_are_told():
    with pytest.raises(InputError) as caught:
        placed(("P", "new", None, "D2", X, Y), ("Q", "new", None, "D1", X + 150, Y))
    first, second = caught.value.problems
    assert (first.rows, second.rows) == (("P D2",), ("Q D1",))
    assert "100 m" in second.text("en")


def test_projects_outside_the_county_are_told():
    with pytest.raises(InputError, match="outside all areas") as caught:
        placed(("P", "new", None, None, X, Y), ("Q", "new", None, None, X + 5000, Y))
    assert caught.value.problems[0].rows == ("Q 新校",)


def project_file(path: Path, **cells) -> Path:
    row = dict(zip(HEAD, [*PROJECTS[0], "D1"], strict=True)) | cells
    return write_csv(path, [HEAD, list(row.values())])


def test_the_parcel_is_a_place(tmp_path):
    read_projects(project_file(tmp_path / "p.csv", 经度="", 纬度=""), datum="wgs84", crs=TOWN)
    for cells in ({"纬度": ""}, {"经度": "", "纬度": "", "地块编号": ""}):
        with pytest.raises(InputError, match="place is missing"):
            read_projects(project_file(tmp_path / "q.csv", **cells), datum="wgs84", crs=TOWN)


# --- a whole run --------------------------------------------------------------------------------------


def offered(study: Path) -> None:
    """Two parcels of the toy town: one across the river from a market, one under a line; a project on the first."""
    raw = study / "data" / "raw"
    squares = [shapely.box(x - 40, y - 40, x + 40, y + 40) for x, y in (at(2, 1), at(4, 4))]
    gpd.GeoDataFrame({"地块编号": ["D1", "D2"], "名称": ["东", "西"]}, geometry=squares, crs=CRS).to_file(
        raw / "parcels.gpkg"
    )
    shapes = [shapely.Point(at(4, 1)), shapely.LineString([at(4, 3), at(4, 5)])]
    layer(raw / "around.gpkg", ["market", "power_line"], shapes, name=["集市", "演示线"], voltage_kv=[np.nan, 110])
    lon, lat = degrees(2, 1)
    row = dict(zip(HEAD, [*PROJECTS[0], "D1"], strict=True)) | {"经度": lon, "纬度": lat, "学位数": 300}
    write_csv(raw / "projects.csv", [HEAD, list(row.values())])
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[sources.parcels]\npath = "data/raw/parcels.gpkg"\n[sources.projects]\npath = "data/raw/projects.csv"\n'
        )
        file.write('[[sources.surroundings]]\npath = "data/raw/around.gpkg"\ncomplete = ["market"]\n')


def silent(step, done, total):
    pass


def test_a_run_tells_what_speaks_against_each_parcel(toy_study, tmp_path):
    offered(toy_study)
    settings = read_settings(toy_study)
    tables = run_steps(toy_study, settings, {}, silent)
    totals = tables["siting_totals"].set_index("subject_id")
    assert totals["verdict"].to_dict() == {"D1": "unknown", "D2": "ruled_out"}
    rows = tables["siting"].set_index(["subject_id", "test", "effect"])
    assert rows.loc[("D2", "power_line", "exclude"), "object"] == "演示线 110 kV"
    assert rows.loc[("D1", "market", "fail"), ["value", "verdict"]].tolist() == [160, "passed"]
    assert rows.loc[("D1", "railway", "fail"), "verdict"] == "unknown"
    assert 0 < rows.loc[("D1", "service_radius", "penalise"), "value"] < 1
    assert "data/raw/around.gpkg" in read_settings(toy_study).sources.paths
    english, chinese = list(site_lines(tables, "en")), list(site_lines(tables, "zh"))
    assert english[0] == "Parcel D2 西: Ruled out"
    assert "  Ruled out: Power line “演示线 110 kV” lies on the site" in english[1]
    assert "  Passed" not in english
    assert any(line.startswith("  Not known: ") and "Railway" in line for line in english)
    assert chinese[0] == "地块 D2 西：不得选址"
    assert len(chinese) == len(english)
    assert any("Service radius P1: 50 %, at least 90 %" in line for line in english)
    assert not any(word in line for line in chinese for word in ("Railway", "passed", "away"))
    assert next(iter(site_lines(tables, "en", "D1"))) == "Parcel D1 东: Not known"
    published(settings, tables, tmp_path)


def published(settings, tables, folder):
    """Two sheets, and two layers with a line from D2 to what rules it out."""
    sites, tests = (page for page in pages_of(tables, settings) if page.name in ("Sites", "Site tests"))
    assert sites.rows["subject_id"].tolist() == ["D2", "D1"]
    assert "演示线" in sites.rows["why"].iloc[0]
    assert tests.rows["test"].isin(["集贸市场"]).any()
    file = exports(settings, tables, folder, run="main", progress=silent)[0]
    parcels = gpd.read_file(file, layer="parcels").set_index("parcel_id")
    assert parcels["verdict"].to_dict() == {"D1": "unknown", "D2": "ruled_out"}
    lines = gpd.read_file(file, layer="site_evidence")
    upon = lines[(lines["subject_id"] == "D2") & (lines["verdict"] == "ruled_out")]
    assert upon["object"].tolist() == ["演示线 110 kV"]
    assert shapely.get_point(upon.geometry.values, 0)[0].within(parcels.loc["D2", "geometry"])


def test_a_value_that_is_not_its_limit_never_looks_like_it():
    """A site 199.7 m from what must be 200 m away fails, and is not told to be 200 m away."""
    assert [_number(*pair) for pair in ((199.7, 200), (200, 200), (0.8999, 0.9), (150.4, 200))] == [
        "199.7",
        "200",
        "0.8999",
        "150",
    ]
