"""Compiled parts of the single-source search: each site filled best within its seats, at given prices (docs/method/siting.md)."""

import numba
import numpy as np

from catchment.siting.branching import Ints

Places = tuple[Ints, Ints, Ints, Ints]
"""cost (points, sites), scaled; fixed (sites,), scaled; load (points,); seats (sites,)."""


@numba.njit(cache=True, nogil=True)
def fill(places: Places, price: Ints, site: int, taken: Ints) -> int:
    """Least fixed cost + Σ (cost − price) of whole points within the seats; fills taken (points,) with 1 where taken."""
    cost, fixed, load, seats = places
    room = seats[site]
    taken[:] = 0
    items = np.flatnonzero((cost[:, site] < price) & (load <= room))
    free = load[items].sum() <= room
    if free:
        taken[items] = 1
        return fixed[site] + (cost[items, site] - price[items]).sum()
    worth, chose = np.zeros(room + 1, np.int64), np.zeros((len(items), room + 1), np.bool_)
    for k in range(len(items)):
        gain, need = price[items[k]] - cost[items[k], site], load[items[k]]
        for s in range(room, need - 1, -1):
            if worth[s - need] + gain > worth[s]:
                worth[s], chose[k, s] = worth[s - need] + gain, True
    s = room
    for k in range(len(items) - 1, -1, -1):
        if chose[k, s]:
            taken[items[k]] = 1
            s -= load[items[k]]
    return fixed[site] - worth[room]


@numba.njit(cache=True, nogil=True)
def fills_with(places: Places, price: Ints, site: int) -> Ints:
    """(points,) as `fill`, but with that point among the taken; the largest whole number where it has no room."""
    cost, fixed, load, seats = places
    room, points = seats[site], len(load)
    items = np.flatnonzero((cost[:, site] < price) & (load <= room))
    before = np.zeros((len(items) + 1, room + 1), np.int64)
    for k in range(len(items)):
        gain, need = price[items[k]] - cost[items[k], site], load[items[k]]
        before[k + 1] = before[k]
        for s in range(need, room + 1):
            before[k + 1, s] = max(before[k, s], before[k, s - need] + gain)
    found = np.full(points, np.iinfo(np.int64).max)
    for i in range(points):
        if load[i] <= room and cost[i, site] >= price[i]:
            found[i] = fixed[site] + cost[i, site] - price[i] - before[len(items), room - load[i]]
    after = np.zeros(room + 1, np.int64)
    for k in range(len(items) - 1, -1, -1):
        i = items[k]
        gain, need, best = price[i] - cost[i, site], load[i], 0
        for s in range(room - need + 1):
            best = max(best, before[k, s] + after[room - need - s])
        found[i] = fixed[site] - gain - best
        for s in range(room, need - 1, -1):
            after[s] = max(after[s], after[s - need] + gain)
    return found


@numba.njit(cache=True, nogil=True)
def relaxed(places: Places, price: Ints, sites: int, value: Ints, taken: Ints) -> tuple[int, Ints]:
    """Least cost when point i pays price[i] to be served any number of times, and the sites chosen.

    sites: how many, −1 for any number; fills value (sites,) and taken (sites, points).
    """
    for j in range(len(value)):
        value[j] = fill(places, price, j, taken[j])
    order = np.argsort(value)
    chosen = order[:sites] if sites >= 0 else order[value[order] < 0]
    return price.sum() + value[chosen].sum(), chosen


@numba.njit(cache=True, nogil=True)
def fitted(places: Places, chosen: Ints, zone: Ints) -> int:
    """Points put whole into the chosen sites, the one with most to lose first, then moved while that gains.

    Fills zone (points,); the cost, or −1 if some point found no room.
    """
    cost, fixed, load, seats = places
    room = seats.copy()
    zone[:] = -1
    for _ in range(len(load)):
        pick, to, most = -1, -1, -1
        for i in range(len(load)):
            if zone[i] >= 0:
                continue
            first = second = np.iinfo(np.int64).max // 4
            at = -1
            for j in chosen:
                if load[i] <= room[j]:
                    if cost[i, j] < first:
                        second, first, at = first, cost[i, j], j
                    elif cost[i, j] < second:
                        second = cost[i, j]
            if at < 0:
                return -1
            if second - first > most:
                pick, to, most = i, at, second - first
        zone[pick] = to
        room[to] -= load[pick]
    _better(places, chosen, zone, room)
    total = 0
    used = np.zeros(len(seats), np.bool_)
    for i in range(len(load)):
        total += cost[i, zone[i]]
        used[zone[i]] = True
    for j in chosen:
        total += fixed[j]
    return total


@numba.njit(cache=True, nogil=True)
def _better(places: Places, chosen: Ints, zone: Ints, room: Ints) -> None:
    """Single points moved and pairs exchanged while that gains."""
    cost, _, load, _ = places
    moved = True
    while moved:
        moved = False
        for i in range(len(load)):
            for j in chosen:
                if load[i] <= room[j] and cost[i, j] < cost[i, zone[i]]:
                    room[zone[i]] += load[i]
                    room[j] -= load[i]
                    zone[i], moved = j, True
            for k in range(i):
                a, b, more = zone[i], zone[k], load[i] - load[k]
                gain = cost[i, a] + cost[k, b] - cost[i, b] - cost[k, a]
                if gain > 0 and room[b] >= more and room[a] >= -more:
                    room[a] += more
                    room[b] -= more
                    zone[i], zone[k], moved = b, a, True


@numba.njit(cache=True, nogil=True)
def climb(places: Places, price: Ints, sites: int, steps: int, zone: Ints, known: int) -> tuple[int, int]:
    """Raise the bound by subgradient steps from `price`, which ends as the best prices met.

    zone: (points,) the best plan, of cost `known` (scaled); both renewed. Returns the bound and the cost, both scaled.
    """
    points, every = places[0].shape
    value, taken = np.zeros(every, np.int64), np.zeros((every, points), np.int64)
    now, here = price.copy(), np.zeros(points, np.int64)
    bound, pace, still = -(1 << 62), 1.0, 0
    for step in range(steps):
        total, chosen = relaxed(places, now, sites, value, taken)
        if total > bound:
            price[:] = now
            still = still if total - bound < abs(total) // 100_000 else 0
            bound = total
        still += 1
        if still > 12:
            pace, still = pace / 1.4, 0
            now[:] = price
            continue
        if step % 10 == 0 or still == 1:
            cost = fitted(places, chosen, here)
            if 0 <= cost < known:
                known, zone[:] = cost, here
        slope = np.ones(points, np.int64)
        for j in chosen:
            slope -= taken[j]
        norm = (slope**2).sum()
        if norm == 0 or pace < 2e-3 or bound >= known:
            break
        stride = pace * (1.02 * known - total) / norm
        for i in range(points):
            now[i] += np.int64(np.rint(stride * slope[i]))
    return bound, known
