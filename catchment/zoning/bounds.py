"""The transport bound: children may be split and zones fall apart, so no plan costs less (docs/method/zoning.md)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from catchment.assign import assign_children
from catchment.errors import Infeasible, problem
from catchment.zoning.model import Flags, Instance, Ints

FAR = np.iinfo(np.int64).max
FINE = 1_000_000
"""Parts of one child in which it is proved that some must stay without a seat."""
NEAREST, ROUNDS = 8, 6
"""Pairs per unit that a linear program begins with, and how often more are let in."""


@dataclass(frozen=True)
class Transport:
    """bound: what no plan costs less than, rounded down; short: 0 unless seats cannot suffice, where that matters.

    price: (schools, rows) what one more seat is worth, in cost per child; regret: (units, schools) by how much at least the
    bound rises when the whole unit is in that zone.
    """

    bound: int
    short: int
    price: Ints
    regret: Ints


def transport_bound(instance: Instance) -> Transport:
    """Least cost of all children within the seats; own units of schools stay with them, since nothing else is allowed.

    Raises Infeasible if the solver does not prove its answer optimal.
    """
    price, short = _prices_of_one_count(instance) if instance.weight.shape[1] == 1 else _prices_of_rows(instance)
    bound, regret = dual_value(instance, price)
    return Transport(bound, short, price, regret)


def columns_within(transport: Transport, instance: Instance, cost: int) -> Flags:
    """Unit and school pairs that a plan cheaper than `cost` can hold."""
    return instance.allowed & (transport.regret < cost - transport.bound)


def dual_value(instance: Instance, price: Ints) -> tuple[int, Ints]:
    """What no plan costs less than at these prices, by weak duality whatever they are, and the regrets.

    price: (schools, rows), 0 to instance.over.
    """
    full = np.where(instance.allowed, instance.cost + instance.weight @ price.T, FAR)
    least = full.min(axis=1)
    regret = np.where(instance.allowed, full - least[:, None], FAR)
    return int(least.sum() - (price * instance.room).sum()), regret


def _prices_of_one_count(instance: Instance) -> tuple[Ints, int]:
    """Prices of the seats and the children left without any, from a flow of least cost.

    Where seats are soft one more column takes every child over the seats of the school nearest to it.
    """
    children, seats, allowed = instance.children[:, 0], instance.seats[:, 0], instance.allowed
    each = instance.cost // np.maximum(children, 1)[:, None]
    if instance.over is not None:
        beyond = np.where(allowed, each, FAR).min(axis=1, keepdims=True)
        beyond = np.where(allowed.any(axis=1, keepdims=True), beyond + instance.over, 0)
        each, allowed = np.hstack([each, beyond]), np.column_stack([allowed, allowed.any(axis=1)])
        seats = np.append(seats, children.sum())
    some = children > 0
    # To seat one more child a chain may move others, one per school: no chain may look dearer than a child unseated.
    unmet = (len(seats) + 1) * int(each[allowed & some[:, None]].max(initial=1))
    found = assign_children(children, seats, each, allowed)
    flow = np.zeros_like(each)
    flow[found.unit, found.school] = found.children
    price = _chains(each, allowed, flow, found.unplaced, unmet)[: instance.schools, None]
    most = unmet if instance.over is None else instance.over
    return np.clip(price, 0, most), int(found.unplaced.sum())


def _chains(each: Ints, allowed: Flags, flow: Ints, unseated: Ints, unmet: int) -> Ints:
    """Dual prices of the seats: the dearest chain of children that one more seat lets move one after another.

    A seat at school k lets a child come from school j, whose seat lets another come, and so on, or a child without
    a seat come. Bellman–Ford over the schools; there is no gain in a circle because the flow is optimal.
    """
    schools = each.shape[1]
    huge = np.int64(2) ** 60
    step = np.full((schools + 1, schools), huge)
    for source in range(schools + 1):
        here = np.flatnonzero(flow[:, source] > 0 if source < schools else unseated > 0)
        paid = each[here, source] if source < schools else np.full(len(here), unmet)
        change = np.where(allowed[here], each[here] - paid[:, None], huge)
        step[source] = change.min(axis=0, initial=huge)
    least = np.zeros(schools + 1, dtype=np.int64)
    for _ in range(schools + 1):
        new = np.minimum(least[:schools], (least[:, None] + step).min(axis=0))
        if (new == least[:schools]).all():
            break
        least[:schools] = new
    return -least[:schools]


def _prices_of_rows(instance: Instance) -> tuple[Ints, int]:
    """Prices of the seats of several counts from a linear program, and 1 if it proves that seats cannot suffice."""
    if instance.over is not None:
        return _lp_prices(instance, instance.cost, instance.over), 0
    each = instance.cost // np.maximum(instance.children.max(axis=1), 1)[:, None]
    unmet = (instance.schools + 1) * int(each[instance.allowed].max(initial=1))
    without = Instance(
        instance.children, instance.seats, np.zeros_like(instance.cost), instance.allowed, instance.first,
        instance.neighbour, instance.home, FINE, instance.least,
    )  # fmt: skip
    proof, _ = dual_value(without, _lp_prices(without, without.cost, FINE))
    return _lp_prices(instance, instance.cost, unmet), int(proof > 0)


def _lp_prices(instance: Instance, cost: Ints, over: int) -> Ints:
    """Duals of the rows, rounded to whole numbers, 0 to over; pairs come in where the duals find them cheap."""
    order = np.argsort(np.where(instance.allowed, cost, FAR), axis=1, kind="stable")[:, :NEAREST]
    chosen = np.zeros_like(instance.allowed)
    np.put_along_axis(chosen, order, values=True, axis=1)
    chosen &= instance.allowed
    scale = max(1.0, float(cost[instance.allowed].max(initial=1)), float(over))
    for _ in range(ROUNDS):
        unit_price, price = _duals(instance, chosen, cost / scale, over / scale)
        reduced = cost / scale + instance.weight @ price.T - unit_price[:, None]
        more = instance.allowed & ~chosen & (reduced < -1e-9)
        if not more.any():
            break
        chosen |= more
    return np.clip(np.rint(price * scale), 0, over).astype(np.int64)


def _duals(
    instance: Instance, chosen: Flags, cost: NDArray[np.float64], over: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Duals of the units (units,) and of the seats (schools, rows) of the linear program over the pairs chosen."""
    unit, school = np.nonzero(chosen)
    rows, schools, number = instance.weight.shape[1], instance.schools, np.arange(len(unit))
    once = sparse.csr_array((np.ones(len(unit)), (unit, number)), shape=(instance.units, len(unit)))
    row = (school[:, None] * rows + np.arange(rows)).ravel()
    load = sparse.csr_array(
        (instance.weight[unit].ravel().astype(float), (row, np.repeat(number, rows))), shape=(schools * rows, len(unit))
    )
    spare = -sparse.eye_array(schools * rows, format="csr")
    result = linprog(
        np.append(cost[unit, school], np.full(schools * rows, over)),
        A_ub=sparse.hstack([load, spare], format="csr"), b_ub=instance.room.ravel(),
        A_eq=sparse.hstack([once, sparse.csr_array((instance.units, schools * rows))], format="csr"),
        b_eq=np.ones(instance.units), method="highs",
    )  # fmt: skip
    if result.x is None:
        raise Infeasible(
            problem("the solver of seat prices stopped: {why}", "report this with the run folder", why=result.message)
        )
    return result.eqlin.marginals, -result.ineqlin.marginals.reshape(schools, rows)
