"""The backtest: measures by hand, no peeking, and intervals that hold what they promise where the truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from histories import births, history, noisy_county, told_before
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.doors import conform
from catchment.forecast.backtest import OURS, _measured, backtest, score
from catchment.forecast.central import Model
from catchment.tables import BACKTEST, PAST_FORECASTS

NOBODY = PAST_FORECASTS.empty()


def near(value):
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def run(known, *, past=NOBODY, years=3, draws=60, model=None, seed=0):
    return backtest(
        known, model or Model(), past, years=years, draws=draws, seed=seed, progress=lambda done, total: None
    )


def errors(*rows, method=OURS):
    """(level, series, grade, start, forecast, actual), one year ahead; intervals of ±10, ±20 and ±30."""
    table = pd.DataFrame(rows, columns=["level", "series", "grade", "start", "forecast", "actual"])
    for share, half in ((50, 10), (80, 20), (95, 30)):
        table = table.assign(**{f"low{share}": table["forecast"] - half, f"high{share}": table["forecast"] + half})
    return table.assign(method=method, origin=2020, year=2021, horizon=1, share=0.5)


# --- measures by hand --------------------------------------------------------------------------------------------


def test_measures_by_hand():
    """
    forecast 110 of 100, 45 of 50, 24 of 20: off by +10 %, −10 %, +20 %. All errors 19 of 170 pupils.
    100 and 50 lie within ±10, 20 too; of a fourth, 0 pupils, no share can be told: it is left out.
    """
    rows = errors(
        ("school", 0, -1, 90, 110, 100), ("school", 1, -1, 60, 45, 50), ("school", 2, -1, 30, 24, 20),
        ("school", 3, -1, 10, 5, 0),
    )  # fmt: skip
    found = score(rows, 1).set_index("size").loc["all"]
    assert found["forecasts"] == 3
    assert found[["mape", "median", "bias", "wape"]].tolist() == near([0.4 / 3, 0.1, 0.2 / 3, 19 / 170])
    assert found[["within50", "within80", "within95"]].tolist() == [1, 1, 1]
    assert found["width80"] == near((40 / 110 + 40 / 45 + 40 / 24) / 3)


def test_what_lies_outside_is_counted_outside():
    """Off by 10, 11, 20, 21, 30 and 31: the bounds themselves are inside."""
    rows = errors(*[("school", i, -1, 100, 100, 100 + off) for i, off in enumerate((10, -11, 20, -21, 30, -31))])
    found = score(rows, 1).set_index("size").loc["all"]
    assert found[["within50", "within80", "within95"]].tolist() == near([1 / 6, 3 / 6, 5 / 6])


def test_sizes_are_quarters_by_the_pupils_at_the_origin_for_every_method():
    start = [10, 20, 30, 40, 50, 60, 70, 80]
    rows = [("school", i, -1, n, n, n) for i, n in enumerate(start)]
    both = pd.concat([errors(*rows), errors(*rows[:3], method="other")], ignore_index=True)
    found = score(both, 1).set_index(["method", "size"])["forecasts"]
    assert found[OURS].to_dict() == {"all": 8, "< 28": 2, "28-44": 2, "45-61": 2, "≥ 62": 2}
    assert found["other"].to_dict() == {"all": 3, "< 28": 2, "28-44": 1}


def test_the_entry_grade_is_a_level_of_its_own():
    rows = errors(("grade", 0, 1, 10, 12, 10), ("grade", 0, 2, 10, 10, 10), ("county", 0, -1, 20, 22, 20))
    found = score(rows, 1).query("size == 'all'").set_index("level")
    assert found["forecasts"].to_dict() == {"grade": 2, "entry": 1, "county": 1}
    assert found["mape"].to_dict() == near({"grade": 0.1, "entry": 0.2, "county": 0.1})


# --- the whole ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def county():
    return noisy_county()


@pytest.fixture(scope="module")
def result(county):
    past = told_before(("half", 2020, "s3", None, 2021, 1.0))
    return run(county, past=past, draws=200)


def test_the_table_is_whole(result):
    conform(BACKTEST, result.scores)
    assert set(result.scores["method"]) == {OURS, "last_value", "mean_ratio", "half"}
    assert set(result.scores["level"]) == {"grade", "entry", "school", "county"}
    assert result.skipped == ()


def test_every_method_is_measured_on_the_same_pupils(result):
    key = ["level", "origin", "year", "series", "grade"]
    by_method = {method: rows.set_index(key)["actual"].sort_index() for method, rows in result.errors.groupby("method")}
    for rival in ("last_value", "mean_ratio"):
        assert by_method[rival].equals(by_method[OURS])
    assert by_method["half"].index.tolist() == [("school", 2020, 2021, 3, -1)]


def test_rows_are_the_pupils_that_were(county, result):
    ours = result.errors[result.errors["method"] == OURS]
    origin, target = ours["origin"] - county.first_year, ours["year"] - county.first_year
    schools, grades = ours["level"] == "school", ours["level"] == "grade"
    total = county.pupils.sum(1)
    for column, when in (("actual", target), ("start", origin)):
        expected = np.select(
            [grades, schools],
            [county.pupils[ours["series"], (ours["grade"] - 1).clip(lower=0), when], total[ours["series"], when]],
            total.sum(0)[when],
        )
        assert ours[column].tolist() == expected.tolist(), column


def test_intervals_hold_what_they_promise_where_the_spread_is_known(result):
    """
    60 schools × 6 grades × 14 years whose progression varies by year and school, and by chance. Nothing of the
    future is known at any origin, and still about 80 and 95 of 100 lie within.
    """
    ours = result.scores.query("method == @OURS and size == 'all'")
    for level in ("school", "grade"):
        for _, row in ours[ours["level"] == level].iterrows():
            assert 0.74 <= row["within80"] <= 0.86, (level, row["horizon_years"])
            assert 0.91 <= row["within95"] <= 0.99, (level, row["horizon_years"])
            assert 0.44 <= row["within50"] <= 0.58, (level, row["horizon_years"])


def test_small_and_large_schools_are_held_to_the_same_promise(result):
    """Size classes have a quarter of the rows: coverage is told less exactly."""
    ours = result.scores.query("method == @OURS and level == 'grade' and size != 'all'")
    assert len(ours) == 4 * 3
    assert ours["within80"].between(0.72, 0.90).all()


def test_shares_of_draws_below_the_truth_are_even(result):
    """One origin's errors move together, so the tenths are not exactly even."""
    share = result.errors.query("method == @OURS and level == 'grade'")["share"].dropna()
    tenths = np.histogram(share, bins=10, range=(0, 1))[0] / len(share)
    assert tenths == pytest.approx([0.1] * 10, abs=0.035)


def test_no_worse_than_last_year_again(result):
    mape = result.scores.query("size == 'all'").set_index(["method", "level", "horizon_years"])["mape"]
    for level in ("grade", "entry", "school"):
        for horizon in (1, 2, 3):
            assert mape[OURS, level, horizon] < mape["last_value", level, horizon], (level, horizon)
            assert mape[OURS, level, horizon] < 1.02 * mape["mean_ratio", level, horizon], (level, horizon)


def test_intervals_begin_with_the_third_origin_and_are_whole_pupils(county, result):
    """The first origin is the third autumn; two later the errors of one year are known."""
    ours = result.errors[result.errors["method"] == OURS]
    assert set(ours["origin"]) == set(range(county.first_year + 2, county.last_year))
    for column in ("low95", "low50", "high80", "share"):
        assert (ours[column].notna() == (ours["origin"] >= county.first_year + 4)).all()
    told_bounds = ours[["low95", "high95"]].dropna()
    assert (told_bounds == told_bounds.round()).all(axis=None)


def test_bounds_and_the_share_below_by_hand():
    """Grades 3 and 4; draws of grade 4 are 0 … 9: of 4 actual pupils 4 draws lie below and one is equal, 4½ of 10."""
    known = history([[[1], [1]]], grades=(3, 4))
    drawn = np.stack([np.full(10, 50.0), np.arange(10.0)])[None]
    rows = pd.DataFrame({"level": ["grade", "school"], "series": 0, "grade": [4, -1], "actual": [4.0, 60.0]})
    found = _measured(rows, drawn.astype(np.float32), known)
    assert found["share"].tolist() == near([0.45, 1.0])
    assert found[["low50", "high50", "low95", "high95"]].to_numpy().tolist() == [[2, 7, 0, 9], [52, 57, 50, 59]]


def test_what_was_said_stays_said(county):
    """With three more years known, earlier origins say the same, intervals and all."""
    small = replace(
        county, pupils=county.pupils[:15], keys=county.keys[:15], pool=births(np.full((15, 20), 80.0), 2000)
    )
    later, before = run(small).errors, run(small.until(2021)).errors
    key = ["method", "level", "origin", "year", "series", "grade"]
    told_before = before.set_index(key).sort_index()
    told_later = later.set_index(key).sort_index().loc[told_before.index]
    assert len(before) < len(later)
    assert before["low80"].notna().any()
    pd.testing.assert_frame_equal(told_before, told_later, check_exact=True)


def test_f58_the_same_seed_the_same_backtest(county):
    small = replace(county, pupils=county.pupils[:8, :, -8:], keys=county.keys[:8])
    once, again, other = (run(small, years=1, seed=seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(once.errors, again.errors, check_exact=True)
    pd.testing.assert_frame_equal(once.scores, again.scores, check_exact=True)
    assert not once.errors["low80"].equals(other.errors["low80"])


def test_broken_and_named_years_are_left_out(county):
    hit = county.pupils.copy()
    hit[:, :, 8] *= 0.6
    found = run(replace(county, pupils=hit[:12], keys=county.keys[:12]), model=Model(skip_years=(2022,)))
    assert found.skipped == (2019, 2022)
    assert not set(found.errors["origin"]) & {2019, 2022}
    assert not set(found.errors["year"]) & {2019, 2022}


@pytest.mark.parametrize("years", [1, 2, 3])
def test_too_short_a_history_gives_empty_tables(years):
    found = run(history(np.full((2, 2, years), 30.0)))
    assert found.scores.empty
    assert found.scores.columns.tolist() == BACKTEST.names
    assert found.errors.empty


def test_one_error_is_enough_for_scores_without_intervals():
    found = run(history([[[30, 30, 30, 33]]]))
    assert found.scores["within80"].isna().all()
    assert found.scores.query("method == @OURS")["mape"].tolist() == near([1 / 11] * 6)


@given(seed=st.integers(0, 999), schools=st.integers(1, 3), zeros=st.floats(0, 1), gaps=st.floats(0, 0.5))
@settings(max_examples=8, deadline=None)
def test_f55_any_history_is_measured_in_finite_numbers(seed, schools, zeros, gaps):
    """Schools that come and go, grades that nobody reported, years of nobody at all; births of none."""
    rng = np.random.default_rng(seed)
    pupils = rng.poisson(20, (schools, 3, 8)) * (rng.random((schools, 3, 8)) > zeros / 2)
    told_pupils = np.where(rng.random((schools, 3, 8)) < gaps, np.nan, pupils)
    pool = births(rng.poisson(2, (schools, 9)), 2011)
    found = run(history(told_pupils, pool=pool), draws=20)
    conform(BACKTEST, found.scores)
    ours = found.errors[found.errors["method"] == OURS]
    assert np.isfinite(ours[["forecast", "actual"]].to_numpy(float)).all()
    assert (ours["forecast"] >= 0).all()
