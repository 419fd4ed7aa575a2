"""Ranks of candidates under every weighting of what they change (docs/method/sites.md)."""

import numpy as np

from catchment.construction.points import Ints, Reals

DRAWS = 2_000
"""Weightings drawn."""


def ranks_by_weight(values: Reals, order: Ints, seed: int) -> Ints:
    """(DRAWS, candidates) rank of each under weights drawn evenly from all that sum to one.

    values: (candidates, criteria) more is better, each counted in parts of the largest value met, so that a candidate that changes
    nothing changes no other's score; order: ranks that decide between equals.
    """
    if not len(values):
        return np.zeros((DRAWS, 0), dtype=np.int64)
    largest = np.abs(values).max(axis=0)
    weights = np.random.default_rng(seed).dirichlet(np.ones(values.shape[1]), DRAWS)
    scores = np.round(weights @ (values / np.where(largest > 0, largest, 1)).T, 9)
    places = np.lexsort((np.broadcast_to(order, scores.shape), -scores), axis=1)
    ranks = np.empty_like(places)
    np.put_along_axis(ranks, places, np.arange(1, len(values) + 1)[None], axis=1)
    return ranks
