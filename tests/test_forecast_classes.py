"""Classes that a school forms: its own splitting rule, and what it does with too few rooms."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.forecast.classes import form_classes, largest_classes, split_sizes, splits_of_schools

USUAL = {"primary": 45, "junior": 50}


def formed(pupils, split=45, rooms=-1):
    """Classes of one school's grades."""
    splits = np.broadcast_to(np.array(split), (1, len(pupils))).astype(np.int64)
    return form_classes(np.array([pupils], dtype=np.int64), splits, np.array([rooms]))[0].tolist()


def largest(pupils, split=45, rooms=-1):
    splits = np.broadcast_to(np.array(split), (1, len(pupils))).astype(np.int64)
    return int(largest_classes(np.array([pupils], dtype=np.float32)[:, :, None], splits, np.array([rooms]))[0, 0])


def returns(*rows):
    """(school_id, stage, snapshot, grade, pupils of each class)"""
    classes = [(s, stage, when, g, p) for s, stage, when, g, sizes in rows for p in sizes]
    return pd.DataFrame(classes, columns=["school_id", "stage", "snapshot", "grade", "pupils"])


# --- the splitting rule -----------------------------------------------------------------------------------------


def test_the_split_is_read_off_the_past():
    """48 pupils sat in one class and 49 in two, so one more is opened from 49 on: only a split at 48 is never wrong."""
    assert split_sizes(np.array([48, 49, 96, 97]), np.array([1, 2, 2, 3]), 45) == 48


@pytest.mark.parametrize(("usual", "found"), [(45, 45), (30, 40), (60, 59), (50, 50)])
def test_of_equal_splits_the_one_nearest_to_the_usual(usual, found):
    """40 pupils in one class, 60 in two: any split from 40 to 59 says so."""
    assert split_sizes(np.array([40, 60]), np.array([1, 2]), usual) == found


def test_the_split_with_the_fewest_classes_wrong():
    """Splits to 39 explain the first (1 class too few for 45 otherwise) and miss nothing but the third by one."""
    pupils, classes = np.array([45, 45, 30, 90]), np.array([2, 2, 2, 3])
    found = split_sizes(pupils, classes, 45)
    wrong = {s: sum(abs(math.ceil(p / s) - c) for p, c in zip(pupils, classes, strict=True)) for s in range(15, 71)}
    assert wrong[found] == min(wrong.values())
    assert not [s for s, w in wrong.items() if w == wrong[found] and abs(s - 45) < abs(found - 45)]


def test_no_past_the_usual_split():
    assert split_sizes(np.array([], dtype=int), np.array([], dtype=int), 50) == 50


def test_each_grade_learns_from_itself_and_the_grades_beside_it():
    """
    Grade 1 splits at 30 in six years, grade 4 at 60 in four: each is known by its own. Grade 5 was seen once, too
    little by itself; with grade 4 beside it, it is five, and grade 1 is not heard.
    """
    years = [f"{year}-09-01" for year in range(2019, 2025)]
    rows = [("s", "primary", when, 1, [16, 15]) for when in years]
    rows += [("s", "primary", when, 4, [60]) for when in years[:4]] + [("s", "primary", years[5], 5, [58])]
    found = splits_of_schools(returns(*rows), USUAL)
    assert found.to_dict() == {("s", "primary", 1): 30, ("s", "primary", 4): 60, ("s", "primary", 5): 60}


def test_with_few_grades_all_of_them_speak():
    """Grades 7 and 9 sat in one class of 60, grade 8 in two of 51: a split at 60 is wrong once, one at 50 twice."""
    rows = [("s", "junior", "2024-09-01", g, sizes) for g, sizes in ((7, [60]), (8, [26, 25]), (9, [60]))]
    assert set(splits_of_schools(returns(*rows), USUAL)) == {60}


def test_returns_older_than_six_years_are_not_heard():
    old = [("s", "primary", "2018-09-01", g, [58]) for g in (1, 2, 3, 4)]
    new = [("s", "primary", "2024-09-01", g, [16, 15]) for g in (1, 2, 3, 4)]
    assert set(splits_of_schools(returns(*old, *new), USUAL)) == {30}
    later = [("s", "primary", "2019-09-01", g, [58]) for g in (1, 2, 3, 4)]
    assert set(splits_of_schools(returns(*later, *new), USUAL)) == {58}


def test_f57_empty_classes_tell_nothing():
    assert splits_of_schools(returns(("s", "primary", "2024-09-01", 1, [0, 0])), USUAL).empty


# --- classes formed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pupils", "split", "rooms", "classes", "most"),
    [
        ([45, 46, 0], 45, -1, [1, 2, 0], 45),
        ([90, 91], [45, 30], -1, [2, 4], 45),
        # Three classes too many: 100 as 2 · 50 is the least crowded, then 120 as 2 · 60, then 100 as one class.
        ([100, 120], 45, 6, [3, 3], 40),
        ([100, 120], 45, 5, [2, 3], 50),
        ([100, 120], 45, 4, [2, 2], 60),
        ([100, 120], 45, 3, [1, 2], 100),
        ([100, 120], 45, 0, [1, 1], 120),
        ([10, 0, 10], 45, 1, [1, 0, 1], 10),
        ([90, 90], 45, 3, [1, 2], 90),
    ],
)
def test_classes_by_hand(pupils, split, rooms, classes, most):
    assert formed(pupils, split, rooms) == classes
    assert largest(pupils, split, rooms) == most


def best(pupils, split, rooms):
    """By trying all: the smallest possible mean size of the fullest grade, with one class at least for each grade."""
    wanted = [math.ceil(p / s) for p, s in zip(pupils, split, strict=True)]
    total = min(sum(wanted), max(rooms, sum(w > 0 for w in wanted))) if rooms >= 0 else sum(wanted)
    ways = itertools.product(*(range(1, w + 1) if w else [0] for w in wanted))
    return min(
        max((p / k for p, k in zip(pupils, way, strict=True) if k), default=0) for way in ways if sum(way) == total
    )


@given(data=st.data(), rooms=st.integers(-1, 12))
@settings(max_examples=60, deadline=None)
def test_no_other_way_has_a_smaller_largest_class(data, rooms):
    grades = data.draw(st.integers(1, 4))
    pupils = data.draw(st.lists(st.integers(0, 200), min_size=grades, max_size=grades))
    split = data.draw(st.lists(st.integers(30, 70), min_size=grades, max_size=grades))
    found = formed(pupils, split, rooms)
    assert max((p / k for p, k in zip(pupils, found, strict=True) if k), default=0) == best(pupils, split, rooms)
    assert largest(pupils, split, rooms) == math.ceil(best(pupils, split, rooms) - 1e-9)
    assert all((k > 0) == (p > 0) for p, k in zip(pupils, found, strict=True))


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_schools_and_draws_do_not_touch_each_other(data):
    numbers = st.lists(st.integers(0, 150), min_size=12, max_size=12)
    pupils = np.reshape(data.draw(numbers), (2, 3, 2)).astype(np.float32)
    split, rooms = np.array([[45, 40, 50], [50, 50, 30]]), np.array([4, -1])
    together = largest_classes(pupils, split, rooms)
    for school, draw in itertools.product(range(2), range(2)):
        assert together[school, draw] == largest(pupils[school, :, draw], split[school], rooms[school])
