"""Queries on a prepared network: up from the doors, through the core, then down to every place.

All costs are those of the way *to* the door. Going up from a door and through the core therefore adds costs from the
head to the position (`down`), going down to the places those from the position to the head (`up`).
"""

import numba
import numpy as np
from numpy.typing import NDArray

from catchment.engines.elimination import Hierarchy, Words
from catchment.engines.protocol import FAR, Costs, Ints

Flags = NDArray[np.bool_]


@numba.njit(cache=True, nogil=True)
def climb(h: Hierarchy, label: Ints, start: Words, cost: Costs, rows: Costs) -> tuple[Words, Words, Costs]:
    """From each door up its branch: (position, label, cost) of all nodes above it; the core's go into rows."""
    size = 0
    for i in range(len(start)):
        p = start[i]
        while p >= h.core:
            size, p = size + 1, h.parent[p]
    position, whose, found = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint32)
    branch, count, far = np.empty(h.slots, np.uint32), 0, np.uint32(FAR)
    for i in range(len(start)):
        branch[:] = far
        branch[h.slot[start[i]]] = cost[i]
        p = start[i]
        while p >= h.core:
            here = branch[h.slot[p]]
            if here < far:
                position[count], whose[count], found[count] = p, label[i], here
                count += 1
                for j in range(h.first[p], h.first[p + 1]):
                    if h.down[j] < far:
                        s = h.slot[h.head[j]]
                        branch[s] = min(branch[s], np.uint32(here + h.down[j]))
            p = h.parent[p]
        for s in range(h.core):
            rows[s, label[i]] = min(rows[s, label[i]], branch[s])
    return position[:count], whose[:count], found[:count]


@numba.njit(cache=True, nogil=True)
def sweep(
    h: Hierarchy,
    begin: int,
    end: int,
    entries: tuple[Ints, Words, Costs],
    rows: Costs,
    places: tuple[Ints, Words, Costs, Costs],
    limit: int,
    found: Costs,
    row_of: Words,
) -> None:
    """Costs of the places at positions begin … end − 1 into found[row_of], the first of them into row_of[0].

    rows (slots × labels) holds the core, and the branch above the position in hand, which is all that it needs. A part
    of the network whose way out lies beyond the limit for every label, and that has no door in it, is passed over.
    """
    told, least = places[0][begin], np.empty(h.slots, np.uint32)
    for s in range(h.core):
        least[s] = rows[s].min()
    above, depth, p = np.empty(h.slots, np.int64), 0, h.parent[begin]
    while p >= h.core:
        above[depth] = p
        depth, p = depth + 1, h.parent[p]
    for i in range(depth - 1, -1, -1):
        _reach(h, above[i], entries, rows)
        least[h.slot[above[i]]] = rows[h.slot[above[i]]].min()
    p = begin
    while p < end:
        if p >= h.core:
            if limit < FAR and _out_of_limit(h, p, entries, least, limit):
                _leave_far(places, p, min(h.last[p], end), found, row_of, told)
                p = h.last[p]
                continue
            _reach(h, p, entries, rows)
            if limit < FAR:
                least[h.slot[p]] = rows[h.slot[p]].min()
        _tell(h, p, rows, places, found, row_of, told)
        p += 1


@numba.njit(cache=True, nogil=True)
def _out_of_limit(h: Hierarchy, p: int, entries: tuple[Ints, Words, Costs], least: Costs, limit: int) -> bool:
    if entries[0][p] < entries[0][h.last[p]]:
        return False
    for j in range(h.first[p], h.first[p + 1]):
        if least[h.slot[h.head[j]]] <= limit:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _reach(h: Hierarchy, p: int, entries: tuple[Ints, Words, Costs], rows: Costs) -> None:
    """The row of a position: by way of every node above, and its own entries. The processor's whole work is here."""
    first, label, cost = entries
    far, row = np.uint32(FAR), rows[np.uint64(h.slot[p])]
    start, end = h.first[p], h.first[p + 1]
    if start == end:
        row[:] = far
    for j in range(start, end, 2):  # two links at a time: the row is read and written half as often
        k = min(j + 1, end - 1)
        one, two = rows[np.uint64(h.slot[h.head[j]])], rows[np.uint64(h.slot[h.head[k]])]
        a, b = h.up[j], h.up[k]
        if j == start:
            for lane in range(len(row)):
                row[lane] = min(far, min(np.uint32(one[lane] + a), np.uint32(two[lane] + b)))
        else:
            for lane in range(len(row)):
                row[lane] = min(row[lane], min(np.uint32(one[lane] + a), np.uint32(two[lane] + b)))
    for i in range(first[p], first[p + 1]):
        row[label[i]] = min(row[label[i]], cost[i])


@numba.njit(cache=True, nogil=True)
def _tell(
    h: Hierarchy,
    p: int,
    rows: Costs,
    places: tuple[Ints, Words, Costs, Costs],
    found: Costs,
    row_of: Words,
    before: int,
) -> None:
    """The places at a position: the cheaper of their two ways out."""
    first, other, leg, other_leg = places
    far, one = np.uint32(FAR), rows[np.uint64(h.slot[p])]
    for i in range(first[p], first[p + 1]):
        two, told = rows[np.uint64(h.slot[other[i]])], found[np.uint64(row_of[i - before])]
        a, b = leg[i], other_leg[i]
        for lane in range(len(told)):
            told[lane] = min(far, min(np.uint32(one[lane] + a), np.uint32(two[lane] + b)))


@numba.njit(cache=True, nogil=True)
def _leave_far(
    places: tuple[Ints, Words, Costs, Costs], begin: int, end: int, found: Costs, row_of: Words, before: int
) -> None:
    for i in range(places[0][begin], places[0][end]):
        found[row_of[i - before]] = np.uint32(FAR)


@numba.njit(cache=True, nogil=True)
def in_order(position: Words, nodes: int) -> tuple[Ints, Words]:
    """Places in order of position: where those of each position start, and their rows."""
    first = np.zeros(nodes + 1, np.int64)
    for p in position:
        first[p + 1] += 1
    for p in range(nodes):
        first[p + 1] += first[p]
    free, order = first[:-1].copy(), np.empty(len(position), np.int32)
    for i in range(len(position)):
        order[free[position[i]]] = i
        free[position[i]] += 1
    return first, order


@numba.njit(cache=True, nogil=True)
def order_places(
    one: Words, two: Words, cost: Ints, other_cost: Ints, nodes: int
) -> tuple[Ints, Words, Words, Costs, Costs]:
    """Places under the lower of their two nodes: where each position's start, their rows, the other node, both costs."""
    first, row = in_order(np.maximum(one, two), nodes)
    other, near, far = np.empty(len(row), np.int32), np.empty(len(row), np.uint32), np.empty(len(row), np.uint32)
    for i in range(len(row)):
        r = row[i]
        a, b = min(cost[r], FAR), min(other_cost[r], FAR)
        other[i] = min(one[r], two[r])
        near[i], far[i] = (a, b) if one[r] >= two[r] else (b, a)
    return first, row, other, near, far
