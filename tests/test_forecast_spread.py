"""How wrong the forecast was, and the spread that is learnt from it."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from histories import births, history, noisy_county

from catchment.forecast.central import Model
from catchment.forecast.draws import COUNTY_SCALE, learn_uncertainty, reference_spread
from catchment.forecast.spread import ERROR_COLUMNS, learn_spread, not_yet_there, past_errors, past_forecasts

OWN = Model(shrink_pupils=0, own_growth_share=1)
NORMAL = NormalDist()


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def told(actual, forecast_pupils, *, horizon=1, year=2020, level="grade"):
    """Errors of one level, one row per forecast; the origin follows from the horizon."""
    rows = pd.DataFrame({"forecast": forecast_pupils, "actual": actual, "horizon": horizon, "year": year})
    origin = rows["year"] - rows["horizon"]
    return rows.assign(origin=origin, level=level, series=0, grade=1, fresh=False)[ERROR_COLUMNS]


# --- errors of the past ----------------------------------------------------------------------------------------


def test_errors_by_hand():
    """
    one school           2019  2020  2021  2022
    grade 1               10    10    10    16          the third autumn, 2021, is the first origin: it says 10 and 12
    grade 2               12    12    12    13          (10 · 12/10); in 2022 came 16 and 13

    In 2022 nothing is left to compare.
    """
    known = history([[[10, 10, 10, 16], [12, 12, 12, 13]]])
    said = past_forecasts(known, 2, OWN)
    assert list(said) == [2021, 2022]
    found = past_errors(known, said)
    assert found.columns.tolist() == ERROR_COLUMNS
    assert found[["level", "origin", "year", "horizon", "grade", "fresh", "actual"]].to_numpy().tolist() == [
        ["grade", 2021, 2022, 1, 1, True, 16.0], ["grade", 2021, 2022, 1, 2, False, 13.0],
        ["school", 2021, 2022, 1, -1, False, 29.0], ["county", 2021, 2022, 1, -1, False, 29.0],
    ]  # fmt: skip
    assert found["forecast"].tolist() == near([10, 12, 22, 22])


def test_a_school_with_other_grades_than_before_counts_in_the_county_only():
    """s0 opens grade 2 in 2022: an event, not an error of its cohorts. Of s1 only grade 1 is new in a year."""
    known = history([[[8, 8, 8, 8], [None, None, None, 9]], [[10, 10, 10, 10]] * 2])
    found = past_errors(known, past_forecasts(known, 1, OWN))
    assert found.loc[found["level"] == "grade", ["series", "fresh"]].to_numpy().tolist() == [[1, True], [1, False]]
    assert found.loc[found["level"] == "school", "series"].tolist() == [1]
    county = found[found["level"] == "county"]
    assert county[["forecast", "actual"]].to_numpy().tolist() == [near([28, 37])]


def test_stages_are_counted_apart():
    known = history([[[10] * 4], [[20] * 4]], stages=["primary", "junior"])
    county = past_errors(known, past_forecasts(known, 1, OWN)).query("level == 'county'")
    assert county["actual"].tolist() == [20, 10]


def test_named_years_are_neither_origin_nor_target():
    known = history([[[10] * 7]])
    said = past_forecasts(known, 3, OWN)
    found = past_errors(known, said, skip=(2022,)).query("level == 'grade'")
    assert list(zip(found["origin"], found["year"], strict=True)) == [(2021, 2023), (2021, 2024), (2023, 2024), (2023, 2025), (2024, 2025)]  # fmt: skip
    assert past_errors(known, {}).columns.tolist() == ERROR_COLUMNS


def test_who_is_not_in_school_yet():
    """
    grades offered  1 2 3 - 5 6     one year ahead only the first grade of each run is new, two years ahead two of them
    """
    offered = np.array([[True, True, True, False, True, True]])
    new = [np.flatnonzero(not_yet_there(offered, horizon)[0] & offered[0]).tolist() for horizon in (1, 2, 3)]
    assert new == [[0, 4], [0, 1, 4, 5], [0, 1, 2, 4, 5]]


# --- spread ----------------------------------------------------------------------------------------------------


def test_a_known_spread_is_found_again():
    """Log errors are normal: s² = 0.04² + 0.5/pupils. At 10, 50 and 90 % the values are those of the normal curve."""
    rng = np.random.default_rng(5)
    pupils = rng.uniform(10, 400, 20_000)
    sigma = np.sqrt(0.04**2 + 0.5 / pupils)
    actual = (pupils + 0.5) * np.exp(sigma * rng.normal(size=len(pupils))) - 0.5
    spread = learn_spread(told(actual, pupils, year=2020), 2020)
    at = np.array([20.0, 100.0, 350.0])
    expected = np.sqrt(0.04**2 + 0.5 / at)
    z = np.array([[NORMAL.inv_cdf(0.1), 0.0, NORMAL.inv_cdf(0.9)]] * 3)
    found = np.log((spread.values(at, 1, z) + 0.5) / (at[:, None] + 0.5))
    assert (np.abs(found[:, 1]) < 0.01).all()
    assert found[:, 2] == pytest.approx(1.2816 * expected, rel=0.06)
    assert found[:, 0] == pytest.approx(-1.2816 * expected, rel=0.06)


def test_errors_grow_with_the_years_ahead():
    rng = np.random.default_rng(6)
    horizon = np.repeat([1, 2, 3], 3000)
    actual = 300 * np.exp(np.sqrt(0.001 + 0.002 * (horizon - 1)) * rng.normal(size=9000))
    spread = learn_spread(told(actual, 300.0, horizon=horizon), 2020)
    a, c, _ = spread.scale
    assert a + spread.scale[2] / 300 == pytest.approx(0.001, rel=0.1)
    assert c == pytest.approx(0.002, rel=0.1)
    assert spread.deviation(np.array([300.0]), 3)[0] ** 2 == pytest.approx(0.005, rel=0.1)


def test_too_few_errors_teach_nothing_and_later_ones_are_not_known_yet():
    some = told(np.full(60, 101.0), 100.0)
    assert learn_spread(some, 2020) is not None
    assert learn_spread(some.iloc[:59], 2020) is None
    assert learn_spread(some, 2019) is None
    assert learn_spread(some.assign(forecast=0.0), 2020) is None


def test_old_errors_count_less():
    """Thousand errors of ±20 % three years ago weigh as five hundred of ±5 % today."""
    sign = np.tile([-1.0, 1.0], 500)
    old, new = told(100 * np.exp(0.2 * sign), 100.0, year=2014), told(100 * np.exp(0.05 * sign), 100.0, year=2020)
    both = learn_spread(pd.concat([old, new]), 2020, classes=1)
    alone = learn_spread(pd.concat([old.assign(year=2020), new]), 2020, classes=1)
    z = np.array([[NORMAL.inv_cdf(0.15), NORMAL.inv_cdf(0.85)]])
    near_today, mixed = both.values(np.array([100.0]), 1, z), alone.values(np.array([100.0]), 1, z)
    assert np.ptp(near_today) < 0.5 * np.ptp(mixed)


def width(spread, pupils, horizon):
    """Of the middle 80 %, in logs."""
    z = np.array([[NORMAL.inv_cdf(0.1), NORMAL.inv_cdf(0.9)]])
    return float(np.diff(np.log(spread.values(np.array([pupils]), horizon, z) + 0.5))[0, 0])


def test_each_size_and_each_horizon_has_quantiles_of_its_own():
    """
    The wide ones are the middle sizes and the second year, which no s² = a + c (h − 1) + b/pupils can say. With 1,000
    errors of each size and horizon theirs are found almost in full.
    """
    rng = np.random.default_rng(9)
    size, horizon = np.repeat([50.0, 100.0, 200.0, 400.0], 3000), np.tile([1, 2, 3], 4000)
    sigma = np.where((size == 100) | (size == 200), 0.2, 0.05) * np.where(horizon == 2, 2.0, 1.0)
    spread = learn_spread(
        told((size + 0.5) * np.exp(sigma * rng.normal(size=12_000)) - 0.5, size, horizon=horizon), 2020
    )
    for pupils, ahead, expected in ((50, 1, 0.05), (100, 2, 0.4), (200, 3, 0.2), (400, 2, 0.1), (400, 3, 0.05)):
        assert width(spread, float(pupils), ahead) == pytest.approx(2 * 1.2816 * expected, rel=0.15), (pupils, ahead)


def test_a_few_odd_errors_of_a_horizon_are_believed_in_part():
    """
    2,000 errors of 5 % one year and three years ahead, 24 of ±50 % two years ahead. Of what is odd about these 24/54 is
    believed, and of the rest 24/224: 0.128 + 0.872 · (1 − 30/54 · 200/224) wide in logs.
    """
    rng = np.random.default_rng(10)
    usual = told(1000 * np.exp(0.05 * rng.normal(size=4000)), 1000.0, horizon=np.repeat([1, 3], 2000))
    odd = told(1000 * np.exp(0.5 * np.tile([-1, 1], 12)), 1000.0, horizon=2)
    spread = learn_spread(pd.concat([usual, odd]), 2020, classes=1)
    assert width(spread, 1000.0, 1) == pytest.approx(0.128, rel=0.1)
    assert width(spread, 1000.0, 2) == pytest.approx(0.128 + 0.872 * (1 - 30 / 54 * 200 / 224), rel=0.1)


def test_half_of_the_errors_lie_on_each_side_of_the_middle():
    even = told(100 * np.exp(0.1 * np.tile([-1.0, 1.0], 30)), 100.0)
    assert learn_spread(even, 2020).values(np.array([100.0]), 1, np.array([[0.0]]))[0, 0] == pytest.approx(100, abs=0.2)


def test_no_value_is_below_nobody():
    assert reference_spread("fresh").values(np.array([0.6]), 1, np.array([[-3.0]]))[0, 0] == 0


def test_the_reference_serves_where_nothing_was_learnt():
    """Student's t of 5 degrees, scaled to variance 1: at 97.5 % 2.5706 / √(5/3) = 1.9912."""
    spread = reference_spread("school")
    pupils = np.array([400.0])
    s = np.sqrt(0.0045 + 0.0065 * 2 + 1.0 / 400)
    found = spread.values(pupils, 3, np.array([[0.0, NORMAL.inv_cdf(0.975)]]))[0]
    assert found[0] == pytest.approx(400)
    assert np.log((found[1] + 0.5) / 400.5) == pytest.approx(1.9912 * s, rel=0.002)
    assert spread.values(pupils, 9, np.array([[-9.0]]))[0, 0] >= 0


@pytest.mark.parametrize("seed", range(4))
def test_a_higher_score_is_never_fewer_pupils(seed):
    """In every size class and horizon of a spread learnt from a county."""
    known = noisy_county(schools=25, years=10, seed=seed)
    errors = past_errors(known, past_forecasts(known, 4, Model()))
    doubt = learn_uncertainty(errors, known)
    assert doubt.own
    for spread in (doubt.known, doubt.fresh, doubt.school):
        assert (np.diff(spread.quantiles, axis=2) >= 0).all()


# --- what a study knows ------------------------------------------------------------------------------------------


def test_without_past_errors_all_is_reference():
    known = history([[[10, 10]]])
    doubt = learn_uncertainty(past_errors(known, past_forecasts(known, 2, OWN)), known)
    assert not doubt.own
    assert (doubt.county, doubt.shared_county, doubt.shared_school) == (COUNTY_SCALE, 0.05, 0.2)
    assert doubt.births_deviation == 0.05


def test_the_countys_spread_weighs_its_own_errors_against_ten():
    """Two errors of log 1.03 one year ahead: (10 + 2 · (log 1.03)²/a) / 12 of the reference. 2021 is not known yet."""
    rows = told([103.0, 103.0, 190.0], 100.0, level="county", year=[2020, 2020, 2021])
    a, c = COUNTY_SCALE
    times = (10 + 2 * np.log(1.03) ** 2 / a) / 12
    assert learn_uncertainty(rows, history([[[10, 10]]])).county == near((a * times, c * times))


def test_f55_a_stage_that_is_told_no_more_leaves_the_spread_finite():
    """Pupils told by residence until 2020, all together since: nobody is left of the old counts."""
    rows = told([103.0, 0.0], 100.0, level="county")
    assert np.isfinite(learn_uncertainty(rows, history([[[10, 10]]])).county).all()


def test_births_vary_as_they_did():
    """Log steps +0.1, −0.1, +0.1, −0.1: a standard deviation of 0.1. Few births and wild ones are held to limits."""
    level = 1000 * np.exp([0, 0.1, 0, 0.1, 0])
    none = pd.DataFrame(columns=ERROR_COLUMNS)
    for rows, expected in (([level], 0.1), ([[9, 9, 9, 9, 9]], 0.02), ([[1, 9000, 1, 9000]], 0.2), ([[5, 9, 5]], 0.05)):
        assert learn_uncertainty(none, history([[[10]]], pool=births(rows))).births_deviation == near(expected)


def test_what_schools_have_in_common_is_found():
    """
    20 schools of two grades, 60 origins. Scores are 0.2 county, 0.3 school, ½ a grade's own, in variance.
    """
    rng = np.random.default_rng(8)
    county, school = rng.normal(size=(60, 1, 1)), rng.normal(size=(60, 20, 1))
    z = np.sqrt(0.2) * county + np.sqrt(0.3) * school + np.sqrt(0.5) * rng.normal(size=(60, 20, 2))
    origin, series, grade = (axis.ravel() for axis in np.meshgrid(range(60), range(20), range(2), indexing="ij"))
    rows = pd.DataFrame(
        {"level": "grade", "origin": 1950 + origin, "year": 1951 + origin, "horizon": 1, "series": series,
         "grade": grade + 1, "fresh": grade == 0, "forecast": 500.0, "actual": 500.5 * np.exp(0.1 * z.ravel()) - 0.5}
    )  # fmt: skip
    doubt = learn_uncertainty(rows, history([[[1, 1]]], first_year=2009))
    assert doubt.shared_county == pytest.approx(0.2, abs=0.12)
    assert doubt.shared_school == pytest.approx(0.3, abs=0.08)
