"""Class size in tiers: standard 45 / 50, oversized from 56, super-oversized from 66."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catchment.checks import check, findings, judge
from catchment.resources import class_ids, latest_classes
from catchment.rules import Rule
from catchment.tables import FINDINGS

BOUNDS = "size bands tell bounds only, not how many pupils a class has"


@check
def class_size(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Every class of the latest return against the standard; its level is the highest tier that it is over.

    subject_id as in `class_ids`.
    """
    by_band = _by_band(tables, rules, year)
    classes = latest_classes(tables)
    if classes.empty:
        return by_band
    scope = tables["school_resources"].drop(columns=["classes", "pupils", "largest_class"])
    rows = classes.merge(scope, on=["school_id", "stage"])
    rows = rows.assign(subject_id=class_ids(rows), value=rows["pupils"].astype(float))
    standard = judge(rows, [r for r in rules if r.level == "standard"], subject="class", year=year)
    tier = np.where(standard["verdict"] == "broken", "over_standard", "standard").astype(object)
    # Tiers are one scale: a class that is over several limits is told once, at the highest.
    for rule in sorted((r for r in rules if r.level != "standard"), key=lambda rule: rule.value):
        tier[(standard["value"] > rule.value).to_numpy()] = rule.level
    return findings([standard.assign(level=tier), by_band])


def _by_band(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Schools of which only size bands are told: at least, and at most, so many classes are over the standard.

    A band that lies over the standard as a whole counts for both, one that reaches over it only for the most.
    """
    key = ["school_id", "stage"]
    told, listed = tables["class_bands"], pd.MultiIndex.from_frame(tables["classes"][key])
    told = told[~pd.MultiIndex.from_frame(told[key]).isin(listed)]
    if told.empty:
        return findings([])
    rows = told.merge(tables["school_resources"][[*key, "kind", "setting", "migrant_share"]], on=key)
    standard = [rule for rule in rules if rule.level == "standard"]
    limits = judge(rows.assign(subject_id=rows.index.astype(str), value=0.0), standard, subject="school", year=year)
    limit = limits.assign(row=limits["subject_id"].astype(int)).set_index("row")["limit"].reindex(rows.index)
    most = rows["size_to"].astype(float).fillna(np.inf)
    sums = rows.assign(
        least=rows["classes"].where(rows["size_from"] > limit, 0), most=rows["classes"].where(most > limit, 0), sized=limit
    ).groupby(key, as_index=False).agg(least=("least", "sum"), most=("most", "sum"), limit=("sized", "min"))  # fmt: skip
    verdict = np.select([sums["least"] > 0, sums["most"] > 0], ["broken", "unknown"], "kept")
    source = standard[0]
    return findings(
        sums.assign(
            rule=source.name, level=level, subject="school", subject_id=sums["school_id"], year=year, value=sums[column].astype(float),
            limit=0.0, bound="most", unit="classes", verdict=verdict, short_by=np.where(verdict == "broken", sums[column], 0.0),
            short_unit="classes", note=np.where(sums["most"] > sums["least"], BOUNDS, ""), source=source.source,
            written_in=source.rule_set, rule_set=source.rule_set,
        )[FINDINGS.names]
        for level, column in (("bands_at_least", "least"), ("bands_at_most", "most"))
    )  # fmt: skip
