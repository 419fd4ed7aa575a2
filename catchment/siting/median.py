"""The p-median: which sites, so that all points together are nearest to one of them, proved (docs/method/siting.md)."""

import time
from dataclasses import dataclass

import numpy as np

from catchment.errors import Infeasible, InputError, Problems, problem
from catchment.siting.branching import OPEN, Ints, Tree, climb, explore, interchange
from catchment.siting.rings import ring_prices

ROOT_STEPS, BRANCH_STEPS, AT_ONCE = 2_000, 60, 200
"""Subgradient steps before the first branch and in each, branches between two looks at the clock."""
MOST_BITS = 61
"""Sums of this many bits are safe in whole numbers of 64 bits."""
OPTIMAL, FEASIBLE = "optimal", "feasible"


@dataclass(frozen=True)
class MedianAnswer:
    """chosen: the sites, in order; nearest: (points,) the site of each; objective: Σ cost; bound: no choice costs less.

    status: optimal (bound = objective, in whole numbers, without a tolerance) or feasible (time was over).
    """

    chosen: Ints
    nearest: Ints
    objective: int
    bound: int
    status: str
    branches: int
    seconds: float


def solve_median(cost: Ints, sites: int, *, kept: Ints | None = None, seconds: float = 60.0) -> MedianAnswer:
    """The `sites` sites with least Σ over points of the cost of the nearest one, by branch and bound on prices.

    cost: (points, sites) whole and not below 0, of the whole point (children × metres); kept: sites that are chosen in
    any case, as the schools that exist.

    Raises InputError for costs below 0 and wishes that no choice fulfils.
    """
    began = time.monotonic()
    held = np.zeros(0, dtype=np.int64) if kept is None else np.unique(kept)
    _check(cost, sites, held)
    search = _Search(np.ascontiguousarray(cost, dtype=np.int64), sites, held)
    search.start()
    search.branch(branches=AT_ONCE)
    if search.left and (rest := began + seconds - time.monotonic()) > 0:
        search.restart(rest)
    while search.left and time.monotonic() - began < seconds:
        search.branch(branches=AT_ONCE)
    return _answer(search, time.monotonic() - began)


class _Search:
    """Prices, open branches and the best choice of sites. Prices are whole numbers of 1/scale: every bound is exact."""

    def __init__(self, cost: Ints, sites: int, held: Ints) -> None:
        self.cost, self.sites, self.held = cost, sites, held
        self.scale = 1 << max(0, min(10, MOST_BITS - _bits(cost)))
        order = np.argsort(cost, axis=1, kind="stable")
        self.town = (cost, order, np.take_along_axis(cost, order, axis=1) * self.scale)
        self.best = _greedy(cost, sites, held)
        self.known = interchange(cost, self.best, len(held))
        depth = 2 * cost.shape[1] + 2
        shapes = (depth, cost.shape[1]), (depth, len(cost)), depth
        self.tree: Tree = (np.zeros(shapes[0], np.int64), np.zeros(shapes[1], np.int64), np.zeros(shapes[2], np.int64))
        self.left, self.branches = 1, 0

    def start(self) -> None:
        """The whole problem as the one open branch, with prices from the best choice's second nearest site."""
        second = min(1, self.sites - 1)
        prices = np.partition(self.cost[:, self.best], second, axis=1)[:, second] * self.scale
        self._root(prices)

    def restart(self, seconds: float) -> None:
        """The whole problem again, with the prices of the linear program by rings, if that is solved in time."""
        found = ring_prices(self.cost, self.sites, self.held, scale=self.scale, seconds=seconds)
        if found is None:
            return
        price, likely = found
        free = likely[~np.isin(likely, self.held)]
        chosen = np.concatenate([self.held, free[: self.sites - len(self.held)]])
        if (total := interchange(self.cost, chosen, len(self.held))) < self.known:
            self.best, self.known = chosen, total
        self._root(price)

    def _root(self, price: Ints) -> None:
        states, prices, bounds = self.tree
        states[0] = 0
        states[0, self.held] = OPEN
        prices[0] = price
        bounds[0], self.known = climb(self.town, prices[0], states[0], self.best, self.known, (ROOT_STEPS, self.scale))
        # The kept sites stand first in what is to be improved; a branch tells the best choice in its own order.
        self.best = np.concatenate([self.held, self.best[~np.isin(self.best, self.held)]])
        self.known, self.left = interchange(self.cost, self.best, len(self.held)), 1

    def branch(self, *, branches: int) -> None:
        work = (branches, BRANCH_STEPS, self.scale)
        self.left, self.known, done = explore(self.town, self.tree, self.left, self.best, self.known, work)
        self.branches += done

    def bound(self) -> int:
        least = int(self.tree[2][: self.left].min(initial=self.known * self.scale))
        return min(self.known, -(-least // self.scale))


def _bits(cost: Ints) -> int:
    """Of the largest sum that the search can meet: every point served from every site."""
    return (int(cost.max(initial=1)) * cost.shape[0] * (cost.shape[1] + 1)).bit_length()


def _greedy(cost: Ints, sites: int, held: Ints) -> Ints:
    """The kept sites, then always the one that gains most."""
    chosen = held.tolist()
    now = cost[:, held].min(axis=1) if len(held) else np.full(len(cost), cost.max(initial=0))
    while len(chosen) < sites:
        total = np.minimum(now[:, None], cost).sum(axis=0)
        total[chosen] = np.iinfo(np.int64).max
        chosen.append(int(total.argmin()))
        now = np.minimum(now, cost[:, chosen[-1]])
    return np.array(chosen, dtype=np.int64)


def _check(cost: Ints, sites: int, held: Ints) -> None:
    problems = Problems()
    if (cost < 0).any():
        problems.add(
            "costs cannot be below 0", "see the points named", rows=np.unique(np.nonzero(cost < 0)[0]).tolist()
        )
    if not max(1, len(held)) <= sites <= cost.shape[1]:
        what, remedy = (
            "{sites} sites are to be chosen of {given}, of which {kept} are kept",
            "choose a number in between",
        )
        problems.add(what, remedy, sites=sites, given=cost.shape[1], kept=len(held))
    if _bits(cost) > MOST_BITS:
        problems.add("the costs are too large to be summed exactly", "give them in a larger unit")
    problems.raise_any(InputError)


def _answer(search: _Search, seconds: float) -> MedianAnswer:
    chosen = np.sort(search.best)
    nearest = chosen[search.cost[:, chosen].argmin(axis=1)]
    again = sum(int(search.cost[point, site]) for point, site in enumerate(nearest.tolist()))
    if again != search.known or len(set(chosen.tolist())) != len(chosen):
        what, remedy = "the solver's sites do not cost what it says", "report this with the run folder"
        raise Infeasible(problem(what, remedy, rows=chosen.tolist()))
    bound = search.bound()
    status = OPTIMAL if bound == search.known else FEASIBLE
    return MedianAnswer(chosen, nearest, search.known, bound, status, search.branches, seconds)
