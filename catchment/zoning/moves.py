"""Compiled moves on zones: a unit goes over a border, and others follow so that seats are kept (docs/method/zoning.md)."""

import numba
import numpy as np

from catchment.zoning.model import Flags, Ints


@numba.njit(cache=True)
def keeps_piece(
    unit: int, zone: Ints, first: Ints, neighbour: Ints, mark: Ints, stack: Ints, stamp: int
) -> bool:
    """Whether the unit's zone stays in one piece without it; mark and stack are scratch, stamp a number not used before."""
    its, start, wanted = zone[unit], -1, 0
    for i in range(first[unit], first[unit + 1]):
        if zone[neighbour[i]] == its:
            start = neighbour[i]
            wanted += 1
            mark[start] = -stamp
    if wanted <= 1:
        return True
    mark[unit] = stamp
    mark[start] = stamp
    stack[0], size, seen = start, 1, 1
    while size:
        size -= 1
        here = stack[size]
        for i in range(first[here], first[here + 1]):
            other = neighbour[i]
            if zone[other] == its and mark[other] != stamp:
                if mark[other] == -stamp:
                    seen += 1
                    if seen == wanted:
                        return True
                mark[other] = stamp
                stack[size] = other
                size += 1
    return False


@numba.njit(cache=True)
def over(load: int, seats: int) -> int:
    return load - seats if load > seats else 0


@numba.njit(cache=True)
def anneal(
    town: tuple[Ints, Ints, Ints, Flags, Ints, Ints],
    fixed: Flags,
    start: Ints,
    heat: tuple[float, float, float, float],
    steps: int,
    seed: int,
) -> tuple[Ints, Ints, Ints, int]:
    """Random moves from `start`, taken when they gain or by chance exp(−loss / temperature).

    town: children, seats, cost, allowed, first, neighbour; fixed: units that stay; heat: first and last temperature,
    first and last price per child over the seats, both in geometric steps. A move is a chain: a unit to a neighbouring
    zone, then with even chance one of that zone's to a third, up to four. Contiguity is kept at every move.

    Returns the best plan met (fewest children over the seats, then least cost), the last one, the plans that were the best
    in turn, and how many.
    """
    children, seats, cost, allowed, first, neighbour = town
    np.random.seed(seed)
    units, schools, longest = len(children), len(seats), 4
    zone = start.copy()
    load = np.zeros(schools, np.int64)
    size = np.zeros(schools, np.int64)
    member = np.zeros((schools, units), np.int64)
    place = np.zeros(units, np.int64)
    total = 0
    for u in range(units):
        k = zone[u]
        load[k] += children[u]
        member[k, size[k]] = u
        place[u] = size[k]
        size[k] += 1
        total += cost[u, k]
    excess = 0
    for k in range(schools):
        excess += over(load[k], seats[k])
    best, best_total, best_excess = zone.copy(), total, excess
    kept = np.zeros((64, units), np.int64)
    count = 0
    mark, stack = np.zeros(units, np.int64), np.zeros(units, np.int64)
    moved, came = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    temperature, price = heat[0], heat[2]
    blocks = 400
    cool, raise_by = (heat[1] / heat[0]) ** (1.0 / blocks), (heat[3] / heat[2]) ** (1.0 / blocks)
    per_block = max(1, steps // blocks)
    stamp = 0
    for step in range(steps):
        if step % per_block == per_block - 1:
            temperature *= cool
            price *= raise_by
        limit = -temperature * np.log(np.random.random() + 1e-300)
        unit = np.random.randint(units)
        length, loss, more = 0, 0.0, 0
        while True:
            k = zone[unit]
            if fixed[unit] or first[unit + 1] == first[unit]:
                break
            to = zone[neighbour[first[unit] + np.random.randint(first[unit + 1] - first[unit])]]
            if to == k or not allowed[unit, to]:
                break
            here = cost[unit, to] - cost[unit, k]
            change = over(load[k] - children[unit], seats[k]) - over(load[k], seats[k])
            change += over(load[to] + children[unit], seats[to]) - over(load[to], seats[to])
            final = length == longest - 1 or np.random.random() < 0.5
            if final and loss + here + (more + change) * price > limit:
                break
            stamp += 1
            if not keeps_piece(unit, zone, first, neighbour, mark, stack, stamp):
                break
            loss += here
            more += change
            load[k] -= children[unit]
            load[to] += children[unit]
            last = member[k, size[k] - 1]
            member[k, place[unit]] = last
            place[last] = place[unit]
            size[k] -= 1
            member[to, size[to]] = unit
            place[unit] = size[to]
            size[to] += 1
            moved[length], came[length] = unit, k
            zone[unit] = to
            length += 1
            if loss + more * price <= limit:
                break
            if length == longest:
                break
            following = -1
            for _ in range(8):
                other = member[to, np.random.randint(size[to])]
                if other == unit or fixed[other]:
                    continue
                for i in range(first[other], first[other + 1]):
                    if zone[neighbour[i]] != to:
                        following = other
                        break
                if following >= 0:
                    break
            if following < 0:
                break
            unit = following
        if length == 0:
            continue
        if loss + more * price <= limit:
            total += int(loss)
            excess += more
            if excess < best_excess or (excess == best_excess and total < best_total):
                best[:] = zone
                best_total, best_excess = total, excess
                if excess == 0 and step * 2 > steps:
                    kept[count % 64] = zone
                    count += 1
        else:
            for i in range(length - 1, -1, -1):
                u, k = moved[i], came[i]
                to = zone[u]
                load[to] -= children[u]
                load[k] += children[u]
                last = member[to, size[to] - 1]
                member[to, place[u]] = last
                place[last] = place[u]
                size[to] -= 1
                member[k, size[k]] = u
                place[u] = size[k]
                size[k] += 1
                zone[u] = k
    return best, zone, kept, min(count, 64)
