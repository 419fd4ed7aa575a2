"""Network distance from every cell to every school, in whole millimetres (docs/method/distance.md)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.doors import stack
from catchment.engines import engine
from catchment.network import Arcs, Mode, Network
from catchment.tables import UNIT_COSTS

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Distances:
    """Cells × schools: whole millimetres from door to door, its network part, and reached or not."""

    cells: pd.Index
    schools: pd.Index
    distance_mm: Ints
    access_mm: Ints
    egress_mm: Ints
    reached: NDArray[np.bool_]


@dataclass(frozen=True)
class _Places:
    """Joined points: their edge's ends and the length to each end, where the mode may go there."""

    edge: Ints
    offset: Ints
    start: Ints
    end: Ints
    to_start: Ints
    to_end: Ints


def _places(network: Network, joins: pd.DataFrame) -> _Places:
    edge = joins["edge_id"].to_numpy(dtype=np.int64)
    offset = joins["offset_mm"].to_numpy(dtype=np.int64)
    start, end, length = (
        network.edges[c].to_numpy(dtype=np.int64)[edge] for c in ("from_node", "to_node", "length_mm")
    )
    return _Places(edge, offset, start, end, offset, length - offset)


def measure(
    network: Network, joins: pd.DataFrame, *, subject: str, mode: Mode, engine_name: str, reach_m: int
) -> Distances:
    """Distances from all joined cells to all joined schools (or candidates: `subject`).

    A child goes from its cell to the school, so one-way streets count in that direction. Pairs farther
    than reach_m, and pairs without a way, are not reached.
    """
    joins_of = {name: joins[joins["subject"] == name] for name in ("cell", subject)}
    cells, schools = (_places(network, joins_of[name]) for name in ("cell", subject))
    access = joins_of["cell"]["access_mm"].to_numpy(dtype=np.int64)
    egress = joins_of[subject]["access_mm"].to_numpy(dtype=np.int64)
    forward, backward = network.directions(mode)
    starts, back = np.unique(np.concatenate([schools.start, schools.end]), return_inverse=True)
    found, reached = engine[engine_name](_reversed(network.arcs(mode)), starts)
    shape = (len(access), len(egress))
    distance, there = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    for s in range(len(egress)):
        network_mm, ok = _to_school(s, cells, schools, found, reached, back.ravel(), forward, backward)
        total = access + network_mm + egress[s]
        there[:, s] = ok & (total <= reach_m * 1000)
        distance[:, s] = np.where(there[:, s], total, 0)
    return Distances(
        pd.Index(joins_of["cell"]["subject_id"]),
        pd.Index(joins_of[subject]["subject_id"]),
        distance,
        access,
        egress,
        there,
    )


def _reversed(arcs: Arcs) -> Arcs:
    """From the school outwards a child's way is walked backwards."""
    return Arcs(arcs.to_node, arcs.from_node, arcs.length_mm, arcs.nodes)


def _to_school(
    s: int,
    cells: _Places,
    schools: _Places,
    found: Ints,
    reached: NDArray[np.bool_],
    back: Ints,
    forward: NDArray[np.bool_],
    backward: NDArray[np.bool_],
) -> tuple[Ints, NDArray[np.bool_]]:
    """Network length from every cell's foot point to school s, and whether there is a way."""
    count = len(schools.edge)
    edge = schools.edge[s]
    best = np.full(len(cells.edge), np.iinfo(np.int64).max)
    # The school's edge is entered at its start and followed forward, or at its end and followed back.
    for row, leg, allowed in (
        (back[s], schools.to_start[s], forward[edge]),
        (back[count + s], schools.to_end[s], backward[edge]),
    ):
        if not allowed:
            continue
        for node, cell_leg, may in (
            (cells.start, cells.to_start, backward[cells.edge]),
            (cells.end, cells.to_end, forward[cells.edge]),
        ):
            way = may & reached[row, node]
            best = np.where(way, np.minimum(best, cell_leg + found[row, node] + leg), best)
    same = (cells.edge == edge) & np.where(cells.offset <= schools.offset[s], forward[edge], backward[edge])
    best = np.where(same, np.minimum(best, np.abs(cells.offset - schools.offset[s])), best)
    there = best < np.iinfo(np.int64).max
    return np.where(there, best, 0), there


def nearest_costs(distances: Distances, schools: pd.DataFrame, *, nearest: int) -> pd.DataFrame:
    """Table `costs`: the nearest schools of each stage per cell, ties by school id."""
    parts = []
    for stage, rows in schools.groupby("stage", sort=True):
        columns = np.flatnonzero(distances.schools.isin(rows["school_id"]))
        columns = columns[np.argsort(distances.schools[columns], kind="stable")]
        far = np.where(distances.reached[:, columns], distances.distance_mm[:, columns], np.iinfo(np.int64).max)
        order = np.argsort(far, axis=1, kind="stable")[:, :nearest]
        cell = np.repeat(np.arange(len(far)), order.shape[1])
        column = columns[order.ravel()]
        kept = distances.reached[cell, column]
        cell, column, rank = cell[kept], column[kept], np.tile(np.arange(1, order.shape[1] + 1), len(far))[kept]
        mm, access, egress = distances.distance_mm[cell, column], distances.access_mm[cell], distances.egress_mm[column]
        parts.append(
            pd.DataFrame(
                {
                    "cell_id": distances.cells[cell], "school_id": distances.schools[column], "stage": stage, "rank": rank,
                    "distance_mm": mm, "access_mm": access, "network_mm": mm - access - egress, "egress_mm": egress,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def unit_costs(distances: Distances, cells: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Table `unit_costs`: mean distance of a unit's people to each facility that all its joined cells reach."""
    rows = cells.set_index("cell_id").loc[distances.cells]
    units, number = np.unique(rows["unit_id"].to_numpy(dtype=str), return_inverse=True)
    weight = rows["people"].to_numpy(dtype=np.float64)
    whole, members = np.bincount(number, weights=weight), np.bincount(number)
    parts = []
    for s, facility in enumerate(distances.schools):
        reached = np.flatnonzero(np.bincount(number, weights=distances.reached[:, s]) == members)
        mean = np.bincount(number, weights=weight * distances.distance_mm[:, s])[reached] / whole[reached]
        parts.append(
            pd.DataFrame(
                {
                    "unit_id": units[reached],
                    "facility_id": facility,
                    "subject": subject,
                    "distance_mm": np.round(mean).astype(np.int64),
                }
            )
        )
    return stack(parts, UNIT_COSTS)


def matrix(costs: pd.DataFrame, units: pd.Index, facilities: pd.Index) -> tuple[Ints, NDArray[np.bool_]]:
    """Units × facilities out of table `unit_costs`: whole millimetres, and reached or not."""
    row, column = units.get_indexer(costs["unit_id"]), facilities.get_indexer(costs["facility_id"])
    both = (row >= 0) & (column >= 0)
    distance = np.zeros((len(units), len(facilities)), dtype=np.int64)
    reached = np.zeros(distance.shape, dtype=bool)
    distance[row[both], column[both]] = costs["distance_mm"].to_numpy()[both]
    reached[row[both], column[both]] = True
    return distance, reached
