"""Sites with seats, as arrays (docs/method/siting.md)."""

from dataclasses import dataclass

import numpy as np

from catchment.siting.branching import Ints

NEVER = np.iinfo(np.int64).max
"""Inside this package: what no plan costs."""
NOWHERE = -1
"""Inside this package: a point without a site."""


@dataclass(frozen=True)
class Problem:
    """cost: (points, sites) of the whole point; fixed: (sites,) of an open site; load: (points,); seats: (sites,).

    All whole numbers not below 0. sites: how many are open, None for any number.
    """

    cost: Ints
    fixed: Ints
    load: Ints
    seats: Ints
    sites: int | None = None

    def cost_of(self, zone: Ints) -> int:
        """Σ cost of each point at its site + Σ fixed cost of the sites that have points, and of the cheapest others up to `sites`."""
        used = set(zone.tolist())
        idle = sorted(int(fixed) for site, fixed in enumerate(self.fixed.tolist()) if site not in used)
        more = 0 if self.sites is None else max(0, self.sites - len(used))
        own = sum(int(self.cost[point, site]) for point, site in enumerate(zone.tolist()))
        return own + sum(int(self.fixed[site]) for site in used) + sum(idle[:more])
