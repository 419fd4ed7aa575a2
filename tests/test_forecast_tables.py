"""From a study's tables to the forecast's tables: whole, the same for the same input, and adding up."""

import numpy as np
import pandas as pd
import pytest
from histories import enrolment_of, history

from catchment.doors import conform
from catchment.forecast import forecast_tables
from catchment.settings import ForecastSettings
from catchment.tables import TABLES

BASE, YEARS = 2024, 7
STAGES = {"primary": range(1, 7), "junior": range(7, 10)}
SCENARIOS = {"low": -0.1, "medium": 0.0, "high": 0.1}
SETTINGS = ForecastSettings(
    draws=100, birth_change_per_year=SCENARIOS, housing={"yields": {"flat": {"primary": 0.3, "junior": 0.1}}}
)
ONE = SETTINGS.model_copy(update={"birth_change_per_year": {"medium": 0.0}})
"""For what does not depend on scenarios."""


def county():
    """
    Areas A and B; p and q are primary schools, n has both stages, j is junior, v has no pupils. Eight autumns to 2024.
    p's pupils are told by residence. v opens in 2026 with half of q's entrants, 200 flats are finished in 2025.
    """
    rng = np.random.default_rng(3)
    series = [("p", "primary", "local"), ("p", "primary", "migrant"), ("q", "primary", "all"), ("n", "primary", "all"), ("n", "junior", "all"), ("j", "junior", "all")]  # fmt: skip
    pupils = np.full((len(series), 9, 8), np.nan)
    for s, (_, stage, _) in enumerate(series):
        grades = slice(0, 6) if stage == "primary" else slice(6, 9)
        pupils[s, grades] = rng.poisson(60 if stage == "primary" else 110, pupils[s, grades].shape)
    known = history(pupils, first_year=BASE - 7)
    known.keys[["school_id", "stage", "status"]] = series
    schools = pd.DataFrame(
        [("p", "primary", "A", 420, 9, 0, "p"), ("q", "primary", "B", 400, 8, 900, "q"), ("n", "primary", "B", 300, None, 500, "n"),
         ("n", "junior", "B", 300, 7, 500, "n"), ("j", "junior", "A", 330, None, 100, "j"), ("v", "primary", "B", 90, 2, 950, "v")],
        columns=["school_id", "stage", "area_id", "seats", "rooms", "x_m", "campus_id"],
    ).assign(y_m=0.0)  # fmt: skip
    classes = [
        (s, stage, g, c, 30, "2024-09-01", 2024)
        for s, stage in (("q", "primary"), ("j", "junior"))
        for g in STAGES[stage]
        for c in "12"
    ]
    born = [(area, year, "resident", 130 - 3 * (year - 2008)) for area in "AB" for year in range(2008, 2024)]
    return {name: table.empty() for name, table in TABLES.items()} | {
        "enrolment": enrolment_of(known),
        "schools": schools,
        "classes": pd.DataFrame(classes, columns=["school_id", "stage", "grade", "class_no", "pupils", "snapshot", "entry_year"]),
        "births": pd.DataFrame(born, columns=["area_id", "year", "basis", "births"]).assign(
            month=pd.array([None] * len(born), "Int64")
        ),
        "areas": pd.DataFrame({"area_id": ["A", "B"], "name": ["A", "B"], "residents": pd.array([9000, None], "Int64")}),
        "events": pd.DataFrame([("q", "v", 2026, "zone_change", 0.5)], columns=TABLES["events"].names),
        "housing": pd.DataFrame([("A", 2025, "flat", 200)], columns=TABLES["housing"].names),
        "entrants": pd.DataFrame([("A", 2024, 100), ("A", 2025, 90)], columns=TABLES["entrants"].names),
    }  # fmt: skip


def run(tables, settings=SETTINGS, years=YEARS, seed=5):
    found = forecast_tables(tables, settings, base_year=BASE, years=years, seed=seed)
    return {name: conform(TABLES[name], table) for name, table in found.items()}


@pytest.fixture(scope="module")
def tables():
    return county()


@pytest.fixture(scope="module")
def found(tables):
    return run(tables)


def sums(table, by, level):
    return table[table["level"] == level].groupby(by)["pupils"].sum()


def test_every_school_stage_year_and_scenario_has_its_row(tables, found):
    schools = set(map(tuple, tables["schools"][["school_id", "stage"]].to_numpy()))
    years = range(BASE, BASE + YEARS + 1)
    outlook = found["outlook"]
    told = outlook[outlook["level"] == "school"]
    assert set(map(tuple, told[["subject_id", "stage"]].to_numpy())) == schools
    assert len(told) == len(schools) * len(years) * len(SCENARIOS)
    assert len(found["class_outlook"]) == len(schools) * len(years)
    assert set(found["forecast"]["scenario"]) == set(found["class_outlook"]["scenario"]) == {"medium"}
    assert set(found["peaks"]["scenario"]) == set(SCENARIOS)
    assert len(found["peaks"]) == (len(schools) + 4 + 2) * len(SCENARIOS)


def test_the_base_year_is_what_was_counted(tables, found):
    counted = tables["enrolment"].query("year == @BASE").groupby(["school_id", "stage", "grade"])["pupils"].sum()
    now = found["forecast"].query("year == @BASE").set_index(["school_id", "stage", "grade"])
    assert now["pupils"].to_dict() == counted.to_dict()
    for bound in ("low95", "high95"):
        assert now[bound].tolist() == now["pupils"].tolist()
    seats = found["outlook"].query("year == @BASE")
    assert set(seats["short_probability"]) <= {0.0, 1.0}


def test_f54_grades_schools_areas_and_the_county_are_one_sum(found):
    outlook, grades = found["outlook"], found["forecast"]
    by = ["stage", "year", "scenario"]
    county = sums(outlook, by, "county")
    for level in ("school", "area"):
        assert sums(outlook, by, level).to_dict() == county.to_dict()
    assert (
        grades.groupby(by)["pupils"].sum().to_dict()
        == county.xs("medium", level="scenario", drop_level=False).to_dict()
    )
    seats = outlook.query("year == @BASE and scenario == 'medium'").groupby(["level", "stage"])["seats"].sum()
    assert seats.unstack("level").T.to_dict() == {
        "primary": dict.fromkeys(("school", "area", "county"), 420 + 400 + 300 + 90),
        "junior": dict.fromkeys(("school", "area", "county"), 300 + 330),
    }


def test_intervals_are_nested_around_the_central_number(found):
    for name in ("forecast", "outlook"):
        order = found[name][["low95", "low80", "low50", "pupils", "high50", "high80", "high95"]]
        assert (order.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None), name
    ahead = found["outlook"].query("year == @BASE + 1 and level == 'school' and pupils > 0")
    assert (ahead["high95"] > ahead["high50"]).all()


def test_more_births_more_pupils_once_they_enter(found):
    """Births are known to 2023: entrants of 2029 are born, those of 2030 and 2031 are not."""
    county = (
        found["outlook"].query("level == 'county' and stage == 'primary'").set_index(["scenario", "year"])["pupils"]
    )
    for year in range(BASE, 2030):
        assert county["low", year] == county["medium", year] == county["high", year]
    for year in (2030, 2031):
        assert county["low", year] < county["medium", year] < county["high", year]


def test_a_school_that_is_to_open_fills_grade_by_grade(found):
    v = found["forecast"].query("school_id == 'v'").groupby("year")["grade"].agg(list).to_dict()
    assert v == {2026 + i: list(range(1, min(i + 1, 6) + 1)) for i in range(6)}
    assert found["outlook"].query("subject_id == 'v' and year == @BASE")["pupils"].tolist() == [0, 0, 0]


def test_new_homes_and_counted_children_matter_in_their_area(tables, found):
    """Without the flats of A fewer pupils there; with more children counted for 2025 more in grade 1 of 2025."""
    grades = found["forecast"]
    plain = run(tables | {"housing": TABLES["housing"].empty()}, ONE, 1)["forecast"]
    more = tables["entrants"].assign(children=[100, 180])
    full = run(tables | {"entrants": more}, ONE, 1)["forecast"]

    def of(table, school):
        return table.query("school_id == @school and year == 2025").set_index("grade")["pupils"]

    assert 0 < (of(grades, "p") - of(plain, "p")).sum() <= 200 * 0.3 * 0.3 + 6
    assert of(grades, "q").tolist() == of(plain, "q").tolist()
    assert of(full, "p")[1] > 1.5 * of(grades, "p")[1]


def test_f58_rows_in_another_order_the_same_tables(tables, found):
    rng = np.random.default_rng(0)
    mixed = {name: table.iloc[rng.permutation(len(table))].reset_index(drop=True) for name, table in tables.items()}
    again = run(mixed)
    for name, table in found.items():
        pd.testing.assert_frame_equal(table, again[name], check_exact=True)


def test_f58_another_seed_changes_intervals_and_not_the_central_forecast(tables, found):
    other = run(tables, ONE, seed=6)
    for name in ("forecast", "outlook"):
        medium = found[name].query("scenario == 'medium'").reset_index(drop=True)
        assert medium["pupils"].equals(other[name]["pupils"])
        assert not medium["high80"].equals(other[name]["high80"])


def test_all_years_later_the_same_numbers_later(tables, found):
    """Eleven years on, with every year in the tables moved."""
    later = {
        name: table.assign(year=table["year"] + 11) if "year" in table else table for name, table in tables.items()
    }
    later["classes"] = tables["classes"].assign(snapshot="2035-09-01")
    again = forecast_tables(later, ONE, base_year=BASE + 11, years=YEARS, seed=5)
    for name in ("forecast", "outlook"):
        moved = conform(TABLES[name], again[name].assign(year=again[name]["year"] - 11))
        medium = found[name].query("scenario == 'medium'").reset_index(drop=True)
        pd.testing.assert_frame_equal(medium, moved, check_exact=True)


def test_classes_follow_each_schools_own_rule(found):
    """q has 30 in a class, two classes for 60 pupils: it splits anywhere from 30 to 59, and the standard is in there."""
    splits = found["class_outlook"].groupby("school_id")["split_at"].agg(set).to_dict()
    assert splits["q"] == {45}
    assert splits["j"] == {45, 50} or splits["j"] == {50}
    assert splits["p"] == {45}


def test_peaks_look_at_the_whole_horizon(found):
    outlook = found["outlook"].query("level == 'county' and stage == 'junior' and scenario == 'medium'")
    peak = found["peaks"].query("level == 'county' and stage == 'junior' and scenario == 'medium'").iloc[0]
    assert peak["peak_pupils"] == outlook["pupils"].max()
    assert peak["peak_year"] == outlook.loc[outlook["pupils"].idxmax(), "year"]
    assert peak["empty_5"] == outlook.set_index("year").loc[BASE + 5, "empty_seats"]
    assert pd.isna(peak["empty_10"])
    areas = found["peaks"].query("level == 'area' and scenario == 'medium'")
    assert areas.set_index("subject_id")["pupils_per_1000"].isna().to_dict() == {"A": False, "B": True}


def test_the_countys_residents_are_known_when_all_areas_are(tables):
    areas = tables["areas"].assign(residents=pd.array([9000, 6000], "Int64"))
    peaks = run(tables | {"areas": areas}, ONE, years=1)["peaks"].query("level == 'county'")
    assert peaks["pupils_per_1000"].tolist() == pytest.approx((peaks["peak_pupils"] / 15).tolist())


def test_a_named_year_may_hold_anything(tables):
    """Neither forecasts nor intervals know what was counted in 2020 when study.toml says to skip it."""
    skipping = ONE.model_copy(update={"skip_years": (2020,)})
    wild = []
    for times in (2, 5):
        rows = tables["enrolment"]
        hit = rows["pupils"].where(rows["year"] != 2020, rows["pupils"] * times)
        wild.append(run(tables | {"enrolment": rows.assign(pupils=hit)}, skipping, years=2))
    for name, table in wild[0].items():
        pd.testing.assert_frame_equal(table, wild[1][name], check_exact=True)


def test_one_year_of_classes_alone_gives_a_forecast(tables):
    """No enrolment, no births: each school keeps its pupils, the intervals are the reference's."""
    bare = {name: table.empty() for name, table in TABLES.items()}
    alone = run(bare | {name: tables[name] for name in ("schools", "classes")}, ONE)
    ahead = alone["forecast"].query("school_id == 'q'")
    assert set(ahead["pupils"]) == {60}
    assert set(alone["peaks"]["intervals"]) == {"reference"}
    assert set(alone["outlook"].query("level == 'school'")["subject_id"]) == {"p", "q", "n", "j", "v"}


def test_without_pupils_the_futures_are_the_scenarios_of_births(tables):
    """From few children to many; an area without children in the central one keeps its ratio of 1."""
    scenarios = {"low": (8, 0), "medium": (10, 0), "high": (15, 0)}
    balance = pd.DataFrame(
        [
            (area, "primary", BASE + 1, name, count, 0, 0)
            for name, counts in scenarios.items()
            for area, count in zip("ab", counts, strict=True)
        ],
        columns=TABLES["balance"].names,
    )
    bare = {name: table.empty() for name, table in TABLES.items()} | {"balance": balance, "schools": tables["schools"]}
    draws = forecast_tables(bare, SETTINGS, base_year=BASE, years=3, seed=0)["draws"].set_index(["area_id", "draw"])[
        "ratio"
    ]
    assert draws.loc["a"].tolist() == [0.8, 1.0, 1.5]
    assert draws.loc["b"].tolist() == [1.0, 1.0, 1.0]


def test_no_pupils_no_forecast(tables):
    bare = {name: table.empty() for name, table in TABLES.items()}
    found = forecast_tables(bare | {"schools": tables["schools"]}, SETTINGS, base_year=BASE, years=3, seed=0)
    for name in ("forecast", "outlook", "class_outlook", "peaks"):
        assert found[name].empty
        assert found[name].columns.tolist() == TABLES[name].names
