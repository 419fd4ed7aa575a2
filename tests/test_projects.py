"""Candidate projects: costs, places and what waits for what."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyproj import CRS
from tablefiles import PROJECT_HEAD, PROJECTS, write_csv, write_xlsx

from catchment.doors import conform
from catchment.errors import InputError, Problem
from catchment.read import Reading
from catchment.read.projects import read_projects
from catchment.tables import CANDIDATES


def read(path: Path) -> Reading:
    return read_projects(path, datum="wgs84", crs=CRS.from_epsg(4546))


def one(path: Path) -> Problem:
    with pytest.raises(InputError) as caught:
        read(path)
    assert len(caught.value.problems) == 1, str(caught.value)
    return caught.value.problems[0]


def changed(row: int, **cells: Any) -> list[list[Any]]:
    rows = [list(r) for r in PROJECTS]
    for column, value in cells.items():
        rows[row][PROJECT_HEAD.index(column)] = value
    return [PROJECT_HEAD, *rows]


def test_projects_are_read(tmp_path: Path) -> None:
    rows = [PROJECT_HEAD, *PROJECTS]
    table = read(write_xlsx(tmp_path / "p.xlsx", rows)).table
    assert table["cost_yuan"].tolist() == [123_456_700, 8_000_000]
    assert table["kind"].tolist() == ["new", "expanded"]
    assert table["x_m"].isna().tolist() == [False, True]
    assert table["after"].isna().tolist() == [True, False]
    assert table["named_in_policy"].tolist() == [True, False]
    pd.testing.assert_frame_equal(table, read(write_csv(tmp_path / "p.csv", rows)).table)
    conform(CANDIDATES, table.fillna({"x_m": 1.0, "y_m": 1.0}))


def test_costs_in_yuan_and_in_both_units(tmp_path: Path) -> None:
    head = [*PROJECT_HEAD, "投资_元"]
    rows = [[*PROJECTS[0], 123456700], [*PROJECTS[1][:8], "", *PROJECTS[1][9:], 7999999]]
    assert read(write_xlsx(tmp_path / "p.xlsx", [head, *rows])).table["cost_yuan"].tolist() == [123_456_700, 7_999_999]
    rows[0][-1] = 123456701
    assert one(write_xlsx(tmp_path / "q.xlsx", [head, *rows])).rows == ("2",)


def test_a_missing_cost_is_told(tmp_path: Path) -> None:
    assert one(write_xlsx(tmp_path / "p.xlsx", changed(1, 投资_万元=""))).rows == ("3",)


@pytest.mark.parametrize("first", ["P9", "P2、P3"])
def test_an_unknown_predecessor_is_told(tmp_path: Path, first: str) -> None:
    assert first in one(write_xlsx(tmp_path / "p.xlsx", changed(0, 前置项目=first))).text("en")


@pytest.mark.parametrize(("row", "first"), [(0, "P2"), (1, "P2")])
def test_a_circle_is_told(tmp_path: Path, row: int, first: str) -> None:
    assert "circle" in one(write_xlsx(tmp_path / "p.xlsx", changed(row, 前置项目=first))).what


def test_places_and_schools_by_kind(tmp_path: Path) -> None:
    assert one(write_xlsx(tmp_path / "a.xlsx", changed(0, 经度="", 纬度=""))).rows == ("2",)
    assert one(write_xlsx(tmp_path / "b.xlsx", changed(1, 经度=111.5))).rows == ("3",)
    assert one(write_xlsx(tmp_path / "c.xlsx", changed(1, 学校标识码=""))).rows == ("3",)
    assert one(write_xlsx(tmp_path / "d.xlsx", changed(0, 学校标识码="2144053001"))).rows == ("2",)
    assert one(write_xlsx(tmp_path / "e.xlsx", changed(0, 经度=22.7, 纬度=111.5))).what.endswith("swapped")


def test_the_second_phase_of_a_new_school_has_no_code(tmp_path: Path) -> None:
    rows = changed(1, 学校标识码="", 经度=111.55, 纬度=22.76, 前置项目="P1")
    assert read(write_xlsx(tmp_path / "p.xlsx", rows)).table["school_id"].isna().all()
    rows[2][PROJECT_HEAD.index("前置项目")] = ""
    assert one(write_xlsx(tmp_path / "q.xlsx", rows)).rows == ("3",)


def test_f65_a_project_twice_is_told(tmp_path: Path) -> None:
    assert one(write_xlsx(tmp_path / "p.xlsx", [PROJECT_HEAD, *PROJECTS, PROJECTS[0]])).rows == ("2", "4")


@pytest.mark.parametrize(("column", "value"), [("投资_万元", 9_000_000), ("投资_元", 12_345)])
def test_money_in_the_wrong_unit(tmp_path: Path, column: str, value: int) -> None:
    """9,000,000 yuan written as 万元, and 12,345 万元 written as yuan, for 1,620 seats."""
    head = [*PROJECT_HEAD, "投资_元"]
    rows = [[*PROJECTS[0][:8], "", *PROJECTS[0][9:], ""], [*PROJECTS[1], ""]]
    rows[0][head.index(column)] = value
    found = one(write_xlsx(tmp_path / "p.xlsx", [head, *rows]))
    assert found.rows == ("2",)
    assert "wrong unit" in str(found)
