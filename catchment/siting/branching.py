"""Compiled parts of the p-median search: prices of the points, swaps of sites, branch and bound (docs/method/siting.md)."""

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
FREE, OPEN, SHUT = 0, 1, 2
"""What a branch has settled about a site."""
PATIENCE = 8
"""Steps without a better bound before they are shortened."""
ENOUGH = 1e-3
"""Steps of the prices end when they are this small a share of the first."""

Town = tuple[Ints, Ints, Ints]
"""cost (points, sites); order (points, sites), each point's sites from near to far; their costs in that order."""
Tree = tuple[Ints, Ints, Ints]
"""Open branches: state (depth, sites), price (depth, points), bound (depth,)."""


@numba.njit(cache=True, nogil=True)
def relaxed(town: Town, price: Ints, state: Ints, sites: int, gain: Ints, chosen: Ints) -> int:
    """Least cost when point i pays price[i] to be served any number of times; fills gain (≤ 0) of sites and the chosen ones.

    The last of `chosen` after the first `sites` is the best site not chosen, −1 if there is none.
    """
    _, order, near = town
    gain[:] = 0
    total = 0
    for i in range(len(price)):
        total += price[i]
        for k in range(order.shape[1]):
            if near[i, k] >= price[i]:
                break
            gain[order[i, k]] += near[i, k] - price[i]
    count = 0
    for j in range(len(state)):
        if state[j] == OPEN:
            chosen[count] = j
            count += 1
    free = np.flatnonzero(state == FREE)
    best = free[np.argsort(gain[free])]
    for k in range(sites - count):
        chosen[count + k] = best[k]
    chosen[sites] = best[sites - count] if len(best) > sites - count else -1
    for k in range(sites):
        total += gain[chosen[k]]
    return total


@numba.njit(cache=True, nogil=True)
def served(cost: Ints, chosen: Ints, sites: int) -> int:
    """Σ over the points of the cost of the nearest chosen site."""
    total = 0
    for i in range(cost.shape[0]):
        least = cost[i, chosen[0]]
        for k in range(1, sites):
            least = min(least, cost[i, chosen[k]])
        total += least
    return total


@numba.njit(cache=True, nogil=True)
def slope_at(town: Town, price: Ints, chosen: Ints, slope: Ints) -> int:
    """Fills slope (points,) with 1 less how often the point is served by the chosen sites; the sum of its squares."""
    _, order, near = town
    open_now, norm = np.zeros(order.shape[1], np.bool_), 0
    open_now[chosen] = True
    for i in range(len(price)):
        slope[i] = 1
        for k in range(order.shape[1]):
            if near[i, k] >= price[i]:
                break
            slope[i] -= open_now[order[i, k]]
        norm += slope[i] ** 2
    return norm


@numba.njit(cache=True, nogil=True)
def climb(town: Town, price: Ints, state: Ints, best: Ints, known: int, work: tuple[int, int]) -> tuple[int, int]:
    """Raise the bound of a branch by subgradient steps from `price`, which ends as the best prices met.

    best: (sites,) the best plan known, of cost `known` unscaled; both renewed when a better plan is met; work: steps, scale.
    Returns the bound, scaled, and the cost of the best plan.
    """
    (steps, scale), sites = work, len(best)
    gain, chosen, slope = np.zeros(len(state), np.int64), np.zeros(sites + 1, np.int64), np.zeros_like(price)
    now, bound, pace, still = price.copy(), -1, 1.0, 0
    for _ in range(steps):
        value = relaxed(town, now, state, sites, gain, chosen)
        if value > bound:
            bound, still, price[:] = value, 0, now
            total = served(town[0], chosen, sites)
            if total < known:
                known, best[:] = total, chosen[:sites]
        else:
            still += 1
            if still == PATIENCE:
                pace, still, now[:] = pace / 1.5, 0, price
                continue
        norm = slope_at(town, now, chosen[:sites], slope)
        if bound > (known - 1) * scale or pace < ENOUGH or norm == 0:
            break
        stride = pace * (known * scale - value) / norm
        for i in range(len(now)):
            now[i] = max(0, now[i] + np.int64(np.rint(stride * slope[i])))
    return bound, known


@numba.njit(cache=True, nogil=True)
def settle(town: Town, price: Ints, state: Ints, sites: int, room: int) -> int:
    """Settle the free sites whose other choice would cost more than `room` (scaled); the site to branch on, −1 if none is free.

    Returns −2 if the branch holds no plan within the room.
    """
    gain, chosen = np.zeros(len(state), np.int64), np.zeros(sites + 1, np.int64)
    value = relaxed(town, price, state, sites, gain, chosen)
    if value > room:
        return -2
    following, last, count = chosen[sites], -1, 0
    inside = np.zeros(len(state), np.bool_)
    for k in range(sites):
        inside[chosen[k]] = True
        if state[chosen[k]] == FREE:
            last = chosen[k]
            if following >= 0 and value + gain[following] - gain[last] > room:
                state[last] = OPEN
    for j in range(len(state)):
        if state[j] == FREE and not inside[j] and (last < 0 or value + gain[j] - gain[last] > room):
            state[j] = SHUT
    pick = -1
    for k in range(sites):
        j = chosen[k]
        count += state[j] == OPEN
        if state[j] == FREE and (pick < 0 or gain[j] < gain[pick]):
            pick = j
    return pick if count < sites and (state == FREE).sum() > sites - count else -1


@numba.njit(cache=True, nogil=True)
def explore(
    town: Town, tree: Tree, depth: int, best: Ints, known: int, work: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Go through open branches, the last first; work: most branches now, steps in each, scale.

    Returns the open branches left, the cost of the best plan, branches gone through.
    """
    states, prices, bounds = tree
    most, steps, scale = work
    done = 0
    while depth and done < most:
        depth -= 1
        done += 1
        if bounds[depth] > (known - 1) * scale:
            continue
        state, price = states[depth].copy(), prices[depth].copy()
        bound, known = climb(town, price, state, best, known, (steps, scale))
        if bound > (known - 1) * scale:
            continue
        pick = settle(town, price, state, len(best), (known - 1) * scale)
        if pick == -2:
            continue
        if pick == -1:
            rest = np.flatnonzero(state != SHUT) if (state == OPEN).sum() < len(best) else np.flatnonzero(state == OPEN)
            total = served(town[0], rest, len(best))
            if total < known:
                known, best[:] = total, rest[: len(best)]
            continue
        for choice in (SHUT, OPEN):
            states[depth], prices[depth], bounds[depth] = state, price, bound
            states[depth, pick] = choice
            depth += 1
    return depth, known, done


@numba.njit(cache=True, nogil=True)
def interchange(cost: Ints, best: Ints, kept: int) -> int:
    """Swap one site for another while that gains; the first `kept` sites stay. Returns the cost."""
    points, every = cost.shape
    while True:
        first, second, at = np.zeros(points, np.int64), np.zeros(points, np.int64), np.zeros(points, np.int64)
        total = 0
        for i in range(points):
            first[i] = second[i] = np.iinfo(np.int64).max
            for k in range(len(best)):
                c = cost[i, best[k]]
                if c < first[i]:
                    second[i], first[i], at[i] = first[i], c, k
                elif c < second[i]:
                    second[i] = c
            total += first[i]
        gain, out, into = 0, -1, -1
        for j in range(every):
            more, lost = 0, np.zeros(len(best), np.int64)
            for i in range(points):
                if cost[i, j] < first[i]:
                    more += first[i] - cost[i, j]
                elif len(best) > 1:
                    lost[at[i]] += min(second[i], cost[i, j]) - first[i]
                else:
                    lost[0] += cost[i, j] - first[i]
            k = int(np.argmin(lost[kept:])) + kept if kept < len(best) else 0
            if kept < len(best) and more - lost[k] > gain:
                gain, out, into = more - lost[k], k, j
        if gain == 0:
            return total
        best[out] = into
