"""All years of all scenarios seated under a choice of openings, and the cuts that they make (docs/method/siting.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catchment.siting.branching import Ints
from catchment.siting.instance import PlanInstance
from catchment.siting.master import Master
from catchment.siting.seating import Parts, Seated, gains, parts_of, seat_children, starved, ways_of


@dataclass(frozen=True)
class Trial:
    """there: (options, plan years) shares of the options open by then; seated: by scenario, then by year."""

    there: np.ndarray
    seated: list[list[Seated]]
    starved: bool


class Outlook:
    """Seatings in groups: of a year over all scenarios where the mean counts, each for itself where the worst counts."""

    def __init__(self, instance: PlanInstance) -> None:
        self.instance = instance
        self.ways = ways_of(instance.cost, instance.reach)
        self.scenarios, self.years, _ = instance.children.shape
        self.mean = instance.objective == "expected"
        self.groups = self.years if self.mean else self.years * self.scenarios
        self.taking = [(n, place, lost) for n, option in enumerate(instance.options) for place, lost in option.takes]
        self.parts = [self._parts(year) for year in range(self.years)]

    def _parts(self, year: int) -> Parts:
        """Each facility without options, then what each option adds, then what is left where one takes seats."""
        options, seats = self.instance.options, self.instance.seats[year]
        left = [max(0, int(seats[place]) - lost) for _, place, lost in self.taking]
        places = [option.facility for option in options] + [place for _, place, _ in self.taking]
        none = np.zeros(0, dtype=np.int64)
        return parts_of(
            self.ways,
            np.append(np.arange(len(seats)), [*none, *places]).astype(np.int64),
            np.concatenate([seats, none, [option.seats for option in options], left]).astype(np.int64),
            np.array([0] * len(seats) + [option.least_use for option in options] + [0] * len(left), dtype=np.int64),
            len(seats),
        )

    def trial(self, there: np.ndarray) -> Trial:
        """there: (options, plan years), whole or in shares; shares of seats are rounded down."""
        options = self.instance.options
        seated: list[list[Seated]] = [[] for _ in range(self.scenarios)]
        for year in range(self.years):
            now = self._open(there, year)
            seats, least = self.instance.seats[year].astype(float), np.zeros(self.instance.seats.shape[1])
            for share, option in zip(now, options, strict=True):
                seats[option.facility] += share * option.seats
                least[option.facility] += share * option.least_use
                for place, lost in option.takes:
                    seats[place] -= share * lost
            whole = np.maximum(0, np.floor(seats + 1e-6)).astype(np.int64)
            asked = np.minimum(whole, np.floor(least + 1e-6).astype(np.int64))
            for scenario in range(self.scenarios):
                children = self.instance.children[scenario, year]
                unmet = int(self.instance.unmet[year])
                seated[scenario].append(seat_children(self.ways, children, whole, asked, unmet))
        return Trial(there, seated, any((one.lacking > 0).any() for row in seated for one in row))

    def _gone(self, year: int) -> list[tuple[int, int]]:
        """Options that do not last, with the plan year whose openings have ended by that year."""
        found = ((n, self.instance.gone_year(year, option)) for n, option in enumerate(self.instance.options))
        return [(number, before) for number, before in found if before is not None]

    def _open(self, there: np.ndarray, year: int) -> np.ndarray:
        """(options,) shares that are open in a year."""
        now = there[:, self.instance.plan_year(year)].copy()
        for number, before in self._gone(year):
            now[number] -= there[number, before]
        return now

    def frame(self, master: Master, own: Ints) -> None:
        """The objective η over the groups: their sum, or above each scenario's."""
        burden = master.burden() / master.scale
        z = list(range(len(burden)))
        if self.mean:
            chance = float(self.instance.chance.sum())
            thetas = [master.theta(group) for group in range(self.groups)]
            master.add([*z, *thetas, master.eta], [*(chance * burden), *([1.0] * len(thetas)), -1.0], high=0)
            return
        for scenario in range(self.scenarios):
            thetas = [master.theta(scenario * self.years + year) for year in range(self.years)]
            values = [*burden, *([1.0] * self.years), -1.0]
            master.add([*z, *thetas, master.eta], values, high=float(own[scenario]) / master.scale)

    def cut(self, master: Master, trial: Trial) -> None:
        """A row for each group: θ ≥ Σ children × price − Σ gains at the seats that are there."""
        columns = np.arange(len(self.instance.options)) * self.instance.plan_years
        sums: dict[int, list[Ints]] = {}
        for scenario in range(self.scenarios):
            for year in range(self.years):
                one = trial.seated[scenario][year]
                if (one.lacking > 0).any():
                    self._starved_row(master, year, scenario, one)
                    continue
                factor = int(self.instance.weight[year]) * (int(self.instance.chance[scenario]) if self.mean else 1)
                group = year if self.mean else scenario * self.years + year
                sums.setdefault(group, []).append(factor * self._terms(scenario, year, one))
        for group, terms in sums.items():
            if self.mean and len(terms) < self.scenarios:
                continue
            total, year = np.sum(terms, axis=0) / master.scale, group % self.years
            z = (columns + self.instance.plan_year(year)).tolist()
            gone = self._gone(year)
            ended = [number * self.instance.plan_years + before for number, before in gone]
            back = [-total[number + 1] for number, _ in gone]
            master.add([*z, *ended, master.theta(group)], [*total[1:], *back, -1.0], high=-total[0])

    def _terms(self, scenario: int, year: int, one: Seated) -> Ints:
        """The constant, then (options,) what each adds to the cost (below 0 where it helps)."""
        children = self.instance.children[scenario, year]
        found = gains(self.ways, self.parts[year], children, one.price)
        facilities, options = self.instance.seats.shape[1], len(self.instance.options)
        terms = np.zeros(options + 1, dtype=np.int64)
        terms[0] = children @ one.price - found[:facilities].sum()
        terms[1:] = -found[facilities : facilities + options]
        for number, (option, place, _) in enumerate(self.taking):
            terms[option + 1] += found[place] - found[facilities + options + number]
        return terms

    def _starved_row(self, master: Master, year: int, scenario: int, one: Seated) -> None:
        """Σ least use at facilities that only these points reach ≤ their children."""
        plan_year = self.instance.plan_year(year)
        facilities, points = starved(self.ways, one)
        columns, values = [], []
        for number, option in enumerate(self.instance.options):
            if facilities[option.facility] and option.least_use:
                columns.append(number * self.instance.plan_years + plan_year)
                values.append(float(option.least_use))
                if (before := self.instance.gone_year(year, option)) is not None:
                    columns.append(number * self.instance.plan_years + before)
                    values.append(-float(option.least_use))
        master.add(columns, values, high=float(self.instance.children[scenario, year][points].sum()))

    def objective(self, trial: Trial, own: Ints) -> int:
        """For whole openings: the sum or the greatest, in whole numbers."""
        opened = np.diff(np.rint(trial.there).astype(np.int64), axis=1, prepend=0)
        burdens = np.array([option.burden for option in self.instance.options], dtype=np.int64).reshape(opened.shape)
        burden = int((opened * burdens).sum())
        weight = self.instance.weight.tolist()
        costs = [burden + sum(w * one.cost for w, one in zip(weight, row, strict=True)) for row in trial.seated]
        return self.of_costs(costs, own)

    def of_costs(self, costs: Sequence[int], own: Ints) -> int:
        if self.mean:
            return sum(int(chance) * cost for chance, cost in zip(self.instance.chance, costs, strict=True))
        return max(cost - int(best) for cost, best in zip(costs, own, strict=True))

    def children_at(self, trial: Trial) -> Ints:
        """(scenarios, years, points, facilities) children."""
        found = np.zeros((self.scenarios, self.years, *self.instance.cost.shape), dtype=np.int64)
        for scenario, row in enumerate(trial.seated):
            for year, one in enumerate(row):
                found[scenario, year, self.ways.point, self.ways.facility] = one.flow
        return found
