"""The candidates that together come to most gain, and what each is worth to them (docs/method/sites.md)."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from catchment.construction.county import County
from catchment.construction.points import Ints, Reals
from catchment.construction.projects import PER_METRE, choices_of
from catchment.siting.instance import NOT_BUILT, PlanInstance
from catchment.siting.periods import PlanWork, solve_plan


def best_together(county: County, year: int) -> list[int]:
    """Rows of the candidates with most gain that the budgets of all plan years pay for together, were they there in that year.

    Gain: children-metres saved, a child without a seat counting as in the plan; of equal sets one of the fewest. Dates do not
    count; what waits for another candidate needs it, and one of a choice at most is taken. Without budgets all can be paid.
    """
    plan, points = county.settings.plan, county.points
    options = tuple(
        replace(each, cost_yuan=each.cost_yuan[:1], burden=(1,), first_year=0, land_year=0, building_years=0, least_use=0, lasts=None)
        for each in county.options
    )  # fmt: skip
    unmet_dm = plan.unmet_m * PER_METRE
    money = plan.total_yuan if plan.total_yuan is not None else sum(plan.budget_yuan)
    if not plan.budget_yuan and plan.total_yuan is None:
        money = sum(each.cost_yuan[0] for each in options)
    instance = PlanInstance(
        children=county.central[county.years.index(year)][None, None], cost=points.cost_dm,
        reach=points.reach & (points.cost_dm < unmet_dm), seats=county.today[None], options=options, budget_yuan=(money,),
        unmet=np.array([unmet_dm]), weight=np.ones(1, dtype=np.int64), chance=np.ones(1, dtype=np.int64),
        exclusive=choices_of(county.candidates),
    )  # fmt: skip
    answer = solve_plan(instance, PlanWork(gap=plan.gap, seconds=plan.seconds))
    return np.flatnonzero(answer.opens != NOT_BUILT).tolist()


def shares_of(county: County, year: int, together: Collection[int]) -> Reals:
    """(candidates,) share of the gain of all of them that is lost without each; not a number for those not among them.

    Whatever waits for the one left out goes with it; the children are seated anew, exactly.
    """
    children = county.central[county.years.index(year)]
    lost = np.full(len(county.options), np.nan)
    whole, nothing = cost_dm(county, children, together), cost_dm(county, children, ())
    for row in together:
        if nothing > whole:
            rest = _without(county, together, row)
            lost[row] = (cost_dm(county, children, rest) - whole) / (nothing - whole)
    return lost


def cost_dm(county: County, children: Ints, rows: Collection[int]) -> int:
    """What the children's ways, and those without a seat, count with some candidates there."""
    seats = county.seats(dict.fromkeys(rows, 0), 0)
    return sum(county.seat(stage, children, seats).cost for stage in county.points.stages)


def _without(county: County, rows: Collection[int], gone: int) -> set[int]:
    left = set(rows) - {gone}
    while waiting := {row for row in left if (after := county.options[row].after) is not None and after not in left}:
        left -= waiting
    return left
