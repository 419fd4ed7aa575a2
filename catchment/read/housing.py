"""Dwellings that are being finished, by area, year and type."""

from pathlib import Path

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import HOUSING as HEADINGS
from catchment.read.headings import plain
from catchment.read.sheets import duplicates, read_sheet, typed
from catchment.tables import HOUSING

TYPES = {"商品房": "commodity", "商品住房": "commodity", "安置房": "resettlement", "安置住房": "resettlement"}
"""Usual types under one name; others keep their own, which study.toml uses in forecast.housing.yields."""


def read_housing(path: Path) -> Reading:
    """Dwellings by area, year in which they are finished, and type.

    Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(type=rows["type"].map(lambda t: TYPES.get(plain(t), t), na_action="ignore"))
    twice = duplicates(rows, list(HOUSING.key))
    if twice.any():
        what, remedy = "an area, year and type stand twice", "add the dwellings up in one row"
        problems.add(what, remedy, where=sheet.at("area_id", "year", "type"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(HOUSING, rows.reset_index(drop=True))
    return sheet.reading(table, "dwellings", float(table["dwellings"].sum()))
