"""The forecast made again from every past autumn, and measured against what came (docs/method/forecast.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from catchment.forecast.central import Model
from catchment.forecast.cohorts import Array
from catchment.forecast.draws import Draws, learn_uncertainty, simulate
from catchment.forecast.history import History, broken_years
from catchment.forecast.outlook import SHARES
from catchment.forecast.rivals import RIVALS, told_forecasts
from catchment.forecast.spread import FIRST_ORIGIN, past_errors, past_forecasts
from catchment.tables import BACKTEST

OURS = "catchment"
FIRST_INTERVALS = 2
"""Autumns after the first origin from which on intervals are given: one year's errors are known then."""
SIZE_CLASSES = 4

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Backtest:
    """Scores (table `backtest`), every single error with its intervals, and one school's futures for a picture."""

    scores: pd.DataFrame
    errors: pd.DataFrame
    """Columns method, level, origin, year, horizon, series, grade, start, forecast, actual; ours also low50 … high95
    and share: how much of the draws lies below the actual pupils."""
    skipped: tuple[int, ...]
    """Years left out: named, or found to fall out of the series."""


def backtest(
    history: History, model: Model, past: pd.DataFrame, *, years: int, draws: int, seed: int, progress: Progress
) -> Backtest:
    """Roll the origin over every autumn from the third on; nothing later than the origin is known to any method.

    past: table `past_forecasts`, others' forecasts to set beside ours. Raises nothing: a history that is too short
    gives empty tables.
    """
    skipped = tuple(sorted({*model.skip_years, *broken_years(history)}))
    ours = past_forecasts(history, years, model)
    errors = past_errors(history, ours, skip=skipped)
    if errors.empty:
        return Backtest(BACKTEST.empty(), errors.assign(method=OURS), skipped)
    with_intervals = _with_intervals(history, ours, errors, draws=draws, seed=seed, progress=progress)
    parts = [with_intervals.assign(method=OURS)]
    for name, rival in RIVALS.items():
        said = {origin: rival(history.until(origin), years) for origin in ours}
        parts.append(past_errors(history, said, skip=skipped).assign(method=name))
    if len(past):
        parts.append(told_forecasts(past, errors, history))
    every = _with_start(pd.concat(parts, ignore_index=True), history)
    return Backtest(score(every, history.grades[0]), every, skipped)


def _with_intervals(
    history: History, ours: dict[int, Array], errors: pd.DataFrame, *, draws: int, seed: int, progress: Progress
) -> pd.DataFrame:
    """The errors with intervals learnt at each origin from the errors known then."""
    first = history.first_year + FIRST_ORIGIN - 1 + FIRST_INTERVALS
    origins = [origin for origin in ours if origin >= first and origin < history.last_year]
    parts = [errors[errors["origin"] < first]]
    for done, origin in enumerate(origins):
        progress(done, len(origins))
        known = history.until(origin)
        unsure = learn_uncertainty(errors[errors["year"] <= origin], known)
        ahead = min(ours[origin].shape[2], history.last_year - origin)
        rng = np.random.default_rng([seed, origin])
        here = errors[errors["origin"] == origin]
        for horizon, drawn in enumerate(simulate(ours[origin][:, :, :ahead], known, unsure, rng, draws), start=1):
            rows = here[here["horizon"] == horizon]
            if len(rows):
                parts.append(_measured(rows, np.rint(drawn), history))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _measured(rows: pd.DataFrame, drawn: Draws, history: History) -> pd.DataFrame:
    """Rows of one origin and horizon with the bounds of their draws, and how many draws lie below the truth."""
    seen = []
    for level, part in rows.groupby("level", sort=True):
        series = part["series"].to_numpy(int)
        if level == "grade":
            futures = drawn[series, part["grade"].to_numpy(int) - history.grades[0]]
        elif level == "school":
            futures = drawn[series].sum(1)
        else:
            futures = np.stack([drawn[history.groups == group].sum((0, 1)) for group in series])
        ordered, actual = np.sort(futures, axis=1), part["actual"].to_numpy(float)[:, None]
        below, equal = (ordered < actual).mean(1), (ordered == actual).mean(1)
        columns = {"share": below + equal / 2}
        for share in SHARES:
            tail = (1 - share / 100) / 2
            columns[f"low{share}"] = ordered[:, int(tail * ordered.shape[1])]
            columns[f"high{share}"] = ordered[:, min(ordered.shape[1] - 1, int((1 - tail) * ordered.shape[1]))]
        seen.append(part.assign(**columns))
    return pd.concat(seen)


def _with_start(errors: pd.DataFrame, history: History) -> pd.DataFrame:
    """Pupils at the origin, by which sizes are classed: the same for every method."""
    own = errors[errors["method"] == OURS]
    year = own["origin"].to_numpy(int) - history.first_year
    series, grade = own["series"].to_numpy(int), own["grade"].to_numpy(int) - history.grades[0]
    total = np.nansum(history.pupils, axis=1)
    start = np.where(own["level"] == "grade", history.pupils[series, np.maximum(grade, 0), year], total[series, year])
    stages = np.stack([total[history.groups == group].sum(0) for group in range(history.groups.max() + 1)])
    county = (own["level"] == "county").to_numpy()
    start[county] = stages[series[county], year[county]]
    key = ["level", "origin", "year", "series", "grade"]
    return errors.merge(own[key].assign(start=start), on=key, how="inner")


def score(errors: pd.DataFrame, entry_grade: int) -> pd.DataFrame:
    """Table `backtest`: every method by level, horizon and size class, over the rows that all methods forecast."""
    entry = errors[(errors["level"] == "grade") & (errors["grade"] == entry_grade)].assign(level="entry")
    every = pd.concat([errors, entry], ignore_index=True)
    every = every[every["actual"] > 0]
    rows = []
    for level, part in every.groupby("level", sort=True):
        sized = part.assign(size="all")
        parts = [sized]
        if level in ("grade", "school"):
            parts.append(part.assign(size=_size_names(part)))
        for key, group in pd.concat(parts).groupby(["method", "horizon", "size"], sort=True):
            rows.append({"method": key[0], "level": level, "horizon_years": key[1], "size": key[2], **_measures(group)})
    return pd.DataFrame(rows)[BACKTEST.names]


def _size_names(part: pd.DataFrame) -> pd.Series:
    """Quarters of the rows by pupils at the origin, named by their limits."""
    own = part.loc[part["method"] == OURS, "start"]
    edges = np.unique(np.quantile(own, np.arange(1, SIZE_CLASSES) / SIZE_CLASSES).round())
    number = np.searchsorted(edges, part["start"], side="right")
    limits = [f"{edge:.0f}" for edge in edges]
    names = [f"< {limits[0]}", *(f"{a}-{int(b) - 1}" for a, b in pairwise(limits)), f"≥ {limits[-1]}"]
    return pd.Series(np.array(names, dtype=object)[number], index=part.index)


def _measures(group: pd.DataFrame) -> dict[str, float]:
    forecast, actual = group["forecast"].to_numpy(float), group["actual"].to_numpy(float)
    share = forecast / actual - 1
    found: dict[str, float] = {
        "forecasts": len(group), "mape": float(np.abs(share).mean()), "median": float(np.median(np.abs(share))),
        "bias": float(share.mean()), "wape": float(np.abs(forecast - actual).sum() / actual.sum()),
    }  # fmt: skip
    judged = group.dropna(subset=["low80"]) if "low80" in group else group.iloc[:0]
    found["judged"] = len(judged)
    for each in SHARES:
        inside = (
            (judged["actual"] >= judged[f"low{each}"]) & (judged["actual"] <= judged[f"high{each}"])
            if len(judged)
            else []
        )
        found[f"within{each}"] = float(np.mean(inside)) if len(judged) else np.nan
    width = (
        (judged["high80"] - judged["low80"]) / np.maximum(judged["forecast"].to_numpy(float), 1) if len(judged) else []
    )
    found["width80"] = float(np.mean(width)) if len(judged) else np.nan
    return found
