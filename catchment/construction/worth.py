"""Candidates by what each changes when it alone is added, in the central forecast and in every future (docs/method/sites.md)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from catchment.assign import Flow
from catchment.construction.county import County
from catchment.construction.crowding import Crowding
from catchment.construction.points import Ints
from catchment.construction.together import best_together, shares_of
from catchment.construction.weights import ranks_by_weight
from catchment.rules import RuleSet
from catchment.tables import RANKING

LATER_YEARS = (5, 10, 15)
LOW, HIGH = 0.1, 0.9
BETTER = ("placed", "worth_m", "nearer", "from_large", "useful_seats")
"""What a candidate may do better than another; worth_m = metres saved + what children without a seat count."""
WEIGHED = ("placed", "worth_m", "nearer", "oversized_avoided", "useful_seats_per_yuan")
"""What weights are drawn for."""

Row = dict[str, Any]


def rank_candidates(county: County, rules: RuleSet, year: int, progress: Callable[[int, int], None]) -> pd.DataFrame:
    """Table `ranking`: first by children who get a seat, then by children-metres saved, then by id; bounds of rank over the futures
    and over weights; what each is worth to the candidates that together come to most.

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
    about = found.assign(
        cost=table["cost_yuan"], worth_m=found["saved_m"] + county.settings.plan.unmet_m * found["placed"],
        useful_seats_per_yuan=found["useful_seats"] / table["cost_yuan"].clip(lower=1),
    )  # fmt: skip
    found["dominated_by"] = dominated(about)
    order = _order(found["placed"].to_numpy(), found["saved_m"].to_numpy(), table)
    found["rank"] = order
    ranks = np.array([_order(gains[:, 0, k], gains[:, 1, k], table) for k in range(gains.shape[2])])
    low, high = bounds(ranks)
    found["rank_low80"], found["rank_high80"] = np.minimum(low, order), np.maximum(high, order)
    weighed = ranks_by_weight(
        about[list(WEIGHED)].to_numpy(dtype=float, na_value=0.0), order, county.settings.study.seed
    )
    found["first_share"] = (weighed == 1).mean(axis=0)
    found["rank_weights_low80"], found["rank_weights_high80"] = bounds(weighed)
    found["share_of_best"] = shares_of(county, year, best_together(county, year))
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


def dominated(found: pd.DataFrame) -> list[str | None]:
    """For each row the first candidate of its stage that does as well in everything, costs no more, and is better in something."""
    value = np.column_stack(
        [found[name].to_numpy(dtype=float, na_value=0.0) for name in BETTER] + [-found["cost"].to_numpy(dtype=float)]
    )
    stage, ids = found["stage"].to_numpy(), found["candidate_id"].to_numpy()
    over = (value[:, None] >= value[None]).all(axis=2) & (value[:, None] > value[None]).any(axis=2)
    over &= stage[:, None] == stage[None]
    return [str(ids[over[:, row].argmax()]) if over[:, row].any() else None for row in range(len(found))]


class _Today:
    """Today's schools, and the children assigned to them, against which a candidate is held."""

    def __init__(self, county: County, rules: RuleSet, year: int) -> None:
        self.county, self.rules, self.year = county, rules, year
        self.at, self.stages = county.years.index(year), county.points.stages
        self.flows = {stage: county.assign(stage, year, county.today) for stage in self.stages}
        self.drawn = {stage: list(self._futures(stage, county.today)) for stage in self.stages}
        self.central = {stage: self._loads(stage, county.central, county.today) for stage in self.stages}
        self.last = {stage: self._loads(stage, county.futures[:, -1], county.today) for stage in self.stages}
        self.crowding = {stage: Crowding(county, rules, stage, year) for stage in self.stages}
        self.crowded = {stage: each.too_large(self.flows[stage], county.today) for stage, each in self.crowding.items()}
        schools = county.tables["schools"]
        rural = schools.groupby("area_id")["setting"].agg(lambda kinds: bool((kinds == "rural").all()))
        self.rural = county.area.reindex(county.points.units).isin(rural.index[rural]).to_numpy()
        self.large = _too_large(schools, rules)

    def changes(self, row: int) -> Row:
        """What the candidate changes in the central forecast, exactly, unit by unit; its use in later years, on demand points."""
        county, one = self.county, self.county.candidates.loc[row]
        stage = str(one["stage"])
        seats, before = county.seats({row: 0}, 0), self.flows[stage]
        then, place = county.assign(stage, self.year, seats), county.place(row)
        useful = max(0, _load(then, place) - _load(before, place))
        cost, use = int(one["cost_yuan"]), self._use(stage, place, seats)
        child_years, life_yuan = self._over_its_life(row, use)
        over_standard, oversized = self._classes_avoided(stage, then, seats)
        return {
            "candidate_id": one["candidate_id"], "stage": stage,
            "placed": int(before.unplaced.sum() - then.unplaced.sum()) - self._lost_elsewhere(stage, seats),
            "saved_m": before.metres - then.metres, "nearer": self._near(then, stage) - self._near(before, stage),
            "from_large": self._from_large(before, then, stage, place),
            "over_standard_avoided": over_standard, "oversized_avoided": oversized,
            "useful_seats": useful, "rural_share": self._rural_share(then, place),
            **{f"use_{ahead}": self._in_year(use, ahead) for ahead in LATER_YEARS},
            "use_15_low80": self._low(stage, place, seats, use),
            "cost_per_useful_seat_yuan": round(cost / useful) if useful else pd.NA,
            "cost_per_seat_year_yuan": round(life_yuan / child_years) if child_years and life_yuan >= 0 else pd.NA,
            "remarks": remarks_of(county, self.rules, row),
        }  # fmt: skip

    def in_futures(self, row: int) -> Ints:
        """(2, futures) more children with a seat than without it, and decimetres saved."""
        stage = str(self.county.candidates.loc[row, "stage"])
        then = self._futures(stage, self.county.seats({row: 0}, 0))
        return np.array([[a[0] - b[0], a[1] - b[1]] for a, b in zip(self.drawn[stage], then, strict=True)]).T

    def _futures(self, stage: str, seats: Ints) -> Iterator[tuple[int, int]]:
        """Children without a seat, and decimetres of the others, in every future."""
        unmet_dm = self.county.by_stage[stage].unmet_dm
        for children in self.county.futures[:, self.at]:
            seated = self.county.seat(stage, children, seats)
            unmet = int(seated.unmet.sum())
            yield unmet, seated.cost - unmet * unmet_dm

    def _loads(self, stage: str, children: Ints, seats: Ints) -> Ints:
        """(times, facilities of the stage) children there. children: (times, rows)."""
        return np.array([self.county.loads(stage, self.county.seat(stage, each, seats)) for each in children])

    def _use(self, stage: str, place: int, seats: Ints) -> Ints:
        """(years,) children at it more than without it, in the central forecast."""
        return np.maximum(0, self._loads(stage, self.county.central, seats)[:, place] - self.central[stage][:, place])

    def _in_year(self, use: Ints, ahead: int) -> object:
        year = self.county.settings.study.base_year + ahead
        return int(use[self.county.years.index(year)]) if year in self.county.years else pd.NA

    def _low(self, stage: str, place: int, seats: Ints, use: Ints) -> object:
        """Lower bound of its use in the last of LATER_YEARS, where that is the last year of the futures."""
        central = self._in_year(use, LATER_YEARS[-1])
        if central is pd.NA or self.county.years[-1] != self.county.settings.study.base_year + LATER_YEARS[-1]:
            return pd.NA
        then = self._loads(stage, self.county.futures[:, -1], seats)[:, place]
        return min(int(bounds(np.maximum(0, then - self.last[stage][:, place]))[0]), int(use[-1]))

    def _over_its_life(self, row: int, use: Ints) -> tuple[int, int]:
        """Children × years at it, and what it costs to build and run, from its earliest opening to the last year of the forecast."""
        one, years = self.county.candidates.loc[row], np.array(self.county.years)
        first, lasts = max(int(one["earliest_year"]), years[0]), self.county.options[row].lasts
        there = (years >= first) & (years < (first + lasts if lasts else np.inf))
        return int(use[there].sum()), int(one["cost_yuan"]) + int(one["yearly_yuan"]) * int(there.sum())

    def _lost_elsewhere(self, stage: str, seats: Ints) -> int:
        """Children of another stage who lose their seat: a conversion takes rooms from them."""
        lost = 0
        for other in (other for other in self.stages if other != stage):
            columns = self.county.by_stage[other].columns
            if (seats[columns] != self.county.today[columns]).any():
                then = self.county.assign(other, self.year, seats)
                lost += int(then.unplaced.sum() - self.flows[other].unplaced.sum())
        return lost

    def _near(self, flow: Flow, stage: str) -> int:
        return near(flow, self.county.unit_ways[stage].distance_mm, self.rules, stage)

    def _classes_avoided(self, stage: str, then: Flow, seats: Ints) -> list[Any]:
        """Classes less over each limit of class size; absent where the rules have no such limit."""
        now = self.crowding[stage].too_large(then, seats)
        return [pd.NA if a is None or b is None else a - b for a, b in zip(self.crowded[stage], now, strict=True)]

    def _from_large(self, before: Flow, then: Flow, stage: str, place: int) -> int:
        names = self.county.points.facilities[self.county.by_stage[stage].columns].get_level_values(1)
        large = np.flatnonzero(names.isin(self.large))
        return sum(max(0, _load(before, school) - _load(then, school)) for school in large.tolist() if school != place)

    def _rural_share(self, flow: Flow, place: int) -> float:
        here = flow.school == place
        children = flow.children[here]
        return float(children[self.rural[flow.unit[here]]].sum() / children.sum()) if children.sum() else np.nan


def near(flow: Flow, distance_mm: Ints, rules: RuleSet, stage: str) -> int:
    """Children within the service radius of their school. distance_mm: (units, schools)."""
    limits = [rule.value for rule in rules.of("service_radius") if rule.stage in (None, stage)]
    return int(flow.children[distance_mm[flow.unit, flow.school] <= max(limits, default=0) * 1000].sum())


def _too_large(schools: pd.DataFrame, rules: RuleSet) -> set[str]:
    """Schools on sites with more seats than the size rule of their kind allows."""
    limit = {
        kind: min((r.value for r in rules.of("school_size") if not r.kinds or kind in r.kinds), default=np.inf)
        for kind in set(schools["kind"])
    }
    seats = schools.groupby("campus_id")["seats"].transform("sum")
    return set(schools.loc[seats > schools["kind"].map(limit), "school_id"])


def _load(flow: Flow, place: int) -> int:
    return int(flow.children[flow.school == place].sum())
