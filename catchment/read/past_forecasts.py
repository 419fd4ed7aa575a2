"""Forecasts that others made in the past, to be measured beside ours."""

from pathlib import Path

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import PAST_FORECASTS as HEADINGS
from catchment.read.headings import or_county
from catchment.read.sheets import duplicates, read_sheet, typed
from catchment.tables import PAST_FORECASTS


def read_past_forecasts(path: Path) -> Reading:
    """Pupils forecast by method, autumn in which it was made, school (`*` = the whole county), grade and year.

    A grade may be absent: all grades. Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(school_id=rows["school_id"].map(or_county, na_action="ignore"))
    dated = rows.dropna(subset=["made", "year"])
    late = dated.index[dated["year"].astype("int64") <= dated["made"].astype("int64")]
    if len(late):
        what = "years forecast are not after the one in which the forecast was made"
        problems.add(what, "correct one of the two", where=sheet.at("made", "year"), rows=late)
    twice = duplicates(rows.assign(grade=rows["grade"].map(str)), list(PAST_FORECASTS.key))
    if twice.any():
        what, remedy = "a forecast stands twice", "keep one row per method, base year, school, grade and year"
        problems.add(what, remedy, where=sheet.at("method", "school_id", "year"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(PAST_FORECASTS, rows.reset_index(drop=True))
    return sheet.reading(table, "pupils", float(table["pupils"].sum()))
