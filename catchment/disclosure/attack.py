"""The attacker: what somebody outside can work out about a hidden count from all that is published.

It knows the rule, the sums, and that rounded figures add up; it shares no code and no solver with what
hides and rounds. Theory: docs/method/disclosure.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

TOLERANCE = 1e-6
MOST = 1_000_000
"""A count that can be so large is as good as without limit; search by whole numbers might not end without one."""


@dataclass(frozen=True)
class Seen:
    """All that is published of n counts.

    shown: what is printed, nan = hidden; exact: printed as it is, else rounded to a multiple of `base` that is less
    than `reach` away; sums: each a whole and its parts; least: no count below it is printed, unless exact;
    additive: printed multiples add up, as hidden ones would.
    """

    shown: NDArray[np.float64]
    exact: NDArray[np.bool_]
    sums: tuple[tuple[int, tuple[int, ...]], ...]
    least: int
    base: int
    reach: int
    additive: bool = True


def intervals(
    seen: Seen, wanted: NDArray[np.int64], *, whole_numbers: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest value that each wanted count can have; inf = no upper limit is known.

    whole_numbers: the attacker also uses that children are not divided, nor multiples of the base; slower,
    and never wider.
    """
    solver, counts = _world(seen, whole_numbers=whole_numbers)
    low, high = np.zeros(len(wanted)), np.full(len(wanted), math.inf)
    for n, at in enumerate(wanted):
        solver.Minimize(counts[at])
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            message = f"no counts agree with what is published, near number {at}"
            raise ValueError(message)
        low[n] = math.ceil(solver.Objective().Value() - TOLERANCE)
        solver.Maximize(counts[at])
        if solver.Solve() == pywraplp.Solver.OPTIMAL and solver.Objective().Value() < MOST - seen.reach:
            high[n] = math.floor(solver.Objective().Value() + TOLERANCE)
    return low, high


def _world(seen: Seen, *, whole_numbers: bool) -> tuple[pywraplp.Solver, list[pywraplp.Variable]]:
    """Every world that agrees with what is published: true counts, and their multiples of the base if these add up."""
    solver = pywraplp.Solver.CreateSolver("SCIP" if whole_numbers else "GLOP")
    number = solver.IntVar if whole_numbers else solver.NumVar
    infinity = MOST if whole_numbers else solver.infinity()
    counts, multiples = [], []
    for shown, exact in zip(seen.shown.tolist(), seen.exact.tolist(), strict=True):
        hidden, slack = math.isnan(shown), 0 if exact else seen.reach - 1
        low = 0.0 if hidden else shown if exact else max(seen.least, shown - slack)
        counts.append(number(low, infinity if hidden else shown + slack, ""))
        multiples.append(number(0, infinity, "") if hidden else shown / seen.base)
    for whole, parts in seen.sums:
        solver.Add(counts[whole] == solver.Sum([counts[part] for part in parts]))
        if seen.additive and not seen.exact[[whole, *parts]].any():
            solver.Add(multiples[whole] * 1 - solver.Sum([multiples[part] * 1 for part in parts]) == 0)
    if seen.additive:
        for at in np.flatnonzero(np.isnan(seen.shown)).tolist():
            away = counts[at] - seen.base * multiples[at]
            solver.Add(away <= seen.reach - 1)
            solver.Add(away >= 1 - seen.reach)
    return solver, counts
