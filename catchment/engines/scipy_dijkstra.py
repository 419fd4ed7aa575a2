"""Dijkstra's algorithm as scipy has it: the reference engine."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from catchment.network import Arcs


def scipy_dijkstra(arcs: Arcs, starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Shortest lengths from each start to every node: (starts × nodes) millimetres, and reached or not.

    Lengths are whole numbers below 2^53, so the float arithmetic inside is exact.
    """
    found = sparse.csgraph.dijkstra(_shortest_arcs(arcs), directed=True, indices=starts)
    reached = np.isfinite(found)
    return np.where(reached, found, 0).astype(np.int64), reached


def _shortest_arcs(arcs: Arcs) -> sparse.csr_array:
    """One arc per pair of nodes, the shortest: scipy would add parallel arcs up, and drop zero ones."""
    order = np.lexsort((arcs.length_mm, arcs.to_node, arcs.from_node))
    u, v, mm = arcs.from_node[order], arcs.to_node[order], arcs.length_mm[order]
    first = np.ones(len(u), dtype=bool)
    first[1:] = (u[1:] != u[:-1]) | (v[1:] != v[:-1])
    keep = first & (u != v)
    return sparse.csr_array((mm[keep].astype(np.float64), (u[keep], v[keep])), shape=(arcs.nodes, arcs.nodes))
