"""Children of one year and scenario seated best, and a bound on that for any other seats (docs/method/siting.md)."""

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from catchment.errors import Infeasible, problem
from catchment.siting.branching import Ints

FAR = -(1 << 60)


class Ways(NamedTuple):
    """Pairs within reach: point (pairs,), facility (pairs,), cost (pairs,) of a child."""

    point: Ints
    facility: Ints
    cost: Ints


@dataclass(frozen=True)
class Seated:
    """flow: (pairs,) children; unmet: (points,); cost: Σ; price: (points,) what a child more would cost at least.

    least: (facilities,) the least use asked for; lacking: of it, children whom nobody could send; if any, cost and price mean nothing.
    """

    flow: Ints
    unmet: Ints
    cost: int
    price: Ints
    least: Ints
    lacking: Ints


def ways_of(cost: Ints, reach: NDArray[np.bool_]) -> Ways:
    point, facility = np.nonzero(reach)
    return Ways(point, facility, cost[point, facility])


def seat_children(ways: Ways, children: Ints, seats: Ints, least: Ints, unmet_cost: int) -> Seated:
    """The seating of least Σ cost + unmet_cost × children without a seat; each facility's children from `least` to `seats`.

    children: (points,); seats, least: (facilities,).

    Raises Infeasible if the solver does not prove its answer optimal.
    """
    points, facilities = len(children), len(seats)
    open_ways = np.flatnonzero((children[ways.point] > 0) & (seats[ways.facility] > 0))
    point, facility, cost = ways.point[open_ways], ways.facility[open_ways], ways.cost[open_ways]
    dear = (facilities + 2) * (int(cost.max(initial=0)) + unmet_cost + 1)
    nobody, sink = points + facilities, points + facilities + 1
    some, every = np.arange(points), points + np.arange(facilities)
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([point, some, every, every, [nobody]]),
        np.concatenate([points + facility, np.full(points, nobody), np.full(2 * facilities + 1, sink)]),
        np.concatenate([children[point], children, least, seats - least, [children.sum()]]),
        np.concatenate(
            [cost, np.full(points, unmet_cost), np.full(facilities, -dear), np.zeros(facilities + 1, np.int64)]
        ),
    )
    solver.set_nodes_supplies(np.append(some, sink), np.append(children, -children.sum()))
    status = solver.solve()
    if status != solver.OPTIMAL:
        what, remedy = "the assignment was not proved optimal (status {status})", "report this with the run folder"
        raise Infeasible(problem(what, remedy, status=status.name))
    found = np.asarray(solver.flows(arcs), dtype=np.int64)
    flow = np.zeros(len(ways.point), dtype=np.int64)
    flow[open_ways] = found[: len(open_ways)]
    unmet = found[len(open_ways) :][:points]
    lacking = least - found[len(open_ways) + points :][:facilities]
    total = int(flow @ ways.cost) + unmet_cost * int(unmet.sum())
    price = _prices(ways, flow, unmet, least, unmet_cost)
    return Seated(flow, unmet, total, price, least, lacking)


@numba.njit(cache=True, nogil=True)
def _prices(ways: Ways, flow: Ints, unmet: Ints, least: Ints, unmet_cost: int) -> Ints:
    """(points,) the least prices at which the flow is optimal: chains of children, by Bellman–Ford over the facilities."""
    point, facility, cost = ways.point, ways.facility, ways.cost
    facilities = len(least)
    load = np.zeros(facilities, np.int64)
    for way in range(len(flow)):
        load[facility[way]] += flow[way]
    # A facility held at its least use may be worth less than nothing, but no less than the longest chain of moves.
    deep = -(facilities + 2) * (cost.max() + unmet_cost + 1) if len(cost) else 0
    seat = np.where(load > least, 0, np.where(load > 0, deep, FAR))
    price = np.where(unmet > 0, unmet_cost, FAR)
    for _ in range(facilities + 2):
        moved = False
        for way in range(len(flow)):
            if flow[way] > 0 and seat[facility[way]] > FAR:
                there = cost[way] + seat[facility[way]]
                if there > price[point[way]]:
                    price[point[way]], moved = there, True
        for way in range(len(flow)):
            if load[facility[way]] > 0 and price[point[way]] > FAR:
                there = price[point[way]] - cost[way]
                if there > seat[facility[way]]:
                    seat[facility[way]], moved = there, True
        if not moved:
            break
    return np.where(price > FAR, np.minimum(price, unmet_cost), 0)


class Parts(NamedTuple):
    """Seats in parts, each there or not: facility, seats and least use, all (parts,); those of a facility side by side."""

    facility: Ints
    seats: Ints
    least: Ints
    first: Ints
    """(facilities + 1,) the first pair of each facility, with the pairs sorted by facility."""
    order: Ints
    """(pairs,) that order."""


def parts_of(ways: Ways, facility: Ints, seats: Ints, least: Ints, facilities: int) -> Parts:
    order = np.argsort(ways.facility, kind="stable")
    first = np.searchsorted(ways.facility[order], np.arange(facilities + 1))
    return Parts(facility, seats, least, first, order)


@numba.njit(cache=True, nogil=True)
def gains(ways: Ways, parts: Parts, children: Ints, price: Ints) -> Ints:
    """(parts,) the most that children gain at the seats of a part, at these prices: it bounds what the part is worth.

    Σ children × price − Σ gains of the parts that are there ≤ the cost of any seating, for any prices up to the cost of a
    child without a seat (they pay that).
    """
    found = np.zeros(len(parts.seats), np.int64)
    for part in range(len(found)):
        facility, seats, least, filled = parts.facility[part], parts.seats[part], parts.least[part], 0
        here = parts.order[parts.first[facility] : parts.first[facility + 1]]
        gain = price[ways.point[here]] - ways.cost[here]
        for k in np.argsort(-gain):
            if filled >= seats or (gain[k] <= 0 and filled >= least):
                break
            room = seats - filled if gain[k] > 0 else least - filled
            taken = min(room, children[ways.point[here[k]]])
            found[part] += taken * gain[k]
            filled += taken
    return found


def starved(ways: Ways, seated: Seated) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Facilities whose least use together exceeds the children who reach them, and those points (by Hall's theorem)."""
    facilities, points = seated.lacking > 0, np.zeros(len(seated.unmet), dtype=bool)
    while True:
        points[ways.point[facilities[ways.facility]]] = True
        more = facilities.copy()
        more[ways.facility[(seated.flow > 0) & points[ways.point]]] = True
        more &= seated.least > 0
        if (more == facilities).all():
            return facilities, points
        facilities = more
