"""What is asked of zones and could be given up, and the town that the wishes leave (docs/method/zone_wishes.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csgraph

from catchment.zoning.model import NONE, Flags, Instance, Ints, instance_of

KINDS = ("distance", "together", "least", "ban", "lock", "home", "seats")


@dataclass(frozen=True)
class Town:
    """What is true of a county for one stage, whatever is wished.

    children: (units,); seats: (schools,); cost: (units, schools) of the whole unit, whole numbers; distance_m: (units, schools),
    what limits are held against: more than any limit where a pair may be although there is no way; reached: (units, schools),
    False where a pair may never be; pairs: (m, 2) neighbouring units; home: (schools,) the unit that a school stands in, −1 if it
    has none of its own.
    """

    children: Ints
    seats: Ints
    cost: Ints
    distance_m: Ints
    reached: Flags
    pairs: Ints
    home: Ints

    @property
    def units(self) -> int:
        return len(self.children)

    @property
    def schools(self) -> int:
        return len(self.seats)


@dataclass(frozen=True)
class Wish:
    """One thing asked that could be given up.

    lock: the units belong to the school; ban: they do not; distance: the unit goes no farther than amount metres;
    together: the units are in one zone; seats: the school takes no more children than amount, or than its seats if there is none;
    least: the school's zone has at least amount children; home: the school's own unit is in its zone.
    """

    kind: str
    units: tuple[int, ...] = ()
    school: int | None = None
    amount: int | None = None


@dataclass(frozen=True)
class Case:
    """The town as the wishes leave it, villages kept together contracted into one unit each.

    group: (units,) the row that each unit went to; children: (rows,); allowed: (rows, schools); pairs: (m, 2) rows; home: (schools,)
    row, −1 where it is not wished; seats, least: (schools,), all children and 0 where nothing is wished; apart: villages that
    are not one piece on the ground, and so are kept together piece by piece.
    """

    group: Ints
    children: Ints
    allowed: Flags
    pairs: Ints
    home: Ints
    seats: Ints
    least: Ints
    apart: tuple[Wish, ...]


@dataclass(frozen=True)
class Drawing:
    """What the solver is given. zone[group] unfolds its zones; apart: as in Case."""

    instance: Instance
    group: Ints
    apart: tuple[Wish, ...]


def seats_kept(town: Town) -> list[Wish]:
    """No school takes more children than it has seats."""
    return [Wish("seats", school=school) for school in range(town.schools)]


def homes_kept(town: Town) -> list[Wish]:
    """Every school that has a unit of its own keeps it."""
    return [Wish("home", (unit,), school) for school, unit in enumerate(town.home.tolist()) if unit != NONE]


def within(units: Iterable[int], metres: int) -> list[Wish]:
    """No unit farther from its school than that: one wish for each."""
    return [Wish("distance", (int(unit),), amount=metres) for unit in units]


def instance_with(town: Town, wishes: Sequence[Wish]) -> Drawing:
    """The instance that the wishes make of the town.

    Raises InputError if wishes contradict each other within one unit or village (`clash_of` tells which).
    """
    case = case_of(town, wishes)
    return Drawing(instance_from(case, cost_of(town, case)), case.group, case.apart)


def cost_of(town: Town, case: Case) -> Ints:
    """(rows, schools): a village costs what its units cost."""
    cost = np.zeros(case.allowed.shape, dtype=np.int64)
    np.add.at(cost, case.group, town.cost)
    return cost


def instance_from(case: Case, cost: Ints) -> Instance:
    """The case as an instance of the solver. Raises InputError if wishes contradict each other within one row."""
    least = case.least if case.least.any() else None
    return instance_of(
        case.children, case.seats, cost, pairs=case.pairs, home=case.home, banned=~case.allowed, least=least
    )


def case_of(town: Town, wishes: Sequence[Wish]) -> Case:
    """The town as the wishes leave it; contradictions leave rows that are allowed nowhere."""
    by_kind: dict[str, list[Wish]] = {kind: [] for kind in KINDS}
    for wish in wishes:
        by_kind[wish.kind].append(wish)
    group, apart = _contracted(town, by_kind["together"])
    rows = int(group.max(initial=NONE)) + 1
    children = np.zeros(rows, dtype=np.int64)
    np.add.at(children, group, town.children)
    everybody = int(town.children.sum())
    seats, least = np.full(town.schools, everybody), np.zeros(town.schools, dtype=np.int64)
    for wish in by_kind["seats"]:
        most = town.seats[wish.school] if wish.amount is None else wish.amount
        seats[wish.school] = np.minimum(seats[wish.school], most)
    for wish in by_kind["least"]:
        least[wish.school] = np.maximum(least[wish.school], wish.amount or 0)
    home = np.full(town.schools, NONE, dtype=np.int64)
    for wish in by_kind["home"]:
        home[wish.school] = group[wish.units[0]]
    pairs = group[town.pairs.reshape(-1, 2)]
    allowed = _rows_of_groups(_allowed(town, by_kind), group, rows)
    return Case(group, children, allowed, pairs[pairs[:, 0] != pairs[:, 1]], home, seats, least, apart)


def _allowed(town: Town, by_kind: dict[str, list[Wish]]) -> Flags:
    """(units, schools) where the wishes let a unit go, villages not looked at."""
    allowed = town.reached.copy()
    limits = by_kind["distance"]
    if limits:
        units = np.array([wish.units[0] for wish in limits])
        metres = np.array([wish.amount for wish in limits])
        np.logical_and.at(allowed, units, town.distance_m[units] <= metres[:, None])
    for wish in by_kind["ban"]:
        allowed[list(wish.units), wish.school] = False
    for wish in (*by_kind["lock"], *by_kind["home"]):
        allowed[list(wish.units)] &= np.arange(town.schools) == wish.school
    return allowed


def _rows_of_groups(allowed: Flags, group: Ints, rows: int) -> Flags:
    """A village may go where all its units may."""
    if rows == len(group):
        return allowed
    order = np.argsort(group, kind="stable")
    return np.logical_and.reduceat(allowed[order], np.searchsorted(group[order], np.arange(rows)), axis=0)


def _contracted(town: Town, villages: list[Wish]) -> tuple[Ints, tuple[Wish, ...]]:
    """The row of each unit, and the villages in several pieces. Only neighbours of one village are joined."""
    if not villages:
        return np.arange(town.units), ()
    pairs = town.pairs.reshape(-1, 2)
    joined = [pairs[:0]]
    for layer in _disjoint(villages):
        mark = np.full(town.units, NONE, dtype=np.int64)
        for number, wish in enumerate(layer):
            mark[list(wish.units)] = number
        one, other = mark[pairs].T
        joined.append(pairs[(one == other) & (one != NONE)])
    one, other = np.concatenate(joined).T
    links = coo_array((np.ones(len(one)), (one, other)), shape=(town.units, town.units))
    group = csgraph.connected_components(links, directed=False)[1].astype(np.int64)
    return group, tuple(wish for wish in villages if len(np.unique(group[list(wish.units)])) > 1)


def _disjoint(villages: list[Wish]) -> list[list[Wish]]:
    """The villages in layers in which no unit stands twice: mostly one."""
    layers: list[tuple[set[int], list[Wish]]] = []
    for wish in villages:
        for taken, layer in layers:
            if taken.isdisjoint(wish.units):
                taken.update(wish.units)
                layer.append(wish)
                break
        else:
            layers.append((set(wish.units), [wish]))
    return [layer for _, layer in layers]


def broken(town: Town, wishes: Iterable[Wish], zone: Ints) -> list[Wish]:
    """The wishes that the zones (units,) do not keep, read from the town alone."""
    load = np.zeros(town.schools, dtype=np.int64)
    np.add.at(load, zone, town.children)
    return [wish for wish in wishes if not _kept(town, wish, zone, load)]


def _kept(town: Town, wish: Wish, zone: Ints, load: Ints) -> bool:
    units, amount = list(wish.units), wish.amount or 0
    if wish.kind in {"lock", "home"}:
        return bool((zone[units] == wish.school).all())
    if wish.kind == "ban":
        return bool((zone[units] != wish.school).all())
    if wish.kind == "distance":
        return bool((town.distance_m[units, zone[units]] <= amount).all())
    if wish.kind == "seats":
        return bool(load[wish.school] <= (town.seats[wish.school] if wish.amount is None else amount))
    if wish.kind == "least":
        return bool(load[wish.school] >= amount)
    return _together(town, set(units), zone)


def _together(town: Town, units: set[int], zone: Ints) -> bool:
    """Whether each piece of the village is in one zone: no border of zones between neighbours of it."""
    return all(zone[one] == zone[other] for one, other in town.pairs.reshape(-1, 2).tolist() if {one, other} <= units)
