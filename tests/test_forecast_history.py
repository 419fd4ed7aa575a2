"""What the forecast learns from: births by the September cut, enrolment and class returns put together."""

import numpy as np
import pandas as pd
import pytest
from histories import births, history

from catchment.births import by_year
from catchment.errors import InputError
from catchment.forecast.build import all_enrolment, history_of, model_of
from catchment.forecast.history import make_history, transitions, without_years
from catchment.settings import ForecastSettings
from catchment.tables import TABLES

ENROLMENT = ["school_id", "stage", "grade", "year", "status", "pupils"]
CLASSES = ["school_id", "stage", "grade", "class_no", "pupils", "snapshot"]


def near(value):
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def enrolment(*rows):
    return pd.DataFrame(rows, columns=ENROLMENT)


def classes(*rows):
    return pd.DataFrame(rows, columns=CLASSES).assign(entry_year=2000)


def schools(*rows):
    """(school_id, stage, area_id)"""
    return pd.DataFrame(rows, columns=["school_id", "stage", "area_id"])


def born(*rows):
    """(area_id, year, births), of whole years."""
    table = pd.DataFrame(rows, columns=["area_id", "year", "births"])
    return table.assign(basis="resident", month=pd.array([None] * len(rows), "Int64"))


def tables(**some):
    return {name: table.empty() for name, table in TABLES.items()} | some


# --- births ----------------------------------------------------------------------------------------------------


def test_the_september_cut_takes_a_third_of_one_year_and_two_thirds_of_the_next():
    """Born 1 September 2013 to 31 August 2014, six by autumn 2020: 4/12 of 90 and 8/12 of 120."""
    pool = births([[90, 120, 60], [30, 30, 30]], 2013)
    assert pool.of(2020).tolist() == near([30 + 80, 30])
    assert pool.of(2021).tolist() == near([40 + 40, 30])
    assert pool.of(2019).tolist() == near([90, 30])
    assert pool.of(2010).tolist() == near([90, 30])


def test_births_after_the_last_known_year_change_by_the_scenario():
    """60 in 2015, a tenth fewer each year: 54 in 2016, 48.6 in 2017. Autumn 2022: 60/3 + 2/3 of 54."""
    pool = births([[90, 120, 60]], 2013, change_per_year=-0.1)
    assert pool.last_born() == 2021
    assert pool.of(2021).tolist() == near([80])
    assert pool.of(2022).tolist() == near([20 + 36])
    assert pool.of(2023).tolist() == near([18 + 32.4])


def test_other_ages_and_cuts():
    """Entry at 5 with the calendar year: autumn 2020 takes all who were born in 2015."""
    assert births([[90, 120, 60]], 2013, age=5, older_share=0.0).of(2020).tolist() == [60]
    assert births([[90, 120, 60]], 2013, age=7, older_share=0.5).of(2021).tolist() == [105]


def test_in_an_autumn_births_are_known_up_to_the_year_before():
    pool = births([[90, 120, 60]], 2013)
    assert pool.until(2015).births.tolist() == [[90, 120]]
    assert pool.until(2016).births.tolist() == [[90, 120, 60]]
    assert pool.until(2030).births.tolist() == [[90, 120, 60]]


def test_births_told_by_month_have_their_own_share_after_the_cut():
    """
    A counted 30 of 90 births of 2013 after the cut and 12 of 120 of 2014; B's are even over the year.
    Autumn 2020 has those after the cut of 2013 and those before it of 2014.
    """
    share = np.array([[30 / 90, 12 / 120, 0.5], [4 / 12] * 3])
    pool = births([[90, 120, 60], [30, 30, 30]], 2013, older_share=share)
    assert pool.of(2020).tolist() == near([30 + 108, 30])
    assert pool.of(2022).tolist() == near([30 + 30, 30])
    assert pool.until(2015).older_share.tolist() == share[:, :2].tolist()


def test_births_of_small_areas_are_drawn_towards_their_mean_share():
    """
    County 200 + 200. Area s0 has 40 and 60, s1 160 and 140: mean shares ¼ and ¾. With κ = 50, s0 weighs 50 / 100 = ½
    and s1 150 / 200 = ¾. In the first year 200 · ¼ · (0.2 / ¼)^½ and 200 · ¾ · (0.8 / ¾)^¾.
    """
    pool = births([[40, 60], [160, 140]], age=5, older_share=0.0, county=np.array([200.0, 200.0]), shrink_births=50.0)
    assert pool.of(2018).tolist() == near([50 * 0.8**0.5, 150 * (0.8 / 0.75) ** 0.75])
    assert births([[40, 60], [160, 140]], age=5, older_share=0.0).of(2018).tolist() == near([40, 160])


def test_the_county_that_births_are_drawn_to_counts_every_area_once_and_knows_no_later_year():
    rows = [
        ("p", "primary", 1, 2020, "all", 9),
        ("q", "primary", 1, 2020, "all", 9),
        ("r", "primary", 1, 2020, "all", 9),
    ]
    made = make_history(
        enrolment(*rows), {"p": "A", "q": "A", "r": "B"}, pool={"A": np.array([10.0, 20]), "B": np.array([30.0, 40])},
        pool_first_year=2015, shrink_births=100.0,
    )  # fmt: skip
    assert made.pool.county.tolist() == [40, 60]
    assert made.pool.until(2016).county.tolist() == [40]


def test_births_are_sorted_by_area_and_consecutive_years():
    table = pd.DataFrame({"area_id": ["B", "A", "A", "B"], "year": [2014, 2013, 2014, 2013], "births": [4, 1, 2, 3]})
    wide, share = by_year(table.assign(month=pd.array([None] * 4, "Int64")), 9)
    assert wide.to_dict("index") == {"A": {2013: 1, 2014: 2}, "B": {2013: 3, 2014: 4}}
    assert (share == 4 / 12).all(axis=None)


def test_a_missing_year_of_births_is_told():
    table = pd.DataFrame({"area_id": ["A", "A", "B"], "year": [2012, 2014, 2014], "births": [1, 2, 3]})
    with pytest.raises(InputError) as told:
        by_year(table.assign(month=pd.array([None] * 3, "Int64")), 9)
    assert all(hole in str(told.value) for hole in ("A 2013", "B 2012", "B 2013"))


# --- the history as arrays ---------------------------------------------------------------------------------------


def test_rows_become_series_grades_and_years():
    """A gap stays a gap; a school that stands in no area, and an area without births, take those of `*`."""
    rows = enrolment(
        ("b", "primary", 2, 2021, "all", 7), ("a", "primary", 1, 2019, "all", 5), ("a", "junior", 3, 2021, "all", 9)
    )  # fmt: skip
    known = make_history(
        rows, {"a": "A"}, pool={"*": np.array([1.0, 2.0]), "A": np.array([3.0, 4.0])}, pool_first_year=2013
    )
    assert known.keys[["school_id", "stage", "area_id"]].to_numpy().tolist() == [
        ["a", "junior", "A"], ["a", "primary", "A"], ["b", "primary", "*"],
    ]  # fmt: skip
    assert (known.grades, known.first_year, known.last_year) == ((1, 2, 3), 2019, 2021)
    assert np.nansum(known.pupils) == 21
    assert (known.pupils[0, 2, 2], known.pupils[1, 0, 0], known.pupils[2, 1, 2]) == (9, 5, 7)
    assert known.pool.births.tolist() == [[3, 4], [3, 4], [1, 2]]
    assert known.offered.tolist() == [[False, False, True], [False, False, False], [False, True, False]]
    assert (known.areas.tolist(), known.groups.tolist()) == ([1, 1, 0], [0, 1, 1])


def test_transitions_count_matched_pupils_only():
    """Grade 2 of 2020 stands above grade 1 of 2019. In 2021 the school has no grade 2: neither side counts."""
    above, below = transitions(np.array([[[50, 40, 30], [0, 45, np.nan]]]))
    assert above.tolist() == [[[45, 0]]]
    assert below.tolist() == [[[50, 0]]]


def test_as_it_was_known_before():
    known = history([[[1, 2, 3, 4]]], pool=births([[9, 8, 7, 6, 5, 4, 3, 2]], 2013), counted={2023: np.array([5.0])})
    then = known.until(2020)
    assert then.pupils.tolist() == [[[1, 2]]]
    assert (then.last_year, then.pool.last_year, dict(then.counted)) == (2020, 2019, {})


def test_years_left_out_are_gaps_in_pupils_and_entrants():
    known = history([[[1, 2, 3]]], entered=np.array([[[4.0, 5.0, 6.0]]]))
    left = without_years(known, [2020, 2021, 1990])
    assert np.isnan(left.pupils[0, 0]).tolist() == [False, True, False]
    assert np.isnan(left.entered[0, 0]).tolist() == [False, True, False]
    assert known.pupils[0, 0, 1] == 2


# --- class returns -----------------------------------------------------------------------------------------------


def test_class_returns_fill_the_years_that_enrolment_lacks():
    """
    p 2024: told as 90, its class return is not needed          q 2024: 20 + 22 in two classes of grade 1
    The last return of an autumn counts: March 2025 belongs to autumn 2024, August 2025 to autumn 2025.
    """
    told = enrolment(("p", "primary", 1, 2024, "all", 90))
    returns = classes(
        ("p", "primary", 1, "1", 99, "2025-03-01"), ("q", "primary", 1, "1", 20, "2025-03-01"),
        ("q", "primary", 1, "2", 22, "2025-03-01"), ("q", "primary", 1, "1", 77, "2024-09-01"),
        ("p", "primary", 1, "1", 31, "2025-08-01"), ("p", "primary", 1, "1", 88, "2026-09-01"),
    )  # fmt: skip
    found = all_enrolment(tables(enrolment=told, classes=returns), 2025)
    assert found.to_numpy().tolist() == [
        ["p", "primary", 1, 2024, "all", 90],
        ["p", "primary", 1, 2025, "all", 31],
        ["q", "primary", 1, 2024, "all", 42],
    ]
    assert found.columns.tolist() == ENROLMENT


def test_returns_alone_and_enrolment_alone():
    returns = classes(("p", "primary", 1, "1", 20, "2025-09-01"))
    assert all_enrolment(tables(classes=returns), 2025)["pupils"].tolist() == [20]
    assert all_enrolment(tables(classes=returns), 2024).empty
    told = enrolment(("p", "primary", 1, 2024, "all", 90), ("p", "primary", 1, 2026, "all", 91))
    assert all_enrolment(tables(enrolment=told), 2025)["pupils"].tolist() == [90]
    assert all_enrolment(tables(), 2025).empty


def test_f54_returns_are_split_by_residence_as_the_school_was():
    """p had 30 local and 10 migrant pupils: of 41 and 2, ¾ are local: 30.75 → 31, 1.5 → 2 (the first of equals)."""
    told = enrolment(
        ("p", "primary", 1, 2024, "local", 30), ("p", "primary", 1, 2024, "migrant", 10),
        ("p", "primary", 1, 2023, "migrant", 500), ("q", "primary", 1, 2024, "all", 8),
    )  # fmt: skip
    returns = classes(
        ("p", "primary", 1, "1", 41, "2025-09-01"), ("p", "primary", 2, "1", 2, "2025-09-01"),
        ("q", "primary", 1, "1", 9, "2025-09-01"),
    )  # fmt: skip
    found = all_enrolment(tables(enrolment=told, classes=returns), 2025).query("year == 2025")
    assert found[["school_id", "grade", "status", "pupils"]].to_numpy().tolist() == [
        ["p", 1, "local", 31], ["p", 1, "migrant", 10], ["p", 2, "local", 2], ["p", 2, "migrant", 0],
        ["q", 1, "all", 9],
    ]  # fmt: skip


# --- a study's history -------------------------------------------------------------------------------------------


def test_no_pupils_of_the_base_year_are_told():
    told = enrolment(("p", "primary", 1, 2024, "all", 90))
    with pytest.raises(InputError) as refused:
        history_of(tables(enrolment=told, schools=schools(("p", "primary", "A"))), ForecastSettings(), 2025)
    assert "2025" in str(refused.value)


def test_f57_a_school_without_pupils_is_listed():
    """m and n are on the list only; so is the junior stage of p, but no junior pupils are known anywhere."""
    known = history_of(
        tables(
            enrolment=enrolment(("p", "primary", 1, 2025, "all", 90), ("q", "primary", 1, 2025, "all", 9)),
            schools=schools(*((s, "primary", a) for s, a in ("pA", "qC", "nB", "mA")), ("p", "junior", "A")),
            births=born(("A", 2018, 10), ("B", 2018, 20), ("C", 2018, 50)),
        ),
        ForecastSettings(),
        2025,
    )
    assert known.keys[["school_id", "stage", "status", "area_id"]].to_numpy().tolist() == [
        ["p", "primary", "all", "A"], ["q", "primary", "all", "C"], ["m", "primary", "all", "A"],
        ["n", "primary", "all", "B"],
    ]  # fmt: skip
    assert known.pool.births[:3].tolist() == [[10], [50], [10]]
    assert known.offered.tolist() == [[True], [True], [False], [False]]


def test_past_events_are_in_the_history():
    """q closed in 2025 into p; r is new and took half of p's zone."""
    told = enrolment(
        ("p", "primary", 1, 2024, "all", 40), ("q", "primary", 1, 2024, "all", 20), ("p", "primary", 1, 2025, "all", 30),
        ("r", "primary", 1, 2025, "all", 30),
    )  # fmt: skip
    moves = [("q", "p", 2025, "closes", 1.0), ("p", "r", 2025, "zone_change", 0.5)]
    known = history_of(
        tables(
            enrolment=told, schools=schools(*((s, "primary", "A") for s in "pqr")),
            events=pd.DataFrame(moves, columns=TABLES["events"].names),
        ),
        ForecastSettings(), 2025,
    )  # fmt: skip
    assert known.keys["school_id"].tolist() == ["p", "q", "r"]
    assert np.nan_to_num(known.pupils[:, 0], nan=-1).tolist() == [[60, 30], [-1, -1], [-1, 30]]
    # Events of one year go by school: p's zone is cut before q's pupils come to it.
    assert np.nan_to_num(known.entered[:, 0], nan=-1).tolist() == [[40, 30], [-1, -1], [20, 30]]


@pytest.mark.parametrize(("month", "older"), [(9, 4 / 12), (2, 11 / 12), (13, 0.0)])
def test_the_settings_reach_the_pool(month, older):
    settings = ForecastSettings(cut_month=month, entry_age=7, follow_leavers={7: 0.5})
    known = history_of(
        tables(
            enrolment=enrolment(("p", "primary", 1, 2025, "all", 90)),
            schools=schools(("p", "primary", "A")),
            births=born(("*", 2017, 12), ("*", 2018, 36)),
        ),
        settings, 2025, change_per_year=-0.5,
    )  # fmt: skip
    assert known.pool.of(2025).tolist() == near([12 * older + 36 * (1 - older)])
    assert known.pool.of(2026).tolist() == near([36 * older + 18 * (1 - older)])
    assert known.follow == {7: 0.5}


def test_the_settings_reach_the_model():
    settings = ForecastSettings(
        half_life_years=1, shrink_pupils=2, entry_half_life_years=3, drift_half_life_years=4, own_growth_share=0.6,
        progression={2: 0.7}, skip_years=(2020,),
    )  # fmt: skip
    model = model_of(settings)
    found = (model.half_life_years, model.shrink_pupils, model.entry_half_life_years, model.drift_half_life_years)
    assert found == (1, 2, 3, 4)
    assert (model.own_growth_share, model.progression, model.skip_years) == (0.6, {2: 0.7}, (2020,))
