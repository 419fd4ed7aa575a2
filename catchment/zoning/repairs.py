"""Ways out of a clash of wishes, each tried (docs/method/zone_wishes.md)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catchment.zoning.clash import SMALL, Clash
from catchment.zoning.exact import Effort
from catchment.zoning.proofs import quick_proof
from catchment.zoning.whole import NO_PLAN, PLAN, decide
from catchment.zoning.wishes import Town, Wish, case_of

UNPROVED, GONE = "no proof left", "this clash is gone"
TRIED = (PLAN, UNPROVED, GONE)


@dataclass(frozen=True)
class Repair:
    """One way out. lost: the wishes given up; instead: what is wished in their place, nothing if they are given up altogether.

    more: seats or metres more, or children fewer, than in the wishes lost; children: how many it concerns; tried: "plan found"
    for all wishes; "no proof left" (large towns: no quick proof against all wishes holds any more, and no plan was found yet);
    "this clash is gone" (a plan keeps its other wishes; in a large town: no quick proof of it holds any more; other clashes remain).
    """

    lost: tuple[Wish, ...]
    instead: tuple[Wish, ...]
    more: int
    children: int
    tried: str

    @property
    def cost(self) -> tuple[int, int, int]:
        """What repairs are sorted by: how far they were seen to help, children concerned, metres more."""
        metres = self.more if self.lost[0].kind == "distance" else 0
        return TRIED.index(self.tried), self.children, metres


@dataclass(frozen=True)
class _Way:
    """Ever larger changes, the last of which is as good as giving up: rung → what is wished instead, and how much more that is."""

    lost: tuple[Wish, ...]
    rungs: int
    instead: Callable[[int], tuple[tuple[Wish, ...], int]]
    children: int

    def taken(self, wishes: Sequence[Wish], rung: int) -> list[Wish]:
        lost = {id(wish) for wish in self.lost}
        return [wish for wish in wishes if id(wish) not in lost] + list(self.instead(rung)[0])


def repairs_of(town: Town, wishes: Sequence[Wish], clash: Clash, effort: Effort, *, most: int = 6) -> list[Repair]:
    """For each wish of the clash the least change of it that is seen to help, at most `most` for each kind of wish, by `cost`.

    wishes: all of them, the very ones the clash was found in; effort: of each question put to the search and the program.
    """
    ways = list(_ways_out(town, wishes, clash, most))
    asked = _asked(town, wishes, clash, ways, effort)
    tried = [_tried(town, asked, way, effort) for way in ways]
    return sorted((repair for repair in tried if repair), key=lambda repair: repair.cost)


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
    mine = {id(wish) for wishes_of in (clash.wishes, *(way.lost for way in ways)) for wish in wishes_of}
    large = town.units * town.schools > SMALL
    others = [wish for wish in wishes if id(wish) not in mine]
    hopeless = not large and decide(town, others, effort).status == NO_PLAN
    return _Asked(tuple(wishes), clash.wishes, hopeless, large)


def _ways_out(town: Town, wishes: Sequence[Wish], clash: Clash, most: int) -> Iterator[_Way]:
    by_kind: dict[str, list[_Way]] = {}
    seen: set[int] = set()
    group = case_of(town, wishes).group
    for wish in clash.wishes:
        if id(wish) not in seen:
            way = _way(town, wishes, wish, group)
            seen |= {id(other) for other in way.lost}
            by_kind.setdefault(wish.kind, []).append(way)
    for ways in by_kind.values():
        yield from sorted(ways, key=lambda way: way.children)[:most]
    limits = tuple(wish for wish in clash.wishes if wish.kind == "distance")
    if len(by_kind.get("distance", ())) > 1:
        yield _farther(town, limits)


def _way(town: Town, wishes: Sequence[Wish], wish: Wish, group: np.ndarray) -> _Way:
    if wish.kind == "seats":
        return _more_seats(town, wish)
    if wish.kind == "least":
        return _fewer(wish)
    if wish.kind == "distance":
        village = group[wish.units[0]]
        of_village = (other for other in wishes if other.kind == "distance" and group[other.units[0]] == village)
        return _farther(town, tuple(of_village))
    return _Way((wish,), 1, lambda _: ((), 0), int(town.children[list(wish.units)].sum()))


def _more_seats(town: Town, wish: Wish) -> _Way:
    now = int(town.seats[wish.school]) if wish.amount is None else wish.amount
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

        # Below this rung a quick proof still holds, so no plan can be there.
        low = _first(0, way.rungs, unproved)
        if low == way.rungs or (tried == PLAN and asked.hopeless):
            continue
        if tried == GONE and asked.large:
            return _repair(way, low, GONE)

        def helps(rung: int, wishes: Sequence[Wish] = wishes) -> bool:
            return decide(town, way.taken(wishes, rung), effort).status == PLAN

        if helps(low):
            return _repair(way, low, tried)
        if asked.large:
            return _repair(way, low, UNPROVED)
        if helps(way.rungs - 1):
            return _repair(way, _first(low + 1, way.rungs - 1, helps), tried)
    return None


def _first(low: int, high: int, true: Callable[[int], bool]) -> int:
    """The first of low, low + 1, … high − 1 from which on it is true; high if it is for none."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle + 1, high)
    return low


def _repair(way: _Way, rung: int, tried: str) -> Repair:
    instead, more = way.instead(rung)
    children = way.children or (more if way.lost[0].kind in {"seats", "least"} else 0)
    return Repair(way.lost, instead, more, children, tried)
