"""What a bureau without a model would say: the plain ways that the forecast has to beat."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from catchment.forecast.cohorts import Array, project
from catchment.forecast.entry import entry_points
from catchment.forecast.history import History, transitions

WINDOW_YEARS = 3


def last_value(history: History, years: int) -> Array:
    """Every grade stays as it is."""
    return np.repeat(history.pupils[:, :, -1:], years, axis=2)


def mean_ratio(history: History, years: int) -> Array:
    """The textbook's way: each school's own mean progression ratio of three years, and its mean entrants per birth."""
    recent = history.pupils[:, :, -(WINDOW_YEARS + 1) :]
    above, below = transitions(recent)
    seen = below > 0
    each = np.where(seen, above / np.where(seen, below, 1.0), 0.0)
    ratios = np.ones(recent.shape[:2])
    ratios[:, 1:] = np.where(seen.any(2), each.sum(2) / np.maximum(seen.sum(2), 1), 1.0)
    points = entry_points(history.offered)
    births = [_births(history, history.last_year - back) for back in range(WINDOW_YEARS - 1, -1, -1)]
    usual = recent[:, :, -WINDOW_YEARS:]
    born = np.ones((usual.shape[0], usual.shape[2]))
    if history.pool is not None:
        born = np.stack(births[-usual.shape[2] :], axis=1)
    rate = np.nansum(usual, axis=2) / np.maximum((~np.isnan(usual)).sum(2), 1)
    told = ~np.isnan(usual[:, 0]) & (born > 0)
    each_year = np.where(told, usual[:, 0], 0.0) / np.where(told, born, 1.0)
    rate[:, 0] = each_year.sum(1) / np.maximum(told.sum(1), 1)
    entering = np.repeat(np.where(points, rate, 0.0)[:, :, None], years, axis=2)
    for year in range(years):
        entering[:, 0, year] *= _births(history, history.last_year + 1 + year)
    ahead = project(np.nan_to_num(recent[:, :, -1]), entering, np.where(points, 0.0, ratios))
    ahead[~history.offered] = np.nan
    return ahead


def _births(history: History, autumn: int) -> Array:
    return history.pool.of(autumn) if history.pool is not None else np.ones(len(history.pupils))


RIVALS: dict[str, Callable[[History, int], Array]] = {"last_value": last_value, "mean_ratio": mean_ratio}


def told_forecasts(past: pd.DataFrame, errors: pd.DataFrame, history: History) -> pd.DataFrame:
    """Forecasts that others made (table `past_forecasts`) set against the same actual pupils as ours.

    errors: our own errors; only what we forecast too is compared. A school's total may be told by itself or by its grades.
    """
    schools = history.keys["school_id"].to_numpy(dtype=str)
    ours = errors.drop(columns=["forecast"]).assign(
        school_id=np.where(errors["level"] == "county", "*", schools[errors["series"].to_numpy(int)])
    )
    parts = []
    for method, rows in past.groupby("method", sort=True):
        grades = rows.dropna(subset=["grade"])
        totals = rows[rows["grade"].isna()]
        if totals.empty:
            totals = grades.groupby(["made", "school_id", "year"], as_index=False)["pupils"].sum()
        for told, level in ((grades, ("grade",)), (totals, ("school", "county"))):
            if told.empty:
                continue
            key = ["origin", "school_id", "year"] + (["grade"] if level == ("grade",) else [])
            named = told.rename(columns={"made": "origin", "pupils": "forecast"})[[*key, "forecast"]]
            if "grade" in key:
                named = named.astype({"grade": "int64"})
            joined = ours[ours["level"].isin(level)].merge(named, on=key)
            parts.append(joined.drop(columns="school_id").assign(method=method))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
