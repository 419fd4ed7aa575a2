"""Where points of a list lie: degrees with a declared datum, checked before they are believed."""

import numpy as np
import pandas as pd
from pyproj import CRS

from catchment.errors import Problems
from catchment.geo import Floats, bd09_to_wgs84, gcj02_to_wgs84, to_study

Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

UNDO = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
EPSG = {"wgs84": 4326, "cgcs2000": 4490, "gcj02": 4326, "bd09": 4326}
MOST_CAMPUSES_AT_A_POINT = 3


def degrees(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """Longitude and latitude without the offset of a Chinese map service."""
    return UNDO[datum](lon, lat) if datum in UNDO else (lon, lat)


def place(lon: Floats, lat: Floats, datum: str, crs: CRS) -> tuple[Floats, Floats]:
    """Metres in the study's system; raises InputError if any is not finite there."""
    return to_study(*degrees(lon, lat, datum), CRS.from_epsg(EPSG[datum]), crs)


def check_places(points: pd.DataFrame, datum: str, extent: Extent | None, where: str, problems: Problems) -> None:
    """Tell points at (0, 0), with longitude and latitude swapped, or outside the study.

    `points` has the columns lon and lat in degrees, indexed by row; absent ones are left alone.
    """
    known = points[["lon", "lat"]].dropna().astype("float64")
    zero = known.index[(known["lon"] == 0) & (known["lat"] == 0)]
    if len(zero):
        what, remedy = "points lie at (0, 0)", "find the place, or leave the row out: 0 is no coordinate"
        problems.add(what, remedy, where=where, rows=zero)
    known = known.drop(zero)
    lon, lat = known["lon"].to_numpy(), known["lat"].to_numpy()
    outside = ~_inside(lon, lat, datum, extent)
    swapped = outside & _inside(lat, lon, datum, extent)
    if swapped.any():
        what, remedy = "longitude and latitude are swapped", "exchange the two columns, or their headings"
        problems.add(what, remedy, where=where, rows=known.index[swapped])
    if (outside & ~swapped).any():
        what, remedy = "points lie outside the study", "correct them, or study.extent_deg and the datum in study.toml"
        problems.add(what, remedy, where=where, rows=known.index[outside & ~swapped])


def _inside(lon: Floats, lat: Floats, datum: str, extent: Extent | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    west, south, east, north = extent or (-180.0, -90.0, 180.0, 90.0)
    x, y = degrees(lon, lat, datum)
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def check_piles(points: pd.DataFrame, where: str, problems: Problems) -> None:
    """Tell points that more than three campuses share: the place of a town, not of a school."""
    known = points[["campus_id", "lon", "lat"]].dropna()
    campuses = known.groupby(["lon", "lat"], sort=True)["campus_id"].nunique()
    for at in campuses.index[campuses > MOST_CAMPUSES_AT_A_POINT]:
        rows = known.index[(known["lon"] == at[0]) & (known["lat"] == at[1])]
        problems.add(
            "{campuses} campuses stand at the same point {lon}, {lat}",
            "find the place of each: a geocoder gave them the middle of a town",
            where=where, rows=rows, campuses=int(campuses[at]), lon=at[0], lat=at[1],
        )  # fmt: skip
