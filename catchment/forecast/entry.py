"""Who enters a school from outside: levels of its past entries, set against the children there were."""

import numpy as np
from numpy.typing import NDArray

from catchment.forecast.cohorts import Array
from catchment.forecast.history import History
from catchment.forecast.progression import decay

LEAST = 0.01
"""The county's entrants never count as fewer than this share of what the year before led to expect: nobody is less than
somebody, though not without end."""


def entry_points(offered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Grades that a series has without having the grade below: there its pupils come from outside."""
    points = offered.copy()
    points[:, 1:] &= ~offered[:, :-1]
    return points


def entry_levels(history: History, points: NDArray[np.bool_], *, half_life_years: float, drift_years: float) -> Array:
    """Usual entrants of every entry point, per child of its pool: series × grades.

    An entry of an earlier year counts for 2^(−age / half-life), after it has been moved to today's general level:
    the county's chain of matched entries per child, itself smoothed with the half-life `drift_years`.
    """
    series, grades, years = history.pupils.shape
    levels = np.zeros((series, grades))
    past = history.pupils if history.entered is None else history.entered
    recent, slow = decay(years, half_life_years), decay(years, drift_years)
    for grade in range(grades):
        own = np.flatnonzero(points[:, grade])
        if not len(own):
            continue
        entered, pool = past[own, grade], pools(history, grade)[own]
        chain = _chain(entered, pool)
        moved = np.exp(chain @ slow / slow.sum() - chain)
        # Entrants out of an area without children tell no rate per child.
        seen = ~np.isnan(entered) & (pool > 0)
        weight = np.where(seen, recent, 0.0)
        rate = np.where(seen, entered, 0.0) / np.where(seen, pool, 1.0)
        levels[own, grade] = (rate * moved * weight).sum(1) / np.maximum(weight.sum(1), 1e-12)
    return levels


def pools(history: History, grade: int) -> Array:
    """Children that the entrants of a grade come out of, by year: series × years; 1 where nothing is known of them.

    The lowest grade: births. A grade with `follow` f: (the county's pupils of the grade below a year before)^f.
    """
    series, _, years = history.pupils.shape
    autumns = range(history.first_year, history.first_year + years)
    if grade == 0 and history.pool is not None:
        return np.stack([history.pool.of(year) for year in autumns], axis=1)
    share = _follows(history, grade)
    if share == 0:
        return np.ones((series, years))
    below = np.nansum(history.pupils[:, grade - 1], axis=0)
    before = np.concatenate([[below[0]], below[:-1]])
    # A year that nobody reported takes the number before it, so that no entry is set against nothing.
    for year in range(years):
        if before[year] == 0:
            before[year] = before[year - 1] if year else max(below.max(), 1.0)
    return np.broadcast_to(before**share, (series, years)).copy()


def pool_ahead(history: History, grade: int, before: Array, autumn: int) -> Array:
    """The pool of a grade in a year ahead, by series; before: the pupils a year before, series × grades."""
    if grade == 0 and history.pool is not None:
        children = history.pool.of(autumn)
        counted = history.counted.get(autumn)
        return children if counted is None else np.where(np.isnan(counted), children, counted)
    share = _follows(history, grade)
    if share == 0:
        return np.ones(len(before))
    return np.full(len(before), before[:, grade - 1].sum() ** share)


def _follows(history: History, grade: int) -> float:
    """How far a grade's entrants follow the leavers of the grade below: not at all where nobody has that grade."""
    if grade == 0 or not history.offered[:, grade - 1].any():
        return 0.0
    return history.follow.get(history.grades[grade], 0.0)


def _chain(entered: Array, pool: Array) -> Array:
    """Log level of the entries per child over the years, from the series that have both of two years."""
    steps = np.zeros(entered.shape[1])
    for year in range(1, entered.shape[1]):
        earlier = year - 1
        while earlier > 0 and np.isnan(entered[:, earlier]).all():
            earlier -= 1
        both = ~np.isnan(entered[:, [earlier, year]]).any(1) & (pool[:, [earlier, year]] > 0).all(1)
        expected = (entered[both, earlier] * pool[both, year] / pool[both, earlier]).sum()
        found = entered[both, year].sum()
        steps[year] = steps[earlier] + (np.log(max(found / expected, LEAST)) if expected > 0 else 0.0)
        if np.isnan(entered[:, year]).all():
            steps[year] = steps[earlier]
    return steps
