"""A stage's zones drawn: within the seats, or over them at a price where seats are short."""

from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np

from catchment.assign import assign_children
from catchment.settings.zones import ZoneSettings
from catchment.zoning.model import NONE, Ints
from catchment.zoning.solve import Answer, Work, solve
from catchment.zoning.town import EMPTY_UNITS, StageTown
from catchment.zoning.wishes import Wish, instance_with

WORK = {
    "quick": Work(seconds=None, starts=2, steps=1_000_000, cycles=1, rounds=40, whole_nodes=1),
    "usual": Work(seconds=None, starts=2, steps=4_000_000, cycles=1, rounds=200, whole_nodes=1),
    "thorough": Work(seconds=None),
}
"""How much is searched, by zones.work."""


@dataclass(frozen=True)
class Drawn:
    """zone: (units,) row of leads; without_seat: children who have none however zones are drawn; apart: groups that are kept
    together piece by piece, as they are not one piece on the ground.
    """

    zone: Ints
    answer: Answer
    without_seat: int
    apart: tuple[Wish, ...]


def draw_zones(known: StageTown, wishes: list[Wish], settings: ZoneSettings, *, seed: int) -> Drawn:
    """Zones that keep the wishes, at least cost; where there are fewer seats than children, over the seats at a price.

    Raises InputError if wishes contradict each other in one unit, or cut units off from every school.
    """
    drawing = instance_with(known.town, wishes)
    hard = replace(drawing.instance, least=drawing.least) if drawing.least.any() else drawing.instance
    without = int(assign_children(hard.children[:, 0], hard.seats[:, 0], hard.cost * 0, hard.allowed).unplaced.sum())
    over = settings.over_seats_m * EMPTY_UNITS
    if len(known.more[0]):
        more = np.zeros((hard.units, known.more.shape[1]), dtype=np.int64)
        np.add.at(more, drawing.group, known.more)
        hard = replace(hard, children=np.hstack([hard.children, more]), seats=np.hstack([hard.seats, known.more_seats]))
        without += sum(max(0, int(short)) for short in known.more.sum(axis=0) - known.more_seats.sum(axis=0))
    if settings.first == "longest":
        beyond = ~known.reached | (known.town.distance_m > least_longest(known))
        dear = np.zeros_like(hard.cost)
        np.add.at(dear, drawing.group, np.where(beyond, over * known.town.children[:, None], 0))
        hard = replace(hard, cost=hard.cost + dear)
    now = known.present if (known.present != NONE).all() and len(known.present) == hard.units else None
    answer = solve(replace(hard, over=over if without else None), seed=seed, work=WORK[settings.work], present=now)
    return Drawn(answer.zone[drawing.group], answer, without, drawing.apart)


def least_longest(known: StageTown) -> int:
    """The least that the longest way can be in metres while as few children as possible are without a seat, whole units or not."""
    town = known.town
    rungs = np.unique(town.distance_m[known.reached & (town.children > 0)[:, None]])

    def without(longest: int) -> int:
        ways = known.reached & (town.distance_m <= longest)
        return int(assign_children(town.children, town.seats, town.distance_m * 0, ways).unplaced.sum())

    if not len(rungs):
        return 0
    fewest = without(int(rungs[-1]))
    return int(rungs[bisect_left(rungs, x=True, key=lambda longest: without(int(longest)) <= fewest)])
