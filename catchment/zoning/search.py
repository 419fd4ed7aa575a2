"""A first plan from the prices of seats, and annealing of it (docs/method/zoning.md)."""

import heapq

import numpy as np

from catchment.errors import InputError, problem
from catchment.zoning.model import NONE, Instance, Ints
from catchment.zoning.moves import Town, anneal, descend
from catchment.zoning.pieces import pieces

FRESH = (2.0, 0.1, 10.0, 300.0)
"""First and last temperature in mean cost of a unit; first and last price of a child over the seats in mean cost of a child."""
REHEATED = (0.5, 0.02, 20.0, 1000.0)
"""The same for a good plan that is to be left for another near it."""


def grow(instance: Instance, price: Ints) -> Ints:
    """Zones grown from the schools' own units: always the unit next that loses least by its zone, seats not looked at.

    price: (schools, rows). A unit loses by zone k what cost + weight · price is above its least. Schools without a unit begin at the unit that is
    cheapest for them. Raises InputError if units are cut off from every school that they may go to.
    """
    full = np.where(instance.allowed, instance.cost + instance.weight @ price.T, np.iinfo(np.int64).max // 4)
    loss = full - full.min(axis=1)[:, None]
    zone = np.full(instance.units, NONE, dtype=np.int64)
    queue = [(-1, int(unit), school) for school, unit in enumerate(instance.home.tolist()) if unit != NONE]
    taken = {unit for _, unit, _ in queue}
    for school in np.flatnonzero(instance.home == NONE).tolist():
        order = np.argsort(full[:, school], kind="stable").tolist()
        unit = next((u for u in order if u not in taken and instance.allowed[u, school]), NONE)
        if unit != NONE:
            taken.add(unit)
            queue.append((-1, unit, school))
    return _filled(instance, loss, zone, queue)


def mended(instance: Instance, price: Ints, present: Ints) -> Ints:
    """Zones in force (−1: none yet) with as little changed as must be: units now locked or banned elsewhere go there, each with a way of units to
    its zone, and what is cut off by that joins a neighbour. price, errors: as in `grow`.
    """
    full = np.where(instance.allowed, instance.cost + instance.weight @ price.T, np.iinfo(np.int64).max // 4)
    loss = full - full.min(axis=1)[:, None]
    zone = np.where((present != NONE) & instance.allowed[np.arange(instance.units), present], present, NONE)
    fixed = instance.allowed.sum(axis=1) == 1
    for unit in np.flatnonzero((zone == NONE) & fixed).tolist():
        school = int(instance.allowed[unit].argmax())
        for step in _way_home(instance, loss[:, school], zone, unit, school):
            zone[step] = school
    kept = np.full(instance.units, NONE, dtype=np.int64)
    for school, home in enumerate(instance.home.tolist()):
        parts = pieces(instance, zone == school)
        part = next((p for p in parts if home in p), max(parts, key=len, default=[]) if home == NONE else [home])
        kept[part] = school
    queue = [
        (int(loss[other, kept[unit]]), other, int(kept[unit]))
        for unit in np.flatnonzero(kept != NONE).tolist()
        for other in instance.neighbours(unit)
        if kept[other] == NONE and instance.allowed[other, kept[unit]]
    ]
    return _filled(instance, loss, kept, queue)


def _way_home(instance: Instance, loss: Ints, zone: Ints, unit: int, school: int) -> list[int]:
    """The units from `unit` to the zone of the school that lose least together by going to it, `unit` among them."""
    least, came, queue = {unit: 0}, {unit: NONE}, [(0, unit)]
    homes = set(instance.home.tolist())
    while queue:
        far, here = heapq.heappop(queue)
        if far > least[here]:
            continue
        if zone[here] == school:
            break
        for other in instance.neighbours(here):
            then = far + int(loss[other]) + 1
            open_to = instance.allowed[other, school] and then < least.get(other, then + 1)
            if open_to and (other not in homes or other == instance.home[school]):
                least[other], came[other] = then, here
                heapq.heappush(queue, (then, other))
    else:
        return [unit]
    way = []
    while here != NONE:
        way.append(here)
        here = came[here]
    return way


def _filled(instance: Instance, loss: Ints, zone: Ints, queue: list[tuple[int, int, int]]) -> Ints:
    """Units without a zone join one beside them, the unit first that loses least; queue: (loss, unit, school) to begin with.

    Raises InputError if units are cut off from every school that they may go to.
    """
    heapq.heapify(queue)
    while queue:
        _, unit, school = heapq.heappop(queue)
        if zone[unit] != NONE:
            continue
        zone[unit] = school
        for other in instance.neighbours(unit):
            if zone[other] == NONE and instance.allowed[other, school]:
                heapq.heappush(queue, (int(loss[other, school]), other, school))
    left = np.flatnonzero(zone == NONE).tolist()
    if left:
        what, remedy = "units are cut off from every school they may go to", "join them to a neighbour, or lift a ban"
        raise InputError(problem(what, remedy, rows=left))
    return zone


Heat = tuple[float, float, float, float]


def annealed(instance: Instance, start: Ints, *, steps: int, seed: int, heat: Heat = FRESH) -> tuple[Ints, list[Ints]]:
    """A plan of `steps` proposals from `start`, the best met when fresh, the last one when reheated; plans met on the way."""
    nearest = float(np.where(instance.allowed, instance.cost, np.iinfo(np.int64).max).min(axis=1).sum())
    per_unit = max(1.0, nearest / max(1, instance.units))
    per_child = max(1.0, nearest / max(1, int(instance.children.sum())))
    prices = heat[2] * per_child, heat[3] * per_child
    if instance.over is not None:
        prices = max(1.0, min(prices[0], instance.over)), max(1.0, float(instance.over))
    scaled = (heat[0] * per_unit, heat[1] * per_unit, *prices)
    best, last, kept, count = anneal(_compiled(instance), start, scaled, steps, seed, _over(instance))
    return (last if heat == REHEATED else best), [*(kept[i] for i in range(count)), best]


def settled(instance: Instance, plan: Ints) -> Ints:
    """The plan after every unit has gone over the border by which it gains alone: search by chance leaves empty units where they happen to lie."""
    return descend(_compiled(instance), plan, _over(instance))


def _compiled(instance: Instance) -> Town:
    cost = np.where(instance.allowed, instance.cost, -1)
    weight, room = np.ascontiguousarray(instance.weight), np.ascontiguousarray(instance.room)
    return weight, room, cost, instance.first, instance.neighbour


def _over(instance: Instance) -> int:
    return -1 if instance.over is None else instance.over
