"""Which further counts are hidden, so that a hidden one cannot be worked out from the sums."""

import math

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from catchment.disclosure.figures import Figures

PER_HIDDEN = 1e-3
"""What it costs to move a count that is hidden already: next to nothing, but idle moves are not made."""


class Worlds:
    """Other worlds that agree with what is shown.

    A world moves hidden counts by multiples of the base so that every sum holds; whole steps leave true counts and
    their multiples in order alike, so that no attacker can tell that world from ours.
    Source: Kelly, Golden and Assad, Cell suppression: disclosure protection for sensitive tabular data, Networks 1992.
    """

    def __init__(self, figures: Figures, *, limit: int, base: int) -> None:
        self.steps = math.ceil(limit / base)
        self.most_down = np.where(figures.exact, 0, np.minimum(figures.values // base, self.steps)).tolist()
        self.most_up = np.where(figures.exact, 0, self.steps).tolist()
        self.lost = lost(figures.values).tolist()
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.up, self.down = ([self.solver.NumVar(0, 0, "") for _ in range(len(figures))] for _ in range(2))
        for row in range(figures.sums.shape[0]):
            limits = self.solver.Constraint(0, 0)
            for entry in range(figures.sums.indptr[row], figures.sums.indptr[row + 1]):
                at, sign = int(figures.sums.indices[entry]), float(figures.sums.data[entry])
                limits.SetCoefficient(self.up[at], sign)
                limits.SetCoefficient(self.down[at], -sign)
        self.solver.Objective().SetMinimization()

    def other(self, hidden: NDArray[np.bool_], at: int, *, only_hidden: bool = False) -> NDArray[np.float64] | None:
        """Steps by which counts move so that `at` is larger by the limit; None = there is no such world.

        What moves must be hidden: as little as can be is moved that is not hidden yet, nothing if only_hidden.
        Steps may come out in parts where sums of more than two directions cross.
        """
        goal = self.solver.Objective()
        for n, free in enumerate((hidden | (not only_hidden)).tolist()):
            self.up[n].SetBounds(0, self.most_up[n] if free else 0)
            self.down[n].SetBounds(0, self.most_down[n] if free else 0)
            cost = PER_HIDDEN if hidden[n] else self.lost[n]
            goal.SetCoefficient(self.up[n], cost)
            goal.SetCoefficient(self.down[n], cost)
        self.up[at].SetBounds(self.steps, self.steps)
        self.down[at].SetBounds(0, 0)
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        return np.array(
            [up.solution_value() - down.solution_value() for up, down in zip(self.up, self.down, strict=True)]
        )


def is_whole(steps: NDArray[np.float64]) -> bool:
    """Whether a world moves by whole steps."""
    return bool(np.abs(steps - np.rint(steps)).max(initial=0) < 1e-6)


def lost(values: NDArray[np.int64]) -> NDArray[np.float64]:
    """What is lost when a count is not told: more with its size, though not in proportion."""
    return 1 + np.log2(1 + values)
