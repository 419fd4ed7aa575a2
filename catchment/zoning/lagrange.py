"""The bound of whole zones: units have prices, every school takes its best zone, no plan costs less (docs/method/zoning.md)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catchment.zoning.bounds import Transport, columns_within
from catchment.zoning.model import Flags, Instance, Ints
from catchment.zoning.pricing import Town, units_within, zones_at

STEP, SHRUNK, PATIENCE, MEMORY = 0.3, 0.7, 10, 0.6
"""First length of a step, as a share of Polyak's; what it is cut to after as many steps without a better bound; how much of the
direction before is kept."""
ROUNDS, SHORTEST = 150, 0.0005
MANY_UNITS = 40
"""Units for each school from which on the transport bound is near and the zones of a school are too many to be searched."""
MOST_PAIRS = 40_000
"""With more pairs left by the transport bound a step takes too long."""


@dataclass(frozen=True)
class Ascent:
    """bound: no plan costs less; unit_price: (units,) at which that is seen; lower: (schools,) no zone adds less at them."""

    bound: int
    unit_price: Ints
    lower: Ints


def tighten(
    instance: Instance, transport: Transport, cost: int, *, nodes: Sequence[int], until: float = np.inf
) -> tuple[int, Flags]:
    """What no plan costs less than, at most `cost`, and the pairs (units, schools) that a plan cheaper than `cost` can hold.

    nodes: of the search in each school; for each number the bound is raised, and then pairs are left out, which lifts it again.
    Large towns, and those of many units for each school, keep the transport bound.
    """
    columns = columns_within(transport, instance, cost)
    if columns.sum() > MOST_PAIRS or instance.units > MANY_UNITS * instance.schools:
        return transport.bound, columns
    first = np.where(columns, instance.cost + instance.weight @ transport.price.T, np.iinfo(np.int64).max).min(axis=1)
    ascent, bound = Ascent(transport.bound, first, np.zeros(instance.schools, dtype=np.int64)), transport.bound
    for most in nodes:
        if not columns.any(axis=1).all() or bound >= cost or time.monotonic() > until:
            break
        town = replace(instance, allowed=columns)
        ascent = ascend(town, transport, cost, start=ascent.unit_price, nodes=most, until=until)
        # A step cut short by its nodes or the clock may see less than one before.
        bound = max(bound, ascent.bound)
        columns = _narrowed(town, transport, ascent, cost - ascent.bound, nodes=most // 10, until=until)
    return (min(cost, bound) if columns.any(axis=1).all() else cost), columns


def _narrowed(
    instance: Instance, transport: Transport, ascent: Ascent, spare: int, *, nodes: int, until: float
) -> Flags:
    """The pairs whose zones may add less than `spare` to the bound; of schools not come to in time all."""
    town, _ = town_of(instance, transport)
    columns = instance.allowed.copy()
    for school in range(instance.schools):
        if time.monotonic() > until:
            break
        columns[:, school] = units_within(town, school, ascent.unit_price, ascent.lower[school] + spare, nodes)
    return columns


def ascend(
    instance: Instance, transport: Transport, cost: int, *, start: Ints, nodes: int, until: float = np.inf
) -> Ascent:
    """The bound raised by at most ROUNDS steps of a subgradient, at most `nodes` nodes each school.

    cost: that of a plan, which tells how far the bound may rise; start: (units,) prices; until: what the clock shows when to stop.
    """
    town, spare = town_of(instance, transport)
    price, direction = start.astype(np.float64), np.zeros(instance.units)
    best = Ascent(np.iinfo(np.int64).min, start, np.zeros(instance.schools, dtype=np.int64))
    step, idle = STEP, 0
    for _ in range(ROUNDS):
        whole = np.rint(price).astype(np.int64)
        lower, _, chosen, _ = zones_at(town, whole, nodes)
        bound = int(whole.sum() + lower.sum()) - spare
        if bound > best.bound:
            best, idle = Ascent(bound, whole, lower), 0
        else:
            idle += 1
        if idle == PATIENCE:
            step, idle, price, direction = step * SHRUNK, 0, best.unit_price.astype(np.float64), 0 * direction
        direction = 1.0 - chosen.sum(axis=0) + MEMORY * direction
        long = float(direction @ direction)
        if long == 0 or step < SHORTEST or bound >= cost or time.monotonic() > until:
            break
        price += step * max(1, cost - bound) / long * direction
    return best


def town_of(instance: Instance, transport: Transport) -> tuple[Town, int]:
    """The town as the compiled functions take it, and what is paid for the seats of all rows but the first.

    Rows after the first are in the cost at the prices of the transport bound; the first is kept in every zone.
    """
    others = transport.price[:, 1:]
    cost = instance.cost + instance.weight[:, 1:] @ others.T
    graph = (instance.first, instance.neighbour)
    over = -1 if instance.over is None else instance.over
    size, seats = np.ascontiguousarray(instance.weight[:, 0]), np.ascontiguousarray(instance.room[:, 0])
    return (cost, instance.allowed, size, seats, instance.home, graph, over), int((others * instance.room[:, 1:]).sum())
