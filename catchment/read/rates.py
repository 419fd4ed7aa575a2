"""The county's and the schools' rates: a part and a whole each."""

from pathlib import Path

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.compliance_headings import RATES as HEADINGS
from catchment.read.headings import or_county
from catchment.read.sheets import duplicates, read_sheet, typed
from catchment.tables import RATE_ROWS


def read_rates(path: Path) -> Reading:
    """Parts and wholes by rate, school (`*`, or nothing, = the county) and stage; raises InputError telling every fault.

    A rate that is one number (yuan per pupil, pupils funded) stands as the part, without a whole.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(
        school_id=rows["school_id"].map(or_county, na_action="ignore").where(rows["school_id"].notna(), "*"),
        stage=rows["stage"].where(rows["stage"].notna(), "all"),
        whole=rows["whole"].where(rows["whole"].notna(), 1.0),
    )
    none = rows["whole"] == 0
    if none.any():
        what, remedy = "a rate of nothing: the whole is 0", "leave the row out, or correct the whole"
        problems.add(what, remedy, where=sheet.at("whole"), rows=rows.index[none])
    twice = duplicates(rows, list(RATE_ROWS.key))
    if twice.any():
        what, remedy = "a rate stands twice", "keep one row per rate, school and stage"
        problems.add(what, remedy, where=sheet.at("rate", "school_id", "stage"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(RATE_ROWS, rows.reset_index(drop=True))
    return sheet.reading(table, "rates", float(len(table)))
