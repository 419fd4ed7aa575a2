"""Inequality: by hand, against plain loops, against published numbers, and the laws every measure must keep."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catchment.inequality import (
    atkinson,
    decompose_mean_log_deviation,
    decompose_theil_t,
    gini,
    mean_log_deviation,
    theil_t,
)

# Incomes of the examples in the R package `ineq` (Zeileis), with the values that package prints for them.
INCOMES = np.array([541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261])
ONES = np.ones(10, dtype=np.int64)

MEASURES = [gini, theil_t, mean_log_deviation, lambda v, w: atkinson(v, w, 0.5), lambda v, w: atkinson(v, w, 2.0)]
NAMES = ["gini", "theil_t", "mean_log_deviation", "atkinson_half", "atkinson_two"]
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=NAMES)


def near(value, tolerance=1e-12):
    return pytest.approx(value, rel=tolerance, abs=tolerance)


# --- the formulas again, child by child, in plain Python ---------------------------------------------------------


def each(values, weights):
    return [int(value) for value, weight in zip(values, weights, strict=True) for _ in range(int(weight))]


def loop_gini(people):
    """Half the mean difference between two children, over the mean."""
    mean = sum(people) / len(people)
    apart = sum(abs(one - other) for one in people for other in people)
    return apart / (2 * len(people) ** 2 * mean)


def loop_theil_t(people):
    mean = sum(people) / len(people)
    return sum(v / mean * math.log(v / mean) for v in people if v > 0) / len(people)


def loop_mean_log_deviation(people):
    mean = sum(people) / len(people)
    return sum(math.log(mean / v) for v in people) / len(people)


def loop_atkinson(people, epsilon):
    mean = sum(people) / len(people)
    if epsilon == 1:
        return 1 - math.prod(v / mean for v in people) ** (1 / len(people))
    inner = sum((v / mean) ** (1 - epsilon) for v in people) / len(people)
    return 1 - inner ** (1 / (1 - epsilon))


@st.composite
def towns(draw, smallest=1, largest=9):
    """Metres and children of a few units; somebody has a distance above zero."""
    size = draw(st.integers(1, largest))
    values = draw(st.lists(st.integers(smallest, 5000), min_size=size, max_size=size))
    weights = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    assume(any(v > 0 and w > 0 for v, w in zip(values, weights, strict=True)))
    return np.array(values), np.array(weights)


# --- by hand ---------------------------------------------------------------------------------------------------


def test_two_children_one_with_three_times_the_way():
    """Ways of 1 and 3, mean 2. Gini: (|1−3| + |3−1|) / (2·2²·2) = 1/4. Ratios to the mean 1/2 and 3/2."""
    values, weights = np.array([1, 3]), np.array([1, 1])
    assert gini(values, weights) == near(0.25)
    assert theil_t(values, weights) == near((0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2)
    assert mean_log_deviation(values, weights) == near(-(math.log(0.5) + math.log(1.5)) / 2)
    assert atkinson(values, weights, 1.0) == near(1 - math.sqrt(0.75))
    assert atkinson(values, weights, 2.0) == near(0.25)  # the harmonic mean of 1 and 3 is 1.5


def test_one_child_in_a_hundred_has_all():
    """1 − 1/100, from weights alone: the example of `Gini(c(100,0,0,0), c(1,33,33,33))` in R."""
    assert gini(np.array([100, 0, 0, 0]), np.array([1, 33, 33, 33])) == near(0.99)
    assert theil_t(np.array([100, 0, 0, 0]), np.array([1, 33, 33, 33])) == near(math.log(100))


@every_measure
def test_nothing_is_unequal_where_all_are_alike(measure):
    assert measure(np.array([700, 700, 700]), np.array([1, 20, 300])) == near(0)
    assert measure(np.array([700]), np.array([3])) == near(0)


# --- known answers ---------------------------------------------------------------------------------------------


def test_published_example():
    """R `ineq`: Gini 0.4620911, Atkinson(0.5) 0.1796591, Atkinson(1) 0.3518251."""
    assert gini(INCOMES, ONES) == pytest.approx(0.462091130267624, abs=1e-14)
    assert atkinson(INCOMES, ONES, 0.5) == pytest.approx(0.1796591, abs=5e-8)
    assert atkinson(INCOMES, ONES, 1.0) == pytest.approx(0.3518251, abs=5e-8)


def test_pysal_inequality_agrees():
    """PySAL `inequality` 1.1.2: Gini(x).g, Theil(x).T, and TheilD with two groups in turn (bg, wg)."""
    assert gini(INCOMES, ONES) == near(0.46209113026762383)
    assert theil_t(INCOMES, ONES) == near(0.362341242343895)
    parts = decompose_theil_t(INCOMES, ONES, np.array(["a", "b"] * 5))
    assert parts["between"].sum() == pytest.approx(0.02610501, abs=5e-9)
    assert parts["within"].sum() == pytest.approx(0.33623623, abs=5e-9)


# --- recomputed in loops ---------------------------------------------------------------------------------------


@given(towns(smallest=0))
@settings(max_examples=100, deadline=None)
def test_gini_and_theil_t_equal_plain_loops_zeros_included(town):
    people = each(*town)
    assert gini(*town) == near(loop_gini(people), 1e-11)
    assert theil_t(*town) == near(loop_theil_t(people), 1e-11)
    assert atkinson(*town, 0.5) == near(loop_atkinson(people, 0.5), 1e-11)


@given(towns(), st.sampled_from([0.25, 0.5, 1, 1.5, 2, 3]))
@settings(max_examples=100, deadline=None)
def test_mean_log_deviation_and_atkinson_equal_plain_loops(town, epsilon):
    people = each(*town)
    assert mean_log_deviation(*town) == near(loop_mean_log_deviation(people), 1e-11)
    assert atkinson(*town, epsilon) == near(loop_atkinson(people, epsilon), 1e-10)


@given(towns())
@settings(max_examples=100, deadline=None)
def test_atkinson_one_and_the_mean_log_deviation_tell_the_same(town):
    assert atkinson(*town, 1.0) == near(1 - math.exp(-mean_log_deviation(*town)), 1e-11)


# --- laws ------------------------------------------------------------------------------------------------------


@given(towns(smallest=0))
@settings(max_examples=100, deadline=None)
def test_gini_lies_between_nothing_and_less_than_one(town):
    assert 0 <= gini(*town) < 1


@every_measure
@given(town=towns(), scale=st.integers(2, 1000))
@settings(max_examples=60, deadline=None)
def test_metres_or_millimetres_make_no_difference(measure, town, scale):
    values, weights = town
    assert measure(values * scale, weights) == near(measure(values, weights), 1e-10)


@every_measure
@given(town=towns(), times=st.integers(2, 50))
@settings(max_examples=60, deadline=None)
def test_replication_makes_no_difference(measure, town, times):
    values, weights = town
    once = measure(values, weights)
    assert measure(values, weights * times) == near(once, 1e-10)
    assert measure(np.tile(values, times), np.tile(weights, times)) == near(once, 1e-10)


@every_measure
@given(town=towns(), random=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_makes_no_difference(measure, town, random):
    values, weights = town
    order = list(range(len(values)))
    random.shuffle(order)
    assert measure(values[order], weights[order]) == near(measure(values, weights), 1e-10)


@every_measure
@given(town=towns())
@settings(max_examples=60, deadline=None)
def test_a_unit_without_children_says_nothing(measure, town):
    """Not even a distance of zero, which would make some measures undefined."""
    values, weights = town
    assert measure(np.append(values, 0), np.append(weights, 0)) == near(measure(values, weights))


@every_measure
@given(
    ways=st.lists(st.integers(1, 500), min_size=2, max_size=8, unique=True),
    part=st.floats(0.01, 1.0),
)
@settings(max_examples=60, deadline=None)
def test_a_transfer_from_long_to_short_lowers_every_measure(measure, ways, part):
    """Pigou and Dalton: the longest way shortened, the shortest lengthened by as much, at most until they meet."""
    ways = np.sort(np.array(ways, dtype=float))
    weights = np.ones(len(ways), dtype=np.int64)
    moved = part * (ways[-1] - ways[0]) / 2
    fairer = ways.copy()
    fairer[0] += moved
    fairer[-1] -= moved
    assert measure(fairer, weights) < measure(ways, weights)


@pytest.mark.parametrize(
    ("decompose", "measure", "smallest"),
    [(decompose_theil_t, theil_t, 0), (decompose_mean_log_deviation, mean_log_deviation, 1)],
)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_parts_add_up_to_the_whole(decompose, measure, smallest, data):
    values, weights = data.draw(towns(smallest=smallest, largest=30))
    group = np.array(data.draw(st.lists(st.sampled_from("abcd"), min_size=len(values), max_size=len(values))))
    parts = decompose(values, weights, group)
    assert parts["within"].sum() + parts["between"].sum() == pytest.approx(measure(values, weights), rel=0, abs=1e-12)
    assert (parts["within"] >= -1e-15).all()
    assert parts["between"].sum() >= -1e-12
    assert parts["weight"].sum() == weights.sum()
    # The part between is the inequality of a county in which every child has the mean of its group.
    has_weight = parts[parts["weight"] > 0]
    if smallest or (has_weight["mean"] > 0).all():
        levelled = measure(has_weight["mean"].to_numpy(), has_weight["weight"].to_numpy())
        assert parts["between"].sum() == pytest.approx(levelled, abs=1e-12)


def test_decomposition_by_hand():
    """Group a: two children with 1 and 3; group b: two with 2 and 2. Means 2 and 2: all of it lies within a."""
    values, weights, group = np.array([1, 3, 2]), np.array([1, 1, 2]), np.array(["a", "a", "b"])
    parts = decompose_theil_t(values, weights, group).set_index("group")
    inside = theil_t(np.array([1, 3]), np.array([1, 1]))
    assert parts.loc["a", "inequality"] == near(inside)
    assert parts.loc["a", "within"] == near(inside / 2)
    assert parts.loc["b", "within"] == near(0)
    assert parts["between"].tolist() == [near(0), near(0)]
    assert parts["mean"].tolist() == [2.0, 2.0]
    assert parts["weight_share"].tolist() == [0.5, 0.5]


def test_decomposition_between_by_hand():
    """Two even groups, 1 and 3: nothing within. T weighs groups by what they have (1/4, 3/4), L by heads (1/2, 1/2)."""
    values, weights, group = np.array([1, 3]), np.array([5, 5]), np.array([7, 8])
    t = decompose_theil_t(values, weights, group)
    low, high = math.log(0.5), math.log(1.5)
    assert t["between"].tolist() == [near(0.25 * low), near(0.75 * high)]
    assert decompose_mean_log_deviation(values, weights, group)["between"].tolist() == [
        near(-0.5 * low),
        near(-0.5 * high),
    ]
    assert t["within"].tolist() == [near(0), near(0)]
    assert t["group"].tolist() == [7, 8]


def test_a_group_that_has_nothing_takes_no_part_in_theil_t():
    """Its own inequality is 0/0, so absent; its share of everything is 0."""
    parts = decompose_theil_t(np.array([0, 0, 4]), np.array([1, 1, 2]), np.array(["none", "none", "some"]))
    none = parts.set_index("group").loc["none"]
    assert np.isnan(none["inequality"])
    assert none["within"] == none["between"] == 0
    assert parts["between"].sum() == near(math.log(2))


def test_a_group_without_children_is_no_group():
    parts = decompose_theil_t(np.array([1, 2]), np.array([0, 4]), np.array(["empty", "full"]))
    assert parts["group"].tolist() == ["full"]


# --- where nothing can be said ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "measure", [mean_log_deviation, lambda v, w: atkinson(v, w, 1.0), lambda v, w: atkinson(v, w, 2.0)]
)
def test_a_zero_has_no_logarithm(measure):
    with pytest.raises(ValueError, match="zero"):
        measure(np.array([0, 5]), np.array([1, 1]))


@pytest.mark.parametrize("group", [["a", "a", "b"], ["a", "b", "b"]])
def test_a_zero_in_one_group_stops_the_decomposition(group):
    """Also where it is the whole group."""
    with pytest.raises(ValueError, match="zero and has no logarithm"):
        decompose_mean_log_deviation(np.array([0, 5, 5]), np.array([1, 1, 1]), np.array(group))


@every_measure
@pytest.mark.parametrize(
    ("values", "weights", "what"),
    [
        ([], [], "nobody"),
        ([1, 2], [0, 0], "nobody"),
        ([0, 0], [1, 1], "zero"),
        ([-1, 2], [1, 1], "negative"),
        ([1, 2], [-1, 2], "negative"),
        ([1.0, np.nan], [1, 1], "negative or absent"),
        ([1.0, np.inf], [1, 1], "without end"),
        ([1, 2, 3], [1, 1], "length"),
    ],
)
def test_input_that_has_no_inequality_is_refused(measure, values, weights, what):
    with pytest.raises(ValueError, match=what):
        measure(np.array(values), np.array(weights))


@pytest.mark.parametrize("epsilon", [0.0, -1.0, np.nan])
def test_aversion_is_positive(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        atkinson(INCOMES, ONES, epsilon)


def test_much_aversion_does_not_overflow():
    """A tiny value under a large epsilon: all but everything is lost, and no warning is given."""
    assert atkinson(np.array([1e-8, 1.0]), np.array([1, 1]), 60.0) == pytest.approx(1, abs=1e-7)
