"""Zones of a large made town with a bound: `python benchmarks/zones_large.py [SECONDS] [SIDE] [SCHOOLS] [SLACK] [SEED]`.

A jittered grid of SIDE × SIDE units, children round a few town centres and thinly between, two rivers with a bridge every 20
units, ways along the grid. Seats: half as the children live nearest, half alike, together SLACK times the children.
"""

import resource
import sys

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from catchment.zoning import Instance, faults, instance_of, solve
from catchment.zoning.bounds import transport_bound
from catchment.zoning.solve import Work

CENTRES, SPREAD, BRIDGE = 12, 0.05, 20
"""Town centres, their width as a share of the side, units between two bridges."""


def town(side: int, schools: int, *, slack: float, seed: int) -> Instance:
    """Children × metres along the grid as cost; schools in different units, likelier where children live."""
    rng = np.random.default_rng(seed)
    units = side * side
    row, column = np.divmod(np.arange(units), side)
    xy = np.stack([row, column], axis=1) + rng.uniform(-0.35, 0.35, (units, 2))
    centre, big = rng.uniform(0, side, (CENTRES, 2)), rng.uniform(0.5, 2, CENTRES)
    away = ((xy[:, None] - centre) ** 2).sum(axis=2) / (SPREAD * side) ** 2
    children = rng.poisson(3 + 20 * (np.exp(-away / 2) * big).sum(axis=1))
    pairs = _borders(side)
    metres = np.rint(np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) * 200)
    graph = sparse.csr_array((metres, (pairs[:, 0], pairs[:, 1])), shape=(units, units))
    home = np.sort(rng.choice(units, schools, replace=False, p=children / children.sum()))
    each = np.rint(dijkstra(graph, directed=False, indices=home)).astype(np.int64).T
    near = np.bincount(each.argmin(axis=1), weights=children, minlength=schools)
    share = (near / near.sum() + 1 / schools) / 2
    seats = np.ceil(share * children.sum() * slack).astype(np.int64)
    return instance_of(children, seats, np.maximum(children, 1)[:, None] * each, pairs=pairs, home=home)


def _borders(side: int) -> np.ndarray:
    """Pairs of neighbouring units of the grid; over the rivers, at a third and two thirds of it, only bridges lead."""
    unit = np.arange(side * side).reshape(side, side)
    along = np.stack([unit[:, :-1].ravel(), unit[:, 1:].ravel()], axis=1)
    down = np.stack([unit[:-1].ravel(), unit[1:].ravel()], axis=1)
    river = np.isin(down[:, 0] // side, [side // 3, 2 * side // 3]) & (down[:, 0] % side % BRIDGE != BRIDGE // 2)
    return np.concatenate([along, down[~river]])


def main(seconds: float, side: int, schools: int, slack: float, seed: int) -> None:
    instance = town(side, schools, slack=slack, seed=seed)
    flow = transport_bound(instance)
    print(
        f"{instance.units} units, {schools} schools, {instance.children.sum()} children, flow bound {flow.bound}",
        flush=True,
    )
    answer = solve(instance, seed=1, work=Work(seconds=seconds))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{answer.status}: {answer.objective}, {answer.short} over, bound {answer.bound}, gap {answer.gap * 100:.3f} %,"
        f" {answer.seconds:.1f} s, {memory:.1f} GiB, rules broken {len(faults(instance, answer.zone))}"
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        *(
            kind(value)
            for kind, value in zip(
                (float, int, int, float, int), [*given, *("300", "100", "150", "1.05", "1")[len(given) :]], strict=True
            )
        )
    )
