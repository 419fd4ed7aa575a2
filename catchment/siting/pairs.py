"""Sites and points over some of the pairs only, as a mixed-integer program on HiGHS (docs/method/siting.md)."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from catchment.siting.branching import Ints
from catchment.siting.model import NEVER, NOWHERE, Problem

INFEASIBLE = 2
"""HiGHS's word for it, as scipy passes it on."""


def best_of_pairs(given: Problem, pairs: NDArray[np.bool_], *, seconds: float) -> tuple[Ints | None, int]:
    """The best plan of the pairs (points, sites), None if none was found, and what none of them costs less than.

    The bound is proved to the solver's tolerance; the largest whole number if the pairs hold no plan.
    """
    if not pairs.any(axis=1).all():
        return None, NEVER
    point, site = np.nonzero(pairs)
    least = np.where(pairs, given.cost, NEVER).min(axis=1)
    # What each point costs at least is left out of the program: the smaller its numbers, the surer.
    cost = np.append(given.cost[point, site] - least[point], given.fixed)
    options = {"time_limit": seconds, "mip_rel_gap": 0}
    result = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, 1),
        constraints=_rules(given, point, site),
        options=options,
    )
    if result.status == INFEASIBLE:
        return None, NEVER
    zone = None
    if result.x is not None:
        zone = np.full(len(least), NOWHERE, dtype=np.int64)
        kept = np.flatnonzero(result.x[: len(point)] > 0.5)
        zone[point[kept]] = site[kept]
        if result.status == 0:
            return zone, given.cost_of(zone)
    bound = result.mip_dual_bound
    if bound is None or not np.isfinite(bound):
        return zone, 0
    return zone, int(least.sum()) + int(np.ceil(bound - 1e-9 * abs(bound) - 1e-6))


def best_if_split(given: Problem, *, seconds: float) -> tuple[Ints, int]:
    """Sites of the best plan met if points may be split among sites, and what no plan costs less than.

    No sites if none was met in the time.
    """
    point, site = (axis.ravel() for axis in np.indices(given.cost.shape))
    least = given.cost.min(axis=1)
    scale = max(1.0, float(given.fixed.max(initial=1)))
    cost = np.append(given.cost[point, site] - least[point], given.fixed) / scale
    result = milp(
        cost,
        integrality=np.repeat([0, 1], [len(point), given.cost.shape[1]]),
        bounds=Bounds(0, 1),
        constraints=_rules(given, point, site),
        options={"time_limit": seconds, "mip_rel_gap": 1e-4},
    )
    chosen = np.zeros(0, dtype=np.int64) if result.x is None else np.flatnonzero(result.x[len(point) :] > 0.5)
    bound = result.mip_dual_bound
    below = 0 if bound is None or not np.isfinite(bound) else float(bound) * scale
    return chosen, int(least.sum()) + int(np.floor(below - 1e-9 * abs(below)))


def _rules(given: Problem, point: Ints, site: Ints) -> list[LinearConstraint]:
    """Rows over x of each pair, then y of each site: whole, seats, x ≤ y, number of sites, seats enough for all."""
    points, sites = given.cost.shape
    count, here, there = len(point), np.arange(len(point)), np.arange(sites)
    shape = (sites, count + sites)
    one = np.ones(count)
    whole = sparse.csr_array((one, (point, here)), shape=(points, count + sites))
    load = sparse.csr_array((given.load[point], (site, here)), shape=shape)
    seats = sparse.csr_array((given.seats, (there, count + there)), shape=shape)
    ends = (np.append(here, here), np.append(here, count + site))
    link = sparse.csr_array((np.append(one, -one), ends), shape=(count, count + sites))
    opened = np.repeat([0.0, 1.0], [count, sites])[None]
    fewest, most = (0, sites) if given.sites is None else (given.sites, given.sites)
    return [
        LinearConstraint(whole, 1, 1),
        LinearConstraint(load - seats, -np.inf, 0),
        LinearConstraint(link, -np.inf, 0),
        LinearConstraint(opened, fewest, most),
        LinearConstraint(np.append(np.zeros(count), given.seats)[None], given.load.sum(), np.inf),
    ]
