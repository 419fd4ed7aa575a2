"""Applications for seats, without names, and the places that schools give to their zones."""

from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.allocation_headings import APPLICANTS as HEADINGS
from catchment.read.allocation_headings import CHOICES
from catchment.read.allocation_headings import PLACES as PLACE_HEADINGS
from catchment.read.sheets import Sheet, duplicates, read_sheet, typed
from catchment.tables.allocation import APPLICANTS, PARTED, PLACES


def read_applicants(path: Path) -> Reading:
    """Applications by number: zone, stage, tier, and what else orders them; up to six wishes in columns of their own.

    Raises InputError telling every fault. Columns about persons are never read: the number stands for the child.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    twice = duplicates(rows, ["application_no"])
    if twice.any():
        what, remedy = "an application stands twice", "keep one row per application number"
        problems.add(what, remedy, where=sheet.at("application_no"), rows=rows.index[twice])
    _check_choices(sheet, rows, problems)
    problems.raise_any()
    choices = [PARTED.join(str(c) for c in wished if c is not None) or None for wished in _wishes(rows)]
    table = conform(APPLICANTS, rows.assign(choices=choices).reset_index(drop=True))
    return sheet.reading(table, "applications", float(len(table)))


def read_places(path: Path) -> Reading:
    """Places by zone, school and stage; a row without a zone is the school's own. Raises InputError telling every fault."""
    problems = Problems()
    sheet = read_sheet(path, PLACE_HEADINGS, problems)
    rows = typed(sheet, PLACE_HEADINGS, problems)
    rows = rows.assign(zone_id=rows["zone_id"].where(rows["zone_id"].notna(), rows["school_id"]))
    twice = duplicates(rows, list(PLACES.key))
    if twice.any():
        what, remedy = "a zone and school stand twice", "keep one row per zone, school and stage"
        problems.add(what, remedy, where=sheet.at("zone_id", "school_id", "stage"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(PLACES, rows.reset_index(drop=True))
    return sheet.reading(table, "places", float(table["places"].sum()))


def _wishes(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(rows[list(CHOICES)].itertuples(index=False, name=None))


def _check_choices(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    gaps, twice = [], []
    for row, wished in zip(rows.index, _wishes(rows), strict=True):
        told = [choice for choice in wished if choice is not None]
        if told != list(wished[: len(told)]):
            gaps.append(row)
        if len(set(told)) < len(told):
            twice.append(row)
    where = sheet.at(*(name for name in CHOICES if name in sheet.columns))
    if gaps:
        problems.add("a wish is told and an earlier one is not", "move the wishes up", where=where, rows=gaps)
    if twice:
        problems.add("a school is wished for twice", "name each school once", where=where, rows=twice)
