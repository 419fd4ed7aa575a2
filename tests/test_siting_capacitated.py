"""Sites with seats, points whole: by hand, against full enumeration, and laws that must hold."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.siting.capacitated import faults, solve_capacitated
from catchment.siting.model import Problem


def whole(*rows):
    return np.array(rows, dtype=np.int64)


def by_enumeration(given):
    """Least cost over every site of every point; None if the seats hold no plan."""
    best = None
    points, sites = given.cost.shape
    for zone in product(range(sites), repeat=points):
        load = np.bincount(zone, weights=given.load, minlength=sites)
        used = set(zone)
        if (load > given.seats).any() or (given.sites is not None and len(used) > given.sites):
            continue
        cost = sum(int(given.cost[point, site]) for point, site in enumerate(zone))
        cost += sum(int(given.fixed[site]) for site in used)
        if given.sites is not None:
            idle = sorted(int(given.fixed[site]) for site in range(sites) if site not in used)
            cost += sum(idle[: given.sites - len(used)])
        best = cost if best is None else min(best, cost)
    return best


def test_whole_villages_by_hand():
    """Three villages of 6, 5 and 4 children, two schools of 9 seats: 5 and 4 together is the only way."""
    given = Problem(whole([1, 9], [1, 9], [1, 9]), whole(0, 0), whole(6, 5, 4), whole(9, 9))
    answer = solve_capacitated(given)
    assert answer.zone.tolist() == [1, 0, 0]
    assert (answer.objective, answer.bound, answer.status) == (11, 11, "optimal")


def test_a_school_is_built_where_it_saves_more_than_it_costs():
    given = Problem(whole([0, 50], [60, 0]), whole(10, 10), whole(1, 1), whole(2, 2))
    assert solve_capacitated(given).chosen.tolist() == [0, 1]
    dear = replace(given, fixed=whole(100, 100))
    assert solve_capacitated(dear).chosen.tolist() == [1]
    assert solve_capacitated(dear).objective == 150


def test_seats_enough_but_not_for_whole_villages():
    """Ten seats for nine children, but no school takes a village of 3 beside another."""
    given = Problem(whole([1, 1], [1, 1], [1, 1]), whole(0, 0), whole(3, 3, 3), whole(5, 5))
    answer = solve_capacitated(given)
    assert (answer.status, answer.objective, answer.zone.tolist()) == ("impossible", None, [-1, -1, -1])


def test_numbers_below_0_are_named():
    with pytest.raises(InputError, match="seats"):
        solve_capacitated(Problem(whole([1]), whole(0), whole(1), whole(-1)))
    with pytest.raises(InputError, match="3 sites"):
        solve_capacitated(Problem(whole([1]), whole(0), whole(1), whole(1), sites=3))


def test_a_broken_plan_is_told():
    given = Problem(whole([1, 9], [1, 9]), whole(0, 0), whole(2, 2), whole(3, 3), sites=1)
    assert faults(given, whole(0, 0)) == ["site 0: 4 of 3"]
    assert faults(given, whole(0, 1)) == ["2 sites of 1"]


@st.composite
def towns(draw):
    points, sites = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    largest = draw(st.sampled_from([3, 60, 10**6]))

    def numbers(count, high, low=0):
        return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    cost = whole(*(numbers(sites, largest) for _ in range(points)))
    limit = draw(st.none() | st.integers(1, sites))
    return Problem(cost, whole(*numbers(sites, largest)), whole(*numbers(points, 6)), whole(*numbers(sites, 14)), limit)


@settings(max_examples=500, deadline=None)
@given(towns())
def test_equal_to_full_enumeration(town):
    answer, least = solve_capacitated(town), by_enumeration(town)
    if least is None:
        assert (answer.status, answer.objective) == ("impossible", None)
    else:
        assert (answer.status, answer.objective, answer.bound) == ("optimal", least, least)
        assert faults(town, answer.zone) == []


@settings(max_examples=100, deadline=None)
@given(towns())
def test_more_seats_are_never_worse_and_a_useless_site_changes_nothing(town):
    least = solve_capacitated(town).objective
    more = solve_capacitated(replace(town, seats=town.seats + 1)).objective
    points, _ = town.cost.shape
    useless = Problem(
        np.column_stack([town.cost, np.full(points, town.cost.max() + 1)]), np.append(town.fixed, town.fixed.max() + 1),
        town.load, np.append(town.seats, 0), town.sites,
    )  # fmt: skip
    if least is not None:
        assert more is not None
        assert more <= least
        if town.load.min() > 0:
            assert solve_capacitated(useless).objective == least
