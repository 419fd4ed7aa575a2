"""Pupils expected in every grade of every school: cohorts moved up with given rates (docs/method/forecast.md)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catchment.apportion import round_within
from catchment.tables import FORECAST


def pupils_by_grade(classes: pd.DataFrame) -> pd.DataFrame:
    """Pupils of the latest snapshot: columns school_id, stage, grade, pupils."""
    latest = classes[classes["snapshot"] == classes["snapshot"].max()]
    return latest.groupby(["school_id", "stage", "grade"], as_index=False)["pupils"].sum()


def forecast_pupils(
    classes: pd.DataFrame,
    schools: pd.DataFrame,
    entering: pd.DataFrame,
    *,
    base_year: int,
    horizon_years: int,
    progression: Mapping[int, float],
    scenario: str,
) -> pd.DataFrame:
    """Table `forecast` for base_year … base_year + horizon_years.

    Grade g of next year is grade g−1 of this year times progression[g] (1 where not given). Entering
    pupils of a school follow the children of its area that enter then (entering: index area_id, columns
    years), starting from its own entry of the base year. Grade 7 takes the county's
    leavers of grade 6 and shares them out as grade 7 is shared today. Whole numbers: areas and county
    add up.
    """
    if classes.empty:
        return FORECAST.empty()
    start = pupils_by_grade(classes).merge(
        schools[["school_id", "stage", "area_id"]], on=["school_id", "stage"], how="left"
    )
    wide = start.pivot_table(
        index=["school_id", "stage", "area_id"], columns="grade", values="pupils", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=range(1, 10), fill_value=0).astype(np.int64).sort_index()
    years = {base_year: wide}
    for year in range(base_year + 1, base_year + horizon_years + 1):
        years[year] = _next_year(years[year - 1], years[base_year], entering, progression, year, base_year)
    long = pd.concat(
        [table.stack().rename("pupils").reset_index().assign(year=year) for year, table in years.items()],
        ignore_index=True,
    )
    own = np.where(long["stage"] == "primary", long["grade"] <= 6, long["grade"] >= 7)
    return long[own].assign(scenario=scenario)[FORECAST.names]


def _next_year(
    now: pd.DataFrame,
    first: pd.DataFrame,
    entering: pd.DataFrame,
    progression: Mapping[int, float],
    year: int,
    base_year: int,
) -> pd.DataFrame:
    """One year on: every cohort a grade up, a new one at the bottom."""
    table = pd.DataFrame(0, index=now.index, columns=now.columns)
    for grade in range(2, 10):
        if grade != 7:
            table[grade] = _moved_up(now[grade - 1], progression.get(grade, 1.0))
    table[1] = _entry(first[1], entering, year, base_year)
    leavers = round(int(now[6].sum()) * progression.get(7, 1.0))
    weights = first[7].to_numpy(dtype=float)
    if weights.sum() > 0:
        table[7] = round_within(weights, np.zeros(len(weights), dtype=np.int64), np.array([leavers]))
    return table


def _moved_up(pupils: pd.Series, rate: float) -> pd.Series:
    """A grade times its rate, the county's total kept."""
    exact = pupils.to_numpy(dtype=float)
    if exact.sum() == 0:
        return pupils
    total = np.array([round(float(exact.sum()) * rate)])
    return pd.Series(round_within(exact, np.zeros(len(exact), dtype=np.int64), total), index=pupils.index)


def _entry(base: pd.Series, entering: pd.DataFrame, year: int, base_year: int) -> pd.Series:
    """Entry of each school: its base entry times its area's children of that year over those of the base year."""
    area = base.index.get_level_values("area_id")
    before = entering[base_year].reindex(area).to_numpy(dtype=float)
    after = entering[year].reindex(area).to_numpy(dtype=float)
    ratio = np.divide(after, before, out=np.ones(len(area)), where=before > 0)
    areas, number = np.unique(area.to_numpy(dtype=str), return_inverse=True)
    exact = base.to_numpy() * ratio
    by_area = np.bincount(number, weights=exact, minlength=len(areas)).astype(np.float64)
    totals = round_within(by_area, np.zeros(len(areas), dtype=np.int64), np.array([round(float(by_area.sum()))]))
    return pd.Series(round_within(exact, number, totals), index=base.index)
