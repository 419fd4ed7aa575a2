"""Ways out of a clash of wishes, each tried (docs/method/zone_wishes.md)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catchment.zoning.clash import SEATS, SMALL, Clash
from catchment.zoning.exact import Effort
from catchment.zoning.proofs import quick_proof
from catchment.zoning.whole import NO_PLAN, PLAN, decide, nearest_plan
from catchment.zoning.wishes import Town, Wish, broken, case_of

UNPROVED, GONE = "no proof left", "this clash is gone"
TRIED = (PLAN, UNPROVED, GONE)
NUMBERS = ("seats", "least")
"""Kinds of wishes that zones can miss by a number of children."""


@dataclass(frozen=True)
class Repair:
    """One way out. lost: the wishes given up; instead: what is wished in their place, nothing if they are given up altogether.

    more: seats or metres more, or children fewer, than in the wishes lost; children: how many it concerns; each: of seats and least
    numbers, how many more or fewer in each wish lost; tried: "plan found"
    for all wishes; "no proof left" (large towns: no quick proof against all wishes holds any more, and no plan was found yet);
    "this clash is gone" (a plan keeps its other wishes; in a large town: no quick proof of it holds any more; other clashes remain).
    """

    lost: tuple[Wish, ...]
    instead: tuple[Wish, ...]
    more: int
    children: int
    tried: str
    each: tuple[int, ...] = ()

    @property
    def cost(self) -> tuple[int, int, int]:
        """What repairs are sorted by: how far they were seen to help, children concerned, metres more."""
        metres = self.more if self.lost[0].kind == "distance" else 0
        return TRIED.index(self.tried), self.children, metres


@dataclass(frozen=True)
class _Way:
    """Ever larger changes, the last of which is as good as giving up: rung → what is wished instead, and how much more that is.

    least: the clash itself proves that no rung below helps; sought: whether a plan is looked for in large towns too.
    """

    lost: tuple[Wish, ...]
    rungs: int
    instead: Callable[[int], tuple[tuple[Wish, ...], int]]
    children: int
    least: int = 0
    sought: bool = True

    def taken(self, wishes: Sequence[Wish], rung: int) -> list[Wish]:
        lost = {id(wish) for wish in self.lost}
        return [wish for wish in wishes if id(wish) not in lost] + list(self.instead(rung)[0])


def repairs_of(town: Town, wishes: Sequence[Wish], clash: Clash, effort: Effort, *, most: int = 6) -> list[Repair]:
    """For each wish of the clash the least change of it that is seen to help, at most `most` for each kind of wish, by `cost`;
    first, where several schools must take more or fewer than is wished, what a plan found would do to each.

    wishes: all of them, the very ones the clash was found in; effort: of each question put to the search and the program.
    """
    spread = _spread(town, wishes, effort) if any(wish.kind in NUMBERS for wish in clash.wishes) else None
    ways = list(_ways_out(town, wishes, clash, spread, most))
    asked = _asked(town, wishes, clash, ways, effort)
    tried = [_tried(town, asked, way, effort) for way in ways]
    if spread and len(spread.lost) > 1:
        tried.append(spread)
    return sorted((repair for repair in tried if repair), key=lambda repair: repair.cost)


def _spread(town: Town, wishes: Sequence[Wish], effort: Effort) -> Repair | None:
    """Numbers changed just as far as zones need that keep all other wishes, the search's best; None if it meets no such zones."""
    zone = nearest_plan(town, wishes, effort)
    if zone is None:
        return None
    lost = broken(town, wishes, zone)
    if any(wish.kind not in NUMBERS for wish in lost):
        return None
    load = np.bincount(zone, weights=town.children, minlength=town.schools).astype(int).tolist()
    missed = sorted(((abs(load[wish.school or 0] - _number(town, wish)), wish) for wish in lost), key=lambda by: -by[0])
    instead = tuple(replace(wish, amount=load[wish.school or 0]) for _, wish in missed)
    each = tuple(more for more, _ in missed)
    return Repair(tuple(wish for _, wish in missed), instead, sum(each), sum(each), PLAN, each)


@dataclass(frozen=True)
class _Asked:
    """all, clash: the wishes; hopeless: whether they have no plan even without the clash and all that the ways change; large: too large a town
    for a plan to be looked for at every change.
    """

    all: tuple[Wish, ...]
    clash: tuple[Wish, ...]
    hopeless: bool
    large: bool


def _asked(town: Town, wishes: Sequence[Wish], clash: Clash, ways: list[_Way], effort: Effort) -> _Asked:
    mine = {id(wish) for wishes_of in (clash.all, *(way.lost for way in ways)) for wish in wishes_of}
    large = town.units * town.schools > SMALL
    others = [wish for wish in wishes if id(wish) not in mine]
    if large:
        hopeless = quick_proof(case_of(town, others)) is not None
    else:
        hopeless = decide(town, others, effort).status == NO_PLAN
    return _Asked(tuple(wishes), clash.all, hopeless, large)


def _ways_out(town: Town, wishes: Sequence[Wish], clash: Clash, spread: Repair | None, most: int) -> Iterator[_Way]:
    if clash.alike:
        # Each of them is cut off by itself: only all together are a way out.
        yield _farther(town, clash.all)
        return
    need = {id(wish): more for wish, more in zip(spread.lost, spread.each, strict=True)} if spread else {}
    by_kind: dict[str, list[_Way]] = {}
    seen: set[int] = set()
    of_village = _limits(town, wishes)
    for wish in sorted(clash.wishes, key=lambda wish: -need.get(id(wish), 0)):
        if id(wish) not in seen:
            way = _way(town, wish, of_village)
            if wish.kind == "seats" and clash.proof == SEATS and wish.school in clash.schools:
                way = replace(way, least=min(clash.children - clash.places, way.rungs) - 1)
            seen |= {id(other) for other in way.lost}
            by_kind.setdefault(wish.kind, []).append(way)
    for kind, ways in by_kind.items():
        for place, way in enumerate(sorted(ways, key=lambda way: way.children)[:most]):
            # One school alone with less than the best zones met need in all: the same search would look in vain.
            yield replace(way, sought=place == 0 and not (spread and kind in NUMBERS))
    limits = tuple(wish for wish in clash.wishes if wish.kind == "distance")
    if len(by_kind.get("distance", ())) > 1:
        yield _farther(town, limits)


def _limits(town: Town, wishes: Sequence[Wish]) -> dict[Wish, tuple[Wish, ...]]:
    """The limits of the village, or unit, that each limit is of."""
    group = case_of(town, wishes).group
    of_row: dict[int, list[Wish]] = {}
    for wish in wishes:
        if wish.kind == "distance":
            of_row.setdefault(int(group[wish.units[0]]), []).append(wish)
    return {wish: tuple(limits) for limits in of_row.values() for wish in limits}


def _way(town: Town, wish: Wish, of_village: dict[Wish, tuple[Wish, ...]]) -> _Way:
    if wish.kind == "seats":
        return _more_seats(town, wish)
    if wish.kind == "least":
        return _fewer(wish)
    if wish.kind == "distance":
        return _farther(town, of_village[wish])
    return _Way((wish,), 1, lambda _: ((), 0), int(town.children[list(wish.units)].sum()))


def _number(town: Town, wish: Wish) -> int:
    return int(town.seats[wish.school]) if wish.amount is None else wish.amount


def _more_seats(town: Town, wish: Wish) -> _Way:
    now = _number(town, wish)
    everybody = int(town.children.sum())
    return _Way((wish,), max(1, everybody - now), lambda rung: ((replace(wish, amount=now + rung + 1),), rung + 1), 0)


def _fewer(wish: Wish) -> _Way:
    now = wish.amount or 0
    return _Way((wish,), max(1, now), lambda rung: ((replace(wish, amount=now - rung - 1),), rung + 1), 0)


def _farther(town: Town, limits: tuple[Wish, ...]) -> _Way:
    """All the limits raised by the same metres, as far as brings one more school within one of them."""
    units = [wish.units[0] for wish in limits]
    metres = np.array([wish.amount for wish in limits])
    beyond = (town.distance_m[units] - metres[:, None])[town.reached[units]]
    steps = np.unique(beyond[beyond > 0]).tolist() or [0]

    def instead(rung: int) -> tuple[tuple[Wish, ...], int]:
        return tuple(replace(wish, amount=(wish.amount or 0) + steps[rung]) for wish in limits), steps[rung]

    return _Way(limits, len(steps), instead, int(town.children[sorted(set(units))].sum()))


def _tried(town: Town, asked: _Asked, way: _Way, effort: Effort) -> Repair | None:
    """The least rung that is seen to help; None if none is."""
    for wishes, tried in ((asked.all, PLAN), (asked.clash, GONE)):

        def unproved(rung: int, wishes: Sequence[Wish] = wishes) -> bool:
            return quick_proof(case_of(town, way.taken(wishes, rung))) is None

        if (tried == PLAN and asked.hopeless) or not unproved(way.rungs - 1):
            continue
        # Below this rung a quick proof still holds, so no plan can be there.
        low = _first(way.least, way.rungs - 1, unproved)
        if asked.large:
            return _in_large(town, asked, way, low, tried, effort)

        def helps(rung: int, wishes: Sequence[Wish] = wishes) -> bool:
            return decide(town, way.taken(wishes, rung), effort).status == PLAN

        if helps(low):
            return _repair(way, low, tried)
        if helps(way.rungs - 1):
            return _repair(way, _first(low + 1, way.rungs - 1, helps), tried)
    return None


def _in_large(town: Town, asked: _Asked, way: _Way, low: int, tried: str, effort: Effort) -> Repair:
    """What quick proofs allow; a plan is looked for there at most once."""
    if tried == PLAN:
        found = way.sought and decide(town, way.taken(asked.all, low), effort).status == PLAN
        tried = PLAN if found else UNPROVED
    return _repair(way, low, tried)


def _first(low: int, high: int, true: Callable[[int], bool]) -> int:
    """The first of low, low + 1, … high − 1 from which on it is true; high if it is for none. Small ones are looked at first."""
    at, step = low, 1
    while at < high and not true(at):
        low, at, step = at + 1, at + step, 2 * step
    high = min(at, high)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle + 1, high)
    return low


def _repair(way: _Way, rung: int, tried: str) -> Repair:
    instead, more = way.instead(rung)
    if way.lost[0].kind in NUMBERS:
        return Repair(way.lost, instead, more, more, tried, (more,))
    return Repair(way.lost, instead, more, way.children, tried)
