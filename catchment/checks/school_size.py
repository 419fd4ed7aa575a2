"""School size: no more than 2,000 pupils; through-train schools 2,500 over both compulsory stages."""

from collections.abc import Mapping

import pandas as pd

from catchment.checks import bound_by, check, findings, judge
from catchment.rules import Rule

THROUGH_TRAIN = ("nine_year", "twelve_year")


@check
def school_size(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Every school today (latest return) and in each forecast year.

    A through-train school is one subject over its stages, told under the primary stage; other
    schools are told by stage, so a complete secondary counts its junior pupils only.
    """
    pupils = _pupils(tables, year)
    if pupils.empty:
        return findings([])
    schools = tables["schools"][["school_id", "stage", "campus_id", "kind", "setting"]]
    rows = pupils.merge(schools, on=["school_id", "stage"])
    joined = rows["kind"].isin(THROUGH_TRAIN)
    subject = rows["campus_id"].where(joined, rows["school_id"])
    stage = rows["stage"].where(~joined, rows.groupby(subject)["stage"].transform("max"))
    first = {column: (column, "first") for column in ("school_id", "kind", "setting")}
    named = rows.assign(subject_id=subject, stage=stage).sort_values("school_id")
    sums = named.groupby(["subject_id", "stage", "year"], as_index=False).agg(value=("pupils", "sum"), **first)
    return findings(
        judge(
            bound_by(rule, part).assign(value=lambda r: r["value"].astype(float)), rule, subject="school", year=int(y)
        )
        for y, part in sums.groupby("year")
        for rule in rules
    )


def _pupils(tables: Mapping[str, pd.DataFrame], year: int) -> pd.DataFrame:
    """Pupils by school, stage and year: forecast where there is one (its first year is the return itself)."""
    forecast = tables["forecast"]
    if len(forecast):
        first = forecast[forecast["scenario"] == forecast["scenario"].iloc[0]]
        return first.groupby(["school_id", "stage", "year"], as_index=False)["pupils"].sum()
    classes = tables["classes"]
    return classes.groupby(["school_id", "stage"], as_index=False)["pupils"].sum().assign(year=year)
