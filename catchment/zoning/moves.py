"""Compiled moves on zones: a unit goes over a border, and others follow so that seats are kept (docs/method/zoning.md)."""

import numba
import numpy as np

from catchment.zoning.model import Flags, Ints

LONGEST = 4
"""Most units in one move."""
STAGES = 400
"""Steps of temperature and price from first to last."""
KEPT = 64
"""How many plans met are kept, the last ones."""

Town = tuple[Ints, Ints, Ints, Flags, Ints, Ints, Flags]
"""children, seats, cost, allowed, first, neighbour as in Instance; fixed: units that stay."""
State = tuple[Ints, Ints, Ints, Ints, Ints]
"""zone (units,); load (schools,); member (schools, units), the units of each zone in any order; size (schools,); place (units,)
of each unit among the members."""
Scratch = tuple[Ints, Ints]
"""mark (units + 1,), its last the last stamp; stack (units,)."""


@numba.njit(cache=True, nogil=True, inline="always")
def keeps_piece(unit: int, zone: Ints, first: Ints, neighbour: Ints, scratch: Scratch) -> bool:
    """Whether the unit's zone stays in one piece without it: its neighbours there reach each other round it."""
    mark, stack = scratch
    mark[-1] += 1
    stamp, its, start, wanted = mark[-1], zone[unit], -1, 0
    for i in range(first[unit], first[unit + 1]):
        if zone[neighbour[i]] == its:
            start, wanted = neighbour[i], wanted + 1
            mark[start] = -stamp
    if wanted <= 1:
        return True
    mark[unit], mark[start] = stamp, stamp
    stack[0], size, seen = start, 1, 1
    while size:
        size -= 1
        here = stack[size]
        for i in range(first[here], first[here + 1]):
            other = neighbour[i]
            if zone[other] == its and mark[other] != stamp:
                seen += mark[other] == -stamp
                if seen == wanted:
                    return True
                mark[other] = stamp
                stack[size] = other
                size += 1
    return False


@numba.njit(cache=True, nogil=True)
def state_of(start: Ints, children: Ints, schools: int) -> State:
    units = len(start)
    zone, load, size = start.copy(), np.zeros(schools, np.int64), np.zeros(schools, np.int64)
    member, place = np.zeros((schools, units), np.int64), np.zeros(units, np.int64)
    for unit in range(units):
        k = zone[unit]
        load[k] += children[unit]
        member[k, size[k]], place[unit] = unit, size[k]
        size[k] += 1
    return zone, load, member, size, place


@numba.njit(cache=True, nogil=True, inline="always")
def shift(unit: int, to: int, children: Ints, state: State) -> None:
    zone, load, member, size, place = state
    k = zone[unit]
    load[k] -= children[unit]
    load[to] += children[unit]
    size[k] -= 1
    last = member[k, size[k]]
    member[k, place[unit]], place[last] = last, place[unit]
    member[to, size[to]], place[unit] = unit, size[to]
    size[to] += 1
    zone[unit] = to


@numba.njit(cache=True, nogil=True, inline="always")
def over(load: int, seats: int) -> int:
    return load - seats if load > seats else 0


@numba.njit(cache=True, nogil=True, inline="always")
def more_over(unit: int, to: int, town: Town, state: State) -> int:
    """Children over the seats that a shift adds, below 0 if it helps."""
    children, seats, load, k = town[0], town[1], state[1], state[0][unit]
    change = over(load[k] - children[unit], seats[k]) - over(load[k], seats[k])
    return change + over(load[to] + children[unit], seats[to]) - over(load[to], seats[to])


@numba.njit(cache=True, nogil=True, inline="always")
def zone_beside(unit: int, town: Town, zone: Ints) -> int:
    """The zone of a neighbour taken by chance, −1 if the unit may not go there."""
    first, neighbour = town[4], town[5]
    degree = first[unit + 1] - first[unit]
    if town[6][unit] or degree == 0:
        return -1
    to = zone[neighbour[first[unit] + np.random.randint(degree)]]
    return to if to != zone[unit] and town[3][unit, to] else -1


@numba.njit(cache=True, nogil=True, inline="always")
def follower(unit: int, town: Town, state: State) -> int:
    """Another unit of the unit's zone, at the border, that may leave next; −1 if eight tries meet none."""
    zone, _, member, size, _ = state
    first, neighbour = town[4], town[5]
    for _ in range(8):
        other = member[zone[unit], np.random.randint(size[zone[unit]])]
        if other != unit and not town[6][other]:
            for i in range(first[other], first[other + 1]):
                if zone[neighbour[i]] != zone[unit]:
                    return other
    return -1


@numba.njit(cache=True, nogil=True, inline="always")
def chain(town: Town, state: State, scratch: Scratch, trail: Ints, limit: float, price: float) -> tuple[int, int, int]:
    """One move made in the state: number of shifts, cost added, children over the seats added.

    A unit taken by chance is shifted; while the move loses more than `limit`, a unit of the zone it came to follows. A first
    look at the loss, before contiguity is tested, ends half of the bad ones. trail: (2, LONGEST) units and the zones they left.
    """
    zone, length, loss, more = state[0], 0, 0, 0
    unit = np.random.randint(len(zone))
    while length < LONGEST and unit >= 0:
        to = zone_beside(unit, town, zone)
        if to < 0:
            break
        here, change = town[2][unit, to] - town[2][unit, zone[unit]], more_over(unit, to, town, state)
        final = length == LONGEST - 1 or np.random.random() < 0.5
        if final and loss + here + (more + change) * price > limit:
            break
        if not keeps_piece(unit, zone, town[4], town[5], scratch):
            break
        trail[0, length], trail[1, length] = unit, zone[unit]
        shift(unit, to, town[0], state)
        length, loss, more = length + 1, loss + here, more + change
        if loss + more * price <= limit:
            break
        unit = follower(unit, town, state)
    return length, loss, more


@numba.njit(cache=True, nogil=True)
def anneal(
    town: Town, start: Ints, heat: tuple[float, float, float, float], steps: int, seed: int
) -> tuple[Ints, Ints, Ints, int]:
    """Random moves from `start`, kept when they gain or by chance exp(−loss / temperature), each zone always in one piece.

    heat: first and last temperature, first and last price per child over the seats, both in geometric steps.

    Returns the best plan met (fewest children over the seats, then least cost), the last one, feasible plans of the second
    half that were the best in turn (KEPT, units), and how many.
    """
    np.random.seed(seed)
    state = state_of(start, town[0], len(town[1]))
    units, zone = len(start), state[0]
    scratch = (np.zeros(units + 1, np.int64), np.zeros(units, np.int64))
    trail, met, count = np.zeros((2, LONGEST), np.int64), np.zeros((KEPT, units), np.int64), 0
    excess, total, best = 0, 0, zone.copy()
    for k in range(len(town[1])):
        excess += over(state[1][k], town[1][k])
    best_excess, best_total = excess, total
    temperature, price = heat[0], heat[2]
    for step in range(steps):
        if step % max(1, steps // STAGES) == 0:
            temperature = heat[0] * (heat[1] / heat[0]) ** (step / steps)
            price = heat[2] * (heat[3] / heat[2]) ** (step / steps)
        limit = -temperature * np.log(np.random.random() + 1e-300)
        length, loss, more = chain(town, state, scratch, trail, limit, price)
        if length and loss + more * price > limit:
            for i in range(length - 1, -1, -1):
                shift(trail[0, i], trail[1, i], town[0], state)
        elif length:
            excess, total = excess + more, total + loss
            if excess < best_excess or (excess == best_excess and total < best_total):
                best[:], best_excess, best_total = zone, excess, total
                if excess == 0 and 2 * step > steps:
                    met[count % KEPT] = zone
                    count += 1
    return best, zone, met, min(count, KEPT)
