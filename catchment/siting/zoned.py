"""Which sites to open when each gets a zone in one piece: sets of sites ranked by a bound, the best of them zoned (docs/method/siting.md)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catchment.errors import Infeasible, problem
from catchment.siting.branching import Ints
from catchment.siting.model import Problem
from catchment.siting.pairs import best_if_split
from catchment.zoning import Answer, Instance, Work, instance_of, solve
from catchment.zoning.bounds import transport_bound

BOUND_SHARE, SETS_SHARE = 0.25, 0.35
"""Shares of the time after which the bound without contiguity is no longer raised, and sets are no longer sought."""
RACE = ((24, 0.25), (8, 0.25), (2, 0.5))
"""Rounds of the race: how many sets are zoned, and their share of the time."""
AROUND = 6
"""Sets whose neighbours (a site more, less or another) are looked at, the best first."""

Sites = tuple[int, ...]


@dataclass(frozen=True)
class SitesWithZones:
    """children: (units,); cost: (units, sites) of the whole unit; fixed, seats: (sites,); home: (sites,) the unit of a site,
    its own once it is open; pairs: (m, 2) neighbouring units. All whole numbers.
    """

    children: Ints
    cost: Ints
    fixed: Ints
    seats: Ints
    home: Ints
    pairs: Ints

    def instance(self, sites: Sites) -> Instance:
        """The town with these sites open."""
        chosen = list(sites)
        return instance_of(
            self.children, self.seats[chosen], self.cost[:, chosen], pairs=self.pairs, home=self.home[chosen]
        )


@dataclass(frozen=True)
class ZonedAnswer:
    """zone: (units,) the site of each; sites: those open; objective: Σ cost + Σ fixed; bound: no sites cost less, even with
    units split and zones in pieces.
    """

    zone: Ints
    sites: Sites
    objective: int
    bound: int
    seconds: float


def solve_zoned(given: SitesWithZones, *, seed: int, seconds: float = 300.0) -> ZonedAnswer:
    """The best sites and zones met: Σ cost of units + Σ fixed cost of open sites, seats kept, each zone in one piece.

    Sets near the best one without contiguity are ranked by fixed cost + transport bound, and raced: zoned shortly, the better
    ones longer. Raises Infeasible if no set could be zoned in the time.
    """
    began = time.monotonic()
    loose = Problem(given.cost, given.fixed, given.children, given.seats)
    chosen, bound = best_if_split(loose, seconds=BOUND_SHARE * seconds)
    start = tuple(chosen.tolist()) or tuple(range(len(given.seats)))
    ranked = _ranked(given, start, until=began + SETS_SHARE * seconds)
    best = _race(given, ranked, seed, began + seconds)
    if best is None:
        what, remedy = "no set of sites could be zoned within the time", "allow more time, or more seats"
        raise Infeasible(problem(what, remedy))
    sites, answer = best
    zone = np.array(sites, dtype=np.int64)[answer.zone]
    objective = answer.objective + _fixed(given, sites)
    return ZonedAnswer(zone, sites, objective, min(objective, bound), time.monotonic() - began)


def _fixed(given: SitesWithZones, sites: Sites) -> int:
    return int(given.fixed[list(sites)].sum())


def _ranked(given: SitesWithZones, start: Sites, *, until: float) -> list[tuple[int, Sites]]:
    """Sets of sites round the start and round the best of those met, by what they cost at least."""
    known = {start: _at_least(given, start)}
    looked: set[Sites] = set()
    while time.monotonic() < until:
        ahead = [sites for _, sites in _sorted(known)[:AROUND] if sites not in looked]
        if not ahead:
            break
        looked.add(ahead[0])
        for sites in _neighbours(given, ahead[0]):
            if sites not in known and time.monotonic() < until:
                known[sites] = _at_least(given, sites)
    return _sorted(known)


def _sorted(known: dict[Sites, int | None]) -> list[tuple[int, Sites]]:
    return sorted((cost, sites) for sites, cost in known.items() if cost is not None)


def _at_least(given: SitesWithZones, sites: Sites) -> int | None:
    """What zones of these sites cost at least, None where their seats cannot suffice."""
    if given.seats[list(sites)].sum() < given.children.sum():
        return None
    found = transport_bound(given.instance(sites))
    return None if found.short else found.bound + _fixed(given, sites)


def _neighbours(given: SitesWithZones, sites: Sites) -> Iterator[Sites]:
    """A site less, one more, one for another."""
    others = [site for site in range(len(given.seats)) if site not in sites]
    for out in sites:
        rest = [site for site in sites if site != out]
        yield tuple(rest)
        yield from (tuple(sorted([*rest, into])) for into in others)
    yield from (tuple(sorted([*sites, into])) for into in others)


def _race(
    given: SitesWithZones, ranked: list[tuple[int, Sites]], seed: int, until: float
) -> tuple[Sites, Answer] | None:
    """The best zones of all rounds; a set that costs at least as much as the best zones known is not zoned."""
    met: dict[Sites, Answer] = {}
    ahead = [sites for _, sites in ranked]
    least = {sites: cost for cost, sites in ranked}

    def worth(sites: Sites) -> tuple[int, int]:
        return met[sites].short, met[sites].objective + _fixed(given, sites)

    for number, (count, share) in enumerate(RACE):
        left = sum(later for _, later in RACE[number:])
        round_end = time.monotonic() + (until - time.monotonic()) * share / left
        for place, sites in enumerate(ahead[:count]):
            now, runs = time.monotonic(), len(ahead[:count]) - place
            best = min(map(worth, met), default=(1, 0))
            if now >= until or (best[0] == 0 and least[sites] >= best[1]):
                continue
            answer = solve(
                given.instance(sites), seed=seed + number, work=Work(seconds=max(0.5, (round_end - now) / runs))
            )
            if sites not in met or (answer.short, answer.objective) < (met[sites].short, met[sites].objective):
                met[sites] = answer
        ahead = sorted(met, key=worth)
    if not ahead or met[ahead[0]].short:
        return None
    return ahead[0], met[ahead[0]]
