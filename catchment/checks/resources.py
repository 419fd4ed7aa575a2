"""Resources: the seven indicators of every school, how many it keeps, and how far schools differ."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from catchment import resources as model
from catchment.checks import bound_by, check, findings, judge, unknown
from catchment.resources import INDICATORS, Indicator, resource_of
from catchment.rules import Rule
from catchment.tables import STAGES

NOTHING = "no resources of schools are told"
SMALL_POINT = "a small teaching point is not counted"
PART_UNKNOWN = "not every indicator is known"
ROUNDS = "over the limit by less than rounding: it would be printed as kept"
ROUNDING = 0.005


@check
def resources(
    tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int, *, smallest_teaching_point: int = 50
) -> pd.DataFrame:
    """Each indicator of each school; and of each school how many indicators it keeps, and its weakest one.

    A school keeps the rule when at least `indicators_kept` of them reach their threshold and none is below
    `weakest_share` of it. What is not told is unknown, never kept.
    """
    if tables["resources"].empty:
        return unknown(rules, NOTHING, year=year)
    rows = counted_schools(tables, smallest_teaching_point)
    single = findings(
        judge(_measured(rows, indicator, own), own, subject="school", year=year)
        for level, indicator in INDICATORS.items()
        if (own := [rule for rule in rules if rule.level == level])
    )
    return findings([single, *_together(single, rules, year)])


def counted_schools(tables: Mapping[str, pd.DataFrame], smallest_teaching_point: int) -> pd.DataFrame:
    """Schools with what they have; those that are not counted bear the reason."""
    rows = tables["school_resources"]
    small = (rows["kind"] == "teaching_point") & (rows["pupils"] < smallest_teaching_point)
    reason = rows["left_out"].fillna("").where(lambda text: text != "", np.where(small, SMALL_POINT, ""))
    return rows.assign(subject_id=rows["school_id"], excluded=reason)


def _measured(rows: pd.DataFrame, indicator: Indicator, rules: Sequence[Rule]) -> pd.DataFrame:
    """Rows with the value of an indicator; a relief clause may count a further column for the schools it binds."""
    have = resource_of(rows, indicator)
    for rule in rules:
        if rule.counts:
            some = bound_by(rule, rows)
            have.loc[some.index] = resource_of(some, indicator, rule.counts)
    pupils = rows["pupils"].where(rows["pupils"] > 0)
    note = np.where(pupils.isna(), "no pupils", np.where(have.isna(), "not told", ""))
    return rows.assign(value=have / pupils * indicator.per, scale=rows["pupils"] / indicator.per, note=note)


def _together(single: pd.DataFrame, rules: Sequence[Rule], year: int) -> list[pd.DataFrame]:
    """How many indicators each school keeps, and the least share of a threshold that it reaches."""
    rows = single.assign(
        share=single["value"] / single["limit"], kept=single["verdict"] == "kept", told=single["verdict"] != "unknown",
        excluded=single["note"].where(single["verdict"] == "excluded", ""),
    )  # fmt: skip
    sums = rows.groupby(["subject_id", "school_id", "stage"], as_index=False).agg(
        kept=("kept", "sum"), told=("told", "sum"), all=("told", "size"), share=("share", "min"), excluded=("excluded", "first")
    )  # fmt: skip
    parts = []
    for rule in (r for r in rules if r.level in ("indicators_kept", "weakest_share")):
        value = sums["kept" if rule.level == "indicators_kept" else "share"].astype(float)
        # The rest unknown: as good as can be when none of it is kept, or as bad when all of it is.
        best = value + (sums["all"] - sums["told"] if rule.level == "indicators_kept" else 0)
        open_yet = (sums["told"] < sums["all"]) & (best >= rule.value)
        seen = sums.assign(value=value.where(~open_yet), note=np.where(open_yet, PART_UNKNOWN, ""))
        parts.append(judge(seen, [rule], subject="school", year=year))
    return parts


@check
def difference_coefficient(
    tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int, *, smallest_teaching_point: int = 50
) -> pd.DataFrame:
    """How far the schools of a stage differ in each indicator, pupils weighing; compared unrounded."""
    if tables["resources"].empty:
        return unknown(rules, NOTHING, year=year)
    schools = counted_schools(tables, smallest_teaching_point)
    schools = schools[(schools["excluded"] == "") & (schools["pupils"] > 0)]
    parts = []
    for level, indicator in INDICATORS.items():
        have = resource_of(schools, indicator)
        rows = [_difference(schools, have, stage) for stage in STAGES]
        seen = pd.DataFrame([{"subject_id": "*", "stage": s, **r} for s, r in zip(STAGES, rows, strict=True)])
        judged = judge(seen, rules, subject="county", year=year).assign(level=level)
        close = (judged["verdict"] == "broken") & (judged["value"] < judged["limit"] + ROUNDING)
        parts.append(judged.assign(note=judged["note"].where(~close, ROUNDS)))
    return findings(parts)


def _difference(schools: pd.DataFrame, have: "pd.Series[float]", stage: str) -> dict[str, object]:
    own = schools["stage"] == stage
    if not own.any() or have[own].isna().any():
        return {"value": np.nan, "note": "not told" if own.any() else "no such schools"}
    return {
        "value": model.difference_coefficient(have[own].to_numpy(float), schools.loc[own, "pupils"].to_numpy(float)),
        "note": "",
    }
