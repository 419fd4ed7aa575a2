"""What the forecast is measured beside: plain ways, and forecasts that others made."""

import numpy as np
import pytest
from histories import births, history, told_before

from catchment.forecast.central import Model
from catchment.forecast.rivals import last_value, mean_ratio, told_forecasts
from catchment.forecast.spread import past_errors, past_forecasts


def near(value):
    return pytest.approx(value, rel=1e-12, abs=1e-12)


# --- the rivals ------------------------------------------------------------------------------------------------


def test_the_last_value_stays():
    known = history([[[1, 2], [3, None]]])
    assert last_value(known, 3)[0, 0].tolist() == [2, 2, 2]
    assert np.isnan(last_value(known, 3)[0, 1]).all()


def test_the_mean_of_three_years_of_ratios_and_entrants():
    """
    grade 1  10 20 30 40      the last three entries: mean 30
    grade 2   9 10 15 36      ratios 10/10, 15/20, 36/30: mean 0.98⅓; the first year is too old to be one of three
    """
    known = history([[[10, 20, 30, 40], [9, 10, 15, 36], [None] * 4]], first_year=2017)
    ratio = (10 / 10 + 15 / 20 + 36 / 30) / 3
    ahead = mean_ratio(known, 2)
    assert ahead[0, :2].tolist() == [near([30, 30]), near([40 * ratio, 30 * ratio])]
    assert np.isnan(ahead[0, 2]).all()


def test_the_rivals_entrants_follow_births_too():
    """Half of 60, of 60 and of 120 entered; 40 children of 2021 give 20."""
    pool = births([[60, 60, 120, 40]], 2012, older_share=0.0)
    known = history([[[30, 30, 60]]], first_year=2018, pool=pool)
    assert mean_ratio(known, 1)[0, 0].tolist() == near([20])


def test_a_rival_of_one_year():
    assert mean_ratio(history([[[10], [8]]]), 2)[0].tolist() == [[10, 10], [10, 10]]


def test_f57_the_rival_lives_with_a_year_without_births():
    pool = births([[60, 0, 60, 60]], 2012, older_share=0.0)
    assert mean_ratio(history([[[30, 30, 30]]], first_year=2018, pool=pool), 1)[0, 0].tolist() == near([30])


# --- others' forecasts -------------------------------------------------------------------------------------------


def told(past):
    known = history([[[10] * 5, [20] * 5], [[30] * 5, [40] * 5]])
    ours = past_errors(known, past_forecasts(known, 2, Model()))
    found = told_forecasts(past, ours, known)
    columns = ["method", "level", "series", "grade", "origin", "year", "forecast", "actual"]
    return found[columns].sort_values(columns).to_numpy().tolist() if len(found) else []


def test_grades_told_by_others_are_set_against_the_same_pupils_and_add_up_to_the_school():
    past = told_before(("plan", 2021, "s0", 1, 2022, 11), ("plan", 2021, "s0", 2, 2022, 21))
    assert told(past) == [
        ["plan", "grade", 0, 1, 2021, 2022, 11.0, 10.0], ["plan", "grade", 0, 2, 2021, 2022, 21.0, 20.0],
        ["plan", "school", 0, -1, 2021, 2022, 32.0, 30.0],
    ]  # fmt: skip


def test_totals_told_by_others_for_schools_and_the_county():
    past = told_before(("b", 2021, "s1", None, 2023, 77), ("a", 2022, "*", None, 2023, 99))
    assert told(past) == [
        ["a", "county", 0, -1, 2022, 2023, 99.0, 100.0], ["b", "school", 1, -1, 2021, 2023, 77.0, 70.0],
    ]  # fmt: skip


def test_what_we_do_not_forecast_is_not_compared():
    past = told_before(("a", 2019, "s0", 1, 2020, 9), ("a", 2021, "x", 1, 2022, 9), ("a", 2021, "s0", 1, 2040, 9))
    assert told(past) == []
