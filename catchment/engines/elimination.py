"""Preparing a network: nodes are eliminated one after the other, fewest neighbours first.

The neighbours of an eliminated node are linked among themselves by the way through it. On roads this adds about as
many links as there are streets. On dense lattices the links multiply: elimination stops when its work outgrows
the network, and the nodes left are the core (docs/method/distance.md).
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from catchment.engines.protocol import FAR, Costs, Ints
from catchment.network import Arcs

VERSION = 1
"""Of what build_hierarchy gives: a prepared network of another version is not taken from disk."""

WORK_PER_NODE = 100
"""Roads take 10 to 90; a square lattice of any size would take more, and is better searched from then on."""

BUCKETS = 4096

Words = NDArray[np.int32]
Links = NDArray[np.uint32]
"""Rows of neighbour, cost to it, cost from it."""


class Hierarchy(NamedTuple):
    """Nodes in positions: the core first, then each node after all it is linked to above (its ancestors).

    The ancestors of a node lie on one branch, each in a slot of its own: a walk down the positions needs to keep
    one branch only.
    """

    position: Words
    """(nodes,) position of each node."""
    core: int
    slots: int
    """Core and the longest branch."""
    slot: Words
    """(nodes,) by position."""
    parent: Words
    """(nodes,) position of the lowest node that it is linked to outside the core; −1 at a root."""
    last: Words
    """(nodes,) the position after the last below it."""
    first: Ints
    """(nodes + 1,) where the links of each position start; those of the core stay within it."""
    head: Words
    """(links,) position above."""
    up: Costs
    """(links,) cost from the position to the head; FAR where there is no way."""
    down: Costs
    """(links,) cost from the head to the position."""


def build_hierarchy(arcs: Arcs, work_per_node: int = WORK_PER_NODE) -> Hierarchy:
    """Eliminate nodes while it pays; deterministic, exact for all ways that cost less than FAR."""
    u, v = arcs.from_node.astype(np.int32), arcs.to_node.astype(np.int32)
    cost = np.minimum(arcs.cost, FAR).astype(np.uint32)
    lists = _neighbours(u, v, cost, arcs.nodes)
    return Hierarchy(*_arrange(*_eliminate(*lists, work_per_node * arcs.nodes)))


@numba.njit(cache=True, nogil=True)
def _neighbours(u: Words, v: Words, cost: Costs, nodes: int) -> tuple[Links, Ints, Words, Words]:
    """Neighbour lists with some room to grow: links, where each list starts, its length and its room.

    Parallel arcs are reduced to the cheapest; loops are left out.
    """
    most = np.zeros(nodes, np.int32)
    for i in range(len(u)):
        if u[i] != v[i]:
            most[u[i]] += 1
            most[v[i]] += 1
    place, length = np.zeros(nodes, np.int64), np.zeros(nodes, np.int32)
    for a in range(1, nodes):
        place[a] = place[a - 1] + most[a - 1] + 2
    links = np.empty((place[-1] + most[-1] + 2, 3), np.uint32)
    far = np.uint32(FAR)
    for i in range(len(u)):
        if u[i] != v[i]:
            length[u[i]] = _link(links, place[u[i]], length[u[i]], v[i], cost[i], far)
            length[v[i]] = _link(links, place[v[i]], length[v[i]], u[i], far, cost[i])
    return links, place, length, most + np.int32(2)


@numba.njit(cache=True, nogil=True)
def _link(links: Links, start: int, length: int, other: int, there: int, back: int) -> int:
    """Keep the cheaper of the known and the new way to a neighbour and back; the new length of the list."""
    end = start + length
    for j in range(start, end):
        if links[j, 0] == other:
            links[j, 1] = min(links[j, 1], np.uint32(there))
            links[j, 2] = min(links[j, 2], np.uint32(back))
            return length
    links[end, 0], links[end, 1], links[end, 2] = other, there, back
    return length + 1


@numba.njit(cache=True, nogil=True)
def _forget(links: Links, start: int, length: int, other: int) -> None:
    """Put the last of the list in the place of a neighbour that is there."""
    j = start
    while links[j, 0] != other:
        j += 1
    end = start + length - 1
    links[j, 0], links[j, 1], links[j, 2] = links[end, 0], links[end, 1], links[end, 2]


@numba.njit(cache=True, nogil=True)
def _by_way_of(one: int, other: int) -> int:
    """Cost of two links one after the other; FAR if either is missing or the sum is that far."""
    return FAR if one >= FAR or other >= FAR else min(one + other, FAR)


@numba.njit(cache=True, nogil=True)
def _enter(bucket: Words, after: Words, before: Words, v: int, degree: int) -> None:
    after[v], before[v] = bucket[degree], -1
    if bucket[degree] >= 0:
        before[bucket[degree]] = v
    bucket[degree] = v


@numba.njit(cache=True, nogil=True)
def _leave(bucket: Words, after: Words, before: Words, v: int, degree: int) -> None:
    if before[v] >= 0:
        after[before[v]] = after[v]
    else:
        bucket[degree] = after[v]
    if after[v] >= 0:
        before[after[v]] = before[v]


@numba.njit(cache=True, nogil=True)
def _eliminate(
    links: Links, place: Ints, length: Words, room: Words, most_work: int
) -> tuple[Words, Links, Ints, Words]:
    """Nodes in the order in which they were eliminated; their lists as they were then, the others' as they are now."""
    nodes = len(place)
    bucket, after, before = np.full(BUCKETS, -1, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    for v in range(nodes - 1, -1, -1):
        _enter(bucket, after, before, v, min(length[v], BUCKETS - 1))
    order, steps, low, work, end = np.empty(nodes, np.int32), 0, 0, 0, len(links)
    while steps < nodes:
        while bucket[low] < 0:
            low += 1
        v = bucket[low]
        work += length[v] * length[v]
        if work > most_work:
            break
        _leave(bucket, after, before, v, low)
        order[steps] = v
        steps += 1
        start, stop = place[v], place[v] + length[v]
        for i in range(start, stop):
            a = links[i, 0]
            known = length[a] - 1
            _forget(links, place[a], length[a], v)
            if known + length[v] > room[a]:
                room[a] = 2 * (known + length[v])
                if end + room[a] > len(links):
                    more = np.empty((end + end // 2 + room[a], 3), np.uint32)
                    more[:end] = links[:end]
                    links = more
                links[end : end + known] = links[place[a] : place[a] + known]
                place[a] = end
                end += room[a]
            for k in range(start, stop):
                if k != i:
                    there, back = _by_way_of(links[i, 2], links[k, 1]), _by_way_of(links[k, 2], links[i, 1])
                    known = _link(links, place[a], known, links[k, 0], there, back)
            if known != length[a]:
                _leave(bucket, after, before, a, min(length[a], BUCKETS - 1))
                _enter(bucket, after, before, a, min(known, BUCKETS - 1))
                low = min(low, known)
                length[a] = known
    return order[:steps], links, place, length


@numba.njit(cache=True, nogil=True)
def _arrange(
    order: Words, links: Links, place: Ints, length: Words
) -> tuple[Words, int, int, Words, Words, Words, Ints, Words, Costs, Costs]:
    """The fields of a Hierarchy: the core, then a walk down the elimination trees, branch by branch."""
    nodes = len(place)
    core = nodes - len(order)
    rank = np.full(nodes, nodes, np.int32)
    for i in range(len(order)):
        rank[order[i]] = i
    above, below, beside, roots = _trees(order, rank, links, place, length)
    position, node, slot = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    at = 0
    for v in range(nodes):
        if rank[v] == nodes:
            position[v], node[at], slot[at] = at, v, at
            at += 1
    v, depth, longest = roots, 0, 0
    while v >= 0:
        position[v], node[at], slot[at] = at, v, core + depth
        at += 1
        longest = max(longest, depth + 1)
        if below[v] >= 0:
            v, depth = below[v], depth + 1
        else:
            while v >= 0 and beside[v] < 0:
                v, depth = above[v], depth - 1
            if v >= 0:
                v = beside[v]
    parent, last, first, head, up, down = _links_by_position(core, position, node, above, links, place, length)
    return position, core, core + longest, slot, parent, last, first, head, up, down


@numba.njit(cache=True, nogil=True)
def _trees(order: Words, rank: Words, links: Links, place: Ints, length: Words) -> tuple[Words, Words, Words, int]:
    """The lowest neighbour above each eliminated node, its first below and the next beside it; the first root."""
    nodes = len(place)
    above, below, beside = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    roots = -1
    for i in range(len(order)):
        v, best = order[i], nodes
        for j in range(place[v], place[v] + length[v]):
            if rank[links[j, 0]] < best:
                best, above[v] = rank[links[j, 0]], links[j, 0]
        if above[v] >= 0:
            beside[v], below[above[v]] = below[above[v]], v
        else:
            beside[v], roots = roots, v
    return above, below, beside, roots


@numba.njit(cache=True, nogil=True)
def _links_by_position(
    core: int, position: Words, node: Words, above: Words, links: Links, place: Ints, length: Words
) -> tuple[Words, Words, Ints, Words, Costs, Costs]:
    nodes = len(position)
    parent, last = np.full(nodes, -1, np.int32), np.arange(1, nodes + 1).astype(np.int32)
    first = np.zeros(nodes + 1, np.int64)
    for p in range(nodes):
        first[p + 1] = first[p] + length[node[p]]
    head, up, down = np.empty(first[-1], np.int32), np.empty(first[-1], np.uint32), np.empty(first[-1], np.uint32)
    for p in range(nodes):
        start = place[node[p]]
        for i in range(length[node[p]]):
            head[first[p] + i] = position[links[start + i, 0]]
            up[first[p] + i], down[first[p] + i] = links[start + i, 1], links[start + i, 2]
    for p in range(nodes - 1, core - 1, -1):
        if above[node[p]] >= 0:
            parent[p] = position[above[node[p]]]
            last[parent[p]] = max(last[parent[p]], last[p])
    return parent, last, first, head, up, down
