"""A town to be zoned, as arrays (docs/method/zoning.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from catchment.errors import InputError, Problems

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = -1
"""Inside this package: a school without a unit of its own, a unit without a zone."""


@dataclass(frozen=True)
class Instance:
    """Units to be given to schools.

    children: (units, counts) of several years, or of all grades and the entry grade; seats: (schools, counts), every count
    must fit; cost: (units, schools) of the whole unit in the school's zone, not below 0; allowed: (units, schools), False
    where a ban, a distance limit or a lock to another school forbids it; neighbours of unit i:
    neighbour[first[i] : first[i + 1]], in order; home: (schools,) the unit that the school stands in and must keep, −1 when
    it has none of its own; least: (schools,) fewest children of the first count in its zone, None if any number will do;
    over: what one child over the seats, or one missing to the least, adds to the cost, None if there may be none.
    """

    children: Ints
    seats: Ints
    cost: Ints
    allowed: Flags
    first: Ints
    neighbour: Ints
    home: Ints
    over: int | None = None
    least: Ints | None = None

    @property
    def units(self) -> int:
        return len(self.children)

    @property
    def schools(self) -> int:
        return len(self.seats)

    @cached_property
    def weight(self) -> Ints:
        """(units, rows): one row for each count, and one of the first count below 0 where zones have a least."""
        return self.children if self.least is None else np.column_stack([self.children, -self.children[:, 0]])

    @cached_property
    def room(self) -> Ints:
        """(schools, rows): what the weights in a zone may come to, so that the least is one more row of seats."""
        return self.seats if self.least is None else np.column_stack([self.seats, -self.least])

    def excess(self, zone: Ints) -> int:
        """Children over the seats and missing to the least."""
        load = np.zeros_like(self.room)
        np.add.at(load, zone, self.weight)
        return int(np.maximum(load - self.room, 0).sum())

    def worth(self, zone: Ints) -> tuple[int, int]:
        """What may not be over, then what the zones cost: less is better."""
        excess, cost = self.excess(zone), int(self.cost[np.arange(self.units), zone].sum())
        return (excess, cost) if self.over is None else (0, cost + self.over * excess)

    def neighbours(self, unit: int) -> list[int]:
        return self.neighbour[self.first[unit] : self.first[unit + 1]].tolist()


def instance_of(
    children: Ints,
    seats: Ints,
    cost: Ints,
    *,
    pairs: Ints,
    home: Ints,
    banned: Flags | None = None,
    locks: Mapping[int, int] | None = None,
    over: int | None = None,
    least: Ints | None = None,
) -> Instance:
    """An instance from neighbouring units and wishes.

    children, seats: as in Instance, or (units,) and (schools,) for one count; cost, home, over, least: as in Instance;
    pairs: (m, 2) neighbouring units, in any order; banned: (units, schools); locks: unit → school. A school's own unit is
    locked to it.

    Raises InputError telling every unit and school that cannot be right.
    """
    problems = Problems()
    children, seats = children.reshape(len(children), -1), seats.reshape(len(seats), -1)
    locked = _locks(home, locks or {}, problems)
    allowed = np.ones(cost.shape, dtype=bool) if banned is None else ~banned
    for unit, school in locked.items():
        if not allowed[unit, school]:
            what, remedy = "unit {unit} is locked to school {school} and banned from it", "drop the lock or the ban"
            problems.add(what, remedy, unit=unit, school=school)
        allowed[unit] = np.arange(len(seats)) == school
    nowhere = np.flatnonzero(~allowed.any(axis=1)).tolist()
    if nowhere:
        problems.add("units are banned from every school", "lift a ban for each unit named", rows=nowhere)
    negative = np.flatnonzero((children < 0).any(axis=1)).tolist()
    if negative or (seats < 0).any() or (cost < 0).any() or (over is not None and over < 0):
        problems.add("children, seats and costs cannot be below 0", "see the units named", rows=negative)
    problems.raise_any(InputError)
    first, neighbour = adjacency(pairs, len(children))
    return Instance(children, seats, cost, allowed, first, neighbour, home, over, least)


def _locks(home: Ints, locks: Mapping[int, int], problems: Problems) -> dict[int, int]:
    locked: dict[int, int] = {}
    for school, unit in enumerate(home.tolist()):
        if unit != NONE and unit in locked:
            what, remedy = "schools {one} and {other} stand in unit {unit}", "join them to one zone, or cut the unit"
            problems.add(what, remedy, one=locked[unit], other=school, unit=unit)
        elif unit != NONE:
            locked[unit] = school
    for unit, school in sorted(locks.items()):
        if locked.setdefault(unit, school) != school:
            what, remedy = "unit {unit} holds school {one} and is locked to {other}", "drop the lock"
            problems.add(what, remedy, unit=unit, one=locked[unit], other=school)
    return locked


def adjacency(pairs: Ints, units: int) -> tuple[Ints, Ints]:
    """CSR of an undirected graph: first (units + 1,), neighbour; each pair once, none with itself."""
    both = np.concatenate([pairs, pairs[:, ::-1]]).reshape(-1, 2)
    both = np.unique(both[both[:, 0] != both[:, 1]], axis=0)
    first = np.searchsorted(both[:, 0], np.arange(units + 1)).astype(np.int64)
    return first, both[:, 1].astype(np.int64)
