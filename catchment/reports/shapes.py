"""Zones as polygons, who borders on whom, and geometry as plain arrays for drawing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.doors import join
from catchment.reports.style import colours, shown

NEAR_M = 150.0
"""Zones closer than this look like neighbours on a map, even where they do not touch."""

MOVETO, LINETO, CLOSEPOLY = 1, 2, 79


def zone_outlines(tables: Mapping[str, pd.DataFrame]) -> gpd.GeoDataFrame:
    """One row per zone (stage, school_id): polygon, children, seats, load and distances, and its colour.

    Columns: stage, school_id, name, children, seats, load_share (children per seat, absent without seats),
    mean_m (weighted with children) and max_m (absent when nobody is in reach), units, colour.
    """
    units = tables["units"]
    rows = join(tables["zones"], units[["unit_id", "geometry"]], "unit_id", where="zones")
    if not len(rows):
        bare = dict.fromkeys(("seats", "units", "colour"), 0) | dict.fromkeys(("load_share", "mean_m", "max_m"), np.nan)
        return gpd.GeoDataFrame(rows.assign(name="", **bare), geometry="geometry", crs=units.crs)
    outlines = _outlines(rows, tables)
    measured = outlines.join(_measures(rows)).reset_index()
    schools = tables["schools"][["school_id", "stage", "name", "seats"]]
    zones = join(measured, schools, ["school_id", "stage"], where="zones")
    zones = _as_published(zones, rows, tables)
    zones["load_share"] = (zones["children"] / zones["seats"]).where(zones["seats"] > 0)
    zones["name"] = zones["name"].map(shown)
    zones["colour"] = 0
    for _, group in zones.groupby("stage", sort=True):
        zones.loc[group.index, "colour"] = colours(neighbours(np.asarray(group.geometry)), len(group))
    return gpd.GeoDataFrame(zones, geometry="geometry", crs=units.crs)


def _outlines(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> gpd.GeoDataFrame:
    """Ground by stage and school: as the words of the zones mean it, else of the zones' units. rows: zones with their units' geometry."""
    key, crs = ["stage", "school_id"], tables["units"].crs
    drawn = tables.get("zone_grounds")
    if drawn is not None and len(drawn):
        return gpd.GeoDataFrame(drawn[[*key, "geometry"]], crs=crs).set_index(key).sort_index()
    pieces = gpd.GeoDataFrame(rows[[*key, "geometry"]], geometry="geometry", crs=crs)
    return pieces.dissolve(by=key, method="coverage")


def places_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Schools and projects that become schools: stage, school_id, name, x_m, y_m, seats."""
    columns = ["stage", "school_id", "name", "x_m", "y_m", "seats"]
    projects = tables["candidates"].drop(columns="school_id").rename(columns={"candidate_id": "school_id"})
    return pd.concat([tables["schools"][columns], projects[columns]], ignore_index=True)


def changed_ground(tables: Mapping[str, pd.DataFrame]) -> gpd.GeoDataFrame:
    """Ground that gets another school in an autumn of the plan: stage, year, before_id and school_id with their names, children, entrants."""
    rows = tables["plan_zones"]
    rows = rows[rows["school_id"] != rows["before_id"]].merge(tables["units"][["unit_id", "geometry"]], on="unit_id")
    key = ["stage", "year", "before_id", "school_id"]
    ground = gpd.GeoDataFrame(rows, geometry="geometry", crs=tables["units"].crs)
    ground = (
        ground[[*key, "children", "entrants", "geometry"]]
        .dissolve(by=key, method="coverage", aggfunc="sum")
        .reset_index()
    )
    names = places_of(tables).drop_duplicates("school_id").set_index("school_id")["name"]
    return ground.assign(before=ground["before_id"].map(names), school=ground["school_id"].map(names))


def _as_published(zones: pd.DataFrame, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Zones of tables for the public: where a unit's children are withheld, those of the zone are as table zone_schools says.

    What would be measured over the others is absent: it would be false.
    """
    key = ["stage", "school_id"]
    withheld = rows.assign(withheld=rows["children"].isna()).groupby(key)["withheld"].any()
    withheld = withheld.reindex(pd.MultiIndex.from_frame(zones[key])).to_numpy(bool)
    if not withheld.any():
        return zones
    told = tables["zone_schools"].set_index(key)["children"].reindex(pd.MultiIndex.from_frame(zones[key]))
    children = zones["children"].astype("Int64").mask(withheld, told.astype("Int64").to_numpy())
    absent = {name: zones[name].astype("float64").mask(withheld) for name in ("units", "mean_m", "max_m")}
    return zones.assign(children=children, **absent)


def _measures(rows: pd.DataFrame) -> pd.DataFrame:
    distance = rows["distance_mm"].astype("float64") / 1000
    reached = rows["children"].where(distance.notna(), 0)
    part = rows.assign(total_m=(distance * reached).fillna(0), reached=reached, distance_m=distance)
    sums = part.groupby(["stage", "school_id"], sort=True).agg(
        children=("children", "sum"),
        units=("unit_id", "size"),
        max_m=("distance_m", "max"),
        total_m=("total_m", "sum"),
        reached=("reached", "sum"),
    )
    sums["mean_m"] = (sums["total_m"] / sums["reached"]).where(sums["reached"] > 0)
    return sums.drop(columns=["total_m", "reached"])


def neighbours(polygons: NDArray[Any]) -> list[tuple[int, int]]:
    """Pairs of positions whose polygons lie within NEAR_M of each other, each pair once."""
    first, second = shapely.STRtree(polygons).query(polygons, predicate="dwithin", distance=NEAR_M)
    return [(int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b]


@dataclass(frozen=True)
class Trace:
    """Geometry as arrays: vertices (n, 2) in metres and the pen's code for each."""

    vertices: NDArray[np.float64]
    codes: NDArray[np.uint8]


def trace_lines(lines: NDArray[Any]) -> Trace:
    """Lines (single or multi) as one pen movement each."""
    parts = shapely.get_parts(lines)
    vertices, owner = shapely.get_coordinates(parts, return_index=True)
    codes = np.full(len(owner), LINETO, dtype=np.uint8)
    codes[np.flatnonzero(np.diff(owner, prepend=-1))] = MOVETO
    return Trace(vertices, codes)


def trace_polygons(polygons: NDArray[Any]) -> Trace:
    """Polygons (single or multi) as closed rings; holes run the other way round, so they stay empty."""
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(polygons)))
    vertices, owner = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    codes = np.full(len(owner), LINETO, dtype=np.uint8)
    codes[starts] = MOVETO
    codes[starts[1:] - 1] = CLOSEPOLY
    codes[-1:] = CLOSEPOLY
    return Trace(vertices, codes)


def clipped(
    geometries: NDArray[Any], box: tuple[float, float, float, float], dimension: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The simple parts of the geometries inside a box that have this dimension (1 lines, 2 areas), and whose they are."""
    found, owner = shapely.get_parts(shapely.clip_by_rect(geometries, *box), return_index=True)
    parts, place = shapely.get_parts(found, return_index=True)
    kept = (shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)
    return parts[kept], owner[place[kept]]
