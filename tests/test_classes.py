"""Class lists: grades, stages and entry years that agree."""

from pathlib import Path

import pytest
from tablefiles import CLASS_HEAD, write_csv

from catchment.errors import InputError
from catchment.read.classes import read_classes


@pytest.mark.parametrize(
    ("stage", "entry_year", "grade", "day", "fits"),
    [
        ("小学", 2024, 1, "2024-09-01", True),
        ("小学", 2024, 1, "2025-03-01", True),
        ("小学", 2023, 1, "2024-09-01", False),
        ("小学", 2019, 6, "2024-09-01", True),
        ("小学", 2019, 6, "2024-08-25", True),
        ("小学", 2018, 6, "2024-08-25", True),
        ("初中", 2024, "初一", "2024-09-01", True),
        ("初中", 2022, "九年级", "2024-10-10", True),
        ("初中", "2024级", "七年级", "2024-09-01", True),
        ("初中", 2018, 7, "2024-09-01", False),
        ("初中", 2024, 1, "2024-09-01", False),
        ("小学", 2024, 7, "2024-09-01", False),
    ],
)
def test_grade_stage_and_entry_year(
    tmp_path: Path, stage: str, entry_year: object, grade: object, day: str, fits: bool
) -> None:
    path = write_csv(tmp_path / "c.csv", [CLASS_HEAD, ["2144053001", stage, entry_year, grade, 1, 45, day]])
    if fits:
        assert len(read_classes(path).table) == 1
        return
    with pytest.raises(InputError) as caught:
        read_classes(path)
    assert [p.rows for p in caught.value.problems] == [("2",)]


@pytest.mark.parametrize(
    ("written", "number"), [("1", "1"), ("01", "1"), ("(1)班", "1"), ("３班", "3"), ("实验班", "实验班")]
)
def test_class_numbers(tmp_path: Path, written: str, number: str) -> None:
    path = write_csv(tmp_path / "c.csv", [CLASS_HEAD, ["2144053001", "小学", 2024, 1, written, 45, "2024-09-01"]])
    assert read_classes(path).table["class_no"].tolist() == [number]
