"""Seats: by hand, against full enumeration, and a verifier that cannot be fooled."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.assign import Flow, assign_children, verify
from catchment.errors import Infeasible


def everything(units, schools):
    return np.ones((units, schools), dtype=bool)


def test_the_nearer_child_yields_the_seat_it_can_spare():
    """One seat at the near school: the unit that would walk 900 m farther elsewhere gets it."""
    distance = np.array([[100, 200], [100, 1000]]) * 1000
    flow = assign_children(np.array([1, 1]), np.array([1, 5]), distance, everything(2, 2))
    assert dict(zip(flow.unit.tolist(), flow.school.tolist(), strict=True)) == {0: 1, 1: 0}
    assert flow.metres == 300


def test_placing_a_child_comes_before_every_walk():
    """Three move up by a kilometre each so that the fourth has a seat."""
    distance = np.array([[0, 1_000_000, 0], [0, 0, 1_000_000], [0, 0, 0]])
    reached = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)
    flow = assign_children(np.array([1, 1, 1]), np.array([1, 1, 1]), distance, reached)
    assert flow.unplaced.sum() == 0
    assert flow.metres == 2000


def test_a_shortage_is_a_result():
    flow = assign_children(np.array([5]), np.array([3]), np.array([[10]]), everything(1, 1))
    assert flow.unplaced.tolist() == [2]
    assert assign_children(
        np.array([5]), np.array([9]), np.array([[10]]), np.zeros((1, 1), dtype=bool)
    ).unplaced.tolist() == [5]


def best_by_enumeration(children, seats, distance, reached):
    """Every way to give every child a school or none."""
    people = [unit for unit, count in enumerate(children) for _ in range(count)]
    best = None
    for choice in itertools.product(range(len(seats) + 1), repeat=len(people)):
        load, cost, left = [0] * len(seats), 0, 0
        for unit, school in zip(people, choice, strict=True):
            if school == len(seats):
                left += 1
            elif reached[unit][school]:
                load[school] += 1
                cost += int(distance[unit][school])
            else:
                break
        else:
            if all(a <= b for a, b in zip(load, seats, strict=True)):
                best = min(best or (99, 0), (left, cost))
    return best


@st.composite
def towns(draw):
    units, schools = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    small = st.integers(0, 2)
    children = draw(st.lists(small, min_size=units, max_size=units))
    seats = draw(st.lists(small, min_size=schools, max_size=schools))
    distance = draw(
        st.lists(st.lists(st.integers(0, 50), min_size=schools, max_size=schools), min_size=units, max_size=units)
    )
    reached = draw(
        st.lists(st.lists(st.booleans(), min_size=schools, max_size=schools), min_size=units, max_size=units)
    )
    return np.array(children), np.array(seats), np.array(distance) * 1000, np.array(reached)


@given(towns())
@settings(max_examples=150, deadline=None)
def test_equal_to_full_enumeration(town):
    children, seats, distance, reached = town
    flow = assign_children(children, seats, distance, reached)
    left, cost = best_by_enumeration(children, seats, distance, reached)
    assert (int(flow.unplaced.sum()), flow.metres) == (left, cost // 1000)


@given(towns())
@settings(max_examples=50, deadline=None)
def test_one_seat_more_never_hurts(town):
    children, seats, distance, reached = town
    before = assign_children(children, seats, distance, reached)
    more = seats.copy()
    more[0] += 1
    after = assign_children(children, more, distance, reached)
    assert (after.unplaced.sum(), after.metres) <= (
        before.unplaced.sum(),
        before.metres,
    ) or after.unplaced.sum() < before.unplaced.sum()


@pytest.mark.parametrize(
    "spoilt",
    [
        Flow(np.array([0]), np.array([0]), np.array([4]), np.array([1]), 0),  # a seat too many
        Flow(np.array([0]), np.array([0]), np.array([3]), np.array([1]), 0),  # a child lost
        Flow(np.array([0]), np.array([1]), np.array([3]), np.array([2]), 0),  # out of reach
    ],
)
def test_verify_sees_a_broken_answer(spoilt):
    with pytest.raises(Infeasible):
        verify(spoilt, np.array([5]), np.array([3, 9]), np.array([[True, False]]))
