"""How unevenly something is spread over children: Gini, Theil T, mean log deviation (Theil L), Atkinson.

Values are what a child has (metres to school, seats in reach), weights the children of each row; rows
without children say nothing and are dropped. Every measure is 0 where all have the same, and the same
in metres and millimetres. ValueError is raised where nothing can be said: nobody has weight, all values
are zero, a value or weight is negative, absent or without end, lengths differ.

Formulas: docs/method/access.md.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

Numbers = NDArray[np.float64]


def gini(values: ArrayLike, weights: ArrayLike) -> float:
    """Gini coefficient: half the mean difference between two children over the mean, in [0, 1).

    values, weights: (n,). Zeros are allowed.
    """
    r, p = _ratios(values, weights)
    order = np.argsort(r, kind="stable")
    r, p = r[order], p[order]
    below = np.cumsum(p) - p
    above = 1.0 - np.cumsum(p)
    return max(0.0, float(np.sum(p * r * (below - above))))


def theil_t(values: ArrayLike, weights: ArrayLike) -> float:
    """Theil's T: mean of r ln r, r = value over mean; feels most what happens to those who have most.

    values, weights: (n,). Zeros are allowed: they add 0.
    """
    r, p = _ratios(values, weights)
    return max(0.0, float(np.sum(p * xlogy(r, r))))


def mean_log_deviation(values: ArrayLike, weights: ArrayLike) -> float:
    """Mean log deviation (Theil's L): mean of −ln r; feels most what happens to those who have least.

    values, weights: (n,). Raises ValueError if a value with weight is zero, for it has no logarithm.
    """
    r, p = _ratios(values, weights)
    _refuse_zeros(r)
    return max(0.0, -float(np.sum(p * np.log(r))))


def atkinson(values: ArrayLike, weights: ArrayLike, epsilon: float) -> float:
    """Atkinson's index: the share of all there is that could be given up if the rest were spread evenly.

    values, weights: (n,); epsilon > 0: aversion to inequality. It is about a good (seats), not a burden
    (metres). Raises ValueError if epsilon is not positive, or is 1 or more and a value with weight is zero.
    """
    if not epsilon > 0:
        message = "epsilon must be above 0"
        raise ValueError(message)
    r, p = _ratios(values, weights)
    if epsilon >= 1:
        _refuse_zeros(r)
    if epsilon == 1:
        return max(0.0, -float(np.expm1(np.sum(p * np.log(r)))))
    # Measured from the smallest, no power with a large epsilon runs over.
    unit = r.min() if epsilon > 1 else 1.0
    even = unit * float(np.sum(p * (r / unit) ** (1 - epsilon))) ** (1 / (1 - epsilon))
    return max(0.0, 1.0 - float(even))


def decompose_theil_t(values: ArrayLike, weights: ArrayLike, group: ArrayLike) -> pd.DataFrame:
    """Theil's T within and between groups, a group weighing by what its children have.

    values, weights, group: (n,). One row per group with weight, by group: group, weight, weight_share,
    mean, inequality (absent where the group's mean is zero), within, between; the two last columns
    sum to `theil_t` of all. A single `between` may be negative, their sum is not.
    """
    parts = _groups(values, weights, group, theil_t)
    ratio = parts["mean"] / np.average(parts["mean"], weights=parts["weight"])
    share = parts["weight_share"] * ratio
    return parts.assign(within=share * parts["inequality"].fillna(0.0), between=xlogy(share, ratio))


def decompose_mean_log_deviation(values: ArrayLike, weights: ArrayLike, group: ArrayLike) -> pd.DataFrame:
    """Mean log deviation within and between groups, a group weighing by its children.

    As `decompose_theil_t`; the two last columns sum to `mean_log_deviation` of all. Raises ValueError
    if a value with weight is zero.
    """
    _refuse_zeros(_checked(values, weights)[0])
    parts = _groups(values, weights, group, mean_log_deviation)
    ratio = parts["mean"] / np.average(parts["mean"], weights=parts["weight"])
    share = parts["weight_share"]
    return parts.assign(within=share * parts["inequality"], between=-share * np.log(ratio))


def _groups(
    values: ArrayLike, weights: ArrayLike, group: ArrayLike, measure: Callable[[Numbers, Numbers], float]
) -> pd.DataFrame:
    """Weight, share of weight, mean and inequality of each group that has weight."""
    v, w, kept = _checked(values, weights)
    names, code = np.unique(np.asarray(group)[kept], return_inverse=True)
    weight = np.bincount(code, weights=w)
    mean = np.bincount(code, weights=w * v) / weight
    inequality = [measure(v[code == g], w[code == g]) if mean[g] > 0 else np.nan for g in range(len(names))]
    return pd.DataFrame(
        {"group": names, "weight": weight, "weight_share": weight / w.sum(), "mean": mean, "inequality": inequality}
    )


def _ratios(values: ArrayLike, weights: ArrayLike) -> tuple[Numbers, Numbers]:
    """Values over their mean (r) and shares of the weight (p), of the rows that have weight."""
    v, w, _ = _checked(values, weights)
    p = w / w.sum()
    return v / np.sum(p * v), p


def _checked(values: ArrayLike, weights: ArrayLike) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Values and weights of the rows that have weight, and which rows these are."""
    v, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if v.ndim != 1 or v.shape != w.shape:
        message = "values and weights must be rows of one length"
        raise ValueError(message)
    if not ((v >= 0).all() and (w >= 0).all()):
        message = "a value or a weight is negative or absent"
        raise ValueError(message)
    if np.isinf(v).any() or np.isinf(w).any():
        message = "a value or a weight is without end"
        raise ValueError(message)
    kept = w > 0
    if not kept.any():
        message = "nobody has weight: there is no inequality of nobody"
        raise ValueError(message)
    if not v[kept].any():
        message = "all values are zero: there is nothing to be spread"
        raise ValueError(message)
    return v[kept], w[kept], kept


def _refuse_zeros(values: Numbers) -> None:
    if not values.all():
        message = "a value is zero and has no logarithm: use theil_t, gini, or atkinson with epsilon below 1"
        raise ValueError(message)
