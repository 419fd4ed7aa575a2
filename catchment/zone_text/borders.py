"""The borders between zones inside an area, as lines from junction to junction (arcs)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from catchment.zone_text.nets import Floats

Ints = NDArray[np.int64]
NOBODY = -1
GRID_M = 0.01
"""Lines that run nearer to each other are one."""


@dataclass(frozen=True)
class Arc:
    """A border between two zones: xy in whole metres, from its first to its last junction."""

    xy: Floats

    @property
    def closed(self) -> bool:
        return bool((self.xy[0] == self.xy[-1]).all())


@dataclass(frozen=True)
class Homes:
    """An area's people by zone: unit polygons and cell centres (x, y), each with the row of its school."""

    units: NDArray[np.object_]
    unit_owner: Ints
    xy: Floats
    owner: Ints


def fields_of(area: shapely.Polygon, homes: Homes) -> tuple[NDArray[np.object_], Ints]:
    """An area without gaps in parts of one zone each: its units, and beyond them all ground by the nearest of its cells.

    Units are squares of cells and do not end at the area's border: where cells of the next area are nearer, ground of this area
    belongs to no unit of it.
    """
    blocks = [_union(homes.units[homes.unit_owner == zone]) for zone in np.unique(homes.unit_owner)]
    rest = shapely.difference(area, shapely.union_all(blocks))
    cells = shapely.voronoi_polygons(shapely.multipoints(homes.xy), extend_to=area, ordered=True)
    nearest = [_union(shapely.get_parts(cells)[homes.owner == zone]) for zone in np.unique(homes.owner)]
    lines = [area.exterior, *shapely.intersection(shapely.boundary(blocks), area)]
    lines += list(shapely.intersection(shapely.boundary(nearest), rest))
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines, grid_size=GRID_M)]))
    inner = shapely.point_on_surface(faces)
    faces, inner = (each[shapely.intersects(area, inner)] for each in (faces, inner))
    return faces, owner_at(shapely.get_coordinates(inner), homes)


def owner_at(xy: Floats, homes: Homes) -> Ints:
    """The zone at some places of the area: of the unit there, else of the nearest cell."""
    owner = homes.owner[cKDTree(homes.xy).query(xy)[1]]
    place, unit = shapely.STRtree(homes.units).query(shapely.points(xy), predicate="intersects")
    owner[place[::-1]] = homes.unit_owner[unit[::-1]]
    return owner


def _union(polygons: NDArray[np.object_]) -> shapely.Geometry:
    return shapely.coverage_union_all(polygons)


def arcs_of(parts: NDArray[np.object_], label: Ints) -> list[Arc]:
    """The arcs between parts of different label, from one another or from the edge of all parts.

    parts: polygons that share their corners exactly; label: (parts,) row of the zone's school.
    """
    corners, start, end, inner = _segments(parts, label)
    if not inner.any():
        return []
    at_edge = np.zeros(len(corners), dtype=bool)
    at_edge[np.r_[start[~inner], end[~inner]]] = True
    chains = _chains(start[inner], end[inner], at_edge)
    arcs = [Arc(_tidy(np.round(corners[chain] / 1000))) for chain in chains]
    return sorted((arc for arc in arcs if len(arc.xy) > 1), key=lambda arc: arc.xy.tolist())


def owners(parts: NDArray[np.object_], label: Ints, held: NDArray[np.bool_]) -> Ints:
    """Labels in which parts that hold nobody go to the neighbour with the longest common border."""
    label = np.where(held, label, NOBODY)
    while (label == NOBODY).any():
        corners, start, end, owner = _owned(parts)
        first, second = _pairs(start, end)
        length = np.hypot(*(corners[start[first]] - corners[end[first]]).T)
        a, b = np.r_[owner[first], owner[second]], np.r_[owner[second], owner[first]]
        free = (label[a] == NOBODY) & (label[b] != NOBODY)
        if not free.any():
            return np.where(label == NOBODY, label.max(), label)
        border: dict[tuple[int, int], float] = {}
        for part, zone, metres in zip(
            a[free].tolist(), label[b[free]].tolist(), np.r_[length, length][free], strict=True
        ):
            border[part, zone] = border.get((part, zone), 0.0) + float(metres)
        for part, zone in sorted(border, key=lambda pair: (border[pair], -pair[1])):
            label[part] = zone
    return label


def _owned(parts: NDArray[np.object_]) -> tuple[Floats, Ints, Ints, Ints]:
    """Corners in millimetres, and the segments of all parts: first corner, last corner, part."""
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    corners, row = np.unique(np.round(xy * 1000).astype(np.int64), axis=0, return_inverse=True)
    row = row.ravel()
    same = (ring_of[1:] == ring_of[:-1]) & (row[1:] != row[:-1])
    return corners.astype(float), row[:-1][same], row[1:][same], part_of[ring_of[:-1][same]]


def _pairs(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Rows of segments that are the same one, seen from both sides."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((high, low))
    same = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    return order[:-1][same], order[1:][same]


def _segments(parts: NDArray[np.object_], label: Ints) -> tuple[Floats, Ints, Ints, NDArray[np.bool_]]:
    """Segments between two labels (inner) and those at the edge of all parts."""
    corners, start, end, owner = _owned(parts)
    first, second = _pairs(start, end)
    between = label[owner[first]] != label[owner[second]]
    alone = np.ones(len(start), dtype=bool)
    alone[np.r_[first, second]] = False
    kept = np.r_[first[between], np.flatnonzero(alone)]
    return corners, start[kept], end[kept], np.arange(len(kept)) < between.sum()


def _chains(start: Ints, end: Ints, at_edge: NDArray[np.bool_]) -> list[list[int]]:
    """The segments strung together from junction to junction; what has no junction is a closed chain."""
    links: dict[int, list[int]] = {}
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        links.setdefault(a, []).append(b)
        links.setdefault(b, []).append(a)
    junction = {v for v, others in links.items() if len(others) != 2 or at_edge[v]}
    used: set[tuple[int, int]] = set()
    chains = []
    for first in [*sorted(junction), *sorted(set(links) - junction)]:
        for other in sorted(links[first]):
            if (first, other) in used:
                continue
            chain = [first, other]
            while chain[-1] not in junction and chain[-1] != first:
                onward = [v for v in links[chain[-1]] if v != chain[-2]]
                chain.append(onward[0] if onward else chain[-2])
            for pair in pairwise(chain):
                used.update((pair, pair[::-1]))
            chains.append(chain)
    return chains


def _tidy(xy: Floats) -> Floats:
    kept = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]
    return xy[kept]
