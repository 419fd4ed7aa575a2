"""Address points: house numbers of streets, hamlets and buildings. Nothing about who lives there is read."""

from pathlib import Path

import pandas as pd
from pyproj import CRS

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.places import EPSG, Extent, check_places, place
from catchment.read.sheets import Sheet, read_sheet, typed
from catchment.read.zone_headings import ADDRESSES as HEADINGS
from catchment.tables import ADDRESSES


def read_addresses(path: Path, *, datum: str, crs: CRS, extent_deg: Extent | None = None) -> Reading:
    """Address points in metres of the study's system, numbered in the order of the list.

    The house number is the first whole number of what is written (12, 12号, 12-1 and 12号之二 are number 12). datum `projected`:
    the list gives metres of the study's system (x_m, y_m), else degrees. Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    names = rows[["street", "place"]].fillna("").apply(lambda column: column.str.strip())
    number = pd.to_numeric(rows["number"].str.extract(r"(\d+)")[0]).astype("Int64")
    _check_names(sheet, names, number, problems)
    pair = ["x_m", "y_m"] if datum == "projected" else ["lon", "lat"]
    without = rows.index[rows[pair].isna().any(axis=1)]
    if len(without):
        what, remedy = "address points without {columns}", "give both, or set the datum of sources.addresses"
        problems.add(what, remedy, where=sheet.at(*pair), rows=without, columns=", ".join(pair))
    if datum in EPSG:
        check_places(rows, datum, extent_deg, sheet.at(*pair), problems)
    problems.raise_any()
    x, y = (rows[name].to_numpy(dtype="float64") for name in pair)
    if datum in EPSG:
        x, y = place(x, y, datum, crs)
    table = names.assign(address_id=range(1, len(rows) + 1), number=number, x_m=x, y_m=y)
    return sheet.reading(conform(ADDRESSES, table.reset_index(drop=True)), "addresses", float(len(rows)))


def _check_names(sheet: Sheet, names: pd.DataFrame, number: "pd.Series[int]", problems: Problems) -> None:
    nameless = (names == "").all(axis=1)
    if nameless.any():
        what, remedy = "address points without street and without hamlet or building", "name one, or leave the row out"
        problems.add(what, remedy, where=sheet.at("street", "place"), rows=names.index[nameless])
    bare = (names["street"] != "") & (names["place"] == "") & number.isna()
    if bare.any():
        what, remedy = "address points of a street without a house number", "give the number, or leave the row out"
        problems.add(what, remedy, where=sheet.at("number"), rows=names.index[bare])
