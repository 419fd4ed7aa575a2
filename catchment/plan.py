"""The five-year plan: which project opens in which autumn, within each year's budget, exactly (docs/method/plan.md)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from catchment.costs import of_stage
from catchment.errors import Infeasible, InputError, problem
from catchment.ranking import assign_stage, supply
from catchment.settings import PlanSettings
from catchment.tables import PLAN, PLAN_YEARS

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DemandPoints:
    """Units gathered into a few points: children by stage and year, mean distance to each facility."""

    children: dict[tuple[str, int], Ints]
    distance_m: pd.DataFrame
    """Index point, columns (stage, facility); absent = out of reach."""


def gather_units(
    demand: pd.DataFrame, units: pd.DataFrame, costs: pd.DataFrame, *, points: int, seed: int
) -> DemandPoints:
    """Units near each other become one demand point (k-means on their places, weighted by people)."""
    from sklearn.cluster import KMeans

    count = min(points, len(units))
    means = KMeans(count, n_init=3, random_state=seed).fit(units[["x_m", "y_m"]], sample_weight=units["people"])
    point = pd.Series(means.labels_, index=units["unit_id"])
    sums = demand.assign(point=demand["unit_id"].map(point)).groupby(["stage", "year", "point"])["children"].sum()
    children = {
        (str(s), int(y)): part.droplevel([0, 1]).reindex(range(count), fill_value=0).to_numpy(dtype=np.int64)
        for (s, y), part in sums.groupby(["stage", "year"])
    }
    weight = units.set_index("unit_id")["people"]
    rows = costs.assign(point=costs["unit_id"].map(point), weight=costs["unit_id"].map(weight))
    rows = rows.assign(product=rows["burden_mm"] / 1000 * rows["weight"])
    sums = rows.groupby(["point", "stage", "facility_id"])[["product", "weight"]].sum()
    # A facility that less than half of the point's people reach is none of theirs.
    whole = units.assign(point=means.labels_).groupby("point")["people"].sum()
    near = sums[sums["weight"] >= 0.5 * sums.index.get_level_values("point").map(whole)]
    return DemandPoints(children, (near["product"] / near["weight"]).unstack(["stage", "facility_id"]))


@dataclass
class _Model:
    """Columns and rows of a mixed-integer program while it is written down."""

    cost: list[float]
    upper: list[float]
    whole: list[int]
    rows: list[tuple[dict[int, float], float, float]]

    def column(self, cost: float, upper: float = np.inf, *, whole: bool = False) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.whole.append(int(whole))
        return len(self.cost) - 1

    def row(self, terms: dict[int, float], low: float, high: float) -> None:
        self.rows.append((terms, low, high))

    def solve(self) -> NDArray[np.float64]:
        data, row, column = [], [], []
        for i, (terms, _, _) in enumerate(self.rows):
            row += [i] * len(terms)
            column += list(terms)
            data += list(terms.values())
        matrix = sparse.csr_array((data, (row, column)), shape=(len(self.rows), len(self.cost)))
        limits = LinearConstraint(matrix, [r[1] for r in self.rows], [r[2] for r in self.rows])
        found = milp(
            self.cost,
            integrality=self.whole,
            bounds=Bounds(0, self.upper),
            constraints=limits,
            options={"mip_rel_gap": 0},
        )
        if found.status != 0:
            raise Infeasible(
                problem(
                    "the plan was not proved optimal: {message}",
                    "report this with the run folder",
                    message=found.message,
                )
            )
        return np.asarray(found.x)


def choose_projects(
    points: DemandPoints, schools: pd.DataFrame, candidates: pd.DataFrame, settings: PlanSettings, years: range
) -> pd.DataFrame:
    """Table `plan`: the projects and opening years with the least of unmet seats, metres and money.

    Minimises Σ over years and stages (unmet children × unmet_m + children-metres) + yuan × metres_per_yuan,
    a project paid whole in the budget of its opening year, opening once and not before its earliest
    year, nor before the project it comes after.

    Raises InputError if the budgets are not one per year; Infeasible if no answer is proved optimal.
    """
    if len(settings.budget_yuan) != len(years):
        raise InputError(
            problem(
                "{given} budgets for {years} plan years",
                "give plan.budget_yuan one number per year",
                where="study.toml",
                given=len(settings.budget_yuan),
                years=len(years),
            )
        )
    model = _Model([], [], [], [])
    opens = _opening_columns(model, candidates, settings, years)
    for stage in sorted(schools["stage"].unique()):
        for year in years:
            _seat_children(
                model,
                points,
                stage,
                year,
                schools[schools["stage"] == stage],
                candidates[candidates["stage"] == stage],
                opens,
                settings,
            )
    answer = model.solve()
    rows = [
        {"candidate_id": c.candidate_id, "stage": c.stage, "opens": year, "cost_yuan": c.cost_yuan, "seats": c.seats}
        for c in candidates.itertuples()
        for year in years
        if (column := opens.get((c.candidate_id, year))) is not None and answer[column] > 0.5
    ]
    plan = pd.DataFrame(rows, columns=PLAN.names)
    verify_plan(plan, candidates, settings, years)
    return plan


def _opening_columns(
    model: _Model, candidates: pd.DataFrame, settings: PlanSettings, years: range
) -> dict[tuple[str, int], int]:
    """A 0/1 column per project and year it may open in, with budgets, once-only and order."""
    opens = {
        (c.candidate_id, year): model.column(c.cost_yuan * settings.metres_per_yuan, 1, whole=True)
        for c in candidates.itertuples()
        for year in years
        if year >= c.earliest_year
    }
    cost = candidates.set_index("candidate_id")["cost_yuan"]
    for year, budget in zip(years, settings.budget_yuan, strict=True):
        # In units of 10,000 yuan, so that solver tolerances are far below a yuan's worth of meaning.
        model.row({column: cost[c] / 10_000 for (c, y), column in opens.items() if y == year}, 0, budget / 10_000)
    for c in candidates.itertuples():
        own = {year: opens[c.candidate_id, year] for year in years if (c.candidate_id, year) in opens}
        model.row(dict.fromkeys(own.values(), 1.0), 0, 1)
        if isinstance(c.after, str) and c.after:
            for year in own:
                terms = {column: 1.0 for y, column in own.items() if y <= year}
                terms |= {opens[c.after, y]: -1.0 for y in years if y <= year and (c.after, y) in opens}
                model.row(terms, -np.inf, 0)
    return opens


def _seat_children(
    model: _Model,
    points: DemandPoints,
    stage: str,
    year: int,
    schools: pd.DataFrame,
    candidates: pd.DataFrame,
    opens: dict[tuple[str, int], int],
    settings: PlanSettings,
) -> None:
    """Columns that seat a stage's children of one year, within what is open by then."""
    children = points.children.get((stage, year))
    if children is None:
        return
    load: dict[str, dict[int, float]] = {}
    placed: list[dict[int, float]] = [{model.column(settings.unmet_m): 1.0} for _ in children]
    for facility in [*schools["school_id"], *candidates.loc[candidates["kind"] != "expanded", "candidate_id"]]:
        if (stage, facility) not in points.distance_m:
            continue
        for point, metres in points.distance_m[stage, facility].dropna().items():
            if children[point] > 0 and metres < settings.unmet_m:
                column = model.column(float(metres))
                placed[point][column] = 1.0
                load.setdefault(facility, {})[column] = 1.0
    for point, terms in enumerate(placed):
        model.row(terms, float(children[point]), float(children[point]))
    seats = dict(zip(schools["school_id"], schools["seats"].astype(float), strict=True))
    by_now = {
        c: [column for (name, y), column in opens.items() if name == c and y <= year]
        for c in candidates["candidate_id"]
    }
    for facility, terms in load.items():
        limit = dict(terms)
        for project in candidates.itertuples():
            gain = _gain(project, facility, seats)
            if gain:
                limit |= dict.fromkeys(by_now[project.candidate_id], -gain)
        model.row(limit, -np.inf, seats.get(facility, 0.0))


def _gain(project: Any, facility: str, seats: dict[str, float]) -> float:
    """Seats that a project adds to (or takes from) a facility once open."""
    if project.kind == "expanded":
        return float(project.seats) if facility == project.school_id else 0.0
    if facility == project.candidate_id:
        return float(project.seats)
    moved = project.kind == "relocated" and facility == project.school_id
    return -seats[facility] if moved else 0.0


def verify_plan(plan: pd.DataFrame, candidates: pd.DataFrame, settings: PlanSettings, years: range) -> None:
    """Recompute the plan from the tables alone; raises Infeasible if it breaks a budget, a date or an order."""
    known = {c.candidate_id: c for c in candidates.itertuples()}
    opens = {p.candidate_id: int(p.opens) for p in plan.itertuples()}
    broken = [
        f"{year} budget"
        for year, budget in zip(years, settings.budget_yuan, strict=True)
        if sum(known[c].cost_yuan for c, y in opens.items() if y == year) > budget
    ]
    for c, year in opens.items():
        after = known[c].after
        if year < known[c].earliest_year or (isinstance(after, str) and after and opens.get(after, year + 1) > year):
            broken.append(c)
    if broken or len(opens) != len(plan):
        raise Infeasible(problem("the solver's plan breaks the rules", "report this with the run folder", rows=broken))


def plan_years(
    plan: pd.DataFrame,
    demand: pd.DataFrame,
    units: pd.Index,
    costs: pd.DataFrame,
    schools: pd.DataFrame,
    candidates: pd.DataFrame,
    settings: PlanSettings,
    years: range,
) -> pd.DataFrame:
    """Table `plan_years`: seats, children without one and empty seats of each year, by exact assignment of units."""
    opens = candidates.merge(plan[["candidate_id", "opens"]], on="candidate_id", how="inner")
    rows = []
    for stage in sorted(schools["stage"].unique()):
        at_stage, ways = schools[schools["stage"] == stage], of_stage(costs, stage)
        for year, budget in zip(years, settings.budget_yuan, strict=True):
            now = demand[(demand["stage"] == stage) & (demand["year"] == year)].groupby("unit_id")["children"].sum()
            children = now.reindex(units, fill_value=0).to_numpy(dtype=np.int64)
            built = opens[(opens["opens"] <= year) & (opens["stage"] == stage)]
            stock, before = supply(at_stage, built), supply(at_stage, built.iloc[:0])
            flow = assign_stage(children, units, ways, stock)
            without = flow if built.empty else assign_stage(children, units, ways, before)
            unmet = int(flow.unplaced.sum())
            spent = int(opens.loc[(opens["opens"] == year) & (opens["stage"] == stage), "cost_yuan"].sum())
            rows.append(
                (
                    year,
                    stage,
                    budget,
                    spent,
                    int(children.sum()),
                    int(stock.seats.sum()),
                    unmet,
                    int(without.unplaced.sum()),
                    int(stock.seats.sum() - children.sum() + unmet),
                )
            )
    return pd.DataFrame(rows, columns=PLAN_YEARS.names)
