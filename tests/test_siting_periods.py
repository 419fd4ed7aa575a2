"""Plans over several years: by hand, against full enumeration, and laws that must hold."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catchment.errors import Infeasible, InputError
from catchment.siting.frontier import budget_frontier, option_worth
from catchment.siting.instance import Option, PlanInstance
from catchment.siting.periods import PlanWork, solve_plan
from catchment.siting.recheck import plan_faults

EXACT = PlanWork(seconds=60)


def loads_of(town, scenario, year):
    """Every way to seat the children: loads (ways, facilities) and the least cost of each; plainly, point by point."""
    points, places = town.cost.shape
    best = {(0,) * places: 0}
    for point in range(points):
        near = [place for place in range(places) if town.reach[point, place]]
        count, following = int(town.children[scenario, year, point]), {}
        for split in product(range(count + 1), repeat=len(near)):
            if sum(split) > count:
                continue
            cost = sum(n * int(town.cost[point, place]) for n, place in zip(split, near, strict=True))
            cost += (count - sum(split)) * int(town.unmet[year])
            for load, before in best.items():
                to = list(load)
                for n, place in zip(split, near, strict=True):
                    to[place] += n
                following[tuple(to)] = min(following.get(tuple(to), 10**12), before + cost)
        best = following
    return np.array(list(best)), np.array(list(best.values()))


def paid_in(option, opens, years):
    paid = [0] * years
    if option.building_years == 0:
        paid[opens] = option.cost_yuan[opens]
        return paid
    part = option.cost_yuan[opens] // option.building_years
    for year in range(opens - option.building_years, opens):
        paid[year] = part
    paid[opens - 1] += option.cost_yuan[opens] - part * option.building_years
    return paid


def allowed(town, opens):
    years = len(town.budget_yuan)
    paid = np.zeros(years, dtype=int)
    for option, year in zip(town.options, opens, strict=True):
        if year is None:
            continue
        if year < option.first_year or year < option.land_year + option.building_years:
            return False
        if option.after is not None and (opens[option.after] is None or opens[option.after] > year):
            return False
        paid += paid_in(option, year, years)
    if any(sum(opens[o] is not None for o in group) > 1 for group in town.exclusive):
        return False
    if any(opens[o] is None for o in town.must):
        return False
    budgets = np.array(town.budget_yuan)
    within = (paid.cumsum() <= budgets.cumsum()).all() if town.carry_over else (paid <= budgets).all()
    return within and (town.total_yuan is None or paid.sum() <= town.total_yuan)


def cost_of(town, opens, ways):
    """Cost by scenario, None if the seats go below 0 or a least use is not met."""
    scenarios, years, _ = town.children.shape
    total = [sum(o.burden[y] for o, y in zip(town.options, opens, strict=True) if y is not None)] * scenarios
    for year in range(years):
        seats, least = town.seats[year].copy(), np.zeros(len(town.seats[year]), dtype=int)
        left = town.seats[year].copy()
        for option, opened in zip(town.options, opens, strict=True):
            calendar = [*range(len(town.budget_yuan)), *town.ahead][year] if town.ahead else year
            if opened is not None and opened <= year and (option.lasts is None or calendar - opened < option.lasts):
                seats[option.facility] += option.seats
                least[option.facility] += option.least_use
                for place, lost in option.takes:
                    seats[place] -= lost
                    left[place] -= lost
        if (left < 0).any():
            return None
        for scenario in range(scenarios):
            loads, costs = ways[scenario, year]
            fits = ((loads <= seats) & (loads >= least)).all(axis=1)
            if not fits.any():
                return None
            total[scenario] += int(town.weight[year]) * int(costs[fits].min())
    return total


def alone(town, scenario):
    return replace(town, children=town.children[[scenario]], chance=np.array([1]), objective="expected")


def by_enumeration(town):
    """Least objective over every choice of opening years."""
    scenarios, years, _ = town.children.shape
    ways = {(s, y): loads_of(town, s, y) for s in range(scenarios) for y in range(years)}
    choices = [None, *range(len(town.budget_yuan))]
    costs = [
        cost
        for opens in product(choices, repeat=len(town.options))
        if allowed(town, opens) and (cost := cost_of(town, opens, ways)) is not None
    ]
    if not costs:
        return None
    if town.objective == "expected":
        return min(sum(int(c) * v for c, v in zip(town.chance, cost, strict=True)) for cost in costs)
    own = [by_enumeration(alone(town, s)) if town.objective == "regret" else 0 for s in range(scenarios)]
    return min(max(v - o for v, o in zip(cost, own, strict=True)) for cost in costs)


@st.composite
def options_of(draw, number, facilities, plan_years):
    whole = st.integers
    price = draw(whole(0, 9))
    seats = draw(whole(0, 4))
    takes = ()
    if draw(whole(0, 3)) == 0:
        takes = ((draw(whole(0, facilities - 1)), draw(whole(1, 2))),)
    return Option(
        facility=draw(whole(0, facilities - 1)), seats=seats,
        cost_yuan=tuple(price + draw(whole(0, 2)) for _ in range(plan_years)),
        burden=tuple(draw(whole(-3, 12)) for _ in range(plan_years)),
        first_year=draw(whole(0, 1)), land_year=draw(whole(0, 1)), building_years=draw(whole(0, 2)),
        after=draw(st.none() | whole(0, number - 1)) if number else None, takes=takes,
        least_use=draw(whole(0, min(1, seats))), lasts=None if takes else draw(st.none() | whole(1, 2)),
    )  # fmt: skip


@st.composite
def towns(draw, objective=None):
    whole = st.integers
    scenarios, plan_years, ahead = draw(whole(1, 2)), draw(whole(1, 3)), draw(whole(0, 1))
    points, facilities, count = draw(whole(1, 3)), draw(whole(1, 3)), draw(whole(1, 3))
    years = plan_years + ahead

    def numbers(low, high, *shape):
        size = int(np.prod(shape))
        return np.array(draw(st.lists(whole(low, high), min_size=size, max_size=size)), dtype=np.int64).reshape(shape)

    group = draw(st.sets(whole(0, count - 1), min_size=0, max_size=2))
    return PlanInstance(
        children=numbers(0, 3, scenarios, years, points), cost=numbers(0, 9, points, facilities),
        reach=numbers(0, 3, points, facilities) > 0, seats=numbers(0, 3, years, facilities),
        options=tuple(draw(options_of(n, facilities, plan_years)) for n in range(count)),
        budget_yuan=tuple(draw(st.lists(whole(0, 12), min_size=plan_years, max_size=plan_years))),
        unmet=numbers(5, 20, years), weight=numbers(0, 2, years), chance=numbers(1, 3, scenarios),
        exclusive=(tuple(sorted(group)),) if len(group) == 2 else (),
        total_yuan=draw(st.none() | whole(0, 25)), carry_over=draw(st.booleans()),
        objective=objective or draw(st.sampled_from(["expected", "worst", "regret"])),
        ahead=(plan_years + draw(whole(0, 2)),) if ahead and draw(st.booleans()) else (),
    )  # fmt: skip


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns())
def test_the_plan_is_the_best_of_all_by_enumeration(town):
    answer = solve_plan(town, EXACT)
    assert answer.objective == by_enumeration(town)
    assert answer.status == "optimal"
    assert answer.bound == answer.objective
    budgets = np.array(town.budget_yuan)
    spent = answer.spent_yuan
    assert (spent.cumsum() <= budgets.cumsum()).all() if town.carry_over else (spent <= budgets).all()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(), st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_what_was_learnt_with_one_budget_is_true_for_another(town, budgets):
    """Best plans of two budgets one after the other, the second begun with the first's cuts."""
    first, second = town.budget_yuan, tuple(budgets[: town.plan_years])
    answers = budget_frontier(town, [first, second], EXACT)
    for answer, budget in zip(answers, (first, second), strict=True):
        assert answer.objective == by_enumeration(replace(town, budget_yuan=budget))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(objective="expected"), st.integers(0, 2), st.integers(0, 9))
def test_more_budget_never_makes_a_plan_worse(town, year, more):
    budgets = [b + more * (y == year % len(town.budget_yuan)) for y, b in enumerate(town.budget_yuan)]
    richer = replace(town, budget_yuan=tuple(budgets))
    assert solve_plan(richer, EXACT).objective <= solve_plan(town, EXACT).objective


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(), st.integers(0, 1))
def test_an_option_that_helps_nobody_changes_nothing(town, kind):
    """Seats out of everybody's reach, or a project that no budget pays, at a price."""
    dear = sum(town.budget_yuan) + 1
    useless = Option(
        facility=town.seats.shape[1], seats=3 * kind, cost_yuan=(dear * (1 - kind),) * len(town.budget_yuan),
        burden=(kind,) * len(town.budget_yuan),
    )  # fmt: skip
    wider = replace(
        town, cost=np.pad(town.cost, ((0, 0), (0, 1))), seats=np.pad(town.seats, ((0, 0), (0, 1))),
        reach=np.pad(town.reach, ((0, 0), (0, 1))), options=(*town.options, useless),
    )  # fmt: skip
    with_it, without = solve_plan(wider, EXACT), solve_plan(town, EXACT)
    assert with_it.objective == without.objective
    assert with_it.opens[-1] == -1


def village(**wishes):
    """
    Points P0 P1, ten children each in every one of three years (two of the plan, one ahead); school F0 with 10 seats beside
    P0, site F1 beside P1; 100 m to the own, 1,000 m to the other; a child without a seat counts 5,000 m.

        P0 F0 ········ F1 P1

    Option 0: 10 seats at F1 for 8 yuan, built in one year, so open in plan year 1 at the earliest.
    Option 1: 4 more seats at F1 after it for 3 yuan, option 2: 12 more seats at F0 for 20 yuan.
    """
    children = np.full((1, 3, 2), 10)
    options = (
        Option(1, 10, (8, 8), (0, 0), building_years=1),
        Option(1, 4, (3, 3), (0, 0), after=0),
        Option(0, 12, (20, 20), (0, 0)),
    )
    one = PlanInstance(
        children, np.array([[100, 1000], [1000, 100]]), np.ones((2, 2), dtype=bool), np.array([[10, 0]] * 3), options,
        budget_yuan=(8, 3), unmet=np.array([5000] * 3), weight=np.array([1] * 3), chance=np.array([1]),
    )  # fmt: skip
    return replace(one, **wishes)


def test_a_village_by_hand():
    """Year 0: 10 × 100 + 10 × 5,000; then both at 100 m. The second phase helps nobody; 20 yuan are never there."""
    answer = solve_plan(village(), EXACT)
    assert answer.opens[0] == 1
    assert answer.opens[2] == -1
    assert answer.objective == 1_000 + 50_000 + 2 * 2_000
    assert answer.unmet.tolist() == [[10, 0, 0]]
    assert answer.spent_yuan.tolist()[0] == 8
    assert answer.seats[2, 0] == 10
    assert (answer.seats - answer.use[0] >= 0).all()


def test_leased_rooms_are_gone_after_their_years():
    """Rooms for two years beside P1 at 5 yuan: open in both plan years, gone in the third; two years later gone as well."""
    leased = (Option(1, 10, (5, 5), (0, 0), lasts=2),)
    answer = solve_plan(village(options=leased), EXACT)
    assert answer.opens.tolist() == [0]
    assert answer.seats[:, 1].tolist() == [10, 10, 0]
    assert answer.unmet.tolist() == [[0, 0, 10]]
    later = solve_plan(village(options=leased, budget_yuan=(0, 5)), EXACT)
    assert later.seats[:, 1].tolist() == [0, 10, 10]
    assert solve_plan(village(options=leased, budget_yuan=(0, 5), ahead=(4,)), EXACT).seats[:, 1].tolist() == [0, 10, 0]


def test_what_is_carried_over_pays_for_more():
    """20 yuan in all are there in year 1 only when year 0's are kept; F0 with 22 seats seats all, P1's at 1,000 m."""
    kept = solve_plan(village(budget_yuan=(7, 13), carry_over=True), EXACT)
    lost = solve_plan(village(budget_yuan=(7, 13)), EXACT)
    assert kept.opens.tolist() == [-1, -1, 1]
    assert kept.objective == 51_000 + 2 * 11_000
    assert lost.opens.tolist()[0] == -1
    assert lost.objective == 3 * 51_000


def test_a_school_that_moves_takes_its_seats_along():
    """Moving F0 to F1 with 20 seats: P0's children then walk 1,000 m, and all have a seat."""
    moved = Option(1, 20, (8, 8), (0, 0), takes=((0, 10),))
    answer = solve_plan(village(options=(moved,)), EXACT)
    assert answer.opens.tolist() == [0]
    assert answer.seats[0].tolist() == [0, 20]
    assert answer.objective == 3 * (10 * 1_000 + 10 * 100)


def test_the_worst_scenario_and_regret_choose_otherwise_than_the_mean():
    """One site for 1 yuan of two: beside P0 with children almost surely, or beside P1, where many may come."""
    children = np.array([[[10, 0]], [[0, 12]]])
    options = (Option(0, 12, (1,), (0,)), Option(1, 12, (1,), (0,)))
    town = PlanInstance(
        children, np.array([[0, 90], [90, 0]]), np.eye(2, dtype=bool), np.array([[0, 0]]), options, budget_yuan=(1,),
        unmet=np.array([100]), weight=np.array([1]), chance=np.array([9, 1]),
    )  # fmt: skip
    mean, worst, regret = (solve_plan(replace(town, objective=kind), EXACT) for kind in ("expected", "worst", "regret"))
    assert (mean.opens.tolist(), mean.objective) == ([0, -1], 1_200)
    assert (worst.opens.tolist(), worst.objective) == ([-1, 0], 1_000)
    assert (regret.opens.tolist(), regret.objective) == ([-1, 0], 1_000)
    assert regret.own.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("opens", "told"),
    [
        ([1, -1, -1], None),
        ([0, -1, -1], "option 0 opens in year 0"),
        ([-1, 1, -1], "option 1 opens before 0"),
        ([-1, -1, 0], "12 yuan above the budget"),
    ],
)
def test_the_checker_finds_planted_faults(opens, told):
    town = village()
    found = plan_faults(town, opens, np.zeros((1, 3, 2, 2), dtype=int))
    assert found == [] if told is None else any(told in fault for fault in found)


def test_the_checker_finds_children_without_seats_and_out_of_reach():
    town = village(reach=np.eye(2, dtype=bool))
    seated = np.zeros((1, 3, 2, 2), dtype=int)
    seated[0, 0, 0, 0], seated[0, 1, 1, 0] = 11, 1
    found = plan_faults(town, [-1, -1, -1], seated)
    assert sum("children of point" in fault for fault in found) == 2
    assert any("facility 0 holds 11" in fault for fault in found)


def test_options_that_cannot_be_right_are_told_together():
    wrong = (Option(0, 5, (1,), (1,)), Option(0, 5, (1, 1), (1, 1), after=7), Option(0, 5, (1, 1), (1, 1), least_use=9))
    with pytest.raises(InputError) as told:
        solve_plan(village(options=wrong))
    assert all(f"option {number}" in str(told.value) for number in range(3))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns(objective="expected"), st.integers(0, 2))
def test_the_worth_of_an_option_is_that_of_enumeration(town, number):
    option = number % len(town.options)
    worth = option_worth(town, option, EXACT)
    assert worth.with_it == by_enumeration(replace(town, must=(option,)))
    assert min(worth.without, worth.without if worth.with_it is None else worth.with_it) == by_enumeration(town)


def test_what_must_open_and_cannot_is_told():
    with pytest.raises(Infeasible, match="must open"):
        solve_plan(village(must=(2,)), EXACT)


def test_the_frontier_falls_with_money():
    """Nothing, the new school (8 yuan), and no more for its second phase, which helps nobody."""
    answers = list(budget_frontier(village(), [(7, 3), (8, 0), (8, 3)], EXACT))
    assert [answer.objective for answer in answers] == [153_000, 55_000, 55_000]
    assert [int(answer.unmet.sum()) for answer in answers] == [30, 10, 10]
