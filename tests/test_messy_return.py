"""A class return as it may come: a title, headings in two merged rows, names of persons, subtotals, and ten faults."""

import datetime as dt

import pytest
import xlsxwriter

from catchment.errors import InputError
from catchment.read.classes import read_classes

HEAD = (("学校", "学校标识码"), ("学校", "学校名称"), ("学校", "班主任"), ("班级", "学段"), ("班级", "入学年份"), ("班级", "年级"), ("班级", "班号"),
        ("统计", "学生数"), ("统计", "统计日期"))  # fmt: skip
GOOD = ["2144053001", "罗镜中心小学", "张三丰", "小学", 2024, "一年级", "1", 45, "2024-09-01"]
FAULTS = {
    # row of the file: column, what stands there, what is said, the column's letter
    5: (0, 214405300112345678, "last digits are lost", "A"),
    6: (0, "2.14405E+09", "written as powers of ten", "A"),
    7: (3, "大学", "not in the vocabulary", "D"),
    8: (4, dt.date(2024, 9, 1), "years are given as dates", "E"),
    9: (5, "十年级", "not in the vocabulary", "F"),
    10: (7, "约45", "not numbers", "H"),
    11: (7, 45.5, "not whole numbers", "H"),
    12: (7, 450, "outside 0 to 200", "H"),
    13: (8, "09/01/2024", "dates are not plain", "I"),
    14: (6, None, "cells are empty", "G"),
}


@pytest.fixture
def messy(tmp_path):
    file = tmp_path / "2024年秋班级报表.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet, day = book.add_worksheet("班额"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, 8, "罗定市2024年秋季班级情况表")
        sheet.merge_range(1, 0, 1, 2, "学校")
        sheet.merge_range(1, 3, 1, 6, "班级")
        sheet.merge_range(1, 7, 1, 8, "统计")
        for column, (_, name) in enumerate(HEAD):
            sheet.write(2, column, name)
        sheet.write_row(3, 0, GOOD)
        for row, (column, value, *_) in FAULTS.items():
            cells = [*GOOD]
            cells[6], cells[column] = str(row), value
            for place, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(row - 1, place, dt.datetime.combine(cell, dt.time()), day)
                elif cell is not None:
                    sheet.write(row - 1, place, cell)
        sheet.write_row(14, 0, ["小计", "", "", "", "", "", "", 495])
        sheet.write_row(15, 0, ["合计", "", "", "", "", "", "", 495])
        sheet.write(16, 0, "填表人：李四  注：以学籍系统为准")
    return file


def test_ten_faults_are_ten_located_messages(messy):
    with pytest.raises(InputError) as caught:
        read_classes(messy)
    problems = caught.value.problems
    told = [(row, problem) for problem in problems for row in problem.rows]
    assert {int(row) for row, _ in told} == set(FAULTS)
    assert len(told) == len(FAULTS) == 10
    for row, problem in told:
        _, _, what, letter = FAULTS[int(row)]
        assert what in problem.text("en")
        assert "班额" in problem.where
        assert f"{letter} " in problem.where
        assert problem.remedy
    assert "张三丰" not in caught.value.text("zh")


def test_the_same_without_the_faults_is_read(messy, tmp_path):
    import openpyxl

    book = openpyxl.load_workbook(messy)
    sheet = book.active
    for row in FAULTS:
        for column, value in enumerate(GOOD):
            sheet.cell(row, column + 1, value).number_format = "General"
        sheet.cell(row, 7, str(row))
    book.save(tmp_path / "put right.xlsx")
    reading = read_classes(tmp_path / "put right.xlsx")
    assert len(reading.table) == 11
    assert reading.table["pupils"].sum() == 495
    assert reading.set_aside["reason"].value_counts().to_dict() == {
        "a row of totals": 2,
        "a note, not a row of the table": 1,
    }
