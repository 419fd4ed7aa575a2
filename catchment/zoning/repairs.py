"""Ways out of a clash of wishes, each tried (docs/method/zone_wishes.md)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catchment.zoning.clash import Clash
from catchment.zoning.exact import Effort
from catchment.zoning.proofs import quick_proof
from catchment.zoning.whole import PLAN, decide
from catchment.zoning.wishes import Town, Wish, case_of

GONE, UNPROVED = "this clash is gone", "no proof left"
TRIED = (PLAN, GONE, UNPROVED)


@dataclass(frozen=True)
class Repair:
    """One way out. lost: the wishes given up; instead: what is wished in their place, nothing if they are given up altogether.

    more: seats or metres more, or children fewer, than in the wishes lost; children: how many it concerns; tried: "plan found"
    for all wishes, "this clash is gone" (its other wishes have a plan, all wishes have none or none was found), or "no proof
    left" (the quick proofs no longer hold, and no plan was found for this clash either).
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
    ways = [_tried(town, wishes, clash, way, effort) for way in _ways_out(town, wishes, clash, most)]
    return sorted((repair for repair in ways if repair), key=lambda repair: repair.cost)


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


def _tried(town: Town, wishes: Sequence[Wish], clash: Clash, way: _Way, effort: Effort) -> Repair | None:
    """The least rung that is seen to help; None if none is."""
    # Below this rung a quick proof of the clash alone still holds, so no plan can be there.
    low = _first(0, way.rungs, lambda rung: quick_proof(case_of(town, way.taken(clash.wishes, rung))) is None)
    if low == way.rungs:
        return None
    for asked, tried in ((wishes, PLAN), (clash.wishes, GONE)):

        def helps(rung: int, asked: Sequence[Wish] = asked) -> bool:
            return decide(town, way.taken(asked, rung), effort).status == PLAN

        if helps(low):
            return _repair(way, low, tried)
        if helps(way.rungs - 1):
            return _repair(way, _first(low + 1, way.rungs - 1, helps), tried)
    return _repair(way, low, UNPROVED)


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
