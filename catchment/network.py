"""The road network, and how cells and schools are joined to it.

Nodes are junctions, edges the stretches between them with their length in whole millimetres. A cell
or school joins the nearest edge that its mode may use, at a foot point: distance = access leg +
along the edge + network + along the edge + egress leg (docs/method/distance.md).
"""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from catchment.errors import InputError, problem
from catchment.snap import feet, round_walls

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Uses = Literal["walk", "cycle", "drive"]
"""What a mode of travel needs of a road; wheels keep to one-way streets."""

FLAGS = ("walk", "cycle_forward", "cycle_backward", "drive_forward", "drive_backward", "bridge")
"""Columns of `edges` that say who may go which way, and whether the road is carried over or under what it crosses."""


@dataclass(frozen=True)
class Arcs:
    """Directed arcs with whole costs (millimetres or milliseconds); parallel arcs are still apart."""

    from_node: Ints
    to_node: Ints
    cost: Ints
    nodes: int


@dataclass(frozen=True)
class Network:
    """Junctions and stretches of road; frozen, and never changed by a step."""

    node_x_m: Floats
    node_y_m: Floats
    edges: gpd.GeoDataFrame
    """Table `edges`; row i is edge i."""

    @property
    def nodes(self) -> int:
        return len(self.node_x_m)

    def directions(self, uses: Uses) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Per edge: may one go from start to end, and from end to start? Walkers go both ways."""
        names = ("walk", "walk") if uses == "walk" else (f"{uses}_forward", f"{uses}_backward")
        forward, backward = (self.edges[name].to_numpy(dtype=bool) for name in names)
        return forward, backward

    def may(self, uses: Uses) -> NDArray[np.bool_]:
        """Which edges one may use at all."""
        return np.logical_or(*self.directions(uses))


def network_of(edges: gpd.GeoDataFrame) -> Network:
    """The network that table `edges` describes."""
    first, last = (edges[c].to_numpy(dtype=np.int64) for c in ("from_node", "to_node"))
    nodes = int(max(first.max(), last.max())) + 1
    x, y = np.empty(nodes), np.empty(nodes)
    for which, at in ((last, -1), (first, 0)):
        ends = shapely.get_coordinates(shapely.get_point(edges.geometry.values, at))
        x[which], y[which] = ends[:, 0], ends[:, 1]
    return Network(x, y, edges)


def build_edges(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Table `edges` of road lines (from_key, to_key, road_class, name, FLAGS, geometry).

    Lengths are those of the lines in the study's system, at least 1 mm; a line whose ends are the same
    junction stays (one can live on it).
    """
    keys = np.concatenate([lines["from_key"].to_numpy(), lines["to_key"].to_numpy()])
    _, number = np.unique(keys, return_inverse=True)
    first, last = np.split(number.ravel().astype(np.int64), 2)
    mm = np.maximum(1, np.round(lines.length.to_numpy() * 1000)).astype(np.int64)
    order = np.lexsort((mm, last, first))
    lines, first, last, mm = lines.iloc[order].reset_index(drop=True), first[order], last[order], mm[order]
    return gpd.GeoDataFrame(
        {
            "edge_id": np.arange(len(lines), dtype=np.int64),
            "from_node": first,
            "to_node": last,
            "length_mm": mm,
            **{c: lines[c].astype("str") for c in ("road_class", "name")},
            **{c: lines[c].astype(bool) for c in FLAGS},
            "component": _components(first, last, mm / 1000, int(number.max()) + 1),
        },
        geometry=lines.geometry.values,
        crs=lines.crs,
    )


def _components(first: Ints, last: Ints, length_m: Floats, nodes: int) -> Ints:
    """Connected piece of each edge, 0 = the one with the greatest length of road."""
    links = sparse.coo_matrix((np.ones(len(first), dtype=bool), (first, last)), shape=(nodes, nodes)).tocsr()
    _, piece = sparse.csgraph.connected_components(links, directed=False)
    length = np.bincount(piece[first], weights=length_m, minlength=int(piece.max()) + 1)
    rank = np.empty(len(length), dtype=np.int64)
    rank[np.lexsort((np.arange(len(length)), -length))] = np.arange(len(length))
    return rank[piece[first]]


def usable_edges(network: Network, uses: Uses, smallest_component_m: float) -> Ints:
    """Edges that may be joined to: allowed, and in a connected piece long enough to lead anywhere.

    The longest piece always is.

    Raises InputError if there is none.
    """
    may = np.flatnonzero(network.may(uses))
    if len(may) == 0:
        raise InputError(
            problem("no road may be used on mode {mode}", "check the road classes of the layer", mode=uses)
        )
    u, v = (network.edges[c].to_numpy(dtype=np.int64)[may] for c in ("from_node", "to_node"))
    length = network.edges["length_mm"].to_numpy()[may] / 1000
    piece = _components(u, v, length, network.nodes)
    return may[(piece == 0) | (np.bincount(piece, weights=length)[piece] >= smallest_component_m)]


def join_network(
    network: Network,
    points: pd.DataFrame,
    *,
    subject: str,
    uses: Uses,
    limit_m: float,
    smallest_component_m: float,
    walls: NDArray[np.object_],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where points (id, gate, x_m, y_m) join the network: table `joins`, and the rows too far from any road.

    A point joins the nearest usable edge; ties go to the lowest edge number. Its leg may not cross a wall (water, a
    railway: shapes in metres) unless the point stands in it. Rows farther than limit_m are returned apart with their
    distance, and have no place in the network.
    """
    usable = usable_edges(network, uses, smallest_component_m)
    lines = np.asarray(network.edges.geometry.values)[usable]
    x, y = (points[c].to_numpy(dtype=np.float64) for c in ("x_m", "y_m"))
    found = round_walls(feet(lines, x, y), lines, x, y, walls, limit_m)
    edge = usable[found.line]
    length = network.edges["length_mm"].to_numpy(dtype=np.int64)[edge]
    joins = pd.DataFrame(
        {
            "uses": uses,
            "subject": subject,
            "subject_id": points["id"].to_numpy(),
            "gate": points["gate"].to_numpy(dtype=np.int64),
            "edge_id": edge,
            "offset_mm": np.minimum(np.round(found.along_m * 1000).astype(np.int64), length),
            "access_mm": np.round(found.away_m * 1000).astype(np.int64),
            "left": found.left,
        }
    )
    far = joins["access_mm"] > limit_m * 1000
    return joins[~far].reset_index(drop=True), joins[far].reset_index(drop=True)
