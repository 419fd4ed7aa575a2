"""What is known beforehand: dwellings being finished, children counted in kindergartens, forecasts made by others."""

from pathlib import Path

import pytest
from tablefiles import write_csv, write_xlsx

from catchment.errors import InputError, Problem
from catchment.read import Reading
from catchment.read.entrants import read_entrants
from catchment.read.housing import read_housing
from catchment.read.past_forecasts import read_past_forecasts

HOUSING_HEAD = ["镇街代码", "竣工年份", "住房类型", "套数"]
HOUSING = [
    ["445381001", 2026, "商品房", 860],
    ["445381001", "2026年", "安置房", "1,200"],
    ["445381002", 2027, "人才公寓", 90],
]
ENTRANTS_HEAD = ["镇街代码", "入学年份", "儿童数"]
ENTRANTS = [["445381001", "2025年秋", 2010], ["445381001", 2026, 1905], ["全市", 2026, 15000]]
FORECAST_HEAD = ["预测方法", "基准年份", "学校标识码", "年级", "年份", "学生数"]
FORECASTS = [
    ["教育局", 2020, "2144053001", "一年级", 2021, 88.5],
    ["教育局", 2020, "2144053001", "", 2021, 510],
    ["教育局", 2020, "全市", "全部", "2022-2023学年", 98000],
]


def read(name: str, path: Path) -> Reading:
    return {"housing": read_housing, "entrants": read_entrants, "forecasts": read_past_forecasts}[name](path)


def refused(name: str, path: Path) -> dict[str, tuple[str, ...]]:
    """What is wrong with a file → its rows."""
    problems: tuple[Problem, ...]
    with pytest.raises(InputError) as caught:
        read(name, path)
    problems = caught.value.problems
    assert len({p.what for p in problems}) == len(problems)
    return {p.what: p.rows for p in problems}


def test_housing_is_read_from_workbook_and_text(tmp_path: Path) -> None:
    """The two usual types have one name each; another keeps its own."""
    rows = [HOUSING_HEAD, *HOUSING, ["合计", "", "", 2150]]
    for path in (write_xlsx(tmp_path / "h.xlsx", rows), write_csv(tmp_path / "h.csv", rows)):
        reading = read_housing(path)
        assert reading.table.to_numpy().tolist() == [
            ["445381001", 2026, "commodity", 860],
            ["445381001", 2026, "resettlement", 1200],
            ["445381002", 2027, "人才公寓", 90],
        ]
        assert reading.reconciliation.loc[0, ["unit", "rows_set_aside", "amount_in"]].tolist() == ["dwellings", 1, 2150]


def test_faults_of_housing_are_told_together(tmp_path: Path) -> None:
    rows = [
        *HOUSING,
        ["445381001", 2026, "commodity", 10],
        ["", 2026, "商品房", -1],
        ["445381003", "明年", "商品房", 1.5],
    ]
    assert refused("housing", write_csv(tmp_path / "h.csv", [HOUSING_HEAD, *rows])) == {
        "cells are empty": ("6",),
        "values are not numbers: {found}": ("7",),
        "values lie outside {low} to {high}: {found}": ("6",),
        "values are not whole numbers: {found}": ("7",),
        "an area, year and type stand twice": ("2", "5"),
    }


def test_entrants_are_read_from_workbook_and_text(tmp_path: Path) -> None:
    rows = [ENTRANTS_HEAD, *ENTRANTS]
    for path in (write_xlsx(tmp_path / "e.xlsx", rows), write_csv(tmp_path / "e.csv", rows)):
        assert read_entrants(path).table.to_numpy().tolist() == [
            ["*", 2026, 15000], ["445381001", 2025, 2010], ["445381001", 2026, 1905],
        ]  # fmt: skip
    english = [["Area code", "Autumn", "Children"], ["county", 2025, 15000]]
    assert read_entrants(write_csv(tmp_path / "e.csv", english)).table["area_id"].tolist() == ["*"]


def test_an_area_and_year_of_entrants_twice_is_refused(tmp_path: Path) -> None:
    rows = [ENTRANTS_HEAD, *ENTRANTS, ["全县", "2026", 14999], ["445381002", 2026, ""]]
    assert refused("entrants", write_csv(tmp_path / "e.csv", rows)) == {
        "an area and year stand twice": ("4", "5"),
        "cells are empty": ("6",),
    }


def test_past_forecasts_are_read_from_workbook_and_text(tmp_path: Path) -> None:
    rows = [FORECAST_HEAD, *FORECASTS]
    for path in (write_xlsx(tmp_path / "f.xlsx", rows), write_csv(tmp_path / "f.csv", rows)):
        table = read_past_forecasts(path).table
        assert table["school_id"].tolist() == ["*", "2144053001", "2144053001"]
        assert table["grade"].isna().tolist() == [True, False, True]
        assert table["year"].tolist() == [2022, 2021, 2021]
        assert table["pupils"].tolist() == [98000, 88.5, 510]


def test_the_column_of_the_grade_may_be_absent(tmp_path: Path) -> None:
    rows = [["Method", "Base year", "School ID", "Year", "Pupils"], ["PSSA", 2017, "100", 2018, 61.2]]
    assert read_past_forecasts(write_csv(tmp_path / "f.csv", rows)).table["grade"].isna().all()


def test_faults_of_past_forecasts_are_told_together(tmp_path: Path) -> None:
    """A forecast of its own base year, and all grades of a school twice: once empty, once as a word."""
    rows = [*FORECASTS, ["教育局", 2020, "2144053001", 2, 2020, 90], ["教育局", 2020, "2144053001", "全校", 2021, 511]]
    assert refused("forecasts", write_csv(tmp_path / "f.csv", [FORECAST_HEAD, *rows])) == {
        "years forecast are not after the one in which the forecast was made": ("5",),
        "a forecast stands twice": ("3", "6"),
    }
