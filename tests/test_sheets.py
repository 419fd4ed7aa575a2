"""Sheets as bureaus keep them: codes, dates, merged cells, totals, encodings, bombs, persons."""

import datetime as dt
import random
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablefiles import CLASS_HEAD, CLASSES, write_csv, write_xlsx

from catchment.errors import InputError, Problem, Problems
from catchment.read.cells import Unfit, parse, tidy
from catchment.read.classes import read_classes
from catchment.read.headings import BIRTHS as BIRTH_HEADINGS
from catchment.read.headings import CLASSES as CLASS_HEADINGS
from catchment.read.headings import Headings, plain
from catchment.read.sheets import read_sheet

ALL_HEADINGS = [CLASS_HEADINGS, BIRTH_HEADINGS]


def refused(path: Path) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        read_classes(path)
    return list(caught.value.problems)


def one(path: Path) -> Problem:
    problems = refused(path)
    assert len(problems) == 1, [p.text("en") for p in problems]
    return problems[0]


def with_cell(row: int, column: str, value: Any) -> list[list[Any]]:
    """The class table with one cell changed; row 0 is the first below the headings."""
    rows = [list(r) for r in CLASSES]
    rows[row][CLASS_HEAD.index(column)] = value
    return [CLASS_HEAD, *rows]


def test_a_plain_workbook_is_read(tmp_path: Path) -> None:
    reading = read_classes(write_xlsx(tmp_path / "c.xlsx", [CLASS_HEAD, *CLASSES]))
    assert reading.table["pupils"].sum() == 244
    assert reading.table["grade"].tolist() == [4, 1, 1, 8, 9]
    account = reading.reconciliation.iloc[0]
    assert (account["rows_in"], account["rows_used"], account["rows_set_aside"]) == (5, 5, 0)
    assert (account["amount_in"], account["unit"]) == (244, "pupils")


def test_a_workbook_of_the_old_kind_is_read() -> None:
    """classes.xls: a merged title, codes merged over three classes as text, days as dates."""
    table = read_classes(Path(__file__).parent / "files" / "classes.xls").table
    assert table["school_id"].tolist() == [*["0044053001"] * 3, "2144053002", "2144053003"]
    assert set(table["snapshot"]) == {"2024-09-01"}
    assert table["pupils"].sum() == 244


# Codes


def test_f60_leading_zeros_survive(tmp_path: Path) -> None:
    rows = with_cell(0, "学校标识码", "00123")
    for path in (write_xlsx(tmp_path / "c.xlsx", rows), write_csv(tmp_path / "c.csv", rows)):
        assert "00123" in set(read_classes(path).table["school_id"])


def test_f60_zeros_shown_by_a_number_format_survive(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, CLASS_HEAD)
    page.write_row(1, 0, [None, *CLASSES[0][1:]])
    page.write_number(1, 0, 123, book.add_format({"num_format": "0000000000"}))
    book.close()
    assert read_classes(tmp_path / "c.xlsx").table["school_id"].tolist() == ["0000000123"]


def test_f60_codes_kept_as_whole_numbers_become_their_digits(tmp_path: Path) -> None:
    rows = with_cell(0, "学校标识码", 2144053001)
    assert read_classes(write_xlsx(tmp_path / "c.xlsx", rows)).table["school_id"].nunique() == 3


def test_f61_codes_that_lost_their_last_digits_are_refused(tmp_path: Path) -> None:
    found = one(write_xlsx(tmp_path / "c.xlsx", with_cell(2, "学校标识码", 441881199901011234)))
    assert found.rows == ("4",)
    assert "last digits are lost" in found.what
    assert "text" in found.remedy


def test_f61_codes_in_powers_of_ten_are_refused(tmp_path: Path) -> None:
    found = one(write_csv(tmp_path / "c.csv", with_cell(2, "学校标识码", "2.14405E+09")))
    assert "powers of ten" in found.what


# Dates


@pytest.mark.parametrize("day", ["2024-09-01", "2024/9/1", "2024年9月1日", "20240901", 20240901, "２０２４-09-01"])
def test_f62_plain_dates_agree(tmp_path: Path, day: Any) -> None:
    table = read_classes(write_xlsx(tmp_path / "c.xlsx", with_cell(0, "统计日期", day))).table
    assert set(table["snapshot"]) == {"2024-09-01"}


@pytest.mark.parametrize("day", ["24-09-01", "01/09/2024", "9/1/24", 45536, "2024-13-01", "2024-09", "九月一日"])
def test_f62_ambiguous_dates_are_refused(tmp_path: Path, day: Any) -> None:
    found = one(write_xlsx(tmp_path / "c.xlsx", with_cell(0, "统计日期", day)))
    assert found.rows == ("2",)
    assert "统计日期" in found.where


@pytest.mark.parametrize("old_mac", [False, True])
def test_f62_dates_of_a_workbook_in_both_calendars(tmp_path: Path, old_mac: bool) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"), {"date_1904": old_mac})
    page = book.add_worksheet()
    page.write_row(0, 0, CLASS_HEAD)
    page.write_row(1, 0, CLASSES[0][:-1])
    page.write_datetime(1, 6, dt.datetime(2024, 9, 1), book.add_format({"num_format": "yyyy/m/d"}))  # noqa: DTZ001
    book.close()
    assert read_classes(tmp_path / "c.xlsx").table["snapshot"].tolist() == ["2024-09-01"]


# Formulas, errors, merged and hidden cells, totals


def test_f63_formulas_that_were_never_calculated_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in with_cell(1, "学生数", "=40+4"):
        page.append(row)
    page.append(["=A2"])
    book.save(tmp_path / "c.xlsx")
    problems = refused(tmp_path / "c.xlsx")
    formulas = [p for p in problems if p.what == "formulas without a value"]
    assert [(p.where[-5:], p.rows) for p in formulas] == [("学校标识码", ("7",)), ("F 学生数", ("3",))]


def test_f63_formulas_with_their_value_are_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, CLASS_HEAD)
    page.write_row(1, 0, CLASSES[0])
    page.write_formula(1, 5, "=40+4", None, 44)
    page.write_formula(1, 0, '="2144053001"', None, "2144053001")
    book.close()
    assert read_classes(tmp_path / "c.xlsx").table["pupils"].tolist() == [44]


def test_f63_errors_in_cells_are_refused(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, CLASS_HEAD)
    page.write_row(1, 0, CLASSES[0])
    page.write_formula(1, 5, "=NA()", None, "#N/A")
    book.close()
    assert one(tmp_path / "c.xlsx").what == "cells show an error such as #N/A"


def test_f64_totals_notes_and_blank_rows_are_no_classes(tmp_path: Path) -> None:
    rows = [
        CLASS_HEAD, *CLASSES[:2], ["", "", "", "", "小 计", 89, ""], [], *CLASSES[2:],
        ["合　计", "", "", "", "", 244, ""], ["填表人：张三", "", "", "", "", "", ""],
    ]  # fmt: skip
    for path in (write_xlsx(tmp_path / "c.xlsx", rows), write_csv(tmp_path / "c.csv", rows)):
        reading = read_classes(path)
        assert reading.table["pupils"].sum() == 244
        assert reading.set_aside["row"].tolist() == ["4", "9", "10"]
        assert reading.set_aside["reason"].tolist() == [*["a row of totals"] * 2, "a note, not a row of the table"]
        assert reading.reconciliation.loc[0, ["rows_in", "rows_used", "rows_set_aside"]].tolist() == [8, 5, 3]


def test_f64_merged_headings_of_two_rows_under_a_title(tmp_path: Path) -> None:
    rows = [
        ["罗定市2024年秋季班级情况表", *[""] * 7],
        ["序号", "学校标识码", "学段", "班级情况", "", "", "学生数 （人）", "统计日期"],
        ["", "", "", "入学年份", "年级", "班号", "", ""],
        *[[i, *row] for i, row in enumerate(CLASSES, 1)],
    ]
    merged = ("A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:F2", "G2:G3", "H2:H3")
    reading = read_classes(write_xlsx(tmp_path / "c.xlsx", rows, merged=merged))
    assert reading.table["pupils"].sum() == 244
    pd.testing.assert_frame_equal(reading.table, read_classes(write_csv(tmp_path / "c.csv", rows)).table)


def test_f64_cells_merged_over_rows_are_filled_but_counts_are_refused(tmp_path: Path) -> None:
    rows = [CLASS_HEAD, CLASSES[0], ["", *CLASSES[1][1:]], ["", *CLASSES[2][1:]]]
    reading = read_classes(write_xlsx(tmp_path / "c.xlsx", rows, merged=("A2:A4",)))
    assert reading.table["school_id"].tolist() == ["2144053001"] * 3
    rows[2][5] = ""
    found = one(write_xlsx(tmp_path / "d.xlsx", rows, merged=("A2:A4", "F2:F3")))
    assert found.what == "cells with a number are merged over several rows"
    assert found.rows == ("2",)


def test_f64_hidden_rows_are_told(tmp_path: Path) -> None:
    found = one(write_xlsx(tmp_path / "c.xlsx", [CLASS_HEAD, *CLASSES], hidden=(3, 5)))
    assert (found.what, found.rows) == ("rows are hidden or filtered out", ("3", "5"))


def test_f64_numbers_of_columns_and_repeated_headings_are_set_aside(tmp_path: Path) -> None:
    rows = [CLASS_HEAD, ["甲", "乙", 1, 2, 3, 4, 5], *CLASSES[:2], CLASS_HEAD, *CLASSES[2:]]
    reading = read_classes(write_xlsx(tmp_path / "c.xlsx", rows))
    assert reading.table["pupils"].sum() == 244
    assert reading.set_aside["row"].tolist() == ["2", "5"]


# Keys


def test_f65_classes_that_stand_twice_are_told(tmp_path: Path) -> None:
    rows = [CLASS_HEAD, *CLASSES, [*CLASSES[0][:4], "01班", 45, "2024/9/1"]]
    found = one(write_xlsx(tmp_path / "c.xlsx", rows))
    assert (found.what, found.rows) == ("classes stand twice", ("2", "7"))


def test_f66_a_class_without_school_is_told_not_dropped(tmp_path: Path) -> None:
    for rows in (with_cell(1, "学校标识码", ""), with_cell(1, "学校标识码", "　")):
        found = one(write_xlsx(tmp_path / "c.xlsx", rows))
        assert (found.what, found.rows) == ("cells are empty", ("3",))
        assert found.where.endswith("表 › A 学校标识码")


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_f67_encodings_and_workbooks_give_the_same_table(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = with_cell(0, "班号", "䓣榃")
    path = write_csv(tmp_path / "c.csv", rows, encoding=encoding, delimiter=delimiter)
    same = read_classes(write_xlsx(tmp_path / "c.xlsx", rows)).table
    assert "䓣榃" in set(same["class_no"])
    pd.testing.assert_frame_equal(read_classes(path).table, same)
    assert read_sheet(path, CLASS_HEADINGS, Problems()).encoding == encoding.removesuffix("-sig")


def test_f67_utf8_is_tried_first(tmp_path: Path) -> None:
    """The six bytes of 实验 are three characters in GB18030, too."""
    head = ["school id", "stage", "entry year", "grade", "class", "pupils", "date"]
    rows = [head, ["A1", "primary", 2024, 1, "实验", 45, "2024-09-01"]]
    assert "实验".encode().decode("gb18030") != "实验"
    assert read_classes(write_csv(tmp_path / "c.csv", rows)).table["class_no"].tolist() == ["实验"]


def test_f67_other_encodings_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", [CLASS_HEAD, *CLASSES], encoding="utf-16")
    assert one(path).what == "the text is neither UTF-8 nor GB18030"


@pytest.mark.parametrize("bad", ["一\ufffd班", "\ue5e5"])
def test_f67_broken_and_private_characters_are_refused(tmp_path: Path, bad: str) -> None:
    for path in (
        write_csv(tmp_path / "c.csv", with_cell(3, "班号", bad)),
        write_xlsx(tmp_path / "c.xlsx", with_cell(3, "班号", bad)),
    ):
        found = one(path)
        assert found.what == "broken or private characters: {found}"
        assert found.rows == ("5",)


# Bombs


def _bomb(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_s02_bombs_are_refused_at_once(tmp_path: Path) -> None:
    too_much, damaged = "the workbook unpacks to", "the file is no workbook"
    bombs = (
        (too_much, {"xl/workbook.xml": b"<w/>", "xl/worksheets/sheet1.xml": bytes(60_000_000)}),
        (too_much, {"xl/workbook.xml": b"<w/>", **{f"xl/{i}.xml": b"x" for i in range(1000)}}),
        ("the workbook holds parts with paths outside", {"xl/workbook.xml": b"<w/>", "../../evil": b"x"}),
        (damaged, {"word/document.xml": b"<w/>"}),
    )
    for i, (what, parts) in enumerate(bombs):
        path = _bomb(tmp_path / f"{i}.xlsx", parts)
        start = time.perf_counter()
        assert one(path).what.startswith(what)
        assert time.perf_counter() - start < 1


def test_s02_more_bytes_than_can_be_read_are_refused(tmp_path: Path) -> None:
    path = _bomb(tmp_path / "c.xlsx", {"xl/workbook.xml": b"<w/>", "big": b"x"})
    content = path.read_bytes()
    sizes = content.rindex(b"PK\x01\x02") + 20
    path.write_bytes(content[:sizes] + (400_000_000).to_bytes(4, "little") * 2 + content[sizes + 8 :])
    assert one(path).what.startswith("the workbook unpacks to")


def test_s02_a_cell_far_outside_is_refused_at_once(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["A1"] = "学校标识码"
    page["XFD1048576"] = 1
    book.save(tmp_path / "far.xlsx")
    start = time.perf_counter()
    assert dict(one(tmp_path / "far.xlsx").values)["cell"] == "XFD1048576"
    assert time.perf_counter() - start < 1


def test_s02_entities_are_refused(tmp_path: Path) -> None:
    good = write_xlsx(tmp_path / "c.xlsx", [CLASS_HEAD, *CLASSES])
    with zipfile.ZipFile(good) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].split(b"?>", 1)[1]
    parts["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + sheet
    assert one(_bomb(tmp_path / "e.xlsx", parts)).what == "the file is no workbook, or is damaged"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", b"<html></html>", b"\x00\x01"]
)
def test_s02_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.xlsx"
    path.write_bytes(content)
    assert one(path).where == str(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert one(tmp_path / "c.xlsx").what == "the file is not there"


# Persons

CANARY = "金丝雀"


def _with_persons(rows: list[list[Any]]) -> list[list[Any]]:
    persons = ["姓名", "身份证件号", "联系电话", "家庭地址", "成员1姓名", "Parent phone", "学生姓名"]
    told = [[f"{CANARY}{head}{i}合计" for head in persons] for i in range(len(rows) - 1)]
    return [
        [*persons[:3], *rows[0], *persons[3:]],
        *([*p[:3], *r, *p[3:]] for p, r in zip(told, rows[1:], strict=True)),
    ]


def test_persons_never_come_in(tmp_path: Path) -> None:
    reading = read_classes(write_xlsx(tmp_path / "c.xlsx", _with_persons([CLASS_HEAD, *CLASSES])))
    assert CANARY not in repr(reading)
    assert reading.table["pupils"].sum() == 244


@pytest.mark.parametrize(
    "rows",
    [
        with_cell(1, "学生数", "约50"),
        with_cell(1, "学校标识码", ""),
        [["学校", *CLASS_HEAD[1:]], *CLASSES],
        [CLASS_HEAD[:1], *[r[:1] for r in CLASSES]],
        [[*CLASS_HEAD, "学段"], *[[*r, "小学"] for r in CLASSES]],
    ],
)
def test_persons_never_stand_in_messages(tmp_path: Path, rows: list[list[Any]]) -> None:
    for path in (
        write_xlsx(tmp_path / "c.xlsx", _with_persons(rows)),
        write_csv(tmp_path / "c.csv", _with_persons(rows)),
    ):
        with pytest.raises(InputError) as caught:
            read_classes(path)
        assert CANARY not in str(caught.value) + repr(caught.value.problems)
        assert "身份证" not in str(caught.value)


# Telling


def test_ten_faults_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    good = [["2144053001", "小学", 2024, "一年级", str(i), 45, "2024-09-01"] for i in range(1, 13)]
    faults = [
        (0, 0, ""), (1, 0, 123456789012345678), (2, 1, "幼儿园"), (3, 2, "二〇二四"), (4, 2, 1066), (5, 3, "十年级"),
        (6, 5, "约50"), (7, 5, 450), (8, 6, "1/9/24"), (9, 3, "五年级"), (10, 4, "12"),
    ]  # fmt: skip
    for row, column, value in faults:
        good[row][column] = value
    problems = refused(write_xlsx(tmp_path / "c.xlsx", [CLASS_HEAD, *good]))
    assert len(problems) == 11
    assert all("c.xlsx › 表 › " in p.where and p.rows and p.remedy for p in problems)
    assert {row for p in problems for row in p.rows} == {str(i) for i in range(2, 14)}
    text = "\n".join(p.text("en") for p in problems)
    assert "F 学生数: values are not numbers: «约50»\n  rows: 8\n" in text
    assert "«450.0»" in text
    assert not re.search(r"\{\w+\}", text)


def test_missing_columns_are_told_together_with_what_is_close(tmp_path: Path) -> None:
    head = ["学校标识码", "学段", "入学年份", "年级", "班号名", "学生数量", "统计日期"]
    found = one(write_xlsx(tmp_path / "c.xlsx", [head, *CLASSES]))
    text = found.text("en")
    assert "columns are missing: 班号, 学生数" in text
    assert "班号名 → 班号, 学生数量 → 学生数" in text


def test_columns_that_stand_twice_are_told(tmp_path: Path) -> None:
    rows = [[*CLASS_HEAD, "班额"], *[[*r, 45] for r in CLASSES]]
    found = one(write_xlsx(tmp_path / "c.xlsx", rows))
    assert "F 学生数, H 班额" in found.text("en")


def test_a_form_of_size_bands_is_refused(tmp_path: Path) -> None:
    rows = [["学校标识码", "学段", "25人及以下", "26-30人", "66人及以上"], ["2144053001", "小学", 1, 2, 0]]
    assert "form 212" in one(write_xlsx(tmp_path / "c.xlsx", rows)).what


def test_a_table_on_several_sheets_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("罗镜镇", "说明", "榃滨镇"):
        page = book.create_sheet(name)
        for row in [CLASS_HEAD, *CLASSES] if name != "说明" else [["请填下表"]]:
            page.append(row)
    book.save(tmp_path / "c.xlsx")
    assert "罗镜镇, 榃滨镇" in one(tmp_path / "c.xlsx").text("en")


def test_columns_missing_from_every_sheet_are_told_for_the_best(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, columns in (("甲", 4), ("乙", 5)):
        page = book.create_sheet(name)
        for row in [CLASS_HEAD, *CLASSES]:
            page.append(row[:columns])
    book.save(tmp_path / "c.xlsx")
    assert one(tmp_path / "c.xlsx").where.endswith("› 乙")


def test_a_table_without_rows_is_told(tmp_path: Path) -> None:
    assert one(write_xlsx(tmp_path / "c.xlsx", [CLASS_HEAD])).what == "the table has no rows"


@pytest.mark.parametrize("headings", ALL_HEADINGS)
def test_no_spelling_means_two_columns(headings: Headings) -> None:
    spellings = [plain(s) for c in headings.columns for s in {plain(s) for s in (c.name, *c.spellings)}]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(("cell", "value"), [("50.0", 50), (50.0, 50), ("５０", 50), ("1,050", 1050), (" 7 ", 7)])
def test_counts_as_people_write_them(cell: Any, value: int) -> None:
    assert parse(tidy(cell), BIRTH_HEADINGS["births"]) == value


@pytest.mark.parametrize("cell", ["约50", "50人", "5O", "50.5", "1e3", "nan", "inf", True, "12,34", "-1", "五十"])
def test_what_is_no_count_is_refused(cell: Any) -> None:
    with pytest.raises(Unfit):
        parse(tidy(cell), BIRTH_HEADINGS["births"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), as_text=st.booleans(), blanks=st.integers(0, 3))
def test_the_order_of_rows_and_columns_does_not_matter(tmp_path: Path, seed: int, as_text: bool, blanks: int) -> None:
    draw = random.Random(seed)
    columns = draw.sample(range(len(CLASS_HEAD)), len(CLASS_HEAD))
    rows = [[row[c] for c in columns] for row in draw.sample(CLASSES, len(CLASSES))]
    rows = [["班级情况表"], [CLASS_HEAD[c] for c in columns], *[[] for _ in range(blanks)], *rows]
    path = write_csv(tmp_path / "p.csv", rows) if as_text else write_xlsx(tmp_path / "p.xlsx", rows)
    plainly = read_classes(write_csv(tmp_path / "c.csv", [CLASS_HEAD, *CLASSES])).table
    pd.testing.assert_frame_equal(read_classes(path).table, plainly)
