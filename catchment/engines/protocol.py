"""What every distance engine is asked, and what it answers.

A *place* is where a child sets out: one or two neighbouring nodes of the network, each with the cost from the
place to it (a foot point on a street reaches both its ends). A *door* is where a school is entered: a node with
the cost from it to the door; a school (label) may have several. All queries go from places to doors, along the
arcs. Costs are whole numbers (millimetres or milliseconds) below FAR.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from catchment.network import Arcs

FAR = 2**31 - 1  # twice that is still a 32-bit number, so sums need no test
"""No way: it stands in an engine's answers only, and costs.py turns it into absence."""

Ints = NDArray[np.int64]
Costs = NDArray[np.uint32]


@dataclass(frozen=True)
class Doors:
    """Where labels are entered: label, node and cost of each door."""

    label: Ints
    node: Ints
    cost: Ints
    labels: int


@dataclass(frozen=True)
class Places:
    """Two nodes and the cost to each; equal for a place at a node. FAR: not that way."""

    node: Ints
    cost: Ints
    other: Ints
    other_cost: Ints

    def __len__(self) -> int:
        return len(self.node)


def at_nodes(nodes: Ints) -> Places:
    """Places that are nodes."""
    nothing = np.zeros(len(nodes), dtype=np.int64)
    return Places(nodes, nothing, nodes, nothing)


class Router(Protocol):
    """A network made ready for queries."""

    def matrix(self, doors: Doors, places: Places, out: Costs | None = None) -> Costs:
        """Costs of the cheapest ways: (places × labels), FAR where there is none; written into `out` if it is given
        (fresh memory may cost more than the search).
        """

    def blocks(self, doors: Doors, places: Places, *, size: int, limit: int = FAR) -> Iterator[tuple[Ints, Costs]]:
        """Costs of the cheapest ways, some places at a time: (their row numbers, rows × labels).

        A block has `size` rows or a few more. Ways that cost more than limit may be told as FAR.
        """

    def nearest(self, doors: Doors, places: Places, count: int) -> tuple[Costs, NDArray[np.int32]]:
        """The `count` cheapest labels of every place: costs and labels (places × count), ties by label; FAR and −1 where
        there are fewer.
        """


Engine = Callable[[Arcs], Router]
