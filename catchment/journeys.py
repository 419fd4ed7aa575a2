"""Ways from cells to doors: what they cost, how long they are, and what they cross (docs/method/distance.md).

A door is a school's gate, or the school itself. Everything is whole numbers: millimetres, or milliseconds for modes that
go by time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.engines.protocol import FAR, Costs, Doors, Places, Router, at_nodes
from catchment.network import Ints
from catchment.travel import Travel

CELLS_AT_ONCE = 16_384


@dataclass(frozen=True)
class Spots:
    """Joined points on their edges: the nodes at both ends on their side, and the cost of reaching each.

    `out` leads away from the spot, `in` towards it; FAR where the street does not lead that way.
    """

    edge: Ints
    offset_mm: Ints
    along: Ints
    """Cost from the edge's start to the spot."""
    left: Ints
    leg_mm: Ints
    beside: Ints
    """Cost of the leg."""
    start: Ints
    end: Ints
    out_start: Ints
    out_end: Ints
    in_start: Ints
    in_end: Ints


def spots(travel: Travel, joins: pd.DataFrame) -> Spots:
    """Rows of table `joins` on the network as a mode travels it."""
    edge, offset, leg, left = (joins[c].to_numpy(dtype=np.int64) for c in ("edge_id", "offset_mm", "access_mm", "left"))
    beside = np.round(leg * travel.leg_share).astype(np.int64)
    along = np.round(travel.cost[edge] * (offset / travel.length_mm[edge])).astype(np.int64)
    toll_before = travel.toll_at_mm[edge] <= offset
    to_start = along + beside + np.where(toll_before, travel.toll[edge], 0)
    to_end = travel.cost[edge] - along + beside + np.where(toll_before, 0, travel.toll[edge])
    forward, backward = travel.forward[edge], travel.backward[edge]
    legs = [
        np.where(allowed, np.minimum(cost, FAR), FAR)
        for cost, allowed in ((to_start, backward), (to_end, forward), (to_start, forward), (to_end, backward))
    ]
    return Spots(edge, offset, along, left, leg, beside, travel.start[edge, left], travel.end[edge, left], *legs)


def places(cells: Spots) -> Places:
    """Where children set out."""
    return Places(cells.start, cells.out_start, cells.end, cells.out_end)


def doors(gates: Spots) -> Doors:
    """Where they arrive: every gate a label, entered from both ends of its street."""
    count = len(gates.edge)
    label = np.tile(np.arange(count), 2)
    return Doors(label, np.r_[gates.start, gates.end], np.r_[gates.in_start, gates.in_end], count)


def costs_to_doors(
    router: Router, travel: Travel, cells: Spots, gates: Spots, *, limit: int = FAR
) -> Iterator[tuple[Ints, Costs]]:
    """Costs from cells to gates, some cells at a time: (row numbers, rows × gates); FAR where there is no way.

    A cell and a gate on the same street also have the way between them. Costs beyond the limit may be told as FAR.
    """
    cell, gate, cost = _same_street(travel, cells, gates)
    row_of = np.full(len(cells.edge), -1)
    for rows, block in router.blocks(doors(gates), places(cells), size=CELLS_AT_ONCE, limit=limit):
        row_of[rows] = np.arange(len(rows))
        here = row_of[cell] >= 0
        np.minimum.at(block, (row_of[cell[here]], gate[here]), cost[here].astype(np.uint32))
        row_of[rows] = -1
        yield rows, block


def _same_street(travel: Travel, cells: Spots, gates: Spots) -> tuple[Ints, Ints, Ints]:
    """Cells and gates on the same side of the same edge: row, gate, cost of the way between them."""
    two_sided = travel.start[:, 0] != travel.start[:, 1]
    sides = [
        pd.DataFrame({"edge": s.edge, "left": np.where(two_sided[s.edge], s.left, 0), "row": np.arange(len(s.edge))})
        for s in (cells, gates)
    ]
    pairs = sides[0].merge(sides[1], on=["edge", "left"], suffixes=("", "_gate"))
    cell, gate, edge = (pairs[c].to_numpy(dtype=np.int64) for c in ("row", "row_gate", "edge"))
    a, b = cells.offset_mm[cell], gates.offset_mm[gate]
    ahead = np.where(a <= b, travel.forward[edge], travel.backward[edge])
    between = (travel.toll_at_mm[edge] > np.minimum(a, b)) & (travel.toll_at_mm[edge] <= np.maximum(a, b))
    cost = np.abs(cells.along[cell] - gates.along[gate]) + cells.beside[cell] + gates.beside[gate]
    cost = cost + np.where(between, travel.toll[edge], 0)
    return cell, gate, np.where(ahead, np.minimum(cost, FAR), FAR).astype(np.int64)


@dataclass(frozen=True)
class Legs:
    """What is counted along the cheapest ways from every node to every gate: (nodes × gates)."""

    cost: Costs
    length_mm: Costs
    halves: NDArray[np.int32]
    """Halves of crossings of barriers."""


def legs_to_doors(router: Router, travel: Travel, gates: Spots) -> Legs:
    """Lengths and crossings of the cheapest ways from all nodes, which are followed to the gates arc by arc."""
    cost = router.matrix(doors(gates), at_nodes(np.arange(travel.arcs.nodes)))
    length, halves = np.zeros(cost.shape, np.uint32), np.zeros(cost.shape, np.int32)
    for g in range(cost.shape[1]):
        column = np.ascontiguousarray(cost[:, g])
        onward = follow(travel.arcs.from_node, travel.arcs.to_node, travel.arcs.cost, column)
        ends = _ends(travel, gates, g, column)
        length[:, g] = count_along(onward, travel.arcs.to_node, travel.arc_mm, *ends[:2], column)
        halves[:, g] = count_along(onward, travel.arcs.to_node, travel.arc_crossings, ends[0], ends[2], column)
    return Legs(cost, length, halves)


def _ends(travel: Travel, gates: Spots, g: int, cost: Costs) -> tuple[Ints, Ints, Ints]:
    """Nodes from which a gate is entered straight away, and the length and crossings of that last stretch."""
    edge, offset = gates.edge[g], gates.offset_mm[g]
    ends = np.array([gates.start[g], gates.end[g]])
    legs = np.array([gates.in_start[g], gates.in_end[g]])
    mm = np.array([offset, travel.length_mm[edge] - offset]) + gates.leg_mm[g]
    tolled = np.array([travel.toll_at_mm[edge] <= offset, travel.toll_at_mm[edge] > offset])
    straight = (cost[ends] == legs) & (legs < FAR)
    if straight.all() and ends[0] == ends[1]:
        straight[1] = False
    return ends[straight], mm[straight], np.where(tolled, 2 * travel.tolls[edge], 0)[straight]


@numba.njit(cache=True, nogil=True)
def follow(from_node: Ints, to_node: Ints, arc_cost: Ints, cost: Costs) -> Ints:
    """The first arc on the cheapest way from every node, the lowest where several are; −1 where there is none."""
    onward = np.full(len(cost), -1, np.int64)
    for a in range(len(from_node)):
        u, v = from_node[a], to_node[a]
        if onward[u] < 0 and cost[v] < FAR and np.int64(cost[u]) == np.int64(cost[v]) + arc_cost[a]:
            onward[u] = a
    return onward


@numba.njit(cache=True, nogil=True)
def count_along(onward: Ints, to_node: Ints, measure: Ints, ends: Ints, at_ends: Ints, cost: Costs) -> Ints:
    """Sum of a measure of the arcs from every node to the gate; 0 where there is no way."""
    total, known = np.zeros(len(onward), np.int64), np.zeros(len(onward), np.bool_)
    for i in range(len(ends)):
        total[ends[i]], known[ends[i]] = at_ends[i], True
    branch = np.empty(len(onward), np.int64)
    for start in range(len(onward)):
        count, v = 0, start
        while not known[v] and onward[v] >= 0 and cost[v] < FAR:
            branch[count] = v
            count, v = count + 1, to_node[onward[v]]
        for i in range(count - 1, -1, -1):
            u = branch[i]
            total[u], known[u] = total[to_node[onward[u]]] + measure[onward[u]], True
    return total


def counted(travel: Travel, cells: Spots, gates: Spots, legs: Legs, rows: Ints, cost: Costs) -> tuple[Ints, Ints]:
    """Length and halves of crossings of the ways of a block: through the edge's start, its end, or along the street."""
    by_start = np.minimum(cells.out_start[rows][:, None] + legs.cost[cells.start[rows]].astype(np.int64), FAR)
    by_end = np.minimum(cells.out_end[rows][:, None] + legs.cost[cells.end[rows]].astype(np.int64), FAR)
    edge, offset = cells.edge[rows], cells.offset_mm[rows]
    tolled = travel.toll_at_mm[edge] <= offset
    tolls = 2 * travel.tolls[edge]
    direct = np.abs(offset[:, None] - gates.offset_mm) + gates.leg_mm
    low, high = np.minimum(offset[:, None], gates.offset_mm), np.maximum(offset[:, None], gates.offset_mm)
    at = travel.toll_at_mm[edge][:, None]
    choices = [cost == by_start, cost == by_end]
    mm = np.select(
        choices,
        [
            offset[:, None] + legs.length_mm[cells.start[rows]].astype(np.int64),
            (travel.length_mm[edge] - offset)[:, None] + legs.length_mm[cells.end[rows]].astype(np.int64),
        ],
        direct,
    )
    halves = np.select(
        choices,
        [
            legs.halves[cells.start[rows]] + np.where(tolled, tolls, 0)[:, None],
            legs.halves[cells.end[rows]] + np.where(tolled, 0, tolls)[:, None],
        ],
        np.where((at > low) & (at <= high), tolls[:, None], 0),
    )
    return mm + cells.leg_mm[rows][:, None], halves.astype(np.int64)
