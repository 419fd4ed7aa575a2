"""How far actual pupils fall from the forecast: learnt from the model's own past errors (docs/method/forecast.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.special import ndtr

from catchment.forecast.central import Model, forecast
from catchment.forecast.cohorts import Array
from catchment.forecast.history import History

FIRST_ORIGIN = 3
"""The model is rolled from the third autumn on: two transitions are the least it can learn from."""
LEAST_ERRORS = 60
"""Below this many errors of a level a study's own spread is not believed; the reference takes its place."""
MEMORY_YEARS = 3.0
"""An error this many years old counts half."""
BORROWED_HORIZON, BORROWED_CLASS, BORROWED_BOTH = 30.0, 100.0, 200.0
"""Errors at which a horizon's, a size class's or both their own quantiles count as much as what they borrow from."""
KNOTS = np.linspace(-3.5, 3.5, 71)
"""Standard normal values at which the quantiles of the errors are kept."""
ERROR_COLUMNS = ["level", "origin", "year", "horizon", "series", "grade", "fresh", "forecast", "actual"]
"""fresh: the cohort was not in the school yet at the origin."""


def past_forecasts(history: History, years: int, model: Model) -> dict[int, Array]:
    """What the model would have said in every autumn from the third on: origin → series × grades × years."""
    origins = range(history.first_year + FIRST_ORIGIN - 1, history.last_year + 1)
    return {origin: forecast(history.until(origin), years, model) for origin in origins}


def past_errors(history: History, forecasts: Mapping[int, Array], *, skip: tuple[int, ...] = ()) -> pd.DataFrame:
    """Forecast and actual pupils, columns ERROR_COLUMNS, levels grade, school and county (a stage as a whole).

    Series that have other grades at the target than at the origin are left out of grades and schools: what changes
    them is an event, to be told in table `events`; the county counts everybody. Years in `skip` are neither origin
    nor target.
    """
    parts = []
    for origin, ahead in forecasts.items():
        start = history.pupils[:, :, origin - history.first_year]
        for horizon in range(1, min(ahead.shape[2], history.last_year - origin) + 1):
            year = origin + horizon
            if origin in skip or year in skip:
                continue
            actual, said = history.pupils[:, :, year - history.first_year], ahead[:, :, horizon - 1]
            same = np.flatnonzero((np.isnan(actual) == np.isnan(start)).all(1) & ~np.isnan(actual).all(1))
            fresh = not_yet_there(~np.isnan(start), horizon)
            rows = [_grade_rows(same, actual, said, fresh, history.grades), _school_rows(same, actual, said)]
            rows.append(_county_rows(actual, said, history.groups))
            parts.append(pd.concat(rows).assign(origin=origin, year=year, horizon=horizon)[ERROR_COLUMNS])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=ERROR_COLUMNS)


def not_yet_there(offered: NDArray[np.bool_], horizon: int) -> NDArray[np.bool_]:
    """Grades whose pupils a horizon ahead enter the school only after the origin: series × grades."""
    run = np.zeros(offered.shape, dtype=np.int64)
    for grade in range(1, offered.shape[1]):
        run[:, grade] = np.where(offered[:, grade] & offered[:, grade - 1], run[:, grade - 1] + 1, 0)
    return run < horizon


def _grade_rows(
    same: NDArray[np.int64], actual: Array, said: Array, fresh: NDArray[np.bool_], grades: tuple[int, ...]
) -> pd.DataFrame:
    row, column = np.nonzero(~np.isnan(actual[same]))
    series = same[row]
    return pd.DataFrame(
        {"level": "grade", "series": series, "grade": np.array(grades)[column], "fresh": fresh[series, column],
         "forecast": said[series, column], "actual": actual[series, column]}
    )  # fmt: skip


def _school_rows(same: NDArray[np.int64], actual: Array, said: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {"level": "school", "series": same, "grade": -1, "fresh": False, "forecast": np.nansum(said[same], 1),
         "actual": np.nansum(actual[same], 1)}
    )  # fmt: skip


def _county_rows(actual: Array, said: Array, groups: NDArray[np.int64]) -> pd.DataFrame:
    counts = range(groups.max() + 1)
    return pd.DataFrame(
        {"level": "county", "series": counts, "grade": -1, "fresh": False,
         "forecast": [np.nansum(said[groups == group]) for group in counts],
         "actual": [np.nansum(actual[groups == group]) for group in counts]}
    )  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """Distribution of actual pupils around a forecast of one level.

    log((actual + ½) / (forecast + ½)) = s(forecast, horizon) · q, s² = a + c · (horizon − 1) + b / forecast, and q
    from the quantiles of past errors by horizon and size class.
    """

    scale: Array
    """a, c, b."""
    edges: Array
    """Limits between the size classes, in pupils."""
    quantiles: Array
    """Horizons × classes × knots; later horizons are as the last."""

    def sizes(self, forecast: Array) -> NDArray[np.int64]:
        """Size class of every forecast."""
        return np.searchsorted(self.edges, forecast, side="right").astype(np.int64)

    def deviation(self, forecast: Array, horizon: int) -> Array:
        """s: standard deviation of the log error."""
        return _deviation(self.scale, forecast, np.full(len(forecast), horizon))

    def values(self, forecast: Array, horizon: int, z: NDArray[np.floating]) -> NDArray[np.floating]:
        """Pupils at standard normal values z (forecasts × values); never below 0."""
        table = self.quantiles[min(horizon, len(self.quantiles)) - 1]
        sizes, deviation = self.sizes(forecast), self.deviation(forecast, horizon)
        return _stretch(z, table[sizes], deviation, forecast + 0.5)


@numba.njit(cache=True)
def _stretch(z: NDArray[np.floating], table: Array, deviation: Array, centre: Array) -> NDArray[np.floating]:
    """exp(deviation · q(z)) · centre − ½, at least 0; q by straight lines between the knots, row by row."""
    low, step, last = KNOTS[0], KNOTS[1] - KNOTS[0], len(KNOTS) - 1
    result = np.empty_like(z)
    for row in range(len(z)):
        for column in range(z.shape[1]):
            at = min(max((z[row, column] - low) / step, 0.0), float(last))
            knot = min(int(at), last - 1)
            q = table[row, knot] + (at - knot) * (table[row, knot + 1] - table[row, knot])
            result[row, column] = max(np.exp(q * deviation[row]) * centre[row] - 0.5, 0.0)
    return result


def _deviation(scale: Array, forecast: Array, horizon: Array) -> Array:
    return np.asarray(np.sqrt(_terms(forecast, horizon) @ scale))


def _terms(forecast: Array, horizon: Array) -> Array:
    return np.column_stack([np.ones(len(forecast)), horizon - 1.0, 1.0 / np.maximum(forecast, 5.0)])


def learn_spread(errors: pd.DataFrame, now: int, classes: int = 4) -> Spread | None:
    """Spread out of the errors of one level that were known in autumn `now`; None if they are too few."""
    known = errors[(errors["year"] <= now) & (errors["forecast"] > 0)]
    if len(known) < LEAST_ERRORS:
        return None
    forecast, horizon = known["forecast"].to_numpy(float), known["horizon"].to_numpy(float)
    error = np.log((known["actual"].to_numpy(float) + 0.5) / (forecast + 0.5))
    scale = _fit_scale(forecast, horizon, error)
    score = error / _deviation(scale, forecast, horizon)
    weight = 0.5 ** ((now - known["year"].to_numpy(float)) / MEMORY_YEARS)
    edges = np.quantile(forecast, np.arange(1, classes) / classes)
    size = np.searchsorted(edges, forecast, side="right")
    pooled = _quantiles(score, weight)
    by_size = [_borrow(score, weight, size == which, pooled, BORROWED_CLASS) for which in range(classes)]
    tables = []
    for ahead in range(1, int(horizon.max()) + 1):
        here = horizon == ahead
        base = _borrow(score, weight, here, pooled, BORROWED_HORIZON)
        tables.append(
            [
                _borrow(score, weight, here & (size == which), base + by_size[which] - pooled, BORROWED_BOTH)
                for which in range(classes)
            ]
        )
    # Sums of borrowed curves need not rise everywhere; in order they are quantiles again.
    return Spread(scale, edges, np.sort(np.array(tables), axis=2))


def _fit_scale(forecast: Array, horizon: Array, error: Array) -> Array:
    """a, c, b ≥ 0 by weighted least squares on the squared errors, the largest 2 % held at their limit."""
    limit = np.quantile(np.abs(error), 0.98)
    squared, terms = np.minimum(np.abs(error), limit) ** 2, _terms(forecast, horizon)
    scale = np.array([0.01, 0.005, 0.5])
    for _ in range(4):
        weight = 1.0 / np.maximum(terms @ scale, 1e-5)
        scale = np.maximum(nnls(terms * weight[:, None], squared * weight)[0], 1e-6)
    return scale


def _quantiles(score: Array, weight: Array) -> Array:
    order = np.argsort(score, kind="stable")
    share = np.cumsum(weight[order])
    return np.asarray(np.interp(ndtr(KNOTS), (share - 0.5 * weight[order]) / share[-1], score[order]))


def _borrow(score: Array, weight: Array, own: NDArray[np.bool_], base: Array, borrowed: float) -> Array:
    if own.sum() < 20:
        return base
    seen = weight[own].sum()
    return np.asarray(base + (_quantiles(score[own], weight[own]) - base) * seen / (seen + borrowed))
