"""Clashes of wishes and ways out: by hand, and against full enumeration."""

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catchment.zoning.clash import clash_of, fewest
from catchment.zoning.exact import Effort
from catchment.zoning.repairs import GONE, PLAN, repairs_of
from catchment.zoning.wishes import Town, Wish, homes_kept, seats_kept, within

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


def connected(members, links):
    reached = {next(iter(members))} if members else set()
    while True:
        more = {b for a, b in links if a in reached and b in members} | reached
        if more == reached:
            return reached == members
        reached = more


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
        if repair.lost[0].kind in {"seats", "least"}:
            (wish,) = repair.instead
            less = replace(wish, amount=wish.amount + (-1 if wish.kind == "seats" else 1))
            assert not plans.exist([*kept, less])


@given(st.sets(st.integers(0, 30), min_size=1), st.sets(st.integers(0, 30), max_size=5))
def test_of_many_wishes_just_the_clash_is_left(wishes, clash):
    wishes = sorted(wishes | clash)
    assert set(fewest(lambda chosen: clash <= set(chosen), wishes)) == clash
