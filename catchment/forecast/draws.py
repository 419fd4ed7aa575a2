"""Many possible futures, year by year: draws of every series and grade that add up to schools, areas and the county."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from catchment.forecast.cohorts import Array
from catchment.forecast.history import History
from catchment.forecast.spread import KNOTS, Spread, learn_spread, not_yet_there

Draws = NDArray[np.float32]

# Between what the errors of the model on Baltimore 2003-2017 and on Eau Claire 1998-2024 give (docs/method/forecast.md).
REFERENCE_SCALES = {"known": (0.004, 0.006, 0.4), "fresh": (0.015, 0.004, 0.6), "school": (0.0045, 0.0065, 1.0)}
REFERENCE_TAILS = 5.0
SHARED = (0.05, 0.2)
"""Shares of an error common to the stage and to the school, where no past errors tell."""
COUNTY_SCALE = (0.015**2, 0.016**2)
"""County: s² = a + c · (horizon − 1); counts as much as COUNTY_ERRORS errors of the study's own."""
COUNTY_ERRORS = 10.0


def reference_spread(level: str) -> Spread:
    """The spread of a study that has too few past errors of its own."""
    tails = student.ppf(np.clip(ndtr(KNOTS), 1e-4, 1 - 1e-4), REFERENCE_TAILS)
    table = tails / np.sqrt(REFERENCE_TAILS / (REFERENCE_TAILS - 2))
    return Spread(np.array(REFERENCE_SCALES[level]), np.empty(0), table[None, None, :])


@dataclass(frozen=True)
class Uncertainty:
    """All that the draws need to know of how wrong the forecast may be."""

    known: Spread
    """Grades whose pupils are in the school already."""
    fresh: Spread
    """Grades whose pupils have still to enter."""
    school: Spread
    county: tuple[float, float]
    """a and c of the county's s² = a + c · (horizon − 1)."""
    shared_county: float
    """Share of a grade's error (in normal scores) that all schools of the stage have in common."""
    shared_school: float
    """Share that all grades of a school have in common beyond that."""
    births_deviation: float
    """Standard deviation of the yearly change of births that are not known yet (log)."""
    own: bool
    """Learnt from the study's own past, not taken from the reference."""


def learn_uncertainty(errors: pd.DataFrame, history: History) -> Uncertainty:
    """From the errors that were known in the last year of the history."""
    now = history.last_year
    errors = errors[(errors["year"] <= now) & (errors["forecast"] > 0)]
    cells, fresh = errors[errors["level"] == "grade"], errors["fresh"].astype(bool)
    parts = {
        "known": errors[(errors["level"] == "grade") & ~fresh],
        "fresh": errors[(errors["level"] == "grade") & fresh],
        "school": errors[errors["level"] == "school"],
    }
    learnt = {name: learn_spread(rows, now) for name, rows in parts.items()}
    spreads = {name: spread or reference_spread(name) for name, spread in learnt.items()}
    county, school = SHARED
    if learnt["known"] and learnt["fresh"]:
        county, school = _shared(cells, spreads)
    return Uncertainty(
        **spreads,
        county=_county_scale(errors[errors["level"] == "county"]),
        shared_county=county,
        shared_school=school,
        births_deviation=_births_deviation(history),
        own=all(learnt.values()),
    )


def _shared(cells: pd.DataFrame, spreads: Mapping[str, Spread]) -> tuple[float, float]:
    """Mean products of the normal scores of two schools, and of two grades of a school, of one origin and horizon."""
    scored = []
    for (horizon, fresh), rows in cells.groupby(["horizon", "fresh"]):
        spread = spreads["fresh" if fresh else "known"]
        scored.append(rows.assign(z=_scores(rows, spread, int(horizon))))
    every = pd.concat(scored)
    within = _mean_product(every, ["origin", "horizon", "series"])
    everywhere = _mean_product(every, ["origin", "horizon"])
    county = float(np.clip(everywhere, 0.0, 0.9))
    return county, float(np.clip(within - county, 0.0, 0.95 - county))


def _scores(rows: pd.DataFrame, spread: Spread, horizon: int) -> Array:
    """Errors as standard normal values."""
    forecast = rows["forecast"].to_numpy(float)
    q = np.log((rows["actual"].to_numpy(float) + 0.5) / (forecast + 0.5)) / spread.deviation(forecast, horizon)
    table, sizes = spread.quantiles[min(horizon, len(spread.quantiles)) - 1], spread.sizes(forecast)
    z = np.empty(len(q))
    for size in np.unique(sizes):
        z[sizes == size] = np.interp(q[sizes == size], table[size], KNOTS)
    return z


def _mean_product(rows: pd.DataFrame, by: list[str]) -> float:
    sums = rows.assign(z2=rows["z"] ** 2).groupby(by).agg(s=("z", "sum"), q=("z2", "sum"), n=("z", "size"))
    pairs = (sums["n"] * (sums["n"] - 1)).sum()
    return float((sums["s"] ** 2 - sums["q"]).sum() / pairs) if pairs else 0.0


def _county_scale(errors: pd.DataFrame) -> tuple[float, float]:
    """The reference, weighed with the study's own squared errors: level and growth are scaled together.

    A stage or status that is told no more tells nothing of the forecast.
    """
    a, c = COUNTY_SCALE
    errors = errors[errors["actual"] > 0]
    if errors.empty:
        return a, c
    squared = np.log(errors["actual"].to_numpy(float) / errors["forecast"].to_numpy(float)) ** 2
    expected = a + c * (errors["horizon"].to_numpy(float) - 1)
    ratio = (COUNTY_ERRORS + float((squared / expected).sum())) / (COUNTY_ERRORS + len(errors))
    return a * ratio, c * ratio


def _births_deviation(history: History) -> float:
    if history.pool is None or history.pool.births.shape[1] < 4:
        return 0.05
    total = history.pool.births.sum(0)
    return float(np.clip(np.std(np.diff(np.log(np.maximum(total, 1.0)))), 0.02, 0.2))


def simulate(
    central: Array, history: History, unsure: Uncertainty, rng: np.random.Generator, draws: int
) -> Iterator[Draws]:
    """Draws of every year ahead: series × grades × draws, 0 where a grade is not offered.

    Errors are normal scores with a part common to the stage and one common to the school, each a random walk over
    the horizon; what is a grade's own moves up with its cohort. They become pupils through the spread of grades;
    then each school's total, and each stage's, is brought to the spread of its own level, keeping the order of the
    draws and the shares of what it is made of. Entrants not yet born also vary with the births.
    """
    series, grades, years = central.shape
    groups = history.groups
    own_share = np.float32(np.sqrt(max(0.0, 1 - unsure.shared_county - unsure.shared_school)))
    county_share, school_share = np.float32(np.sqrt(unsure.shared_county)), np.float32(np.sqrt(unsure.shared_school))
    county = np.zeros((groups.max() + 1, draws), dtype=np.float32)
    school = np.zeros((series, draws), dtype=np.float32)
    cohort = np.zeros((series, grades, draws), dtype=np.float32)
    births = _births(history, unsure, rng, years, draws)
    for year in range(years):
        horizon = year + 1
        keep, new = np.float32(np.sqrt(year / horizon)), np.float32(np.sqrt(1 / horizon))
        county = keep * county + new * rng.standard_normal(county.shape, dtype=np.float32)
        school = keep * school + new * rng.standard_normal(school.shape, dtype=np.float32)
        fresh = rng.standard_normal(cohort.shape, dtype=np.float32)
        cohort[:, 1:] = keep * cohort[:, :-1] + new * fresh[:, 1:]
        cohort[:, 0] = fresh[:, 0]
        scores = own_share * cohort
        scores += (county_share * county[groups] + school_share * school)[:, None, :]
        pupils = _pupils(central[:, :, year], horizon, scores, not_yet_there(history.offered, horizon), unsure)
        _fit_totals(pupils, central[:, :, year], horizon, groups, unsure)
        if births is not None:
            for grade in range(min(grades, horizon)):
                pupils[:, grade] *= births[horizon - grade - 1]
        yield pupils


def _pupils(central: Array, horizon: int, scores: Draws, fresh: NDArray[np.bool_], unsure: Uncertainty) -> Draws:
    """Scores of one year as pupils."""
    pupils = np.zeros(scores.shape, dtype=np.float32)
    there = np.nan_to_num(central) > 0
    for spread, own in ((unsure.known, there & ~fresh), (unsure.fresh, there & fresh)):
        row, column = np.nonzero(own)
        pupils[row, column] = spread.values(central[row, column], horizon, scores[row, column])
    return pupils


def _fit_totals(pupils: Draws, central: Array, horizon: int, groups: NDArray[np.int64], unsure: Uncertainty) -> None:
    """Bring totals of series and stages to their own spread, in place."""
    totals = np.nansum(central, axis=1)
    there = np.flatnonzero(totals > 0)
    drawn = pupils[there].sum(1)
    wanted = unsure.school.values(totals[there], horizon, _ranked(drawn))
    pupils[there] *= (wanted / np.maximum(drawn, 1e-6))[:, None, :]
    a, c = unsure.county
    deviation = np.sqrt(a + c * (horizon - 1))
    for group in range(groups.max() + 1):
        own = groups == group
        drawn = pupils[own].sum((0, 1))[None, :]
        wanted = totals[own].sum() * np.exp(deviation * _ranked(drawn))
        pupils[own] *= (wanted / np.maximum(drawn, 1e-6)).astype(np.float32)


def _ranked(drawn: Draws) -> Draws:
    """Standard normal values in the order of the draws, row by row."""
    rows, draws = drawn.shape
    scores = ndtri((np.arange(draws) + 0.5) / draws).astype(np.float32)
    ranked = np.empty_like(drawn)
    np.put_along_axis(ranked, np.argsort(drawn, axis=1, kind="stable"), np.broadcast_to(scores, (rows, draws)), axis=1)
    return ranked


def _births(
    history: History, unsure: Uncertainty, rng: np.random.Generator, years: int, draws: int
) -> list[Draws] | None:
    """Factor of the entrants of every year ahead: 1 while they are born already, then a random walk."""
    if history.pool is None:
        return None
    factor, factors = np.zeros(draws, dtype=np.float32), []
    for year in range(years):
        if history.last_year + 1 + year > history.pool.last_born():
            factor = factor + np.float32(unsure.births_deviation) * rng.standard_normal(draws, dtype=np.float32)
        factors.append(np.exp(factor))
    return factors
