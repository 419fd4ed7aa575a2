"""Compiled: the best zone of one school when every unit has a price, by branch and bound (docs/method/zoning.md)."""

import numba
import numpy as np

from catchment.zoning.model import Flags, Ints

HUGE = 2**60
FREE, IN, OUT = 0, 1, 2

Ground = tuple[Ints, Ints, Ints, Ints, Ints, int]
"""The units that one zone may reach: gain (n,) cost less price, size (n,) children, first (n + 1,), neighbour, order (n,) by gain
per child, root."""
Town = tuple[Ints, Flags, Ints, Ints, Ints, tuple[Ints, Ints], int]
"""cost (units, schools), allowed (units, schools), children (units,), seats (schools,), home (schools,), the graph's first and
neighbour, and what a child over the seats costs, below 0 if there may be none."""
Tree = tuple[Ints, Ints, Ints, Flags]
"""state (n,) FREE, IN or OUT; branch (n,) units decided in turn; scratch (2, n) of the flood: mark,
stack; chosen (n,) the best zone."""
Seats = tuple[int, int]
"""Seats, and what a child over them costs, below 0 if there may be none."""


@numba.njit(cache=True, nogil=True, inline="always")
def flood(ground: Ground, state: Ints, room: int, scratch: Ints) -> None:
    """Marks in scratch[0] the units in the zone and those that can still come to it; room: children that still fit."""
    _, size, first, neighbour, _, root = ground
    scratch[0, :] = 0
    scratch[0, root], scratch[1, 0], top = 1, root, 1
    while top:
        top -= 1
        here = scratch[1, top]
        for e in range(first[here], first[here + 1]):
            other = neighbour[e]
            if scratch[0, other] == 0 and state[other] != OUT and (state[other] == IN or size[other] <= room):
                scratch[0, other], scratch[1, top] = 1, other
                top += 1


@numba.njit(cache=True, nogil=True, inline="always")
def relaxed(ground: Ground, state: Ints, mark: Ints, room: int, dear: int, must: int) -> int:
    """What the units still free can add at best when they need not touch and may be cut: a knapsack filled in order.

    dear: what a child beyond the room costs, below 0 if there may be none.
    """
    gain, size, _, _, order, _ = ground
    total = 0.0
    for u in order:
        if gain[u] >= 0:
            break
        if state[u] != FREE or mark[u] == 0 or u == must:
            continue
        inside = min(size[u], max(room, 0))
        share = inside / size[u] if size[u] else 1.0
        each = gain[u] / max(size[u], 1)
        total += gain[u] * share
        room -= inside
        if share < 1:
            if dear < 0 or each + dear >= 0:
                break
            total += (each + dear) * (size[u] - inside)
    return int(np.floor(total))


@numba.njit(cache=True, nogil=True, inline="always")
def at_border(ground: Ground, state: Ints, mark: Ints) -> int:
    """The free unit beside the zone that gains most per child, −1 if there is none."""
    _, _, first, neighbour, order, _ = ground
    for u in order:
        if state[u] == FREE and mark[u]:
            for e in range(first[u], first[u + 1]):
                if state[neighbour[e]] == IN:
                    return u
    return -1


@numba.njit(cache=True, nogil=True, inline="always")
def bound_of(ground: Ground, state: Ints, scratch: Ints, seats: Seats, must: int, now: tuple[int, int]) -> int:
    """What a zone that grows out of the present one adds at least, HUGE if it cannot hold `must`. now: gain and children."""
    value, load = now
    cap, over = seats
    room, held = cap - load, must < 0 or state[must] == IN
    flood(ground, state, room if over < 0 else HUGE, scratch)
    if not held:
        if scratch[0, must] == 0:
            return HUGE
        room, value = room - ground[1][must], value + ground[0][must]
    return value + max(over, 0) * max(0, -room) + relaxed(ground, state, scratch[0], room, over, must)


@numba.njit(cache=True, nogil=True, inline="always")
def backed(ground: Ground, state: Ints, branch: Ints, depth: int, must: int) -> tuple[int, int, int]:
    """One step back in the tree: the depth then, and gain and children taken off. A unit that was in is tried out, unless it must
    be in; one that was out is free again.
    """
    unit = branch[depth - 1]
    gain, size = (ground[0][unit], ground[1][unit]) if state[unit] == IN else (0, 0)
    again = state[unit] == IN and unit != must
    state[unit] = OUT if again else FREE
    return (depth if again else depth - 1), gain, size


# Without numba's counting of references, as in moves.py: nothing is made in here.
@numba.njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload, untyped-decorator]
def best_zone(ground: Ground, tree: Tree, seats: Seats, must: int, below: int, nodes: int) -> tuple[int, int, int]:
    """No zone in one piece round the root that holds `must` (−1: any) adds less than the first number answered.

    Only zones below `below` are looked for; the second number is the best one's, kept in the tree, or `below`. After `nodes`
    nodes, the third number, the branches left are bounded only.
    """
    gain, size, root = ground[0], ground[1], ground[5]
    state, branch, scratch, chosen = tree
    cap, over = seats
    depth, value, load, used, lower, best = 0, gain[root], size[root], 0, HUGE, below
    state[root], unit = IN, root
    while depth or unit >= 0:
        if unit >= 0:
            used += 1
            full = value + max(over, 0) * max(0, load - cap)
            if full < best and (over >= 0 or load <= cap) and (must < 0 or state[must] == IN):
                best = full
                for u in range(len(gain)):
                    chosen[u] = state[u] == IN
            bound = bound_of(ground, state, scratch, seats, must, (value, load))
            if bound < best and used > nodes:
                lower = min(lower, bound)
            unit = at_border(ground, state, scratch[0]) if bound < best and used <= nodes else -1
            if unit >= 0:
                branch[depth] = unit
                depth += 1
                state[unit], value, load = IN, value + gain[unit], load + size[unit]
        else:
            before = depth
            depth, lost, children = backed(ground, state, branch, depth, must)
            value, load, unit = value - lost, load - children, (root if depth == before else -1)
    return min(lower, best), best, used


@numba.njit(cache=True, nogil=True)
def reach_of(town: Town, k: int, gain: Ints, spare: int) -> Ints:
    """The units, in order, that a zone of school k can hold that adds less than its own unit and `spare`: the losses on the way
    stay below all gains and `spare`.
    """
    _, allowed, size, seats, homes, graph, over = town
    first, neighbour = graph
    may, home, cap = allowed[:, k].copy(), homes[k], (seats[k] if over < 0 else HUGE)
    limit = spare - np.minimum(gain, 0)[may].sum()
    if home < 0:
        return np.flatnonzero(may & (gain <= limit))
    lost = np.full(len(gain), -1, np.int64)
    lost[home], waiting, done = 0, [home], 0
    while done < len(waiting):
        here = waiting[done]
        done += 1
        for e in range(first[here], first[here + 1]):
            other = neighbour[e]
            if may[other] and size[other] + size[home] <= cap:
                then = lost[here] + max(0, gain[other])
                if then <= limit and (lost[other] < 0 or then < lost[other]):
                    lost[other] = then
                    waiting.append(other)
    return np.flatnonzero(lost >= 0)


@numba.njit(cache=True, nogil=True)
def ground_of(gain: Ints, size: Ints, units: Ints, graph: tuple[Ints, Ints], home: int) -> Ground:
    """The part of the town that is `units`. A school without a unit of its own (home −1) stands beside all of them: its zone may
    then be in pieces, which bounds it from below.
    """
    first, neighbour = graph
    n = len(units)
    place = np.full(len(gain), -1, np.int64)
    place[units] = np.arange(n)
    ends, links = [0], [0][:0]
    for here in range(n):
        for e in range(first[units[here]], first[units[here] + 1]):
            if place[neighbour[e]] >= 0:
                links.append(place[neighbour[e]])
        if home < 0:
            links.append(n)
        ends.append(len(links))
    if home < 0:
        links.extend(np.arange(n))
        ends.append(len(links))
    its = np.zeros(len(ends) - 1, np.int64)
    children = np.zeros(len(ends) - 1, np.int64)
    its[:n], children[:n] = gain[units], size[units]
    key = np.where(its < 0, its / np.maximum(children, 1e-9), its * 1.0)
    order = np.argsort(key, kind="mergesort")
    return its, children, np.array(ends), np.array(links), order, (place[home] if home >= 0 else n)


@numba.njit(cache=True, nogil=True)
def tree_of(n: int) -> Tree:
    return np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros((2, n), np.int64), np.zeros(n, np.bool_)


@numba.njit(cache=True, nogil=True)
def zones_at(town: Town, price: Ints, nodes: int) -> tuple[Ints, Ints, Flags, int]:
    """The best zone of every school at the units' prices: (schools,) no zone of it adds less; (schools,) the best found;
    (schools, units) that zone; nodes used.
    """
    cost, _, size, seats, home, graph, over = town
    units, schools = cost.shape
    lower, value = np.zeros(schools, np.int64), np.zeros(schools, np.int64)
    chosen, used = np.zeros((schools, units), np.bool_), 0
    for k in range(schools):
        gain = cost[:, k] - price
        inside = reach_of(town, k, gain, 0)
        ground = ground_of(gain, size, inside, graph, home[k])
        tree = tree_of(len(ground[0]))
        lower[k], value[k], spent = best_zone(ground, tree, (seats[k], over), -1, HUGE, nodes)
        for here in range(len(inside)):
            chosen[k, inside[here]] = tree[3][here]
        used += spent
    return lower, value, chosen, used


@numba.njit(cache=True, nogil=True)
def units_within(town: Town, k: int, price: Ints, below: int, nodes: int) -> Flags:
    """(units,): whether a zone of school k that holds the unit may add less than `below`; at most `nodes` nodes for each."""
    cost, allowed, size, seats, home, graph, over = town
    gain = cost[:, k] - price
    within = np.zeros(len(gain), np.bool_)
    own = gain[home[k]] if home[k] >= 0 else 0
    inside = reach_of(town, k, gain, max(0, below - own))
    ground = ground_of(gain, size, inside, graph, home[k])
    for here in range(len(inside)):
        tree = tree_of(len(ground[0]))
        within[inside[here]] = best_zone(ground, tree, (seats[k], over), here, below, nodes)[0] < below
    return within & allowed[:, k]
