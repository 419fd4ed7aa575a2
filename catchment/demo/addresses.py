"""House numbers along the named streets of the towns: all invented, nobody lives there."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.demo.terrain import Floats, degrees

STEP_M = 40.0
BESIDE_M = 12.0
COUNTRY = ("tertiary_link", "trunk", "primary", "motorway")


def make_addresses(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """street, number, lon, lat: odd numbers on the left of a street, even ones on its right, one every 40 m."""
    town = roads[
        roads["name"].str.endswith("（演示）") & ~roads["name"].str.contains("公路") & ~roads["highway"].isin(COUNTRY)
    ]
    rows = [_numbered(str(name), lines.geometry.to_numpy()) for name, lines in town.groupby("name", sort=True)]
    every = pd.concat(rows, ignore_index=True)
    lon, lat = np.round(degrees(every[["x", "y"]].to_numpy()), 7).T
    return every[["street", "number"]].assign(place="", lon=lon, lat=lat)


def _numbered(street: str, lines: np.ndarray[tuple[int], np.dtype[np.object_]]) -> pd.DataFrame:
    """The stretches of a street one after the other from west to east."""
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(lines))))
    turned = [part if part.coords[0] <= part.coords[-1] else shapely.reverse(part) for part in parts]
    places = [_doors(part) for part in sorted(turned, key=lambda part: part.coords[0])]
    left, right = (np.vstack([pair[side] for pair in places]) for side in (0, 1))
    count = np.arange(len(left))
    sides = [
        pd.DataFrame({"number": 2 * count + 1 + side, "x": xy[:, 0], "y": xy[:, 1]})
        for side, xy in enumerate((left, right))
    ]
    return pd.concat(sides).sort_values("number").assign(street=street)


def _doors(line: shapely.LineString) -> tuple[Floats, Floats]:
    """Places left and right of a stretch."""
    at = np.arange(STEP_M / 2, line.length, STEP_M)
    middle, ahead = (shapely.get_coordinates(shapely.line_interpolate_point(line, each)) for each in (at, at + 1))
    along = ahead - middle
    length = np.hypot(*along.T).clip(0.01)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]]) / length * BESIDE_M
    return middle + across, middle - across
