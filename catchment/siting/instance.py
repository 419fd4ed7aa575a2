"""A plan over several years to be made: points, facilities, options, budgets, scenarios (docs/method/siting.md)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catchment.errors import InputError, Problems
from catchment.siting.branching import Ints

Flags = NDArray[np.bool_]
Objective = Literal["expected", "worst", "regret"]
NOT_BUILT = -1
"""Inside this package: the opening year of an option that is not chosen."""


@dataclass(frozen=True)
class Option:
    """Something that may be built, moved or closed once: `seats` more at a facility from the year in which it opens.

    cost_yuan, burden: by plan year of opening, what the budgets pay and what the objective counts; first_year: the earliest
    opening; land_year, building_years: building may begin with the land and takes so long, paid in equal parts in the years
    before the opening (0: in the year of the opening); after: an option that opens before it or with it; takes: (facility,
    seats) that go when it opens, of those that are there without any option; least_use: children at its seats in every year and scenario while it is open; lasts:
    years after which its seats are gone (leased rooms), None if they stay.
    """

    facility: int
    seats: int
    cost_yuan: tuple[int, ...]
    burden: tuple[int, ...]
    first_year: int = 0
    land_year: int = 0
    building_years: int = 0
    after: int | None = None
    takes: tuple[tuple[int, int], ...] = ()
    least_use: int = 0
    lasts: int | None = None

    @property
    def earliest(self) -> int:
        return max(self.first_year, self.land_year + self.building_years)

    def payments(self, opens: int) -> dict[int, int]:
        """Yuan by plan year; what does not divide is paid last."""
        years = range(opens - self.building_years, opens) if self.building_years else range(opens, opens + 1)
        part = self.cost_yuan[opens] // len(years)
        return dict.fromkeys(years, part) | {years[-1]: self.cost_yuan[opens] - part * (len(years) - 1)}


@dataclass(frozen=True)
class PlanInstance:
    """Children to be seated in every year and scenario, with what the options add.

    children: (scenarios, years, points), the plan years first, then years of looking ahead; cost: (points, facilities) of a
    child; reach: (points, facilities); seats: (years, facilities) without any option; exclusive: sets of options of which
    one at most is chosen; must: options that have to open in some plan year; budget_yuan: by plan year; total_yuan: of all, None if there is no such limit; carry_over: whether
    what is left is added to the next year; ahead: how many years after the first plan year each year of looking ahead is, the next
    ones unless given; unmet: (years,) cost of a child without a seat; weight: (years,) of a year;
    chance: (scenarios,) whole-number weights of the scenarios.
    """

    children: Ints
    cost: Ints
    reach: Flags
    seats: Ints
    options: tuple[Option, ...]
    budget_yuan: tuple[int, ...]
    unmet: Ints
    weight: Ints
    chance: Ints
    exclusive: tuple[tuple[int, ...], ...] = ()
    must: tuple[int, ...] = ()
    total_yuan: int | None = None
    carry_over: bool = False
    objective: Objective = "expected"
    ahead: tuple[int, ...] = ()

    @property
    def plan_years(self) -> int:
        return len(self.budget_yuan)

    def plan_year(self, year: int) -> int:
        """The plan year whose openings are there in that year: after the plan nothing more opens."""
        return min(year, self.plan_years - 1)

    def gone_year(self, year: int, option: Option) -> int | None:
        """The plan year whose openings of the option have ended by that year, None if none has."""
        if option.lasts is None:
            return None
        after = self.ahead[year - self.plan_years] if self.ahead and year >= self.plan_years else year
        return min(after - option.lasts, self.plan_years - 1) if after >= option.lasts else None


def check_instance(instance: PlanInstance) -> None:
    """Raises InputError telling every option and number that cannot be right."""
    problems, options = Problems(), instance.options
    numbers = (instance.children, instance.cost, instance.seats, instance.unmet, instance.weight, instance.chance)
    if any((numbers_of < 0).any() for numbers_of in numbers):
        problems.add("children, seats, costs and weights cannot be below 0", "correct the numbers of the plan")
    for number, option in enumerate(options):
        years = {len(option.cost_yuan), len(option.burden)}
        if years != {instance.plan_years}:
            what, remedy = "option {option} has costs of {given} years, the plan has {years}", "give one for each year"
            problems.add(what, remedy, option=number, given=min(years), years=instance.plan_years)
        if option.after is not None and not (0 <= option.after < len(options) and option.after != number):
            problems.add("option {option} waits for one that is not there", "correct the order", option=number)
        if option.seats < 0 or not 0 <= option.least_use <= option.seats:
            problems.add("option {option} is to hold more than its seats", "correct its least use", option=number)
        if option.lasts is not None and (option.lasts < 1 or option.takes):
            what, remedy = (
                "option {option} ends, but takes seats or lasts no year",
                "correct what it takes, or its years",
            )
            problems.add(what, remedy, option=number)
    problems.raise_any(InputError)
