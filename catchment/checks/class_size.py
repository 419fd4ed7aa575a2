"""Class size in tiers: standard 45 / 50, oversized from 56, super-oversized from 66."""

from collections.abc import Mapping

import pandas as pd

from catchment.checks import bound_by, check, findings, judge
from catchment.rules import Rule


@check
def class_size(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Every class of the latest return against its tier's limit; all tiers above the standard only where broken.

    subject_id is school-stage-entry year-class number, so that a class keeps its name as it moves up.
    """
    classes = tables["classes"]
    if classes.empty:
        return findings([])
    latest = classes[classes["snapshot"] == classes["snapshot"].max()].merge(
        tables["schools"][["school_id", "stage", "kind", "setting"]], on=["school_id", "stage"]
    )
    name = (
        latest["school_id"] + "/" + latest["stage"] + "/" + latest["entry_year"].astype(str) + "/" + latest["class_no"]
    )
    rows = latest.assign(subject_id=name, value=latest["pupils"].astype(float))
    judged = [judge(bound_by(rule, rows), rule, subject="class", year=year) for rule in rules]
    every = findings(judged)
    # A class that is over several limits is told once, at the highest: tiers are one scale.
    standard = every[every["level"] == "standard"]
    worse = (
        every[(every["level"] != "standard") & ~every["passed"]]
        .sort_values("limit")
        .drop_duplicates("subject_id", keep="last")
    )
    tier = worse.set_index("subject_id")["level"]
    over = standard["subject_id"].map(tier)
    return standard.assign(
        level=over.where(over.notna(), standard["passed"].map({True: "standard", False: "over_standard"}))
    )
