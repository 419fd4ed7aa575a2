"""Age bands into single years of age: evenly, by births, by Sprague's multipliers, by a penalised composite link.

Which one when, and what each costs: docs/method/ages.md. All four keep the total of every band.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solveh_banded

from catchment.errors import Problems

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

GROUP = 5
"""Years of age in one of Sprague's groups."""

FIRST_PANEL = [
    [0.3616, -0.2768, 0.1488, -0.0336, 0.0],
    [0.2640, -0.0960, 0.0400, -0.0080, 0.0],
    [0.1840, 0.0400, -0.0320, 0.0080, 0.0],
    [0.1200, 0.1360, -0.0720, 0.0160, 0.0],
    [0.0704, 0.1968, -0.0848, 0.0176, 0.0],
]
SECOND_PANEL = [
    [0.0336, 0.2272, -0.0752, 0.0144, 0.0],
    [0.0080, 0.2320, -0.0480, 0.0080, 0.0],
    [-0.0080, 0.2160, -0.0080, 0.0000, 0.0],
    [-0.0160, 0.1840, 0.0400, -0.0080, 0.0],
    [-0.0176, 0.1408, 0.0912, -0.0144, 0.0],
]
MIDDLE_PANEL = [
    [-0.0128, 0.0848, 0.1504, -0.0240, 0.0016],
    [-0.0016, 0.0144, 0.2224, -0.0416, 0.0064],
    [0.0064, -0.0336, 0.2544, -0.0336, 0.0064],
    [0.0064, -0.0416, 0.2224, 0.0144, -0.0016],
    [0.0016, -0.0240, 0.1504, 0.0848, -0.0128],
]

# Smoothing tried, as multiples of the mean count of one year of age. Below the smallest the curve no longer
# changes: it is the smoothest one through the bands. Above the largest it is an exponential.
SMOOTHING = 10.0 ** np.arange(4.0, -4.5, -0.5)
ALMOST_EMPTY = 1e-3
"""What an empty band counts for, in mean years of age."""
ROUNDS, LARGEST_STEP = 100, 2.0
CLOSE, ROUNDING = 1e-15, 1e-13
"""Gains in log-likelihood for each person: no step is worth less; less is lost in rounding."""


def even(counts: ArrayLike, first_ages: ArrayLike, last_ages: ArrayLike, *, last_age: int) -> Floats:
    """Every year of a band alike: what any better method has to beat.

    counts: (..., m) people of each band; first_ages, last_ages: (m,) its ages in years, NaN where open;
    last_age: where the open band is taken to end. Returns (..., ages) people from first_ages[0] to last_age.

    Raises InputError if bands overlap or leave an age out, ValueError if a count is negative or not a number.
    """
    widths = _widths(first_ages, last_ages, last_age)
    return _within(np.ones(int(widths.sum())), _people(counts), widths)


def by_births(groups: ArrayLike, births: ArrayLike) -> Floats:
    """Years of age in the proportion of those born: the cohort's own size instead of a smooth curve.

    groups: (..., g) people of bands of equal width; births: (..., ages) of each year of age, any unit.
    Returns (..., ages) people. A band without births is split evenly.

    Raises ValueError if the ages are not a whole number of years for each band, or a number is negative.
    Formula: docs/method/ages.md.
    """
    people, born = _people(groups), _people(births)
    width, rest = divmod(born.shape[-1], people.shape[-1])
    if rest:
        message = f"births of {born.shape[-1]} ages do not fill {people.shape[-1]} bands of one width"
        raise ValueError(message)
    return _within(born, people, np.full(people.shape[-1], width))


def sprague(groups: ArrayLike) -> Floats:
    """Sprague's fifth-difference interpolation of five-year groups, the demographers' standard.

    groups: (..., g) people of consecutive five-year groups, g ≥ 5, an open last group left out. Returns
    (..., 5g) people, which may be negative beside a steep change: see without_negatives.

    Raises ValueError if there are fewer than five groups.
    Formula: T. B. Sprague, J. Inst. Actuaries 22 (1880) 270, multipliers as in UN Manual III (1956);
    docs/method/ages.md.
    """
    people = np.asarray(groups, dtype=np.float64)
    count = people.shape[-1]
    if count < GROUP:
        message = f"Sprague's multipliers need five groups, there are {count}"
        raise ValueError(message)
    # The last two panels are the first two read backwards.
    backwards = [np.flip(panel) for panel in (SECOND_PANEL, FIRST_PANEL)]
    panels = [FIRST_PANEL, SECOND_PANEL, *[MIDDLE_PANEL] * (count - 4), *backwards]
    multipliers = np.zeros((count * GROUP, count))
    for group, panel in enumerate(panels):
        left = min(max(group - 2, 0), count - GROUP)
        multipliers[group * GROUP : (group + 1) * GROUP, left : left + GROUP] = panel
    return people @ multipliers.T


def without_negatives(single: ArrayLike, groups: ArrayLike) -> Floats:
    """Sprague's years with negative ones set to nought and the others of the group scaled to its total.

    single: (..., 5g) people of single years; groups: (..., g) people of five-year groups. Returns (..., 5g).

    Raises ValueError if a group is negative. Formula: docs/method/ages.md.
    """
    people = _people(groups)
    clipped = np.maximum(np.asarray(single, dtype=np.float64), 0.0)
    return _within(clipped, people, np.full(people.shape[-1], GROUP))


def composite_link(counts: ArrayLike, first_ages: ArrayLike, last_ages: ArrayLike, *, last_age: int) -> Floats:
    """The smoothest non-negative curve of single years whose bands agree with the counts.

    counts: (..., m) people of each band, any widths; first_ages, last_ages: (m,) its ages in years,
    NaN where open; last_age: where the open band is taken to end. Returns (..., ages) people from
    first_ages[0] to last_age, every band's total kept. How smooth is chosen by AIC, each row by itself: small
    counts are smoothed more than large ones.

    Raises InputError if bands overlap or leave an age out, ValueError if a count is negative or not a number.
    Formula: Rizzi, Gampe and Eilers, Am. J. Epidemiol. 182 (2015) 138; docs/method/ages.md.
    """
    widths = _widths(first_ages, last_ages, last_age)
    people = _people(counts)
    rows = people.reshape(-1, people.shape[-1])
    curves = np.ones((len(rows), int(widths.sum())))
    for curve, row in zip(curves, rows, strict=True):
        if len(row) > 1 and row.any():
            curve[:] = _smoothest(row, widths)
    return _within(curves.reshape(*people.shape[:-1], curves.shape[1]), people, widths)


def _smoothest(counts: Floats, widths: Counts) -> Floats:
    """The curve of least AIC, from the smoothest down: each fit starts where the one before ended."""
    sums = np.repeat(np.eye(len(widths)), widths, axis=1)
    bends = np.diff(np.eye(int(widths.sum())), n=2, axis=0) * np.sqrt(counts.sum() / widths.sum())
    # An empty band's logarithm has no end; whatever it gets here is scaled back to nought.
    counts = np.maximum(counts, ALMOST_EMPTY * counts.sum() / widths.sum())
    log_curve = np.full(int(widths.sum()), np.log(counts.sum() / widths.sum()))
    best, least = log_curve, np.inf
    for smoothing in SMOOTHING:
        log_curve, aic = _fit(counts, sums, np.sqrt(smoothing) * bends, log_curve)
        if aic < least:
            best, least = log_curve, aic
    return np.exp(best - best.max())


def _fit(counts: Floats, sums: Floats, bends: Floats, log_curve: Floats) -> tuple[Floats, float]:
    """Penalised Poisson likelihood by reweighted least squares: log of the curve, and AIC."""
    diagonals = max(2, int(sums.sum(axis=1).max()) - 1)
    penalty = _diagonals(bends, diagonals)
    for _ in range(ROUNDS):
        slope = sums * np.exp(log_curve)
        fitted = slope.sum(axis=1)
        information = _diagonals(slope / np.sqrt(fitted)[:, None], diagonals)
        score = slope.T @ (counts / fitted - 1) - bends.T @ (bends @ log_curve)
        solved = solveh_banded(information + penalty, np.column_stack([score, slope.T]), lower=True)
        step, gain = solved[:, 0], float(score @ solved[:, 0]) / counts.sum()
        if gain <= CLOSE:
            break
        loss = _loss(counts, sums, bends, log_curve)
        step *= min(1.0, LARGEST_STEP / float(np.abs(step).max()))
        # Full steps may overshoot beside steep changes; a part of one gains, until rounding hides it.
        while gain > ROUNDING and _loss(counts, sums, bends, log_curve + step) > loss:
            step, gain = step / 2, gain / 2
        log_curve = log_curve + step
    freedom = float((slope.T * solved[:, 1:] / fitted).sum())
    return log_curve, 2 * _loss(counts, sums, 0 * bends, log_curve) + 2 * freedom


def _diagonals(matrix: Floats, count: int) -> Floats:
    """The main diagonal of matrixᵀ·matrix and the `count` below it: all that is not nought."""
    width = matrix.shape[1]
    found = np.zeros((count + 1, width))
    for below in range(min(count + 1, width)):
        found[below, : width - below] = (matrix[:, : width - below] * matrix[:, below:]).sum(axis=0)
    return found


def _loss(counts: Floats, sums: Floats, bends: Floats, log_curve: Floats) -> float:
    """Half the penalised deviance."""
    fitted = sums @ np.exp(log_curve)
    return float((counts * np.log(counts / fitted) - counts + fitted).sum() + np.square(bends @ log_curve).sum() / 2)


def _within(weights: Floats, counts: Floats, widths: Counts) -> Floats:
    """Each band's count over its years in the proportion of the weights, evenly where these are all nought."""
    weights = np.broadcast_to(weights, np.broadcast_shapes(weights.shape, (*counts.shape[:-1], int(widths.sum()))))
    whole = np.add.reduceat(weights, np.cumsum(widths) - widths, axis=-1)
    bare = whole <= 0
    weights = np.where(np.repeat(bare, widths, axis=-1), 1.0, weights)
    each = counts / np.where(bare, widths, whole)
    return np.asarray(weights * np.repeat(each, widths, axis=-1))


def _widths(first_ages: ArrayLike, last_ages: ArrayLike, last_age: int) -> Counts:
    """Years in each band.

    Raises InputError if bands overlap, leave an age out or end before they begin.
    """
    firsts = np.asarray(first_ages, dtype=np.float64)
    closed = np.asarray(last_ages, dtype=np.float64)
    lasts = np.where(np.isnan(closed), last_age, closed)
    names = np.array([f"{first:.0f}–{last:.0f}" for first, last in zip(firsts, lasts, strict=True)])
    pairs = np.array([f"{one}, {other}" for one, other in zip(names, [*names[1:], f"… {last_age}"], strict=True)])
    apart = np.append(firsts[1:], last_age + 1) - lasts - 1
    problems = Problems()
    if (upside := lasts < firsts).any():
        problems.add("an age band ends before it begins", "swap its ages", where="people", rows=names[upside])
    if (apart < 0).any():
        problems.add("age bands overlap", "let every age be in one band only", where="people", rows=pairs[apart < 0])
    if (apart > 0).any():
        problems.add("age bands leave ages out", "let bands follow one another", where="people", rows=pairs[apart > 0])
    problems.raise_any()
    return (lasts - firsts + 1).astype(np.int64)


def _people(counts: ArrayLike) -> Floats:
    people = np.asarray(counts, dtype=np.float64)
    if not (np.isfinite(people) & (people >= 0)).all():
        message = "a count of people is negative or not a number"
        raise ValueError(message)
    return people
