"""Draws of the future: finite, the same for the same seed, and of the spread that each level was given."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from histories import births, histories, history, noisy_county
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catchment.forecast.central import Model, forecast, whole
from catchment.forecast.draws import Uncertainty, learn_uncertainty, reference_spread, simulate
from catchment.forecast.outlook import Outlook, Places, bounds
from catchment.forecast.spread import KNOTS, Spread, past_errors, past_forecasts

NORMAL = NormalDist()


def unsure(county=(0.01, 0.02), shared=(0.0, 0.0), births_deviation=0.05):
    spreads = {level: reference_spread(level) for level in ("known", "fresh", "school")}
    return Uncertainty(
        **spreads, county=county, shared_county=shared[0], shared_school=shared[1], births_deviation=births_deviation,
        own=False,
    )  # fmt: skip


def drawn(central, known, doubt, count=400, seed=0):
    return list(simulate(central, known, doubt, np.random.default_rng(seed), count))


def level(pupils, series=1, years=3, **more):
    """Series that always had the same pupils in each grade, and as many ahead."""
    known = history(np.full((series, len(pupils), 3), np.array(pupils)[None, :, None]), **more)
    return known, np.repeat(known.pupils[:, :, -1:], years, axis=2)


def scores(count):
    return np.array([NORMAL.inv_cdf((i + 0.5) / count) for i in range(count)])


# --- by hand ---------------------------------------------------------------------------------------------------


def test_the_countys_draws_have_the_countys_spread():
    """
    Together 1,000 pupils; s² = 0.01 + 0.02 · (years ahead − 1). In order, the 400 draws of the county are
    1,000 · exp(s · z) at the 400 even steps of the normal curve, whatever the schools do.
    """
    known, central = level([100, 100], series=5)
    for year, pupils in enumerate(drawn(central, known, unsure())):
        expected = 1000 * np.exp(np.sqrt(0.01 + 0.02 * year) * scores(400))
        np.testing.assert_allclose(np.sort(pupils.sum((0, 1))), expected, rtol=1e-4)


def test_stages_have_a_spread_of_their_own():
    known, central = level([100, 100], series=2, stages=["primary", "junior"])
    pupils = drawn(central, known, unsure(county=(0.04, 0)))[0]
    for series in (0, 1):
        np.testing.assert_allclose(np.sort(pupils[series].sum(0)), 200 * np.exp(0.2 * scores(400)), rtol=1e-4)
    assert abs(np.corrcoef(pupils[0].sum(0), pupils[1].sum(0))[0, 1]) < 0.2


def test_schools_have_the_spread_of_schools():
    """Of 200 schools of 300 the county's part is small: 80 % of a school's draws lie as the reference says."""
    known, central = level([150, 150], series=200)
    totals = drawn(central, known, unsure(county=(1e-6, 0)))[0].sum(1)
    wanted = reference_spread("school").values(np.array([300.0]), 1, np.array([[-1.2816, 0, 1.2816]]))[0]
    found = np.quantile(totals, [0.1, 0.5, 0.9], axis=1).mean(1)
    assert found == pytest.approx(wanted, rel=0.02)


def test_what_the_stage_has_in_common_moves_its_schools_together():
    """The spread of the county alone brings schools together a little; 60 % in common does so much more."""
    known, central = level([100], series=40)
    pairs = [
        np.corrcoef(drawn(central, known, unsure(county=(0.009, 0), shared=(part, 0.0)))[0].sum(1))[
            np.triu_indices(40, 1)
        ]
        for part in (0.0, 0.6)
    ]
    assert 0 < pairs[0].mean() < 0.45 < 0.55 < pairs[1].mean() < 0.75


def test_what_a_school_has_in_common_moves_its_grades_together():
    known, central = level([100, 100], series=40)
    within = []
    for part in (0.0, 0.7):
        pupils = drawn(central, known, unsure(county=(1e-5, 0), shared=(0.0, part)))[0]
        within.append(np.mean([np.corrcoef(pupils[s, 0], pupils[s, 1])[0, 1] for s in range(40)]))
        between = [np.corrcoef(pupils[s, 0], pupils[s - 1, 1])[0, 1] for s in range(40)]
        assert abs(np.mean(between)) < 0.1
    assert within[1] > within[0] + 0.2


@pytest.mark.parametrize(("shared", "lasting"), [((0.0, 0.0), 0.0), ((0.0, 0.7), 0.7), ((0.6, 0.0), 0.6)])
def test_what_is_common_lasts_while_cohorts_change(shared, lasting):
    """One grade: its children are new every year. The common part of two years in a row is √½ the same."""
    known, central = level([100], series=40)
    first, second = drawn(central, known, unsure(county=(0.009, 0.0), shared=shared))[:2]
    same = [np.corrcoef(first[s, 0], second[s, 0])[0, 1] for s in range(40)]
    assert np.mean(same) == pytest.approx(lasting * 0.5**0.5, abs=0.1 + 0.2 * lasting)


def test_who_has_still_to_enter_is_less_certain():
    """
    Six grades; those in school are certain here, those who have still to enter are not. Next year grades 2-6 move
    as one, the year after grades 3-6 do, and grade 2 by itself.
    """
    known, central = level([100] * 6, series=3)
    sure = Spread(np.array([1e-8, 1e-8, 1e-8]), np.empty(0), KNOTS[None, None, :])
    doubt = replace(unsure(), known=sure, fresh=replace(sure, scale=np.array([0.04, 0.0, 0.0])))
    for year, first_known in ((0, 1), (1, 2)):
        logs = np.log(drawn(central, known, doubt)[year])
        own = (logs - logs[:, 5:]).std(2)
        assert own[:, :first_known].min() > 0.1
        assert own[:, first_known:].max() < 1e-3


def test_an_error_moves_up_with_its_cohort():
    """Nothing in common: what grade 2 has too many next year, grade 3 has the year after; its other grades do not."""
    known, central = level([100] * 6, series=30)
    first, second = drawn(central, known, unsure(county=(0.001, 0.001)), count=800)[:2]
    cohort = [np.corrcoef(first[s, 1], second[s, 2])[0, 1] for s in range(30)]
    others = [np.corrcoef(first[s, 1], second[s, 4])[0, 1] for s in range(30)]
    assert np.mean(cohort) > 0.5
    assert np.mean(others) < 0.3


def test_children_not_yet_born_vary_with_the_births():
    """
    Births are known to 2018: entrants of 2022-2024 are born (2018 + 6), those of 2025 and 2026 are not.
    The county's own spread is nil, so only the births move it: log s of 0.1, then 0.1 · √2.
    """
    known, central = level([100], years=5, pool=births([[80] * 6], 2013))
    years = drawn(central, known, unsure(county=(0.0, 0.0), births_deviation=0.1), count=4000)
    deviation = [np.log(pupils.sum((0, 1)) / 100).std() for pupils in years]
    assert known.last_year + 3 == 2024
    assert deviation[:3] == pytest.approx([0, 0, 0], abs=1e-5)
    assert deviation[3:] == pytest.approx([0.1, 0.1 * 2**0.5], rel=0.06)


def test_children_who_varied_when_they_entered_stay_so_in_the_next_grade():
    """
    Log births of 2019 vary by n, of 2020 by n + m, each of 0.1. In the fifth year grade 2 is the first, grade 1 the
    second: half of both is n + m/2, of deviation 0.1 · √1.25.
    """
    known, central = level([100, 100], years=5, pool=births([[80] * 6], 2013))
    years = drawn(central, known, unsure(county=(0.0, 0.0), births_deviation=0.1), count=4000)
    deviation = [np.log(pupils.sum((0, 1)) / 200).std() for pupils in years]
    assert deviation[3:] == pytest.approx([0.05, 0.1 * 1.25**0.5], rel=0.07)


# --- laws ------------------------------------------------------------------------------------------------------


@given(known=histories(), shared=st.sampled_from([(0.0, 0.0), (0.3, 0.5), (0.9, 0.05)]))
@settings(max_examples=60, deadline=None)
def test_f55_draws_are_finite_never_negative_and_nobody_is_where_no_grade_is(known, shared):
    central = whole(forecast(known, 4, Model()), known)
    for year, pupils in enumerate(drawn(central, known, unsure(shared=shared), count=20)):
        assert pupils.shape == (*known.pupils.shape[:2], 20)
        assert np.isfinite(pupils).all()
        assert (pupils >= 0).all()
        assert not pupils[np.nan_to_num(central[:, :, year]) == 0].any()


def test_f58_the_same_seed_the_same_bytes():
    known = noisy_county(schools=10, years=8)
    doubt = learn_uncertainty(past_errors(known, past_forecasts(known, 3, Model())), known)
    central = whole(forecast(known, 3, Model()), known)
    once, again = (b"".join(d.tobytes() for d in drawn(central, known, doubt, 50)) for _ in range(2))
    other = b"".join(d.tobytes() for d in drawn(central, known, doubt, 50, seed=1))
    assert once == again
    assert once != other


def test_a_longer_horizon_does_not_change_the_first_years():
    known, central = level([100, 90], series=3, years=4)
    for short, long in zip(drawn(central[:, :, :2], known, unsure()), drawn(central, known, unsure()), strict=False):
        assert short.tobytes() == long.tobytes()


@given(known=histories(), count=st.sampled_from([10, 101]))
@settings(max_examples=15, deadline=None)
def test_f54_schools_add_up_to_areas_and_the_county_in_every_draw(known, count):
    assume(known.offered.any())
    series = len(known.keys)
    nothing = np.zeros(series, dtype=np.int64)
    split = np.full(known.pupils.shape[:2], 45)
    places = Places(nothing, nothing - 1, split, np.zeros((series, 2)), np.arange(series), {})
    grown = Outlook(known, places, "medium", (0.9, 1.0, 1.1), 3000.0)
    central = whole(forecast(known, 2, Model()), known)
    for year, pupils in enumerate(drawn(central, known, unsure(), count=count)):
        grown.add(2030 + year, central[:, :, year], pupils)
    keys = grown.outlook[0]
    for draws, middle in zip(grown.totals, grown.central, strict=True):
        for stage in set(known.keys["stage"]):
            rows = {
                name: ((keys["level"] == name) & (keys["stage"] == stage)).to_numpy()
                for name in ("school", "area", "county")
            }
            for sums in (draws, middle):
                assert sums[rows["county"]].sum(0).tolist() == sums[rows["school"]].sum(0).tolist()
                assert sums[rows["county"]].sum(0).tolist() == sums[rows["area"]].sum(0).tolist()
    told = grown.tables()
    assert_nested(told["forecast"])
    assert_nested(told["outlook"])


def assert_nested(table):
    """95 ⊇ 80 ⊇ 50 ⊇ the central number ⊇ nothing below 0."""
    order = ["low95", "low80", "low50", "pupils", "high50", "high80", "high95"]
    assert (table[order].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (table["low95"] >= 0).all()


def test_bounds_by_hand():
    """1,000 draws 0 … 999: the 50 % interval is 250-750, 80 % is 99-900 or so, 95 % is 25-975."""
    draws = np.random.default_rng(0).permutation(1000)[None, :].astype(np.float32)
    found = {name: int(value[0]) for name, value in bounds(draws, np.array([500])).items()}
    assert found == pytest.approx(
        {"low50": 250, "high50": 750, "low80": 100, "high80": 900, "low95": 25, "high95": 975}, abs=1
    )


def test_bounds_reach_to_the_central_number():
    draws = np.array([[5.0, 6.0, 7.0]], dtype=np.float32)
    assert {int(value[0]) for value in bounds(draws, np.array([9])).values()} == {5, 9}
    assert {int(value[0]) for value in bounds(draws, np.array([2])).values()} == {2, 7}
