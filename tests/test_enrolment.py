"""Pupils of past autumns: grades with and without stages, residence, both layouts, what is refused and what set aside."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tablefiles import write_csv, write_xlsx

from catchment.errors import InputError, Problem
from catchment.read.enrolment import read_enrolment

HEAD = ["学校标识码", "学段", "年级", "年份", "学生数"]
ROWS = [
    ["2144053001", "小学", "一年级", 2023, 90],
    ["2144053001", "小学", "一年级", "2024年秋季", 84],
    ["2144053001", "小学", 2, 2024, "1,091"],
    ["2144053002", "初中", "初一", "2024-2025学年", 150],
]
PLAIN = ["School ID", "Grade", "School year", "Pupils"]


def refused(path: Path) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        read_enrolment(path)
    return list(caught.value.problems)


def one(path: Path) -> Problem:
    problems = refused(path)
    assert len(problems) == 1, [p.text("en") for p in problems]
    return problems[0]


def plain_rows(path: Path, *rows: list[Any]) -> pd.DataFrame:
    return read_enrolment(write_csv(path / "e.csv", [PLAIN, *rows])).table


def test_a_list_in_chinese_is_read_from_workbook_and_text(tmp_path: Path) -> None:
    reading = read_enrolment(write_xlsx(tmp_path / "e.xlsx", [HEAD, *ROWS, ["合计", "", "", "", 1415]]))
    assert reading.table.to_numpy().tolist() == [
        ["2144053001", "primary", 1, 2023, "all", 90],
        ["2144053001", "primary", 1, 2024, "all", 84],
        ["2144053001", "primary", 2, 2024, "all", 1091],
        ["2144053002", "junior", 7, 2024, "all", 150],
    ]
    assert reading.set_aside[["row", "reason"]].to_numpy().tolist() == [["6", "a row of totals"]]
    assert reading.reconciliation.loc[0, ["unit", "rows_in", "rows_used", "amount_in"]].tolist() == [
        "pupils", 5, 4, 1415,
    ]  # fmt: skip
    text = read_enrolment(write_csv(tmp_path / "e.csv", [HEAD, *ROWS], encoding="gb18030"))
    pd.testing.assert_frame_equal(reading.table, text.table)


# Stages and grades


def test_stages_follow_from_the_grades_where_none_is_told(tmp_path: Path) -> None:
    table = plain_rows(tmp_path, ["1", 6, 2024, 40], ["1", 7, 2024, 50])
    assert table["stage"].tolist() == ["junior", "primary"]
    assert table["grade"].tolist() == [7, 6]


@pytest.mark.parametrize("grade", ["K", "Kindergarten", "幼儿园大班", "10", "高三", 0, 13])
def test_one_grade_outside_1_to_9_and_no_row_has_a_stage(tmp_path: Path, grade: object) -> None:
    table = plain_rows(tmp_path, ["1", 6, 2024, 40], ["1", grade, 2024, 50])
    assert set(table["stage"]) == {"all"}


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("K", 0),
        ("大班", 0),
        ("01", 1),
        ("Grade 4", 4),
        ("小学六年级", 6),
        ("初三", 9),
        ("高一", 10),
        ("高中三年级", 12),
    ],
)
def test_words_for_grades(tmp_path: Path, written: str, grade: int) -> None:
    assert plain_rows(tmp_path, ["1", written, 2024, 40])["grade"].tolist() == [grade]


@pytest.mark.parametrize("grade", ["PK", "中班", "14", "一班"])
def test_what_is_no_grade_is_refused(tmp_path: Path, grade: str) -> None:
    found = one(write_csv(tmp_path / "e.csv", [PLAIN, ["1", 6, 2024, 40], ["1", grade, 2024, 50]]))
    assert (found.what, found.rows) == ("values are not in the vocabulary: {found}", ("3",))


def test_grades_outside_their_stage_are_refused(tmp_path: Path) -> None:
    rows = [*ROWS, ["2144053002", "初中", 6, 2024, 1], ["2144053001", "小学", 7, 2024, 1]]
    found = one(write_csv(tmp_path / "e.csv", [HEAD, *rows]))
    assert (found.what, found.rows) == ("grades do not belong to the stage", ("6", "7"))


def test_a_stage_in_some_rows_only_is_refused(tmp_path: Path) -> None:
    found = one(write_csv(tmp_path / "e.csv", [HEAD, *ROWS, ["2144053001", "", 3, 2024, 1]]))
    assert (found.what, found.rows) == ("the stage is told in some rows only", ("6",))


# Years


@pytest.mark.parametrize(
    "year", [2024, "2024", "2024.0", "2024年", "2024秋", "2024年秋季学期", "2024-2025", "2024—2025学年度", "2024/25"]
)
def test_a_school_year_is_named_by_its_autumn(tmp_path: Path, year: object) -> None:
    assert plain_rows(tmp_path, ["1", 1, year, 40])["year"].tolist() == [2024]


@pytest.mark.parametrize("year", ["2024-2026", "2024/24", "24/25", "2025年春", "2024-09-01", "2024学年第二学期"])
def test_other_years_are_refused(tmp_path: Path, year: str) -> None:
    assert one(write_csv(tmp_path / "e.csv", [PLAIN, ["1", 1, year, 40]])).rows == ("2",)


def test_years_may_be_missing_between_known_ones(tmp_path: Path) -> None:
    assert plain_rows(tmp_path, ["1", 1, 2019, 40], ["1", 1, 2024, 40])["year"].tolist() == [2019, 2024]


# Residence


def test_pupils_by_residence(tmp_path: Path) -> None:
    head = [*HEAD, "户籍类别"]
    rows = [["1", "小学", 1, 2024, n, s] for n, s in ((30, "户籍"), (12, "随迁子女"))]
    table = read_enrolment(write_csv(tmp_path / "e.csv", [head, *rows])).table
    assert table[["status", "pupils"]].to_numpy().tolist() == [["local", 30], ["migrant", 12]]


def test_a_status_that_says_total_is_no_row_of_totals(tmp_path: Path) -> None:
    rows = [[*HEAD, "户籍类别"], ["1", "小学", 1, 2024, 42, "合计"], ["全县合计", "", "", "", 42, ""]]
    reading = read_enrolment(write_xlsx(tmp_path / "e.xlsx", rows))
    assert reading.table["status"].tolist() == ["all"]
    assert reading.set_aside["row"].tolist() == ["3"]


def test_totals_beside_their_parts_are_refused(tmp_path: Path) -> None:
    """School 1 in 2024; its year 2023 and school 2 are told in one way."""
    head = [*HEAD, "户籍类别"]
    rows = [
        ["1", "小学", 1, 2023, 40, "合计"], ["1", "小学", 1, 2024, 42, "合计"], ["1", "小学", 2, 2024, 30, "户籍"],
        ["2", "小学", 1, 2024, 30, "户籍"],
    ]  # fmt: skip
    found = one(write_csv(tmp_path / "e.csv", [head, *rows]))
    assert found.what.startswith("a school's pupils are told in all and by residence")
    assert found.rows == ("3", "4")


# Faults and rows without pupils


def test_faults_are_told_together(tmp_path: Path) -> None:
    rows = [
        *ROWS, ["2144053001", "小学", 1, 2024, 85], ["2144053001", "小学", 3, 2024, -4],
        ["2144053001", "小学", 4, 2024, "约40"], ["2144053001", "大学", 5, 2024, 40], ["2144053001", "小学", 7, 2024, 40],
    ]  # fmt: skip
    problems = refused(write_csv(tmp_path / "e.csv", [HEAD, *rows]))
    assert {p.what: p.rows for p in problems} == {
        "values are not in the vocabulary: {found}": ("9",),
        "values lie outside {low} to {high}: {found}": ("7",),
        "values are not numbers: {found}": ("8",),
        "grades do not belong to the stage": ("10",),
        "a grade stands twice": ("3", "6"),
    }


def test_a_row_without_pupils_is_set_aside_and_never_zero(tmp_path: Path) -> None:
    rows = [HEAD, *ROWS, ["2144053001", "小学", 3, 2024, ""], ["2144053001", "小学", 4, 2024, 0]]
    for path in (write_xlsx(tmp_path / "e.xlsx", rows), write_csv(tmp_path / "e.csv", rows)):
        reading = read_enrolment(path)
        assert reading.table.query("grade >= 3 and grade < 7")[["grade", "pupils"]].to_numpy().tolist() == [[4, 0]]
        assert reading.set_aside[["row", "reason"]].to_numpy().tolist() == [["6", "the pupils are not told"]]
        assert reading.reconciliation.loc[0, ["rows_in", "rows_used", "rows_set_aside"]].tolist() == [6, 5, 1]


def test_a_list_without_any_pupils_is_refused(tmp_path: Path) -> None:
    assert one(write_csv(tmp_path / "e.csv", [HEAD, [*ROWS[0][:4], ""]])).what == "the table has no rows"


# A column for each grade


def test_a_column_for_each_grade(tmp_path: Path) -> None:
    """School 2 has no grade 1, and nobody told the pupils of school 3."""
    rows = [
        ["2024年秋季在校生", "", "", "", ""], ["学校标识码", "年份", "在校生数", "", "合计"],
        ["", "", "一年级", "二年级", ""], ["1", 2024, 40, 42, 82], ["2", 2024, "", 10, 10], ["3", 2024, "", "", ""],
        ["合计", "", 40, 52, 92],
    ]  # fmt: skip
    merged = ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3")
    for path in (write_xlsx(tmp_path / "e.xlsx", rows, merged=merged), write_csv(tmp_path / "e.csv", rows)):
        reading = read_enrolment(path)
        assert reading.table[["school_id", "stage", "grade", "pupils"]].to_numpy().tolist() == [
            ["1", "primary", 1, 40], ["1", "primary", 2, 42], ["2", "primary", 2, 10],
        ]  # fmt: skip
        assert reading.set_aside[["row", "reason"]].to_numpy().tolist() == [
            ["6", "the pupils are not told"], ["7", "a row of totals"],
        ]  # fmt: skip


def test_grades_as_numbers_head_their_columns(tmp_path: Path) -> None:
    rows = [["School ID", "Year", "K", 1, 2, 10], ["1", 2024, 3, 1, 2, ""], ["2", 2024, "", "", "", 10]]
    for path in (write_xlsx(tmp_path / "e.xlsx", rows), write_csv(tmp_path / "e.csv", rows)):
        table = read_enrolment(path).table
        assert table["grade"].tolist() == [0, 1, 2, 10]
        assert table["pupils"].tolist() == [3, 1, 2, 10]
        assert set(table["stage"]) == {"all"}


def test_faults_of_columns_by_grade_name_their_rows_once(tmp_path: Path) -> None:
    rows = [
        ["学校标识码", "学段", "年份", "六年级", "七年级"],
        ["1", "小学", 2024, 40, 42],
        ["1", "小学", 2024, 40, -1],
    ]
    problems = refused(write_csv(tmp_path / "e.csv", rows))
    assert {p.what: p.rows for p in problems} == {
        "values lie outside {low} to {high}: {found}": ("3",),
        "grades do not belong to the stage": ("2",),
        "a grade stands twice": ("2", "3"),
    }


def test_a_list_without_its_pupils_is_told_what_is_missing(tmp_path: Path) -> None:
    found = one(write_csv(tmp_path / "e.csv", [HEAD[:-1], *[row[:-1] for row in ROWS]]))
    assert dict(found.values)["missing"] == "学生数"
