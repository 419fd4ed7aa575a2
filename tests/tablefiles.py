"""Small input files for the tests of the tabular readers."""

import csv
import io
from pathlib import Path
from typing import Any

import xlsxwriter

SCHOOL_HEAD = [
    "学校标识码", "学校名称", "校区编号", "学段", "办学类型", "举办者", "城乡类别", "寄宿", "教室数", "学位数", "经度", "纬度", "镇街代码",
]  # fmt: skip
SCHOOLS = [
    ["2144053001", "罗镜中心小学", "", "小学", "完全小学", "公办", "镇区", "否", 12, 540, 111.37, 22.56, "441881101"],
    [
        "2144053002",
        "榃滨䓣塘学校",
        "C1",
        "小学",
        "九年一贯制学校",
        "公办",
        "乡村",
        "是",
        6,
        "",
        111.52,
        22.61,
        "441881102",
    ],
    [
        "2144053002",
        "榃滨䓣塘学校",
        "C1",
        "初中",
        "九年一贯制学校",
        "公办",
        "210",
        "是",
        3,
        "",
        111.52,
        22.61,
        "441881102",
    ],
    ["2144053003", "育才初级中学", "", "初中", "初级中学", "民办", "111", "是", "", 900, 111.57, 22.77, ""],
]
CLASS_HEAD = ["学校标识码", "学段", "入学年份", "年级", "班号", "学生数", "统计日期"]
CLASSES = [
    ["2144053001", "小学", 2024, "一年级", "1", 45, "2024-09-01"],
    ["2144053001", "小学", 2024, "一年级", "2", 44, "2024-09-01"],
    ["2144053001", "小学", 2021, "四年级", "1", 51, "2024-09-01"],
    ["2144053002", "初中", 2023, "初二", "1", 56, "2024-09-01"],
    ["2144053003", "初中", 2022, 9, "1", 48, "2024-09-01"],
]
PROJECT_HEAD = [
    "项目编号", "项目名称", "学段", "类别", "学校标识码", "经度", "纬度", "学位数", "投资_万元", "价格年份", "最早启用年份", "前置项目", "文件点名", "备注",
]  # fmt: skip
PROJECTS = [
    ["P1", "新城小学", "小学", "新建", "", 111.55, 22.76, 1620, 12345.67, 2024, 2026, "", "是", ""],
    ["P2", "罗镜小学扩建", "小学", "扩建", "2144053001", "", "", 270, 800, 2024, 2025, "P1", "否", "二期"],
]
EXTENT = (111.0, 22.4, 112.0, 23.1)


def write_xlsx(
    path: Path, rows: list[list[Any]], *, merged: tuple[str, ...] = (), sheet: str = "表", hidden: tuple[int, ...] = ()
) -> Path:
    """A workbook; text stays text, cells of a merged range keep the value of its first."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet(sheet)
    _put(page, rows)
    for place in merged:
        page.merge_range(place, "")
    _put(page, [[v if v != "" else None for v in row] for row in rows])
    for row in hidden:
        page.set_row(row - 1, None, None, {"hidden": True})
    book.close()
    return path


def _put(page: Any, rows: list[list[Any]]) -> None:
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if isinstance(value, str) and value:
                page.write_string(i, j, value)
            elif value is not None and value != "":
                page.write_number(i, j, value)


def write_csv(path: Path, rows: list[list[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path
