"""A named line of the gazetteer: the shortest way along it, and where it meets another."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
SAME_M = 1.0
"""Places so near to each other are one."""


@dataclass(frozen=True)
class Net:
    """All stretches of one name. start, end: (segments,) rows of xy."""

    shape: shapely.Geometry
    xy: Floats
    start: NDArray[np.int64]
    end: NDArray[np.int64]

    @cached_property
    def graph(self) -> sparse.csr_matrix:
        length = np.hypot(*(self.xy[self.end] - self.xy[self.start]).T).clip(1e-9)
        return sparse.csr_matrix((length, (self.start, self.end)), shape=(len(self.xy), len(self.xy)))

    @cached_property
    def _ways(self) -> dict[int, tuple[Floats, NDArray[np.int32]]]:
        return {}

    def ways(self, vertex: int) -> tuple[Floats, NDArray[np.int32]]:
        """Metres from a vertex to all others, and the vertex before each."""
        if vertex not in self._ways:
            found = sparse.csgraph.dijkstra(self.graph, directed=False, indices=vertex, return_predecessors=True)
            self._ways[vertex] = found
        return self._ways[vertex]

    def foot(self, place: Floats) -> tuple[int, Floats]:
        """The segment nearest to a place, and the nearest point on it."""
        a, b = self.xy[self.start], self.xy[self.end]
        along = b - a
        share = ((place - a) * along).sum(axis=1) / (along**2).sum(axis=1).clip(1e-9)
        feet = a + share.clip(0, 1)[:, None] * along
        nearest = int(np.argmin(((feet - place) ** 2).sum(axis=1)))
        return nearest, feet[nearest]

    def path(self, begin: Floats, finish: Floats) -> Floats | None:
        """The shortest way along the line between the points nearest to two places; None where it is broken."""
        (from_segment, start), (to_segment, stop) = self.foot(begin), self.foot(finish)
        if from_segment == to_segment:
            return np.array([start, stop])
        best: tuple[float, int, int] | None = None
        for first in (int(self.start[from_segment]), int(self.end[from_segment])):
            metres, _ = self.ways(first)
            for last in (int(self.start[to_segment]), int(self.end[to_segment])):
                whole = float(metres[last] + np.hypot(*(self.xy[first] - start)) + np.hypot(*(self.xy[last] - stop)))
                if np.isfinite(whole) and (best is None or whole < best[0] - 1e-6):
                    best = (whole, first, last)
        if best is None:
            return None
        _, before = self.ways(best[1])
        back = [best[2]]
        while back[-1] != best[1]:
            back.append(int(before[back[-1]]))
        return without_repeats(np.vstack([start, self.xy[back[::-1]], stop]))


def net_of(shapes: NDArray[np.object_]) -> Net:
    """The net of some lines; of polygons the outlines count."""
    lines = [shapely.boundary(each) if shapely.get_dimensions(each) == 2 else each for each in shapes]
    parts = shapely.get_parts(lines)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    key, row = np.unique(np.round(xy * 100).astype(np.int64), axis=0, return_inverse=True)
    row = row.ravel()
    first = np.zeros((len(key), 2))
    first[row[::-1]] = xy[::-1]
    kept = (part[1:] == part[:-1]) & (row[1:] != row[:-1])
    pairs = np.unique(np.sort(np.column_stack([row[:-1][kept], row[1:][kept]]), axis=1), axis=0)
    return Net(shapely.multilinestrings(parts), first, pairs[:, 0], pairs[:, 1])


def meetings(one: shapely.Geometry, other: shapely.Geometry) -> Floats:
    """(places, 2) the places where two lines meet, those that are one place told once; none if they run together."""
    met = shapely.get_parts(shapely.intersection(one, other))
    if len(met) == 0 or (shapely.get_dimensions(met) > 0).any():
        return np.empty((0, 2))
    kept: list[Floats] = []
    for place in shapely.get_coordinates(met):
        if all(np.hypot(*(place - known)) > SAME_M for known in kept):
            kept.append(place)
    return np.array(kept)


def without_repeats(xy: Floats) -> Floats:
    """A row of places without those that repeat the one before."""
    kept = np.r_[True, (np.abs(np.diff(xy, axis=0)) > 1e-6).any(axis=1)]
    return xy[kept]
