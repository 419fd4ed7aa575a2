"""How many classes a grade forms: the school's own splitting rule, held to its rooms."""

from collections.abc import Mapping

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

SMALLEST_SPLIT, LARGEST_SPLIT = 15, 70
SPLIT_YEARS, FEWEST_GRADES = 6, 4


def split_sizes(pupils: NDArray[np.int64], classes: NDArray[np.int64], usual: int) -> int:
    """The size of a class from which a school opens one more, read off its past grades (pupils and classes of each).

    The rule classes = ⌈pupils / split⌉ is wrong by |formed − predicted|, summed over the grades; the split with the
    smallest error is taken, of equal ones the one nearest to `usual`.
    """
    tried = np.arange(SMALLEST_SPLIT, LARGEST_SPLIT + 1)
    if not len(pupils):
        return usual
    wrong = np.abs(-(-pupils[:, None] // tried) - classes[:, None]).sum(0)
    best = tried[wrong == wrong.min()]
    return int(best[np.argmin(np.abs(best - usual))])


def splits_of_schools(classes: pd.DataFrame, usual: Mapping[str, int]) -> pd.Series:
    """Split size by school_id, stage and grade, from table `classes`: the grade's own past and that of the grades beside it.

    Of the last six years of returns; where these tell of fewer than four grades, all grades of the school's stage speak.
    """
    latest = int(classes["snapshot"].max()[:4]) - SPLIT_YEARS
    recent = classes[classes["snapshot"].str[:4].astype("int64") > latest]
    seen = recent.groupby(["school_id", "stage", "snapshot", "grade"])["pupils"].agg(["sum", "size"]).reset_index()
    found = {}
    for (school, stage), rows in seen[seen["sum"] > 0].groupby(["school_id", "stage"], sort=True):
        grade, pupils, formed = (rows[name].to_numpy(np.int64) for name in ("grade", "sum", "size"))
        for each in np.unique(grade):
            near = np.abs(grade - each) <= 1
            near = near if near.sum() >= FEWEST_GRADES else np.ones(len(grade), dtype=bool)
            found[school, stage, int(each)] = split_sizes(pupils[near], formed[near], usual[str(stage)])
    return pd.Series(found, dtype="int64")


@numba.njit(cache=True)
def _form(pupils: NDArray[np.int64], split: NDArray[np.int64], rooms: int, formed: NDArray[np.int64]) -> None:
    """Classes of the grades of one school and draw, into `formed`."""
    total = 0
    for g in range(len(pupils)):
        formed[g] = -((-pupils[g]) // split[g])
        total += formed[g]
    while rooms >= 0 and total > rooms:
        best, least = -1, 0.0
        for g in range(len(pupils)):
            if formed[g] > 1:
                size = pupils[g] / (formed[g] - 1)
                if best < 0 or size < least:
                    best, least = g, size
        if best < 0:
            break
        formed[best] -= 1
        total -= 1


@numba.njit(cache=True)
def form_classes(pupils: NDArray[np.int64], split: NDArray[np.int64], rooms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Classes of every series and grade: ⌈pupils / split⌉, within the rooms of the series (−1 = not known).

    With too few rooms the class is given up whose grade then has the smallest classes, until they fit; a grade with
    pupils keeps one class.
    """
    formed = np.zeros(pupils.shape, np.int64)
    for s in range(len(pupils)):
        _form(pupils[s], split[s], rooms[s], formed[s])
    return formed


@numba.njit(cache=True)
def largest_classes(
    pupils: NDArray[np.float32], split: NDArray[np.int64], rooms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Pupils of the largest class of every series and draw, grades split evenly; pupils: series × grades × draws."""
    series, grades, draws = pupils.shape
    largest = np.zeros((series, draws), np.int64)
    counts, formed = np.zeros(grades, np.int64), np.zeros(grades, np.int64)
    for s in range(series):
        for d in range(draws):
            for g in range(grades):
                counts[g] = int(pupils[s, g, d])
            _form(counts, split[s], rooms[s], formed)
            for g in range(grades):
                if formed[g] > 0:
                    largest[s, d] = max(largest[s, d], -((-counts[g]) // formed[g]))
    return largest
