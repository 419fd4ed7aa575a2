"""Ways kept open for units that zones grown in one order would wall in (docs/method/zone_wishes.md)."""

from collections import deque
from dataclasses import replace

import numpy as np

from catchment.errors import InputError
from catchment.zoning.model import NONE, Ints, adjacency
from catchment.zoning.proofs import ways
from catchment.zoning.search import grow
from catchment.zoning.wishes import Case, instance_from

ROUNDS = 8
"""How often zones are grown anew."""


def grown_on_corridors(case: Case, cost: Ints, price: Ints) -> Ints | None:
    """Zones (rows,) as `grow` makes them; for rows walled in a way to a school is kept open and zones are grown anew. None if that
    fails too, which proves nothing.
    """
    for _ in range(ROUNDS):
        try:
            return grow(instance_from(case, cost), price)
        except InputError as error:
            walled = [int(row) for row in error.problems[0].rows]
        for row in walled:
            laid = _laid(case, cost, row)
            if laid is None:
                return None
            case = laid
    return None


def _laid(case: Case, cost: Ints, row: int) -> Case | None:
    """The case with a shortest way from the row to the cheapest school that leaves every other row a school."""
    schools = np.flatnonzero(case.allowed[row])
    for school in schools[np.argsort(cost[row, schools], kind="stable")].tolist():
        way = _way(case, row, school)
        allowed = case.allowed.copy()
        allowed[way] &= np.arange(len(case.seats)) == school
        left = ways(replace(case, allowed=allowed), whole=False)
        if way and left.any(axis=1).all():
            return replace(case, allowed=left)
    return None


def _way(case: Case, row: int, school: int) -> list[int]:
    """Rows from the school's own to this one, all allowed in its zone; none if there is no way, or no own row."""
    root = int(case.home[school])
    if root == NONE:
        return []
    first, neighbour = adjacency(case.pairs, len(case.children))
    came, waiting = {row: row}, deque([row])
    while waiting and root not in came:
        here = waiting.popleft()
        for other in neighbour[first[here] : first[here + 1]].tolist():
            if other not in came and case.allowed[other, school]:
                came[other] = here
                waiting.append(other)
    if root not in came:
        return []
    way = [root]
    while way[-1] != row:
        way.append(came[way[-1]])
    return way
