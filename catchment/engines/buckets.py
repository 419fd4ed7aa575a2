"""Search through a core from doors outwards, by a queue of buckets: exact for whole costs, whatever the network.

A bucket holds the nodes whose cost lies in one step of `width`; a node whose cost falls while its bucket is being
emptied is looked at again. The buckets are used in turn: no arc is longer than all of them together.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from catchment.engines.elimination import Hierarchy, Words
from catchment.engines.protocol import FAR, Costs

MOST_BUCKETS = 1 << 14


@numba.njit(cache=True, nogil=True)
def search_core(h: Hierarchy, rows: Costs, labels: NDArray[np.int64]) -> None:
    """Complete the core's costs to the doors of some labels, given those where their branches enter it."""
    width, buckets = _buckets(h)
    queue = _queue(h.core, buckets)
    for label in labels:
        cost = rows[:, label].copy()
        _search(h, cost, width, queue)
        rows[:, label] = cost


@numba.njit(cache=True, nogil=True)
def _buckets(h: Hierarchy) -> tuple[int, int]:
    """Width and number of the buckets: about the mean arc, and enough for the longest."""
    longest, total, count = 1, 0, 1
    for j in range(h.first[h.core]):
        if h.down[j] < FAR:
            longest, total, count = max(longest, np.int64(h.down[j])), total + np.int64(h.down[j]), count + 1
    width = max(1, total // count, longest // (MOST_BUCKETS - 2) + 1)
    return width, longest // width + 2


@numba.njit(cache=True, nogil=True)
def _queue(nodes: int, buckets: int) -> tuple[Words, Words, Words, Words]:
    """Buckets as linked lists: the head of each; what stands after and before each node, and its bucket."""
    return (
        np.full(buckets, -1, np.int32),
        np.full(nodes, -1, np.int32),
        np.full(nodes, -1, np.int32),
        np.full(nodes, -1, np.int32),
    )


@numba.njit(cache=True, nogil=True)
def _put(queue: tuple[Words, Words, Words, Words], v: int, bucket: int) -> None:
    """Put a node into a bucket, out of the one it is in."""
    head, after, before, place = queue
    if place[v] >= 0:
        _take(queue, v)
    after[v], before[v], place[v] = head[bucket], -1, bucket
    if head[bucket] >= 0:
        before[head[bucket]] = v
    head[bucket] = v


@numba.njit(cache=True, nogil=True)
def _take(queue: tuple[Words, Words, Words, Words], v: int) -> None:
    head, after, before, place = queue
    if before[v] >= 0:
        after[before[v]] = after[v]
    else:
        head[place[v]] = after[v]
    if after[v] >= 0:
        before[after[v]] = before[v]
    place[v] = -1


@numba.njit(cache=True, nogil=True)
def _search(h: Hierarchy, cost: Costs, width: int, queue: tuple[Words, Words, Words, Words]) -> None:
    """One label: nodes in order of cost, starting from those that have one."""
    buckets, far = len(queue[0]), np.uint32(FAR)
    starts = np.flatnonzero(cost < far)
    starts = starts[np.argsort(cost[starts], kind="mergesort")]
    waiting, next_start, at = 0, 0, 0
    while waiting or next_start < len(starts):
        if not waiting:
            at = max(at, np.int64(cost[starts[next_start]]) // width)
        # A start joins the queue when its turn comes: costs waiting never differ by more than the buckets hold.
        while next_start < len(starts) and np.int64(cost[starts[next_start]]) // width <= at:
            v = starts[next_start]
            next_start += 1
            if queue[3][v] < 0:
                _put(queue, v, at % buckets)
                waiting += 1
        while queue[0][at % buckets] >= 0:
            v = queue[0][at % buckets]
            _take(queue, v)
            waiting -= 1
            here = cost[v]
            for j in range(h.first[v], h.first[v + 1]):
                way, other = np.int64(here) + np.int64(h.down[j]), h.head[j]
                if way < np.int64(cost[other]):
                    cost[other] = way
                    waiting += queue[3][other] < 0
                    _put(queue, other, (way // width) % buckets)
        at += 1
