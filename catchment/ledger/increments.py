"""Zero increment (零增量): no more classes above the standard than in the return before (docs/method/ledger.md)."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pandas as pd

from catchment.doors import conform
from catchment.ledger.lifecycle import ClassRow, Limits
from catchment.tables.columns import GRADES
from catchment.tables.ledger import CLASS_TIERS, LEDGER_INCREMENTS

Row = tuple[str, str, str, str, str, str, int, int]
"""rule, tier, subject, subject_id, school_id, stage, value, limit."""


def increments(before: Sequence[ClassRow] | None, after: Sequence[ClassRow], limits: Limits) -> pd.DataFrame:
    """Table `ledger_increments` of a return against the one before it (None = the first return).

    Both are measured by the same limits, those of the later return. Exceptions are counted like all others. Of schools only
    tiers with a class in either return are told, of the county all.
    """
    rows = list(_entering(before or (), after, limits))
    if before is not None:
        rows += _zero(_classes_by_tier(before, limits), _classes_by_tier(after, limits))
    names = ["rule", "tier", "subject", "subject_id", "school_id", "stage", "value", "limit"]
    table = pd.DataFrame(rows, columns=names)
    over = table["value"].astype("int64") - table["limit"].astype("int64")
    told = table.assign(
        snapshot=after[0].snapshot, before=before[0].snapshot if before else None, passed=over <= 0,
        short_by=over.clip(lower=0),
    )  # fmt: skip
    return conform(LEDGER_INCREMENTS, told)


def _classes_by_tier(rows: Sequence[ClassRow], limits: Limits) -> Counter[tuple[str, str, str]]:
    """Classes of a tier or worse, by school (`*` = the county), stage and tier."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        for tier in CLASS_TIERS[1 : CLASS_TIERS.index(limits.tier(row.stage, row.pupils)) + 1]:
            found.update([(row.school_id, row.stage, tier), ("*", row.stage, tier)])
    return found


def _zero(then: Counter[tuple[str, str, str]], now: Counter[tuple[str, str, str]]) -> Iterator[Row]:
    county = {("*", stage, tier) for stage in GRADES for tier in CLASS_TIERS[1:]}
    for school, stage, tier in sorted(then.keys() | now.keys() | county):
        key, subject = (school, stage, tier), "county" if school == "*" else "school"
        own = "" if school == "*" else school
        yield "zero_increment", tier, subject, school, own, stage, now[key], then[key]


def _entering(before: Sequence[ClassRow], after: Sequence[ClassRow], limits: Limits) -> Iterator[Row]:
    """Classes of an entering grade that are new in the later return."""
    known = {row.entry_id for row in before}
    for row in sorted(after):
        if row.grade == GRADES[row.stage][0] and row.entry_id not in known:
            limit = limits.standard[row.stage]
            yield "entering_grade", CLASS_TIERS[1], "class", row.entry_id, row.school_id, row.stage, row.pupils, limit
