"""Gates of schools: a list of places, one or more for a school."""

from pathlib import Path

from pyproj import CRS

from catchment.errors import InputError, Problems, problem
from catchment.read import Reading
from catchment.read.headings import GATES as HEADINGS
from catchment.read.places import EPSG, Extent, check_places, place
from catchment.read.sheets import read_sheet, typed
from catchment.tables import GATES


def read_gates(path: Path, *, datum: str, crs: CRS, extent_deg: Extent | None = None) -> Reading:
    """Gates in metres of the study's system, numbered for each school in the order of the list.

    Raises InputError telling every fault.
    """
    if datum not in EPSG:
        what, remedy = "a list gives degrees, but its datum is {datum}", "set the datum to one of: {datums}"
        raise InputError(problem(what, remedy, where=path, datum=datum, datums=", ".join(EPSG)))
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    check_places(rows, datum, extent_deg, sheet.at("lon", "lat"), problems)
    problems.raise_any()
    x, y = place(rows["lon"].to_numpy(dtype="float64"), rows["lat"].to_numpy(dtype="float64"), datum, crs)
    numbered = rows.assign(x_m=x, y_m=y, gate=rows.groupby("school_id").cumcount() + 1)
    return sheet.reading(numbered[GATES.names].reset_index(drop=True), "gates", float(len(rows)))
