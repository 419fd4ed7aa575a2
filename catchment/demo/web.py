"""The road graph while it grows, and the lines that it becomes."""

import itertools
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import LineString

from catchment.demo.terrain import Floats, Ints

RANK = ("trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service", "track")
COLUMNS = ["a", "b", "rank", "name", "oneway"]
MERGE_M = 4.0


@dataclass
class Web:
    """The road graph while it grows: corners in metres, segments with their class and name."""

    xy: Floats
    segments: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))

    def add(self, pairs: Ints, highway: str, name: str = "", *, oneway: bool = False) -> None:
        rows = pd.DataFrame({"a": pairs[:, 0], "b": pairs[:, 1]})
        rows = rows.assign(rank=RANK.index(highway), name=name, oneway=oneway)
        self.segments = pd.concat([self.segments, rows], ignore_index=True) if len(self.segments) else rows

    def add_corners(self, xy: Floats) -> Ints:
        """The numbers of new corners."""
        numbers = np.arange(len(self.xy), len(self.xy) + len(xy))
        self.xy = np.concatenate([self.xy, xy])
        return numbers

    def unite(self) -> None:
        """One segment per pair of corners: the highest class wins."""
        rows = self.segments[self.segments["a"] != self.segments["b"]].copy()
        ends = np.sort(rows[["a", "b"]].to_numpy(np.int64), axis=1)
        rows["low"], rows["high"] = ends[:, 0], ends[:, 1]
        rows = rows.sort_values(["low", "high", "rank"], kind="stable").drop_duplicates(["low", "high"])
        self.segments = rows[COLUMNS].reset_index(drop=True)

    @property
    def pairs(self) -> Ints:
        return self.segments[["a", "b"]].to_numpy(np.int64)

    def lengths(self) -> Floats:
        return np.asarray(np.linalg.norm(self.xy[self.pairs[:, 0]] - self.xy[self.pairs[:, 1]], axis=1))


def node_crossings(web: Web) -> None:
    """Give segments that cross a shared corner where they do."""
    web.unite()
    lines = np.asarray(shapely.linestrings(web.xy[web.pairs]))
    first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
    once = first < second
    first, second = first[once], second[once]
    places = shapely.intersection(lines[first], lines[second])
    numbers = web.add_corners(shapely.get_coordinates(places))
    cuts: dict[int, list[int]] = {}
    for one, other, number in zip(first.tolist(), second.tolist(), numbers.tolist(), strict=True):
        cuts.setdefault(one, []).append(number)
        cuts.setdefault(other, []).append(number)
    rows = []
    before = dict(enumerate(web.segments[COLUMNS].itertuples(index=False, name=None)))
    for row, corners in cuts.items():
        a, b, *rest = before[row]
        along = np.argsort(np.linalg.norm(web.xy[corners] - web.xy[a], axis=1), kind="stable")
        chain = [a, *np.array(corners)[along].tolist(), b]
        rows += [[p, q, *rest] for p, q in itertools.pairwise(chain)]
    whole = web.segments.drop(index=list(cuts))
    web.segments = pd.concat([whole, pd.DataFrame(rows, columns=COLUMNS)], ignore_index=True)
    web.unite()


def merge_corners(web: Web) -> None:
    """Corners that all but coincide become one."""
    used = np.unique(web.pairs)
    close = used[cKDTree(web.xy[used]).query_pairs(MERGE_M, output_type="ndarray")]
    net = csr_matrix((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(len(web.xy), len(web.xy)))
    _, group = connected_components(net, directed=False)
    _, first = np.unique(group, return_index=True)
    web.segments = web.segments.assign(a=first[group[web.pairs[:, 0]]], b=first[group[web.pairs[:, 1]]])
    web.unite()


def join_segments(web: Web, bridge: NDArray[np.bool_], ends: Ints) -> pd.DataFrame:
    """Segments joined to lines between junctions (and `ends`); a line has one class, name and kind throughout."""
    rows, pairs = web.segments.assign(bridge=bridge), web.pairs
    kinds = rows.groupby(["rank", "name", "oneway", "bridge"], sort=True).ngroup().to_numpy()
    joins = _plain_corners(pairs, np.asarray(kinds, np.int64), rows["oneway"].to_numpy(bool), len(web.xy))
    joins[ends] = False
    touching: dict[int, list[int]] = {}
    for row, pair in enumerate(pairs.tolist()):
        for corner in pair:
            touching.setdefault(corner, []).append(row)
    done = np.zeros(len(rows), bool)
    lines, first = [], []
    starts = np.argsort(joins[pairs].all(axis=1), kind="stable")  # closed rings last
    for row in starts.tolist():
        if not done[row]:
            chain = _chain(pairs, row, joins, touching, done)
            lines.append(LineString(np.round(web.xy[chain], 2)))
            first.append(row)
    kept = rows.iloc[first].reset_index(drop=True)
    names = [RANK[rank] for rank in kept["rank"]]
    return pd.DataFrame(
        {"highway": names, "name": kept["name"], "oneway": kept["oneway"].astype(bool), "bridge": kept["bridge"]}
    ).assign(geometry=np.array(lines, dtype=object))


def _plain_corners(pairs: Ints, kinds: Ints, oneway: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Corners where a line merely bends: two segments of one kind, not one-way."""
    degree = np.bincount(pairs.ravel(), minlength=size)
    low, high = np.full(size, len(kinds)), np.full(size, -1)
    for side in (0, 1):
        np.minimum.at(low, pairs[:, side], kinds)
        np.maximum.at(high, pairs[:, side], kinds)
    plain = (degree == 2) & (low == high)
    plain[pairs[oneway].ravel()] = False
    return np.asarray(plain)


def _chain(
    pairs: Ints, row: int, joins: NDArray[np.bool_], touching: dict[int, list[int]], done: NDArray[np.bool_]
) -> list[int]:
    """The corners of the line that a segment belongs to."""
    done[row] = True
    chain: list[int] = pairs[row].tolist()
    for end in (-1, 0):
        while joins[chain[end]]:
            onward = [each for each in touching[chain[end]] if not done[each]]
            if not onward:
                break
            done[onward[0]] = True
            a, b = pairs[onward[0]].tolist()
            chain.insert(len(chain) if end else 0, b if a == chain[end] else a)
    return chain
