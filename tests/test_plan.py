"""Ranking and plan: by hand, and against full enumeration."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.plan import DemandPoints, choose_projects, plan_years
from catchment.ranking import rank_candidates, supply
from catchment.rules import read_rules
from catchment.settings import PlanSettings
from catchment.tables import CANDIDATES

SCHOOLS = pd.DataFrame({"school_id": ["s"], "stage": "primary", "seats": [10], "kind": "full_primary"})
UNITS = pd.Index(["u", "w"])
YEARS = range(2026, 2029)


def project(name, kind="new", seats=10, cost=1_000_000, earliest=2026, after=None, school=None):
    return {
        "candidate_id": name, "name": name, "stage": "primary", "kind": kind, "school_id": school, "x_m": 0.0, "y_m": 0.0, "seats": seats, "cost_yuan": cost,
        "price_year": 2025, "earliest_year": earliest, "after": after, "named_in_policy": False, "parcel_id": None, "remarks": "",
    }  # fmt: skip


def candidates(*rows):
    return pd.DataFrame(list(rows), columns=CANDIDATES.names).astype({"school_id": "str", "after": "str"})


def costs(**metres):
    return pd.DataFrame(
        [
            (unit, facility, "primary", "school", m * 1000, m * 1000)
            for facility, row in metres.items()
            for unit, m in zip(UNITS, row, strict=True)
        ],
        columns=["unit_id", "facility_id", "stage", "subject", "distance_mm", "burden_mm"],
    )


CHILDREN = pd.DataFrame({"unit_id": ["u", "w"], "stage": "primary", "children": [10, 10]})


def rank(table, **metres):
    return rank_candidates(
        CHILDREN, UNITS, costs(**metres), SCHOOLS, table, read_rules("luoding_2019"), lambda done, total: None
    ).set_index("candidate_id")


def test_candidates_by_what_they_change():
    """20 children, 10 seats. A seats the other 10 next door, B six of them, C builds nothing useful."""
    table = candidates(project("A"), project("B", seats=6), project("C", seats=0))
    found = rank(table, s=[100, 1000], A=[900, 50], B=[900, 50], C=[1, 1])
    assert found["rank"].to_dict() == {"A": 1, "B": 2, "C": 3}
    assert found["placed"].to_dict() == {"A": 10, "B": 6, "C": 0}
    assert found.loc["A", "saved_m"] == 1000 - (1000 + 500)
    assert found.loc["A", "cost_per_useful_seat_yuan"] == 100_000
    assert pd.isna(found.loc["C", "cost_per_useful_seat_yuan"])


def test_an_extension_and_a_relocation():
    """The extension takes the school to 16; the relocation moves its 10 seats and adds 2."""
    table = candidates(project("X", "expanded", 6, school="s"), project("R", "relocated", 12, school="s"))
    stock = supply(SCHOOLS, table[table["candidate_id"] == "R"])
    assert dict(zip(stock.facilities, stock.seats, strict=True)) == {"s": 0, "R": 12}
    found = rank(table, s=[100, 1000], R=[200, 200])
    assert found["placed"].to_dict() == {"X": 6, "R": 2}
    assert found["useful_seats"].to_dict() == {"X": 6, "R": 2}


def test_a_planned_school_above_the_cap_is_remarked():
    found = rank(
        candidates(project("罗定二小", seats=2700), project("ok", seats=1980)), s=[1, 1], 罗定二小=[1, 1], ok=[1, 1]
    )
    assert found.loc["罗定二小", "remarks"].startswith("2700 > 2000")
    assert found.loc["ok", "remarks"] == ""


def points(children, **metres):
    by_stage = pd.DataFrame({("primary", facility): row for facility, row in metres.items()}, dtype=float)
    return DemandPoints({("primary", y): np.array(children) for y in YEARS}, by_stage)


def plan_settings(*budgets, **options):
    return PlanSettings(first_year=2026, years=len(budgets), budget_yuan=budgets, **options)


def choose(table, budgets, children=(10, 10), metres=None, **options):
    metres = metres or {"s": [100, 1000], **{c: [900, 50] for c in table["candidate_id"]}}
    found = choose_projects(points(list(children), **metres), SCHOOLS, table, plan_settings(*budgets, **options), YEARS)
    return dict(zip(found["candidate_id"], found["opens"], strict=True))


def test_the_best_project_is_built_when_the_money_is_there():
    table = candidates(project("A"), project("B", seats=6, cost=900_000))
    assert choose(table, (1_000_000, 0, 0)) == {"A": 2026}
    assert choose(table, (900_000, 0, 0), metres_per_yuan=0.1) == {"B": 2026}
    assert choose(table, (0, 0, 900_000)) == {}  # one year's use does not pay
    assert choose(table, (0, 0, 0)) == {}


def test_not_before_its_year_nor_before_what_it_comes_after():
    table = candidates(project("A", earliest=2027), project("B", after="A", cost=500_000))
    assert choose(table, (9_000_000,) * 3, children=(10, 20)) == {"A": 2027, "B": 2027}


def test_nothing_is_built_for_nobody():
    assert choose(candidates(project("A")), (9_000_000,) * 3, children=(4, 4), metres={"s": [1, 1], "A": [1, 1]}) == {}


def test_a_budget_per_year_is_asked_for():
    with pytest.raises(InputError, match="2 budgets for 3"):
        choose_projects(points([1, 1], s=[1, 1]), SCHOOLS, candidates(), plan_settings(1, 1), YEARS)


def value(opens, table, budgets, children):
    """Objective of a choice of opening years by hand: greedy is exact, as both units see one free facility order."""
    total = 0.0
    for name, year in opens.items():
        total += float(table.set_index("candidate_id").loc[name, "cost_yuan"])
        assert year in YEARS
    for year in YEARS:
        seats = {"s": 10} | {
            c: int(table.set_index("candidate_id").loc[c, "seats"]) for c, y in opens.items() if y <= year
        }
        total += 50_000 * max(0, sum(children) - sum(seats.values()))
    return total


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), min_size=1, max_size=3),
    st.lists(st.integers(0, 12), min_size=3, max_size=3),
    st.integers(5, 25),
)
@settings(max_examples=60, deadline=None)
def test_equal_to_full_enumeration(projects, budgets, pupils):
    """All facilities at zero metres: only seats and money count, and every plan can be tried."""
    table = candidates(*(project(f"P{i}", seats=s, cost=c * 100_000) for i, (s, c) in enumerate(projects)))
    money = [b * 100_000 for b in budgets]
    metres = {"s": [0, 0], **{c: [0, 0] for c in table["candidate_id"]}}
    found = choose(table, tuple(money), children=(pupils, 0), metres=metres)
    cost = dict(zip(table["candidate_id"], table["cost_yuan"], strict=True))
    best = min(
        value({c: y for c, y in zip(cost, years, strict=True) if y}, table, money, (pupils, 0))
        for years in itertools.product((None, *YEARS), repeat=len(cost))
        if all(
            sum(cost[c] for c, y in zip(cost, years, strict=True) if y == year) <= money[year - 2026] for year in YEARS
        )
    )
    assert value(found, table, money, (pupils, 0)) == pytest.approx(best)
    assert all(sum(cost[c] for c, y in found.items() if y == year) <= money[year - 2026] for year in YEARS)


def test_plan_years_tell_seats_unmet_and_empty():
    table = candidates(project("A"))
    demand = pd.DataFrame(
        [(u, "primary", 1, y, "medium", 12) for u in UNITS for y in YEARS],
        columns=["unit_id", "stage", "grade", "year", "scenario", "children"],
    )
    plan = pd.DataFrame(
        {"candidate_id": ["A"], "stage": "primary", "opens": [2027], "cost_yuan": [1_000_000], "seats": [10]}
    )
    found = plan_years(
        plan, demand, UNITS, costs(s=[100, 100], A=[100, 100]), SCHOOLS, table, plan_settings(0, 1_000_000, 0), YEARS
    ).set_index("year")
    assert found["unmet"].tolist() == [14, 4, 4]
    assert found["unmet_without_plan"].tolist() == [14, 14, 14]
    assert found["spent_yuan"].tolist() == [0, 1_000_000, 0]
    assert found["empty_seats"].tolist() == [0, 0, 0]
