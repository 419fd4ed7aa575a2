"""Distance engines: one file each, all answering to protocol.Router.

Costs are whole numbers; every engine is exact and gives the same bytes. `network.engine` in study.toml chooses one.
"""

from catchment.engines.contraction import buckets, contraction
from catchment.engines.protocol import Engine
from catchment.engines.scipy_dijkstra import scipy_dijkstra
from catchment.registry import Registry

engine: Registry[Engine] = Registry("engine")
engine(contraction)
engine(buckets)
engine(scipy_dijkstra)
