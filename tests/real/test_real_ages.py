"""Single years of age: IIEP-UNESCO's worked example to its printed digits, and school rolls by grade as truth."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from catchment.ages import by_births, composite_link, even, sprague


@pytest.fixture(scope="module")
def example(shared):
    """The workbook as its own program last calculated it."""
    path = shared / "iiep_school_age" / "didactic_example.xlsx"
    return openpyxl.load_workbook(path, data_only=True)["Estimating population"]


def column(sheet, letter, first, last):
    return [sheet[f"{letter}{row}"].value for row in range(first, last + 1)]


def test_sprague_gives_the_years_iiep_prints(example):
    """Sixteen groups 0–4 … 75–79; the open group 80+ is no matter of Sprague's and stays whole."""
    groups = column(example, "B", 5, 20)
    printed = column(example, "J", 5, 84)
    assert column(example, "A", 20, 21) == ["75-79", "80+"]
    assert column(example, "J", 85, 85) == column(example, "B", 21, 21) == [2_890_900]
    assert column(example, "I", 5, 84) == list(range(80))
    single = sprague(groups)
    assert single == pytest.approx(np.array(printed), abs=1e-8)
    assert single[:3].round(2).tolist() == [853_556.48, 810_467.20, 775_379.20]
    assert single.sum() + 2_890_900 == pytest.approx(example["B22"].value, abs=1e-6)


def test_school_ages_are_the_ones_iiep_prints(example):
    single = sprague(column(example, "B", 5, 20))
    found = {row[0].value: single[row[1].value : row[2].value + 1].sum() for row in example["D5:F11"]}
    printed = dict(zip(column(example, "D", 5, 11), column(example, "G", 5, 11), strict=True))
    assert found == pytest.approx(printed, abs=1e-8)
    assert round(found["Pre-primary"], 2) == 2_186_615.20
    assert round(found["Primary"], 2) == 4_237_207.20
    assert round(found["Lower Sec"], 2) == 2_236_674.72
    assert round(found["Tertiary education"], 2) == 5_070_132.96


def test_composite_link_agrees_with_sprague_on_a_smooth_pyramid(example):
    """The example is smooth: two methods that share nothing differ by 2 % at most below 60, by 4 % above."""
    counts = column(example, "B", 5, 21)
    first = np.arange(17) * 5
    curve = composite_link(counts, first, np.append(first[:-1] + 4, np.nan), last_age=100)
    apart = np.abs(curve[:80] / sprague(counts[:-1]) - 1)
    assert np.add.reduceat(curve, first) == pytest.approx(counts, rel=1e-12)
    assert apart[:60].max() == pytest.approx(0.023, abs=0.001)
    assert apart.max() < 0.04


def mean_error(found, truth):
    return 100 * float(np.abs(found / truth - 1).mean())


def eau_claire(shared):
    """Pupils of Eau Claire's public schools by autumn, kindergarten to grade 4, and births by year."""
    folder = shared / "eau_claire_us"
    births = pd.read_csv(folder / "births_1995_2019.csv").set_index("year")["births"]
    book = CalamineWorkbook.from_path(folder / "third_friday_1998_2024.ods")
    rolls = {}
    for name in book.sheet_names:
        head, *rows = book.get_sheet_by_name(name).to_python()
        sections = pd.DataFrame(rows, columns=[str(title).strip() for title in head])
        grades = ["Grade K", *[f"Grade {number}" for number in range(1, 5)]]
        rolls[int(name[:4])] = sections[grades].apply(pd.to_numeric, errors="coerce").sum()
    return pd.DataFrame(rolls).T.sort_index(), births


def test_births_split_the_rolls_of_eau_claire_better_than_evenly_if_the_cut_is_right(shared):
    """Five grades in one band, twenty autumns; nearly level births, so there is little to win.

    Children enter who are five by 1 September: 4/12 of one year's births and 8/12 of the next's. Counting
    calendar years instead loses all that births could give.
    """
    rolls, births = eau_claire(shared)
    found = {"even": [], "births of the cohort": [], "births of a calendar year": []}
    for autumn, roll in rolls.loc[2005:2024].iterrows():
        truth = roll.to_numpy(dtype=float)
        years = np.array([births.get(autumn - 5 - grade, np.nan) for grade in range(6)])
        for name, born in (
            ("even", np.ones(5)),
            ("births of the cohort", 8 / 12 * years[:-1] + 4 / 12 * years[1:]),
            ("births of a calendar year", years[:-1]),
        ):
            found[name].append(mean_error(by_births([truth.sum()], born), truth))
    assert len(found["even"]) == 20
    means = {name: float(np.mean(errors)) for name, errors in found.items()}
    assert means == pytest.approx(
        {"even": 3.07, "births of the cohort": 2.75, "births of a calendar year": 3.25}, abs=0.01
    )


def test_rolls_of_baltimore_are_hardly_smoother_than_even(shared):
    """K–4 and 5–9, fifteen autumns, city: grades kept back and grade 9 break any smooth curve."""
    table = pd.read_csv(shared / "baltimore_us" / "enrolment_2003_2017.csv", dtype={"grade": "str"}, low_memory=False)
    grades = ["K", *map(str, range(1, 10))]
    schools = table[(table["race"] == "All") & (table["school_number"] > 0) & table["grade"].isin(grades)]
    once = schools.drop_duplicates(["year", "school_number", "grade"])
    truth = once.pivot_table(index="year", columns="grade", values="enrolled_count", aggfunc="sum")[grades].to_numpy()
    bands = truth.reshape(15, 2, 5).sum(axis=2)
    found = {method: mean_error(method(bands, [0, 5], [4, 9], last_age=9), truth) for method in (even, composite_link)}
    assert found[even] == pytest.approx(6.9, abs=0.1)
    assert found[composite_link] == pytest.approx(6.6, abs=0.1)
