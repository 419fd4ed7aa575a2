"""Node contraction and a sweep down the branches: exact, and fast on roads (docs/method/distance.md).

Every cheapest way climbs the elimination order and then descends, so a door is answered by going up its own branch
and then once down all positions (the idea of PHAST: Delling, Goldberg, Nowatzyk and Werneck 2011, on a customizable
hierarchy: Dibbelt, Strasser and Wagner 2016). The sweep here keeps only the branch above the node in hand, with
the costs to all schools side by side: its rows stay in the processor's cache, and a cell's costs are written as
soon as its street's ends are known.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from catchment.engines.buckets import search_core
from catchment.engines.elimination import Hierarchy, build_hierarchy
from catchment.engines.labels import descend, make_ready, rise, tell_places
from catchment.engines.protocol import FAR, Costs, Doors, Ints, Places
from catchment.engines.sweeps import climb, in_order, order_places, sweep
from catchment.network import Arcs

T = TypeVar("T")
THREADS = os.cpu_count() or 1
LABELS_AT_ONCE = 320
"""More rows than that on one branch would leave the cache."""


def contraction(arcs: Arcs) -> "Contraction":
    """The engine for roads; what cannot be contracted is searched by buckets."""
    return Contraction(build_hierarchy(arcs))


def buckets(arcs: Arcs) -> "Contraction":
    """The engine without contraction: a queue of buckets from every school, for networks that never change shape."""
    return Contraction(build_hierarchy(arcs, work_per_node=-1))


def _halves(size: int) -> list[tuple[int, int]]:
    """As many spans of a range as there are threads."""
    return list(itertools.pairwise(np.unique(np.linspace(0, size, THREADS + 1, dtype=np.int64)).tolist()))


@dataclass(frozen=True)
class _Upper:
    """Some labels' costs from their doors upwards."""

    start: int
    end: int
    """From which label to which."""
    entries: tuple[Ints, NDArray[np.int32], Costs]
    """Where each position's entries start, their labels and costs."""
    rows: Costs
    """(slots × labels): the core is filled in, the rest is room to work in."""


@dataclass(frozen=True)
class _Ordered:
    """Places in order of position: where each position's start, their rows, the position of their other way, two costs."""

    first: Ints
    row: NDArray[np.int32]
    other: NDArray[np.int32]
    cost: Costs
    other_cost: Costs


class Contraction:
    """A network made ready: see protocol.Router. Threads share the work; they do not change the answer."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self._pool = ThreadPoolExecutor(THREADS)

    def matrix(self, doors: Doors, places: Places, out: Costs | None = None) -> Costs:
        """Costs of the cheapest ways: (places × labels), FAR where there is none; written into `out` if it is given."""
        found = np.empty((len(places), doors.labels), dtype=np.uint32) if out is None else out
        if doors.labels == 1:  # one label side by side with itself leaves the processor idle
            found[:] = self.nearest(doors, places, 1)[0]
            return found
        ordered = self._ordered(places)

        def fill(span: tuple[int, int], upper: list[_Upper]) -> None:
            low, high = ordered.first[list(span)]
            self._sweep(ordered, span, upper, FAR, found, ordered.row[low:high])

        for _ in self._shared(fill, ordered, -(-len(places) // THREADS), self._upper(doors)):
            pass
        return found

    def blocks(self, doors: Doors, places: Places, *, size: int, limit: int = FAR) -> Iterator[tuple[Ints, Costs]]:
        """The same by blocks of places: see protocol.Router."""
        ordered = self._ordered(places)

        def block(span: tuple[int, int], upper: list[_Upper]) -> tuple[Ints, Costs]:
            low, high = ordered.first[list(span)]
            found = np.empty((high - low, doors.labels), dtype=np.uint32)
            self._sweep(ordered, span, upper, limit, found, np.arange(high - low, dtype=np.int32))
            return ordered.row[low:high].astype(np.int64), found

        yield from self._shared(block, ordered, size, self._upper(doors))

    def nearest(self, doors: Doors, places: Places, count: int) -> tuple[Costs, NDArray[np.int32]]:
        """The nearest labels of every place: see protocol.Router."""
        h, ends = self.hierarchy, (places.node, places.cost, places.other, places.other_cost)
        ways = rise(h, doors.label, h.position[doors.node], doors.cost, count)
        costs, labels = np.empty((len(places), count), np.uint32), np.empty((len(places), count), np.int32)
        told = (ways, h.position, ends)
        spans = _halves(len(ways))
        for begin, _ in spans:
            make_ready(h, ways, begin)
        list(self._pool.map(lambda span: descend(h, ways, span[0], span[1]), spans))
        list(self._pool.map(lambda span: tell_places(*told, span[0], span[1], costs, labels), _halves(len(places))))
        return costs, labels

    def _ordered(self, places: Places) -> _Ordered:
        position = self.hierarchy.position
        ends = position[places.node], position[places.other]
        return _Ordered(*order_places(*ends, places.cost, places.other_cost, len(position)))

    def _upper(self, doors: Doors) -> list[_Upper]:
        """Costs of the doors up their branches and through the core, some labels at a time."""
        return [
            self._climb(doors, start, min(start + LABELS_AT_ONCE, doors.labels))
            for start in range(0, doors.labels, LABELS_AT_ONCE)
        ]

    def _climb(self, doors: Doors, start: int, end: int) -> _Upper:
        h, mine = self.hierarchy, (doors.label >= start) & (doors.label < end)
        rows = np.full((h.slots, end - start), FAR, dtype=np.uint32)
        cost = np.minimum(doors.cost[mine], FAR).astype(np.uint32)
        position, label, found = climb(h, doors.label[mine] - start, h.position[doors.node[mine]], cost, rows)
        if h.core:
            shares = np.array_split(np.arange(end - start), THREADS)
            list(self._pool.map(lambda some: search_core(h, rows, some), shares))
        first, order = in_order(position, len(h.slot))
        return _Upper(start, end, (first, label[order], found[order]), rows)

    def _shared(
        self, work: Callable[[tuple[int, int], list[_Upper]], T], ordered: _Ordered, size: int, upper: list[_Upper]
    ) -> Iterator[T]:
        """The work done on spans of positions with about `size` places each, by threads with room of their own."""
        cuts = np.searchsorted(ordered.first, np.arange(size, ordered.first[-1], size))
        spans = list(itertools.pairwise(np.unique([0, *cuts, len(ordered.first) - 1]).tolist()))
        threads = min(THREADS, len(spans))
        rooms = [upper] + [[replace(part, rows=part.rows.copy()) for part in upper] for _ in range(threads - 1)]
        for at in range(0, len(spans), threads):
            yield from self._pool.map(work, spans[at : at + threads], rooms)

    def _sweep(
        self,
        ordered: _Ordered,
        span: tuple[int, int],
        upper: list[_Upper],
        limit: int,
        found: Costs,
        row_of: NDArray[np.int32],
    ) -> None:
        places = (ordered.first, ordered.other, ordered.cost, ordered.other_cost)
        for part in upper:
            whole = len(upper) == 1
            costs = found if whole else np.empty((len(row_of), part.end - part.start), dtype=np.uint32)
            rows = row_of if whole else np.arange(len(row_of), dtype=np.int32)
            sweep(self.hierarchy, *span, part.entries, part.rows, places, limit, costs, rows)
            if not whole:
                found[row_of, part.start : part.end] = costs
