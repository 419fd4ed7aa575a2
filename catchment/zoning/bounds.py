"""The transport bound: children may be split and zones fall apart, so no plan costs less (docs/method/zoning.md)."""

from dataclasses import dataclass

import numpy as np

from catchment.assign import assign_children
from catchment.zoning.model import Instance, Ints


@dataclass(frozen=True)
class Transport:
    """bound: what no plan with seats kept costs less than, rounded down; short: children without any seat at best.

    price: (schools,) what one more seat is worth, in cost per child; each: (units, schools) cost per child, rounded down;
    regret: (units, schools) by how much at least the bound rises when the whole unit is in that zone.
    """

    bound: int
    short: int
    price: Ints
    each: Ints
    regret: Ints


def transport_bound(instance: Instance) -> Transport:
    """Least cost of all children within the seats; own units of schools stay with them, since nothing else is allowed.

    Raises Infeasible if the solver does not prove its answer optimal.
    """
    each = instance.cost // np.maximum(instance.children, 1)[:, None]
    some = instance.children > 0
    row, column = np.nonzero(instance.allowed & some[:, None])
    # To seat one more child a chain may move others, one per school: no chain may look dearer than a child unseated.
    unmet = (instance.schools + 1) * int(each[row, column].max(initial=1))
    found = assign_children(instance.children, instance.seats, each, instance.allowed)
    flow, unseated = np.zeros_like(each), found.unplaced
    flow[found.unit, found.school] = found.children
    price = _prices(instance, each, flow, unseated, unmet)
    full = np.where(instance.allowed, instance.cost + instance.children[:, None] * price, np.iinfo(np.int64).max)
    least = np.minimum(full.min(axis=1), instance.children * unmet + instance.cost.max(initial=0) * ~some)
    # The dual value: exact in whole numbers, and never above the least cost by weak duality.
    bound = int(least.sum() - (price * instance.seats).sum()) - int(unseated.sum()) * unmet
    return Transport(bound, int(unseated.sum()), price, each, np.where(instance.allowed, full - least[:, None], full))


def _prices(instance: Instance, each: Ints, flow: Ints, unseated: Ints, unmet: int) -> Ints:
    """Dual prices of the seats: the dearest chain of children that one more seat lets move one after another.

    A seat at school k lets a child come from school j, whose seat lets another come, and so on, or a child without
    a seat come. Bellman–Ford over the schools; there is no gain in a circle because the flow is optimal.
    """
    schools = instance.schools
    huge = np.int64(2) ** 60
    step = np.full((schools + 1, schools), huge)
    for source in range(schools + 1):
        here = flow[:, source] > 0 if source < schools else unseated > 0
        paid = each[:, source] if source < schools else np.full(instance.units, unmet)
        change = np.where(instance.allowed & here[:, None], each - paid[:, None], huge)
        step[source] = change.min(axis=0, initial=huge)
    least = np.zeros(schools + 1, dtype=np.int64)
    for _ in range(schools + 1):
        new = np.minimum(least[:schools], (least[:, None] + step).min(axis=0))
        if (new == least[:schools]).all():
            break
        least[:schools] = new
    return -least[:schools]
