"""Classes avoided, the best combination, dominance and weights of candidates: by hand, laws, and counted again."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from test_construction import BOTH, county, project, rank

from catchment.construction.together import best_together, shares_of
from catchment.construction.weights import ranks_by_weight
from catchment.construction.worth import BETTER, dominated

UNMET_M = 50_000


def test_classes_avoided_by_hand():
    """120 children of grade 1, s has one room for 45: all 120 sit in it. With A (two rooms) s has one class of 45, A two of 38 and 37."""
    found = rank(county(project("A", seats=90), metres=BOTH, children=(60, 60), seats=45, rooms=1))
    assert found.loc["A", ["over_standard_avoided", "oversized_avoided"]].tolist() == [1, 1]


def test_a_class_over_the_standard_is_not_yet_oversized():
    """Fifty in the one room of s are over 45, not over 55; a school for two children makes them 48, over the standard still."""
    args = {"metres": BOTH, "children": (50, 0), "seats": 45, "rooms": 1}
    assert rank(county(project("A", seats=45), **args)).loc[
        "A", ["over_standard_avoided", "oversized_avoided"]
    ].tolist() == [1, 0]
    assert rank(county(project("A", seats=2), **args)).loc[
        "A", ["over_standard_avoided", "oversized_avoided"]
    ].tolist() == [0, 0]


def test_the_best_combination_by_hand():
    """A seats the ten who have no seat, so B and C add nothing; where A is too dear for the budgets it is B."""
    projects = project("A"), project("B", seats=6, cost=900_000), project("C", seats=0)
    town = county(*projects, metres=BOTH, budgets=(1_000_000, 0, 0))
    assert best_together(town, 2026) == [0]
    found = rank(town)["share_of_best"]
    assert found["A"] == 1.0
    assert found[["B", "C"]].isna().all()
    assert best_together(county(*projects, metres=BOTH, budgets=(900_000, 0, 0)), 2026) == [1]


def test_what_waits_for_another_goes_with_it():
    """Ten more children for A and its second phase: without A nothing is left, without the phase half."""
    metres = {"s": (0, 0), "A": (0, 0)}
    town = county(
        project("A"), project("B", "expanded", after="A"), metres=metres, children=(15, 15), budgets=(9_000_000,)
    )
    assert shares_of(town, 2026, [0, 1]).tolist() == [1.0, 0.5]


def seated_m(town, rows):
    """Metres of everybody, and of those without a seat, by a linear program that shares nothing with the flows."""
    costs = town.tables["unit_costs"]
    seats = {"s": int(town.tables["schools"]["seats"].iloc[0])}
    seats |= {town.candidates.loc[row, "candidate_id"]: int(town.candidates.loc[row, "seats"]) for row in rows}
    places = sorted(seats)
    metres = (
        costs.pivot_table(index="unit_id", columns="facility_id", values="burden_mm").reindex(columns=places) / 1000
    )
    living = town.tables["demand"].query("year == 2026").set_index("unit_id")["children"].reindex(metres.index)
    worth = np.column_stack([metres.fillna(UNMET_M).to_numpy(), np.full(len(metres), UNMET_M)])
    units, width = worth.shape
    each = np.kron(np.eye(units), np.ones(width))
    room = np.kron(np.ones(units), np.eye(width))[:-1]
    result = linprog(worth.ravel(), A_ub=room, b_ub=[seats[p] for p in places], A_eq=each, b_eq=living.to_numpy())
    return round(result.fun)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=4
    ),
    st.integers(1, 20),
)
@settings(max_examples=30, deadline=None)
def test_the_combination_and_its_shares_counted_again(projects, budget):
    """Every set that the budget pays for, each by a program of its own."""
    table = [project(f"P{i}", seats=seats, cost=cost) for i, (seats, cost, *_) in enumerate(projects)]
    metres = {"s": (10, 20), **{f"P{i}": (west, east) for i, (_, _, west, east) in enumerate(projects)}}
    town = county(*table, metres=metres, children=(9, 11), budgets=(budget,), gap=0.0)
    numbers = range(len(table))
    paid = [
        rows for size in range(len(table) + 1) for rows in combinations(numbers, size)
        if sum(projects[row][1] for row in rows) <= budget
    ]  # fmt: skip
    least, nothing = min(seated_m(town, rows) for rows in paid), seated_m(town, ())
    best = best_together(town, 2026)
    assert seated_m(town, best) == least
    shares = shares_of(town, 2026, best)
    for row in numbers:
        if row not in best or least == nothing:
            assert np.isnan(shares[row])
        else:
            lost = seated_m(town, [each for each in best if each != row]) - least
            assert shares[row] == pytest.approx(lost / (nothing - least))


def test_a_candidate_that_changes_nothing_changes_nothing():
    projects = project("A"), project("B", seats=6)
    alone = rank(county(*projects, metres=BOTH, budgets=(2_000_000,)))
    beside = rank(county(*projects, project("Z", seats=0), metres={**BOTH, "Z": (1, 1)}, budgets=(2_000_000,)))
    pd.testing.assert_frame_equal(alone, beside.drop(index="Z"), check_dtype=False)


values = st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), min_size=1, max_size=7)


@given(values)
@settings(max_examples=100, deadline=None)
def test_dominance_is_a_partial_order(rows):
    """Who is named does as well in everything and better in something; who follows the names never comes back, and ends at the best."""
    table = pd.DataFrame(rows, columns=[*BETTER, "cost"])
    table["candidate_id"], table["stage"] = [f"P{i}" for i in range(len(table))], "primary"
    by = dict(zip(table["candidate_id"], dominated(table), strict=True))
    good = np.array([[*row[:-1], -row[-1]] for row in rows])
    for number, name in enumerate(by):
        over = [
            other
            for other in range(len(rows))
            if (good[other] >= good[number]).all() and (good[other] > good[number]).any()
        ]
        assert (by[name] is None) == (not over)
        seen = [name]
        while by[seen[-1]] is not None:
            seen.append(by[seen[-1]])
            assert int(seen[-1][1:]) in over
            assert len(set(seen)) == len(seen)


def test_weights_by_hand():
    """Two criteria, two candidates, each best in one: half of the weightings for each; one that is worse in both is never first."""
    ranks = ranks_by_weight(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([1, 2, 3]), 7)
    first = (ranks == 1).mean(axis=0)
    assert first[:2] == pytest.approx([0.5, 0.5], abs=0.03)
    assert (ranks[:, 2] == 3).all()
    assert (np.sort(ranks, axis=1) == [1, 2, 3]).all()
    again = ranks_by_weight(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([1, 2, 3]), 7)
    assert (ranks == again).all()


def test_equals_keep_their_order():
    assert (ranks_by_weight(np.ones((3, 2)), np.array([3, 1, 2]), 1) == [3, 1, 2]).all()
