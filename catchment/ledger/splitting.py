"""Classes and rooms that the grades of a return lack (STANDARDS 2.2 d, e)."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import pandas as pd

from catchment.doors import conform
from catchment.ledger.lifecycle import ClassRow, Limits
from catchment.splitting import needs_of_grade
from catchment.tables.ledger import SPLITS

SUMMED = ("pupils", "classes", "over_standard", "excess_pupils", "needed", "classes_short")
LARGEST = ("largest", "largest_if_even")


def splits(classes: Sequence[ClassRow], limits: Limits, rooms: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    """Table `splits` of a return: every grade of every school, then all grades of each stage together.

    rooms_short = max(0, classes + classes_short − rooms).

    rooms: classrooms by school and stage, where they are known.
    """
    rows: list[dict[str, object]] = []
    for (school, stage), own in groupby(sorted(classes), key=lambda row: (row.school_id, row.stage)):
        by_grade = groupby(sorted(own, key=lambda row: row.grade), key=lambda row: row.grade)
        grades = {grade: needs_of_grade([row.pupils for row in of], limits.standard[stage]) for grade, of in by_grade}
        rows += [{"school_id": school, "stage": stage, "grade": grade, **found} for grade, found in grades.items()]
        whole = {name: sum(found[name] for found in grades.values()) for name in SUMMED}
        whole |= {name: max(found[name] for found in grades.values()) for name in LARGEST}
        known = rooms.get((school, stage))
        short = None if known is None else max(0, whole["classes"] + whole["classes_short"] - known)
        rows.append({"school_id": school, "stage": stage, **whole, "rooms": known, "rooms_short": short})
    table = pd.DataFrame(rows).reindex(columns=[name for name in SPLITS.names if name != "snapshot"])
    return conform(SPLITS, table.assign(snapshot=classes[0].snapshot))
