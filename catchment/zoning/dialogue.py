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
    over = _excess(instance, zone)
    found = min(_chains(instance, zone, [(unit, int(zone[unit]), school)], over, longest), default=None)
    return Chain(found[1], found[0]) if found else None


Moves = tuple[tuple[int, int, int], ...]


def _chains(
    instance: Instance, zone: Ints, moves: list[tuple[int, int, int]], over: Ints, left: int
) -> Iterator[tuple[int, Moves]]:
    """Cost and moves of every chain that goes on from these, the last of which is not made yet."""
    unit, _, to = moves[-1]
    after = _moved(zone, unit, to)
    worse = _excess(instance, after) > over
    full = np.flatnonzero(worse[:, : instance.seats.shape[1]].any(axis=1))
    if not worse.any():
        touched = {school for _, here, there in moves for school in (here, there)}
        if all(_whole(instance, after, school) for school in touched):
            yield sum(int(instance.cost[u, there] - instance.cost[u, here]) for u, here, there in moves), tuple(moves)
    elif left > 0 and len(full):
        moved = {u for u, _, _ in moves}
        for follower, beyond in _border(instance, after, of=int(full[0])):
            if follower not in moved:
                step = (follower, int(full[0]), beyond)
                yield from _chains(instance, after, [*moves, step], over, left - 1)


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
