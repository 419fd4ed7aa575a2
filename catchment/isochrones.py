"""Isochrones: the ground within so many metres of a school by road, as polygons in bands (docs/method/distance.md).

A stretch of street is within a distance from the end, or the gate, that it is reached from; the parts that are within are
cut out exactly, and the ground beside them up to `beside_m` is taken with them.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from catchment.engines.protocol import FAR, Router, at_nodes
from catchment.journeys import Spots, doors, spots
from catchment.network import Ints, Network
from catchment.travel import Travel

BESIDE_M = 60.0
"""How far from a street one lives and still counts as living on it."""

LARGEST_HOLE_M2 = 40_000.0
"""Blocks smaller than this, enclosed by streets within reach, are within reach."""

CORNERS = 4
"""Corners to a quarter circle."""


def isochrones(
    roads: Network,
    travel: Travel,
    router: Router,
    gates: pd.DataFrame,
    bands_m: tuple[int, ...],
    walls: NDArray[np.object_],
) -> gpd.GeoDataFrame:
    """Bands around schools (rows of `joins`): columns band_from_m, band_to_m, geometry; each band without the nearer ones.

    The travel must go by distance. Ground is not taken across walls (water).
    """
    to_gates = spots(travel, gates)
    cost, _ = router.nearest(doors(to_gates), at_nodes(np.arange(travel.arcs.nodes)), 1)
    near = np.where(cost[:, 0] < FAR, cost[:, 0].astype(np.int64), FAR)
    rows, inner = [], shapely.Polygon()
    for low, high in zip((0, *bands_m), bands_m, strict=False):
        parts = np.concatenate(
            [_within(roads, travel, near, high * 1000), _at_gates(roads, travel, to_gates, high * 1000)]
        )
        ground = _ground(parts, walls)
        rows.append({"band_from_m": low, "band_to_m": high, "geometry": shapely.difference(ground, inner)})
        inner = shapely.union(inner, ground)
    return gpd.GeoDataFrame(
        rows, columns=["band_from_m", "band_to_m", "geometry"], geometry="geometry", crs=roads.edges.crs
    )


def _within(roads: Network, travel: Travel, near: Ints, limit_mm: int) -> NDArray[np.object_]:
    """The parts of all edges that are within the limit, from whichever end and on whichever side is nearer."""
    lines, length = np.asarray(roads.edges.geometry.values), travel.length_mm
    start, end = near[travel.start].min(axis=1), near[travel.end].min(axis=1)
    ahead = np.where(travel.backward, np.clip(limit_mm - start, 0, length), 0)
    back = np.where(travel.forward, np.clip(limit_mm - end, 0, length), 0)
    whole = ahead + back >= length
    some = np.flatnonzero(~whole & (ahead + back > 0))
    cut = [
        substring(lines[e], a, b)
        for e in some
        for a, b in ((0, ahead[e] / 1000), ((length[e] - back[e]) / 1000, length[e] / 1000))
        if b > a
    ]
    return np.concatenate([lines[whole & (travel.forward | travel.backward)], np.array(cut, dtype=object)])


def _at_gates(roads: Network, travel: Travel, gates: Spots, limit_mm: int) -> NDArray[np.object_]:
    """The stretch of street on either side of each gate."""
    left = np.maximum(limit_mm - gates.leg_mm, 0)
    lines, length = np.asarray(roads.edges.geometry.values), travel.length_mm[gates.edge]
    low, high = np.maximum(gates.offset_mm - left, 0), np.minimum(gates.offset_mm + left, length)
    return np.array(
        [substring(lines[e], a / 1000, b / 1000) for e, a, b in zip(gates.edge, low, high, strict=True) if b > a],
        dtype=object,
    )


def _ground(parts: NDArray[np.object_], walls: NDArray[np.object_]) -> shapely.Geometry:
    """The ground beside stretches of street, small blocks between them filled in, and not beyond water."""
    ground = shapely.union_all(shapely.buffer(parts, BESIDE_M, quad_segs=CORNERS))
    filled = [
        shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area > LARGEST_HOLE_M2])
        for p in shapely.get_parts(ground)
    ]
    areas = walls[shapely.get_dimensions(walls) == 2]
    return shapely.simplify(shapely.difference(shapely.union_all(filled), shapely.union_all(areas)), 2)
