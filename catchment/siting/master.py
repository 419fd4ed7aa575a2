"""Which option opens when: the program above the seating of children, which it knows by cuts only (docs/method/siting.md)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from catchment.siting.branching import Ints
from catchment.siting.instance import NOT_BUILT, PlanInstance

INFEASIBLE = 2
"""HiGHS's word for it, as scipy passes it on."""


@dataclass(frozen=True)
class Proposal:
    """there: (options, plan years) shares of the options open by then; bound: no plan costs less, by the cuts so far."""

    there: np.ndarray
    bound: float
    ended: bool


@dataclass(frozen=True)
class Row:
    """low ≤ Σ terms ≤ high over columns of the program."""

    columns: np.ndarray
    values: np.ndarray
    low: float
    high: float


class Master:
    """Columns: z[option, plan year] = 1 where the option is open by then; θ of each group of seatings; η, the objective.

    Objective and cuts are divided by `scale`.
    """

    def __init__(self, instance: PlanInstance, groups: int, scale: float) -> None:
        self.instance, self.scale = instance, scale
        self.options, self.years = len(instance.options), instance.plan_years
        self.size = self.options * self.years
        self.groups = groups
        self.forbidden: list[Row] = []
        self.rows = [*_order(instance), *_choices(instance), *_budgets(instance), *_taken(instance)]

    def theta(self, group: int) -> int:
        return self.size + group

    @property
    def eta(self) -> int:
        return self.size + self.groups

    def burden(self) -> np.ndarray:
        """(options × plan years,) what z counts in the objective: opened earlier is opened in that year no more."""
        by_year = np.array([option.burden for option in self.instance.options], dtype=float).reshape(
            self.options, self.years
        )
        later = np.append(by_year[:, 1:], np.zeros((self.options, 1)), axis=1)
        return (by_year - later).ravel()

    def add(self, columns: list[int], values: list[float], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append(Row(np.array(columns, dtype=np.int64), np.array(values, dtype=float), low, high))

    def forbid(self, opens: Ints) -> None:
        """Cut off one choice of opening years."""
        columns, values, ones = [], [], 0
        for option, year in enumerate(opens.tolist()):
            for plan_year in range(self.years):
                there = year != NOT_BUILT and year <= plan_year
                columns.append(option * self.years + plan_year)
                values.append(1.0 if there else -1.0)
                ones += there
        self.forbidden.append(Row(np.array(columns), np.array(values), -np.inf, ones - 1))

    def solve(self, *, whole: bool, gap: float, seconds: float) -> Proposal | None:
        """The best openings by the cuts so far, in whole options or in shares; None if the rules leave none."""
        cost = np.zeros(self.eta + 1)
        cost[self.eta] = 1
        result = self._solved(cost, whole=whole, options={"mip_rel_gap": gap, "time_limit": max(1.0, seconds)})
        if result.status == INFEASIBLE:
            return None
        bound = result.mip_dual_bound if whole else (result.fun if result.status == 0 else None)
        below = -np.inf if bound is None else float(bound) * self.scale
        there = np.zeros(self.size) if result.x is None else np.clip(result.x[: self.size], 0, 1)
        ended = result.x is not None
        return Proposal(there.reshape(self.options, self.years), below - abs(below) * 1e-9, ended)

    def possible(self) -> bool:
        """Whether the rules leave any openings."""
        return bool(self._solved(np.zeros(self.eta + 1), whole=True, options={}).status != INFEASIBLE)

    def _solved(self, cost: np.ndarray, *, whole: bool, options: dict[str, float]) -> OptimizeResult:
        upper, lower = np.full(len(cost), np.inf), np.zeros(len(cost))
        lower[self.eta] = -np.inf
        for number, option in enumerate(self.instance.options):
            upper[number * self.years : (number + 1) * self.years] = np.arange(self.years) >= option.earliest
        rows = self.rows + self.forbidden
        lengths = [len(row.columns) for row in rows]
        matrix = sparse.csr_array(
            (
                np.concatenate([row.values for row in rows]),
                (np.repeat(np.arange(len(lengths)), lengths), np.concatenate([row.columns for row in rows])),
            ),
            shape=(len(lengths), len(cost)),
        )
        limits = LinearConstraint(matrix, [row.low for row in rows], [row.high for row in rows])
        integral = np.zeros(len(cost))
        integral[: self.size] = whole
        return milp(cost, integrality=integral, bounds=Bounds(lower, upper), constraints=limits, options=options)


def opening_years(there: np.ndarray) -> Ints:
    """(options,) from whole z: the first plan year in which each is there, −1 if in none."""
    open_by = there > 0.5
    return np.where(open_by.any(axis=1), open_by.argmax(axis=1), NOT_BUILT).astype(np.int64)


def _row(terms: dict[int, int], high: int) -> Row:
    """Σ terms ≤ high in whole numbers, divided by what divides them all."""
    kept = {column: value for column, value in terms.items() if value}
    divisor = math.gcd(*kept.values()) or 1
    values = np.array([value // divisor for value in kept.values()], dtype=float)
    return Row(np.array(list(kept), dtype=np.int64), values, -np.inf, float(high // divisor))


def _order(instance: PlanInstance) -> list[Row]:
    """What is open stays open; an option is open only where the one it waits for is."""
    years, rows = instance.plan_years, []
    for number, option in enumerate(instance.options):
        z = number * years
        rows += [_row({z + year: 1, z + year + 1: -1}, 0) for year in range(years - 1)]
        if option.after is not None:
            rows += [_row({z + year: 1, option.after * years + year: -1}, 0) for year in range(years)]
    return rows


def _choices(instance: PlanInstance) -> list[Row]:
    """One of a set at most; what must open does by the last plan year."""
    last = instance.plan_years - 1
    rows = [_row({option * instance.plan_years + last: 1 for option in group}, 1) for group in instance.exclusive]
    return rows + [_row({option * instance.plan_years + last: -1}, -1) for option in instance.must]


def _budgets(instance: PlanInstance) -> list[Row]:
    """Payments of each plan year, or up to it where what is left is carried over; payments in all."""
    years = instance.plan_years
    paid: list[dict[int, int]] = [{} for _ in range(years)]
    for number, option in enumerate(instance.options):
        for opens in range(option.earliest, years):
            for year, yuan in option.payments(opens).items():
                # Opens in this year: z[this] − z[the year before].
                for column, sign in ((opens, 1), (opens - 1, -1)):
                    if column >= 0:
                        place = number * years + column
                        paid[year][place] = paid[year].get(place, 0) + sign * yuan
    sums = [_sum(paid[: year + 1]) for year in range(years)]
    limits = np.cumsum(np.array(instance.budget_yuan, dtype=object)) if instance.carry_over else instance.budget_yuan
    rows = [_row(sums[year] if instance.carry_over else paid[year], int(limits[year])) for year in range(years)]
    return rows if instance.total_yuan is None else [*rows, _row(sums[-1], instance.total_yuan)]


def _sum(parts: list[dict[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for part in parts:
        for column, value in part.items():
            total[column] = total.get(column, 0) + value
    return total


def _taken(instance: PlanInstance) -> list[Row]:
    """No more seats go from a facility than it has in any year."""
    years, rows = instance.plan_years, []
    for facility in sorted({facility for option in instance.options for facility, _ in option.takes}):
        for plan_year in range(years):
            last = plan_year == years - 1
            seats = instance.seats[plan_year:, facility].min() if last else instance.seats[plan_year, facility]
            terms = {}
            for number, option in enumerate(instance.options):
                lost = sum(seats_lost for where, seats_lost in option.takes if where == facility)
                terms[number * years + plan_year] = lost
            rows.append(_row(terms, int(seats)))
    return rows
