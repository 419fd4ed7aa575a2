"""School lists: one row per school and stage, from a workbook, a text file or a layer of points."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from catchment.doors import conform
from catchment.errors import InputError, Problems, problem
from catchment.geo import transformer
from catchment.read import Reading
from catchment.read.headings import LAT, LON, Headings
from catchment.read.headings import SCHOOLS as HEADINGS
from catchment.read.layers import read_layer
from catchment.read.places import EPSG, Extent, check_piles, check_places, place
from catchment.read.sheets import Sheet, choose, duplicates, read_sheet, typed
from catchment.read.workbooks import Raw
from catchment.tables import CLASS_SIZE, SCHOOLS

LAYERS = (".gpkg", ".geojson", ".json", ".parquet", ".shp", ".fgb")

KINDS_OF = {
    "primary": {"full_primary", "teaching_point", "nine_year", "twelve_year"},
    "junior": {"junior", "nine_year", "complete_secondary", "twelve_year"},
}


def read_schools(
    path: Path, *, datum: str, crs: CRS, extent_deg: Extent | None, class_size: Mapping[str, int] = CLASS_SIZE
) -> Reading:
    """Schools at their stages, in metres of the study's system.

    Coordinates are degrees of the declared `datum` (a layer brings its own system). Where seats are absent
    they are rooms × `class_size` of the stage. `extent_deg` (west, south, east, north) bounds the study.
    Raises InputError telling every fault.
    """
    if path.suffix.lower() in LAYERS:
        return _read_points(path, datum, crs, extent_deg, class_size)
    _refuse_datum(path, datum)
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = _checked(sheet, typed(sheet, HEADINGS, problems), class_size, problems)
    check_places(rows, datum, extent_deg, sheet.at("lon", "lat"), problems)
    check_piles(rows, sheet.at("lon", "lat"), problems)
    problems.raise_any()
    x, y = place(rows["lon"].to_numpy(dtype="float64"), rows["lat"].to_numpy(dtype="float64"), datum, crs)
    return _reading(sheet, rows.assign(x_m=x, y_m=y))


def _refuse_datum(path: Path, datum: str) -> None:
    if datum not in EPSG:
        what, remedy = "a list gives degrees, but its datum is {datum}", "set the datum to one of: {datums}"
        raise InputError(problem(what, remedy, where=path, datum=datum, datums=", ".join(EPSG)))


def _read_points(path: Path, datum: str, crs: CRS, extent: Extent | None, class_size: Mapping[str, int]) -> Reading:
    layer = read_layer(path, datum, crs)
    _refuse_no_points(path, layer.geometry)
    x, y = layer.geometry.x.to_numpy(), layer.geometry.y.to_numpy()
    lon, lat = transformer(crs, CRS.from_epsg(4326)).transform(x, y)
    named = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    kept = named[[c for c in named if str(c).casefold() not in {*LON.spellings, *LAT.spellings, "lon", "lat"}]]
    rows = [list(map(str, kept.columns)), *kept.astype(object).where(kept.notna(), None).to_numpy().tolist()]
    problems = Problems()
    sheet = choose([Raw(path, "", rows, first_row=0)], FIELDS, problems)
    found = typed(sheet, FIELDS, problems)
    at = found.index - 1
    found = found.assign(x_m=x[at], y_m=y[at], lon=lon[at], lat=lat[at])
    found = _checked(sheet, found, class_size, problems)
    check_places(found, "wgs84", extent, str(path), problems)
    check_piles(found.round({"lon": 9, "lat": 9}), str(path), problems)
    problems.raise_any()
    return _reading(sheet, found)


FIELDS = Headings(tuple(column for column in HEADINGS.columns if column.name not in ("lon", "lat")))
"""Columns of a layer: the points are its geometry."""


def _refuse_no_points(path: Path, geometry: gpd.GeoSeries) -> None:
    no_point = geometry.index[geometry.geom_type != "Point"] + 1
    if len(no_point):
        what, remedy = "schools are not single points", "give one point for each school"
        raise InputError(problem(what, remedy, where=path, rows=no_point))


def _checked(sheet: Sheet, rows: pd.DataFrame, class_size: Mapping[str, int], problems: Problems) -> pd.DataFrame:
    """Rows with campus, area and seats filled in; keys, kinds and seats checked."""
    twice = duplicates(rows, list(SCHOOLS.key))
    if twice.any():
        what, remedy = "a school code stands twice at the same stage", "give each school its own code, once per stage"
        problems.add(what, remedy, where=sheet.at("school_id", "stage"), rows=rows.index[twice])
    both = rows.dropna(subset=["stage", "kind"])
    wrong = both.index[[k not in KINDS_OF[s] for s, k in zip(both["stage"], both["kind"], strict=True)]]
    if len(wrong):
        what, remedy = "the kind of school has no such stage", "correct the stage or the kind"
        problems.add(what, remedy, where=sheet.at("stage", "kind"), rows=wrong)
    unknown = rows.index[rows["seats"].isna() & rows["rooms"].isna()]
    if len(unknown):
        what, remedy = "neither seats nor classrooms are given", "fill in one of them"
        problems.add(what, remedy, where=sheet.at("seats", "rooms"), rows=unknown)
    by_rooms = rows["rooms"] * rows["stage"].map(class_size)
    return rows.assign(
        campus_id=rows["campus_id"].where(rows["campus_id"].notna(), rows["school_id"]),
        area_id=rows["area_id"].where(rows["area_id"].notna(), ""),
        seats=rows["seats"].where(rows["seats"].notna(), by_rooms),
    )


def _reading(sheet: Sheet, rows: pd.DataFrame) -> Reading:
    table = conform(SCHOOLS, rows.reset_index(drop=True))
    return sheet.reading(table, "seats", float(table["seats"].sum()))
