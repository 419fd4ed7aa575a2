"""Whole numbers out of shares, with totals kept exactly."""

import numpy as np
from numpy.typing import NDArray


def round_within(values: NDArray[np.float64], group: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers near the values, that add up to the total of each group (largest remainder).

    values: (n,) non-negative; group: (n,) numbers 0 … g−1; totals: (g,). Within a group the values are
    scaled to the total first; equal remainders are served in the order of the rows. A group whose
    values are all zero shares its total evenly.

    Formula: docs/method/demand.md (Hamilton's method).
    """
    count = len(totals)
    whole = np.bincount(group, weights=values, minlength=count)
    members = np.bincount(group, minlength=count)
    if (totals[members == 0] != 0).any():
        message = "a group without rows cannot take up its total"
        raise ValueError(message)
    share = np.divide(values, whole[group], out=np.zeros(len(values)), where=whole[group] > 0)
    exact = np.where(whole[group] > 0, share * totals[group], totals[group] / np.maximum(members[group], 1))
    # A hair above an integer that floating arithmetic has put a hair below it.
    floor = np.floor(exact + 1e-9).astype(np.int64)
    left = totals - np.bincount(group, weights=floor, minlength=count).astype(np.int64)
    order = np.lexsort((np.arange(len(values)), -(exact - floor), group))
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.arange(len(values)) - np.searchsorted(group[order], group[order])
    return floor + (place < left[group])
