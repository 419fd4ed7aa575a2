"""School lists: places, keys, seats."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from tablefiles import EXTENT, SCHOOL_HEAD, SCHOOLS, write_csv, write_xlsx

from catchment.errors import InputError, Problem
from catchment.geo import wgs84_to_bd09, wgs84_to_gcj02
from catchment.read import Reading
from catchment.read.headings import PROJECTS as PROJECT_HEADINGS
from catchment.read.headings import SCHOOLS as HEADINGS
from catchment.read.headings import Headings, plain
from catchment.read.schools import read_schools

CGCS = CRS.from_epsg(4546)


def read(path: Path, datum: str = "wgs84", extent: Any = EXTENT) -> Reading:
    return read_schools(path, datum=datum, crs=CGCS, extent_deg=extent)


def one(path: Path, **how: Any) -> Problem:
    with pytest.raises(InputError) as caught:
        read(path, **how)
    assert len(caught.value.problems) == 1, str(caught.value)
    return caught.value.problems[0]


def changed(row: int, **cells: Any) -> list[list[Any]]:
    rows = [list(r) for r in SCHOOLS]
    for column, value in cells.items():
        rows[row][SCHOOL_HEAD.index(column)] = value
    return [SCHOOL_HEAD, *rows]


def test_a_school_list_is_read(tmp_path: Path) -> None:
    reading = read(write_xlsx(tmp_path / "s.xlsx", [SCHOOL_HEAD, *SCHOOLS]))
    table = reading.table.set_index(["school_id", "stage"])
    assert table.loc[("2144053002", "primary"), "seats"] == 6 * 45
    assert table.loc[("2144053002", "junior"), "seats"] == 3 * 50
    assert table.loc[("2144053003", "junior"), ["setting", "ownership", "area_id"]].tolist() == ["urban", "private", ""]
    assert table["campus_id"].tolist() == ["2144053001", "C1", "C1", "2144053003"]
    assert reading.reconciliation["amount_used"].tolist() == [540 + 270 + 150 + 900]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_f67_rare_characters_are_the_same_from_csv_and_workbook(tmp_path: Path, encoding: str) -> None:
    rows = [SCHOOL_HEAD, *SCHOOLS]
    table = read(write_csv(tmp_path / "s.csv", rows, encoding=encoding)).table
    assert "榃滨䓣塘学校" in set(table["name"])
    pd.testing.assert_frame_equal(table, read(write_xlsx(tmp_path / "s.xlsx", rows)).table)


def test_english_headings(tmp_path: Path) -> None:
    head = [
        "School ID",
        "Name",
        "Campus",
        "Stage",
        "Kind",
        "Ownership",
        "Setting",
        "Boarding",
        "Rooms",
        "Seats",
        "Longitude",
        "Latitude",
        "Area ID",
    ]
    rows = [["A1", "North", "", "primary", "full_primary", "public", "town", "no", "", 300, 111.5, 22.6, ""]]
    assert read(write_csv(tmp_path / "s.csv", [head, *rows])).table["kind"].tolist() == ["full_primary"]


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_f06_a_declared_offset_is_undone(tmp_path: Path, datum: str, shift: Any) -> None:
    x, y = shift(np.array([111.37]), np.array([22.56]))
    plainly = read(write_xlsx(tmp_path / "s.xlsx", [SCHOOL_HEAD, SCHOOLS[0]])).table
    table = read(write_xlsx(tmp_path / "g.xlsx", changed(0, 经度=float(x[0]), 纬度=float(y[0]))[:2]), datum).table
    assert np.hypot(table["x_m"] - plainly["x_m"], table["y_m"] - plainly["y_m"]).max() < 0.05
    raw = read(tmp_path / "g.xlsx").table
    assert np.hypot(raw["x_m"] - plainly["x_m"], raw["y_m"] - plainly["y_m"]).min() > 400


def test_an_undeclared_datum_is_refused(tmp_path: Path) -> None:
    assert "datum" in one(write_xlsx(tmp_path / "s.xlsx", [SCHOOL_HEAD, *SCHOOLS]), datum="projected").what


@pytest.mark.parametrize("extent", [EXTENT, None])
def test_f03_swapped_coordinates_are_refused(tmp_path: Path, extent: Any) -> None:
    rows = [SCHOOL_HEAD, *[[*r[:10], r[11], r[10], r[12]] for r in SCHOOLS]]
    found = one(write_xlsx(tmp_path / "s.xlsx", rows), extent=extent)
    assert found.what == "longitude and latitude are swapped"
    assert found.rows == ("2", "3", "4", "5")


def test_f03_points_outside_the_study_are_told(tmp_path: Path) -> None:
    found = one(write_xlsx(tmp_path / "s.xlsx", changed(3, 经度=113.26)))
    assert (found.what, found.rows) == ("points lie outside the study", ("5",))


def test_f11_null_island_is_refused(tmp_path: Path) -> None:
    found = one(write_xlsx(tmp_path / "s.xlsx", changed(0, 经度=0, 纬度=0)))
    assert (found.what, found.rows) == ("points lie at (0, 0)", ("2",))


def test_f11_many_campuses_at_one_point_are_refused(tmp_path: Path) -> None:
    pile = [[f"214405400{i}", *SCHOOLS[0][1:]] for i in range(4)]
    found = one(write_xlsx(tmp_path / "s.xlsx", [SCHOOL_HEAD, *pile]))
    assert dict(found.values)["campuses"] == 4
    assert found.rows == ("2", "3", "4", "5")
    assert len(read(write_xlsx(tmp_path / "t.xlsx", [SCHOOL_HEAD, *pile[:3]])).table) == 3


def test_f65_a_code_twice_at_a_stage_is_refused(tmp_path: Path) -> None:
    found = one(write_xlsx(tmp_path / "s.xlsx", changed(2, 学段="小学")))
    assert found.rows == ("3", "4")


def test_kind_and_stage_must_agree(tmp_path: Path) -> None:
    assert one(write_xlsx(tmp_path / "s.xlsx", changed(3, 学段="小学"))).rows == ("5",)


def test_absent_seats_and_rooms_are_told(tmp_path: Path) -> None:
    assert one(write_xlsx(tmp_path / "s.xlsx", changed(1, 教室数="", 学位数="/"))).rows == ("3",)


def test_a_missing_name_and_an_unknown_word_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(write_xlsx(tmp_path / "s.xlsx", changed(0, 学校名称="", 举办者="企业", 寄宿="大概")))
    assert [p.where.rsplit(" ")[-1] for p in caught.value.problems] == ["学校名称", "举办者", "寄宿"]
    assert "公办" in str(caught.value)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_layers_of_points_are_the_same_schools(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame(SCHOOLS, columns=SCHOOL_HEAD).astype({"学位数": "str", "教室数": "str"})
    layer = gpd.GeoDataFrame(
        frame.drop(columns=["经度", "纬度"]), geometry=gpd.points_from_xy(frame["经度"], frame["纬度"]), crs=4326
    )
    path = tmp_path / f"s.{ending}"
    layer.to_parquet(path) if ending == "parquet" else layer.to_file(path)
    listed = read(write_xlsx(tmp_path / "s.xlsx", [SCHOOL_HEAD, *SCHOOLS])).table
    pd.testing.assert_frame_equal(read(path).table, listed, rtol=1e-9)


def test_a_layer_without_reference_system_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame(SCHOOLS, columns=SCHOOL_HEAD).astype("str")
    gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["经度"], frame["纬度"])).to_parquet(
        tmp_path / "s.parquet"
    )
    assert one(tmp_path / "s.parquet").what == "the layer has no reference system"


@pytest.mark.parametrize("bad", [None, "LINESTRING (111.5 22.6, 111.6 22.7)"])
def test_a_layer_of_no_points_is_refused(tmp_path: Path, bad: str | None) -> None:
    frame = pd.DataFrame(SCHOOLS, columns=SCHOOL_HEAD).astype("str")
    geometry = gpd.GeoSeries.from_wkt(["POINT (111.5 22.6)", bad, "POINT (111.5 22.6)", "POINT (111.5 22.6)"], crs=4326)
    gpd.GeoDataFrame(frame, geometry=geometry).to_parquet(tmp_path / "s.parquet")
    assert one(tmp_path / "s.parquet").rows == ("2",)


@pytest.mark.parametrize("headings", [HEADINGS, PROJECT_HEADINGS])
def test_no_spelling_means_two_columns(headings: Headings) -> None:
    spellings = [s for c in headings.columns for s in {plain(s) for s in (c.name, *c.spellings)}]
    assert len(spellings) == len(set(spellings))
