"""The annex tables of the five-year plan, read back from the workbook: each figure against the tables, each sum against its parts."""

from fractions import Fraction

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.reports.annex import annex
from catchment.reports.annex_tables import THOUSAND_YUAN, annexes, tenths
from catchment.settings import Settings
from catchment.tables import TABLES

CRS = "EPSG:4546"
X, Y = 500_000.0, 2_500_000.0
YEARS = (2026, 2027)
FIRST = 6
"""Row of the first figures, below number, title, the line to fill in and two rows of headings."""


def study(language="zh", *, demonstration=True):
    about = {
        "name": "甲县", "name_en": "A county", "crs": CRS, "base_year": 2025, "language": language, "demonstration": demonstration
    }  # fmt: skip
    return Settings.model_validate({"study": about, "sources": {}})


def candidate(name, called, stage, kind, seats, yuan, *, x=100, building=0, parcel=None, named=False):
    row = {
        "candidate_id": name, "name": called, "stage": stage, "kind": kind, "x_m": X + x, "y_m": Y + 50, "seats": seats,
        "cost_yuan": yuan, "price_year": 2025, "earliest_year": 2026, "must_build": False, "building_years": building,
        "yearly_yuan": 0, "named_in_policy": named, "parcel_id": parcel, "remarks": "",
    }  # fmt: skip
    return dict.fromkeys(TABLES["candidates"].names) | row


def frame(name, *rows):
    return pd.DataFrame(list(rows), columns=TABLES[name].names)


def tables():
    """Two towns 200 m wide; a primary school of 2,700 seats on a parcel in the west, paid over two years; an extension in the east.

    The west has 2,000 primary children and 500 seats, the east 300 junior children and 350 seats, in every year.
    """
    squares = [shapely.box(X + w, Y, X + w + 200, Y + 200) for w in (0, 200)]
    areas = gpd.GeoDataFrame(
        {"area_id": ["01", "02"], "name": ["䓣塘镇", "=榃滨镇"], "residents": 1}, geometry=squares, crs=CRS
    )
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["D1"], "name": "地块", "area_id": "01", "land_m2": [48_600]}, geometry=[squares[0].buffer(-10)], crs=CRS
    )  # fmt: skip
    big, small = (
        candidate("P1", "新建第二小学", "primary", "new", 2700, 135_012_345, building=1, parcel="D1", named=True),
        candidate("P2", "扩建=初中", "junior", "expanded", 120, 9_876_543, x=300),
    )
    wests = [("01", "primary", year, 2000, 1900, 2100, 500 + 2700 * (year == 2027)) for year in YEARS]
    easts = [("02", "junior", year, 300, 290, 400, 350 + 120) for year in YEARS]
    land = [("01", "primary", year, 0, 0, 18.0, 0, 0, 0.0, 1_000) for year in YEARS]
    return {
        "areas": areas,
        "parcels": parcels,
        "candidates": pd.DataFrame([big, small]),
        "plan": frame(
            "plan",
            ("P1", "primary", "new", 2027, 135_012_345, 2700, 1900, 10, 5, 2030, "2700 > 2000 (某办法)"),
            ("P2", "junior", "expanded", 2026, 9_876_543, 120, 90, 10, 5, 2030, ""),
        ),
        "plan_payments": frame(
            "plan_payments", ("P1", 2026, 67_506_172), ("P1", 2027, 67_506_173), ("P2", 2026, 9_876_543)
        ),
        "plan_years": frame(
            "plan_years",
            *(
                (year, stage, 80_000_000, 0, 0, 0, 0, 0, 0, 0, 0)
                for year in YEARS
                for stage in ("junior", "primary")
            ),
        ),
        "plan_areas": frame("plan_areas", *((*row, row[3] - row[6]) for row in (*wests, *easts))),
        "plan_serves": frame(
            "plan_serves", ("P1", "01", 1500), ("P1", "02", 400), ("P2", "02", 90)
        ),
        "land": frame(
            "land", *land, *(("02", "junior", year, 0, 50, 23.0, 0, 1_150 + year, 1.7, 0) for year in YEARS)
        ),
        "balance": frame(
            "balance",
            *(
                row
                for year in (2025, *YEARS)
                for row in (
                    ("01", "primary", year, "medium", 2000, 500, 1500),
                    ("02", "junior", year, "medium", 300, 350, -50),
                    ("02", "junior", year, "high", 999, 350, 649),
                )
            ),
        ),
    }  # fmt: skip


def quiet(step, done, total):
    pass


def book(folder, given=None, **how):
    (file,) = annex(study(**how), given or tables(), folder, run="main", progress=quiet)
    return openpyxl.load_workbook(file)


def figures(sheet):
    """The rows of figures, up to the line of signatures."""
    rows = [list(row) for row in sheet.iter_rows(min_row=FIRST, values_only=True)]
    end = next(number for number, row in enumerate(rows) if str(row[0]).startswith(("单位负责人", "Head of")))
    return rows[:end]


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    return book(tmp_path_factory.mktemp("annex"))


def test_seats_and_need(sheets):
    """In each year children, seats today, what is short of them, seats by the plan, and what is short then."""
    assert figures(sheets["附表1 学位供需预测表"]) == [
        ["䓣塘镇", "小学", 2000, 500, 1500, 2000, 500, 1500, 0, 1500, 2000, 500, 1500, 2700, -1200],
        ["小计", "小学", 2000, 500, 1500, 2000, 500, 1500, 0, 1500, 2000, 500, 1500, 2700, -1200],
        ["=榃滨镇", "初中", 300, 350, -50, 300, 350, -50, 120, -170, 300, 350, -50, 120, -170],
        ["小计", "初中", 300, 350, -50, 300, 350, -50, 120, -170, 300, 350, -50, 120, -170],
        ["合计", None, 2300, 850, 1450, 2300, 850, 1450, 120, 1330, 2300, 850, 1450, 2820, -1370],
    ]


def test_projects(sheets):
    """135,012,345 + 9,876,543 yuan are 14,488.9 × 10,000; 48,600 m² are 72.9 mu; 2,700 seats are 60 classes."""
    assert figures(sheets["附表2 建设项目表"]) == [
        [1, "扩建=初中", "改扩建", "初中", "=榃滨镇", 3, 120, None, None, 987.7, 987.7, 0, 2026, 2026, "=榃滨镇 90", None],
        [2, "新建第二小学", "新建", "小学", "䓣塘镇", 60, 2700, 72.9, None, 13501.2, 6750.6, 6750.6, 2026, 2027,
         "䓣塘镇 1500、=榃滨镇 400", "列入规划文件；2700 > 2000 (某办法)"],
        [None, "合计", None, None, None, 63, 2820, 72.9, None, 14488.9, 7738.3, 6750.6, None, None, None, None],
    ]  # fmt: skip


def test_money_and_seats_by_year(sheets):
    assert figures(sheets["附表3 分年度资金与学位安排表"]) == [
        ["2026", "扩建=初中", "改扩建", "初中", 0, 987.7, 987.7, 0, 120, 120, None],
        ["2026", "新建第二小学", "新建", "小学", 6750.6, 0, 6750.6, 0, 0, 0, None],
        ["2026年小计", "2个项目", None, None, 6750.6, 987.7, 7738.3, 0, 120, 120, 8000],
        ["2027", "新建第二小学", "新建", "小学", 6750.6, 0, 6750.6, 2700, 0, 2700, None],
        ["2027年小计", "1个项目", None, None, 6750.6, 0, 6750.6, 2700, 0, 2700, 8000],
        ["合计", "2个项目", None, None, 13501.2, 987.7, 14488.9, 2700, 120, 2820, 16000],
    ]


def test_land_to_reserve(sheets):
    """3,176 m² are 4.8 mu, 3,177 m² too; the west offers 1,000 m² and needs none."""
    assert figures(sheets["附表4 教育用地预留表"]) == [
        ["䓣塘镇", 0, 0, 0, 0, 0, 0, 1000, 1.5],
        ["=榃滨镇", 0, 3176, 4.8, 0, 3177, 4.8, 0, 0],
        ["合计", 0, 3176, 4.8, 0, 3177, 4.8, 1000, 1.5],
    ]


def test_sheets_are_forms_to_print(sheets):
    """A3 or A4 landscape, one page wide, headings on every page, blanks to fill in, the run and the mark of a demonstration."""
    for sheet in sheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize in (8, 9)
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$5"
        assert sheet.print_area.endswith(f"${sheet.max_row}")
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.oddHeader.right.text == "演示数据"
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert texts[0] == sheet.title[:3]
        assert any(text.startswith("甲县") for text in texts)
        for start in (
            "填报单位",
            "填表日期",
            "单位：",
            "单位负责人",
            "说明：数据来源：本程序运行 main",
            "说明：演示数据",
        ):
            assert any(text.startswith(start) for text in texts), start
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    risky = sheets.worksheets[0]["A8"]
    assert (risky.value, risky.quotePrefix) == ("=榃滨镇", True)


def test_an_english_study_has_english_tables(tmp_path):
    found = book(tmp_path, language="en", demonstration=False)
    assert found.sheetnames == ["Annex 1 Seats and need", "Annex 2 Projects", "Annex 3 Years", "Annex 4 Land"]
    chinese = book(tmp_path)
    for sheet, other in zip(found, chinese, strict=True):
        numbers = [[[c for c in row if not isinstance(c, str)] for row in figures(each)] for each in (sheet, other)]
        assert numbers[0] == numbers[1]
        words = " ".join(str(cell.value) for row in sheet.iter_rows(max_row=5) for cell in row if cell.value)
        assert words.isascii() or "m²" in words
        assert "Demonstration" not in words


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        book(folder)
    assert (first / "plan_tables.xlsx").read_bytes() == (second / "plan_tables.xlsx").read_bytes()


def test_without_a_plan_there_is_no_workbook_and_an_empty_plan_has_its_blanks(tmp_path):
    bare = tables()
    assert annex(study(), bare | {"plan_years": bare["plan_years"].iloc[:0]}, tmp_path, run="r", progress=quiet) == []
    nothing = {name: bare[name].iloc[:0] for name in ("plan", "plan_payments", "plan_serves", "land")}
    found = book(tmp_path, bare | nothing)
    assert figures(found["附表2 建设项目表"]) == [[None, "合计", *[None] * 14]]
    assert figures(found["附表3 分年度资金与学位安排表"])[-1][:2] == ["合计", "0个项目"]


@given(st.lists(st.integers(0, 10**9), max_size=8), st.data())
def test_tenths_add_up_and_are_near(amounts, data):
    """Parts add up to the rounded whole, none is a tenth or more from its own amount."""
    if not sum(amounts):
        assert tenths(amounts, THOUSAND_YUAN) == [0] * len(amounts)
        return
    parts = tenths(amounts, THOUSAND_YUAN)
    assert sum(parts) == int(sum(amounts) * THOUSAND_YUAN + Fraction(1, 2))
    off = Fraction(abs(sum(parts) * 1000 - sum(amounts)), 1000)
    assert all(abs(part - amount * THOUSAND_YUAN) < 1 + off for part, amount in zip(parts, amounts, strict=True))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 10**8), min_size=2, max_size=2), min_size=1, max_size=5))
def test_every_sum_of_money_is_that_of_its_parts(payments):
    """Projects × years: rows, columns and the whole, in both tables, whatever is paid."""
    given_ = tables()
    ids = [f"Q{number}" for number in range(len(payments))]
    rows = [candidate(name, name, "primary", "new", 45, sum(paid)) for name, paid in zip(ids, payments, strict=True)]
    given_["candidates"] = pd.DataFrame(rows)
    given_["plan"] = frame(
        "plan", *((name, "primary", "new", 2027, sum(paid), 45, 1, 1, 1, 2030, "") for name, paid in zip(ids, payments, strict=True))
    )  # fmt: skip
    given_["plan_payments"] = frame(
        "plan_payments", *((name, year, yuan) for name, paid in zip(ids, payments, strict=True) for year, yuan in zip(YEARS, paid, strict=True))
    )  # fmt: skip
    _, projects, years, _ = annexes(given_, study())
    *parts, total = projects.rows
    for row in (*parts, total):
        assert row[9] == sum(row[10:12])
    assert [total[number] for number in (9, 10, 11)] == [sum(row[number] for row in parts) for number in (9, 10, 11)]
    assert total[9] == Fraction(int(sum(map(sum, payments)) * THOUSAND_YUAN + Fraction(1, 2)), 10)
    subtotals = [years.rows[number][6] for number in sorted(years.totals)]
    assert subtotals == [total[10], total[11], total[9]]
