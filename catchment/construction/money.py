"""What other budgets would give, and what a plan costs if another future comes (docs/method/plan.md)."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from catchment.construction.clash import possible
from catchment.construction.plan import Construction
from catchment.construction.projects import PER_METRE
from catchment.construction.results import FEW
from catchment.forecast.outlook import evenly
from catchment.siting.frontier import budget_frontier
from catchment.siting.instance import NOT_BUILT, PlanInstance
from catchment.siting.outlook import Outlook
from catchment.siting.periods import PlanAnswer, PlanWork, solve_plan
from catchment.tables import FRONTIER, REGRET

SHARES = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0, 1.25, 1.5)
"""Budgets looked at, as shares of the plan's."""
THIRDS = ("few", "middle", "many")
Progress = Callable[[int, int], None]


def frontier(chosen: Construction, progress: Progress) -> pd.DataFrame:
    """Table `frontier`: the best plan at each of several budgets, over a few futures, with what comes and goes between them;
    budgets that do not pay for what is decided are left out.
    """
    plan = chosen.county.settings.plan
    instance = _of_futures(chosen.instance, np.array(evenly(FEW, len(chosen.county.futures))))
    budgets = [tuple(int(yuan * share) for yuan in plan.budget_yuan) for share in SHARES]
    budgets = [budget for budget in budgets if possible(replace(instance, budget_yuan=budget))]
    ids = chosen.county.candidates["candidate_id"].tolist()
    rows: list[dict[str, object]] = []
    before: tuple[int, int, set[str]] | None = None
    answers = budget_frontier(instance, budgets, PlanWork(gap=plan.gap, seconds=plan.seconds / 4))
    for done, (budget, answer) in enumerate(zip(budgets, answers, strict=True)):
        built = {name for name, opens in zip(ids, answer.opens, strict=True) if opens != NOT_BUILT}
        unmet, ways_m, objective_m = _told(instance, answer)
        told: dict[str, object] = {
            "budget_yuan": sum(budget), "spent_yuan": int(answer.spent_yuan.sum()), "projects": len(built), "unmet": unmet,
            "all_ways_m": ways_m, "objective_m": objective_m, "gap": answer.gap, "next_ids": "", "dropped_ids": "",
            "worth_m_per_yuan": np.nan,
        }  # fmt: skip
        if before is not None:
            told["next_ids"], told["dropped_ids"] = (
                " ".join(sorted(new)) for new in (built - before[2], before[2] - built)
            )
            told["worth_m_per_yuan"] = max(0.0, (before[1] - objective_m) / max(1, sum(budget) - before[0]))
        rows.append(told)
        before = sum(budget), objective_m, built
        progress(done + 1, len(budgets))
    return pd.DataFrame(rows)[FRONTIER.names]


def regret(chosen: Construction, progress: Progress) -> pd.DataFrame:
    """Table `regret`: plans best for few, middling and many children, and the one chosen, each in all three."""
    county, plan = chosen.county, chosen.county.settings.plan
    thirds = dict(zip(THIRDS, np.array_split(np.arange(len(county.futures)), 3), strict=True))
    here = {name: _of_futures(chosen.instance, each) for name, each in thirds.items() if len(each)}
    plans = {"all": chosen.answer.opens}
    for done, (name, instance) in enumerate(here.items()):
        progress(done, len(here) + 1)
        plans[name] = solve_plan(instance, PlanWork(gap=plan.gap, seconds=plan.seconds / 4)).opens
    rows = []
    for future, instance in here.items():
        outlook = Outlook(instance)
        costs = {name: _in_future(outlook, opens) for name, opens in plans.items()}
        least = min(cost for cost, _ in costs.values())
        rows += [
            (name, future, cost, cost - least, unmet, _named(chosen, plans[name]))
            for name, (cost, unmet) in costs.items()
        ]
    progress(len(here) + 1, len(here) + 1)
    return pd.DataFrame(rows, columns=REGRET.names)


def _of_futures(instance: PlanInstance, futures: np.ndarray) -> PlanInstance:
    return replace(
        instance,
        children=instance.children[futures],
        chance=np.ones(len(futures), dtype=np.int64),
        objective="expected",
    )


def _told(instance: PlanInstance, answer: PlanAnswer) -> tuple[int, int, int]:
    """Children without a seat and metres of the others over the plan years, and the objective, of a mean future."""
    futures, years = len(instance.chance), instance.plan_years
    unmet = round(answer.unmet[:, :years].sum() / futures)
    burden = sum(
        option.burden[year] for option, year in zip(instance.options, answer.opens, strict=True) if year != NOT_BUILT
    )
    later = (answer.unmet * instance.unmet * instance.weight).sum()
    ways = answer.costs.sum() - futures * burden - later
    return unmet, round(ways / futures / PER_METRE), round(answer.objective / futures / PER_METRE)


def _in_future(outlook: Outlook, opens: np.ndarray) -> tuple[int, int]:
    """Objective in metres and children without a seat over the plan years, of a mean future."""
    instance = outlook.instance
    years = np.arange(instance.plan_years)
    trial = outlook.trial(((opens[:, None] != NOT_BUILT) & (opens[:, None] <= years)).astype(float))
    cost = outlook.objective(trial, np.zeros(len(instance.chance), dtype=np.int64))
    unmet = sum(int(one.unmet.sum()) for row in trial.seated for one in row[: instance.plan_years])
    return round(cost / len(instance.chance) / PER_METRE), round(unmet / len(instance.chance))


def _named(chosen: Construction, opens: np.ndarray) -> str:
    ids = chosen.county.candidates["candidate_id"]
    order = sorted((int(year), ids[row]) for row, year in enumerate(opens) if year != NOT_BUILT)
    return " ".join(name for _, name in order)
