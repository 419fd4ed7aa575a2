"""A handful of good plans that differ, for the people at the table to choose from (docs/method/zone_wishes.md)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from catchment.zoning.model import Instance, Ints
from catchment.zoning.solve import FEASIBLE, OPTIMAL, Work, solve

QUICK = Work(seconds=None, starts=2, cycles=1, steps=1_000_000, rounds=60, nodes=1_000, whole_nodes=1)
"""Work of each plan: counted, so the same seed gives the same plans anywhere."""
FAR_FROM = (0.5, 0.25)
"""A long way costs that power of the distance more: share of the longest distance from which on it does."""


DEAREST = 1.1
"""A plan costs at most so many times what the first one does."""


@dataclass(frozen=True)
class Alternative:
    """cost: as the instance has it, children over soft seats included; worst_m: the longest way of a unit with children; moved: children in another zone than in the zones
    in force, or than in the first plan if there are none; worth: what is compared, less is better in each.
    """

    zone: Ints
    cost: int
    worst_m: int
    moved: int
    worth: tuple[int, int, int]


def alternatives(
    instance: Instance,
    zone: Ints,
    *,
    distance_m: Ints,
    present: Ints | None = None,
    seed: int,
    work: Work = QUICK,
    differ: float = 0.02,
) -> list[Alternative]:
    """The plan `zone`, and others none of which is worse than another in cost, longest way and moved children at once.

    distance_m: (units, schools); present: (units,) zones in force; without them plans are worth more the more they move;
    differ: two plans have at least that share of the children in different zones. In order of cost; solved one after
    another with longer ways made dearer, moves made dearer, and what the plans before have in common made dearer.
    """
    base = zone if present is None else present
    sign = -1 if present is None else 1
    plans = [_measured(instance, zone, distance_m, base, sign)]
    for cost in _weightings(instance, plans, distance_m, base):
        found = solve(replace(instance, cost=cost), seed=seed, work=work, present=zone)
        if found.status in {OPTIMAL, FEASIBLE}:
            plan = _measured(instance, found.zone, distance_m, base, sign)
            if plan.cost <= DEAREST * plans[0].cost and all(
                _difference(instance, plan.zone, other.zone) >= differ for other in plans
            ):
                plans.append(plan)
    best = [plan for plan in plans if plan is plans[0] or not any(_better(other, plan) for other in plans)]
    return sorted(best, key=lambda plan: plan.worth)


def _weightings(instance: Instance, plans: list[Alternative], distance_m: Ints, base: Ints) -> Iterator[Ints]:
    """Costs (units, schools) to solve with, each made when it is its turn: `plans` grows in between."""
    longest = max(1, plans[0].worst_m)
    for share in FAR_FROM:
        far = np.maximum(0, distance_m - int(share * longest))
        yield instance.cost + instance.cost * 4 * far // longest
    per_child = max(1, int(plans[0].cost) // max(1, int(_children(instance).sum())))
    stays = np.arange(instance.schools) == base[:, None]
    yield instance.cost + np.where(stays, 0, _children(instance)[:, None] * per_child)
    for factor in (1, 2):
        shared = np.zeros(instance.cost.shape, dtype=np.int64)
        for plan in plans:
            shared[np.arange(instance.units), plan.zone] += 1
        yield instance.cost + _children(instance)[:, None] * shared * (per_child * factor) // (4 * len(plans))


def _measured(instance: Instance, zone: Ints, distance_m: Ints, base: Ints, sign: int) -> Alternative:
    units, children = np.arange(instance.units), _children(instance)
    worst = int(distance_m[units, zone][children > 0].max(initial=0))
    cost, moved = instance.worth(zone)[1], int(children[zone != base].sum())
    return Alternative(zone, cost, worst, moved, (cost, worst, sign * moved))


def _difference(instance: Instance, one: Ints, other: Ints) -> float:
    children = _children(instance)
    return float(children[one != other].sum() / max(1, children.sum()))


def _better(one: Alternative, other: Alternative) -> bool:
    """At least as good in everything, and better in something."""
    return one.worth != other.worth and all(a <= b for a, b in zip(one.worth, other.worth, strict=True))


def _children(instance: Instance) -> Ints:
    return instance.children[:, 0]
