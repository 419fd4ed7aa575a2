"""What a plan costs, seats and leaves empty, counted again from its openings alone (docs/method/plan.md)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from catchment.construction.county import Built
from catchment.construction.plan import Construction
from catchment.construction.points import Ints
from catchment.construction.projects import PER_METRE
from catchment.construction.worth import bounds, remarks_of
from catchment.forecast.outlook import evenly
from catchment.rules import RuleSet
from catchment.tables import PLAN, PLAN_AREAS, PLAN_PAYMENTS, PLAN_SERVES, PLAN_TOTALS, PLAN_USE, PLAN_YEARS
from catchment.units import area_of

FEW = 5
"""Futures, evenly spread, in which each project is left out in turn."""
Progress = Callable[[int, int], None]


def plan_tables(chosen: Construction, rules: RuleSet, progress: Progress) -> dict[str, pd.DataFrame]:
    """Tables plan, plan_totals, plan_payments, plan_years, plan_use, plan_areas and plan_serves."""
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


@dataclass(frozen=True)
class Seating:
    """Children of some futures in a year: loads (futures, facilities of the stage); without a seat, and metres of the others, (futures,);
    flow: (futures, pairs of the stage).
    """

    loads: Ints
    unmet: Ints
    metres: Ints
    flow: Ints


class _Seated:
    """Children seated under the plan, or under less than it, in years and futures, stage by stage."""

    def __init__(self, chosen: Construction) -> None:
        self.chosen, self.county = chosen, chosen.county
        self.last, self.every = chosen.plan_years[-1], range(len(chosen.county.futures))
        self.few = evenly(FEW, len(chosen.county.futures))

    def futures(self, stage: str, built: Built, year: int, futures: Iterable[int]) -> Seating:
        county, seats = self.county, self.county.seats(built, year)
        at, unmet_dm = county.years.index(year), county.by_stage[stage].unmet_dm
        found = [county.seat(stage, county.futures[number, at], seats) for number in futures]
        unmet = np.array([int(one.unmet.sum()) for one in found])
        metres = (np.array([one.cost for one in found]) - unmet * unmet_dm) // PER_METRE
        return Seating(
            np.array([county.loads(stage, one) for one in found]), unmet, metres, np.array([one.flow for one in found])
        )

    def uses(self, progress: Progress) -> pd.DataFrame:
        """Rows of table plan_use, with `saved_m`: for each project and year from its opening on."""
        rows: list[tuple[object, ...]] = []
        years = [year for year in self.county.years if year >= self.chosen.years[0]]
        for done, year in enumerate(years):
            progress(done, len(years))
            for stage in self.county.points.stages:
                rows += self._in_year(stage, year)
        return pd.DataFrame(rows, columns=[*PLAN_USE.names, "saved_m"])

    def _in_year(self, stage: str, year: int) -> Iterator[tuple[object, ...]]:
        county, built = self.county, self.chosen.built
        now = [row for row, opens in built.items() if opens <= year and county.candidates.loc[row, "stage"] == stage]
        if not now:
            return
        whole = self.futures(stage, built, year, self.every)
        unmet, metres = whole.unmet[self.few], whole.metres[self.few]
        seats = county.seats(built, year)[county.by_stage[stage].columns]
        for row in now:
            place = county.place(row)
            less = self.futures(stage, {other: opens for other, opens in built.items() if other != row}, year, self.few)
            there = whole.loads[:, place]
            (low, high), children = bounds(there), round(there.mean())
            yield (
                county.candidates.loc[row, "candidate_id"], year, int(seats[place]), children, min(low, children), max(high, children),
                max(0, int(seats[place]) - children), round((less.unmet - unmet).mean()), round((less.metres - metres).mean()),
            )  # fmt: skip


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
            low, high = bounds(seated.futures(stage, chosen.built, year, seated.every).unmet)
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
    county, points, rows = chosen.county, chosen.county.points, []
    area = county.area.reindex(points.units).to_numpy()
    for stage in points.stages:
        flow = seated.futures(stage, chosen.built, seated.last, seated.every).flow.mean(axis=0)
        ways, living = county.by_stage[stage].ways, county.living(stage, seated.last).astype(float)
        share = living / np.maximum(np.bincount(points.point, weights=living, minlength=points.count), 1)[points.point]
        for row in (row for row in chosen.built if county.candidates.loc[row, "stage"] == stage):
            here = ways.facility == county.place(row)
            taken = np.bincount(ways.point[here], weights=flow[here], minlength=points.count)
            by_area = np.rint(pd.Series(share * taken[points.point]).groupby(area).sum()).astype("int64")
            name = county.candidates.loc[row, "candidate_id"]
            rows += [(name, each, children) for each, children in by_area[by_area > 0].items()]
    return pd.DataFrame(rows, columns=PLAN_SERVES.names)
