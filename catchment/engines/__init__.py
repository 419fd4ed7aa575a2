"""Distance engines: one file each, one function each, all of the same shape.

An engine takes arcs and start nodes and gives, for each start, the shortest length in whole
millimetres from that start to every node, with a second array saying which nodes are reached at all
(the length of an unreached node means nothing).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from catchment.engines.contraction import contraction
from catchment.engines.scipy_dijkstra import scipy_dijkstra
from catchment.network import Arcs
from catchment.registry import Registry

Engine = Callable[[Arcs, NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.bool_]]]

engine: Registry[Engine] = Registry("engine")
engine(contraction)
engine(scipy_dijkstra)
