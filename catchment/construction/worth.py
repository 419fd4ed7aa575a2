"""Candidates by what each changes when it alone is added, in the central forecast and in every future (docs/method/sites.md)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from catchment.assign import Flow
from catchment.construction.county import County
from catchment.construction.points import Ints
from catchment.rules import RuleSet
from catchment.tables import RANKING

LATER_YEARS = (5, 10, 15)
LOW, HIGH = 0.1, 0.9
BETTER = ("placed", "worth_m", "nearer", "from_large", "useful_seats")
"""What a candidate may do better than another; worth_m = metres saved + what children without a seat count."""

Row = dict[str, Any]


def rank_candidates(county: County, rules: RuleSet, year: int, progress: Callable[[int, int], None]) -> pd.DataFrame:
    """Table `ranking`: first by children who get a seat, then by children-metres saved, then by id; bounds of rank over the futures.

    year: whose children are assigned anew, exactly, with each candidate.
    """
    table, today = county.candidates, _Today(county, rules, year)
    rows, drawn = [], []
    for row in table.index:
        rows.append(today.changes(int(row)))
        drawn.append(today.in_futures(int(row)))
        progress(row + 1, len(table))
    found = pd.DataFrame(rows)
    gains = np.array(drawn)
    found["placed_low80"], found["placed_high80"] = bounds(gains[:, 0].T)
    found["placed_low80"] = np.minimum(found["placed_low80"], found["placed"])
    found["placed_high80"] = np.maximum(found["placed_high80"], found["placed"])
    found["dominated_by"] = _dominated(
        found.assign(cost=table["cost_yuan"], worth_m=found["saved_m"] + county.settings.plan.unmet_m * found["placed"])
    )
    order = _order(found["placed"].to_numpy(), found["saved_m"].to_numpy(), table)
    found["rank"] = order
    ranks = np.array([_order(gains[:, 0, k], gains[:, 1, k], table) for k in range(gains.shape[2])])
    low, high = bounds(ranks)
    found["rank_low80"], found["rank_high80"] = np.minimum(low, order), np.maximum(high, order)
    return found.sort_values("rank")[RANKING.names]


def bounds(values: Ints) -> tuple[Ints, Ints]:
    """Bounds of the 80 % interval over the first axis: values that were drawn."""
    ordered = np.sort(values, axis=0)
    last = len(ordered) - 1
    return ordered[int(np.floor(LOW * last))], ordered[int(np.ceil(HIGH * last))]


def remarks_of(county: County, rules: RuleSet, row: int) -> str:
    """What the finished school would break of the size rule, with the article."""
    one = county.candidates.loc[row]
    seats = int(county.seats({row: 0}, 0)[county.facility(row)])
    if one["kind"] == "closed" or not one["seats"]:
        return ""
    broken = [rule for rule in _size_rules(county, rules, one) if seats > rule.value]
    return "; ".join(f"{seats} > {rule.value:g} ({rule.source})" for rule in broken)


def _size_rules(county: County, rules: RuleSet, one: Mapping[str, Any]) -> list[Any]:
    schools = county.tables["schools"]
    kinds = schools.loc[(schools["school_id"] == one["school_id"]) & (one["kind"] != "new"), "kind"]
    kind = kinds.iloc[0] if len(kinds) else {"primary": "full_primary", "junior": "junior"}[one["stage"]]
    return [rule for rule in rules.of("school_size") if not rule.kinds or kind in rule.kinds]


def _order(placed: Ints, saved: Ints, table: pd.DataFrame) -> Ints:
    """1 = best, by row of the table."""
    order = np.lexsort((table["candidate_id"].to_numpy(dtype=str), -saved, -placed))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return rank


def _dominated(found: pd.DataFrame) -> list[str | None]:
    """For each row the first candidate of its stage that does as well in everything, costs no more, and is better in something."""
    value = np.column_stack(
        [found[name].to_numpy(dtype=float) for name in BETTER] + [-found["cost"].to_numpy(dtype=float)]
    )
    stage, ids = found["stage"].to_numpy(), found["candidate_id"].to_numpy()
    over = (value[:, None] >= value[None]).all(axis=2) & (value[:, None] > value[None]).any(axis=2)
    over &= stage[:, None] == stage[None]
    return [str(ids[over[:, row].argmax()]) if over[:, row].any() else None for row in range(len(found))]


class _Today:
    """Today's schools, and the children assigned to them, against which a candidate is held."""

    def __init__(self, county: County, rules: RuleSet, year: int) -> None:
        self.county, self.rules, self.year = county, rules, year
        self.at = county.years.index(year)
        self.later = [(ahead, county.settings.study.base_year + ahead) for ahead in LATER_YEARS]
        self.flows = {stage: county.assign(stage, year, county.today) for stage in county.points.stages}
        self.drawn = {stage: list(self._futures(stage, county.today, self.at)) for stage in county.points.stages}
        rural = county.tables["schools"].groupby("area_id")["setting"].agg(lambda kinds: bool((kinds == "rural").all()))
        self.rural = county.area.reindex(county.points.units).map(rural).fillna(False).to_numpy(dtype=bool)  # noqa: FBT003

    def changes(self, row: int) -> Row:
        """What the candidate changes in the central forecast, exactly, unit by unit."""
        county, one = self.county, self.county.candidates.loc[row]
        stage = str(one["stage"])
        with_it, before = county.seats({row: 0}, 0), self.flows[stage]
        then = county.assign(stage, self.year, with_it)
        place = int(np.flatnonzero(county.by_stage[stage].columns == county.facility(row))[0])
        useful = max(0, _load(then, place) - _load(before, place))
        uses = {f"use_{ahead}": self._use(row, stage, place, year) for ahead, year in self.later}
        cost, used = int(one["cost_yuan"]), self._used_years(row, stage, place)
        return {
            "candidate_id": one["candidate_id"], "stage": stage,
            "placed": int(before.unplaced.sum() - then.unplaced.sum()) - self._lost_elsewhere(row, stage),
            "saved_m": before.metres - then.metres, "nearer": self._near(then, stage) - self._near(before, stage),
            "from_large": self._from_large(before, then, stage, place),
            "useful_seats": useful, "rural_share": self._rural_share(then, place), **uses,
            "use_15_low80": self._use_low(row, stage, place),
            "cost_per_useful_seat_yuan": round(cost / useful) if useful else pd.NA,
            "cost_per_seat_year_yuan": round((cost + self._running(row)) / used) if used and cost + self._running(row) >= 0 else pd.NA,
            "remarks": remarks_of(county, self.rules, row),
        }  # fmt: skip

    def in_futures(self, row: int) -> Ints:
        """(2, futures) more children with a seat than without it, and decimetres saved."""
        stage = str(self.county.candidates.loc[row, "stage"])
        then = self._futures(stage, self.county.seats({row: 0}, 0), self.at)
        return np.array([[a[0] - b[0], a[1] - b[1]] for a, b in zip(self.drawn[stage], then, strict=True)]).T

    def _futures(self, stage: str, seats: Ints, at: int) -> Iterator[tuple[int, int]]:
        """Children without a seat, and decimetres of the others, in every future."""
        unmet_dm = self.county.by_stage[stage].unmet_dm
        for children in self.county.futures[:, at]:
            seated = self.county.seat(stage, children, seats)
            unmet = int(seated.unmet.sum())
            yield unmet, seated.cost - unmet * unmet_dm

    def _lost_elsewhere(self, row: int, stage: str) -> int:
        """Children of another stage who lose their seat: a conversion takes rooms from them."""
        lost = 0
        for other in (other for other in self.county.points.stages if other != stage):
            seats = self.county.seats({row: 0}, 0)
            columns = self.county.by_stage[other].columns
            if (seats[columns] != self.county.today[columns]).any():
                lost += int(
                    self.county.assign(other, self.year, seats).unplaced.sum() - self.flows[other].unplaced.sum()
                )
        return lost

    def _near(self, flow: Flow, stage: str) -> int:
        limits = [rule.value for rule in self.rules.of("service_radius") if rule.stage in (None, stage)]
        if not limits:
            return 0
        mm, _ = self.county.units_of(stage)
        return int(flow.children[mm[flow.unit, flow.school] <= min(limits) * 1000].sum())

    def _from_large(self, before: Flow, then: Flow, stage: str, place: int) -> int:
        limit = min((rule.value for rule in self.rules.of("school_size")), default=np.inf)
        large = np.flatnonzero(self.county.today[self.county.by_stage[stage].columns] > limit)
        return sum(max(0, _load(before, school) - _load(then, school)) for school in large.tolist() if school != place)

    def _rural_share(self, flow: Flow, place: int) -> float:
        here = flow.school == place
        children = flow.children[here]
        return float(children[self.rural[flow.unit[here]]].sum() / children.sum()) if children.sum() else np.nan

    def _load(self, row: int, stage: str, place: int, children: Ints) -> int:
        """Children at the candidate more than without it, on demand points."""
        county = self.county
        ways = county.by_stage[stage].ways
        there = [county.seat(stage, children, seats).flow for seats in (county.seats({row: 0}, 0), county.today)]
        with_it, without = (int(flow[ways.facility == place].sum()) for flow in there)
        return max(0, with_it - without)

    def _use(self, row: int, stage: str, place: int, year: int) -> object:
        if year not in self.county.years:
            return pd.NA
        return self._load(row, stage, place, self.county.central[self.county.years.index(year)])

    def _use_low(self, row: int, stage: str, place: int) -> object:
        year = self.later[-1][1]
        if year not in self.county.years:
            return pd.NA
        at = self.county.years.index(year)
        drawn = np.array([self._load(row, stage, place, children) for children in self.county.futures[:, at]])
        return min(int(bounds(drawn)[0]), int(self._use(row, stage, place, year)))  # type: ignore[call-overload]

    def _used_years(self, row: int, stage: str, place: int) -> int:
        """Children × years at it from its earliest opening to the last year of the forecast, while its seats last."""
        county, one = self.county, self.county.candidates.loc[row]
        lasts = county.options[row].lasts
        first = max(int(one["earliest_year"]), county.years[0])
        years = [year for year in county.years if first <= year < (first + lasts if lasts else np.inf)]
        return sum(self._load(row, stage, place, county.central[county.years.index(year)]) for year in years)

    def _running(self, row: int) -> int:
        one = self.county.candidates.loc[row]
        first = max(int(one["earliest_year"]), self.county.years[0])
        whole = max(0, self.county.years[-1] - first + 1)
        return int(one["yearly_yuan"]) * (whole if pd.isna(one["lasts_years"]) else min(whole, int(one["lasts_years"])))


def _load(flow: Flow, place: int) -> int:
    return int(flow.children[flow.school == place].sum())
