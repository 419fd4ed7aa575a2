"""Sites with seats, each point whole at one site: single-source location and capacitated p-median (docs/method/siting.md)."""

import time
from dataclasses import dataclass

import numpy as np

from catchment.errors import Infeasible, InputError, Problems, problem
from catchment.siting.branching import Ints
from catchment.siting.filling import Places, climb, fills_with, relaxed
from catchment.siting.model import NEVER, NOWHERE, Problem
from catchment.siting.pairs import best_of_pairs

STEPS = 1_500
OPTIMAL, FEASIBLE, UNDECIDED, IMPOSSIBLE = "optimal", "feasible", "undecided", "impossible"
PAIRS_FIRST = 4
"""The first program holds this many pairs for each point, those with the least bounds."""


@dataclass(frozen=True)
class CapacitatedAnswer:
    """zone: (points,) the site of each, −1 throughout without a plan; chosen: the open sites, in order.

    objective: None without a plan; bound: no plan costs less, None if there is none. status: optimal; feasible or
    undecided, with and without a plan, when time was over; impossible.
    """

    zone: Ints
    chosen: Ints
    objective: int | None
    bound: int | None
    status: str
    seconds: float


def solve_capacitated(given: Problem, *, seconds: float = 120.0) -> CapacitatedAnswer:
    """The open sites and the site of each point with least Σ cost + Σ fixed cost, within the seats.

    A bound by prices with each site filled exactly; what is left of the pairs by HiGHS, the bound of a pair deciding when it
    comes in. Raises InputError for numbers below 0, Infeasible if a plan called feasible breaks a rule.
    """
    began = time.monotonic()
    _check(given)
    search = _priced(given)
    finished = search.bound >= search.known
    level = search.first_level()
    while not finished and (left := began + seconds - time.monotonic()) > 0:
        zone, below = best_of_pairs(given, search.least <= level, seconds=left)
        found = search.take(given, zone)
        # A plan with a pair outside costs more than the level, one inside at least what the program proved.
        search.bound = max(search.bound, min(search.known, level + 1, below))
        finished = search.bound >= search.known
        if below <= level and not finished:
            break
        level = search.known if found else min(search.known, level + max(1, level - search.floor))
    return _answer(given, search, finished=finished, seconds=time.monotonic() - began)


@dataclass
class _Search:
    """zone: the best plan, its cost `known` (one more than any plan's without one); floor: the bound by prices;
    bound: the best bound; least: (points, sites) no plan with the pair costs less.
    """

    zone: Ints
    known: int
    floor: int
    bound: int
    least: Ints

    def first_level(self) -> int:
        ranked = np.sort(self.least, axis=None)
        return min(self.known - 1, int(ranked[min(PAIRS_FIRST * len(self.zone), len(ranked)) - 1]))

    def take(self, given: Problem, zone: Ints | None) -> bool:
        if zone is None or given.cost_of(zone) >= self.known:
            return False
        self.zone, self.known = zone, given.cost_of(zone)
        return True


def _priced(given: Problem) -> _Search:
    """The bound by prices, and the best plan met on the way."""
    scale, ceiling = _scale(given), _ceiling(given)
    places: Places = (given.cost * scale, given.fixed * scale, given.load, given.seats)
    zone = np.full(len(given.load), NOWHERE, dtype=np.int64)
    price = np.sort(places[0], axis=1)[:, min(1, len(given.seats) - 1)].copy()
    sites = -1 if given.sites is None else given.sites
    bound, known = climb(places, price, sites, STEPS, zone, ceiling * scale)
    pairs = _pair_bounds(places, price, sites)
    least = np.where(pairs < NEVER, -(-pairs // scale), NEVER)
    floor = -(-bound // scale)
    return _Search(zone, known // scale, floor, floor, least)


def _check(given: Problem) -> None:
    problems = Problems()
    for name in ("cost", "fixed", "load", "seats"):
        wrong = np.unique(np.nonzero(getattr(given, name) < 0)[0]).tolist()
        if wrong:
            problems.add("{name} cannot be below 0", "see the points or sites named", rows=wrong, name=name)
    if given.sites is not None and not 1 <= given.sites <= len(given.seats):
        what, remedy = "{sites} sites are to be chosen of {given}", "choose a number in between"
        problems.add(what, remedy, sites=given.sites, given=len(given.seats))
    problems.raise_any(InputError)


def _ceiling(given: Problem) -> int:
    """More than any plan costs."""
    return int(given.cost.max(axis=1).sum() + given.fixed.sum()) + 1


def _scale(given: Problem) -> int:
    """Prices are whole numbers of 1/scale: every bound is then exact."""
    return 1 << max(0, min(10, 58 - (_ceiling(given) * (len(given.seats) + 1)).bit_length()))


def _pair_bounds(places: Places, price: Ints, sites: int) -> Ints:
    """(points, sites) what no plan costs less than in which the point is at the site, scaled."""
    points, every = places[0].shape
    value, taken = np.zeros(every, np.int64), np.zeros((every, points), np.int64)
    total, chosen = relaxed(places, price, sites, value, taken)
    # A site that was not chosen takes the place of the worst one chosen, or comes on top of them.
    without = np.full(every, value[chosen].max() if sites >= 0 else 0)
    without[chosen] = value[chosen]
    found = np.empty((points, every), dtype=np.int64)
    for site in range(every):
        forced = fills_with(places, price, site)
        room = forced < NEVER
        found[:, site] = np.where(room, total - without[site] + np.where(room, forced, 0), NEVER)
    return found


def faults(given: Problem, zone: Ints) -> list[str]:
    """Every rule that a plan breaks, in words for a bug report."""
    load: dict[int, int] = {}
    for point, site in enumerate(zone.tolist()):
        load[site] = load.get(site, 0) + int(given.load[point])
    found = [
        f"site {site}: {has} of {int(given.seats[site])}" for site, has in load.items() if has > int(given.seats[site])
    ]
    if given.sites is not None and len(load) > given.sites:
        found.append(f"{len(load)} sites of {given.sites}")
    return found


def _answer(given: Problem, search: _Search, *, finished: bool, seconds: float) -> CapacitatedAnswer:
    if search.zone[0] == NOWHERE:
        none = np.zeros(0, dtype=np.int64)
        status, bound = (IMPOSSIBLE, None) if finished else (UNDECIDED, search.bound)
        return CapacitatedAnswer(search.zone, none, None, bound, status, seconds)
    broken = faults(given, search.zone)
    if broken or given.cost_of(search.zone) != search.known:
        what, remedy = (
            "the solver's sites break the rules or do not cost what it says",
            "report this with the run folder",
        )
        raise Infeasible(problem(what, remedy, rows=broken))
    status = OPTIMAL if finished else FEASIBLE
    return CapacitatedAnswer(search.zone, np.unique(search.zone), search.known, search.bound, status, seconds)
