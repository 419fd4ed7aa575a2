"""How many pupils of a grade are in the next one a year later: own ratios that borrow strength."""

import numpy as np
from numpy.typing import NDArray

from catchment.forecast.cohorts import Array
from catchment.forecast.history import History, transitions

LOWEST, HIGHEST = 0.4, 2.5
"""No cohort is taken to shrink or grow by more in a year."""
AREA_PUPILS = 5000.0
"""An area's ratio counts as much as the county's when this many of its pupils were seen (METHODS 3.1)."""


def decay(years: int, half_life_years: float) -> Array:
    """Weights of years, the last one 1, each half-life earlier half as much."""
    return np.asarray(0.5 ** (np.arange(years - 1, -1, -1) / half_life_years))


def shrink(above: Array, below: Array, parent: Array, pupils: float) -> Array:
    """Posterior mean of a ratio: r = (above + κ · parent) / (below + κ), κ = `pupils` (gamma-Poisson hierarchy).

    With κ = 0 and nothing seen the parent itself.
    """
    weight = below + pupils
    return np.where(weight > 0, (above + pupils * parent) / np.where(weight > 0, weight, 1.0), parent)


def progression_ratios(history: History, given: Array, *, half_life_years: float, shrink_pupils: float) -> Array:
    """Pupils of each grade per pupil of the grade below a year before: series × grades (first column 1).

    School → area → county: each level shrunk to the one above it; the county's own is `given` (one number per
    grade) where no transition was seen. Years weigh by half-life. Series of one status borrow from their own.
    """
    above, below = transitions(history.pupils)
    weights = decay(above.shape[2], half_life_years) if above.shape[2] else np.empty(0)
    above, below = above @ weights, below @ weights
    ratios = np.ones(history.pupils.shape[:2])
    status = np.unique(history.keys["status"].to_numpy(dtype=str), return_inverse=True)[1]
    for which in range(status.max() + 1 if len(status) else 0):
        own = status == which
        county = np.where(
            below[own].sum(0) > 0, shrink(above[own].sum(0), below[own].sum(0), given[1:], 0.0), given[1:]
        )
        area = history.areas[own]
        by_area = shrink(_sums(above[own], area), _sums(below[own], area), county, AREA_PUPILS)
        ratios[own, 1:] = shrink(above[own], below[own], by_area[area], shrink_pupils)
    return np.clip(ratios, LOWEST, HIGHEST)


def _sums(values: Array, group: NDArray[np.int64]) -> Array:
    summed = np.zeros((group.max() + 1, values.shape[1]))
    np.add.at(summed, group, values)
    return summed
