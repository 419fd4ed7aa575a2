"""What schools have: teachers, rooms, grounds, equipment."""

import re
from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.compliance_headings import RESOURCES as HEADINGS
from catchment.read.sheets import Sheet, duplicates, read_sheet, typed
from catchment.tables import RESOURCES

ROOMS = ("music_rooms_m2", "art_rooms_m2")
_AREAS = re.compile(r"\s*\d+(\.\d+)?(\s*[;；、,，]\s*\d+(\.\d+)?)*\s*")


def read_resources(path: Path) -> Reading:
    """What each school has at each stage; a row of stage `whole` holds totals of a school with several stages.

    Equipment may be told in yuan or in ten thousand yuan, not in both. An empty cell is not told, never 0.
    Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    _check(sheet, rows, problems)
    twice = duplicates(rows, list(RESOURCES.key))
    if twice.any():
        what, remedy = "a school and stage stand twice", "keep one row per school and stage"
        problems.add(what, remedy, where=sheet.at("school_id", "stage"), rows=rows.index[twice])
    problems.raise_any()
    tens = pd.to_numeric(rows["equipment_10k"]) * 10_000
    rows = rows.assign(equipment_yuan=pd.to_numeric(rows["equipment_yuan"]).fillna(tens))
    for column in ROOMS:
        rows[column] = [
            None if text is None else ";".join(re.split(r"\s*[;；、,，]\s*", text.strip())) for text in rows[column]
        ]
    table = conform(RESOURCES, rows.reset_index(drop=True))
    return sheet.reading(table, "schools", float(table["school_id"].nunique()))


def _check(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    both = rows["equipment_10k"].notna() & rows["equipment_yuan"].notna()
    if both.any():
        what, remedy = "equipment is told twice, in yuan and in 10,000 yuan", "keep one of the two columns"
        problems.add(what, remedy, where=sheet.where, rows=rows.index[both])
    for column in ROOMS:
        odd = rows[column].notna() & ~rows[column].fillna("").str.fullmatch(_AREAS)
        if odd.any():
            what, remedy = (
                "the areas of rooms are not numbers",
                "write the area of every room, parted by semicolons: 96;73.5",
            )
            problems.add(what, remedy, where=sheet.at(column), rows=rows.index[odd])
