"""Children counted before they enter school: kindergarten top classes, vaccination registers."""

from pathlib import Path

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import ENTRANTS as HEADINGS
from catchment.read.headings import or_county
from catchment.read.sheets import duplicates, read_sheet, typed
from catchment.tables import ENTRANTS


def read_entrants(path: Path) -> Reading:
    """Children by area (`*` = the whole county) and the autumn in which they enter.

    Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(area_id=rows["area_id"].map(or_county, na_action="ignore"))
    twice = duplicates(rows, list(ENTRANTS.key))
    if twice.any():
        what, remedy = "an area and year stand twice", "keep one row per area and year"
        problems.add(what, remedy, where=sheet.at("area_id", "year"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(ENTRANTS, rows.reset_index(drop=True))
    return sheet.reading(table, "children", float(table["children"].sum()))
