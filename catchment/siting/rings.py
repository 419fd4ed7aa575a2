"""The p-median by rings round each point, as a linear program: its duals are the best prices (docs/method/siting.md)."""

import itertools

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from catchment.siting.branching import Ints

REACH = 6
"""Rings are made as far as this many times the sites that a chosen site serves on average."""


def ring_prices(cost: Ints, sites: int, held: Ints, *, scale: int, seconds: float) -> tuple[Ints, Ints] | None:
    """Prices (points,) of 1/scale, and the sites from the likeliest to the least, by the relaxed program.

    min Σ nearest + Σ (distance k + 1 − distance k) z[i, k]; z[i, k] + Σ of y up to distance k of point i ≥ 1; Σ y = sites.
    held: sites that are chosen in any case. Any prices give a true bound, so far rings may be missing. None if nothing was proved.
    """
    every = cost.shape[1]
    near = np.sort(cost, axis=1)
    last = min(every - sites, int(REACH * every / sites))
    rows, columns, steps, point = _rings(cost, near[:, last])
    if len(steps) == 0:
        return None
    cover = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(steps), every))
    result = linprog(
        np.concatenate([np.zeros(every), steps]),
        A_ub=-sparse.hstack([cover, sparse.eye_array(len(steps))], format="csr"), b_ub=-np.ones(len(steps)),
        A_eq=sparse.csr_array(np.repeat([1.0, 0.0], [every, len(steps)])[None]), b_eq=[sites],
        bounds=np.column_stack([np.append(np.isin(np.arange(every), held), np.zeros(len(steps))), np.ones(every + len(steps))]),
        method="highs", options={"time_limit": seconds},
    )  # fmt: skip
    if result.status != 0:
        return None
    price = near[:, 0] + np.bincount(point, weights=-result.ineqlin.marginals, minlength=len(cost))
    likely = np.argsort(-result.x[:every], kind="stable")
    return np.rint(price * scale).astype(np.int64), likely


def _rings(cost: Ints, far: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Sites within each ring as pairs (ring, site); by ring: the step to the next distance, and the point."""
    rows: list[Ints] = []
    columns: list[Ints] = []
    steps: list[int] = []
    points: list[int] = []
    for point, (row, end) in enumerate(zip(cost, far, strict=True)):
        order = np.argsort(row, kind="stable")
        radii = np.unique(row[row <= end])
        for radius, following in itertools.pairwise(radii):
            inside = order[: np.searchsorted(row[order], radius, side="right")]
            rows.append(np.full(len(inside), len(steps)))
            columns.append(inside)
            steps.append(following - radius)
            points.append(point)
    none = [np.zeros(0, dtype=np.int64)]
    return np.concatenate(none + rows), np.concatenate(none + columns), np.array(steps), np.array(points)
