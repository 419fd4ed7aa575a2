"""Clashes of wishes and ways out: by hand, and against full enumeration."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_zoning import connected

from catchment.errors import InputError
from catchment.zoning import faults
from catchment.zoning.clash import CHILDREN, CUT_OFF, SEATS, WHOLE, clash_of, clashes_of, fewest
from catchment.zoning.clash_words import Names, repair_text, told, wishes_texts
from catchment.zoning.corridors import grown_on_corridors
from catchment.zoning.exact import Effort
from catchment.zoning.repairs import GONE, repairs_of
from catchment.zoning.search import grow
from catchment.zoning.whole import PLAN
from catchment.zoning.wishes import Town, Wish, case_of, homes_kept, instance_from, seats_kept, within

ALL = Effort(seconds=np.inf, nodes=10**6)


def row_town(children, seats, home, *, links=None, metres=100):
    """Units in a row, 100 m apart, each beside the next; cost = children × metres."""
    places = np.arange(len(children))
    distance = np.abs(places[:, None] - np.array(home)) * metres
    pairs = np.array([(i, i + 1) for i in places[:-1]] if links is None else links).reshape(-1, 2)
    reached = np.ones(distance.shape, dtype=bool)
    return Town(
        np.array(children),
        np.array(seats),
        np.array(children)[:, None] * distance,
        distance,
        reached,
        pairs,
        np.array(home),
    )


def kinds(clash):
    return sorted(wish.kind for wish in clash.wishes)


def test_a_unit_locked_beyond_a_ban_is_cut_off():
    """
    A . x . B   unit 3 is locked to A, unit 2 banned from it: no way round. Without the home of A its zone could be elsewhere.
    """
    town = row_town([1] * 5, [9, 9], [0, 4])
    wishes = [*seats_kept(town), *homes_kept(town), Wish("lock", (3,), 0), Wish("ban", (2,), 0)]
    clash = clash_of(town, wishes, ALL)
    assert (clash.proof, kinds(clash), clash.irreducible) == (CUT_OFF, ["ban", "home", "lock"], True)
    repairs = repairs_of(town, wishes, clash, ALL)
    # A zone of A round unit 3 alone parts units 0, 1, 2 from B: giving up its home is enough for this clash, not for all wishes.
    assert [(repair.lost[0].kind, repair.children, repair.tried) for repair in repairs] == [
        ("ban", 1, PLAN),
        ("lock", 1, PLAN),
        ("home", 1, GONE),
    ]


def test_too_few_seats_within_the_limit_are_counted_and_the_fewest_more_are_found():
    """
    Five units 100 m apart, each beside all others; A in unit 0 with 8 seats, B in unit 4 with 30. No farther than 200 m: units 0 and 1
    (4 + 5 children) can only go to A, one seat short; unit 1 has 300 m to B, unit 0 has 400 m.
    """
    town = row_town([4, 5, 5, 5, 4], [8, 30], [0, 4], links=[(a, b) for b in range(5) for a in range(b)])
    wishes = [*seats_kept(town), *within(range(5), 200)]
    clash = clash_of(town, wishes, ALL)
    assert (clash.proof, clash.units, clash.schools, clash.children, clash.places) == (SEATS, (0, 1), (0,), 9, 8)
    found = [
        (repair.lost[0].kind, repair.more, repair.children, repair.tried)
        for repair in repairs_of(town, wishes, clash, ALL)
    ]
    assert found == [
        ("seats", 1, 1, PLAN),
        ("distance", 200, 4, PLAN),
        ("distance", 100, 5, PLAN),
        ("distance", 100, 9, PLAN),
    ]


def test_schools_that_ask_for_more_children_than_may_come():
    """Unit 2 is banned from A, so 3 children may go there at most."""
    town = row_town([1, 2, 4], [9, 9], [0, 2])
    wishes = [*seats_kept(town), *homes_kept(town), Wish("least", school=0, amount=5), Wish("ban", (2,), 0)]
    clash = clash_of(town, wishes, ALL)
    assert (clash.proof, clash.units, clash.schools, clash.children, clash.places) == (CHILDREN, (0, 1), (0,), 3, 5)
    lowered = [repair for repair in repairs_of(town, wishes, clash, ALL) if repair.lost[0].kind == "least"]
    assert [(repair.more, repair.instead[0].amount, repair.tried) for repair in lowered] == [(2, 3, PLAN)]


def test_seats_short_everywhere_are_told_as_a_plan_found_needs_them():
    """Two schools with 5 seats each, twelve children: 3 and 3 of the four units' children stay with each, one seat more at both."""
    town = row_town([3, 3, 3, 3], [5, 5], [0, 3])
    wishes = [*seats_kept(town), *homes_kept(town)]
    clash = clash_of(town, wishes, ALL)
    assert (clash.proof, clash.children, clash.places) == (SEATS, 12, 10)
    best = repairs_of(town, wishes, clash, ALL)
    spread = next(repair for repair in best if len(repair.lost) == 2)
    assert (spread.each, [wish.amount for wish in spread.instead], spread.more, spread.tried) == (
        (1, 1),
        [6, 6],
        2,
        PLAN,
    )
    text = repair_text(spread, Names(str, lambda school: f"S{school}", "en"), class_size=45)
    assert text.startswith("2 more seats at 2 schools (S0 +1, S1 +1; classes of 45: 2): a plan")
    # One school alone takes a third unit of three children with five seats.
    assert [repair.more for repair in best if len(repair.lost) == 1] == [4, 4]


def test_a_village_that_fits_nowhere_whole_must_be_divided():
    """A 3 3 B with 5 seats each: one by one all ten children fit, the village of six in one zone does not."""
    town = row_town([2, 3, 3, 2], [5, 5], [0, 3])
    wishes = [*seats_kept(town), *homes_kept(town), Wish("together", (1, 2))]
    clash = clash_of(town, wishes, ALL)
    assert clash.proof == WHOLE
    assert kinds(clash) == ["seats", "seats", "together"]
    best = repairs_of(town, wishes, clash, ALL)
    assert ("together", PLAN) in [(repair.lost[0].kind, repair.tried) for repair in best]
    # Six seats would hold the village, eight the village and the two children of the school's own unit.
    assert [(repair.more, repair.tried) for repair in best if repair.lost[0].kind == "seats"] == [(3, PLAN), (3, PLAN)]


def test_locks_that_cross_each_other_clash():
    """Four units in a row, 0 and 2 locked to A, 1 and 3 to B: each would have to pass the other."""
    town = row_town([1] * 4, [9, 9], [0, 3])
    clash = clash_of(town, [Wish("lock", (0, 2), 0), Wish("lock", (1, 3), 1)], ALL)
    assert clash is not None
    assert kinds(clash) == ["lock", "lock"]


def test_a_town_without_any_plan_is_a_clash_of_no_wishes():
    town = row_town([1, 1, 1], [9, 9], [0, 2])
    nowhere = replace(town, reached=np.array([[True, True], [False, False], [True, True]]))
    found = clashes_of(nowhere, seats_kept(town), ALL)
    assert (found.found[0].wishes, found.found[0].units, found.status) == ((), (1,), "no plan")


def test_clashes_that_share_nothing_are_found_one_after_another():
    """Two towns of three units each: a lock against a ban in both."""
    town = row_town([1] * 6, [9] * 4, [0, 2, 3, 5], links=[(0, 1), (1, 2), (3, 4), (4, 5)])
    wishes = [
        *homes_kept(town),
        Wish("lock", (1,), 0),
        Wish("ban", (1,), 0),
        Wish("lock", (4,), 3),
        Wish("ban", (4,), 3),
    ]
    found = clashes_of(town, wishes, ALL)
    assert [clash.units for clash in found.found] == [(1,), (4,)]
    assert found.status == PLAN
    one = repairs_of(town, wishes, found.found[0], ALL)
    assert {repair.tried for repair in one} == {GONE}


def test_every_kind_of_clash_and_repair_is_told_in_both_languages():
    town = row_town([2, 3, 3, 2], [5, 5], [0, 3])
    base = [*seats_kept(town), *homes_kept(town)]
    for more in (
        [Wish("together", (1, 2))],
        within(range(4), 50),
        [Wish("least", school=0, amount=9)],
        [Wish("ban", (0,), 0)],
    ):
        found = clashes_of(town, base + more, ALL)
        for language in ("en", "zh"):
            names = Names(lambda unit: f"U{unit}", lambda school: f"S{school}", language)
            lines = told(found, names)
            assert lines
            for clash in found.found:
                for repair in repairs_of(town, base + more, clash, ALL):
                    text = repair_text(repair, names, class_size=45)
                    assert "None" not in text
                    assert "{" not in text


def test_units_cut_off_by_the_same_limit_are_one_clash_with_one_way_out():
    """Units 1 and 2 have 100 m to school; the limit of unit 4, 60 m, is another clash. B's own unit is 3."""
    town = row_town([2, 3, 3, 2, 1], [9, 9], [0, 3])
    wishes = [*seats_kept(town), *homes_kept(town), *within(range(4), 50), *within([4], 60)]
    found = clashes_of(town, wishes, ALL)
    assert [(clash.units, len(clash.wishes), clash.children) for clash in found.found] == [((1, 2), 1, 6), ((4,), 1, 1)]
    assert found.status == PLAN
    names = Names(lambda unit: f"U{unit}", lambda school: f"S{school}", "en")
    assert told(found, names)[:2] == [
        "cut off: U1, U2 (6 children) have no way to any school that they may go to",
        "  U1, U2 no farther than 50 m from school",
    ]
    assert [repair_text(repair, names) for repair in repairs_of(town, wishes, found.found[0], ALL)] == [
        "the limit of U1, U2 raised from 50 m to 100 m (6 children): this clash is gone, others remain"
    ]


def test_words_of_many_wishes_are_gathered():
    names = Names(lambda unit: f"U{unit}", lambda school: f"S{school}", "en")
    wishes = [*within(range(10), 2000), Wish("seats", school=0), Wish("seats", school=1), Wish("lock", (3,), 1)]
    assert wishes_texts(wishes, names) == [
        "U0, U1, U2, U3, U4, U5, U6, U7 and 2 more no farther than 2000 m from school",
        "S0, S1 within their seats",
        "U3 in the zone of S1",
    ]


def test_a_way_is_kept_open_for_a_unit_that_zones_would_wall_in():
    """
    A 1 2    A in unit 0, B in unit 4; unit 8 is locked to A, units 5 and 7 are nearer to B: B's zone would grow round unit 8.
    3 B 5
    6 7 8
    """
    xy = np.stack(np.divmod(np.arange(9), 3), axis=1)
    steps = np.abs(xy[:, None] - xy).sum(axis=2)
    town = Town(
        np.ones(9, int), np.array([9, 9]), steps[:, [0, 4]], steps[:, [0, 4]], np.ones((9, 2), bool),
        np.argwhere(np.triu(steps == 1)), np.array([0, 4]),
    )  # fmt: skip
    wishes = [*homes_kept(town), Wish("lock", (8,), 0)]
    case, free = case_of(town, wishes), np.zeros((2, 1), dtype=np.int64)
    with pytest.raises(InputError, match="cut off"):
        grow(instance_from(case, town.cost), free)
    zone = grown_on_corridors(case, town.cost, free)
    assert zone[8] == 0
    assert faults(instance_from(case, town.cost), zone) == []


def test_a_large_town_is_judged_by_flows():
    """70 × 70 units, 60 schools: nobody farther than 6 km, and a corner that has lost two thirds of its seats."""
    side, schools = 70, 60
    rng = np.random.default_rng(1)
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1)
    home = np.sort(rng.choice(side * side, schools, replace=False))
    distance = np.abs(xy[:, None] - xy[home]).sum(axis=2) * 300
    children = rng.integers(1, 20, side * side)
    seats = np.full(schools, int(children.sum() * 1.2 / schools))
    seats[(xy[home] < side // 2).all(axis=1)] //= 3
    place = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.stack([a.ravel(), b.ravel()], axis=1) for a, b in ((place[1:], place[:-1]), (place[:, 1:], place[:, :-1]))]
    )
    town = Town(children, seats, children[:, None] * distance, distance, distance >= 0, pairs, home)
    limit = np.maximum(6000, distance.min(axis=1))
    wishes = [
        *seats_kept(town),
        *homes_kept(town),
        *(Wish("distance", (u,), amount=int(limit[u])) for u in range(side**2)),
    ]
    clash = clash_of(town, wishes, Effort(seconds=1, nodes=1))
    assert clash.proof == SEATS
    assert clash.children > clash.places
    assert clash.places == seats[list(clash.schools)].sum()
    for unit in clash.units:
        asked = any(wish.units == (unit,) for wish in clash.wishes if wish.kind == "distance")
        assert asked or len(clash.schools) == schools


def pieces_of(units, links):
    left, found = set(units), []
    while left:
        piece = {min(left)}
        while more := {b for a, b in links if a in piece and b in left} - piece:
            piece |= more
        left -= piece
        found.append(piece)
    return found


class Plans:
    """All zones in one piece each; which of them keep a wish, by the words of the wish alone."""

    def __init__(self, town):
        self.town = town
        self.links = [(int(a), int(b)) for a, b in town.pairs] + [(int(b), int(a)) for a, b in town.pairs]
        units, schools = town.units, town.schools
        self.all = [
            zone
            for zone in product(range(schools), repeat=units)
            if all(town.reached[i, k] for i, k in enumerate(zone))
            and all(connected({i for i in range(units) if zone[i] == k}, self.links) for k in range(schools))
        ]
        self.known = {}

    def keeping(self, wish):
        if wish not in self.known:
            self.known[wish] = {number for number, zone in enumerate(self.all) if self._kept(wish, zone)}
        return self.known[wish]

    def exist(self, wishes):
        return bool(set(range(len(self.all))).intersection(*(self.keeping(wish) for wish in wishes)))

    def _kept(self, wish, zone):
        load = sum(int(c) for c, k in zip(self.town.children, zone, strict=True) if k == wish.school)
        limit = self.town.seats[wish.school] if wish.kind == "seats" and wish.amount is None else wish.amount
        return {
            "lock": lambda: all(zone[i] == wish.school for i in wish.units),
            "home": lambda: zone[self.town.home[wish.school]] == wish.school,
            "ban": lambda: all(zone[i] != wish.school for i in wish.units),
            "distance": lambda: all(self.town.distance_m[i, zone[i]] <= limit for i in wish.units),
            "seats": lambda: load <= limit,
            "least": lambda: load >= limit,
            "together": lambda: all(len({zone[i] for i in piece}) == 1 for piece in pieces_of(wish.units, self.links)),
        }[wish.kind]()


@st.composite
def towns_with_wishes(draw):
    units, schools = draw(st.integers(3, 6)), draw(st.integers(2, 3))
    children = draw(st.lists(st.integers(0, 6), min_size=units, max_size=units))
    pairs = [(draw(st.integers(0, i - 1)), i) for i in range(1, units) if draw(st.integers(0, 9))]
    number, school = st.integers(0, units - 1), st.integers(0, schools - 1)
    pairs += draw(st.lists(st.tuples(number, number), max_size=4))
    home = [draw(number) for _ in range(schools)]
    seats = draw(st.lists(st.integers(0, sum(children)), min_size=schools, max_size=schools))
    distance = np.array(draw(st.lists(st.integers(1, 9), min_size=units * schools, max_size=units * schools)))
    distance = distance.reshape(units, schools) * 100
    reached = np.array(
        draw(st.lists(st.sampled_from([True] * 9 + [False]), min_size=units * schools, max_size=units * schools))
    )
    town = Town(
        np.array(children), np.array(seats), np.array(children)[:, None] * distance, distance,
        reached.reshape(units, schools), np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(home),
    )  # fmt: skip
    some = st.lists(number, min_size=1, max_size=3, unique=True).map(lambda u: tuple(sorted(u)))
    wish = st.one_of(
        st.builds(lambda u, k: Wish("lock", u, k), some, school),
        st.builds(lambda u, k: Wish("ban", u, k), some, school),
        st.builds(lambda u: Wish("together", u), some),
        st.builds(lambda u: Wish("together", u), some),
        st.builds(lambda k, n: Wish("least", school=k, amount=n), school, st.integers(0, sum(children))),
        st.builds(lambda u, m: Wish("distance", (u,), amount=m * 100), number, st.integers(1, 9)),
    )
    wishes = draw(st.lists(wish, max_size=5))
    if draw(st.booleans()):
        wishes += seats_kept(town)
    if draw(st.booleans()):
        wishes += homes_kept(town)
    if draw(st.booleans()):
        wishes += within(range(units), draw(st.integers(4, 9)) * 100)
    return town, wishes


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns_with_wishes())
def test_a_clash_is_told_just_where_no_plan_is_and_none_of_its_wishes_is_idle(given_town):
    town, wishes = given_town
    plans = Plans(town)
    clash = clash_of(town, wishes, ALL)
    assert (clash is None) == plans.exist(wishes)
    if clash:
        assert clash.irreducible
        assert not plans.exist(clash.wishes)
        for wish in clash.wishes:
            rest = [other for other in clash.wishes if other is not wish]
            assert plans.exist(rest)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(towns_with_wishes())
def test_every_repair_does_what_it_says_and_no_smaller_one_would(given_town):
    town, wishes = given_town
    clash = clash_of(town, wishes, ALL)
    if clash is None:
        return
    plans = Plans(town)
    for repair in repairs_of(town, wishes, clash, ALL):
        assert repair.tried in (PLAN, GONE)
        asked = wishes if repair.tried == PLAN else clash.wishes
        kept = [wish for wish in asked if not any(wish is lost for lost in repair.lost)]
        assert plans.exist([*kept, *repair.instead])
        if repair.tried == GONE:
            assert not plans.exist([wish for wish in wishes if not any(wish is lost for lost in repair.lost)])
        if len(repair.instead) == 1 and repair.lost[0].kind in {"seats", "least"}:
            (wish,) = repair.instead
            less = replace(wish, amount=wish.amount + (-1 if wish.kind == "seats" else 1))
            assert not plans.exist([*kept, less])


@given(st.sets(st.integers(0, 30), min_size=1), st.sets(st.integers(0, 30), max_size=5))
def test_of_many_wishes_just_the_clash_is_left(wishes, clash):
    wishes = sorted(wishes | clash)
    assert set(fewest(lambda chosen: clash <= set(chosen), wishes)) == clash


def test_when_time_is_over_what_was_not_looked_at_stays():
    wishes = list(range(100))
    assert fewest(lambda chosen: 7 in chosen, wishes, seconds=0) == wishes
    assert fewest(lambda chosen: 7 in chosen, wishes) == [7]
