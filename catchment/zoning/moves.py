"""Compiled moves on zones: a unit goes over a border, and others follow so that seats are kept (docs/method/zoning.md).

The small functions are written into `walk`, which makes no arrays and so is compiled without the counting of references
(_nrt=False): with it every array handed on is counted up and down, which costs as much as the move.
"""

import numba
import numpy as np

from catchment.zoning.model import Ints

LONGEST = 4
"""Most units in one move."""
STAGES = 400
"""Steps of temperature and price from first to last."""
KEPT = 64
"""How many plans met are kept, the last ones."""

Town = tuple[Ints, Ints, Ints, Ints, Ints]
"""weight (units, rows), room (schools, rows), cost (units, schools), below 0 where a unit may not go; first, neighbour as in
Instance."""
State = tuple[Ints, Ints, Ints]
"""zone (units,); load (schools, rows); member (schools + 1, units + 1): of each zone the units that are free to go, in any order,
and last their number; the last row is the place of each unit among them."""
Scratch = tuple[Ints, Ints, Ints]
"""mark (units + 1,), its last the last stamp; stack (units,); trail (2, LONGEST) units moved and the zones they left."""

Ledger = tuple[Ints, Ints, Ints]
"""sums: children over the room and cost of the state, of the best one (cost from the start on), plans met, what a child over the
room costs; best (units,); met (KEPT, units), or none to be kept."""


@numba.njit(cache=True, nogil=True, inline="always")
def keeps_piece(unit: int, zone: Ints, first: Ints, neighbour: Ints, mark: Ints, stack: Ints) -> bool:
    """Whether the unit's zone stays in one piece without it: its neighbours there reach each other round it."""
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
def state_of(town: Town, start: Ints) -> State:
    weight, room, cost, _, _ = town
    units, schools = cost.shape
    zone, load = start.copy(), np.zeros_like(room)
    member = np.zeros((schools + 1, units + 1), np.int64)
    for unit in range(units):
        k = zone[unit]
        load[k] += weight[unit]
        if (cost[unit] >= 0).sum() > 1:
            member[k, member[k, -1]], member[-1, unit] = unit, member[k, -1]
            member[k, -1] += 1
    return zone, load, member


@numba.njit(cache=True, nogil=True, inline="always")
def shift(unit: int, to: int, weight: Ints, zone: Ints, load: Ints, member: Ints) -> None:
    k = zone[unit]
    for r in range(weight.shape[1]):
        load[k, r] -= weight[unit, r]
        load[to, r] += weight[unit, r]
    member[k, -1] -= 1
    last, place = member[k, member[k, -1]], member[-1, unit]
    member[k, place], member[-1, last] = last, place
    member[to, member[to, -1]], member[-1, unit] = unit, member[to, -1]
    member[to, -1] += 1
    zone[unit] = to


@numba.njit(cache=True, nogil=True, inline="always")
def more_over(unit: int, to: int, weight: Ints, room: Ints, zone: Ints, load: Ints) -> int:
    """Children over the room that a shift adds, below 0 if it helps."""
    k, change = zone[unit], 0
    for r in range(weight.shape[1]):
        w, here, there = weight[unit, r], load[k, r] - room[k, r], load[to, r] - room[to, r]
        change += max(0, here - w) - max(0, here) + max(0, there + w) - max(0, there)
    return change


@numba.njit(cache=True, nogil=True, inline="always")
def zone_beside(unit: int, zone: Ints, cost: Ints, first: Ints, neighbour: Ints) -> int:
    """The zone of a neighbour taken by chance, −1 if the unit may not go there."""
    degree = first[unit + 1] - first[unit]
    if degree == 0:
        return -1
    to = zone[neighbour[first[unit] + np.random.randint(degree)]]
    return to if to != zone[unit] and cost[unit, to] >= 0 else -1


@numba.njit(cache=True, nogil=True, inline="always")
def follower(unit: int, zone: Ints, member: Ints, first: Ints, neighbour: Ints) -> int:
    """Another unit of the unit's zone, at the border, that may leave next; −1 if eight tries meet none."""
    k = zone[unit]
    for _ in range(8):
        other = member[k, np.random.randint(member[k, -1])]
        if other != unit:
            for i in range(first[other], first[other + 1]):
                if zone[neighbour[i]] != k:
                    return other
    return -1


@numba.njit(cache=True, nogil=True, inline="always")
def keep(zone: Ints, where: Ints) -> None:
    for unit in range(len(zone)):
        where[unit] = zone[unit]


@numba.njit(cache=True, nogil=True, inline="always")
def chain(town: Town, state: State, scratch: Scratch, limit: float, price: float) -> tuple[int, int, int]:
    """One move made in the state: number of shifts, cost added, children over the room added.

    A unit taken by chance is shifted; while the move loses more than `limit`, a unit of the zone it came to follows. A first
    look at the loss, before contiguity is tested, ends half of the bad ones.
    """
    weight, room, cost, first, neighbour = town
    zone, load, member = state
    mark, stack, trail = scratch
    length, loss, more = 0, 0, 0
    unit = np.random.randint(len(zone))
    while length < LONGEST and unit >= 0:
        to = zone_beside(unit, zone, cost, first, neighbour)
        if to < 0:
            break
        here, change = cost[unit, to] - cost[unit, zone[unit]], more_over(unit, to, weight, room, zone, load)
        final = length == LONGEST - 1 or np.random.random() < 0.5
        if final and loss + here + (more + change) * price > limit:
            break
        if not keeps_piece(unit, zone, first, neighbour, mark, stack):
            break
        trail[0, length], trail[1, length] = unit, zone[unit]
        shift(unit, to, weight, zone, load, member)
        length, loss, more = length + 1, loss + here, more + change
        if loss + more * price <= limit:
            break
        unit = follower(unit, zone, member, first, neighbour)
    return length, loss, more


# Without numba's counting of references, which takes half the time of a move: nothing is made in here.
@numba.njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload, untyped-decorator]
def walk(town: Town, state: State, scratch: Scratch, heat: tuple[float, float], steps: int, ledger: Ledger) -> None:
    """`steps` moves in the state at one temperature and price, kept when they gain or by chance exp(−loss / temperature)."""
    temperature, price = heat
    sums, best, met = ledger
    weight, zone, load, member, trail = town[0], state[0], state[1], state[2], scratch[2]
    over = sums[5]
    for _ in range(steps):
        limit = -temperature * np.log(np.random.random() + 1e-300)
        length, loss, more = chain(town, state, scratch, limit, price)
        if length and loss + more * price > limit:
            for i in range(length - 1, -1, -1):
                shift(trail[0, i], trail[1, i], weight, zone, load, member)
        elif length:
            sums[0] += more if over < 0 else 0
            sums[1] += loss if over < 0 else loss + over * more
            if sums[0] < sums[2] or (sums[0] == sums[2] and sums[1] < sums[3]):
                sums[2], sums[3] = sums[0], sums[1]
                keep(zone, best)
                if sums[0] == 0 and len(met):
                    keep(zone, met[sums[4] % KEPT])
                    sums[4] += 1


@numba.njit(cache=True, nogil=True)
def anneal(
    town: Town, start: Ints, heat: tuple[float, float, float, float], steps: int, seed: int, over: int
) -> tuple[Ints, Ints, Ints, int]:
    """Random moves from `start`, each zone always in one piece.

    heat: first and last temperature, first and last price per child over the room, both in geometric steps; over: what such a
    child costs, below 0 if there may be none.

    Returns the best plan met (fewest children over the room if there may be none, then least cost), the last one, plans of the
    second half that were the best in turn (KEPT, units), and how many.
    """
    np.random.seed(seed)
    state, units = state_of(town, start), len(start)
    scratch = (np.zeros(units + 1, np.int64), np.zeros(units, np.int64), np.zeros((2, LONGEST), np.int64))
    best, met, none = start.copy(), np.zeros((KEPT, units), np.int64), np.zeros((0, units), np.int64)
    excess = np.maximum(state[1] - town[1], 0).sum() if over < 0 else 0
    sums = np.array([excess, 0, excess, 0, 0, over])
    for stage in range(STAGES):
        share = stage / STAGES
        now = heat[0] * (heat[1] / heat[0]) ** share, heat[2] * (heat[3] / heat[2]) ** share
        walk(town, state, scratch, now, steps // STAGES, (sums, best, met if 2 * stage >= STAGES else none))
    return best, state[0], met, min(sums[4], KEPT)


@numba.njit(cache=True, nogil=True)
def descend(town: Town, start: Ints, over: int) -> Ints:
    """The plan after single units have gone over the border wherever that gains, until nowhere it does; over: as in `anneal`.

    Where no child may be over the room, fewer of them come before cost.
    """
    weight, room, cost, first, neighbour = town
    zone, load, member = state_of(town, start)
    units = len(start)
    mark, stack = np.zeros(units + 1, np.int64), np.zeros(units, np.int64)
    gained = True
    while gained:
        gained = False
        for unit in range(units):
            goal, least, fewest = -1, 0, 0
            for i in range(first[unit], first[unit + 1]):
                to = zone[neighbour[i]]
                if to == zone[unit] or cost[unit, to] < 0:
                    continue
                more, loss = more_over(unit, to, weight, room, zone, load), cost[unit, to] - cost[unit, zone[unit]]
                if over >= 0:
                    more, loss = 0, loss + over * more
                if more < fewest or (more == fewest and loss < least):
                    goal, least, fewest = to, loss, more
            if goal >= 0 and keeps_piece(unit, zone, first, neighbour, mark, stack):
                shift(unit, goal, weight, zone, load, member)
                gained = True
    return zone
