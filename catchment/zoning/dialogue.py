"""What the people at the table ask of zones: what lies at the border, what a seat is worth, why this school (docs/method/zone_wishes.md)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catchment.zoning.model import NONE, Instance, Ints
from catchment.zoning.pieces import pieces

NEAREST, LOCKED, FORBIDDEN, FULL, PIECES, PLAN = "nearest", "locked", "forbidden", "full", "pieces", "plan"
LONGEST = 3
"""Most units that follow one another in a chain."""


@dataclass(frozen=True)
class Move:
    """A unit that could change its zone. more: cost per child more in the zone it goes to; priced: the same with the prices of seats;
    children of it; left, taken: children in the two zones afterwards; fits: no school is farther over its seats, of any count, or
    below its least, than before.
    """

    unit: int
    leaves: int
    joins: int
    more: int
    priced: int
    children: int
    left: int
    taken: int
    fits: bool


def borderline(instance: Instance, zone: Ints, *, price: Ints, within: int) -> list[Move]:
    """Units that could go to a neighbour's zone at less than `within` cost per child more, both zones in one piece afterwards.

    zone: (units,); price: (schools,) of a seat, in cost per child (Answer.price). A school's own unit stays. In order of cost.
    """
    load, children, over = loads(instance, zone), _children(instance), _excess(instance, zone)
    found = []
    for unit, to in _border(instance, zone):
        here = int(zone[unit])
        more = _each(instance, unit, to) - _each(instance, unit, here)
        if more < within and _stays_whole(instance, zone, unit):
            left, taken = int(load[here] - children[unit]), int(load[to] + children[unit])
            priced = more + int(
                price.reshape(instance.schools, -1)[to, 0] - price.reshape(instance.schools, -1)[here, 0]
            )
            fits = not (_excess(instance, _moved(zone, unit, to)) > over).any()
            found.append(Move(unit, here, to, more, priced, int(children[unit]), left, taken, fits))
    return sorted(found, key=lambda move: (move.more, move.unit, move.joins))


@dataclass(frozen=True)
class SeatValue:
    """price: what one more seat at the school saves, in cost per child; free: seats that its zone leaves."""

    school: int
    children: int
    seats: int
    free: int
    price: int


def seat_values(instance: Instance, zone: Ints, *, price: Ints) -> list[SeatValue]:
    """The schools by the price of one more seat, dearest first.

    The price is that of the transport bound (children one by one, zones that may fall apart): what whole zones would save is
    near it, not the same.
    """
    load, seats = loads(instance, zone), _seats(instance)
    each = price.reshape(instance.schools, -1)[:, 0]
    rows = [
        SeatValue(school, int(load[school]), int(seats[school]), int(seats[school] - load[school]), int(each[school]))
        for school in range(instance.schools)
    ]
    return sorted(rows, key=lambda row: (-row.price, row.school))


@dataclass(frozen=True)
class Choice:
    """A school for a unit: cost per child, price of its seat, children in its zone, seats, whether the unit may go there."""

    school: int
    each: int
    price: int
    children: int
    seats: int
    allowed: bool


@dataclass(frozen=True)
class Chain:
    """Moves one after another, the unit asked about first, after which no school has more children over its seats than before.

    more: cost of them all together.
    """

    moves: tuple[tuple[int, int, int], ...]
    """unit, the zone it leaves, the zone it joins"""
    more: int


@dataclass(frozen=True)
class Explained:
    """Why the unit is in its zone. nearest: the three schools of least cost per child and its own; why: "nearest", "locked" (it may
    go to no other), "forbidden" (it may not go to its nearest), "pieces" (a zone would fall apart), "full" (no room at the
    nearest), "plan" (there is room: it is the plan as a whole); chain: the cheapest way to have it at its nearest, None if
    it is there, may not go there, or no chain of LONGEST followers makes room.
    """

    unit: int
    school: int
    nearest: tuple[Choice, ...]
    why: str
    chain: Chain | None


def explain_unit(instance: Instance, zone: Ints, unit: int, *, price: Ints) -> Explained:
    """Why the unit is in its zone, and who would have to move if it went to its nearest school (by cost per child).

    zone: (units,), a plan; price: (schools,) as in `borderline`.
    """
    order = np.argsort(instance.cost[unit], kind="stable").tolist()
    nearest, own = order[0], int(zone[unit])
    shown = [*order[:3], *([own] if own not in order[:3] else [])]
    load, seats = loads(instance, zone), _seats(instance)
    each = price.reshape(instance.schools, -1)[:, 0]
    choices = tuple(
        Choice(k, _each(instance, unit, k), int(each[k]), int(load[k]), int(seats[k]), bool(instance.allowed[unit, k]))
        for k in shown
    )
    why = _why(instance, zone, unit, nearest)
    chain = cheapest_chain(instance, zone, unit, nearest) if why in {PIECES, FULL, PLAN} else None
    return Explained(unit, own, choices, why, chain)


def _why(instance: Instance, zone: Ints, unit: int, nearest: int) -> str:
    own = int(zone[unit])
    if instance.cost[unit, own] == instance.cost[unit, nearest]:
        return NEAREST
    if instance.allowed[unit].sum() == 1:
        return LOCKED
    if not instance.allowed[unit, nearest]:
        return FORBIDDEN
    full = _excess(instance, _moved(zone, unit, nearest)) > _excess(instance, zone)
    if full[nearest, : instance.seats.shape[1]].any():
        return FULL
    beside = any(zone[other] == nearest for other in instance.neighbours(unit))
    return PLAN if beside and _stays_whole(instance, zone, unit) else PIECES


def cheapest_chain(instance: Instance, zone: Ints, unit: int, school: int, *, longest: int = LONGEST) -> Chain | None:
    """The cheapest chain that begins with the unit going to the school: exact among chains of at most `longest` followers.

    While a school has more children over its seats than before, a unit of it goes on to a zone beside it; in the end every
    zone that the chain has touched must be in one piece.
    """
    chains = _Chains(instance, zone)
    chains.go_on(((unit, int(zone[unit]), school),), chains.step(unit, school), longest)
    return chains.best


class _Chains:
    """Chains tried one after another on one copy of the zones; best: the cheapest of them."""

    def __init__(self, instance: Instance, zone: Ints) -> None:
        self.instance, self.zone, self.over = instance, zone.copy(), _excess(instance, zone)
        self.load = np.zeros_like(instance.room)
        np.add.at(self.load, zone, instance.weight)
        here = instance.cost[np.arange(instance.units), zone]
        # What a follower can save at most: no chain that needs more than that is gone on with.
        self.saves = int(np.where(instance.allowed, here[:, None] - instance.cost, 0).max(initial=0))
        self.best: Chain | None = None

    def step(self, unit: int, to: int) -> int:
        return int(self.instance.cost[unit, to] - self.instance.cost[unit, self.zone[unit]])

    def go_on(self, moves: tuple[tuple[int, int, int], ...], more: int, left: int) -> None:
        """Makes the last of the moves, tries what can follow, and takes it back. more: cost of all moves."""
        unit, here, to = moves[-1]
        self._shift(unit, here, to)
        worse = np.maximum(self.load - self.instance.room, 0) > self.over
        full = np.flatnonzero(worse[:, : self.instance.seats.shape[1]].any(axis=1))
        if not worse.any():
            touched = {school for _, *both in moves for school in both}
            if self._better(more) and all(_whole(self.instance, self.zone, school) for school in touched):
                self.best = Chain(moves, more)
        elif left > 0 and len(full):
            self._followed(moves, more, int(full[0]), left - 1)
        self._shift(unit, to, here)

    def _followed(self, moves: tuple[tuple[int, int, int], ...], more: int, full: int, left: int) -> None:
        moved = {unit for unit, _, _ in moves}
        for step, unit, to in sorted((self.step(u, k), u, k) for u, k in _border(self.instance, self.zone, of=full)):
            if not self._better(more + step - left * self.saves):
                break
            if unit not in moved:
                self.go_on((*moves, (unit, full, to)), more + step, left)

    def _better(self, more: int) -> bool:
        return self.best is None or more < self.best.more

    def _shift(self, unit: int, here: int, to: int) -> None:
        self.zone[unit] = to
        self.load[here] -= self.instance.weight[unit]
        self.load[to] += self.instance.weight[unit]


def _border(instance: Instance, zone: Ints, *, of: int | None = None) -> Iterator[tuple[int, int]]:
    """Units and the other zones that they touch and may go to; of one zone only, if it is named. Own units stay."""
    homes = set(instance.home.tolist())
    units = range(instance.units) if of is None else np.flatnonzero(zone == of).tolist()
    for unit in units:
        if unit not in homes:
            beside = {int(zone[other]) for other in instance.neighbours(unit)} - {int(zone[unit])}
            yield from ((unit, school) for school in sorted(beside) if instance.allowed[unit, school])


def _stays_whole(instance: Instance, zone: Ints, unit: int) -> bool:
    """Whether the unit's zone is in one piece without it."""
    return _whole(instance, _moved(zone, unit, NONE), int(zone[unit]))


def _whole(instance: Instance, zone: Ints, school: int) -> bool:
    return len(pieces(instance, zone == school)) <= 1


def _moved(zone: Ints, unit: int, to: int) -> Ints:
    after = zone.copy()
    after[unit] = to
    return after


def _excess(instance: Instance, zone: Ints) -> Ints:
    """(schools, rows) children over the seats of each count, and missing to the least."""
    load = np.zeros_like(instance.room)
    np.add.at(load, zone, instance.weight)
    return np.maximum(load - instance.room, 0)


def loads(instance: Instance, zone: Ints) -> Ints:
    """(schools,) children of each zone."""
    load = np.zeros(instance.schools, dtype=np.int64)
    np.add.at(load, zone, _children(instance))
    return load


def _children(instance: Instance) -> Ints:
    """(units,) of the first count."""
    return instance.children[:, 0]


def _seats(instance: Instance) -> Ints:
    return instance.seats[:, 0]


def _each(instance: Instance, unit: int, school: int) -> int:
    """Cost per child, of a unit without children that of the unit."""
    return int(instance.cost[unit, school] // max(1, int(_children(instance)[unit])))
