"""The five-year plan: which project opens in which autumn (docs/method/plan.md)."""

from dataclasses import dataclass, replace

import numpy as np

from catchment.construction.clash import clash_of, possible
from catchment.construction.county import Built, County
from catchment.construction.projects import PER_METRE, choices_of, must_of
from catchment.errors import Infeasible, InputError, problem
from catchment.siting.instance import NOT_BUILT, Option, PlanInstance
from catchment.siting.periods import PlanAnswer, PlanWork, solve_plan


@dataclass(frozen=True)
class Construction:
    """A plan that was chosen. years: the plan's, then those of looking ahead."""

    county: County
    instance: PlanInstance
    answer: PlanAnswer
    years: tuple[int, ...]

    @property
    def built(self) -> Built:
        """Rows of the candidates built, with their first autumn, in order of opening."""
        opens = {row: self.years[0] + int(year) for row, year in enumerate(self.answer.opens) if year != NOT_BUILT}
        return dict(sorted(opens.items(), key=lambda one: (one[1], one[0])))

    @property
    def plan_years(self) -> tuple[int, ...]:
        return self.years[: self.instance.plan_years]


def plan_instance(county: County) -> tuple[PlanInstance, tuple[int, ...]]:
    """What the solver is asked, and the years it looks at; every future has the same weight.

    Two years of looking ahead, half way and last, weigh what they stand for. Raises InputError unless there is one budget
    for each plan year.
    """
    settings, plan = county.settings.plan, county.settings.plan_years
    if len(settings.budget_yuan) != len(plan):
        what, remedy = "{given} budgets for {years} plan years", "give plan.budget_yuan one number per year"
        raise InputError(problem(what, remedy, where="study.toml", given=len(settings.budget_yuan), years=len(plan)))
    ahead = max(0, min(settings.look_ahead_years, county.years[-1] - plan[-1]))
    later = sorted({(ahead + 1) // 2, ahead} - {0})
    weight = [1] * len(plan) + list(np.diff([0, *later]))
    years = (*plan, *(plan[-1] + each for each in later))
    missing = sorted(set(years) - set(county.years))
    if missing:
        what, remedy = (
            "the plan has years without a forecast",
            "correct plan.first_year and plan.years, or raise study.horizon_years",
        )
        raise InputError(problem(what, remedy, where="study.toml", rows=missing))
    points, unmet_dm = county.points, settings.unmet_m * PER_METRE
    instance = PlanInstance(
        children=county.futures[:, [county.years.index(year) for year in years]],
        cost=points.cost_dm, reach=points.reach & (points.cost_dm < unmet_dm),
        seats=np.tile(county.today, (len(years), 1)), options=county.options, budget_yuan=settings.budget_yuan,
        unmet=np.full(len(years), unmet_dm, dtype=np.int64), weight=np.array(weight, dtype=np.int64),
        chance=np.ones(len(county.futures), dtype=np.int64), exclusive=choices_of(county.candidates),
        must=must_of(county.candidates), total_yuan=settings.total_yuan, carry_over=settings.carry_over,
        objective=settings.objective, ahead=tuple(len(plan) - 1 + each for each in later),
    )  # fmt: skip
    return instance, years


def choose_projects(county: County) -> Construction:
    """The plan with least children-metres, children without a seat and money, over all futures, within the budgets.

    Raises InputError for budgets that do not fit the years or pay for nothing, Infeasible if what is decided already cannot be
    built, naming the clash and the ways out.
    """
    settings = county.settings.plan
    instance, years = plan_instance(county)
    ids = county.candidates["candidate_id"].tolist()
    if problems := clash_of(instance, ids, years[: instance.plan_years]):
        raise Infeasible(problems)
    _refuse_too_little(instance)
    answer = solve_plan(instance, PlanWork(gap=settings.gap, seconds=settings.seconds))
    return Construction(county, instance, answer, years)


def _refuse_too_little(instance: PlanInstance) -> None:
    """Raises InputError if the budgets do not pay for a single project."""
    numbers = range(len(instance.options))
    alone = (
        replace(instance, options=_first_alone(instance, number), must=(number,), exclusive=()) for number in numbers
    )
    if instance.options and not any(possible(one) for one in alone):
        cheapest = min(min(option.cost_yuan) for option in instance.options)
        what = "no project can be paid: the cheapest costs {cheapest} yuan, the largest yearly budget is {most} yuan"
        remedy = "raise plan.budget_yuan, allow plan.carry_over, or spread the cost over years of building"
        most = max(instance.budget_yuan)
        raise InputError(problem(what, remedy, where="study.toml", cheapest=f"{cheapest:,}", most=f"{most:,}"))


def _first_alone(instance: PlanInstance, number: int) -> tuple[Option, ...]:
    """The options, that one waiting for no other."""
    return tuple(
        replace(option, after=None) if each == number else option for each, option in enumerate(instance.options)
    )
