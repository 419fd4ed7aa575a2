"""Tables of a study against each other: past pupils, events, dwellings, counted children; and the history alone."""

from pathlib import Path

import pandas as pd
import pytest
from conftest import schools
from tablefiles import write_csv

from catchment.agreement import check_history
from catchment.errors import InputError, SettingsError
from catchment.inquiries import backtest_study
from catchment.pipeline import run_steps
from catchment.settings import read_settings
from catchment.study import Tables, check_study, read_history, read_study
from catchment.tables import CLASSES, ENROLMENT, EVENTS, SCHOOLS

S1, S2, GONE = "2144000001", "2144000002", "2144000009"
FILES = {
    "enrolment": [
        ["学校标识码", "学段", "年级", "年份", "学生数"],
        [S1, "小学", 1, 2024, 5], [S1, "小学", 2, 2025, 6], [S2, "小学", 2, 2025, 9], [GONE, "小学", 1, 2019, 4],
    ],
    "classes": [
        ["学校标识码", "学段", "入学年份", "年级", "班号", "学生数", "统计日期"],
        [S1, "小学", 2024, 2, 1, 4, "2025-09-01"], [S1, "小学", 2024, 2, 2, 2, "2025-09-01"],
        [S1, "小学", 2023, 2, 1, 99, "2024-09-01"], [S1, "小学", 2024, 1, 1, 77, "2025-06-30"],
    ],
    "events": [["原学校标识码", "去向学校标识码", "年份", "类别", "比例"], [GONE, S2, 2020, "撤并", ""]],
    "housing": [["镇街代码", "竣工年份", "住房类型", "套数"], ["all", 2026, "商品房", 100]],
    "entrants": [["镇街代码", "入学年份", "儿童数"], ["全市", 2025, 40], ["all", 2026, 41]],
    "past_forecasts": [["预测方法", "基准年份", "学校标识码", "年份", "学生数"], ["教育局", 2024, S1, 2025, 6.5]],
}  # fmt: skip
YIELDS = "\n[forecast.housing.yields]\ncommodity = { primary = 0.3 }\n"


def add_files(study: Path, **changed: list[object]) -> None:
    """Write the files into a study and name them in its study.toml; `changed` adds a row to one."""
    text = (study / "study.toml").read_text("utf-8") + YIELDS
    for name, rows in FILES.items():
        write_csv(study / "data/raw" / f"{name}.csv", [*rows, *([changed[name]] if name in changed else [])])
        text += f'\n[sources.{name}]\npath = "data/raw/{name}.csv"\n'
    (study / "study.toml").write_text(text, "utf-8")


def told(study: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """Where and what is told of a study → its rows."""
    settings = read_settings(study)
    return {(p.where, p.what): p.rows for p in check_study(read_study(study, settings), settings)}


def test_files_that_agree_are_read_and_nothing_is_told(toy_study: Path) -> None:
    add_files(toy_study)
    settings = read_settings(toy_study)
    tables = read_study(toy_study, settings)
    assert check_study(tables, settings) == []
    assert {name: len(tables[name]) for name in FILES} == {
        "enrolment": 4, "classes": 4, "events": 1, "housing": 1, "entrants": 2, "past_forecasts": 1,
    }  # fmt: skip
    assert {"enrolment.csv", "events.csv"} <= set(tables["reconciliation"]["source"])


def test_absent_files_are_empty_tables(toy_study: Path) -> None:
    tables = read_study(toy_study, read_settings(toy_study))
    assert all(tables[name].empty for name in FILES)
    assert tables["enrolment"].dtypes.astype(str).to_dict() == ENROLMENT.dtypes


def test_what_disagrees_is_told_at_once(toy_study: Path) -> None:
    add_files(
        toy_study,
        enrolment=["2144000007", "小学", 3, 2024, 5],
        classes=[S2, "小学", 2024, 2, 1, 8, "2025-09-01"],
        events=["2144000005", "2144000006", 2021, "合并", 1],
        housing=["445381001", 2026, "人才公寓", 10],
        entrants=["445381002", 2026, 10],
    )
    assert told(toy_study) == {
        ("enrolment", "pupils of schools that are in neither the school list nor the events"): ("2144000007 primary",),
        ("enrolment", "pupils of the base year differ from the class return"): (f"{S2} primary 2: 9 ≠ 8",),
        ("events", "events of schools that are in neither the school list nor the enrolment"): (
            "2144000005 → 2144000006 2021",
        ),
        ("events", "events lead to schools that are not there"): ("2144000005 → 2144000006 2021",),
        ("housing", "areas that are not among the study's areas"): ("445381001",),
        ("housing", "dwellings of types without pupils per dwelling"): ("人才公寓",),
        ("entrants", "areas that are not among the study's areas"): ("445381002",),
    }


def test_births_of_other_areas_are_told(toy_study: Path) -> None:
    """Births of the neighbour would have been counted nowhere without a word."""
    rows = [["镇街代码", "年份", "出生人数"], ["all", 2019, 8], ["445381003", 2019, 9], ["全市", 2019, 17]]
    write_csv(toy_study / "data/raw/births.csv", rows)
    text = (toy_study / "study.toml").read_text("utf-8")
    text += '\n[sources.births]\npath = "data/raw/births.csv"\nbasis = "resident"\n'
    (toy_study / "study.toml").write_text(text, "utf-8")
    assert told(toy_study) == {("births", "areas that are not among the study's areas"): ("445381003",)}


def test_pupils_that_end_before_the_base_year_are_told(toy_study: Path) -> None:
    add_files(toy_study)
    text = (toy_study / "study.toml").read_text("utf-8")
    year = read_settings(toy_study).study.base_year
    (toy_study / "study.toml").write_text(text.replace(f"base_year = {year}", f"base_year = {year + 1}"), "utf-8")
    assert ("study.base_year", "there are no pupils of autumn {year}") in told(toy_study)


def test_a_backtest_of_too_few_autumns_is_refused(tmp_path: Path) -> None:
    study = write_history(tmp_path)
    with pytest.raises(InputError, match="3 autumns are known, a backtest needs 6"):
        backtest_study(study, read_settings(study), 5, lambda step, done, total: None)


def history(events: list[list[object]], stages: tuple[str, ...] = ("primary",)) -> Tables:
    """School A is in the list; A and B had pupils at `stages`."""
    pupils = [[s, stage, 1, 2020, "all", 9] for s in "AB" for stage in stages]
    return {
        "schools": pd.DataFrame({"school_id": ["A"], "stage": ["primary"]}).reindex(columns=SCHOOLS.names),
        "enrolment": pd.DataFrame(pupils, columns=ENROLMENT.names),
        "events": pd.DataFrame(events, columns=EVENTS.names),
        "classes": CLASSES.empty(),
    }


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        ([["B", "A", 2022, "closes", 1.0]], []),
        ([["B", "C", 2021, "renamed", 1.0], ["C", "A", 2022, "closes", 1.0]], ["C → A 2022"]),
        ([["B", "C", 2021, "closes", 1.0]], ["B → C 2021"]),
        ([["A", "B", 2021, "zone_change", 0.5]], ["B primary", "A → B 2021"]),
    ],
)
def test_events_lead_from_schools_that_were_to_schools_that_are(
    toy_study: Path, events: list[list[object]], wrong: list[str]
) -> None:
    """C had no pupils and is not in the list; B is gone, so nobody can go there unless it goes on."""
    problems = check_history(history(events), read_settings(toy_study))
    assert [row for p in problems for row in p.rows] == wrong


def test_a_stage_that_a_school_has_no_more_needs_an_event(toy_study: Path) -> None:
    settings = read_settings(toy_study)
    tables = history([["B", "A", 2022, "closes", 1.0]], ("primary", "junior"))
    assert [p.rows for p in check_history(tables, settings)] == [("A junior",)]


def test_without_a_school_list_past_pupils_may_be_anywhere(toy_study: Path) -> None:
    tables = history([["A", "B", 2022, "closes", 1.0]]) | {"schools": SCHOOLS.empty()}
    assert check_history(tables, read_settings(toy_study)) == []


# The history alone


EVERY_YEAR = (("1", 2018, 7), ("2", 2018, 5), ("1", 2019, 6), ("2", 2019, 4))


def write_history(
    folder: Path, more: str = "", crs: str = "", births: tuple[tuple[str, int, int], ...] = EVERY_YEAR
) -> Path:
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    write_csv(raw / "enrolment.csv", FILES["enrolment"])
    write_csv(raw / "events.csv", FILES["events"])
    write_csv(raw / "births.csv", [["镇街代码", "年份", "出生人数"], *map(list, births)])
    text = f'[study]\nname = "甲"\nname_en = "A"\nbase_year = 2025\n{crs}\n'
    for name in ("enrolment", "events", "births"):
        text += f'[sources.{name}]\npath = "data/raw/{name}.csv"\n'
    (folder / "study.toml").write_text(text + 'basis = "resident"\n' + more, "utf-8")
    return folder


def test_a_history_needs_no_map(tmp_path: Path) -> None:
    """Schools stand nowhere, so the births of areas count for the county: 7 + 5; not 2019, which area 2 did not tell."""
    study = write_history(tmp_path, births=EVERY_YEAR[:3])
    tables = read_history(study, read_settings(study))
    assert len(tables["enrolment"]) == 4
    assert tables["schools"].empty
    assert tables["births"].drop(columns="month").to_numpy().tolist() == [["*", 2018, "resident", 12]]
    assert tables["entrants"].empty
    assert tables["past_forecasts"].empty
    aside = tables["set_aside"]
    assert aside[["source", "row", "reason"]].to_numpy().tolist() == [
        ["births", "1 2019", "not every area has a number for this year"]
    ]


def test_births_of_an_area_without_a_school_are_set_aside(tmp_path: Path) -> None:
    study = write_history(tmp_path, '[sources.schools]\npath = "data/raw/schools.csv"\n', 'crs = "EPSG:32650"')
    schools().assign(镇街代码=("1", "1")).to_csv(study / "data/raw/schools.csv", index=False)
    tables = read_history(study, read_settings(study))
    lost = tables["set_aside"].query("reason == 'no school stands in this area'")
    assert lost["row"].tolist() == ["2 2018", "2 2019"]
    assert lost["amount"].tolist() == [5.0, 4.0]


def test_a_hole_in_the_births_names_the_file(tmp_path: Path) -> None:
    study = write_history(
        tmp_path, '[sources.schools]\npath = "data/raw/schools.csv"\n', 'crs = "EPSG:32650"', EVERY_YEAR[:3]
    )
    schools().assign(镇街代码=("1", "2")).to_csv(study / "data/raw/schools.csv", index=False)
    with pytest.raises(
        InputError, match=r"data/raw/births\.csv: births of an area or a year are missing\n  rows: 2 2019"
    ):
        read_history(study, read_settings(study))


@pytest.mark.parametrize(("areas", "found"), [(("1", "2"), ["1", "2"]), (("1", ""), ["*", "*"])])
def test_a_school_list_gives_the_areas_of_a_history(tmp_path: Path, areas: tuple[str, str], found: list[str]) -> None:
    study = write_history(tmp_path, '[sources.schools]\npath = "data/raw/schools.csv"\n', 'crs = "EPSG:32650"')
    schools().assign(镇街代码=areas).to_csv(study / "data/raw/schools.csv", index=False)
    tables = read_history(study, read_settings(study))
    assert tables["schools"]["area_id"].tolist() == found
    assert set(tables["births"]["area_id"]) == set(found)


def test_a_history_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    study = write_history(tmp_path)
    write_csv(study / "data/raw/events.csv", [*FILES["events"], ["8", S1, 2021, "合并", 1]])
    with pytest.raises(InputError, match="neither the school list nor the enrolment"):
        read_history(study, read_settings(study))


def test_a_history_without_enrolment_is_refused(toy_study: Path) -> None:
    with pytest.raises(SettingsError, match=r"sources\.enrolment is missing"):
        read_history(toy_study, read_settings(toy_study))


def test_a_run_tells_all_sources_that_are_missing(tmp_path: Path) -> None:
    study = write_history(tmp_path)
    with pytest.raises(SettingsError) as caught:
        run_steps(study, read_settings(study), {}, lambda step, done, total: None, last="check")
    missing = [dict(p.values)["key"] for p in caught.value.problems]
    assert missing == ["study.crs", "sources.population", "sources.roads", "sources.schools"]
