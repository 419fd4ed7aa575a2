"""Rounding that keeps sums: every count goes to a multiple of the base beside it, and wholes stay the sums of their parts."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from catchment.disclosure.figures import Figures

WIDEST = 4
"""Steps of the base that a count may at most be moved, where the sums of several tables cross."""


def round_additively(figures: Figures, base: int) -> tuple[NDArray[np.int64], int]:
    """Multiples of the base that add up wherever no exact figure takes part, as near to the counts as can be.

    Returns them and the distance that none of them reaches (the base itself unless sums of more than two
    directions cross). Exact figures keep their values.
    Source: Cox, Controlled rounding, INFOR 1982. Raises ValueError if nothing within WIDEST steps adds up.
    """
    rounded, reach = figures.values.copy(), base
    for at in figures.pieces():
        piece = figures.only(at)
        rounded[at], steps = _round_piece(piece, base)
        reach = max(reach, steps * base)
    return rounded, reach


def _round_piece(piece: Figures, base: int) -> tuple[NDArray[np.int64], int]:
    free = ~piece.exact
    kept = np.flatnonzero(abs(piece.sums) @ piece.exact.astype(np.int64) == 0)
    if not len(kept):
        nearest = (piece.values + base // 2) // base * base
        return np.where(free, nearest, piece.values), 1
    for steps in range(1, WIDEST + 1):
        found = _nearest_sums(piece.values, piece.sums[kept], base, steps)
        if found is not None:
            return np.where(free, found, piece.values), steps
    message = f"no multiples of {base} near {piece.keys[0]} add up"
    raise ValueError(message)


def _nearest_sums(values: NDArray[np.int64], sums: sparse.csr_array, base: int, steps: int) -> NDArray[np.int64] | None:
    """Multiples by a small integer programme: variables are the multiples and how far each is from its count."""
    n, floor = len(values), values // base
    low, high = np.maximum(floor - (steps - 1), 0), floor + steps - (values % base == 0)
    eye = sparse.eye_array(n)
    rows = sparse.vstack(
        [
            sparse.hstack([sums, sparse.csr_array(sums.shape)]),
            sparse.hstack([base * eye, -eye]),
            sparse.hstack([base * eye, eye]),
        ]
    )
    zero, none = np.zeros(sums.shape[0]), np.full(n, np.inf)
    limits = LinearConstraint(rows.tocsr(), np.concatenate([zero, -none, values]), np.concatenate([zero, values, none]))
    found = milp(
        np.concatenate([np.zeros(n), np.ones(n)]), constraints=limits,
        integrality=np.concatenate([np.ones(n), np.zeros(n)]),
        bounds=Bounds(np.concatenate([low, np.zeros(n)]), np.concatenate([high, none])),
    )  # fmt: skip
    return None if found.x is None else np.rint(found.x[:n]).astype(np.int64) * base
