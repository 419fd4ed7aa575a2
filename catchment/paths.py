"""The way from a cell to a school as a line, for drawing."""

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from catchment.costs import Way
from catchment.engines.protocol import FAR, at_nodes
from catchment.journeys import Spots, costs_to_doors, doors, follow, spots
from catchment.network import Network


def draw_way(roads: Network, way: Way, cell: pd.Series, school: pd.DataFrame) -> shapely.LineString | None:
    """The line from a cell (subject_id, x_m, y_m) to the gate of a school that is cheapest from there.

    school: its gates (subject_id, gate, x_m, y_m). None where there is no way. Its length is the distance of table
    `costs`, but for whole millimetres.
    """
    cells = way.cells[way.cells["subject_id"] == cell["subject_id"]]
    gates = way.gates.merge(school, on=["subject_id", "gate"]).reset_index(drop=True)
    if cells.empty or gates.empty:
        return None
    home, ends = spots(way.travel, cells), spots(way.travel, gates)
    cost = next(costs_to_doors(way.router, way.travel, home, ends))[1][0]
    best = int(np.argmin(cost))
    if cost[best] >= FAR:
        return None
    stretch = _stretches(roads, way, home, spots(way.travel, gates.iloc[[best]]), int(cost[best]))
    start, end = (cell["x_m"], cell["y_m"]), tuple(gates.loc[best, ["x_m", "y_m"]])
    xy = np.vstack([start, *(shapely.get_coordinates(line) for line in stretch), end])
    moves = np.append(True, (xy[1:] != xy[:-1]).any(axis=1))
    moves[-1] = True  # at the door itself the line is a point twice
    return shapely.LineString(xy[moves])


def _stretches(roads: Network, way: Way, home: Spots, gate: Spots, cost: int) -> list[shapely.LineString]:
    """Streets from foot to foot: the cell's street to one of its ends, whole streets, and the gate's own."""
    travel, lines = way.travel, np.asarray(roads.edges.geometry.values)
    column = way.router.matrix(doors(gate), at_nodes(np.arange(travel.arcs.nodes)))[:, 0]
    if home.out_start[0] + int(column[home.start[0]]) == cost:
        node, first = home.start[0], _part(lines[home.edge[0]], home.offset_mm[0], 0)
    elif home.out_end[0] + int(column[home.end[0]]) == cost:
        node, first = home.end[0], _part(lines[home.edge[0]], home.offset_mm[0], travel.length_mm[home.edge[0]])
    else:
        return [_part(lines[home.edge[0]], home.offset_mm[0], gate.offset_mm[0])]
    onward = follow(travel.arcs.from_node, travel.arcs.to_node, travel.arcs.cost, column)
    found = [first]
    while int(column[node]) not in _arrivals(gate, node):
        arc = onward[node]
        if travel.arc_edge[arc] >= 0:
            line = lines[travel.arc_edge[arc]]
            found.append(line if travel.arc_ahead[arc] else shapely.reverse(line))
        node = travel.arcs.to_node[arc]
    by_start = node == gate.start[0] and column[node] == gate.in_start[0]
    whole = travel.length_mm[gate.edge[0]]
    return [*found, _part(lines[gate.edge[0]], 0 if by_start else whole, gate.offset_mm[0])]


def _arrivals(gate: Spots, node: int) -> set[int]:
    """Costs with which a node enters the gate's street straight away."""
    ends = ((gate.start[0], gate.in_start[0]), (gate.end[0], gate.in_end[0]))
    return {int(cost) for end, cost in ends if end == node and cost < FAR}


def _part(line: shapely.LineString, from_mm: int, to_mm: int) -> shapely.LineString:
    return substring(line, from_mm / 1000, to_mm / 1000)
