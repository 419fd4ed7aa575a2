"""The nearest labels of every place: each node keeps its few cheapest, in order, ties by label.

A cost and its label are one 64-bit number, cost first: the smaller number is the cheaper way, and among equal ones that
to the lower label.
"""

import heapq

import numba
import numpy as np
from numpy.typing import NDArray

from catchment.engines.elimination import Hierarchy, Words
from catchment.engines.protocol import FAR, Costs, Ints

Ways = NDArray[np.uint64]

SHIFT = np.uint64(32)
LABEL = np.uint64(2**32 - 1)
NONE = np.uint64(FAR << 32)


@numba.njit(cache=True, nogil=True)
def rise(h: Hierarchy, label: Ints, start: Words, cost: Ints, count: int) -> Ways:
    """The nearest doors of every position by ways that only climb, and of the core by any (positions × count)."""
    nodes = len(h.slot)
    ways = np.full((nodes, count), NONE, np.uint64)
    for i in range(len(label)):
        if cost[i] < FAR:
            _keep(ways, start[i], (np.uint64(cost[i]) << SHIFT) | np.uint64(label[i]))
    if count == 1:
        _up_one(h, ways[:, 0])
    else:
        for p in range(nodes - 1, h.core - 1, -1):
            if ways[p, 0] < NONE:
                for j in range(h.first[p], h.first[p + 1]):
                    _keep_all(ways, h.head[j], ways, p, np.uint64(h.down[j]) << SHIFT)
    if h.core:
        _through_core(h, ways)
    return ways


@numba.njit(cache=True, nogil=True)
def make_ready(h: Hierarchy, ways: Ways, begin: int) -> None:
    """The nearest doors of the ancestors of a position by any way, from the top down: what `descend` from there reads."""
    above, depth, p = np.empty(h.slots, np.int64), 0, h.parent[begin]
    while p >= h.core:
        above[depth] = p
        depth, p = depth + 1, h.parent[p]
    for i in range(depth - 1, -1, -1):
        descend(h, ways, above[i], above[i] + 1)


@numba.njit(cache=True, nogil=True)
def descend(h: Hierarchy, ways: Ways, begin: int, end: int) -> None:
    """The nearest doors of positions begin … end − 1 by any way.

    The ancestors of `begin` are ready before (make_ready). Spans may then be worked on at the same time: each writes its own
    positions alone, and an ancestor made ready before it is not changed again, since its ways are all there.
    """
    if ways.shape[1] == 1:
        _down_one(h, ways[:, 0], max(begin, h.core), end)
    else:
        _down(h, ways, max(begin, h.core), end)


@numba.njit(cache=True, nogil=True)
def _down(h: Hierarchy, ways: Ways, begin: int, end: int) -> None:
    for p in range(begin, end):
        for j in range(h.first[p], h.first[p + 1]):
            _keep_all(ways, p, ways, h.head[j], np.uint64(h.up[j]) << SHIFT)


@numba.njit(cache=True, nogil=True)
def _down_one(h: Hierarchy, ways: Ways, begin: int, end: int) -> None:
    """The walk down for one label a node: a plain minimum."""
    for p in range(begin, end):
        best = ways[p]
        for j in range(h.first[p], h.first[p + 1]):
            best = min(best, ways[np.uint64(h.head[j])] + (np.uint64(h.up[j]) << SHIFT))
        ways[p] = min(best, NONE)


@numba.njit(cache=True, nogil=True)
def _up_one(h: Hierarchy, ways: Ways) -> None:
    """The walk up for one label a node."""
    for p in range(len(ways) - 1, h.core - 1, -1):
        here = ways[p]
        if here < NONE:
            for j in range(h.first[p], h.first[p + 1]):
                q = np.uint64(h.head[j])
                ways[q] = min(NONE, min(ways[q], here + (np.uint64(h.down[j]) << SHIFT)))


@numba.njit(cache=True, nogil=True)
def _keep(ways: Ways, p: int, way: int) -> bool:
    """Put a way among the cheapest of a node, one for each label; true if it was put."""
    last = ways.shape[1] - 1
    if way >= ways[p, last]:
        return False
    i = 0
    while ways[p, i] < way:
        if (ways[p, i] ^ way) & LABEL == 0:
            return False
        i += 1
    if ways[p, i] == way:
        return False
    end = i
    while end < last and (ways[p, end] ^ way) & LABEL:
        end += 1
    for k in range(end, i, -1):
        ways[p, k] = ways[p, k - 1]
    ways[p, i] = way
    return True


@numba.njit(cache=True, nogil=True)
def _keep_all(ways: Ways, p: int, others: Ways, q: int, leg: int) -> None:
    """Put the ways of another node among those of p, a leg farther."""
    last = ways.shape[1] - 1
    for i in range(others.shape[1]):
        way = others[q, i] + leg
        if way >= ways[p, last] or way >= NONE:
            return
        _keep(ways, p, way)


@numba.njit(cache=True, nogil=True)
def _through_core(h: Hierarchy, ways: Ways) -> None:
    """Cheapest first: a way goes on from a node only while it is among that node's nearest."""
    heap = [(ways[0, 0], 0) for _ in range(0)]
    for p in range(h.core):
        for i in range(ways.shape[1]):
            if ways[p, i] < NONE:
                heap.append((ways[p, i], p))
    heapq.heapify(heap)
    while len(heap):
        way, p = heapq.heappop(heap)
        i = 0
        while i < ways.shape[1] and ways[p, i] < way:
            i += 1
        if i == ways.shape[1] or ways[p, i] != way:
            continue
        for j in range(h.first[p], h.first[p + 1]):
            farther, other = way + (np.uint64(h.down[j]) << SHIFT), np.int64(h.head[j])
            if farther < NONE and _keep(ways, other, farther):
                heapq.heappush(heap, (farther, other))


@numba.njit(cache=True, nogil=True)
def tell_places(
    ways: Ways, position: Words, ends: tuple[Ints, Ints, Ints, Ints], begin: int, end: int, costs: Costs, labels: Words
) -> None:
    """Costs and labels of places begin … end − 1 (node, cost, other, other cost); FAR and −1 where there are fewer."""
    node, cost, other, other_cost = ends
    count = ways.shape[1]
    found = np.empty((1, count), np.uint64)
    for i in range(begin, end):
        p, q = position[node[i]], position[other[i]]
        one, two = np.uint64(min(cost[i], FAR)) << SHIFT, np.uint64(min(other_cost[i], FAR)) << SHIFT
        if count == 1:
            found[0, 0] = min(NONE, min(ways[p, 0] + one, ways[q, 0] + two))
        else:
            found[:] = NONE
            _keep_all(found, 0, ways, p, one)
            _keep_all(found, 0, ways, q, two)
        for k in range(count):
            costs[i, k] = found[0, k] >> SHIFT
            labels[i, k] = np.int32(found[0, k] & LABEL) if found[0, k] < NONE else -1
