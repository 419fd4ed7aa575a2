"""What luck alone would do: tests of chance, residuals, dissimilarity, tolerance (docs/method/allocation.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr
from scipy.stats import false_discovery_control

Counts = NDArray[np.int64]
Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVEL = 0.05
ONE_SIDED = 1.6448536269514722
"""Quantile 1 − LEVEL of the standard normal distribution."""
MOST_OUTCOMES = 100_000
"""Up to so many ways to divide the pupils all are counted instead of drawn."""
DRAWN_AT_ONCE = 10_000


@dataclass(frozen=True)
class Unevenness:
    """How uneven pupils are against shares: test of chance and dissimilarity."""

    p: float
    how: str
    dissimilarity: float
    by_chance: float
    corrected: float


def dissimilarity(counts: NDArray[np.int64] | Array, shares: Array) -> Array:
    """D = ½ Σ |E_k/N − q_k|: the share of pupils who would have to move. counts: (k,) or (draws, k)."""
    totals = counts.sum(-1, keepdims=True)
    return 0.5 * np.abs(counts / totals - shares).sum(-1)


def residuals(counts: Counts, shares: Array, dispersion: float) -> Array:
    """z_k = (E_k − N q_k) / √(N q_k (1 − q_k) φ); NaN where a share is 0 or 1."""
    total = counts.sum()
    spread = np.sqrt(total * shares * (1 - shares) * dispersion)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, (counts - total * shares) / spread, np.nan)


def chi_square(counts: NDArray[np.int64] | Array, shares: Array) -> Array:
    """X² = Σ (E_k − N q_k)² / (N q_k). Every share must be above 0."""
    expected = counts.sum(-1, keepdims=True) * shares
    return ((counts - expected) ** 2 / expected).sum(-1)


def flags(p_values: Array) -> Flags:
    """Which of several tests stand out when 5 % of those named may be wrong (Benjamini and Hochberg 1995); NaN never."""
    told = ~np.isnan(p_values)
    found = np.zeros(len(p_values), dtype=np.bool_)
    if told.any():
        found[told] = false_discovery_control(p_values[told]) <= LEVEL
    return found


def outcomes(total: int, parts: int) -> Counts:
    """Every way to divide `total` pupils among `parts` schools, one per row (stars and bars)."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)), dtype=np.int64).reshape(-1, parts - 1)
    edges = np.column_stack([np.full(len(bars), -1), bars, np.full(len(bars), total + parts - 1)])
    return np.diff(edges, axis=1) - 1


def log_chance(counts: Counts, shares: Array, dispersion: float) -> Array:
    """Log probability of counts (n, k) when N pupils are divided by chance.

    Multinomial at φ = 1; else Dirichlet-multinomial with α_k = q_k (N − φ) / (φ − 1), whose variance is φ N q_k (1 − q_k).
    """
    total = counts.sum(-1)
    if dispersion == 1:
        return gammaln(total + 1) + (counts * np.log(shares) - gammaln(counts + 1)).sum(-1)
    alpha = _alpha(int(total[0]), shares, dispersion)
    whole = gammaln(total + 1) + gammaln(alpha.sum()) - gammaln(total + alpha.sum())
    return whole + (gammaln(counts + alpha) - gammaln(alpha) - gammaln(counts + 1)).sum(-1)


def draw_counts(total: int, shares: Array, dispersion: float, draws: int, rng: np.random.Generator) -> Iterator[Counts]:
    """Pupils divided by chance as in `log_chance`, some draws at a time, (n, k)."""
    for start in range(0, draws, DRAWN_AT_ONCE):
        count = min(DRAWN_AT_ONCE, draws - start)
        chances = shares if dispersion == 1 else rng.dirichlet(_alpha(total, shares, dispersion), size=count)
        yield rng.multinomial(total, chances, size=count)


def unevenness(counts: Counts, shares: Array, dispersion: float, draws: int, rng: np.random.Generator) -> Unevenness:
    """Test of X² against chance, exact while outcomes are few, and D with what chance alone would give.

    p is the chance of an X² as large; drawn: (1 + draws as large) / (1 + draws) (Davison and Hinkley 1997).
    """
    total, observed = int(counts.sum()), float(chi_square(counts, shares)) * (1 - 1e-9)
    exact = comb(total + len(shares) - 1, len(shares) - 1) <= MOST_OUTCOMES
    if exact:
        every = outcomes(total, len(shares))
        chance = np.exp(log_chance(every, shares, dispersion))
        p = float(chance[chi_square(every, shares) >= observed].sum())
        by_chance = float(chance @ dissimilarity(every, shares))
    else:
        larger, sums = 0, 0.0
        for drawn in draw_counts(total, shares, dispersion, draws, rng):
            larger += int((chi_square(drawn, shares) >= observed).sum())
            sums += float(dissimilarity(drawn, shares).sum())
        p, by_chance = (1 + larger) / (1 + draws), sums / draws
    spread = np.sqrt(shares * (1 - shares) * dispersion / total)
    corrected = density_corrected(np.abs(counts / total - shares), spread)
    plain = float(dissimilarity(counts, shares))
    return Unevenness(min(p, 1.0), "exact" if exact else "draws", plain, by_chance, corrected)


def density_corrected(differences: Array, spread: Array) -> float:
    """D with the part of chance taken off: ½ Σ θ_k, θ_k the likeliest true difference (Allen et al. 2015).

    |difference| follows a folded normal law of `spread`; its likeliest centre is 0 up to one spread, else the solution of
    θ = x tanh(x θ / spread²), found by halving.
    """
    low, high = np.zeros(len(differences)), differences.astype(float)
    sure = differences > spread
    x, s = np.where(sure, differences, 1.0), np.where(sure, spread, 1.0)
    s = np.where(s > 0, s, 1e-12)
    for _ in range(60):
        middle = (low + high) / 2
        above = x * np.tanh(x * middle / s**2) > middle
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return float(0.5 * np.where(sure, (low + high) / 2, 0.0).sum())


def composition_by_chance(sizes: Counts, share: float) -> float:
    """D between a group and all others that chance alone gives, if every pupil belongs to the group with chance `share`.

    D = Σ |a_k − n_k P| / (2 T P (1 − P)), a_k of the group among n_k pupils of unit k, T = Σ n_k. Closed form of each binomial mean
    deviation (De Moivre): E|a − nP| = 2 m C(n, m) P^m (1 − P)^(n − m + 1), m = ⌊nP⌋ + 1. Small units are uneven by chance: raw D of
    classes and of schools are not to be compared.
    """
    above = np.floor(sizes * share) + 1
    ways = gammaln(sizes + 1) - gammaln(above + 1) - gammaln(sizes - above + 1)
    deviation = 2 * above * np.exp(ways + above * np.log(share) + (sizes - above + 1) * np.log1p(-share))
    return float(deviation.sum() / (2 * sizes.sum() * share * (1 - share)))


def verdict(differences: Array, spread: Array, tolerance: Array) -> str:
    """Whether every difference is surely within the tolerance (two one-sided tests at 5 % each), or one surely outside.

    All in pupils. For `proportional` every single test must succeed (intersection-union: 5 % in all); for `apart` one of them
    must stand out among all (Benjamini-Hochberg). Without any spread the tolerance alone decides.
    """
    size = np.abs(differences)
    if (size + ONE_SIDED * spread <= tolerance).all():
        return "proportional"
    if not spread.any():
        return "apart"
    beyond = (size - tolerance) / spread
    return "apart" if flags(1 - ndtr(beyond)).any() else "undecided"


def _alpha(total: int, shares: Array, dispersion: float) -> Array:
    return shares * (total - dispersion) / (dispersion - 1)
