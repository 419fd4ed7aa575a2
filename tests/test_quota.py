"""Places shared out: by hand, known paradoxes, independent recomputation, and laws that must hold."""

from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catchment.errors import Infeasible, SettingsError
from catchment.quota import (
    biproportional,
    largest_remainder,
    loses_by_one_more,
    places_at_stake,
    quotas,
    sainte_lague,
    share_places,
)
from catchment.settings import QuotaSettings, SeniorSettings

GRADUATES = st.lists(st.integers(0, 2000), min_size=1, max_size=12).filter(any)


def test_what_changes_with_one_graduate_more_or_fewer():
    """
    9 places for 50, 40 and 9 graduates: 4, 4 and 1. Tried one graduate at a time by the plain method.
    """
    counts = {"a": 50, "b": 40, "c": 9}
    how = QuotaSettings(senior=(SeniorSettings(name="S", plan=18, places=9),))
    pupils = pd.DataFrame({"school_id": list(counts), "pupils": list(counts.values())})
    found = places_at_stake(pupils, junior(a="town", b="town", c="town"), how).set_index("school_id")

    def places(**changed):
        return dict(zip("abc", sainte_lague([{**counts, **changed}[s] for s in "abc"], 9), strict=True))

    now = places()
    for school, row in found.iterrows():
        assert row["places"] == now[school]
        for sign, column in ((1, "more_graduates"), (-1, "fewer_graduates")):
            steps = range(1, min(max(counts[school] // 10, 10), counts[school] - 1 if sign < 0 else 99) + 1)
            first = next(
                (n for n in steps if (places(**{school: counts[school] + sign * n})[school] - now[school]) * sign > 0),
                None,
            )
            assert (None if pd.isna(row[column]) else row[column]) == first
        if not pd.isna(row["more_graduates"]):
            then = places(**{school: counts[school] + int(row["more_graduates"])})
            assert then[row["taken_from"]] < now[row["taken_from"]]


def test_sainte_lague_by_hand():
    """
    53, 24, 23 and 7 places. Quotients by 1, 3, 5: 53, 24, 23, 17.7, 10.6, 8, 7.67 are the seven largest (53 / 7 = 7.57
    is next): 3, 2, 2. Quotas 3.71, 1.68, 1.61: the two largest remainders are the first and the second: 4, 2, 1.
    """
    assert sainte_lague([53, 24, 23], 7) == [3, 2, 2]
    assert largest_remainder([53, 24, 23], 7) == [4, 2, 1]


def test_the_alabama_paradox_of_largest_remainders():
    """Weights 6, 6, 2: of 10 places 4, 4, 2; of 11 places 5, 5, 1: the smallest loses one. Sainte-Laguë does not."""
    assert largest_remainder([6, 6, 2], 10) == [4, 4, 2]
    assert largest_remainder([6, 6, 2], 11) == [5, 5, 1]
    assert loses_by_one_more([6, 6, 2], 10) == [2]
    ten, eleven = (sainte_lague([6, 6, 2], places) for places in (10, 11))
    assert all(after >= before for before, after in zip(ten, eleven, strict=True))


def test_sainte_lague_may_leave_the_quota():
    """50, 1, 1, 1 and 20 places: the quota of the first is 18.87; 50 / 39 > 1 gives it the last place too, 20."""
    assert sainte_lague([50, 1, 1, 1], 20) == [20, 0, 0, 0]
    assert float(quotas([50, 1, 1, 1], 20)[0]) == pytest.approx(18.87, abs=0.01)
    assert largest_remainder([50, 1, 1, 1], 20) == [19, 1, 0, 0]


def test_floors_and_caps_are_kept():
    assert sainte_lague([100, 1, 1], 10, floor=[0, 2, 0]) == [8, 2, 0]
    assert sainte_lague([100, 1, 1], 10, cap=[6, 10, 10]) == [6, 2, 2]


@pytest.mark.parametrize(
    ("bounds", "told"), [({"floor": [6, 6, 0]}, "floors need 12"), ({"cap": [3, 3, 3]}, "only 9 of 10")]
)
def test_bounds_that_cannot_be_met_are_told(bounds, told):
    with pytest.raises(Infeasible, match=told):
        sainte_lague([1, 1, 1], 10, **bounds)


def test_nobody_without_weight_gets_a_place():
    assert sainte_lague([0, 5], 4) == [0, 4]
    with pytest.raises(Infeasible):
        sainte_lague([0, 0], 1)
    with pytest.raises(Infeasible):
        largest_remainder([0, 0], 1)


def test_a_rural_tilt_counts_exactly():
    """100 rural graduates at 1.2 against 120 urban: an even share, which floating point would have to guess."""
    assert sainte_lague([Fraction(12, 10) * 100, Fraction(120)], 10) == [5, 5]


@given(GRADUATES, st.integers(0, 300))
def test_all_places_are_given_and_one_more_takes_none(weights, places):
    now, then = (sainte_lague(weights, count) for count in (places, places + 1))
    assert sum(now) == places
    assert all(after >= before for before, after in zip(now, then, strict=True))


@given(GRADUATES, st.integers(0, 300))
def test_largest_remainders_stay_within_the_quota(weights, places):
    for quota, got in zip(quotas(weights, places), largest_remainder(weights, places), strict=True):
        assert int(quota) <= got <= int(quota) + (quota != int(quota))


@given(GRADUATES, st.integers(1, 200), st.integers(2, 50))
def test_shares_do_not_depend_on_the_unit(weights, places, factor):
    assert sainte_lague(weights, places) == sainte_lague([factor * weight for weight in weights], places)


@given(GRADUATES, st.integers(1, 200))
def test_rounding_by_a_divisor_gives_the_same(weights, places):
    """Independent: with any divisor between the last quotient given and the next, weight / divisor rounds to the places."""
    getcontext().prec = 50
    given_places = sainte_lague(weights, places)
    last = min(Fraction(w, 2 * n - 1) for w, n in zip(weights, given_places, strict=True) if n)
    following = max((Fraction(w, 2 * n + 1) for w, n in zip(weights, given_places, strict=True)), default=Fraction(0))
    assert last >= following
    if last > following:
        divisor = (last + following) / 2 * 2
        for weight, got in zip(weights, given_places, strict=True):
            exact = Decimal(weight) * divisor.denominator / divisor.numerator
            assert abs(exact - got) <= Decimal("0.5")


@given(st.integers(0, 10_000))
def test_a_weight_that_grows_never_loses(seed):
    rng = np.random.default_rng(seed)
    weights = [int(w) for w in rng.integers(1, 500, 6)]
    grown = [weights[0] + int(rng.integers(1, 100)), *weights[1:]]
    places = int(rng.integers(1, 100))
    assert sainte_lague(grown, places)[0] >= sainte_lague(weights, places)[0]


def test_biproportional_by_hand():
    """Rows 3 and 2, columns 3 and 2, equal weights: the first row has 2 and 1, the second 1 and 1."""
    assert biproportional(np.ones((2, 2)), [3, 2], [3, 2]).tolist() == [[2, 1], [1, 1]]


def best_table(weights, rows, columns):
    """The best of all tables with these totals, by trying them all."""
    best, least = None, np.inf
    spans = [range(min(r, c) + 1) for r in rows for c in columns]
    for flat in product(*spans):
        table = np.array(flat).reshape(len(rows), len(columns))
        if (table.sum(1) != rows).any() or (table.sum(0) != columns).any() or (table[weights == 0] > 0).any():
            continue
        cost = sum(
            np.log((np.arange(1, n + 1) - 0.5) / w).sum()
            for n, w in zip(table.ravel(), weights.ravel(), strict=True)
            if n
        )
        if cost < least - 1e-9:
            best, least = table, cost
    return best, least


@pytest.mark.parametrize("seed", range(25))
def test_biproportional_is_the_best_of_all_tables(seed):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.5, 5, (2, 3))
    truth = rng.integers(0, 4, (2, 3))
    rows, columns = truth.sum(1), truth.sum(0)
    best, _ = best_table(weights, rows, columns)
    np.testing.assert_array_equal(biproportional(weights, rows.tolist(), columns.tolist()), best)


@given(st.integers(0, 10_000))
def test_biproportional_meets_both_totals_and_forgets_the_scale_of_rows_and_columns(seed):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.5, 5, (4, 3))
    truth = rng.integers(0, 30, (4, 3))
    rows, columns = truth.sum(1).tolist(), truth.sum(0).tolist()
    table = biproportional(weights, rows, columns)
    assert table.sum(1).tolist() == rows
    assert table.sum(0).tolist() == columns
    scaled = weights * rng.uniform(0.1, 9, 4)[:, None] * rng.uniform(0.1, 9, 3)
    np.testing.assert_array_equal(biproportional(scaled, rows, columns), table)


def test_totals_that_cannot_be_met_are_told():
    with pytest.raises(Infeasible, match="rows have 5 places and columns 4"):
        biproportional(np.ones((1, 1)), [5], [4])
    with pytest.raises(Infeasible, match="cannot be shared"):
        biproportional(np.array([[1.0, 0.0], [1.0, 0.0]]), [1, 1], [1, 1])


def junior(**settings):
    return pd.DataFrame({"school_id": list(settings), "stage": "junior", "setting": list(settings.values())})


def test_places_of_two_senior_schools_meet_every_total():
    """300 town and 100 rural graduates at 1.5: weights 300 and 150. Of 30 + 15 places 30 and 15: 20, 10 and 10, 5."""
    pupils = pd.DataFrame({"school_id": ["t", "r"], "pupils": [300, 100]})
    seniors = ({"name": "A", "plan": 60, "places": 30}, {"name": "B", "plan": 29})
    how = QuotaSettings.model_validate({"senior": seniors, "tilt": {"rural": 1.5}})
    shared = share_places(pupils, junior(t="town", r="rural"), how).set_index(["senior", "school_id"])
    assert shared["places"].to_dict() == {("A", "r"): 10, ("A", "t"): 20, ("B", "r"): 5, ("B", "t"): 10}
    assert shared.loc[("A", "r"), ["graduates", "tilt", "entitled"]].tolist() == [100, 1.5, 10]


def test_half_of_a_plan_is_rounded_up():
    assert QuotaSettings.model_validate({"senior": [{"name": "B", "plan": 29}]}).senior[0].given == 15


def test_a_school_without_graduates_has_no_row_and_a_small_one_its_floor():
    pupils = pd.DataFrame({"school_id": ["big", "none", "small"], "pupils": [900, 0, 3]})
    how = QuotaSettings.model_validate({"senior": [{"name": "A", "plan": 20, "places": 20}], "least": 2})
    shared = share_places(pupils, junior(big="urban", none="urban", small="rural"), how)
    assert shared.set_index("school_id")["places"].to_dict() == {"big": 18, "small": 2}


def test_without_a_senior_school_the_remedy_is_told():
    with pytest.raises(SettingsError, match=r"quota\.senior"):
        share_places(pd.DataFrame({"school_id": ["a"], "pupils": [1]}), junior(a="town"), QuotaSettings())
