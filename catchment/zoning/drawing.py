"""A stage's zones drawn: within the seats, or over them at a price where seats are short."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catchment.assign import assign_children
from catchment.errors import Infeasible, InputError, problem
from catchment.settings.zones import ZoneSettings
from catchment.zoning.model import NONE, Instance, Ints
from catchment.zoning.solve import Answer, Work, solve
from catchment.zoning.town import EMPTY_UNITS, StageTown
from catchment.zoning.wishes import Drawing, Wish, instance_with

WORK = {
    "quick": Work(seconds=None, starts=1, steps=2_000_000, cycles=1, rounds=1, whole_nodes=1),
    "usual": Work(seconds=None, starts=1, steps=12_000_000, cycles=1, rounds=1, whole_nodes=1),
    "thorough": Work(seconds=None, starts=1, steps=80_000_000, cycles=1, rounds=20, nodes=500, whole_nodes=1),
}
"""How much is searched, by zones.work."""
NEAR = Work(seconds=None, starts=0, steps=1_000_000, cycles=1, rounds=1, whole_nodes=1)
"""For zones that are to change but near what was asked."""


CLASH = {
    "primary": "the wishes about primary zones cannot hold together",
    "junior": "the wishes about junior zones cannot hold together",
}


@dataclass(frozen=True)
class Drawn:
    """zone: (units,) row of leads; without_seat: children who have none however zones are drawn; apart: groups that are kept
    together piece by piece, as they are not one piece on the ground.
    """

    zone: Ints
    answer: Answer
    without_seat: int
    apart: tuple[Wish, ...]


def draw_zones(
    known: StageTown, wishes: list[Wish], settings: ZoneSettings, *, seed: int, near: Ints | None = None,
    work: Work | None = None, focus: Sequence[int] = (),
) -> Drawn:  # fmt: skip
    """Zones that keep the wishes, at least cost; where seats are short, over them at a price.

    near: (units,) zones, −1 where there is none, that are mended where the wishes break them, and bettered only there and round the schools of `focus`;
    work: how much is searched, else by settings. Raises Infeasible if wishes contradict each other in one
    unit, or cut units off from every school.
    """
    try:
        drawing = instance_with(known.town, wishes)
        hard = _counted(known, drawing, settings)
        without = _without_seat(hard)
        over = settings.over_seats_m * EMPTY_UNITS
        begin = _begun(known.present, drawing) if near is None else near[_first_of(drawing)]
        work = work or (WORK[settings.work] if near is None else NEAR)
        answer = solve(replace(hard, over=over if without else None), seed=seed, work=work, present=begin, focus=focus)
        if not without and answer.short:
            answer = solve(replace(hard, over=over), seed=seed, work=work, present=answer.zone, focus=focus)
    except InputError as error:
        remedy = "`catchment zones --why` tells which, and ways out"
        raise Infeasible(problem(CLASH[known.stage], remedy)) from error
    return Drawn(answer.zone[drawing.group], answer, without, drawing.apart)


def _counted(known: StageTown, drawing: Drawing, settings: ZoneSettings) -> Instance:
    """The instance of the wishes with further counts, and with ways longer than the longest need be made dear if that is asked."""
    plain = drawing.instance
    more = np.zeros((plain.units, known.more.shape[1]), dtype=np.int64)
    np.add.at(more, drawing.group, known.more)
    cost = plain.cost.copy()
    if settings.first == "longest":
        beyond = ~known.reached | (known.town.distance_m > least_longest(known))
        dear = settings.over_seats_m * EMPTY_UNITS * known.town.children
        np.add.at(cost, drawing.group, np.where(beyond, dear[:, None], 0))
    return replace(
        plain, children=np.hstack([plain.children, more]), seats=np.hstack([plain.seats, known.more_seats]), cost=cost,
    )  # fmt: skip


def _without_seat(hard: Instance) -> int:
    """Children without a seat however zones are drawn, the sum over all counts."""
    free = np.zeros_like(hard.cost)
    counts = zip(hard.children.T, hard.seats.T, strict=True)
    return sum(int(assign_children(children, seats, free, hard.allowed).unplaced.sum()) for children, seats in counts)


def _begun(zone: Ints, drawing: Drawing) -> Ints | None:
    """Zones to begin with by rows of the instance; None if they are not told for every unit."""
    return zone[_first_of(drawing)] if (zone != NONE).all() else None


def _first_of(drawing: Drawing) -> Ints:
    """The first unit of each row of the instance."""
    first: Ints = np.unique(drawing.group, return_index=True)[1]
    return first


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
