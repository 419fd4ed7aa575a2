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

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mode = Literal["walk", "wheels"]


@dataclass(frozen=True)
class Arcs:
    """Directed arcs for one mode; parallel arcs are still apart."""

    from_node: Ints
    to_node: Ints
    length_mm: Ints
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

    def may(self, mode: Mode) -> NDArray[np.bool_]:
        """Which edges a mode may use."""
        edges = self.edges
        return np.asarray(edges["walk"] if mode == "walk" else edges["forward"] | edges["backward"], dtype=bool)

    def arcs(self, mode: Mode) -> Arcs:
        """The arcs of a mode: walkers go both ways, wheels where the street lets them."""
        edges = self.edges
        u, v, mm = (edges[c].to_numpy(dtype=np.int64) for c in ("from_node", "to_node", "length_mm"))
        forward, backward = self.directions(mode)
        return Arcs(
            np.concatenate([u[forward], v[backward]]),
            np.concatenate([v[forward], u[backward]]),
            np.concatenate([mm[forward], mm[backward]]),
            self.nodes,
        )

    def directions(self, mode: Mode) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Per edge: may the mode go from start to end, and from end to start?"""
        if mode == "walk":
            walk = self.may("walk")
            return walk, walk
        return np.asarray(self.edges["forward"], dtype=bool), np.asarray(self.edges["backward"], dtype=bool)


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
    """Table `edges` of road lines (columns from_key, to_key, road_class, name, walk, forward, backward).

    Lengths are those of the lines in the study's system, at least 1 mm; a line whose ends are the same
    junction stays (one can live on it).
    """
    keys = np.concatenate([lines["from_key"].to_numpy(), lines["to_key"].to_numpy()])
    _, number = np.unique(keys, return_inverse=True)
    first, last = np.split(number.ravel().astype(np.int64), 2)
    order = np.lexsort((np.round(lines.length.to_numpy() * 1000), last, first))
    lines, first, last = lines.iloc[order].reset_index(drop=True), first[order], last[order]
    nodes = int(number.max()) + 1
    return gpd.GeoDataFrame(
        {
            "edge_id": np.arange(len(lines), dtype=np.int64),
            "from_node": first,
            "to_node": last,
            "length_mm": np.maximum(1, np.round(lines.length.to_numpy() * 1000)).astype(np.int64),
            **{c: lines[c].astype("str") for c in ("road_class", "name")},
            **{c: lines[c].astype(bool) for c in ("walk", "forward", "backward")},
            "component": _components(first, last, lines.length.to_numpy(), nodes),
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


def usable_edges(network: Network, mode: Mode, smallest_component_m: float) -> Ints:
    """Edges that may be joined to: allowed to the mode, in a connected piece long enough to lead anywhere.

    The longest piece always is.

    Raises InputError if there is none.
    """
    may = np.flatnonzero(network.may(mode))
    if len(may) == 0:
        raise InputError(
            problem("no road may be used on mode {mode}", "check the road classes of the layer", mode=mode)
        )
    u, v = (network.edges[c].to_numpy(dtype=np.int64)[may] for c in ("from_node", "to_node"))
    length = network.edges["length_mm"].to_numpy()[may] / 1000
    piece = _components(u, v, length, network.nodes)
    return may[(piece == 0) | (np.bincount(piece, weights=length)[piece] >= smallest_component_m)]


def join_network(
    network: Network, points: pd.DataFrame, *, subject: str, mode: Mode, limit_m: float, smallest_component_m: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where points (id, x_m, y_m) join the network: table `joins`, and the rows too far from any road.

    A point joins the nearest usable edge; ties go to the lowest edge number. Rows farther than limit_m
    are returned apart with their distance, and have no place in the network.
    """
    usable = usable_edges(network, mode, smallest_component_m)
    lines = network.edges.geometry.values[usable]
    spots = shapely.points(points["x_m"].to_numpy(), points["y_m"].to_numpy())
    near = shapely.STRtree(lines).query_nearest(spots, all_matches=True)
    pairs = pd.DataFrame({"point": near[0], "line": near[1]}).sort_values(["point", "line"]).drop_duplicates("point")
    line = lines[pairs["line"].to_numpy()]
    edge = usable[pairs["line"].to_numpy()]
    along = shapely.line_locate_point(line, spots)
    length = network.edges["length_mm"].to_numpy(dtype=np.int64)[edge]
    joins = pd.DataFrame(
        {
            "subject": subject,
            "subject_id": points["id"].to_numpy(),
            "edge_id": edge,
            "offset_mm": np.minimum(np.round(along * 1000).astype(np.int64), length),
            "access_mm": np.round(shapely.distance(line, spots) * 1000).astype(np.int64),
        }
    )
    far = joins["access_mm"] > limit_m * 1000
    return joins[~far].reset_index(drop=True), joins[far].reset_index(drop=True)
