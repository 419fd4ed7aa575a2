"""What schools have per pupil: the seven indicators, through-train schools divided by weighted pupils (docs/method/rules.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.tables import STAGES

Tables = Mapping[str, pd.DataFrame]
Floats = NDArray[np.float64]
WEIGHTS = {
    "nine_year": {"primary": 1.0, "junior": 1.1},
    "twelve_year": {"primary": 1.0, "junior": 1.1, "senior": 1.32},
    "complete_secondary": {"junior": 1.0, "senior": 1.2},
}
"""Kind of school → weight of a pupil of each stage, by which its buildings and equipment are divided (STANDARDS 1.5)."""
PHYSICAL = (
    "teaching_m2", "indoor_sports_m2", "outdoor_sports_m2", "rented_sports_m2", "equipment_yuan", "network_rooms", "land_m2",
)  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """Columns added up (less others), per so many pupils."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    per: int = 1


INDICATORS = {
    "teachers_above": Indicator(("teachers_above",), per=100),
    "backbone_teachers": Indicator(("backbone_teachers",), per=100),
    "arts_teachers": Indicator(("arts_teachers",), per=100),
    # Indoor sports rooms stand within the teaching rooms of the statistics: taken out there, put in here.
    "teaching_area": Indicator(("teaching_m2",), ("indoor_sports_m2",)),
    "sports_area": Indicator(("outdoor_sports_m2", "indoor_sports_m2")),
    "equipment": Indicator(("equipment_yuan",)),
    "network_rooms": Indicator(("network_rooms",), per=100),
}


def pupils_of(tables: Tables, year: int) -> pd.DataFrame:
    """Pupils by school, stage and year: the forecast's (its first year is the return itself), else the class return's."""
    forecast = tables["forecast"]
    if len(forecast):
        first = forecast[forecast["scenario"] == forecast["scenario"].iloc[0]]
        return first.groupby(["school_id", "stage", "year"], as_index=False)["pupils"].sum()
    classes = latest_classes(tables)
    return classes.groupby(["school_id", "stage"], as_index=False)["pupils"].sum().assign(year=year)


def latest_classes(tables: Tables) -> pd.DataFrame:
    """The classes of the latest snapshot."""
    classes = tables["classes"]
    return classes[classes["snapshot"] == classes["snapshot"].max()]


def class_ids(classes: pd.DataFrame) -> "pd.Series[str]":
    """school/stage/entry year/class number: a class keeps its name as it moves up."""
    year = classes["entry_year"].astype("str")
    return classes["school_id"] + "/" + classes["stage"] + "/" + year + "/" + classes["class_no"]


def divided(total: Floats, pupils: Mapping[str, Floats], weights: Mapping[str, float]) -> dict[str, Floats]:
    """A total by stage: T · w_s p_s / Σ w p; nothing where there are no pupils at all."""
    weighted = {stage: weight * pupils[stage] for stage, weight in weights.items()}
    whole = np.sum(list(weighted.values()), axis=0)
    unit = np.divide(total, whole, out=np.zeros(len(total)), where=whole > 0)
    return {stage: unit * part for stage, part in weighted.items()}


def school_resources(tables: Tables, year: int) -> pd.DataFrame:
    """One row per listed school and stage: pupils of the year, what the rules' scopes ask for, and what the school has.

    `pupils` counts a school without pupils as 0; `pupils_told` is absent where nothing tells its pupils.
    Columns of `resources` are nan where nothing is told; totals of stage `whole` are divided where the stage's own
    row says nothing.
    """
    pupils = pupils_of(tables, year)
    pupils = pupils[pupils["year"] == year].drop(columns="year")
    key = ["school_id", "stage"]
    schools = tables["schools"][
        [*key, "campus_id", "name", "kind", "setting", "ownership", "boarding", "area_id", "seats"]
    ]
    rows = schools.merge(pupils, on=key, how="left")
    rows = rows.assign(pupils_told=rows["pupils"]).fillna({"pupils": 0})
    rows = rows.merge(_classes(tables), on=key, how="left").merge(_migrants(tables, year), on=key, how="left")
    told = tables["resources"]
    rows = rows.merge(told[told["stage"].isin(STAGES)], on=key, how="left")
    return _with_shares(rows, told[told["stage"] == "whole"])


def _classes(tables: Tables) -> pd.DataFrame:
    rows = latest_classes(tables).groupby(["school_id", "stage"], as_index=False)["pupils"]
    return rows.agg(["size", "max"]).rename(columns={"size": "classes", "max": "largest_class"})


def _migrants(tables: Tables, year: int) -> pd.DataFrame:
    """Share of migrants' children by school and stage, where enrolment tells residence."""
    rows = tables["enrolment"]
    rows = rows[(rows["year"] == year) & (rows["status"] != "all")]
    own = rows.assign(migrant=rows["pupils"].where(rows["status"] == "migrant", 0))
    sums = own.groupby(["school_id", "stage"], as_index=False)[["migrant", "pupils"]].sum()
    share = sums["migrant"] / sums["pupils"].where(sums["pupils"] > 0)
    return sums[["school_id", "stage"]].assign(migrant_share=share)


def _with_shares(rows: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Rows with their part of their school's totals; text and years of a total hold for every stage."""
    if whole.empty:
        return rows
    rows, totals = rows.astype(dict.fromkeys(PHYSICAL, float)), whole.set_index("school_id")
    campus = rows.pivot_table(index="school_id", columns="stage", values="pupils", aggfunc="sum", fill_value=0)
    for kind, weights in WEIGHTS.items():
        own = rows.index[(rows["kind"] == kind) & rows["school_id"].isin(totals.index)]
        ids = rows.loc[own, "school_id"]
        pupils = {stage: campus.get(stage, pd.Series(0, campus.index)).reindex(ids).to_numpy(float) for stage in STAGES}
        pupils["senior"] = totals["senior_pupils"].astype(float).reindex(ids).fillna(0).to_numpy()
        for column in PHYSICAL:
            parts = divided(totals[column].reindex(ids).to_numpy(float), pupils, weights)
            mine = np.select([rows.loc[own, "stage"] == stage for stage in parts], list(parts.values()), np.nan)
            rows.loc[own, column] = rows.loc[own, column].fillna(pd.Series(mine, own))
    for column in ("built_year", "left_out"):
        rows[column] = rows[column].where(rows[column].notna(), rows["school_id"].map(totals[column]))
    return rows


def resource_of(rows: pd.DataFrame, indicator: Indicator, more: str = "") -> "pd.Series[float]":
    """What the schools have of an indicator, before it is set against pupils; nan where a part is not told."""
    amount = rows[list(indicator.plus)].astype(float).sum(axis=1, skipna=False)
    for column in indicator.minus:
        amount = amount - rows[column].astype(float)
    return amount + rows[more].astype(float).fillna(0) if more else amount


def difference_coefficient(resource: Floats, pupils: Floats) -> float:
    """Difference between schools: S / X̄ with X̄ = Σr / Σp and S² = Σ p/P (r/p − X̄)², pupils weighing (STANDARDS 1.3).

    resource, pupils: (n,), pupils > 0. nan without schools, or where there is nothing at all.
    """
    total = pupils.sum()
    if len(pupils) == 0 or resource.sum() == 0:
        return float("nan")
    mean = resource.sum() / total
    return float(np.sqrt((pupils / total * (resource / pupils - mean) ** 2).sum()) / mean)
