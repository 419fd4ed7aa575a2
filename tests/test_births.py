"""Births by area and year, of one basis."""

from pathlib import Path

import pytest
from tablefiles import write_csv

from catchment.errors import InputError, Problem
from catchment.read.births import read_births

HEAD = ["镇街代码", "年份", "口径", "出生人数"]
ROWS = [["441881101", "2019年", "户籍", 300], ["441881101", 2020, "户籍", 280], ["全市", 2020, "户籍", "15,000"]]


def one(path: Path, basis: str) -> Problem:
    with pytest.raises(InputError) as caught:
        read_births(path, basis=basis)
    assert len(caught.value.problems) == 1, str(caught.value)
    return caught.value.problems[0]


def test_births_are_read(tmp_path: Path) -> None:
    reading = read_births(write_csv(tmp_path / "b.csv", [HEAD, *ROWS, ["合计", "", "", 15580]]), basis="registered")
    assert reading.table["births"].tolist() == [15000, 300, 280]
    assert reading.table["area_id"].tolist() == ["*", "441881101", "441881101"]
    assert reading.set_aside["row"].tolist() == ["5"]


def test_the_column_of_the_basis_may_be_absent(tmp_path: Path) -> None:
    rows = [[a, y, n] for a, y, _, n in [HEAD, *ROWS]]
    assert set(read_births(write_csv(tmp_path / "b.csv", rows), basis="resident").table["basis"]) == {"resident"}


def test_another_basis_than_declared_is_refused(tmp_path: Path) -> None:
    found = one(write_csv(tmp_path / "b.csv", [HEAD, *ROWS]), "resident")
    assert "registered" in found.text("en")
    assert found.rows == ("2", "3", "4")


def test_mixed_bases_are_refused(tmp_path: Path) -> None:
    rows = [HEAD, *ROWS, ["441881102", 2020, "常住", 100]]
    assert "registered, resident" in one(write_csv(tmp_path / "b.csv", rows), "registered").text("en")


def test_births_may_be_told_by_month(tmp_path: Path) -> None:
    rows = [["镇街代码", "年份", "月份", "出生人数"], *(["441881101", 2020, month, month] for month in range(1, 13))]
    table = read_births(write_csv(tmp_path / "b.csv", rows), basis="registered").table
    assert table["month"].tolist() == list(range(1, 13))
    assert table["births"].sum() == 78


def test_f65_an_area_and_year_twice_is_refused(tmp_path: Path) -> None:
    rows = [HEAD, *ROWS, ["441881101", 2020, "户籍", 281]]
    assert one(write_csv(tmp_path / "b.csv", rows), "registered").rows == ("3", "5")
