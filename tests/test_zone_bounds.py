"""The bound of whole zones: each school's best zone against enumeration, and what no plan costs less than."""

from itertools import product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_zoning import connected, grid, least_by_enumeration, surplus_of, towns

from catchment.zoning.bounds import transport_bound
from catchment.zoning.lagrange import tighten, town_of
from catchment.zoning.model import instance_of
from catchment.zoning.pricing import units_within, zones_at


def zones_of(town, school):
    """Every zone that the school may have, as sets of units; without its own unit a zone may be in pieces here."""
    links = [(i, int(j)) for i in range(town.units) for j in town.neighbours(i)]
    home = int(town.home[school])
    for taken in product([False, True], repeat=town.units):
        group = {i for i in range(town.units) if taken[i]}
        if all(town.allowed[i, school] for i in group) and (home < 0 or (home in group and connected(group, links))):
            yield group


def seated(town, group, school):
    """Children of the first count over the seats."""
    return max(0, sum(int(town.children[i, 0]) for i in group) - int(town.seats[school, 0]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(6, wishes=True), st.lists(st.integers(0, 200), min_size=6, max_size=6), st.sampled_from([1, 10**6]))
def test_no_zone_of_a_school_adds_less_than_the_search_answers(town, prices, nodes):
    """With nodes enough it is the least; with one node it is a bound. Prices of the least's row are none here."""
    price = np.array(prices[: town.units], dtype=np.int64)
    free = transport_bound(town)
    free.price[:] = 0
    lower, value, chosen, _ = zones_at(town_of(town, free)[0], price, nodes)
    for school in range(town.schools):
        worth = [
            sum(int(town.cost[i, school]) - prices[i] for i in group) + (town.over or 0) * seated(town, group, school)
            for group in zones_of(town, school)
            if town.over is not None or seated(town, group, school) == 0
        ]
        if worth:
            assert lower[school] <= min(worth)
        if worth and nodes > 1:
            assert lower[school] == value[school] == min(worth)
            assert set(np.flatnonzero(chosen[school])) in list(zones_of(town, school))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(6, counts=2, wishes=True), st.integers(0, 40), st.sampled_from([1, 1000]))
def test_the_bound_of_zones_is_below_every_plan_and_leaves_out_no_pair_of_a_cheaper_one(town, above, nodes):
    least = least_by_enumeration(town)
    if least is None:
        return
    bound, columns = tighten(town, transport_bound(town), least + above, nodes=(nodes, nodes))
    assert bound <= least + above
    if above:
        assert bound <= least
        for zone in product(*(np.flatnonzero(may).tolist() for may in town.allowed)):
            if is_plan(town, zone) and worth_of(town, zone) < least + above:
                assert all(columns[i, k] for i, k in enumerate(zone))


def is_plan(town, zone):
    groups = [{i for i in range(town.units) if zone[i] == k} for k in range(town.schools)]
    links = [(i, int(j)) for i in range(town.units) for j in town.neighbours(i)]
    fits = town.over is not None or all(surplus_of(town, group, k) == 0 for k, group in enumerate(groups))
    return fits and all(
        connected(group, links) and (town.home[k] < 0 or int(town.home[k]) in group) for k, group in enumerate(groups)
    )


def worth_of(town, zone):
    groups = [{i for i in range(town.units) if zone[i] == k} for k in range(town.schools)]
    surplus = sum(surplus_of(town, group, k) for k, group in enumerate(groups))
    return sum(int(town.cost[i, k]) for i, k in enumerate(zone)) + surplus * (town.over or 0)


def test_whole_zones_bound_a_town_of_few_units_for_each_school_better_than_split_children():
    town = grid(side=6, schools=9, slack=1.02)
    transport = transport_bound(town)
    dear = int(town.cost.max(axis=1).sum())
    assert tighten(town, transport, dear, nodes=(1000,))[0] > transport.bound


def test_more_pairs_are_left_the_more_a_plan_may_cost():
    town = grid(side=3, schools=2)
    kept, _ = town_of(town, transport_bound(town))
    price = town.cost.min(axis=1) + 1
    lower, _, _, _ = zones_at(kept, price, 10**6)
    for school in range(town.schools):
        near, far = (units_within(kept, school, price, int(lower[school]) + spare, 10**6) for spare in (1, 10**6))
        assert (near <= far).all()
        assert (far <= town.allowed[:, school]).all()


def test_a_dear_unit_may_be_in_the_zone_of_a_school_without_a_unit_of_its_own():
    """Unit 1 costs 119 at school 2, which stands in no unit; with what unit 2 gains there the plan is cheaper than 119 + 1."""
    children, pairs = np.array([2, 7, 1, 4, 0]), np.array([(0, 1), (0, 3), (0, 4), (1, 2)])
    cost = np.zeros((5, 3), dtype=np.int64)
    cost[1, 2] = 119
    banned = np.zeros((5, 3), dtype=bool)
    banned[3, [0, 2]] = banned[4, [1, 2]] = True
    town = instance_of(
        children, np.array([0, 11, 8]), cost, pairs=pairs, home=np.array([4, 3, -1]), banned=banned, over=57
    )
    zone = (1, 2, 2, 1, 0)
    for cost_of_plan in range(120, 160):
        _, columns = tighten(town, transport_bound(town), cost_of_plan, nodes=(1000, 1000))
        assert is_plan(town, zone)
        assert worth_of(town, zone) == 119
        assert all(columns[i, k] for i, k in enumerate(zone))
