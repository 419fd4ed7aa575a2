"""The p-median and sites with seats: by hand, against full enumeration, planted faults, and published instances."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.siting.branching import climb
from catchment.siting.capacitated import faults, solve_capacitated
from catchment.siting.filling import fill, fills_with
from catchment.siting.median import solve_median
from catchment.siting.model import Problem
from catchment.siting.rings import ring_prices


def whole(draw, low, high, *shape):
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)), dtype=np.int64).reshape(shape)


def street():
    """Six houses at 0 1 2 10 11 12, a site at each: two sites serve best at 1 and 11, at 1 each for four houses."""
    at = np.array([0, 1, 2, 10, 11, 12])
    return np.abs(at[:, None] - at)


def test_a_street_by_hand():
    answer = solve_median(street(), 2)
    assert answer.chosen.tolist() == [1, 4]
    assert answer.nearest.tolist() == [1, 1, 1, 4, 4, 4]
    assert (answer.objective, answer.bound, answer.status) == (4, 4, "optimal")


def test_a_school_that_is_there_stays():
    """With site 0 kept the other is best at 11: 0 + 1 + 2 + 1 + 0 + 1."""
    answer = solve_median(street(), 2, kept=np.array([0]))
    assert answer.chosen.tolist() == [0, 4]
    assert answer.objective == 5
    assert solve_median(street(), 2, kept=np.array([0, 5])).objective == 0 + 1 + 2 + 2 + 1 + 0


def test_wishes_that_cannot_be_are_told():
    with pytest.raises(InputError, match="7 sites"):
        solve_median(street(), 7)
    with pytest.raises(InputError, match="below 0"):
        solve_median(-street(), 2)
    with pytest.raises(InputError, match="below 0"):
        solve_capacitated(Problem(street(), np.zeros(6, np.int64), np.ones(6, np.int64), np.full(6, -1)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_median_is_the_best_of_all_choices(data):
    points, sites = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 8))
    cost = whole(data.draw, 0, data.draw(st.sampled_from([1, 9, 10**6])), points, sites)
    chosen = data.draw(st.integers(1, sites))
    kept = data.draw(st.sets(st.integers(0, sites - 1), max_size=chosen))
    answer = solve_median(cost, chosen, kept=np.array(sorted(kept), dtype=np.int64))
    least = min(cost[:, list(c)].min(axis=1).sum() for c in combinations(range(sites), chosen) if kept <= set(c))
    assert (answer.objective, answer.bound, answer.status) == (least, least, "optimal")
    assert kept <= set(answer.chosen.tolist())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_choice_costs_less_than_the_bound_of_any_prices(data):
    """Prices of the rings, and prices drawn by chance."""
    points, sites = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    cost = whole(data.draw, 0, 20, points, sites)
    chosen = data.draw(st.integers(1, sites - 1))
    least = min(int(cost[:, list(c)].min(axis=1).sum()) for c in combinations(range(sites), chosen))
    order = np.argsort(cost, axis=1, kind="stable")
    town = (cost, order, np.take_along_axis(cost, order, axis=1) * 16)
    found = ring_prices(cost, chosen, np.zeros(0, dtype=np.int64), scale=16)
    for price in [whole(data.draw, 0, 400, points), *([] if found is None else [found[0]])]:
        best = np.arange(chosen)
        bound, known = climb(town, price.copy(), np.zeros(sites, np.int64), best, 10**6, (1, 16))
        assert bound <= least * 16
        assert known >= least


def least_by_enumeration(town):
    """Cost of the cheapest plan among all, None if there is none."""
    points, sites = town.cost.shape
    best = None
    for zone in product(range(sites), repeat=points):
        load = np.bincount(zone, weights=town.load, minlength=sites)
        used = set(zone)
        if (load > town.seats).any() or (town.sites is not None and len(used) > town.sites):
            continue
        idle = sorted(int(town.fixed[j]) for j in range(sites) if j not in used)
        more = 0 if town.sites is None else town.sites - len(used)
        cost = sum(int(town.cost[i, j]) for i, j in enumerate(zone)) + sum(int(town.fixed[j]) for j in used)
        cost += sum(idle[:more])
        best = cost if best is None else min(best, cost)
    return best


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_sites_with_seats_are_the_best_of_all(data):
    points, sites = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    town = Problem(
        whole(data.draw, 0, 30, points, sites), whole(data.draw, 0, 20, sites), whole(data.draw, 0, 9, points),
        whole(data.draw, 0, 25, sites), data.draw(st.none() | st.integers(1, sites)),
    )  # fmt: skip
    answer, least = solve_capacitated(town), least_by_enumeration(town)
    if least is None:
        assert (answer.status, answer.objective) == ("impossible", None)
    else:
        assert (answer.status, answer.objective, answer.bound) == ("optimal", least, least)
        assert faults(town, answer.zone) == []


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_site_is_filled_as_full_enumeration_fills_it(data):
    points = data.draw(st.integers(1, 7))
    cost, load = whole(data.draw, 0, 20, points, 1), whole(data.draw, 0, 6, points)
    fixed, seats, price = whole(data.draw, 0, 9, 1), whole(data.draw, 0, 15, 1), whole(data.draw, 0, 25, points)
    fitting = [np.array(s) for s in product([0, 1], repeat=points) if np.dot(s, load) <= seats[0]]
    worth = [int(fixed[0] + s @ (cost[:, 0] - price)) for s in fitting]
    taken = np.zeros(points, np.int64)
    assert fill((cost, fixed, load, seats), price, 0, taken) == min(worth)
    assert fixed[0] + taken @ (cost[:, 0] - price) == min(worth)
    for point, found in enumerate(fills_with((cost, fixed, load, seats), price, 0)):
        with_it = [value for s, value in zip(fitting, worth, strict=True) if s[point]]
        assert found == min(with_it, default=np.iinfo(np.int64).max)


def test_the_checker_finds_planted_faults():
    town = Problem(street(), np.zeros(6, np.int64), np.ones(6, np.int64), np.full(6, 3), 2)
    assert faults(town, np.array([1, 1, 1, 4, 4, 4])) == []
    assert faults(town, np.array([1, 1, 1, 1, 4, 4])) == ["site 1: 4 of 3"]
    assert faults(town, np.array([0, 1, 1, 4, 4, 4])) == ["3 sites of 2"]
