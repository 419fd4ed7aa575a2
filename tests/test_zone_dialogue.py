"""Questions on zones: borders, worth of seats, why this school, other plans; by hand and against enumeration."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catchment.zoning import Instance, faults, instance_of, solve, total_cost
from catchment.zoning.alternatives import alternatives
from catchment.zoning.bounds import transport_bound
from catchment.zoning.dialogue import (
    FORBIDDEN,
    FULL,
    LOCKED,
    NEAREST,
    borderline,
    cheapest_chain,
    explain_unit,
    seat_values,
)
from catchment.zoning.solve import Work

SMALL = Work(seconds=None, starts=1, cycles=1, steps=20_000, rounds=5, nodes=100, whole_nodes=1)


def five(seats=(6, 3), **wishes) -> Instance:
    """Units 0 … 4 in a row with 1 2 3 2 1 children, school 0 in unit 0, school 1 in unit 4; cost = children × steps."""
    children = np.array([1, 2, 3, 2, 1])
    cost = np.array([[c * i, c * (4 - i)] for i, c in enumerate(children)])
    pairs = np.array([(i, i + 1) for i in range(4)])
    return instance_of(children, np.array(seats), cost, pairs=pairs, home=np.array([0, 4]), **wishes)


PLAN = np.array([0, 0, 0, 1, 1])
FREE = np.zeros(2, dtype=np.int64)


def test_the_border_of_five_units():
    """Unit 2 costs the same at school 1, unit 3 two steps more at school 0; units 1 and 4 are not at the border or own units."""
    moves = borderline(five(), PLAN, price=np.array([0, 1]), within=10)
    assert [(m.unit, m.joins, m.more, m.priced, m.left, m.taken, m.fits) for m in moves] == [
        (2, 1, 0, 1, 3, 6, False),
        (3, 0, 2, 1, 1, 8, False),
    ]
    assert [m.unit for m in borderline(five(), PLAN, price=FREE, within=1)] == [2]


def test_a_unit_that_holds_its_zone_together_is_not_offered():
    """
    0 1 2   zone 0: 0 1 2, zone 1: 3 4 5; unit 1 joins 0 and 2, 4 joins 3 and 5: they cannot leave; 0 and 5 are own units.
    3 4 5
    """
    pairs = np.array([(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)])
    town = instance_of(np.ones(6, int), np.array([9, 9]), np.zeros((6, 2), int), pairs=pairs, home=np.array([0, 5]))
    moves = borderline(town, np.array([0, 0, 0, 1, 1, 1]), price=FREE, within=1)
    assert [m.unit for m in moves] == [2, 3]


def test_the_worth_of_seats_is_what_the_bound_says():
    cost = np.array([[0, 9], [1, 3], [2, 0]])
    town = instance_of(np.ones(3, int), np.array([1, 2]), cost, pairs=np.array([(0, 1), (1, 2)]), home=np.array([0, 2]))
    values = seat_values(town, np.array([0, 1, 1]), price=transport_bound(town).price)
    assert [(v.school, v.children, v.seats, v.free, v.price) for v in values] == [(0, 1, 1, 0, 2), (1, 2, 2, 0, 0)]


def test_why_a_unit_is_where_it_is():
    assert explain_unit(five(), PLAN, 1, price=FREE).why == NEAREST
    locked = five((9, 9), locks={3: 0})
    assert explain_unit(locked, np.array([0, 0, 0, 0, 1]), 3, price=FREE).why == LOCKED
    three = instance_of(
        np.array([1, 1, 1]), np.array([3, 3, 3]), np.array([[0, 5, 9], [1, 2, 3], [9, 5, 0]]),
        pairs=np.array([(0, 1), (1, 2)]), home=np.array([0, -1, 2]),
        banned=np.array([[False] * 3, [True, False, False], [False] * 3]),
    )  # fmt: skip
    assert explain_unit(three, np.array([0, 1, 2]), 1, price=np.zeros(3, int)).why == FORBIDDEN


def test_a_full_school_and_who_would_make_room():
    """
    A 1 2 B   units 1 and 2 (2 children each) have changed places: 1 is in the zone of B, 2 in that of A; 3 seats each.
    Unit 2 gains 2 at B, which is full then: unit 1 goes to A and gains 2.
    """
    tight = instance_of(
        np.array([1, 2, 2, 1]), np.array([3, 3]), np.array([[0, 3], [2, 4], [4, 2], [3, 0]]),
        pairs=np.array([(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]), home=np.array([0, 3]),
    )  # fmt: skip
    swapped = np.array([0, 1, 0, 1])
    told = explain_unit(tight, swapped, 2, price=FREE)
    assert (told.why, told.school, [choice.school for choice in told.nearest]) == (FULL, 0, [1, 0])
    assert told.chain.moves == ((2, 0, 1), (1, 1, 0))
    assert told.chain.more == -2 - 2


def test_every_count_and_the_least_are_looked_at():
    """Unit 2 has one pupil of the second count, for which school 1 has no room; school 0 must keep six children."""
    town = five((9, 9))
    two = replace(town, children=np.column_stack([town.children, [0, 0, 1, 0, 0]]), seats=np.array([[9, 9], [9, 0]]))
    fits = [[(m.unit, m.fits) for m in borderline(t, PLAN, price=FREE, within=10)] for t in (town, two)]
    assert fits == [[(2, True), (3, True)], [(2, False), (3, True)]]
    least = replace(town, least=np.array([6, 0]))
    assert [(m.unit, m.fits) for m in borderline(least, PLAN, price=FREE, within=10)] == [(2, False), (3, True)]
    assert cheapest_chain(town, PLAN, 2, 1).moves == ((2, 0, 1),)
    assert cheapest_chain(least, PLAN, 2, 1) is None


@st.composite
def towns(draw):
    units, schools = draw(st.integers(4, 6)), draw(st.integers(2, 3))
    children = np.array(draw(st.lists(st.integers(1, 4), min_size=units, max_size=units)))
    pairs = [(draw(st.integers(0, i - 1)), i) for i in range(1, units)]
    pairs += draw(st.lists(st.tuples(st.integers(0, units - 1), st.integers(0, units - 1)), max_size=5))
    home = draw(st.permutations(range(units)))[:schools]
    seats = np.array(draw(st.lists(st.integers(3, 12), min_size=schools, max_size=schools)))
    each = draw(st.lists(st.integers(0, 9), min_size=units * schools, max_size=units * schools))
    cost = np.array(each).reshape(units, schools) * children[:, None]
    return instance_of(children, seats, cost, pairs=np.array(pairs), home=np.array(home))


def plans(town):
    zones = (np.array(zone) for zone in product(range(town.schools), repeat=town.units))
    return [zone for zone in zones if not faults(town, zone)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(), st.data())
def test_borders_and_chains_against_all_plans(town, data):
    """Every move offered that fits is a plan; every plan one unit away is offered; no chain of one or two moves is cheaper."""
    known = plans(town)
    if not known:
        return
    zone = data.draw(st.sampled_from(known))
    keys = {tuple(plan) for plan in known}
    price = np.zeros(town.schools, dtype=np.int64)
    offered = set()
    for move in borderline(town, zone, price=price, within=10**9):
        after = zone.copy()
        after[move.unit] = move.joins
        assert (tuple(after) in keys) == move.fits
        offered.add(tuple(after))
    beside = {key for key in keys if sum(a != b for a, b in zip(key, zone, strict=True)) == 1}
    joined = {key for key in beside if _touches(town, zone, key)}
    assert joined <= offered
    unit = data.draw(st.integers(0, town.units - 1))
    school = data.draw(st.integers(0, town.schools - 1))
    if zone[unit] != school and unit not in town.home:
        chain = cheapest_chain(town, zone, unit, school)
        least = _least_chain(town, zone, keys, unit, school)
        assert (chain.more if chain else None) == least


def _touches(town, zone, after):
    unit = next(i for i in range(town.units) if zone[i] != after[i])
    return any(zone[j] == after[unit] for j in town.neighbours(unit))


def _least_chain(town, zone, keys, unit, school):
    """Among all orders of up to three followers: one of the overfull school goes to a zone that it touches, plainly replayed."""
    best = None
    others = [i for i in range(town.units) if i != unit and i not in town.home]
    for length in range(4):
        for followers in permutations(others, length):
            for goals in product(range(town.schools), repeat=length):
                after = zone.copy()
                after[unit] = school
                for follower, goal in zip(followers, goals, strict=True):
                    load = np.bincount(after, weights=town.children[:, 0], minlength=town.schools)
                    full = np.flatnonzero(load > town.seats[:, 0])
                    near = any(after[j] == goal for j in town.neighbours(follower))
                    if len(full) == 0 or after[follower] != full[0] or goal == full[0] or not near:
                        break
                    after[follower] = goal
                else:
                    if tuple(after) in keys:
                        more = total_cost(town, after) - total_cost(town, zone)
                        best = more if best is None else min(best, more)
    return best


def grid(side=6, schools=4, seed=3):
    rng = np.random.default_rng(seed)
    children = rng.integers(1, 20, side * side)
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1)
    home = np.sort(rng.choice(side * side, schools, replace=False))
    distance = np.abs(xy[:, None] - xy[home]).sum(axis=2) * 100
    near = np.abs(xy[:, None] - xy).sum(axis=2) == 1
    seats = np.full(schools, int(children.sum() * 1.15 / schools) + 5)
    return instance_of(children, seats, children[:, None] * distance, pairs=np.argwhere(near), home=home), distance


def test_alternatives_are_plans_that_differ_and_none_is_worse_in_all():
    town, distance = grid()
    answer = solve(town, seed=1, work=SMALL)
    found, again = (alternatives(town, answer.zone, distance_m=distance, seed=1, work=SMALL) for _ in range(2))
    assert len(found) >= 2
    assert [plan.zone.tolist() for plan in found] == [plan.zone.tolist() for plan in again]
    for plan in found:
        assert faults(town, plan.zone) == []
        assert plan.cost == total_cost(town, plan.zone)
        for other in found:
            assert other is plan or any(a < b for a, b in zip(plan.worth, other.worth, strict=True))
            assert other is plan or town.children[plan.zone != other.zone].sum() >= 0.02 * town.children.sum()


def test_moved_children_are_counted_against_the_zones_in_force():
    town, distance = grid()
    answer = solve(town, seed=1, work=SMALL)
    present = np.roll(answer.zone, 1)
    for plan in alternatives(town, answer.zone, distance_m=distance, present=present, seed=1, work=SMALL):
        assert plan.moved == town.children[plan.zone != present].sum()
