"""What budgets and single options are worth: the plan made again, exactly, with and without (docs/method/siting.md)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from catchment.errors import Infeasible
from catchment.siting.instance import PlanInstance
from catchment.siting.periods import PlanAnswer, PlanWork, solve_plan


def budget_frontier(
    instance: PlanInstance, budgets_yuan: Iterable[tuple[int, ...]], work: PlanWork | None = None
) -> Iterator[PlanAnswer]:
    """The plan for each of several yearly budgets, each begun from the one before, so that more money is never worse."""
    answer = None
    for budget in budgets_yuan:
        answer = solve_plan(replace(instance, budget_yuan=budget), work, answer)
        yield answer


@dataclass(frozen=True)
class Worth:
    """Objective of the best plan with the option and without it, None where no plan has it; each within its bound.

    A choice is sure if the worse one's bound is above the better one's objective.
    """

    with_it: int | None
    with_bound: int | None
    without: int
    without_bound: int


def option_worth(instance: PlanInstance, option: int, work: PlanWork | None = None) -> Worth:
    """The plan made with the option forced in, and with it (and what waits for it) left out."""
    never = replace(instance.options[option], first_year=instance.plan_years)
    options = (*instance.options[:option], never, *instance.options[option + 1 :])
    without = solve_plan(replace(instance, options=options), work)
    try:
        given = solve_plan(replace(instance, must=(*instance.must, option)), work, without)
    except Infeasible:
        return Worth(None, None, without.objective, without.bound)
    return Worth(given.objective, given.bound, without.objective, without.bound)
