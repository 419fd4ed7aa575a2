"""Schools that close, merge, change their code or their zone: from where to where, and how many of the children."""

from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import EVENTS as HEADINGS
from catchment.read.sheets import Sheet, duplicates, read_sheet, typed
from catchment.tables import EVENTS

ROUNDING = 1e-9
"""Shares are decimal fractions: thirds of a school need not make 1 to the last digit."""


def read_events(path: Path) -> Reading:
    """Events of schools; where no share is told, all children go.

    Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(share=rows["share"].where(rows["share"].notna(), 1.0))
    _check(sheet, rows, problems)
    problems.raise_any()
    table = conform(EVENTS, rows.reset_index(drop=True))
    return sheet.reading(table, "events", float(len(table)))


def _check(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    itself = rows.index[rows["school_id"].notna() & (rows["school_id"] == rows["to_school_id"])]
    if len(itself):
        what, remedy = "children go from a school to itself", "name the school that they go to"
        problems.add(what, remedy, where=sheet.at("school_id", "to_school_id"), rows=itself)
    twice = duplicates(rows, list(EVENTS.key))
    if twice.any():
        what, remedy = "an event stands twice", "keep one row per school, school that they go to, year and kind"
        problems.add(what, remedy, where=sheet.at("school_id", "to_school_id"), rows=rows.index[twice])
    once = rows[~twice].dropna(subset=["school_id", "year", "kind"])
    shares = once.assign(share=once["share"].astype("float64"))
    in_all = shares.groupby(["school_id", "year", "kind"])["share"].transform("sum")
    over = shares.index[in_all > 1 + ROUNDING]
    if len(over):
        what = "more than all children of a school go elsewhere in one year"
        remedy = "correct the shares: together they make 1 at most; an empty one counts as 1"
        problems.add(what, remedy, where=sheet.at("share"), rows=over)
