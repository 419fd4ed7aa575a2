"""Sites chosen together with zones in one piece: against every set of sites and every zoning of a small town."""

from itertools import combinations, product

import numpy as np
import pytest

from catchment.errors import Infeasible
from catchment.siting.zoned import SitesWithZones, solve_zoned
from catchment.zoning import faults


def row_of_units(fixed, seats):
    """Six units in a row, two children each, 1 m apart; sites in units 0, 2 and 5.

    0─1─2─3─4─5
    """
    home = np.array([0, 2, 5])
    cost = 2 * np.abs(np.arange(6)[:, None] - home)
    pairs = np.array([[unit, unit + 1] for unit in range(5)])
    children = np.full(6, 2, dtype=np.int64)
    return SitesWithZones(children, cost.astype(np.int64), np.array(fixed), np.array(seats), home, pairs)


def by_enumeration(town):
    best = None
    for count in (1, 2, 3):
        for sites in combinations(range(3), count):
            instance = town.instance(sites)
            for zone in product(range(count), repeat=6):
                if not faults(instance, np.array(zone)):
                    cost = sum(int(town.cost[unit, sites[z]]) for unit, z in enumerate(zone)) + int(
                        town.fixed[list(sites)].sum()
                    )
                    best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize(
    ("fixed", "seats"),
    [
        ((1, 1, 1), (4, 4, 4)),
        ((100, 1, 1), (12, 8, 8)),
        ((50, 50, 50), (12, 12, 12)),
        ((3, 9, 3), (6, 12, 6)),
        ((1, 40, 1), (12, 4, 12)),
    ],
)
def test_the_best_of_all_sets_and_zones(fixed, seats):
    town = row_of_units(fixed, seats)
    answer = solve_zoned(town, seed=1, seconds=3)
    assert answer.objective == by_enumeration(town)
    assert answer.bound <= answer.objective
    assert not faults(town.instance(answer.sites), np.searchsorted(answer.sites, answer.zone))


def test_seats_that_cannot_suffice():
    with pytest.raises(Infeasible, match="no set of sites"):
        solve_zoned(row_of_units((1, 1, 1), (3, 3, 3)), seed=1, seconds=1)
