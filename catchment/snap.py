"""The nearest point of many lines to each of many points, exactly, by a grid of square bins.

A bin lists the segments that pass through it; a point looks through rings of bins around its own until no unseen bin
can hold anything nearer. Equal distances go to the line with the lowest number.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.int32]

THREADS = os.cpu_count() or 1
SEGMENTS_PER_BIN = 0.5
SIDE_STEP_M = 0.01
ENDLESS_M = 1e9


@dataclass(frozen=True)
class Feet:
    """Where points meet lines: the line, metres along it, metres away, the foot itself, and which side the point is on."""

    line: Ints
    along_m: Floats
    away_m: Floats
    x_m: Floats
    y_m: Floats
    left: NDArray[np.bool_]


def round_walls(
    found: Feet, lines: NDArray[np.object_], x_m: Floats, y_m: Floats, walls: NDArray[np.object_], limit_m: float
) -> Feet:
    """Feet whose leg crosses a wall, put on the nearest line within the limit that is reached without crossing one.

    A point that stands in a wall (a cell's centre in a river) keeps its foot. Where every line within the limit lies
    behind a wall, the leg is given as endless.
    """
    tree = shapely.STRtree(walls)
    legs = shapely.linestrings(np.stack([np.column_stack([x_m, y_m]), np.column_stack([found.x_m, found.y_m])], axis=1))
    caught = np.unique(tree.query(legs, predicate="intersects")[0])
    spots = shapely.points(x_m[caught], y_m[caught])
    inside = np.unique(tree.query(spots, predicate="intersects")[0])
    caught, spots = np.delete(caught, inside), np.delete(spots, inside)
    if not len(caught):
        return found
    point, line = shapely.STRtree(lines).query(spots, predicate="dwithin", distance=limit_m)
    way = shapely.shortest_line(spots[point], lines[line])
    free = np.ones(len(way), dtype=bool)
    free[tree.query(way, predicate="intersects")[0]] = False
    point, line, way = point[free], line[free], way[free]
    order = np.lexsort((line, shapely.length(way), point))
    best = order[np.unique(point[order], return_index=True)[1]]
    return _moved(found, caught, caught[point[best]], feet_on(lines, line[best], way[best]))


def feet_on(lines: NDArray[np.object_], line: Ints, way: NDArray[np.object_]) -> Feet:
    """Feet at the far ends of ways that lead to given lines."""
    start, foot = (shapely.get_coordinates(shapely.get_point(way, end)) for end in (0, -1))
    along = shapely.line_locate_point(lines[line], shapely.points(foot))
    length = shapely.length(lines[line])
    a, b = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines[line], np.clip(along + step, 0, length)))
        for step in (-SIDE_STEP_M, SIDE_STEP_M)
    )
    side = (b[:, 0] - a[:, 0]) * (start[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (start[:, 0] - a[:, 0])
    return Feet(line.astype(np.int64), along, shapely.length(way), foot[:, 0], foot[:, 1], side > 0)


def _moved(found: Feet, caught: Ints, rows: Ints, feet: Feet) -> Feet:
    """The feet with the caught rows endless, but for those that found another."""
    columns = {}
    for name in ("line", "along_m", "away_m", "x_m", "y_m", "left"):
        column = getattr(found, name).copy()
        if name == "away_m":
            column[caught] = ENDLESS_M
        column[rows] = getattr(feet, name)
        columns[name] = column
    return Feet(**columns)


@dataclass(frozen=True)
class _Bins:
    """Segments (x, y, x, y; metres from the line's start; line) and the bins they pass through, row by row."""

    segment: Floats
    before_m: Floats
    line: Words
    first: Ints
    member: Words
    west: float
    south: float
    side: float
    columns: int
    rows: int


def feet(lines: NDArray[np.object_], x_m: Floats, y_m: Floats) -> Feet:
    """The foot of each point on its nearest line; `left` is seen in the line's direction.

    lines: LineStrings, at least one; x_m, y_m: the points, in metres.
    """
    bins = _bins(lines)
    parts = np.array_split(np.arange(len(x_m)), THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda part: _feet(_fields(bins), x_m[part], y_m[part]), parts))
    segment, share = (np.concatenate([part[i] for part in found]) for i in range(2))
    a, b = bins.segment[segment, :2], bins.segment[segment, 2:]
    foot = a + share[:, None] * (b - a)
    along = bins.before_m[segment] + share * np.hypot(*(b - a).T)
    side = (b[:, 0] - a[:, 0]) * (y_m - a[:, 1]) - (b[:, 1] - a[:, 1]) * (x_m - a[:, 0])
    away = np.hypot(x_m - foot[:, 0], y_m - foot[:, 1])
    return Feet(bins.line[segment].astype(np.int64), along, away, foot[:, 0], foot[:, 1], side > 0)


def _bins(lines: NDArray[np.object_]) -> _Bins:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    segment = np.hstack([xy[:-1], xy[1:]])[inside]
    length = np.hypot(segment[:, 2] - segment[:, 0], segment[:, 3] - segment[:, 1])
    line = line[:-1][inside].astype(np.int32)
    total = np.concatenate([[0.0], np.cumsum(length)])[:-1]
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    before = total - np.repeat(total[starts], np.diff(np.append(starts, len(line))))
    west, south = segment.reshape(-1, 2).min(axis=0)
    width, height = segment.reshape(-1, 2).max(axis=0) - (west, south)
    side = max(1.0, np.sqrt(width * height * SEGMENTS_PER_BIN / len(segment)), max(width, height) / 30_000)
    columns, rows = int(width // side) + 1, int(height // side) + 1
    first, member = _fill(segment, west, south, side, columns, rows)
    return _Bins(segment, before, line, first, member, west, south, side, columns, rows)


def _fields(bins: _Bins) -> tuple[Floats, Words, Ints, Words, float, float, float, int, int]:
    return bins.segment, bins.line, bins.first, bins.member, bins.west, bins.south, bins.side, bins.columns, bins.rows


@numba.njit(cache=True, nogil=True)
def _fill(segment: Floats, west: float, south: float, side: float, columns: int, rows: int) -> tuple[Ints, Words]:
    """Where each bin's segments start, and which they are; counted first, then put in their places."""
    first = np.zeros(columns * rows + 1, np.int64)
    for s in range(len(segment)):
        _visit(segment, s, west, south, side, columns, rows, first[1:], first[:0], np.empty(0, np.int32))
    first = np.cumsum(first)
    free, member = first[:-1].copy(), np.empty(first[-1], np.int32)
    for s in range(len(segment)):
        _visit(segment, s, west, south, side, columns, rows, free, free, member)
    return first, member


@numba.njit(cache=True, nogil=True)
def _visit(
    segment: Floats, s: int, west: float, south: float, side: float, columns: int, rows: int,
    count: Ints, free: Ints, member: Words,
) -> None:  # fmt: skip
    """Count a segment in every bin that it passes through, and write it there if there is room given."""
    x0, y0, x1, y1 = segment[s]
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    low, high = int((y0 - south) // side), min(int((y1 - south) // side), rows - 1)
    for row in range(low, high + 1):
        a, b = x0, x1
        if y1 > y0:  # the stretch within this row, a hair wider so that rounding loses no corner
            a = x0 + (x1 - x0) * min(max((south + row * side - y0) / (y1 - y0), 0.0), 1.0)
            b = x0 + (x1 - x0) * min(max((south + (row + 1) * side - y0) / (y1 - y0), 0.0), 1.0)
        left = max(int((min(a, b) - west - 1e-6) // side), 0)
        right = min(int((max(a, b) - west + 1e-6) // side), columns - 1)
        for column in range(left, right + 1):
            at = row * columns + column
            if len(member):
                member[free[at]] = s
            count[at] += 1


@numba.njit(cache=True, nogil=True)
def _feet(
    bins: tuple[Floats, Words, Ints, Words, float, float, float, int, int], x_m: Floats, y_m: Floats
) -> tuple[Ints, Floats]:
    """The segment nearest to each point, and how far along it the foot lies (0–1)."""
    segment, line, first, member, west, south, side, columns, rows = bins
    nearest, shares = np.empty(len(x_m), np.int64), np.empty(len(x_m), np.float64)
    for i in range(len(x_m)):
        x, y = x_m[i], y_m[i]
        column, row = int((x - west) // side), int((y - south) // side)
        best, found, share = np.inf, -1, 0.0
        ring = max(0, -column, column - columns + 1, -row, row - rows + 1)
        while True:
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                step = 1 if abs(r - row) == ring else max(2 * ring, 1)
                start = column - ring
                if start < 0:  # only the ring's own bins: its whole width above and below, its two ends between
                    start += step * ((step - 1 - start) // step)
                for c in range(start, min(column + ring, columns - 1) + 1, step):
                    for k in range(first[r * columns + c], first[r * columns + c + 1]):
                        s = member[k]
                        d, t = _distance2(segment, s, x, y)
                        if d < best or (d == best and line[s] < line[found]):
                            best, found, share = d, s, t
            gap = min(x - west - (column - ring) * side, (column + ring + 1) * side - x + west)
            gap = min(gap, min(y - south - (row - ring) * side, (row + ring + 1) * side - y + south))
            if found >= 0 and best < gap * gap:
                break
            ring += 1
            if ring > columns + rows + abs(column) + abs(row):
                break
        nearest[i], shares[i] = found, share
    return nearest, shares


@numba.njit(cache=True, nogil=True)
def _distance2(segment: Floats, s: int, x: float, y: float) -> tuple[float, float]:
    """Squared distance of a point to a segment, and how far along the foot lies."""
    ax, ay, bx, by = segment[s, 0], segment[s, 1], segment[s, 2], segment[s, 3]
    dx, dy = bx - ax, by - ay
    whole = dx * dx + dy * dy
    t = ((x - ax) * dx + (y - ay) * dy) / whole if whole > 0 else 0.0
    t = min(max(t, 0.0), 1.0)
    # At an end the foot is the vertex itself, so that two lines meeting there are equally far, to the bit.
    fx, fy = (bx, by) if t == 1.0 else (ax + t * dx, ay + t * dy)
    return (x - fx) * (x - fx) + (y - fy) * (y - fy), t
