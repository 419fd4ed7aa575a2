"""A landscape that drains: outline, river tree, heights, valley floors.

The drainage tree is a shortest-path tree over a grid with random weights (first-passage percolation
gives dendritic trees); heights follow from it by the slope-area law, slope = k · area^-0.45, so that
every valley leads down to the outlet.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely import LineString, Polygon

from catchment.demo import facts
from catchment.geo import to_study

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP_M = 100.0
STREAM_CELLS = 150  # 1.5 km² of catchment make a stream
RIVER_CELLS = 3500


@dataclass(frozen=True)
class Terrain:
    """Grid nodes inside the county (metres), their links, and what the water made of them."""

    outline: Polygon
    xy: Floats
    links: Ints
    length_m: Floats
    height_m: Floats
    above_stream_m: Floats
    slope: Floats
    mountain: Floats
    rivers: dict[str, list[LineString]]
    river_m: Floats


def metres(places: object) -> Floats:
    """Degrees (n × 2) as metres of the study's system."""
    lonlat = np.atleast_2d(np.asarray(places, float))
    x, y = to_study(lonlat[:, 0], lonlat[:, 1], CRS.from_epsg(4326), CRS.from_user_input(facts.CRS))
    return np.column_stack([x, y])


def degrees(xy: Floats) -> Floats:
    """Metres of the study's system as degrees (n × 2)."""
    lon, lat = to_study(xy[:, 0], xy[:, 1], CRS.from_user_input(facts.CRS), CRS.from_epsg(4326))
    return np.column_stack([lon, lat])


def make_terrain(rng: np.random.Generator) -> Terrain:
    """The county's landscape."""
    outline = _outline(rng)
    xy, links = _grid(outline)
    length = np.linalg.norm(xy[links[:, 0]] - xy[links[:, 1]], axis=1)
    courses = {name: rough(metres(course), 0.17, 120, rng) for name, course in facts.RIVERS_DEG.items()}
    parent, order = _drainage(xy, links, length, courses, rng)
    mountain = _mountain(xy)
    cells = _catchment(parent, order)
    height, slope, above = _heights(xy, parent, order, cells, mountain)
    rivers = _rivers(xy, parent, cells, courses)
    river_m = distance_to([line for group in rivers.values() for line in group], xy)
    return Terrain(outline, xy, links, length, height, above, slope, mountain, rivers, river_m)


def distance_to(lines: Sequence[LineString], xy: Floats) -> Floats:
    """Distance of each point to the nearest line, in metres (to about 2 m: lines are taken as dense points)."""
    return np.asarray(cKDTree(shapely.get_coordinates(shapely.segmentize(list(lines), 20))).query(xy)[0])


def rough(line: Floats, share: float, shortest_m: float, rng: np.random.Generator) -> Floats:
    """A line made fractal: midpoints pushed sideways by `share` of their segment until it is fine."""
    while np.linalg.norm(np.diff(line, axis=0), axis=1).max() > shortest_m:
        step = np.diff(line, axis=0)
        across = np.column_stack([-step[:, 1], step[:, 0]])
        middle = (line[:-1] + line[1:]) / 2 + across * rng.normal(0, share, (len(step), 1)).clip(-0.25, 0.25)
        line = np.insert(line, np.arange(1, len(line)), middle, axis=0)
    return line


def _outline(rng: np.random.Generator) -> Polygon:
    west, south, east, north = facts.EXTENT_DEG
    corners = metres([(west, south), (east, south), (east, north), (west, north)])
    # the sides of the box are not quite parallel to the grid: the inner one of each two corners counts
    box = shapely.box(*np.sort(corners, axis=0)[1], *np.sort(corners, axis=0)[2])
    drawn = metres([*facts.OUTLINE_DEG, facts.OUTLINE_DEG[0]])
    shape = shapely.make_valid(Polygon(rough(drawn, 0.10, 300, rng))).buffer(0)
    least, most = -4000.0, 4000.0
    for _ in range(30):
        middle = (least + most) / 2
        fitted = shape.buffer(middle, join_style="mitre").intersection(box)
        least, most = (middle, most) if fitted.area < facts.COUNTY_KM2 * 1e6 else (least, middle)
    parts = shapely.get_parts(fitted)
    return Polygon(parts[np.argmax(shapely.area(parts))].exterior)


def _grid(outline: Polygon) -> tuple[Floats, Ints]:
    west, south, east, north = outline.bounds
    x = np.arange(west + STEP_M / 2, east, STEP_M)
    y = np.arange(south + STEP_M / 2, north, STEP_M)
    mesh_x, mesh_y = np.meshgrid(x, y)
    inside = shapely.contains_xy(outline, mesh_x, mesh_y)
    number = np.where(inside, np.cumsum(inside).reshape(inside.shape) - 1, -1)
    links = [
        np.column_stack([number[a].ravel(), number[b].ravel()])
        for a, b in (
            (np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:]),
            (np.s_[:-1, :-1], np.s_[1:, 1:]), (np.s_[:-1, 1:], np.s_[1:, :-1]),
        )
    ]  # fmt: skip
    pairs = np.concatenate(links)
    return np.column_stack([mesh_x[inside], mesh_y[inside]]), pairs[(pairs >= 0).all(axis=1)]


def graph(links: Ints, weight: Floats, size: int) -> csr_matrix:
    """An undirected weighted graph."""
    return csr_matrix((weight, (links[:, 0], links[:, 1])), shape=(size, size))


def nearest_node(xy: Floats, places: Floats) -> Ints:
    """The nearest node of each place."""
    return np.array([np.argmin(((xy - place) ** 2).sum(axis=1)) for place in np.atleast_2d(places)])


def nearest(points: Floats, places: Floats, count: int = 1) -> tuple[Floats, Ints]:
    """Distance and number of the nearest point of each place, or of its `count` nearest (n × count)."""
    far, near = cKDTree(points).query(places, k=count)
    return np.asarray(far), np.asarray(near, np.int64)


def field(xy: Floats, smooth_m: float, rng: np.random.Generator) -> Floats:
    """A smooth random field with mean 0 and deviation 1 at the points."""
    cell = smooth_m / 4
    column, row = ((xy - xy.min(axis=0)) / cell).astype(int).T
    noise = gaussian_filter(rng.normal(size=(row.max() + 9, column.max() + 9)), 4.0 / 2)
    values = noise[row, column]
    return np.asarray((values - values.mean()) / values.std())


def _drainage(
    xy: Floats, links: Ints, length: Floats, courses: dict[str, Floats], rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Each node's way down, and the nodes from the outlet up."""
    resistance = np.exp(rng.normal(0, 0.9, len(xy)) + 0.8 * field(xy, 2500, rng))
    beds = shapely.union_all([LineString(course) for course in courses.values()])
    shapely.prepare(beds)
    resistance[shapely.dwithin(beds, shapely.points(xy), 75)] = 0.004
    weight = length * (resistance[links[:, 0]] + resistance[links[:, 1]])
    outlet = nearest_node(xy, courses["泷江"][-1:])[0]
    far, parent = dijkstra(graph(links, weight, len(xy)), directed=False, indices=outlet, return_predecessors=True)
    order = np.argsort(far, kind="stable")
    return parent.astype(np.int64), order[np.isfinite(far[order])]


def _mountain(xy: Floats) -> Floats:
    """0 in the basin, 1 in the mountains."""
    basin = LineString(metres(facts.BASIN_DEG))
    t = ((shapely.distance(shapely.points(xy), basin) - 5000) / 9000).clip(0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _catchment(parent: Ints, order: Ints) -> Ints:
    cells = np.ones(len(parent), np.int64)
    up, total = parent.tolist(), cells.tolist()
    for node in order[:0:-1].tolist():
        total[up[node]] += total[node]
    return np.asarray(total)


def _heights(xy: Floats, parent: Ints, order: Ints, cells: Ints, mountain: Floats) -> tuple[Floats, Floats, Floats]:
    """Height, slope and height above the stream that each node drains to, in metres."""
    slope = (0.05 + 0.33 * mountain) * cells**-0.45
    run = np.linalg.norm(xy - xy[parent.clip(0)], axis=1)
    height, above = [40.0] * len(xy), [0.0] * len(xy)
    up, rise, is_stream = parent.tolist(), (slope * run).tolist(), (cells >= STREAM_CELLS).tolist()
    for node in order[1:].tolist():
        height[node] = height[up[node]] + rise[node]
        above[node] = 0.0 if is_stream[node] else above[up[node]] + rise[node]
    return np.asarray(height), slope, np.asarray(above)


def _rivers(xy: Floats, parent: Ints, cells: Ints, courses: dict[str, Floats]) -> dict[str, list[LineString]]:
    """Named rivers as one line each, the larger nameless streams as many; joined at shared points."""
    wet: set[int] = set()
    paths: list[tuple[str, list[int]]] = []
    sources = [(name, int(nearest_node(xy, course[:1])[0])) for name, course in courses.items()]
    big = np.flatnonzero(cells >= RIVER_CELLS)
    heads = np.setdiff1d(big, parent[big])
    for name, node in sources + [("", int(head)) for head in heads]:
        path = [node]
        while path[-1] not in wet and parent[path[-1]] >= 0:
            path.append(int(parent[path[-1]]))
        wet.update(path)
        if len(path) > 20:
            paths.append((name, path))
    segments = np.array([pair for _, path in paths for pair in itertools.pairwise(path)])
    smooth = relax(xy, segments, rounds=4, fixed=np.array([paths[0][1][-1]]))
    rivers: dict[str, list[LineString]] = {}
    for name, path in paths:
        rivers.setdefault(name, []).append(LineString(smooth[path]))
    return rivers


def relax(xy: Floats, segments: Ints, *, rounds: int, fixed: Ints) -> Floats:
    """Points drawn towards the mean of their neighbours: lines lose their corners, junctions stay shared."""
    both = np.concatenate([segments, segments[:, ::-1]])
    degree = np.bincount(both[:, 0], minlength=len(xy))
    moved = xy.copy()
    free = degree > 1
    free[fixed] = False
    for _ in range(rounds):
        mean = np.column_stack([np.bincount(both[:, 0], moved[both[:, 1], k], len(xy)) for k in (0, 1)])
        moved[free] = moved[free] / 2 + mean[free] / degree[free, None] / 2
    return moved
