"""What would cure what breaks a rule, school by school, and what it costs: the list of a remedial plan (达标规划)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catchment.doors import conform
from catchment.resources import class_ids, latest_classes
from catchment.splitting import needs_of_grade
from catchment.tables import REMEDIES

CURES = {
    ("resources", "teachers_above"): "appoint or train teachers with the higher degree",
    ("resources", "backbone_teachers"): "appoint or train backbone teachers",
    ("resources", "arts_teachers"): "appoint teachers of sport, music and art",
    ("resources", "teaching_area"): "build or convert teaching rooms",
    ("resources", "sports_area"): "lay out sports ground",
    ("resources", "equipment"): "buy teaching equipment",
    ("resources", "network_rooms"): "equip classrooms with multimedia",
    ("special_rooms", "music"): "set up music rooms",
    ("special_rooms", "art"): "set up art rooms",
    ("land_per_pupil", "limit"): "add land, or lower the number of pupils",
    ("school_size", "limit"): "send new pupils elsewhere, or divide the school",
    ("small_school_funds", "limit"): "fund the school for the floor number of pupils",
    ("rates", "training_funds"): "raise the training budget",
    ("zoned_enrolment", "school"): "enrol pupils of the zone first",
}
"""Rule and level → what cures it (message ids); classes over the standard are cured grade by grade."""
OPEN_CLASSES, MIX_CLASSES = "open more classes in the grade", "mix the classes of the grade anew"


def remedies(
    findings: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    yuan_each: Mapping[str, float],
    *,
    rule_set: str,
    year: int,
) -> pd.DataFrame:
    """Table `remedies`: one row for each thing that a school lacks under a rule set in the year.

    yuan_each: level (or rule) → yuan for one unit that is short; what it does not name has no cost. Forecast years are
    left out: they are warnings, not faults.
    """
    own = findings[(findings["rule_set"] == rule_set) & (findings["year"] == year) & (findings["school_id"] != "")]
    broken = own[own["verdict"] == "broken"]
    cures = [CURES.get(pair) for pair in zip(broken["rule"], broken["level"], strict=True)]
    single = broken.assign(cure=cures, amount=broken["short_by"], unit=broken["short_unit"]).dropna(subset=["cure"])
    rows = pd.concat([single[COLUMNS], _more_classes(own, tables)[COLUMNS]], ignore_index=True)
    each = pd.to_numeric(rows["level"].map(yuan_each).fillna(rows["rule"].map(yuan_each)))
    cost = pd.array(np.ceil(rows["amount"] * each), dtype="Float64").astype("Int64")
    rows = rows.assign(yuan_each=each, cost_yuan=cost)
    return conform(REMEDIES, rows.sort_values(["school_id", "stage", "rule", "level"], ignore_index=True))


COLUMNS = ["school_id", "stage", "rule", "level", "cure", "amount", "unit"]


def _more_classes(own: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Classes short by school and grade, in grades that have a class over the standard; 0 = mixing them is enough."""
    sized = own[own["subject"] == "class"]
    classes = latest_classes(tables)
    rows = classes.assign(subject_id=class_ids(classes)).merge(
        sized[["subject_id", "limit", "verdict"]], on="subject_id"
    )
    found = []
    for (school, stage, grade), of in rows.groupby(["school_id", "stage", "grade"]):
        if (of["verdict"] == "broken").any():
            short = needs_of_grade(of["pupils"].tolist(), int(of["limit"].min()))["classes_short"]
            cure = OPEN_CLASSES if short else MIX_CLASSES
            found.append((school, stage, "class_size", f"grade {grade}", cure, float(short), "classes"))
    return pd.DataFrame(found, columns=COLUMNS)
