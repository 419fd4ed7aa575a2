"""Iterative proportional fitting: by hand, against known answers, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.raking import rake

ROWS, COLUMNS = np.array([[0, 0], [1, 1]]), np.array([[0, 1], [0, 1]])


def test_an_even_seed_becomes_the_product_of_its_margins():
    """Rows 30 and 70, columns 40 and 60 of 100: 30 × 40 / 100 = 12, and so on."""
    raked = rake(np.ones((2, 2)), [(ROWS, np.array([30.0, 70.0])), (COLUMNS, np.array([40.0, 60.0]))])
    np.testing.assert_allclose(raked, [[12, 18], [28, 42]], rtol=1e-8)


def test_the_odds_ratio_of_the_seed_is_kept():
    seed = np.array([[8.0, 2.0], [3.0, 6.0]])
    raked = rake(seed, [(ROWS, np.array([30.0, 70.0])), (COLUMNS, np.array([40.0, 60.0]))])
    odds = raked[0, 0] * raked[1, 1] / (raked[0, 1] * raked[1, 0])
    assert odds == pytest.approx(8 * 6 / (2 * 3), rel=1e-6)


def test_a_group_without_a_total_is_free():
    raked = rake(np.ones((2, 2)), [(ROWS, np.array([30.0, np.nan]))])
    np.testing.assert_allclose(raked, [[15, 15], [1, 1]])


def test_totals_that_contradict_each_other_are_told():
    with pytest.raises(InputError, match="contradict"):
        rake(np.ones((2, 2)), [(ROWS, np.array([30.0, 70.0])), (COLUMNS, np.array([40.0, 61.0]))])


def test_a_total_with_nobody_to_share_it_over_is_told():
    with pytest.raises(InputError, match="nobody"):
        rake(np.array([[0.0, 0.0], [1.0, 1.0]]), [(ROWS, np.array([30.0, 70.0]))])


@given(st.integers(0, 10_000))
def test_every_total_is_met_and_noughts_stay(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 50, (4, 5)).astype(float)
    start = rng.uniform(0.5, 2, (4, 5))
    start[0, 0], truth[0, 0] = 0.0, 0.0
    rows, columns = np.indices((4, 5))
    raked = rake(start, [(rows, truth.sum(1)), (columns, truth.sum(0))])
    np.testing.assert_allclose(raked.sum(1), truth.sum(1), rtol=1e-6)
    np.testing.assert_allclose(raked.sum(0), truth.sum(0), rtol=1e-6)
    assert raked[0, 0] == 0
