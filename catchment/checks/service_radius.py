"""Service radius: how far a zone's children walk, on the network."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catchment.checks import check, findings, judge
from catchment.rules import Rule

WITHIN_PERCENT = 90
"""Children of a school who should live within its service radius, unless study.toml says otherwise."""


@check
def service_radius(
    tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int, *, percentile: float = WITHIN_PERCENT
) -> pd.DataFrame:
    """Per school, the distance within which `percentile` per cent of its zone's children live.

    Measured over the units of its zone, children-weighted; children out of reach count as beyond.
    """
    zones = tables["zones"]
    lived = zones[zones["children"] > 0]
    if lived.empty:
        return findings([])
    values = (
        lived.groupby(["school_id", "stage"])
        .apply(_percentile, percentile, include_groups=False)
        .dropna()
        .rename("value")
        .reset_index()
    )
    rows = values.merge(tables["schools"][["school_id", "stage", "kind", "setting"]], on=["school_id", "stage"]).assign(
        subject_id=lambda r: r["school_id"]
    )
    return judge(rows, rules, subject="school", year=year)


def _percentile(zone: pd.DataFrame, percentile: float) -> float:
    """Smallest distance in metres that holds the share of children; absent if that many are out of reach."""
    order = zone.sort_values("distance_mm", na_position="last")
    cumulative = order["children"].cumsum().to_numpy()
    at = int(np.searchsorted(cumulative, cumulative[-1] * percentile / 100))
    found = order["distance_mm"].iloc[min(at, len(order) - 1)]
    return float("nan") if pd.isna(found) else float(found) / 1000
