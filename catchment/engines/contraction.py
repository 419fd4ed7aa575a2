"""Node contraction and a downward sweep over many sources at once: exact, and fast on roads.

Nodes are eliminated one after the other, fewest neighbours first; the neighbours of an eliminated node are
linked among themselves by the way through it. Numbered in that order, every shortest way climbs and then
descends: from a source one climbs the elimination tree, then one pass from the top node down gives the
length to every node. The pass serves LANES sources at a time, so that it streams through memory once per
block (after the PHAST idea of Delling, Goldberg, Nowatzyk and Werneck, 2011, on a customizable hierarchy).
On road networks elimination adds about as many links as there are streets; on dense grids it fills in, and
the reference engine takes over (docs/method/distance.md).
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from catchment.engines.scipy_dijkstra import scipy_dijkstra
from catchment.network import Arcs

LANES = 64
FAR = 2**31  # nothing is that far: lengths stay below 2,147 km
HALF_FAR = 2**30
MOST_LINKS_PER_NODE = 12  # beyond this fill the sweep no longer pays

BUCKETS = 4096

Ints = NDArray[np.int64]
Words = NDArray[np.int32]
Lengths = NDArray[np.uint32]


@dataclass(frozen=True)
class Hierarchy:
    """Nodes numbered from the first eliminated to the last, with the links of each to later ones."""

    rank: Ints
    first: Ints
    """(nodes + 1,) where the links of each rank start."""
    head: Words
    up_mm: Lengths
    """Length from the rank up to the head; FAR where there is no way."""
    down_mm: Lengths
    """Length from the head down to the rank."""


def contraction(arcs: Arcs, starts: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Shortest lengths from each start to every node: (starts × nodes) millimetres, and reached or not."""
    hierarchy = build_hierarchy(arcs) if arcs.length_mm.max(initial=0) < HALF_FAR else None
    if hierarchy is None:
        return scipy_dijkstra(arcs, starts)
    found = np.empty((len(starts), arcs.nodes), dtype=np.int64)
    for at in range(0, len(starts), LANES):
        block = sweep(hierarchy, starts[at : at + LANES])
        found[at : at + LANES] = block[hierarchy.rank].T[: len(starts) - at]
    reached = found < FAR
    # A way of FAR or more passes a node between half of FAR and FAR, for no single arc is that long: where
    # there is no such node, nothing was cut off.
    if (reached & (found >= HALF_FAR)).any():
        return scipy_dijkstra(arcs, starts)
    return np.where(reached, found, 0), reached


def build_hierarchy(arcs: Arcs) -> Hierarchy | None:
    """Eliminate all nodes, fewest neighbours first; None when the links would fill in."""
    order = np.lexsort((arcs.to_node, arcs.from_node))
    u, v, mm = arcs.from_node[order], arcs.to_node[order], arcs.length_mm[order]
    keep = u != v
    sides = _sides(u[keep], v[keep], mm[keep], arcs.nodes)
    rank, first, head, up, down = _eliminate(*sides, arcs.nodes, MOST_LINKS_PER_NODE * max(arcs.nodes, 1000))
    return Hierarchy(rank, first, head, up, down) if len(rank) else None


def _sides(u: Ints, v: Ints, mm: Ints, nodes: int) -> tuple[Ints, Words, Lengths, Lengths]:
    """Neighbour lists of the undirected graph with the shortest length out and in."""
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    out = np.concatenate([mm, np.full(len(mm), FAR)])
    into = np.concatenate([np.full(len(mm), FAR), mm])
    order = np.lexsort((head, tail))
    tail, head, out, into = tail[order], head[order], out[order], into[order]
    new = np.ones(len(tail), dtype=bool)
    new[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    starts = np.flatnonzero(new)
    if len(starts):
        out, into = np.minimum.reduceat(out, starts), np.minimum.reduceat(into, starts)
    first = np.searchsorted(tail[starts], np.arange(nodes + 1)).astype(np.int64)
    return first, head[starts].astype(np.int32), out.astype(np.uint32), into.astype(np.uint32)


@numba.njit(cache=True)
def _eliminate(
    first: Ints, head: Words, out: Lengths, into: Lengths, nodes: int, most_links: int
) -> tuple[Ints, Ints, Words, Lengths, Lengths]:
    """Elimination in order of degree; empty ranks when more than most_links links would be needed."""
    pool, pool_out, pool_into, place, length, room = _lay_lists(first, head, out, into, nodes)
    end = place[nodes - 1] + room[nodes - 1]
    bucket, after, before = _fill_buckets(length)
    rank, up_first = np.full(nodes, -1, np.int64), np.zeros(nodes + 1, np.int64)
    kept, up, down = np.empty(most_links, np.int32), np.empty(most_links, np.uint32), np.empty(most_links, np.uint32)
    links, low = 0, 0
    for step in range(nodes):
        while bucket[low] < 0:
            low += 1
        v = bucket[low]
        _leave_bucket(v, low, bucket, after, before)
        rank[v] = step
        count, at = length[v], place[v]
        if links + count > most_links:
            return np.empty(0, np.int64), up_first, kept, up, down
        for i in range(count):
            kept[links + i], up[links + i], down[links + i] = pool[at + i], pool_out[at + i], pool_into[at + i]
        for i in range(links, links + count):
            a, degree = kept[i], length[kept[i]]
            _forget(a, v, pool, pool_out, pool_into, place, length)
            if length[a] + count > room[a]:
                more = 2 * (length[a] + count)
                pool, pool_out, pool_into = _lengthen(pool, pool_out, pool_into, end, more)
                _move_list(a, end, more, pool, pool_out, pool_into, place, length, room)
                end += more
            for k in range(links, links + count):
                if k != i:
                    there, back = _by_way_of(down[i], up[k]), _by_way_of(down[k], up[i])
                    _link(a, kept[k], there, back, pool, pool_out, pool_into, place, length)
            if length[a] != degree:
                _leave_bucket(a, min(degree, BUCKETS - 1), bucket, after, before)
                _enter_bucket(a, min(length[a], BUCKETS - 1), bucket, after, before)
                low = min(low, length[a])
        links += count
        up_first[step + 1] = links
    for i in range(links):
        kept[i] = rank[kept[i]]
    _put_parents_first(up_first, kept, up, down)
    return rank, up_first, kept[:links].copy(), up[:links].copy(), down[:links].copy()


@numba.njit(cache=True)
def _lay_lists(
    first: Ints, head: Words, out: Lengths, into: Lengths, nodes: int
) -> tuple[Words, Lengths, Lengths, Ints, Ints, Ints]:
    """Neighbour lists one after the other in a pool, each with some room to grow."""
    size = len(head) + 4 * nodes
    pool, pool_out, pool_into = np.empty(size, np.int32), np.empty(size, np.uint32), np.empty(size, np.uint32)
    place, length, room = np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    end = 0
    for v in range(nodes):
        degree = first[v + 1] - first[v]
        place[v], length[v], room[v] = end, degree, degree + 4
        for i in range(degree):
            pool[end + i], pool_out[end + i], pool_into[end + i] = (
                head[first[v] + i],
                out[first[v] + i],
                into[first[v] + i],
            )
        end += room[v]
    return pool, pool_out, pool_into, place, length, room


@numba.njit(cache=True)
def _fill_buckets(length: Ints) -> tuple[Words, Words, Words]:
    """Nodes by degree, as linked lists: the head of each, and what stands after and before each node."""
    bucket = np.full(BUCKETS, -1, np.int32)
    after, before = np.full(len(length), -1, np.int32), np.full(len(length), -1, np.int32)
    for v in range(len(length) - 1, -1, -1):
        _enter_bucket(v, min(length[v], BUCKETS - 1), bucket, after, before)
    return bucket, after, before


@numba.njit(cache=True)
def _enter_bucket(v: int, degree: int, bucket: Words, after: Words, before: Words) -> None:
    after[v], before[v] = bucket[degree], -1
    if bucket[degree] >= 0:
        before[bucket[degree]] = v
    bucket[degree] = v


@numba.njit(cache=True)
def _leave_bucket(v: int, degree: int, bucket: Words, after: Words, before: Words) -> None:
    if before[v] >= 0:
        after[before[v]] = after[v]
    else:
        bucket[degree] = after[v]
    if after[v] >= 0:
        before[after[v]] = before[v]


@numba.njit(cache=True)
def _by_way_of(one: int, other: int) -> int:
    """Length of two links one after the other; FAR if either is missing."""
    return FAR if one >= FAR or other >= FAR else min(one + other, FAR)


@numba.njit(cache=True)
def _forget(a: int, v: int, pool: Words, out: Lengths, into: Lengths, place: Ints, length: Ints) -> None:
    """Take v out of the list of a."""
    last = place[a] + length[a] - 1
    for j in range(place[a], last + 1):
        if pool[j] == v:
            pool[j], out[j], into[j] = pool[last], out[last], into[last]
            length[a] -= 1
            return


@numba.njit(cache=True)
def _link(
    a: int, b: int, there: int, back: int, pool: Words, out: Lengths, into: Lengths, place: Ints, length: Ints
) -> None:
    """Keep the shorter of the known and the new way from a to b, and back; there is room."""
    end = place[a] + length[a]
    for j in range(place[a], end):
        if pool[j] == b:
            out[j], into[j] = min(out[j], there), min(into[j], back)
            return
    pool[end], out[end], into[end] = b, there, back
    length[a] += 1


@numba.njit(cache=True)
def _lengthen(pool: Words, out: Lengths, into: Lengths, end: int, more: int) -> tuple[Words, Lengths, Lengths]:
    """The pool, or one twice as long if `more` does not fit after `end`."""
    if end + more <= len(pool):
        return pool, out, into
    size = 2 * len(pool) + more
    pool_, out_, into_ = np.empty(size, np.int32), np.empty(size, np.uint32), np.empty(size, np.uint32)
    pool_[:end], out_[:end], into_[:end] = pool[:end], out[:end], into[:end]
    return pool_, out_, into_


@numba.njit(cache=True)
def _move_list(
    a: int, end: int, more: int, pool: Words, out: Lengths, into: Lengths, place: Ints, length: Ints, room: Ints
) -> None:
    """Move the list of a to the pool's end, where it has more room."""
    for j in range(length[a]):
        pool[end + j], out[end + j], into[end + j] = pool[place[a] + j], out[place[a] + j], into[place[a] + j]
    place[a], room[a] = end, more


@numba.njit(cache=True)
def _put_parents_first(first: Ints, head: Words, up: Lengths, down: Lengths) -> None:
    """The lowest head is the parent in the elimination tree: it comes first among its node's links."""
    for r in range(len(first) - 1):
        at = first[r]
        if first[r + 1] > at:
            best = at + np.argmin(head[at : first[r + 1]])
            head[at], head[best] = head[best], head[at]
            up[at], up[best] = up[best], up[at]
            down[at], down[best] = down[best], down[at]


def sweep(hierarchy: Hierarchy, starts: Ints) -> Lengths:
    """Lengths from up to LANES starts: (nodes by rank × LANES) millimetres; FAR or more is unreached."""
    distance = np.empty((len(hierarchy.rank), LANES), dtype=np.uint32)
    _sweep(hierarchy.first, hierarchy.head, hierarchy.up_mm, hierarchy.down_mm, hierarchy.rank[starts], distance)
    return distance


@numba.njit(cache=True)
def _sweep(
    first: Ints,
    head: Words,
    up: Lengths,
    down: Lengths,
    start_ranks: Ints,
    distance: Lengths,
) -> None:
    """Climb the elimination tree from each start, then relax the links downwards, all lanes at once."""
    far = np.uint32(FAR)
    distance[:] = far
    for lane in range(len(start_ranks)):
        r = start_ranks[lane]
        distance[r, lane] = 0
        while first[r + 1] > first[r]:
            here = distance[r, lane]
            if here < far:
                for i in range(first[r], first[r + 1]):
                    if up[i] < far:
                        distance[head[i], lane] = min(distance[head[i], lane], here + up[i])
            r = head[first[r]]
    for r in range(len(first) - 2, -1, -1):
        row = distance[r]
        for i in range(first[r], first[r + 1]):
            other, mm = distance[head[i]], down[i]
            if mm < far:
                for lane in range(LANES):
                    row[lane] = min(row[lane], other[lane] + mm)
