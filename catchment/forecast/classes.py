"""How many classes a grade forms: the school's own splitting rule, held to its rooms."""

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

SMALLEST_SPLIT, LARGEST_SPLIT = 15, 70


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


def splits_of_schools(classes: pd.DataFrame, usual: dict[str, int]) -> pd.Series:
    """Split size by school_id and stage, from table `classes` (all snapshots)."""
    grades = classes.groupby(["school_id", "stage", "snapshot", "grade"])["pupils"].agg(["sum", "size"]).reset_index()
    grades = grades[grades["sum"] > 0]
    return grades.groupby(["school_id", "stage"])[["stage", "sum", "size"]].apply(
        lambda g: split_sizes(g["sum"].to_numpy(np.int64), g["size"].to_numpy(np.int64), usual[g["stage"].iloc[0]])
    )


@numba.njit(cache=True)
def _form(pupils: NDArray[np.int64], split: int, rooms: int, formed: NDArray[np.int64]) -> None:
    """Classes of the grades of one school and draw, into `formed`."""
    total = 0
    for g in range(len(pupils)):
        formed[g] = -((-pupils[g]) // split)
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
    """Classes of every series and grade: ⌈pupils / split⌉, within the rooms (−1 = not known).

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
