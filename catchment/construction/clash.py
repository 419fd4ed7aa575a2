"""Why decided projects cannot all be built, and the cheapest ways out, each tried (docs/method/plan.md)."""

from collections.abc import Iterator
from dataclasses import replace

from catchment.errors import Problem, problem
from catchment.siting.instance import PlanInstance
from catchment.siting.master import Master

YUAN_STEP = 10_000
"""Money that is missing is told in steps of this."""


def clash_of(instance: PlanInstance, ids: list[str], years: tuple[int, ...]) -> list[Problem]:
    """One problem for the smallest set of decided projects that dates, order, choices and budgets do not allow together, naming
    the ways out; none if they do allow all.

    ids: of the options; years: plan years.
    """
    if possible(instance):
        return []
    clash = list(instance.must)
    for one in instance.must:
        rest = tuple(each for each in clash if each != one)
        if not possible(replace(instance, must=rest)):
            clash.remove(one)
    what = (
        "decided projects cannot be built within dates, order, choices and budgets: {ids}; ways out, each tried: {ways}"
    )
    ways = "; ".join(_ways_out(instance, clash, ids, years)) or "-"
    return [
        problem(what, "take one of the ways out", where="projects", ids=", ".join(ids[one] for one in clash), ways=ways)
    ]


def possible(instance: PlanInstance) -> bool:
    """Whether all that is decided can open within dates, order, choices and budgets."""
    return Master(instance, 0, 1.0).possible()


def _ways_out(instance: PlanInstance, clash: list[int], ids: list[str], years: tuple[int, ...]) -> Iterator[str]:
    """In figures and names of settings, so that they read in either language."""
    if not instance.carry_over and possible(replace(instance, carry_over=True)):
        yield "plan.carry_over = true"
    for at, year in enumerate(years):
        more = _missing(instance, at)
        if more is not None:
            yield f"plan.budget_yuan {year}: + {more:,}"
    for one in clash:
        if possible(replace(instance, must=tuple(each for each in instance.must if each != one))):
            yield f"must_build {ids[one]}: ×"


def _missing(instance: PlanInstance, at: int) -> int | None:
    """Least money that must be added to that year's budget, in whole steps; None if no money helps."""
    most = sum(max(option.cost_yuan) for option in instance.options) // YUAN_STEP + 1

    def enough(steps: int) -> bool:
        more = steps * YUAN_STEP
        budgets = tuple(budget + more * (year == at) for year, budget in enumerate(instance.budget_yuan))
        total = None if instance.total_yuan is None else instance.total_yuan + more
        return possible(replace(instance, budget_yuan=budgets, total_yuan=total))

    if not enough(most):
        return None
    low = 0
    while most - low > 1:
        middle = (low + most) // 2
        low, most = (low, middle) if enough(middle) else (middle, most)
    return most * YUAN_STEP
