"""The network as children of one stage travel it by one mode: costs, one-way streets, and what they may not cross.

A barrier road is walked along on either side; from side to side only at junctions, for a penalty or not at all. So a
junction on barrier roads becomes one node for each sector between them, and each barrier road two stretches, left and
right (docs/method/distance.md). A barrier line (railway, fence) is a toll on the edges that it crosses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from catchment.network import Arcs, Ints, Network
from catchment.settings import ModeSettings

CLOSED = 2**31 - 1
"""A cost that no way can have: the edge or the crossing is closed."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Barrier:
    """What is not crossed freely: roads of some classes, or lines; penalty_mm absent = never."""

    classes: tuple[str, ...]
    lines: NDArray[np.object_]
    penalty_mm: int | None


@dataclass(frozen=True)
class Travel:
    """Arcs of a mode, and how places on an edge reach its ends."""

    mode: str
    by: str
    """`distance`: costs are millimetres; `time`: milliseconds."""
    arcs: Arcs
    arc_mm: Ints
    """Length of each arc; 0 for a crossing."""
    arc_edge: Ints
    """The edge of each arc; −1 for a crossing."""
    arc_ahead: Flags
    """The arc runs as its edge is drawn."""
    arc_crossings: Ints
    """Halves of a crossing on each arc: one of a dual carriageway's two roads counts half."""
    start: Ints
    """(edges, 2): node at the edge's start, right and left of it."""
    end: Ints
    forward: Flags
    backward: Flags
    length_mm: Ints
    cost: Ints
    """(edges,) from end to end, without tolls."""
    toll: Ints
    """(edges,) for crossing a barrier line on the way; CLOSED = not at all."""
    toll_at_mm: Ints
    tolls: Ints
    """(edges,) barrier lines crossed."""
    leg_share: float
    """Cost of a millimetre beside the network."""

    @property
    def plain(self) -> bool:
        """Costs are lengths and nothing else."""
        return self.by == "distance" and not self.arc_crossings.any() and not self.toll.any()


def travel(network: Network, name: str, mode: ModeSettings, barriers: Sequence[Barrier] = ()) -> Travel:
    """The network as one mode travels it, with barriers."""
    edges = network.edges
    mm = edges["length_mm"].to_numpy(dtype=np.int64)
    speed = edges["road_class"].map(mode.speeds_kmh).fillna(mode.speed_kmh).to_numpy(dtype=np.float64)
    cost = mm if mode.by == "distance" else np.maximum(1, np.round(mm * 3.6 / speed)).astype(np.int64)
    leg_share = 1.0 if mode.by == "distance" else 3.6 / mode.speed_kmh
    forward, backward = network.directions(mode.uses)
    toll, toll_at, tolls = _tolls(network, barriers, leg_share)
    penalty = _road_penalties(network, forward | backward, barriers, leg_share)
    sides = _sides(network, forward | backward, penalty)
    open_edge = toll < CLOSED
    parts = [
        _arcs(sides.start, sides.end, cost + toll, mm, 2 * tolls, forward & open_edge, penalty >= 0),
        _arcs(sides.end, sides.start, cost + toll, mm, 2 * tolls, backward & open_edge, penalty >= 0),
        sides.crossings,
    ]
    u, v, arc_cost, arc_mm, crossings, edge = (np.concatenate([part[i] for part in parts]) for i in range(6))
    ahead = np.arange(len(u)) < len(parts[0][0])
    return Travel(
        name, mode.by, Arcs(u, v, arc_cost, sides.nodes), arc_mm, edge, ahead, crossings, sides.start, sides.end, forward, backward, mm,
        cost, toll, toll_at, tolls, leg_share,
    )  # fmt: skip


ArcColumns = tuple[Ints, Ints, Ints, Ints, Ints, Ints]
"""From, to, cost, millimetres, halves of crossings, edge."""


def _arcs(
    start: Ints, end: Ints, cost: Ints, mm: Ints, crossings: Ints, allowed: Flags, two_sides: Flags
) -> ArcColumns:
    """Arcs along the edges that may be used this way; a barrier road has one on each side."""
    right, left = np.flatnonzero(allowed), np.flatnonzero(allowed & two_sides)
    both = np.concatenate([right, left])
    u, v = (np.concatenate([ends[right, 0], ends[left, 1]]) for ends in (start, end))
    return u, v, cost[both], mm[both], crossings[both], both


def _penalty(barrier: Barrier, share: float) -> int:
    return CLOSED if barrier.penalty_mm is None else round(barrier.penalty_mm * share)


def _tolls(network: Network, barriers: Sequence[Barrier], share: float) -> tuple[Ints, Ints, Ints]:
    """Per edge: the toll for the barrier lines it crosses, where along it, and how many; bridges cross none."""
    toll, at, count = (np.zeros(len(network.edges), dtype=np.int64) for _ in range(3))
    shapes, bridge = np.asarray(network.edges.geometry.values), network.edges["bridge"].to_numpy(dtype=bool)
    for barrier in barriers:
        edge, line = shapely.STRtree(barrier.lines).query(shapes, predicate="crosses")
        edge, line = edge[~bridge[edge]], line[~bridge[edge]]
        point = shapely.point_on_surface(shapely.intersection(shapes[edge], barrier.lines[line]))
        np.add.at(toll, edge, _penalty(barrier, share))
        np.add.at(count, edge, 1)
        at[edge] = np.round(shapely.line_locate_point(shapes[edge], point) * 1000).astype(np.int64)
    return np.minimum(toll, CLOSED), at, count


def _road_penalties(network: Network, may: Flags, barriers: Sequence[Barrier], share: float) -> Ints:
    """Per edge: the penalty for crossing it, −1 where it may be crossed freely."""
    penalty = np.full(len(network.edges), -1, dtype=np.int64)
    classes = network.edges["road_class"]
    for barrier in barriers:
        hit = classes.isin(barrier.classes).to_numpy() & may
        penalty[hit] = np.maximum(penalty[hit], _penalty(barrier, share))
    return penalty


@dataclass(frozen=True)
class _Sides:
    start: Ints
    end: Ints
    nodes: int
    crossings: ArcColumns


def _sides(network: Network, may: Flags, penalty: Ints) -> _Sides:
    """Junctions on two or more barrier roads taken apart into sectors, and the arcs that cross from one to the next."""
    ends = _ends_by_angle(network, may)
    main = penalty[ends.edge] >= 0
    count = np.bincount(ends.node[main], minlength=network.nodes)
    first_end = np.searchsorted(ends.node, np.arange(network.nodes + 1))
    seen: Ints = np.cumsum(main) - main
    seen = seen - np.repeat(np.append(seen, 0)[first_end[:-1]], np.diff(first_end))
    split = count >= 2
    extra = np.where(split, count - 1, 0)
    new = network.nodes + np.cumsum(extra) - extra
    sectors = np.maximum(count, 1)[ends.node]
    before = _sector_node(ends.node, seen % sectors, split, new)
    after = np.where(main, _sector_node(ends.node, (seen + 1) % sectors, split, new), before)
    start, end = (
        np.repeat(network.edges[c].to_numpy(dtype=np.int64)[:, None], 2, axis=1) for c in ("from_node", "to_node")
    )
    # Seen from the junction, the sector after a barrier road (anticlockwise) is on its left; at the road's far end the
    # road comes towards the junction, and left and right change places.
    start[ends.edge[ends.leaves]] = np.column_stack([before, after])[ends.leaves]
    end[ends.edge[~ends.leaves]] = np.column_stack([after, before])[~ends.leaves]
    cross = main & split[ends.node] & (penalty[ends.edge] < CLOSED)
    crossings = _crossing_arcs(network, before[cross], after[cross], ends.edge[cross], penalty)
    return _Sides(start, end, network.nodes + int(extra.sum()), crossings)


def _sector_node(node: Ints, sector: Ints, split: Flags, new: Ints) -> Ints:
    return np.where(split[node] & (sector > 0), new[node] + sector - 1, node)


def _crossing_arcs(network: Network, one: Ints, other: Ints, edge: Ints, penalty: Ints) -> ArcColumns:
    """Both ways between two sectors; a one-way road is half of a dual carriageway, and half a crossing."""
    half = (network.edges["drive_forward"] ^ network.edges["drive_backward"]).to_numpy(dtype=bool)[edge]
    cost = np.maximum(1, np.where(half, penalty[edge] // 2, penalty[edge]))
    nothing = np.zeros(2 * len(edge), dtype=np.int64)
    halves = np.tile(np.where(half, 1, 2), 2).astype(np.int64)
    return np.concatenate([one, other]), np.concatenate([other, one]), np.tile(cost, 2), nothing, halves, nothing - 1


@dataclass(frozen=True)
class _Ends:
    """Ends of edges at their nodes, anticlockwise round each node."""

    node: Ints
    edge: Ints
    leaves: Flags
    """The edge starts here."""


def _ends_by_angle(network: Network, may: Flags) -> _Ends:
    edge = np.flatnonzero(may)
    shapes = np.asarray(network.edges.geometry.values)[edge]
    at, angle, leaves = [], [], []
    for name, here, there in (("from_node", 0, 1), ("to_node", -1, -2)):
        a, b = (shapely.get_coordinates(shapely.get_point(shapes, i)) for i in (here, there))
        at.append(network.edges[name].to_numpy(dtype=np.int64)[edge])
        angle.append(np.arctan2(b[:, 1] - a[:, 1], b[:, 0] - a[:, 0]))
        leaves.append(np.full(len(edge), here == 0))
    node, both, start = np.concatenate(at), np.concatenate([edge, edge]), np.concatenate(leaves)
    order = np.lexsort((start, both, np.concatenate(angle), node))
    return _Ends(node[order], both[order], start[order])
