"""Planning units: sets of cells with a polygon, which together cover the county without gap or overlap."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from catchment.errors import InputError, problem
from catchment.settings import UnitSettings

CLOSEST_SPACING_M = 100.0
ALONG_M = 20.0


def outline_of(cells: pd.DataFrame, crs: object) -> gpd.GeoDataFrame:
    """An area that holds all cells, where no areas are given: its border runs about one spacing outside them."""
    points = cells[["x_m", "y_m"]].to_numpy()
    distance, _ = cKDTree(points).query(points, k=2)
    spacing = max(float(np.median(distance[:, 1])), CLOSEST_SPACING_M) if len(points) > 1 else CLOSEST_SPACING_M
    shape = shapely.union_all(shapely.buffer(shapely.points(points), 2 * spacing, quad_segs=2)).buffer(
        -spacing, quad_segs=2
    )
    shape = shape.simplify(spacing / 4)
    return gpd.GeoDataFrame(
        {"area_id": ["all"], "name": [""], "residents": pd.array([pd.NA], dtype="Int64")}, geometry=[shape], crs=crs
    )


def area_of(points: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """The area of each point (x_m, y_m), the lowest id on a shared border; absent outside all of them."""
    order = areas.sort_values("area_id").reset_index(drop=True)
    spots = shapely.points(points["x_m"].to_numpy(), points["y_m"].to_numpy())
    spot, area = shapely.STRtree(order.geometry.values).query(spots, predicate="intersects")
    first = pd.DataFrame({"spot": spot, "area": area}).groupby("spot")["area"].min()
    return pd.Series(range(len(points)), index=points.index).map(first).map(order["area_id"])


def group_cells(
    cells: pd.DataFrame, joined: NDArray[np.bool_], how: UnitSettings, enclosure: NDArray[np.int64] | None = None
) -> pd.Series:
    """The unit of each cell: cells of one area in one square or one enclosure, or of one area.

    enclosure: of each cell, where streets are followed. Cells that join no road are kept apart from those that do, so that
    nobody is hidden in a mean.
    """
    apart = pd.Series(np.where(joined, "", "-apart"), index=cells.index)
    if how.kind == "areas":
        return cells["area_id"] + apart
    square = _squares(cells, how.side_m) if how.side_m else pd.Series("", index=cells.index)
    if enclosure is None:
        return cells["area_id"] + square + apart if how.side_m else cells["cell_id"]
    # Named by its first cell: a number would change with every street that is added.
    first = cells["cell_id"].groupby([cells["area_id"], enclosure, square, apart]).transform("min")
    return cells["area_id"] + "-" + first + apart


def _squares(cells: pd.DataFrame, side_m: float) -> pd.Series:
    column = np.floor(cells["x_m"] / side_m).astype(int).astype(str)
    row = np.floor(cells["y_m"] / side_m).astype(int).astype(str)
    return "-" + column + "-" + row


def cut_at_schools(unit: pd.Series, cells: pd.DataFrame, schools: pd.DataFrame) -> pd.Series:
    """Units in which several schools of a stage stand cut between them: each cell goes to the nearest of its unit's schools.

    unit: of each cell; cells, schools: x_m, y_m; schools also school_id, stage. A school stands in the cell nearest to it.
    """
    places, cut = cells[["x_m", "y_m"]].to_numpy(), unit.copy()
    for _, rows in schools.sort_values("school_id").groupby("stage", sort=True):
        own = unit.iloc[cKDTree(places).query(rows[["x_m", "y_m"]].to_numpy())[1]].to_numpy()
        for name, several in rows.groupby(own, sort=True):
            here = (unit == name).to_numpy()
            if len(several) > 1 and here.sum() > 1:
                nearest = cKDTree(several[["x_m", "y_m"]].to_numpy()).query(places[here])[1]
                cut[here] += "-" + several["school_id"].to_numpy()[nearest]
    return cut


def draw_cells(cells: pd.DataFrame, areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """A polygon per cell: all ground nearer to it than to another cell, inside the areas.

    Raises InputError if two cells have the same place, or the polygons do not fit together.
    """
    points = shapely.points(cells["x_m"].to_numpy(), cells["y_m"].to_numpy())
    if cells.duplicated(["x_m", "y_m"]).any():
        twice = cells.loc[cells.duplicated(["x_m", "y_m"], keep=False), "cell_id"]
        raise InputError(problem("cells stand at the same place", "give every cell its own place", rows=twice))
    county = shapely.union_all(areas.geometry.values)
    ground = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=county, ordered=True))
    ground = shapely.set_precision(ground, 0.001, mode="pointwise")
    shapely.prepare(county)
    inside = shapely.contains_properly(county, ground)
    ground[~inside] = _clip(ground[~inside], county, points[~inside])
    ground = shapely.set_precision(ground, 0.001, mode="pointwise")
    return ground if shapely.coverage_is_valid(ground) else np.asarray(shapely.coverage_clean(ground), dtype=object)


def _clip(ground: NDArray[np.object_], county: shapely.Geometry, points: NDArray[np.object_]) -> NDArray[np.object_]:
    """The part inside the county; pieces cut off from the cell's own centre stay with it."""
    clipped = shapely.intersection(ground, county)
    polygons = [shapely.MultiPolygon([p for p in shapely.get_parts(g) if p.geom_type == "Polygon"]) for g in clipped]
    simple = [p.geoms[0] if len(p.geoms) == 1 else p for p in polygons]
    return np.array(
        [p if not p.is_empty else point.buffer(0.01) for p, point in zip(simple, points, strict=True)], dtype=object
    )


def build_units(cells: pd.DataFrame, ground: NDArray[np.object_], crs: object) -> gpd.GeoDataFrame:
    """Table `units`: the cells of each unit taken together."""
    unit, number = np.unique(cells["unit_id"].to_numpy(dtype=str), return_inverse=True)
    people = cells["people"].to_numpy(dtype=float)
    weight = np.bincount(number, weights=people)
    return gpd.GeoDataFrame(
        {
            "unit_id": unit,
            "area_id": cells.groupby("unit_id")["area_id"].first().loc[unit].to_numpy(),
            "x_m": np.bincount(number, weights=people * cells["x_m"]) / weight,
            "y_m": np.bincount(number, weights=people * cells["y_m"]) / weight,
            "cells": np.bincount(number),
            "people": weight,
        },
        geometry=union_by(ground, number, len(unit)),
        crs=crs,
    )


def union_by(ground: NDArray[np.object_], number: NDArray[np.int64], groups: int) -> NDArray[np.object_]:
    """The polygons of a coverage taken together by group number."""
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(groups + 1))
    return np.array(
        [shapely.coverage_union_all(ground[order[a:b]]) for a, b in itertools.pairwise(starts)],
        dtype=object,
    )


def adjacency(units: gpd.GeoDataFrame, lines: NDArray[np.object_] | None = None) -> pd.DataFrame:
    """Pairs of units (unit < unit_other by row) that share a stretch of border: border_mm long, along_mm of it along `lines`.

    lines: main roads and water; a stretch whose middle is within ALONG_M of one runs along it. A piece of the county apart from the rest (an island, an exclave) counts as neighbour of the unit
    nearest to it, so that nobody is left without a zone.
    """
    parts, unit_of = shapely.get_parts(units.geometry.values, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, point_of = shapely.get_coordinates(rings, return_index=True)
    same = point_of[1:] == point_of[:-1]
    mm = np.round(xy * 1000).astype(np.int64)
    start, end = mm[:-1][same], mm[1:][same]
    owner = unit_of[part_of[point_of[:-1][same]]]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(swap[:, None], end, start), np.where(swap[:, None], start, end)
    sides = pd.DataFrame({"a": low[:, 0], "b": low[:, 1], "c": high[:, 0], "d": high[:, 1], "unit": owner})
    sides["border_mm"] = np.round(np.hypot(*(high - low).T)).astype(np.int64)
    sides["along_mm"] = np.where(_along((low + high) / 2000, lines), sides["border_mm"], 0)
    pairs = sides.merge(sides[["a", "b", "c", "d", "unit"]], on=["a", "b", "c", "d"], suffixes=("", "_other"))
    pairs = pairs[pairs["unit"] < pairs["unit_other"]]
    touching = pairs.groupby(["unit", "unit_other"])[["border_mm", "along_mm"]].sum().reset_index()
    bridges = _bridges(touching[["unit", "unit_other"]].to_numpy(dtype=np.int64), units)
    linked = pd.DataFrame(bridges, columns=["unit", "unit_other"]).assign(border_mm=0, along_mm=0)
    every = pd.concat([touching, linked], ignore_index=True).astype(np.int64)
    return every.sort_values(["unit", "unit_other"]).reset_index(drop=True)


def _along(spots: NDArray[np.float64], lines: NDArray[np.object_] | None) -> NDArray[np.bool_]:
    near = np.zeros(len(spots), dtype=bool)
    if lines is not None and len(lines):
        near[shapely.STRtree(lines).query(shapely.points(spots), predicate="dwithin", distance=ALONG_M)[0]] = True
    return near


def _bridges(pairs: NDArray[np.int64], units: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """The shortest links, centre to centre, that tie every separate piece to the rest."""
    places = units[["x_m", "y_m"]].to_numpy()
    bridges: list[tuple[int, int]] = []
    while True:
        every = np.vstack([pairs, np.array(bridges, dtype=np.int64).reshape(-1, 2)])
        links = sparse.coo_matrix((np.ones(len(every)), (every[:, 0], every[:, 1])), shape=(len(units), len(units)))
        count, piece = sparse.csgraph.connected_components(links, directed=False)
        if count == 1:
            return np.array(bridges, dtype=np.int64).reshape(-1, 2)
        small = np.flatnonzero(piece == np.argmin(np.bincount(piece)))
        rest = np.flatnonzero(piece != piece[small[0]])
        distance, nearest = cKDTree(places[rest]).query(places[small])
        best = int(np.argmin(distance))
        bridges.append((min(small[best], rest[nearest[best]]), max(small[best], rest[nearest[best]])))
