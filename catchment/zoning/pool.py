"""Zones of all plans met, put together anew: a set-partitioning program (docs/method/zoning.md)."""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from catchment.zoning.model import Instance, Ints

NODES, MOST_COLUMNS = 200, 6_000
"""Of the program, which seldom needs to branch, and the zones in it, the last met first; counted, so that the same plans always
make the same."""


def recombine(instance: Instance, plans: list[Ints], *, seconds: float = np.inf) -> Ints | None:
    """The cheapest plan of zones that the plans hold, one for each school; None if the solver found none in
    NODES nodes, or in that time.

    plans: whole plans, each zone in one piece; zones above their seats are left out where seats are hard.
    """
    columns = _columns(instance, plans)
    if not columns:
        return None
    owner = np.array([school for school, _ in columns])
    cost = np.array([_cost(instance, school, list(zone)) for school, zone in columns], dtype=np.float64)
    sizes = [len(zone) for _, zone in columns]
    row = np.concatenate([np.array(zone, dtype=np.int64) for _, zone in columns])
    cover = sparse.csr_array(
        (np.ones(len(row)), (row, np.repeat(np.arange(len(columns)), sizes))), shape=(instance.units, len(columns))
    )
    once = sparse.csr_array(
        (np.ones(len(columns)), (owner, np.arange(len(columns)))), shape=(instance.schools, len(columns))
    )
    result = milp(
        cost / max(1.0, cost.max()), integrality=np.ones(len(columns)), bounds=Bounds(0, 1),
        constraints=[LinearConstraint(cover, 1, 1), LinearConstraint(once, -np.inf, 1)],
        options={"node_limit": NODES, "time_limit": seconds, "mip_rel_gap": 0},
    )  # fmt: skip
    if result.x is None:
        return None
    plan = np.full(instance.units, -1, dtype=np.int64)
    for number in np.flatnonzero(result.x > 0.5).tolist():
        plan[list(columns[number][1])] = columns[number][0]
    return plan


def _columns(instance: Instance, plans: list[Ints]) -> list[tuple[int, tuple[int, ...]]]:
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for plan in reversed(plans):
        if len(found) > MOST_COLUMNS:
            break
        order = np.argsort(plan, kind="stable")
        ends = np.searchsorted(plan[order], np.arange(instance.schools + 1))
        for school in range(instance.schools):
            zone = order[ends[school] : ends[school + 1]]
            if len(zone) and (instance.over is not None or _excess(instance, school, zone) == 0):
                found[school, tuple(zone.tolist())] = None
    return list(found)


def _excess(instance: Instance, school: int, zone: Ints | list[int]) -> int:
    return int(np.maximum(instance.weight[zone].sum(axis=0) - instance.room[school], 0).sum())


def _cost(instance: Instance, school: int, zone: list[int]) -> int:
    return int(instance.cost[zone, school].sum()) + (instance.over or 0) * _excess(instance, school, zone)
