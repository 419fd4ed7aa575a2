"""Children to schools within their seats: an exact transport problem in whole children (docs/method/assignment.md)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from catchment.errors import Infeasible, problem

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Flow:
    """Children by unit and school column, and those left over: all whole numbers."""

    unit: Ints
    school: Ints
    children: Ints
    unplaced: Ints
    """Per unit."""
    metres: int
    """Σ children × metres, rounded down once at the end."""


def assign_children(children: Ints, seats: Ints, distance_mm: Ints, reached: NDArray[np.bool_]) -> Flow:
    """The assignment with fewest children unplaced, and among those with least Σ children × distance.

    children: (units,); seats: (schools,); distance_mm, reached: (units, schools).

    Raises Infeasible if the solver does not prove its answer optimal.
    """
    units, schools = len(children), len(seats)
    row, column = np.nonzero(reached & (children[:, None] > 0) & (seats[None, :] > 0))
    # To seat one more child a chain of others may have to move, at most one per school: no chain may
    # look dearer than a child without a seat.
    unmet_mm = (schools + 1) * int(distance_mm[row, column].max(initial=1))
    sink, nobody = units + schools, units + schools + 1
    solver = min_cost_flow.SimpleMinCostFlow()
    everyone = np.arange(units)
    tail = np.concatenate([row, everyone, units + np.arange(schools), [nobody]])
    head = np.concatenate([units + column, np.full(units, nobody), np.full(schools, sink), [sink]])
    capacity = np.concatenate([children[row], children, seats, [children.sum()]])
    cost = np.concatenate([distance_mm[row, column], np.full(units, unmet_mm), np.zeros(schools + 1, dtype=np.int64)])
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    solver.set_nodes_supplies(np.append(everyone, sink), np.append(children, -children.sum()))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise Infeasible(
            problem(
                "the assignment was not proved optimal (status {status})",
                "report this with the run folder",
                status=status.name,
            )
        )
    flow = np.asarray(solver.flows(arcs), dtype=np.int64)
    placed = flow[: len(row)]
    kept = placed > 0
    answer = Flow(
        row[kept],
        column[kept],
        placed[kept],
        flow[len(row) : len(row) + units],
        int(placed @ distance_mm[row, column]) // 1000,
    )
    verify(answer, children, seats, reached)
    return answer


def verify(flow: Flow, children: Ints, seats: Ints, reached: NDArray[np.bool_]) -> None:
    """Recompute the answer from the tables alone; raises Infeasible if it breaks a rule."""
    problems = []
    placed = np.zeros(len(children), dtype=np.int64)
    load = np.zeros(len(seats), dtype=np.int64)
    for unit, school, count in zip(flow.unit.tolist(), flow.school.tolist(), flow.children.tolist(), strict=True):
        placed[unit] += count
        load[school] += count
        if count <= 0 or not reached[unit, school]:
            problems.append(f"unit {unit} to school {school}")
    problems += [f"unit {i}" for i in np.flatnonzero(placed + flow.unplaced != children)]
    problems += [f"school {i}" for i in np.flatnonzero(load > seats)]
    if problems:
        raise Infeasible(
            problem("the solver's answer breaks the rules", "report this with the run folder", rows=problems)
        )


def assignment_tables(
    flow: Flow, units: pd.Index, schools: pd.Index, stage: str, distance_mm: Ints, reached: NDArray[np.bool_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `assignment` and `unplaced` of one stage."""
    placed = pd.DataFrame(
        {
            "unit_id": units[flow.unit],
            "stage": stage,
            "school_id": schools[flow.school],
            "children": flow.children,
            "distance_mm": distance_mm[flow.unit, flow.school],
        }
    )
    left = np.flatnonzero(flow.unplaced)
    in_reach = reached[left].any(axis=1) if len(left) else np.zeros(0, dtype=bool)
    unplaced = pd.DataFrame(
        {
            "unit_id": units[left],
            "stage": stage,
            "children": flow.unplaced[left],
            "reason": np.where(in_reach, "no_seat", "no_school_in_reach"),
        }
    )
    return placed, unplaced
