"""The p-median: by hand, against full enumeration, and laws that must hold."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.siting.median import _Search, solve_median

# A street with a house each 100 m: five houses, and sites at all of them.
STREET = np.abs(np.arange(5)[:, None] - np.arange(5)) * 100


def by_enumeration(cost, sites, kept=()):
    """Least cost over every choice of sites."""
    choices = (chosen for chosen in combinations(range(cost.shape[1]), sites) if set(kept) <= set(chosen))
    return min(int(cost[:, chosen].min(axis=1).sum()) for chosen in choices)


def test_the_middle_of_a_street_by_hand():
    one = solve_median(STREET, 1)
    assert (one.chosen.tolist(), one.objective, one.bound, one.status) == ([2], 600, 600, "optimal")
    assert one.nearest.tolist() == [2] * 5
    assert solve_median(STREET, 2).objective == 300
    assert solve_median(STREET, 5).objective == 0


def test_a_site_that_is_kept_by_hand():
    """The school at the end stays: the other one serves the three houses far from it."""
    answer = solve_median(STREET, 2, kept=np.array([0]))
    assert answer.chosen.tolist() == [0, 3]
    assert answer.objective == 300
    assert answer.nearest.tolist() == [0, 0, 3, 3, 3]


@pytest.mark.parametrize("sites", [0, 6])
def test_sites_that_are_not_there(sites):
    with pytest.raises(InputError, match="of 5"):
        solve_median(STREET, sites)


def test_costs_below_0_are_named():
    cost = STREET.copy()
    cost[3, 1] = -1
    with pytest.raises(InputError, match="below 0") as told:
        solve_median(cost, 1)
    assert "3" in str(told.value)


@st.composite
def towns(draw):
    points, sites = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    largest = draw(st.sampled_from([3, 50, 10**7]))
    rows = st.lists(st.integers(0, largest), min_size=sites, max_size=sites)
    cost = np.array(draw(st.lists(rows, min_size=points, max_size=points)), dtype=np.int64)
    kept = draw(st.sets(st.integers(0, sites - 1), max_size=2))
    chosen = draw(st.integers(max(1, len(kept)), sites))
    return cost, chosen, np.array(sorted(kept), dtype=np.int64)


@settings(max_examples=500, deadline=None)
@given(towns())
def test_equal_to_full_enumeration(town):
    cost, sites, kept = town
    answer = solve_median(cost, sites, kept=kept)
    assert answer.status == "optimal"
    assert answer.objective == answer.bound == by_enumeration(cost, sites, kept.tolist())
    assert set(kept.tolist()) <= set(answer.chosen.tolist())
    assert len(set(answer.chosen.tolist())) == sites
    assert cost[np.arange(len(cost)), answer.nearest].sum() == answer.objective


@settings(max_examples=100, deadline=None)
@given(towns())
def test_one_site_more_is_never_worse_and_a_far_one_changes_nothing(town):
    cost, sites, kept = town
    least = solve_median(cost, sites, kept=kept).objective
    if sites < cost.shape[1]:
        assert solve_median(cost, sites + 1, kept=kept).objective <= least
    far = np.column_stack([cost, np.full(len(cost), cost.max() + 1)])
    assert solve_median(far, sites, kept=kept).objective == least


def test_a_larger_town_against_the_program_of_all_pairs():
    """30 points, 30 sites, 4 chosen, where costs are no distances: HiGHS over all pairs says the same."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    cost = np.random.default_rng(5).integers(1, 1000, (30, 30))
    pairs, eye = 900, sparse.eye_array(30)
    whole = sparse.hstack([sparse.kron(eye, np.ones((1, 30))), sparse.csr_array((30, 30))])
    link = sparse.hstack([sparse.eye_array(pairs), -sparse.kron(np.ones((30, 1)), eye)])
    count = np.append(np.zeros(pairs), np.ones(30))[None]
    rules = [LinearConstraint(whole, 1, 1), LinearConstraint(link, -np.inf, 0), LinearConstraint(count, 4, 4)]
    found = milp(
        np.append(cost.ravel(), np.zeros(30)), integrality=np.ones(930), bounds=Bounds(0, 1), constraints=rules,
        options={"mip_rel_gap": 0},
    )  # fmt: skip
    answer = solve_median(cost, 4)
    assert answer.objective == answer.bound == round(found.fun)
    assert answer.branches > 1


def test_little_time_gives_a_true_bound():
    """Without time the best sites met, and a bound that no choice is below."""
    cost = np.random.default_rng(8).integers(1, 10**6, (120, 120))
    hasty, patient = solve_median(cost, 12, seconds=0.0), solve_median(cost, 13, seconds=0.0)
    assert hasty.status == "feasible"
    assert hasty.bound < hasty.objective
    assert patient.bound <= hasty.objective


def test_kept_sites_stay_whatever_the_order_a_branch_tells_its_best_in():
    """Points 0 and 1 are served for nothing from sites 1 and 2; site 0, kept, is dear. A branch may tell its best as (1, 0)."""
    cost = np.array([[9, 0, 5], [9, 5, 0]])
    search = _Search(cost, 2, np.array([0]))
    search.start()
    search.best = np.array([1, 0])
    search.restart(10.0)
    assert 0 in search.best
    assert solve_median(cost, 2, kept=np.array([0])).objective == 5


def test_costs_that_64_bits_cannot_sum_are_refused():
    with pytest.raises(InputError, match="too large"):
        solve_median(np.full((4, 4), 2**60), 1)
