"""Progression and entry levels recomputed cell by cell, as docs/method/forecast.md has them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from histories import histories
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.forecast.entry import entry_levels, entry_points
from catchment.forecast.progression import progression_ratios


def loop_ratios(known, half_life, kappa):
    """Ratios of every series and grade."""
    series, grades, years = known.pupils.shape

    def sums(members, g):
        top = bottom = 0.0
        for s in members:
            for t in range(1, years):
                above, below = known.pupils[s, g, t], known.pupils[s, g - 1, t - 1]
                if not (math.isnan(above) or math.isnan(below)):
                    weight = 2 ** (-(years - 1 - t) / half_life)
                    top, bottom = top + weight * above, bottom + weight * below
        return top, bottom

    found = np.ones((series, grades))
    for s, key in known.keys.iterrows():
        peers = [i for i in range(series) if known.keys["status"][i] == key["status"]]
        mates = [i for i in peers if known.keys["area_id"][i] == key["area_id"]]
        for g in range(1, grades):
            top, bottom = sums(peers, g)
            county = top / bottom if bottom else 1.0
            top, bottom = sums(mates, g)
            area = (top + 5000 * county) / (bottom + 5000)
            top, bottom = sums([s], g)
            found[s, g] = min(2.5, max(0.4, (top + kappa * area) / (bottom + kappa) if bottom + kappa else area))
    return found


def loop_levels(known, g, half_life, drift):
    """Level of every series that enters grade index g."""
    series, _, years = known.pupils.shape
    entering = [s for s in range(series) if entry_points(known.offered)[s, g]]
    entries = known.pupils[:, g]

    def pool(s, t):
        return float(known.pool.of(known.first_year + t)[s]) if g == 0 and known.pool else 1.0

    chain = [0.0] * years
    for t in range(1, years):
        told = [u for u in range(t) if any(not math.isnan(entries[s, u]) for s in entering)]
        before = told[-1] if told else 0
        found = expected = 0.0
        for s in entering:
            now, then = entries[s, t], entries[s, before]
            if not (math.isnan(now) or math.isnan(then)) and pool(s, before) > 0 and pool(s, t) > 0:
                found, expected = found + now, expected + then * pool(s, t) / pool(s, before)
        chain[t] = chain[before] + (math.log(max(found / expected, 0.01)) if expected else 0.0)
    slow = [2 ** (-(years - 1 - t) / drift) for t in range(years)]
    today = sum(w * c for w, c in zip(slow, chain, strict=True)) / sum(slow)
    levels = [0.0] * series
    for s in entering:
        top = bottom = 0.0
        for t in range(years):
            if not math.isnan(entries[s, t]) and pool(s, t) > 0:
                weight = 2 ** (-(years - 1 - t) / half_life)
                top += weight * entries[s, t] / pool(s, t) * math.exp(today - chain[t])
                bottom += weight
        levels[s] = top / bottom if bottom else 0.0
    return levels


@given(known=histories(), half_life=st.sampled_from([1.0, 3.0]), kappa=st.sampled_from([0.0, 200.0]))
@settings(max_examples=60, deadline=None)
def test_progression_equals_plain_loops(known, half_life, kappa):
    found = progression_ratios(known, np.ones(len(known.grades)), half_life_years=half_life, shrink_pupils=kappa)
    assert found.ravel().tolist() == pytest.approx(loop_ratios(known, half_life, kappa).ravel().tolist(), rel=1e-9)


@given(known=histories(), half_life=st.sampled_from([1.0, 1.5]), drift=st.sampled_from([1.0, 2.0]))
@settings(max_examples=60, deadline=None)
def test_entry_levels_equal_plain_loops(known, half_life, drift):
    known = replace(known, follow={})
    levels = entry_levels(known, entry_points(known.offered), half_life_years=half_life, drift_years=drift)
    for g in range(len(known.grades)):
        assert levels[:, g].tolist() == pytest.approx(loop_levels(known, g, half_life, drift), rel=1e-9, abs=1e-12)
