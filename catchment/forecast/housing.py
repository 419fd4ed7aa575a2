"""Pupils out of new dwellings, and children who were counted before they enter."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from catchment.forecast.cohorts import Array
from catchment.forecast.history import History
from catchment.tables import GRADES


def pupils_of_housing(
    history: History,
    housing: pd.DataFrame,
    yields: Mapping[str, Mapping[str, float]],
    phase_in: Sequence[float],
    years: int,
) -> Array:
    """Pupils that new dwellings add: series × grades × years.

    In the k-th autumn from the one in which they are finished a share phase_in[k] of the dwellings is lived in (the
    last share stays); each then has yields[type][stage] pupils. They are spread evenly over the grades of the stage and
    over the area's schools by their pupils of today. Dwellings lived in by the last year are in the pupils already.
    """
    added = np.zeros((*history.pupils.shape[:2], years))
    keys, now = history.keys, np.nansum(history.pupils[:, :, -1], axis=1)
    for row in housing.sort_values(["area_id", "year", "type"]).to_dict("records"):
        for stage, per_dwelling in yields[row["type"]].items():
            own = np.flatnonzero((keys["area_id"] == row["area_id"]) & (keys["stage"] == stage) & (now > 0))
            if not len(own):
                continue
            lived = [_lived_in(history.last_year + 1 + year - row["year"], phase_in) for year in range(years)]
            start = _lived_in(history.last_year - row["year"], phase_in)
            pupils = row["dwellings"] * per_dwelling * (np.array(lived) - start)
            grades = np.isin(history.grades, GRADES.get(stage, history.grades)) & history.offered[own]
            share = now[own] / now[own].sum()
            each = grades / np.maximum(grades.sum(1, keepdims=True), 1)
            added[own] += share[:, None, None] * each[:, :, None] * pupils[None, None, :]
    return added


def _lived_in(autumns: int, phase_in: Sequence[float]) -> float:
    return 0.0 if autumns < 0 else phase_in[min(autumns, len(phase_in) - 1)]


def counted_entrants(history: History, entrants: pd.DataFrame) -> dict[int, Array]:
    """Children counted ahead as a pool: births of the last year's entrants × counted then / counted for the last year.

    Only for areas (`*` = all others) where children were counted for the last year too: a count by itself says
    nothing of who will come.
    """
    if history.pool is None or entrants.empty:
        return {}
    wide = entrants.pivot_table(index="area_id", columns="year", values="children", aggfunc="sum")
    if history.last_year not in wide:
        return {}
    area = [name if name in wide.index else "*" for name in history.keys["area_id"]]
    counted = wide[history.last_year].reindex(area).to_numpy(dtype=float)
    base = history.pool.of(history.last_year) / np.where(counted > 0, counted, np.nan)
    return {
        int(year): wide[year].reindex(area).to_numpy(dtype=float) * base for year in wide if year > history.last_year
    }
