"""School size: no more than 2,000 pupils; through-train schools 2,500 over both compulsory stages."""

from collections.abc import Mapping

import pandas as pd

from catchment.checks import check, findings, judge
from catchment.resources import pupils_of
from catchment.rules import Rule

THROUGH_TRAIN = ("nine_year", "twelve_year")


@check
def school_size(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Every school today (latest return) and in each forecast year.

    A through-train school is one subject over its stages, told under the primary stage; other
    schools are told by stage, so a complete secondary counts its junior pupils only.
    """
    pupils = pupils_of(tables, year)
    if pupils.empty:
        return findings([])
    scope = tables["school_resources"].drop(columns="pupils")
    rows = pupils.merge(scope, on=["school_id", "stage"])
    joined = rows["kind"].isin(THROUGH_TRAIN)
    subject = rows["campus_id"].where(joined, rows["school_id"])
    stage = rows["stage"].where(~joined, rows.groupby(subject)["stage"].transform("max"))
    first = {column: (column, "first") for column in ("school_id", "kind", "setting", "built_year", "migrant_share")}
    named = rows.assign(subject_id=subject, stage=stage).sort_values("school_id")
    sums = named.groupby(["subject_id", "stage", "year"], as_index=False).agg(value=("pupils", "sum"), **first)
    return findings(judge(part, rules, subject="school", year=int(str(y))) for y, part in sums.groupby("year"))
