"""Iterative proportional fitting: numbers scaled until they add up to every known total."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catchment.errors import InputError, problem

Floats = NDArray[np.float64]
CLOSE, ROUNDS = 1e-10, 2000


def rake(seed: Floats, margins: Sequence[tuple[NDArray[np.int64], Floats]]) -> Floats:
    """Numbers that meet the totals of all margins and are as near to the seed as that allows (Deming and Stephan 1940).

    seed: any shape, ≥ 0. margins: for each, the group of every number (same shape) and the totals of the groups;
    nan = the group's total is not known. A nought stays nought. The result minimises Σ x log(x / seed).

    Raises InputError if a total has nothing to be shared over, or if the totals contradict each other.
    """
    numbers = np.asarray(seed, dtype=np.float64).copy()
    for group, totals in margins:
        held = np.bincount(group.ravel(), weights=numbers.ravel(), minlength=len(totals))
        bare = np.flatnonzero((held <= 0) & (np.nan_to_num(totals) > 0))
        if len(bare):
            what, remedy = "a total has nobody to be shared over", "correct the total, or the people that it is made of"
            raise InputError(problem(what, remedy, where="totals", rows=bare))
    worst = np.inf
    for _ in range(ROUNDS):
        worst = 0.0
        for group, totals in margins:
            held = np.bincount(group.ravel(), weights=numbers.ravel(), minlength=len(totals))
            known = ~np.isnan(totals)
            scale = np.ones(len(totals))
            scale[known] = np.where(held[known] > 0, totals[known] / np.where(held[known] > 0, held[known], 1.0), 1.0)
            worst = max(worst, float(np.abs(scale[known] * (held[known] > 0) - (held[known] > 0)).max(initial=0.0)))
            numbers *= scale[group]
        if worst < CLOSE:
            return numbers
    what, remedy = "the totals contradict each other by {share:.3%}", "correct the totals: they cannot all be met"
    raise InputError(problem(what, remedy, where="totals", share=worst))
