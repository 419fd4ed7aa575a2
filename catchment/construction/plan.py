"""The five-year plan: which project opens in which autumn, and what it costs, seats and leaves empty (docs/method/plan.md)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from catchment.construction.clash import clash_of, possible
from catchment.construction.county import Built, County
from catchment.construction.points import Ints
from catchment.construction.projects import PER_METRE, choices_of, must_of
from catchment.construction.worth import bounds, remarks_of
from catchment.errors import Infeasible, InputError, problem
from catchment.rules import RuleSet
from catchment.siting.instance import NOT_BUILT, Option, PlanInstance
from catchment.siting.periods import PlanAnswer, PlanWork, solve_plan
from catchment.tables import PLAN, PLAN_AREAS, PLAN_PAYMENTS, PLAN_SERVES, PLAN_TOTALS, PLAN_USE, PLAN_YEARS

FEW = 5
"""Futures, evenly spread, in which each project is left out in turn."""
Progress = Callable[[int, int], None]


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
    points, unmet_dm = county.points, settings.unmet_m * 10
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


def plan_tables(chosen: Construction, rules: RuleSet, progress: Progress) -> dict[str, pd.DataFrame]:
    """Tables plan, plan_payments, plan_years, plan_use, plan_areas and plan_serves."""
    seated = _Seated(chosen)
    use = seated.uses(progress)
    return {
        "plan": _plan(chosen, seated, use, rules),
        "plan_totals": _totals(chosen),
        "plan_payments": _payments(chosen),
        "plan_years": _years(chosen, seated),
        "plan_use": use[PLAN_USE.names],
        "plan_areas": _areas(chosen),
        "plan_serves": _serves(chosen, seated),
    }


class _Seated:
    """Children seated under the plan, or under less than it, in years and futures, stage by stage."""

    def __init__(self, chosen: Construction) -> None:
        self.chosen, self.county = chosen, chosen.county
        self.last = chosen.plan_years[-1]
        count = len(self.county.futures)
        few = min(FEW, count)
        self.few = ((2 * np.arange(few) + 1) * count // (2 * few)).tolist()

    def futures(self, stage: str, built: Built, year: int, futures: Iterable[int]) -> tuple[Ints, Ints, Ints]:
        """Loads (futures, facilities of the stage), children without a seat and metres of the others (futures,)."""
        county, seats = self.county, self.county.seats(built, year)
        at, here = county.years.index(year), county.by_stage[stage]
        found = [county.seat(stage, county.futures[number, at], seats) for number in futures]
        loads = [np.bincount(here.ways.facility, weights=one.flow, minlength=len(here.columns)) for one in found]
        unmet = np.array([int(one.unmet.sum()) for one in found])
        metres = np.array([one.cost for one in found]) - unmet * here.unmet_dm
        return np.rint(loads).astype(np.int64), unmet, metres // 10

    def uses(self, progress: Progress) -> pd.DataFrame:
        """Rows of table plan_use, with `saved_m`: for each project and year from its opening on."""
        rows, built, county = [], self.chosen.built, self.county
        every = range(len(county.futures))
        years = [year for year in county.years if year >= self.chosen.years[0]]
        for done, year in enumerate(years):
            progress(done, len(years))
            open_now = [row for row, opens in built.items() if opens <= year]
            for stage in sorted({str(county.candidates.loc[row, "stage"]) for row in open_now}):
                loads, _, _ = self.futures(stage, built, year, every)
                _, unmet, metres = self.futures(stage, built, year, self.few)
                for row in (row for row in open_now if county.candidates.loc[row, "stage"] == stage):
                    place = int(np.flatnonzero(county.by_stage[stage].columns == county.facility(row))[0])
                    rest = {other: opens for other, opens in built.items() if other != row}
                    _, unmet_then, metres_then = self.futures(stage, rest, year, self.few)
                    low, high = bounds(loads[:, place])
                    children, seats = (
                        round(loads[:, place].mean()),
                        int(county.seats(built, year)[county.facility(row)]),
                    )
                    rows.append(
                        (county.candidates.loc[row, "candidate_id"], year, seats, children, min(low, children), max(high, children),
                         max(0, seats - children), round((unmet_then - unmet).mean()), round((metres_then - metres).mean()))
                    )  # fmt: skip
        return pd.DataFrame(rows, columns=[*PLAN_USE.names, "saved_m"])


def _plan(chosen: Construction, seated: _Seated, use: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    rows = []
    for row, opens in chosen.built.items():
        one = chosen.county.candidates.loc[row]
        own = use[use["candidate_id"] == one["candidate_id"]].set_index("year")
        needed = own.index[own["needed"] > 0]
        at_end = own.loc[seated.last]
        remarks = "; ".join(text for text in (remarks_of(chosen.county, rules, row), one["remarks"]) if text)
        rows.append(
            (one["candidate_id"], one["stage"], one["kind"], opens, int(one["cost_yuan"]), int(one["seats"]),
             int(at_end["children"]), int(at_end["needed"]), int(at_end["saved_m"]), needed.max() if len(needed) else pd.NA, remarks)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=PLAN.names)


def _totals(chosen: Construction) -> pd.DataFrame:
    answer, plan = chosen.answer, chosen.county.settings.plan
    futures = len(chosen.instance.chance)
    shared = PER_METRE * (futures if plan.objective == "expected" else 1)
    objective, bound = round(answer.objective / shared), int(answer.bound // shared)
    saved = round((objective - bound) / plan.metres_per_yuan) if plan.metres_per_yuan else pd.NA
    built = chosen.county.candidates.loc[list(chosen.built), "cost_yuan"]
    row = (
        plan.objective,
        answer.status,
        objective,
        bound,
        answer.gap,
        saved,
        futures,
        len(built),
        int(built.sum()),
        sum(plan.budget_yuan),
    )
    return pd.DataFrame([row], columns=PLAN_TOTALS.names)


def _payments(chosen: Construction) -> pd.DataFrame:
    first, ids = chosen.years[0], chosen.county.candidates["candidate_id"]
    rows = [
        (ids[row], first + year, yuan)
        for row, opens in chosen.built.items()
        for year, yuan in sorted(chosen.instance.options[row].payments(opens - first).items())
    ]
    return pd.DataFrame(rows, columns=PLAN_PAYMENTS.names)


def _years(chosen: Construction, seated: _Seated) -> pd.DataFrame:
    """Children, seats and empty seats exactly, unit by unit; the interval over the futures, on demand points."""
    county, rows = chosen.county, []
    paid = _payments(chosen).merge(county.candidates[["candidate_id", "stage"]], on="candidate_id")
    for year, budget in zip(chosen.plan_years, chosen.instance.budget_yuan, strict=True):
        for stage in county.points.stages:
            seats = county.seats(chosen.built, year)
            living = int(county.living(stage, year).sum())
            unmet, without = (int(county.assign(stage, year, there).unplaced.sum()) for there in (seats, county.today))
            low, high = bounds(seated.futures(stage, chosen.built, year, range(len(county.futures)))[1])
            spent = int(paid.loc[(paid["stage"] == stage) & (paid["year"] == year), "yuan"].sum())
            count = int(seats[county.by_stage[stage].columns].sum())
            rows.append(
                (
                    year,
                    stage,
                    budget,
                    spent,
                    living,
                    count,
                    unmet,
                    min(low, unmet),
                    max(high, unmet),
                    without,
                    count - living + unmet,
                )
            )
    return pd.DataFrame(rows, columns=PLAN_YEARS.names)


def _areas(chosen: Construction) -> pd.DataFrame:
    """Children of an area follow its pupils in every future; a project's seats are where it stands."""
    county = chosen.county
    demand, draws = county.tables["demand"], county.tables["draws"]
    living = (
        demand.assign(area_id=demand["unit_id"].map(county.area))
        .groupby(["area_id", "stage", "year"])["children"]
        .sum()
    )
    ratio = draws[draws["area_id"] != "*"].groupby(["area_id", "stage", "year"])["ratio"]
    frame = pd.DataFrame({"children": living, "low": ratio.quantile(0.1), "high": ratio.quantile(0.9)}).dropna(
        subset=["children"]
    )
    frame[["low", "high"]] = frame[["low", "high"]].fillna(1.0)
    seats = _seats_by_area(chosen)
    rows = frame.reset_index()
    rows = rows[rows["year"] >= chosen.years[0]]
    children = rows["children"].astype("int64")
    there = pd.MultiIndex.from_frame(rows[["area_id", "stage", "year"]])
    rows = rows.assign(
        children=children, low80=np.minimum(np.rint(children * rows["low"]), children).astype("int64"),
        high80=np.maximum(np.rint(children * rows["high"]), children).astype("int64"),
        seats=seats.reindex(there).fillna(0).to_numpy(dtype=np.int64),
    )  # fmt: skip
    return rows.assign(seat_gap=rows["children"] - rows["seats"])[PLAN_AREAS.names]


def _seats_by_area(chosen: Construction) -> pd.Series:
    """Seats by area, stage and year."""
    from catchment.units import area_of

    county, tables = chosen.county, chosen.county.tables
    of_school = tables["schools"].set_index(["stage", "school_id"])["area_id"]
    candidates = county.candidates
    own = pd.Series(
        area_of(candidates[["x_m", "y_m"]], tables["areas"]).to_numpy(),
        index=pd.MultiIndex.from_frame(candidates[["stage", "candidate_id"]]),
    )
    places = pd.concat([of_school, own]).reindex(county.points.facilities).to_numpy()
    stages = county.points.facilities.get_level_values(0)
    years = [year for year in county.years if year >= chosen.years[0]]
    parts = [
        pd.DataFrame({"area_id": places, "stage": stages, "year": year, "seats": county.seats(chosen.built, year)})
        for year in years
    ]
    return pd.concat(parts).groupby(["area_id", "stage", "year"])["seats"].sum()


def _serves(chosen: Construction, seated: _Seated) -> pd.DataFrame:
    """Children at each project by area, in the last plan year: the futures' mean, each point's children shared as its units' are."""
    county, rows = chosen.county, []
    at = county.years.index(seated.last)
    for row in chosen.built:
        stage = str(county.candidates.loc[row, "stage"])
        here, seats = county.by_stage[stage], county.seats(chosen.built, seated.last)
        place = int(np.flatnonzero(here.columns == county.facility(row))[0])
        ways = here.ways.facility == place
        taken = np.zeros(county.points.count)
        for children in county.futures[:, at]:
            flow = county.seat(stage, children, seats).flow
            taken += np.bincount(here.ways.point[ways], weights=flow[ways], minlength=county.points.count)
        living = county.living(stage, seated.last).astype(float)
        whole = np.bincount(county.points.point, weights=living, minlength=county.points.count)
        share = living / np.maximum(whole, 1)[county.points.point]
        of_unit = pd.Series(share * (taken / len(county.futures))[county.points.point], index=county.points.units)
        by_area = np.rint(of_unit.groupby(county.area.reindex(county.points.units)).sum()).astype("int64")
        name = county.candidates.loc[row, "candidate_id"]
        rows += [(name, area, children) for area, children in by_area[by_area > 0].items()]
    return pd.DataFrame(rows, columns=PLAN_SERVES.names)
