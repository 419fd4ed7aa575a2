"""Zones by the solver: by hand, against full enumeration, planted faults, and laws that must hold."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.zoning import Instance, check_move, faults, instance_of, solve, total_cost
from catchment.zoning.bounds import transport_bound
from catchment.zoning.exact import Effort, solve_exactly
from catchment.zoning.improve import part_of
from catchment.zoning.pieces import cuts_of_zone, pieces
from catchment.zoning.pool import recombine
from catchment.zoning.search import annealed, grow, mended, settled
from catchment.zoning.solve import Work
from catchment.zoning.verify import objective

SMALL = Work(seconds=None, starts=2, cycles=3, steps=20_000, rounds=40, nodes=500, whole_nodes=10_000)


def row(children, seats, cost, home, *, banned=None, locks=None):
    """Units in a row, each beside the next."""
    count = len(children)
    return instance_of(
        np.array(children), np.array(seats), np.array(cost), pairs=np.array([(i, i + 1) for i in range(count - 1)]),
        home=np.array(home), banned=banned, locks=locks,
    )  # fmt: skip


def five(**wishes) -> Instance:
    """
    Units 0 1 2 3 4 in a row with 1 2 3 2 1 children; school 0 stands in unit 0 and school 1 in unit 4; cost = children × steps.
    Nearest: unit 2 costs 6 in either zone. With 6 seats at school 0 and 3 at school 1, unit 2 goes to school 0: cost
    0 + 2 + 6 + 2 + 0 = 10.
    """
    children = [1, 2, 3, 2, 1]
    cost = [[c * i, c * (4 - i)] for i, c in enumerate(children)]
    return row(children, [6, 3], cost, [0, 4], **wishes)


def test_five_units_by_hand():
    answer = solve(five(), seed=1, work=SMALL)
    assert answer.zone.tolist() == [0, 0, 0, 1, 1]
    assert (answer.objective, answer.status, answer.short) == (10, "optimal", 0)
    assert answer.bound <= 10


def test_a_lock_is_kept_and_costs_what_it_must():
    """Unit 1 locked to school 1 would lie beyond units 2 and 3: all but unit 0 go to school 1, which needs 8 seats."""
    locked = five(locks={1: 1})
    wide = Instance(
        locked.children, np.array([[6], [8]]), locked.cost, locked.allowed, locked.first, locked.neighbour, locked.home
    )
    assert solve(wide, seed=1, work=SMALL).zone.tolist() == [0, 1, 1, 1, 1]
    short = solve(locked, seed=1, work=SMALL)
    assert short.zone[1] == 1
    assert (short.status, short.short) != ("optimal", 0)


def test_prices_are_what_one_more_seat_is_worth():
    """A third seat at school 1 is worth nothing to unit 2, which is as near to either; a banned way makes it dear."""
    cost = [[0, 9], [1, 3], [2, 0]]
    tight = row([1, 1, 1], [1, 2], cost, [0, 2])
    more = row([1, 1, 1], [2, 2], cost, [0, 2])
    assert transport_bound(tight).bound == 3
    assert transport_bound(more).bound == 1
    assert transport_bound(tight).price.ravel().tolist() == [2, 0]


def test_two_schools_in_one_unit_and_a_lock_against_a_ban_are_told_together():
    with pytest.raises(InputError) as told:
        row([1, 1], [2, 2], [[0, 0], [0, 0]], [0, 0], banned=np.array([[False, False], [True, False]]), locks={1: 0})
    assert "stand in unit 0" in str(told.value)
    assert "banned" in str(told.value)


def test_units_cut_off_are_told():
    island = instance_of(
        np.array([1, 1, 1]), np.array([3]), np.zeros((3, 1), np.int64), pairs=np.array([[0, 1]]), home=np.array([0])
    )
    with pytest.raises(InputError, match="cut off"):
        solve(island, seed=1, work=SMALL)


def test_a_child_over_the_seats_is_paid_for_where_that_is_allowed():
    """
    With 3 seats each the 9 children of the row have 3 too few. At 10 per child the zones 0 1 | 2 3 4 cost 2 + 6 + 2 for the ways
    and 3 × 10 for the children: 40, as do 0 1 2 | 3 4.
    """
    short = replace(five(), seats=np.array([[3], [3]]))
    assert solve(short, seed=1, work=SMALL).status == "impossible"
    soft = solve(replace(short, over=10), seed=1, work=SMALL)
    assert (soft.status, soft.objective, soft.short, soft.bound) == ("optimal", 40, 3, 40)
    assert (soft.price <= 10).all()


def test_every_count_must_fit():
    """The second count is children of another year: unit 2 has 9 of them then, and school 0 no seat for them."""
    town = five()
    years = np.column_stack([town.children, [1, 2, 9, 2, 1]])
    twice = replace(town, children=years, seats=np.array([[6, 5], [6, 12]]))
    assert solve(twice, seed=1, work=SMALL).zone.tolist() == [0, 0, 1, 1, 1]


def test_a_zone_has_the_least_that_it_must():
    """School 1 needs 4 children: without unit 2 it would have 3."""
    wide = replace(five(), seats=np.array([[6], [6]]))
    assert solve(replace(wide, least=np.array([0, 4])), seed=1, work=SMALL).zone.tolist() == [0, 0, 1, 1, 1]
    assert "school 1: 3 children, fewest 4" in " ".join(faults(replace(wide, least=np.array([0, 4])), [0, 0, 0, 1, 1]))


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ([0, 0, 0, 1, 1], None),
        ([0, 0, 0, 0, 1], "school 0: 8 children, 6 seats"),
        ([0, 1, 0, 1, 1], "cut off"),
        ([1, 1, 0, 1, 1], "own unit 0"),
        ([0, 0, 0, 1, 2], "unit 4: in no zone"),
        ([0, 0, 0, 1], "4 of 5 units"),
    ],
)
def test_the_checker_finds_planted_faults(zone, told):
    found = faults(five(), zone)
    assert found == [] if told is None else any(told in fault for fault in found)


def test_the_checker_finds_a_ban_that_is_broken():
    banned = np.zeros((5, 2), dtype=bool)
    banned[2, 0] = True
    assert "unit 2: may not be in zone 0" in faults(five(banned=banned), [0, 0, 0, 1, 1])


def towns(most_units=8, most_schools=3, *, counts=1, wishes=False):
    """Random towns: a random tree of units with some more borders, schools in different units, seats from tight to wide.

    wishes: now and then soft seats, and a least for the zones.
    """

    @st.composite
    def draw_town(draw):
        units = draw(st.integers(3, most_units))
        schools = draw(st.integers(2, min(most_schools, units)))
        shape = draw(st.integers(1, counts))
        children = np.array(draw(st.lists(st.integers(0, 9), min_size=units * shape, max_size=units * shape)))
        children = children.reshape(units, shape)
        pairs = [(draw(st.integers(0, i - 1)), i) for i in range(1, units)]
        number = st.integers(0, units - 1)
        pairs += draw(st.lists(st.tuples(number, number), max_size=units))
        home = draw(st.permutations(range(units)))[:schools]
        if draw(st.booleans()):
            home[-1] = -1
        most = st.integers(0, int(children.sum(axis=0).max()))
        seats = np.array(draw(st.lists(most, min_size=schools * shape, max_size=schools * shape)))
        each = draw(st.lists(st.integers(0, 30), min_size=units * schools, max_size=units * schools))
        cost = np.array(each).reshape(units, schools) * children[:, :1]
        over = draw(st.none() | st.integers(0, 60)) if wishes else None
        least = draw(st.none() | st.lists(st.integers(0, 9), min_size=schools, max_size=schools)) if wishes else None
        return instance_of(
            children, seats.reshape(schools, shape), cost, pairs=np.array(pairs), home=np.array(home, dtype=np.int64),
            over=over, least=None if least is None else np.array(least),
        )  # fmt: skip

    return draw_town()


def connected(members, links):
    """Plainly: grow from one member until nothing is added."""
    reached = {next(iter(members))} if members else set()
    while True:
        more = {b for a, b in links if a in reached and b in members} | reached
        if more == reached:
            return reached == members
        reached = more


def least_by_enumeration(town):
    """Cost of the cheapest plan among all, None if there is none; shares no code with the package."""
    units, schools = town.cost.shape
    links = [(i, int(j)) for i in range(units) for j in town.neighbour[town.first[i] : town.first[i + 1]]]
    best = None
    for zone in product(*(np.flatnonzero(may).tolist() for may in town.allowed)):
        groups = [{i for i in range(units) if zone[i] == k} for k in range(schools)]
        surplus = sum(surplus_of(town, group, k) for k, group in enumerate(groups))
        fits = surplus == 0 or town.over is not None
        if fits and all(town.home[k] < 0 or int(town.home[k]) in groups[k] for k in range(schools)):
            cost = sum(int(town.cost[i, zone[i]]) for i in range(units)) + surplus * (town.over or 0)
            if (best is None or cost < best) and all(connected(group, links) for group in groups):
                best = cost
    return best


def surplus_of(town, group, school):
    """Children over the seats of each count and missing to the least."""
    load = [sum(int(town.children[i, y]) for i in group) for y in range(town.children.shape[1])]
    surplus = sum(max(0, has - int(seats)) for has, seats in zip(load, town.seats[school], strict=True))
    return surplus + (0 if town.least is None else max(0, int(town.least[school]) - load[0]))


def holds(town, answer):
    """The answer is what enumeration says."""
    least = least_by_enumeration(town)
    if least is None:
        assert answer.short > 0
        assert answer.status in {"impossible", "undecided"}
    else:
        assert answer.status in {"optimal", "feasible"}
        assert answer.objective == least
        assert answer.bound <= least
        assert faults(town, answer.zone) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(7))
def test_the_solver_finds_what_full_enumeration_finds(town):
    holds(town, solve(town, seed=1, work=SMALL))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(6, counts=3, wishes=True))
def test_soft_seats_several_counts_and_a_least_are_what_enumeration_says(town):
    holds(town, solve(town, seed=1, work=SMALL))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(6, counts=3, wishes=True))
def test_no_plan_costs_less_than_the_bound_of_prices_and_regrets_are_owed(town):
    least, transport = least_by_enumeration(town), transport_bound(town)
    assert (transport.price >= 0).all()
    assert town.over is None or (transport.price <= town.over).all()
    if least is not None:
        assert transport.short == 0
        assert transport.bound <= least
        for unit, school in np.argwhere(town.allowed).tolist():
            bound = least_by_enumeration(replace(town, allowed=only(town.allowed, unit, school)))
            assert bound is None or transport.bound + transport.regret[unit, school] <= bound


def only(allowed, unit, school):
    return np.where(np.arange(len(allowed))[:, None] == unit, np.arange(allowed.shape[1]) == school, allowed)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(6, counts=2, wishes=True))
def test_the_program_alone_proves_what_enumeration_finds(town):
    least = least_by_enumeration(town)
    found = solve_exactly(town, town.allowed, Effort(seconds=20, nodes=10**6))
    assert found.proved
    assert (found.zone is None) == (least is None)
    if least is not None:
        assert objective(town, found.zone) == least
        assert faults(town, found.zone) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(6), st.integers(0, 2**30))
def test_cuts_break_the_zone_they_are_made_for_and_no_zone_in_one_piece(town, bits):
    """Every subset of the units that is one piece with the school's unit keeps every cut."""
    units, links = town.units, [(i, j) for i in range(town.units) for j in town.neighbours(i)]
    for school in range(town.schools):
        home = int(town.home[school])
        member = np.array([bits >> i & 1 for i in range(units)], dtype=bool) & town.allowed[:, school]
        if home >= 0:
            member[home] = True
        cuts = cuts_of_zone(town, member, school)
        assert bool(cuts) == (len(pieces(town, member)) > 1)
        for inside, between in cuts:
            assert sum(member[inside]) > len(inside) - 1 + sum(member[between])
            for other in product([0, 1], repeat=units):
                group = {i for i in range(units) if other[i]}
                may = all(town.allowed[i, school] for i in group)
                if may and (home < 0 or home in group) and connected(group, links):
                    assert sum(other[i] for i in inside) <= len(inside) - 1 + sum(other[i] for i in between)


def grid(side=6, schools=4, seed=3, slack=1.1):
    """A square town, its children drawn by a seed, schools spread over it."""
    rng = np.random.default_rng(seed)
    children = rng.integers(1, 20, side * side)
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1)
    home = np.sort(rng.choice(side * side, schools, replace=False))
    seats = np.full(schools, int(children.sum() * slack / schools) + 5)
    steps = np.abs(xy[:, None] - xy[home]).sum(axis=2)
    near = np.abs(xy[:, None] - xy).sum(axis=2) == 1
    return instance_of(children, seats, children[:, None] * steps, pairs=np.argwhere(near), home=home)


def test_the_same_seed_draws_the_same_zones():
    town = grid()
    first, again = (solve(town, seed=7, work=SMALL) for _ in range(2))
    assert first.zone.tolist() == again.zone.tolist()
    assert (first.objective, first.bound) == (again.objective, again.bound)


@pytest.mark.parametrize("seed", range(5))
def test_annealing_keeps_zones_in_one_piece_and_locks_where_they_are(seed):
    town = grid(seed=seed)
    lock = next(i for i in range(town.units) if i not in town.home)
    pairs = np.array([(i, j) for i in range(town.units) for j in town.neighbours(i)])
    nearest = int(np.argmin(town.cost[lock]))
    locked = instance_of(town.children, town.seats, town.cost, pairs=pairs, home=town.home, locks={lock: nearest})
    start = grow(locked, transport_bound(locked).price)
    best, met = annealed(locked, start, steps=100_000, seed=seed)
    for plan in [best, *met]:
        assert [fault for fault in faults(locked, plan) if "seats" not in fault] == []
        assert plan[lock] == nearest
    assert total_cost(locked, best) >= transport_bound(locked).bound


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_unit_alone_gains_any_more_once_zones_are_settled(seed, soft):
    """From the first plan; every single move over a border is tried and told by the instance's own worth."""
    town = replace(grid(seed=seed), over=40 if soft else None)
    start = grow(town, transport_bound(town).price)
    plan = settled(town, start)
    assert town.worth(plan) < town.worth(start)
    assert [fault for fault in faults(town, plan) if "seats" not in fault] == []
    tried = 0
    for unit in range(town.units):
        for school in {int(plan[j]) for j in town.neighbours(unit)} - {int(plan[unit])}:
            moved = plan.copy()
            moved[unit] = school
            if town.allowed[unit, school] and not [fault for fault in faults(town, moved) if "seats" not in fault]:
                tried += 1
                assert town.worth(moved) >= town.worth(plan)
    assert tried > 10


def test_a_part_of_a_town_keeps_its_borders():
    town = grid()
    plan = grow(town, np.zeros((4, 1), dtype=np.int64))
    units, part = part_of(town, plan, [1, 3])
    assert set(plan[units]) == {1, 3}
    for here, unit in enumerate(units.tolist()):
        assert [units[j] for j in part.neighbours(here)] == [j for j in town.neighbours(unit) if plan[j] in (1, 3)]
    assert units[part.home].tolist() == town.home[[1, 3]].tolist()


def test_two_plans_put_together_are_better_than_either():
    """Six units in a row in two towns of three; plan one is best to the left, plan two to the right."""
    cost = [[0, 9, 9, 9], [1, 5, 9, 9], [9, 0, 9, 9], [9, 9, 0, 9], [9, 9, 1, 5], [9, 9, 9, 0]]
    town = row([1] * 6, [3] * 4, cost, [0, 2, 3, 5])
    one, two = np.array([0, 0, 1, 2, 3, 3]), np.array([0, 1, 1, 2, 2, 3])
    both = recombine(town, [one, two])
    assert both is not None
    assert both.tolist() == [0, 0, 1, 2, 2, 3]


def test_a_lock_in_zones_in_force_changes_what_is_near_and_is_kept():
    town = grid(side=8, schools=5, slack=1.3)
    before = solve(town, seed=1, work=SMALL).zone
    unit, school = next(
        (u, k)
        for u in range(town.units)
        for k in range(5)
        if u not in town.home and k != before[u] and k not in before[town.neighbours(u)]
    )
    only_there = only(town.allowed, unit, school)
    locked = replace(town, allowed=town.allowed & only_there)
    answer = solve(locked, seed=1, work=replace(SMALL, starts=0), present=before)
    assert answer.zone[unit] == school
    assert answer.status in {"optimal", "feasible"}
    assert faults(locked, answer.zone) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(7), st.integers(0, 6), st.integers(0, 2))
def test_zones_that_are_mended_are_in_one_piece(town, unit, school):
    unit, school = unit % town.units, school % town.schools
    present = grow(town, np.zeros((town.schools, 1), dtype=np.int64))
    if unit not in town.home:
        town = replace(town, allowed=town.allowed & only(town.allowed, unit, school))
        try:
            zone = mended(town, np.zeros((town.schools, 1), dtype=np.int64), present)
        except InputError:
            return
        assert [fault for fault in faults(town, zone) if "seats" not in fault] == []
        assert zone[unit] == school


def test_a_move_is_checked_by_its_two_zones():
    """From 0 0 0 | 1 1: unit 2 may go over; unit 1 would leave unit 2 cut off; unit 3 would be too many for school 0."""
    town, zone = five(), np.array([0, 0, 0, 1, 1])
    assert check_move(town, zone, 2, 1) == ["school 1: 6 children, 3 seats"]
    assert any("cut off" in fault for fault in check_move(town, zone, 1, 1))
    assert check_move(replace(town, seats=np.array([[8], [3]])), zone, 3, 0) == []
