"""Tables of ways: the nearest schools of every cell, and the mean way of a unit's people to every school in reach.

Ways are told in whole millimetres from door to door; cells are gone through some at a time, so that a province needs
no more room than a county (docs/method/distance.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from catchment.doors import stack
from catchment.engines.protocol import FAR, Costs, Router
from catchment.errors import InputError, problem
from catchment.journeys import Legs, Spots, costs_to_doors, counted, legs_to_doors, spots
from catchment.network import Ints
from catchment.tables import COSTS, UNIT_COSTS
from catchment.travel import Travel

Flags = NDArray[np.bool_]

MOST_GIB = 8.0
"""What the ways of one stage may take in memory."""


@dataclass(frozen=True)
class Way:
    """How children get to facilities, daily or as boarders; joins are those of what the mode uses."""

    travel: Travel
    router: Router
    cells: pd.DataFrame
    """Rows of `joins` of cells."""
    gates: pd.DataFrame
    """Rows of `joins` of facilities; a facility may have several gates."""
    reach_m: int
    speed_kmh: float


@dataclass(frozen=True)
class Block:
    """Some cells × facilities: millimetres, those with penalties for crossings, what the way costs its mode (what
    is least), halves of crossings, the last leg, and reached or not.
    """

    rows: Ints
    distance_mm: Ints
    burden_mm: Ints
    cost: Ints
    halves: Ints
    egress_mm: Ints
    reached: Flags


def measure(
    ways: Sequence[Way], cells: pd.DataFrame, facilities: pd.Index, *, stage: str, subject: str, nearest: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `costs` and `unit_costs` of a stage's facilities; a later way serves the pairs that no earlier one reaches.

    cells: cell_id, unit_id, people; nearest: rows kept of each cell, 0 for none. A unit reaches a facility when all its cells on the network do.

    Raises InputError if the ways need more memory than MOST_GIB.
    """
    units, unit = np.unique(cells["unit_id"].to_numpy(dtype=str), return_inverse=True)
    index, people = pd.Index(cells["cell_id"]), cells["people"].to_numpy(dtype=np.float64)
    joined = np.zeros(len(cells), dtype=bool)
    taken = np.zeros((len(cells), len(facilities)), dtype=bool) if len(ways) > 1 else None
    sums = _Sums.zero(len(units), len(facilities))
    near = []
    for order, way in enumerate(ways):
        cell = index.get_indexer(way.cells["subject_id"])
        names = pd.Index(np.unique(way.gates["subject_id"].to_numpy(dtype=str)))
        columns = facilities.get_indexer(names)
        joined[cell] = True
        for block in _blocks(way):
            rows, reached = cell[block.rows], block.reached
            if taken is not None:
                reached = reached & ~taken[np.ix_(rows, columns)]
                taken[np.ix_(rows, columns)] |= reached
            sums.add(unit[rows], columns, people[rows], block, reached)
            if nearest:
                near.append(_nearest(way, block, reached, rows, names, nearest).assign(way=order))
    members = np.bincount(unit[joined], minlength=len(units))
    return _ranked(near, index, stage, nearest), sums.table(units, members, facilities, stage, subject)


def _blocks(way: Way) -> Iterator[Block]:
    """The ways of some cells at a time, the cheapest gate of every facility taken."""
    gates = way.gates.sort_values(["subject_id", "gate"])
    if way.cells.empty or gates.empty:
        return
    from_cells, to_gates = spots(way.travel, way.cells), spots(way.travel, gates)
    first = np.flatnonzero(~gates["subject_id"].duplicated().to_numpy())
    _refuse_too_much(way, len(gates))
    legs = None if way.travel.plain else legs_to_doors(way.router, way.travel, to_gates)
    limit = way.reach_m * 1000 if way.travel.plain else FAR
    for rows, cost in costs_to_doors(way.router, way.travel, from_cells, to_gates, limit=limit):
        yield _block(way, rows, cost, first, from_cells, to_gates, legs)


def _refuse_too_much(way: Way, gates: int) -> None:
    """What is followed to the doors arc by arc is kept for every node; plain distances are not."""
    needed = 0 if way.travel.plain else way.travel.arcs.nodes * gates * 12 / 2**30
    if needed > MOST_GIB:
        what = "the ways of mode {mode} need {needed} GiB of memory, and {most} are allowed"
        remedy = "take a mode that goes by distance, fewer barriers, or a smaller study"
        raise InputError(problem(what, remedy, mode=way.travel.mode, needed=f"{needed:.1f}", most=f"{MOST_GIB:g}"))


def _block(way: Way, rows: Ints, cost: Costs, first: Ints, cells: Spots, gates: Spots, legs: Legs | None) -> Block:
    whole = cost.astype(np.int64)
    if legs is None:
        mm, halves = whole, np.zeros(cost.shape, dtype=np.int64)
    else:
        mm, halves = counted(way.travel, cells, gates, legs, rows, cost)
    gate = _cheapest_gate(cost, first)
    whole, mm, halves = (np.take_along_axis(values, gate, axis=1) for values in (whole, mm, halves))
    reached = (whole < FAR) & (mm <= way.reach_m * 1000)
    burden = whole if way.travel.by == "distance" else mm
    return Block(rows, mm, burden, whole, halves, gates.leg_mm[gate], reached)


def _cheapest_gate(cost: Costs, first: Ints) -> Ints:
    """For every facility the column of its cheapest gate, the first of equal ones."""
    if len(first) == cost.shape[1]:
        return np.broadcast_to(first, cost.shape)
    ends = np.append(first[1:], cost.shape[1])
    return np.column_stack([a + np.argmin(cost[:, a:b], axis=1) for a, b in zip(first, ends, strict=True)])


@dataclass
class _Sums:
    """Units × facilities: people × millimetres, people × what it counts, and cells that reach it."""

    distance: NDArray[np.float64]
    burden: NDArray[np.float64]
    weight: NDArray[np.float64]
    reached: Ints

    @classmethod
    def zero(cls, units: int, facilities: int) -> "_Sums":
        shape = (units, facilities)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64))

    def add(self, unit: Ints, columns: Ints, people: NDArray[np.float64], block: Block, reached: Flags) -> None:
        named, number = np.unique(unit, return_inverse=True)
        gather = sparse.csr_array((people, (number, np.arange(len(unit)))), shape=(len(named), len(unit)))
        count = sparse.csr_array(
            (np.ones(len(unit), dtype=np.int64), gather.indices, gather.indptr), shape=gather.shape
        )
        at = np.ix_(named, columns)
        self.distance[at] += gather @ np.where(reached, block.distance_mm, 0)
        self.burden[at] += gather @ np.where(reached, block.burden_mm, 0)
        self.weight[at] += gather @ reached.astype(np.float64)
        self.reached[at] += count @ reached.astype(np.int64)

    def table(
        self, units: NDArray[np.str_], members: Ints, facilities: pd.Index, stage: str, subject: str
    ) -> pd.DataFrame:
        u, f = np.nonzero((self.reached == members[:, None]) & (members[:, None] > 0))
        mean, burden = (np.round(s[u, f] / self.weight[u, f]).astype(np.int64) for s in (self.distance, self.burden))
        return pd.DataFrame(
            {
                "unit_id": units[u], "facility_id": facilities[f], "stage": stage, "subject": subject,
                "distance_mm": mean, "burden_mm": burden,
            }
        )  # fmt: skip


def _nearest(way: Way, block: Block, reached: Flags, cells: Ints, names: pd.Index, nearest: int) -> pd.DataFrame:
    """The cheapest facilities of every cell of a block, ties by id."""
    key = np.where(reached, block.cost, np.iinfo(np.int64).max)
    order = np.argsort(key, axis=1, kind="stable")[:, :nearest]
    row = np.repeat(np.arange(len(key)), order.shape[1])
    column = order.ravel()
    kept = reached[row, column]
    row, column = row[kept], column[kept]
    mm = block.distance_mm[row, column]
    access = way.cells["access_mm"].to_numpy(dtype=np.int64)[block.rows[row]]
    egress = block.egress_mm[row, column]
    milliseconds = block.cost[row, column] if way.travel.by == "time" else mm * 3.6 / way.speed_kmh
    return pd.DataFrame(
        {
            "cell": cells[row], "school_id": names[column], "mode": way.travel.mode, "cost": block.cost[row, column],
            "distance_mm": mm, "time_s": np.round(milliseconds / 1000).astype(np.int64),
            "crossings": block.halves[row, column] / 2,
            "access_mm": access, "network_mm": mm - access - egress, "egress_mm": egress,
        }
    )  # fmt: skip


def _ranked(near: list[pd.DataFrame], index: pd.Index, stage: str, nearest: int) -> pd.DataFrame:
    """Table `costs`: earlier ways first, then the cheaper, then the lower id."""
    if not near:
        return COSTS.empty()
    rows = pd.concat(near, ignore_index=True).sort_values(["cell", "way", "cost", "school_id"], kind="stable")
    rows = rows.assign(rank=rows.groupby("cell").cumcount() + 1, stage=stage, cell_id=index[rows["cell"]])
    return rows.loc[rows["rank"] <= nearest, COSTS.names].reset_index(drop=True)


def matrix(costs: pd.DataFrame, units: pd.Index, facilities: pd.Index, column: str = "burden_mm") -> tuple[Ints, Flags]:
    """Units × facilities out of a stage's rows of `unit_costs`: whole millimetres, and reached or not."""
    row, facility = units.get_indexer(costs["unit_id"]), facilities.get_indexer(costs["facility_id"])
    both = (row >= 0) & (facility >= 0)
    distance = np.zeros((len(units), len(facilities)), dtype=np.int64)
    reached = np.zeros(distance.shape, dtype=bool)
    distance[row[both], facility[both]] = costs[column].to_numpy()[both]
    reached[row[both], facility[both]] = True
    return distance, reached


def of_stage(costs: pd.DataFrame, stage: str) -> pd.DataFrame:
    """A stage's rows of `unit_costs`."""
    return costs[costs["stage"] == stage]


def stacked(parts: Sequence[tuple[pd.DataFrame, pd.DataFrame]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of several stages together."""
    return stack([p[0] for p in parts], COSTS), stack([p[1] for p in parts], UNIT_COSTS)
