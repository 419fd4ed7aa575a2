"""Dijkstra's algorithm as scipy has it: the reference engine."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from catchment.engines.protocol import FAR, Costs, Doors, Ints, Places
from catchment.network import Arcs


def scipy_dijkstra(arcs: Arcs) -> "ScipyDijkstra":
    """The reference: slow, short, and by other people."""
    return ScipyDijkstra(arcs)


class ScipyDijkstra:
    """See protocol.Router. Costs are whole numbers below 2^53, so the float arithmetic inside is exact."""

    def __init__(self, arcs: Arcs) -> None:
        self.backwards = _cheapest_arcs(arcs).T.tocsr()

    def matrix(self, doors: Doors, places: Places, out: Costs | None = None) -> Costs:
        """Costs of the cheapest ways: see protocol.Router."""
        nodes, back = np.unique(doors.node, return_inverse=True)
        to_door = sparse.csgraph.dijkstra(self.backwards, directed=True, indices=nodes)[back.ravel()]
        found = np.full((len(places), doors.labels), np.inf)
        for door, label in enumerate(doors.label):
            one = to_door[door, places.node] + np.where(places.cost < FAR, places.cost, np.inf)
            two = to_door[door, places.other] + np.where(places.other_cost < FAR, places.other_cost, np.inf)
            found[:, label] = np.minimum(found[:, label], np.minimum(one, two) + doors.cost[door])
        whole = np.minimum(found, FAR).astype(np.uint32)
        if out is None:
            return whole
        out[:] = whole
        return out

    def blocks(self, doors: Doors, places: Places, *, size: int, limit: int = FAR) -> Iterator[tuple[Ints, Costs]]:
        """The same by blocks of places; all costs are told, beyond the limit too."""
        found = self.matrix(doors, places)
        for at in range(0, len(places), size):
            yield np.arange(at, min(at + size, len(places))), found[at : at + size]

    def nearest(self, doors: Doors, places: Places, count: int) -> tuple[Costs, NDArray[np.int32]]:
        """The nearest labels of every place, out of the whole matrix."""
        found = self.matrix(doors, places)
        label = np.argsort(found, axis=1, kind="stable")[:, :count].astype(np.int32)
        cost = np.take_along_axis(found, label, axis=1)
        short = ((0, 0), (0, max(0, count - doors.labels)))
        label = np.pad(np.where(cost < FAR, label, -1), short, constant_values=-1)
        return np.pad(cost, short, constant_values=FAR).astype(np.uint32), label.astype(np.int32)


def _cheapest_arcs(arcs: Arcs) -> sparse.csr_array:
    """One arc per pair of nodes, the cheapest: scipy would add parallel arcs up, and drop zero ones."""
    order = np.lexsort((arcs.cost, arcs.to_node, arcs.from_node))
    u, v, cost = arcs.from_node[order], arcs.to_node[order], arcs.cost[order]
    first = np.ones(len(u), dtype=bool)
    first[1:] = (u[1:] != u[:-1]) | (v[1:] != v[:-1])
    keep = first & (u != v)
    return sparse.csr_array((cost[keep].astype(np.float64), (u[keep], v[keep])), shape=(arcs.nodes, arcs.nodes))
