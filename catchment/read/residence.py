"""Pupils by the zone that they live in and the school that they attend."""

from pathlib import Path

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.allocation_headings import OUTSIDE_WORDS
from catchment.read.allocation_headings import RESIDENCE as HEADINGS
from catchment.read.headings import plain
from catchment.read.sheets import duplicates, read_sheet, typed
from catchment.tables.allocation import OUTSIDE, RESIDENCE


def read_residence(path: Path) -> Reading:
    """Pupils by home (code of the zone's school, or of an area; a word for outside the county), school and stage.

    Raises InputError telling every fault. Columns about persons are never read.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(home_id=rows["home_id"].map(_or_outside, na_action="ignore"))
    twice = duplicates(rows, list(RESIDENCE.key))
    if twice.any():
        what, remedy = "a home and school stand twice", "keep one row per home, school and stage"
        problems.add(what, remedy, where=sheet.at("home_id", "school_id", "stage"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(RESIDENCE, rows.reset_index(drop=True))
    return sheet.reading(table, "pupils", float(table["pupils"].sum()))


def _or_outside(home: str) -> str:
    return OUTSIDE if plain(home) in OUTSIDE_WORDS else home
