"""Floating catchments: by hand, against plain loops, against PySAL `access`, and what is conserved."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.fca import Pairs, balanced, balanced_as_published, bands, gaussian, step, two_step

EVERY = [two_step, balanced, balanced_as_published]
CONSERVING = [two_step, balanced]
WEIGHTS = [step(1000), bands((500, 1000, 2000), (1.0, 0.68, 0.22)), gaussian(600, 1800)]

every_method = pytest.mark.parametrize("method", EVERY)
conserving_method = pytest.mark.parametrize("method", CONSERVING)


def pairs_of(rows):
    """Pairs from (unit, school, distance_m)."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Pairs(table[:, 0], table[:, 1], table[:, 2] * 1000)


@st.composite
def towns(draw):
    """A few units and schools, some without children, seats or each other."""
    units, schools = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    children = draw(st.lists(st.integers(0, 90), min_size=units, max_size=units))
    seats = draw(st.lists(st.integers(0, 400), min_size=schools, max_size=schools))
    every = [(i, k) for i in range(units) for k in range(schools)]
    kept = draw(st.lists(st.sampled_from(every), unique=True, max_size=len(every)))
    rows = [(i, k, draw(st.integers(0, 2500))) for i, k in kept]
    return pairs_of(rows), np.array(children), np.array(seats), draw(st.sampled_from(WEIGHTS))


def claimed_schools(pairs, children, weight):
    """Schools that some child reaches with a weight above zero."""
    reached = set()
    for i, k, w in zip(pairs.unit, pairs.school, weight(pairs.distance_mm), strict=True):
        if children[i] > 0 and w > 0:
            reached.add(int(k))
    return sorted(reached)


# --- the formulas again, in plain Python -----------------------------------------------------------------------


def table_of(pairs, weight):
    return {
        (int(i), int(k)): float(w)
        for i, k, w in zip(pairs.unit, pairs.school, weight(pairs.distance_mm), strict=True)
        if w > 0
    }


def loop_two_step(pairs, children, seats, weight):
    w = table_of(pairs, weight)
    access = [0.0] * len(children)
    for k, places in enumerate(seats):
        claimed = sum(children[i] * x for (i, school), x in w.items() if school == k)
        if claimed > 0:
            for (i, school), x in w.items():
                if school == k:
                    access[i] += places / claimed * x
    return access


def loop_balanced(pairs, children, seats, weight):
    """Each child's claims sum to one; a school's seats go to its claims in equal parts."""
    w = table_of(pairs, weight)
    claims = {(i, k): x / sum(y for (j, _), y in w.items() if j == i) for (i, k), x in w.items()}
    access = [0.0] * len(children)
    for (i, k), c in claims.items():
        claimed = sum(children[j] * y for (j, school), y in claims.items() if school == k)
        if claimed > 0:
            access[i] += seats[k] * c / claimed
    return access


def loop_as_published(pairs, children, seats, weight):
    w = table_of(pairs, weight)
    access = [0.0] * len(children)
    for (i, k), x in w.items():
        claimed = 0.0
        for (j, school), y in w.items():
            if school == k:
                claimed += children[j] * y / sum(z for (unit, _), z in w.items() if unit == j)
        if claimed > 0:
            access[i] += seats[k] / claimed * x / sum(y for (_, school), y in w.items() if school == k)
    return access


# --- by hand ---------------------------------------------------------------------------------------------------


def test_two_schools_and_the_unit_between():
    """
    unit 0 ── 400 m ── A ── 600 m ── unit 1 ── 800 m ── B ── 100 m ── unit 2          limit 1,000 m
    30 children     60 seats       10 children        20 seats      10 children

    A is claimed by 30 + 10, B by 10 + 10 children: 60/40 = 1.5 and 20/20 = 1.0 seats per child.
    Unit 0 has 1.5, unit 1 counts both, 2.5, unit 2 has 1.0. All seats: 30·1.5 + 10·2.5 + 10·1 = 80.
    """
    pairs = pairs_of([(0, 0, 400), (1, 0, 600), (1, 1, 800), (2, 1, 100)])
    result = two_step(pairs, np.array([30, 10, 10]), np.array([60, 20]), step(1000))
    assert result.service.tolist() == [1.5, 1.0]
    assert result.access.tolist() == [1.5, 2.5, 1.0]


def test_balanced_counts_the_children_between_once():
    """The same town: unit 1 claims half at A and half at B. A: 60/35, B: 20/15; unit 1 has the mean of both."""
    pairs = pairs_of([(0, 0, 400), (1, 0, 600), (1, 1, 800), (2, 1, 100)])
    result = balanced(pairs, np.array([30, 10, 10]), np.array([60, 20]), step(1000))
    assert result.service.tolist() == pytest.approx([60 / 35, 20 / 15])
    assert result.access.tolist() == pytest.approx([60 / 35, (60 / 35 + 20 / 15) / 2, 20 / 15])


def test_bands_weaken_with_distance():
    """One school of 100 seats; 40 children near (1.0), 100 farther (0.6): claimed 100, access 1.0 and 0.6."""
    pairs = pairs_of([(0, 0, 500), (1, 0, 501)])
    result = two_step(pairs, np.array([40, 100]), np.array([100]), bands((500, 1000), (1.0, 0.6)))
    assert result.service.tolist() == [1.0]
    assert result.access.tolist() == [1.0, 0.6]


def test_the_published_balance_depends_on_how_units_are_cut():
    """One school of 40 seats, 40 children. In one unit: 1 seat each. In two units: half a seat each, and 20 seats
    are gone. `balanced` says 1 seat each both times."""
    one, two = pairs_of([(0, 0, 100)]), pairs_of([(0, 0, 100), (1, 0, 100)])
    whole, halves, seats = np.array([40]), np.array([20, 20]), np.array([40])
    assert balanced_as_published(one, whole, seats, step(500)).access.tolist() == [1.0]
    assert balanced_as_published(two, halves, seats, step(500)).access.tolist() == [0.5, 0.5]
    assert balanced(one, whole, seats, step(500)).access.tolist() == [1.0]
    assert balanced(two, halves, seats, step(500)).access.tolist() == [1.0, 1.0]


@every_method
def test_out_of_reach_is_zero_and_an_unclaimed_school_is_absent(method):
    """Unit 2 reaches nothing; school 1 is reached by a unit without children, school 2 by nobody."""
    pairs = pairs_of([(0, 0, 100), (1, 1, 100), (2, 0, 1001)])
    result = method(pairs, np.array([10, 0, 10]), np.array([20, 30, 40]), step(1000))
    assert result.access.tolist() == [2.0, 0.0, 0.0]
    assert result.service[0] == 2.0
    assert np.isnan(result.service[1:]).all()


@every_method
def test_a_town_without_pairs(method):
    result = method(pairs_of([]), np.array([3, 4]), np.array([5]), step(1000))
    assert result.access.tolist() == [0.0, 0.0]
    assert np.isnan(result.service).all()


# --- known answers ---------------------------------------------------------------------------------------------

# The three-town hospital example in the tests of PySAL `access`: people, doctors, and two states of the roads.
PEOPLE, DOCTORS = np.array([100, 50, 10]), np.array([15, 20, 100])
GRIDLOCK = [(0, 0, 1), (1, 1, 1), (2, 2, 1), (0, 2, 40), (1, 2, 40), (2, 0, 40), (2, 1, 40), (0, 1, 80), (1, 0, 80)]
FAST = [(0, 0, 1), (1, 1, 1), (2, 2, 1), (0, 2, 20), (1, 2, 20), (2, 0, 20), (2, 1, 20), (0, 1, 40), (1, 0, 40)]


@pytest.mark.parametrize(
    ("roads", "weight", "expected"),
    [
        (GRIDLOCK, step(60), [0.7613636363636364, 0.9583333333333333, 1.0946969696969697]),
        (GRIDLOCK, step(29), [0.15, 0.4, 10.0]),
        (FAST, step(60), [0.84375, 0.84375, 0.84375]),
        (FAST, step(29), [0.7613636363636364, 0.9583333333333333, 1.0946969696969697]),
        (
            GRIDLOCK,
            bands((10, 30, 60), (1, 0.68, 0.22)),
            [0.6583989441587403, 0.8947696694288514, 2.44216221126834],
        ),
        (FAST, bands((10, 30, 60), (1, 0.68, 0.22)), [0.79031488578988, 0.8889635460847961, 1.15203341167722]),
        (GRIDLOCK, gaussian(20, 60), [0.594825613235192, 0.8362766749853834, 3.3703604927211623]),
        (FAST, gaussian(20, 60), [0.7725680974287755, 0.9059925396519272, 1.244356327452608]),
    ],
)
def test_pysal_access_agrees(roads, weight, expected):
    """Computed with `access` 1.1.10 (two_stage_fca, enhanced_two_stage_fca). Its limit is `<`, ours `≤`: 29 for 30."""
    assert two_step(pairs_of(roads), PEOPLE, DOCTORS, weight).access.tolist() == pytest.approx(expected, rel=1e-13)


def test_r_fca_agrees():
    """The test of the R package `fca` (spai_2sfca, step 2): people 1-4, supply 1-6, all within reach: 21/10."""
    pairs = pairs_of([(i, k, 0) for i in range(4) for k in range(6)])
    result = two_step(pairs, np.arange(1, 5), np.arange(1, 7), step(1))
    assert result.access.tolist() == pytest.approx([2.1] * 4)


# --- recomputed in loops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "loops"),
    [(two_step, loop_two_step), (balanced, loop_balanced), (balanced_as_published, loop_as_published)],
)
@given(town=towns())
@settings(max_examples=100, deadline=None)
def test_equal_to_plain_loops(method, loops, town):
    assert method(*town).access.tolist() == pytest.approx(loops(*town), rel=1e-12, abs=1e-15)


@given(town=towns())
@settings(max_examples=100, deadline=None)
def test_service_is_seats_per_claimed_child(town):
    pairs, children, seats, weight = town
    w = table_of(pairs, weight)
    service = two_step(*town).service
    for k in range(len(seats)):
        claimed = sum(children[i] * x for (i, school), x in w.items() if school == k)
        if claimed:
            assert service[k] == pytest.approx(seats[k] / claimed)
        else:
            assert np.isnan(service[k])


# --- what is conserved, and how it moves -----------------------------------------------------------------------


@conserving_method
@given(town=towns())
@settings(max_examples=100, deadline=None)
def test_all_seats_of_claimed_schools_and_no_others_are_given(method, town):
    pairs, children, seats, weight = town
    given_out = float(children @ method(*town).access)
    assert given_out == pytest.approx(seats[claimed_schools(pairs, children, weight)].sum(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("method", [balanced, balanced_as_published])
@given(town=towns())
@settings(max_examples=100, deadline=None)
def test_balanced_claims_count_every_child_in_reach_once(method, town):
    """Seats over seats per claim is the number of claims: together the children who reach any school."""
    pairs, children, _, weight = town
    seats = np.full(len(town[2]), 100)
    service = method(pairs, children, seats, weight).service
    in_reach = {i for i, _ in table_of(pairs, weight)}
    claims = np.nansum(seats / service)
    assert claims == pytest.approx(sum(children[i] for i in in_reach), rel=1e-9, abs=1e-9)


@given(town=towns())
@settings(max_examples=100, deadline=None)
def test_the_published_form_conserves_the_level_of_service(town):
    """Σ A = Σ R, which is what Páez, Higgins and Vivona prove; Σ P·A is not the number of seats."""
    result = balanced_as_published(*town)
    assert result.access.sum() == pytest.approx(np.nansum(result.service), rel=1e-9, abs=1e-12)


@every_method
@given(town=towns())
@settings(max_examples=100, deadline=None)
def test_access_is_finite_and_never_negative(method, town):
    access = method(*town).access
    assert np.isfinite(access).all()
    assert (access >= 0).all()


@every_method
@given(town=towns(), times=st.integers(2, 9))
@settings(max_examples=100, deadline=None)
def test_twice_the_children_half_the_access(method, town, times):
    pairs, children, seats, weight = town
    before = method(pairs, children, seats, weight).access
    after = method(pairs, children * times, seats, weight).access
    assert after.tolist() == pytest.approx((before / times).tolist())


@given(town=towns(), seats_there=st.integers(0, 300), data=st.data())
@settings(max_examples=100, deadline=None)
def test_opening_a_school_never_lowers_anybodys_two_step_access(town, seats_there, data):
    pairs, children, seats, weight = town
    near = data.draw(st.lists(st.integers(0, len(children) - 1), unique=True))
    far = [data.draw(st.integers(0, 2500)) * 1000 for _ in near]
    more = Pairs(
        np.append(pairs.unit, near).astype(np.int64),
        np.append(pairs.school, np.full(len(near), len(seats))).astype(np.int64),
        np.append(pairs.distance_mm, far).astype(np.int64),
    )
    before = two_step(pairs, children, seats, weight).access
    after = two_step(more, children, np.append(seats, seats_there), weight).access
    assert (after >= before - 1e-12).all()


def test_opening_a_school_may_lower_balanced_access():
    """Two children share 10 seats next door. A new school with 1 seat takes half their claims: 5.5 in all is less
    than 10 only for whoever claims there; here one of the two does, and has less than before."""
    before = balanced(pairs_of([(0, 0, 1), (1, 0, 1)]), np.array([1, 1]), np.array([10]), step(9)).access
    more = pairs_of([(0, 0, 1), (1, 0, 1), (0, 1, 1)])
    after = balanced(more, np.array([1, 1]), np.array([10, 1]), step(9)).access
    assert after[0] < before[0]
    assert after[1] > before[1]


@every_method
@given(town=towns(), random=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_numbers_of_units_and_schools_make_no_difference(method, town, random):
    pairs, children, seats, weight = town
    rows, units, schools = (list(range(n)) for n in (len(pairs.unit), len(children), len(seats)))
    for order in (rows, units, schools):
        random.shuffle(order)
    new_unit, new_school = np.argsort(units), np.argsort(schools)
    shuffled = Pairs(new_unit[pairs.unit][rows], new_school[pairs.school][rows], pairs.distance_mm[rows])
    before = method(pairs, children, seats, weight)
    after = method(shuffled, children[units], seats[schools], weight)
    assert after.access.tolist() == pytest.approx(before.access[units].tolist(), rel=1e-12)
    assert after.service.tolist() == pytest.approx(before.service[schools].tolist(), rel=1e-12, nan_ok=True)


@conserving_method
@given(town=towns(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_cutting_a_unit_in_two_changes_nobodys_access(method, town, data):
    pairs, children, seats, weight = town
    cut = data.draw(st.integers(0, len(children) - 1))
    moved = data.draw(st.integers(0, int(children[cut])))
    there = pairs.unit == cut
    halves = Pairs(
        np.append(pairs.unit, np.full(there.sum(), len(children))),
        np.append(pairs.school, pairs.school[there]),
        np.append(pairs.distance_mm, pairs.distance_mm[there]),
    )
    fewer = children.copy()
    fewer[cut] -= moved
    before = method(pairs, children, seats, weight).access
    after = method(halves, np.append(fewer, moved), seats, weight).access
    assert after.tolist() == pytest.approx([*before, before[cut]], rel=1e-12)


@given(town=towns())
@settings(max_examples=50, deadline=None)
def test_inputs_are_left_alone(town):
    pairs, children, seats, weight = town
    copies = [a.copy() for a in (pairs.unit, pairs.school, pairs.distance_mm, children, seats)]
    for method in EVERY:
        method(pairs, children, seats, weight)
    for copy, array in zip(copies, (pairs.unit, pairs.school, pairs.distance_mm, children, seats), strict=True):
        assert (copy == array).all()


def test_a_million_pairs():
    generator = np.random.default_rng(1)
    units, schools, count = 20_000, 500, 1_000_000
    pairs = Pairs(
        generator.integers(0, units, count),
        generator.integers(0, schools, count),
        generator.integers(0, 3_000_000, count),
    )
    children, seats = generator.integers(0, 80, units), generator.integers(100, 3000, schools)
    for method in CONSERVING:
        result = method(pairs, children, seats, gaussian(1000, 3000))
        assert float(children @ result.access) == pytest.approx(seats.sum(), rel=1e-9)


# --- weights ---------------------------------------------------------------------------------------------------


def test_limits_belong_to_their_catchment():
    """500 m is within 500 m; a millimetre more is not."""
    at = np.array([0, 500_000, 500_001, 1_000_000, 1_000_001])
    assert step(500)(at).tolist() == [1, 1, 0, 0, 0]
    assert bands((500, 1000), (1.0, 0.5))(at).tolist() == [1, 1, 0.5, 0.5, 0]
    assert gaussian(500, 1000)(at).tolist() == pytest.approx([1, 0.6065306597, 0.6065294967, 0.1353352832, 0])


@given(st.lists(st.integers(0, 3_000_000), min_size=1), st.sampled_from(WEIGHTS))
def test_weights_lie_between_nothing_and_one_and_fall_with_distance(distances, weight):
    at = weight(np.sort(np.array(distances)))
    assert ((at >= 0) & (at <= 1)).all()
    assert (np.diff(at) <= 0).all()


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: bands((500, 1000), (1.0,)), "one weight"),
        (lambda: bands((), ()), "one weight"),
        (lambda: bands((1000, 500), (1.0, 0.5)), "rise"),
        (lambda: bands((500, 500), (1.0, 0.5)), "rise"),
        (lambda: bands((-500, 500), (1.0, 0.5)), "rise"),
        (lambda: bands((500, 1000), (0.5, 1.0)), "fall"),
        (lambda: bands((500, 1000), (1.0, -0.5)), "fall"),
        (lambda: bands((500,), (float("nan"),)), "fall"),
        (lambda: step(-1), "rise"),
        (lambda: gaussian(0, 500), "bandwidth"),
        (lambda: gaussian(0, 0), "bandwidth"),
        (lambda: gaussian(100, 2001), "bandwidth"),
    ],
)
def test_weights_that_make_no_sense_are_refused(make, what):
    with pytest.raises(ValueError, match=what):
        make()
