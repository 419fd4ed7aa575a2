"""Geometry and columns as the offline map holds them: whole hundred-thousandths of a degree, each from the one before."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from catchment.geo import transformer

DEGREE = 100_000
"""Steps of a degree: about a metre, finer than anything that is drawn."""
WGS84 = CRS.from_epsg(4326)


def steps(xy: NDArray[np.float64], crs: CRS) -> NDArray[np.int64]:
    """Coordinates (n, 2) in metres as longitude and latitude in WGS-84, in steps."""
    longitude, latitude = transformer(crs, WGS84).transform(xy[:, 0], xy[:, 1])
    return np.rint(np.column_stack([longitude, latitude]) * DEGREE).astype(np.int64)


def points(rows: pd.DataFrame, crs: CRS) -> list[list[float]]:
    """Longitude and latitude of rows with x_m and y_m."""
    return (steps(rows[["x_m", "y_m"]].to_numpy(float), crs) / DEGREE).tolist()


def shapes(geometry: NDArray[Any], crs: CRS) -> dict[str, list[int]]:
    """Lines or polygons as runs of steps: `xy` goes from vertex to vertex through all features.

    `points` counts the vertices of each line or ring (a ring is closed by its reader), `rings` the rings of each
    part, `parts` the parts of each feature. Lines are parts of one ring. Simplified as a coverage before, shared
    borders stay shared: the same vertex gives the same step.
    """
    parts, row = shapely.get_parts(geometry, return_index=True)
    flat = bool(len(parts)) and shapely.get_dimensions(parts[0]) == 2
    rings, part = shapely.get_rings(parts, return_index=True) if flat else (parts, np.arange(len(parts)))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if flat:
        open_ended = np.diff(ring, append=-1) == 0
        xy, ring = xy[open_ended], ring[open_ended]
    moves = np.diff(steps(xy, crs), axis=0, prepend=np.zeros((1, 2), np.int64))
    return {
        "xy": moves.ravel().tolist(),
        "points": np.bincount(ring, minlength=len(rings)).tolist(),
        "rings": np.bincount(part, minlength=len(parts)).tolist(),
        "parts": np.bincount(row, minlength=len(geometry)).tolist(),
    }


def plain(values: "pd.Series[Any]") -> list[Any]:
    """A column as JSON holds it: absent = null."""
    return [None if absent else value for value, absent in zip(values.tolist(), values.isna(), strict=True)]


def whole(values: "pd.Series[Any]", divisor: int = 1) -> list[int | None]:
    """Numbers to the nearest whole one; absent = null."""
    numbers = values.astype("float64") / divisor
    return [None if absent else round(value) for value, absent in zip(numbers, numbers.isna(), strict=True)]


def places(values: "pd.Series[Any]", keys: list[str]) -> list[int | None]:
    """The positions of values among keys; absent or not among them = null."""
    position = {key: n for n, key in enumerate(keys)}
    return [position.get(value) for value in values]
