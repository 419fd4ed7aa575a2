"""Laws of the central forecast, over any history: what is conserved, what moves with what, and what changes nothing."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from histories import births, enrolment_of, histories, history
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catchment.forecast import progression
from catchment.forecast.central import Model, forecast, usable, whole
from catchment.forecast.cohorts import temper
from catchment.forecast.history import History, broken_years, make_history
from catchment.forecast.spread import past_forecasts

OWN = Model(shrink_pupils=0, own_growth_share=1)
MODELS = [Model(), OWN, Model(shrink_pupils=0, own_growth_share=0), Model(half_life_years=0.5, shrink_pupils=1e6)]

every_history = given(known=histories(), model=st.sampled_from(MODELS))
some = settings(max_examples=40, deadline=None)


def same(found, expected, tolerance=1e-9):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def reordered(known, order):
    """The same county, its series in another order."""
    pool = known.pool and replace(known.pool, births=known.pool.births[order])
    keys = known.keys.iloc[order].reset_index(drop=True)
    return replace(known, pupils=known.pupils[order], keys=keys, pool=pool)


# --- whatever the history ----------------------------------------------------------------------------------------


@every_history
@settings(max_examples=100, deadline=None)
def test_f55_finite_never_negative_and_absent_only_where_not_offered(known, model):
    ahead = forecast(known, 4, model)
    assert ahead.shape == (*known.pupils.shape[:2], 4)
    assert (np.isnan(ahead) == ~known.offered[:, :, None]).all()
    there = ahead[known.offered]
    assert np.isfinite(there).all()
    assert (there >= 0).all()


@every_history
@some
def test_f54_whole_pupils_keep_every_total(known, model):
    """The county is the exact sum rounded; an area, and a school, is never more than a pupil off its scaled share."""
    ahead = forecast(known, 3, model)
    rounded = whole(ahead, known)
    assert (np.isnan(rounded) == np.isnan(ahead)).all()
    for group in range(known.groups.max() + 1):
        own = known.groups == group
        exact, counted = np.nansum(ahead[own], axis=0), np.nansum(rounded[own], axis=0)
        assert (np.abs(counted - exact) <= 0.5 + 1e-9).all()
        for area in np.unique(known.areas[own]):
            here = own & (known.areas == area)
            off = np.nansum(rounded[here], axis=0) - np.nansum(ahead[here], axis=0) * counted / np.maximum(exact, 1e-9)
            assert (np.abs(off) < 1 + 1e-6).all()
    whole_pupils = rounded[known.offered]
    assert (whole_pupils == np.rint(whole_pupils)).all()
    assert (whole_pupils >= 0).all()


@given(known=histories(gaps=False), data=st.data())
@some
def test_f58_series_in_another_order_have_the_same_forecast(known, data):
    order = data.draw(st.permutations(range(len(known.keys))))
    same(forecast(reordered(known, order), 3, Model()), forecast(known, 3, Model())[order])


@given(known=histories(), data=st.data())
@some
def test_f59_rows_in_any_order_and_whole_or_decimal_pupils_make_the_same_history(known, data):
    rows = enrolment_of(known)
    assume(len(rows))
    mixed = rows.iloc[data.draw(st.permutations(range(len(rows))))].astype({"pupils": "float64"})
    once, again = make_history(rows, {"s0": "A"}), make_history(mixed, {"s0": "A"})
    assert once.keys.equals(again.keys)
    assert (once.grades, once.first_year) == (again.grades, again.first_year)
    assert forecast(once, 3, Model()).tobytes() == forecast(again, 3, Model()).tobytes()


@every_history
@some
def test_f58_the_same_twice_and_the_history_is_left_as_it_was(known, model):
    before = known.pupils.tobytes()
    first = forecast(known, 3, model)
    assert forecast(known, 3, model).tobytes() == first.tobytes()
    assert known.pupils.tobytes() == before


@every_history
@some
def test_all_years_later_the_same_forecast_later(known, model):
    later = replace(known, first_year=known.first_year + 7)
    if known.pool:
        later = replace(later, pool=replace(known.pool, first_year=known.pool.first_year + 7))
    assert forecast(later, 3, model).tobytes() == forecast(known, 3, model).tobytes()


@every_history
@some
def test_a_longer_horizon_does_not_change_the_first_years(known, model):
    assert forecast(known, 5, model)[:, :, :2].tobytes() == forecast(known, 2, model).tobytes()


@given(known=histories())
@some
def test_a_later_year_does_not_change_what_was_said_before(known):
    """Not one bit: neither pupils, births nor counts of later years are used at an earlier origin."""
    cut = max(1, known.pupils.shape[2] - 1)
    pool = known.pool and known.pool.until(known.first_year + cut - 1)
    shorter = replace(known, pupils=known.pupils[:, :, :cut], pool=pool)
    later = replace(known, counted={known.last_year + 1: np.full(len(known.keys), 1e6)})
    before, now = past_forecasts(shorter, 2, Model()), past_forecasts(later, 2, Model())
    assert list(before) == list(now)[: len(before)]
    for origin, said in before.items():
        assert now[origin].tobytes() == said.tobytes()


# --- what moves with what ----------------------------------------------------------------------------------------


@given(known=histories(), times=st.integers(2, 9))
@some
def test_k_times_the_pupils_k_times_the_forecast(known, times):
    """The numbers of pupils against which schools and areas are weighed grow with them."""
    with pytest.MonkeyPatch.context() as patch:
        once = forecast(known, 3, Model())
        patch.setattr(progression, "AREA_PUPILS", progression.AREA_PUPILS * times)
        found = forecast(replace(known, pupils=known.pupils * times), 3, Model(shrink_pupils=200.0 * times))
    same(found, once * times)


@given(known=histories(births_known=True), times=st.integers(2, 9))
@some
def test_only_the_ratios_of_births_count(known, times):
    pool = known.pool
    grown = replace(
        pool, births=pool.births * times, county=pool.county * times, shrink_births=pool.shrink_births * times
    )
    same(forecast(replace(known, pool=grown), 3, Model()), forecast(known, 3, Model()))


@given(data=st.data(), years=st.integers(1, 6), schools=st.integers(1, 4), known_births=st.booleans())
@some
def test_what_was_always_the_same_stays_the_same(data, years, schools, known_births):
    """Any schools whose grades never changed, each with its own ratios within the limits."""
    first = data.draw(st.lists(st.integers(20, 100), min_size=schools, max_size=schools))
    steps = data.draw(st.lists(st.sampled_from([0.5, 0.8, 1.0, 1.25, 2.0]), min_size=2 * schools, max_size=2 * schools))
    ratios = np.cumprod(np.column_stack([np.ones(schools), np.reshape(steps, (schools, 2))]), axis=1)
    now = np.array(first)[:, None] * ratios
    pool = births(np.full((schools, 8), 70)) if known_births else None
    constant = history(np.repeat(now[:, :, None], years, axis=2), pool=pool, areas=["A", "B", "A", "B"][:schools])
    assume(years > 1 or (now == now[:, :1]).all())
    ahead = forecast(constant, 5, Model(shrink_pupils=0, half_life_years=2))
    same(ahead, np.repeat(now[:, :, None], 5, axis=2))


@given(known=histories(most_years=4), series=st.integers(0, 3), grade=st.integers(0, 3), more=st.integers(1, 200))
@some
def test_more_pupils_in_a_grade_never_fewer_in_its_cohort_ahead(known, series, grade, more):
    """Up to four years: too few to find a broken year, which more pupils might make or mend."""
    series, grade = series % len(known.keys), grade % len(known.grades)
    assume(known.offered[series, grade])
    fuller = known.pupils.copy()
    fuller[series, grade, -1] += more
    before, after = forecast(known, 4, OWN), forecast(replace(known, pupils=fuller), 4, OWN)
    for ahead in range(1, len(known.grades) - grade):
        if not known.offered[series, grade : grade + ahead + 1].all():
            break
        assert after[series, grade + ahead, ahead - 1] > before[series, grade + ahead, ahead - 1]
    if known.offered[series, grade] and (grade == 0 or not known.offered[series, grade - 1]):
        assert after[series, grade, 0] >= before[series, grade, 0] - 1e-9


@given(data=st.data(), share=st.sampled_from([0.0, 0.3, 1.0]))
@some
def test_tempering_keeps_the_totals_of_each_stage_and_the_mix_of_grades(data, share):
    size = data.draw(st.integers(1, 5))
    numbers = st.lists(st.integers(0, 500), min_size=6 * size, max_size=6 * size)
    ahead = np.reshape(data.draw(numbers), (size, 2, 3)).astype(float)
    now = np.reshape(data.draw(numbers)[: 2 * size], (size, 2)).astype(float)
    groups = np.array(data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))
    found = temper(ahead, now, groups, share)
    assert (found >= 0).all()
    for group in (0, 1):
        own = groups == group
        same(found[own].sum((0, 1)), ahead[own].sum((0, 1)), 1e-7)
    same(found[:, 0] * ahead[:, 1], found[:, 1] * ahead[:, 0], 1e-6)


# --- broken years ----------------------------------------------------------------------------------------------


@given(destroyed=st.integers(1, 8), left=st.floats(0.2, 0.8), seed=st.integers(0, 99))
@some
def test_a_year_that_falls_out_and_comes_back_is_found_and_tells_nothing(destroyed, left, seed):
    rng = np.random.default_rng(seed)
    pupils = rng.poisson(200, (5, 4, 1)) + rng.integers(-4, 5, (5, 4, 10))
    hit = pupils.astype(float)
    hit[:, :, destroyed] *= left
    gone = pupils.astype(float)
    gone[:, :, destroyed] = np.nan
    assert broken_years(history(hit)) == [2019 + destroyed]
    assert forecast(history(hit), 3, Model()).tobytes() == forecast(history(gone), 3, Model()).tobytes()


def grown_by(*changes):
    """One school of two grades: 1,000 enter every year, and grade 2 is what its year's change leaves of them."""
    second = [1000.0] + [1000 * math.exp(change) for change in changes]
    return history([[[1000.0] * len(second), second]])


def test_where_years_always_vary_a_year_must_stand_out_more():
    """Changes of ±3 % are usual: their median is 3 %, the limit 4 · 1.4826 · 3 % = 17.8 %."""
    usual = (0.03, -0.03, 0.03, -0.03, 0.03, -0.03)
    assert broken_years(grown_by(*usual, -0.17, 0.17, 0.03, -0.03)) == []
    assert broken_years(grown_by(*usual, -0.19, 0.19, 0.03, -0.03)) == [2019 + 7]


def test_two_falls_in_a_row_are_no_broken_year():
    assert broken_years(grown_by(0, 0, 0, -0.3, -0.3, 0, 0, 0)) == []
    assert broken_years(grown_by(0, 0, 0, -0.3, 0.3, 0, 0, 0)) == [2019 + 4]


def test_a_lasting_change_a_small_one_and_the_last_year_are_not_broken():
    lasting, small, last, short = (np.full((3, 2, size), 100.0) for size in (8, 8, 8, 4))
    lasting[:, :, 4:] = 60
    small[:, :, 4] = 96
    last[:, :, -1] = 50
    short[:, :, 2] = 50
    for pupils in (lasting, small, last, short):
        assert broken_years(history(pupils)) == []


def test_the_last_year_is_used_even_when_it_is_named():
    known = history([[[30, 40]]])
    assert usable(known, Model(skip_years=(2020,))).pupils.tolist() == [[[30, 40]]]
    assert isinstance(usable(known, Model()), History)


def test_no_year_of_the_future_can_be_named():
    known = history([[[30, 40]]])
    assert forecast(known, 1, Model(skip_years=(1990, 2050))).tolist() == forecast(known, 1, Model()).tolist()
    assert pd.notna(forecast(known, 1, Model())).all()
