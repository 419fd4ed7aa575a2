"""Class size in tiers: standard 45 / 50, oversized from 56, super-oversized from 66."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catchment.checks import check, findings, judge
from catchment.resources import latest_classes
from catchment.rules import Rule


@check
def class_size(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Every class of the latest return against the standard; its level is the highest tier that it is over.

    subject_id is school/stage/entry year/class number, so that a class keeps its name as it moves up.
    """
    classes = latest_classes(tables)
    if classes.empty:
        return findings([])
    scope = tables["school_resources"].drop(columns=["classes", "pupils", "largest_class"])
    rows = classes.merge(scope, on=["school_id", "stage"])
    name = rows["school_id"] + "/" + rows["stage"] + "/" + rows["entry_year"].astype(str) + "/" + rows["class_no"]
    rows = rows.assign(subject_id=name, value=rows["pupils"].astype(float))
    standard = judge(rows, [r for r in rules if r.level == "standard"], subject="class", year=year)
    tier = np.where(standard["verdict"] == "broken", "over_standard", "standard").astype(object)
    # Tiers are one scale: a class that is over several limits is told once, at the highest.
    for rule in sorted((r for r in rules if r.level != "standard"), key=lambda rule: rule.value):
        tier[(standard["value"] > rule.value).to_numpy()] = rule.level
    return standard.assign(level=tier)
