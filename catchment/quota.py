"""Places of senior schools shared out to junior schools by named, exact methods (docs/method/quota.md)."""

import heapq
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from catchment.doors import conform
from catchment.errors import Infeasible, SettingsError, problem
from catchment.settings import QuotaSettings
from catchment.tables import QUOTA, QUOTA_CHANGES

Counts = NDArray[np.int64]
COST_SCALE = 10**12
"""Costs of places are logarithms in whole numbers of this fine a step."""


def sainte_lague(
    weights: Sequence[Fraction | int],
    places: int,
    *,
    floor: Sequence[int] | None = None,
    cap: Sequence[int] | None = None,
) -> list[int]:
    """Whole places by weight with the divisors 1, 3, 5 … (Sainte-Laguë, Webster), each within its floor and cap.

    One place after another goes to the largest weight / (2 · places so far + 1), beginning at the floors; of equal
    ones to the larger weight, then to the earlier one. Equivalent to rounding weight / divisor to the nearest whole number
    between floor and cap. One place more never takes one from anybody (house monotone), and a weight that grows against another
    never loses to it (population monotone); the quota ⌊q⌋, ⌈q⌉ may be left.

    Raises Infeasible if the floors need more places than there are, or the caps leave some over.
    """
    given = list(floor) if floor else [0] * len(weights)
    most = list(cap) if cap else [places] * len(weights)
    open_to = [
        min(limit, places) if weight > 0 else least for weight, limit, least in zip(weights, most, given, strict=True)
    ]
    _check_bounds(given, open_to, places)
    queue = [
        (-Fraction(weight) / (2 * least + 1), -Fraction(weight), number)
        for number, (weight, least) in enumerate(zip(weights, given, strict=True))
        if least < open_to[number]
    ]
    heapq.heapify(queue)
    for _ in range(places - sum(given)):
        _, weight, number = heapq.heappop(queue)
        given[number] += 1
        if given[number] < open_to[number]:
            heapq.heappush(queue, (weight / (2 * given[number] + 1), weight, number))
    return given


def largest_remainder(weights: Sequence[Fraction | int], places: int) -> list[int]:
    """Whole places by weight: the whole part of each quota, then one more to the largest remainders (Hamilton).

    Always within the quota ⌊q⌋, ⌈q⌉, but one place more may take one from somebody (Alabama paradox). Of equal
    remainders the larger weight comes first, then the earlier one.

    Raises Infeasible if there are places and no weight.
    """
    whole = sum(map(Fraction, weights), Fraction(0))
    if whole == 0:
        _check_bounds([0] * len(weights), [0] * len(weights), places)
        return [0] * len(weights)
    quotas = [Fraction(weight) * places / whole for weight in weights]
    given = [int(quota) for quota in quotas]
    order = sorted(range(len(weights)), key=lambda n: (given[n] - quotas[n], -weights[n], n))
    for number in order[: places - sum(given)]:
        given[number] += 1
    return given


METHODS = {"sainte_lague": sainte_lague, "largest_remainder": largest_remainder}


def quotas(weights: Sequence[Fraction | int], places: int) -> list[Fraction]:
    """What each would have if places could be cut: weight / Σ weights · places."""
    whole = sum(map(Fraction, weights), Fraction(0))
    return [Fraction(weight) * places / whole if whole else Fraction(0) for weight in weights]


def loses_by_one_more(weights: Sequence[Fraction | int], places: int) -> list[int]:
    """Who would have fewer places by largest remainder if there were one more: numbers of the weights, usually none."""
    now, then = (largest_remainder(weights, count) for count in (places, places + 1))
    return [number for number, (before, after) in enumerate(zip(now, then, strict=True)) if after < before]


def biproportional(weights: NDArray[np.float64], rows: Sequence[int], columns: Sequence[int]) -> Counts:
    """Whole places of a table with given row and column totals, as proportional to the weights as both allow.

    Sainte-Laguë in both directions (Balinski and Demange 1989): minimises Σ over the places of log((k − ½) / weight), k the
    place's number in its cell, as a flow of least cost. A cell without weight has no place.

    Raises Infeasible if row and column totals differ, or the cells with weight cannot carry them.
    """
    if sum(rows) != sum(columns):
        what, remedy = "rows have {of_rows} places and columns {of_columns}", "both totals must be the same"
        raise Infeasible(problem(what, remedy, of_rows=sum(rows), of_columns=sum(columns)))
    flow = min_cost_flow.SimpleMinCostFlow()
    cells = []
    for row, column in zip(*np.nonzero(weights > 0), strict=True):
        most = min(rows[row], columns[column])
        steps = np.log((np.arange(1, most + 1) - 0.5) / weights[row, column])
        for cost in np.rint(steps * COST_SCALE).astype(np.int64):
            cells.append((int(row), int(column)))
            flow.add_arc_with_capacity_and_unit_cost(int(row), len(rows) + int(column), 1, int(cost))
    for node, supply in enumerate([*rows, *(-total for total in columns)]):
        flow.set_node_supply(node, int(supply))
    if flow.solve() != flow.OPTIMAL:
        what, remedy = "the places cannot be shared out so that both totals are met", "see which cells have no weight"
        raise Infeasible(problem(what, remedy))
    table = np.zeros(weights.shape, dtype=np.int64)
    for arc, (row, column) in enumerate(cells):
        table[row, column] += flow.flow(arc)
    return table


def share_places(pupils: pd.DataFrame, schools: pd.DataFrame, how: QuotaSettings) -> pd.DataFrame:
    """Table `quota`: places of every senior school for every junior school with graduates.

    pupils: school_id, pupils of grade 9. First all places together go to the junior schools by graduates × tilt; with
    several senior schools each one's places are then shared so that its own total and every junior school's are met
    (biproportional).

    Raises SettingsError if no senior school is named, Infeasible if floors or totals cannot be met.
    """
    if not how.senior:
        what, remedy = "no senior school is named", "name them in [[quota.senior]]: name, plan, places"
        raise SettingsError(problem(what, remedy, where="study.toml"))
    rows, tilt = _weighed(pupils, schools, how)
    weights = [weight * int(count) for weight, count in zip(tilt, rows["pupils"], strict=True)]
    columns = [senior.given for senior in how.senior]
    totals = _totals(weights, how)
    shares = np.outer([float(weight) for weight in weights], columns)
    table = biproportional(shares, totals, columns)
    parts = [
        rows[["school_id"]].assign(
            senior=senior.name, graduates=rows["pupils"], tilt=[float(each) for each in tilt],
            entitled=[float(each) for each in quotas(weights, senior.given)], places=table[:, number],
        )
        for number, senior in enumerate(how.senior)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[QUOTA.names]


def _weighed(pupils: pd.DataFrame, schools: pd.DataFrame, how: QuotaSettings) -> tuple[pd.DataFrame, list[Fraction]]:
    """The junior schools with graduates, in the order of their codes, and the weight of one graduate of each."""
    setting = schools[schools["stage"] == "junior"].set_index("school_id")["setting"]
    rows = pupils[pupils["pupils"] > 0].sort_values("school_id", ignore_index=True)
    return rows, [Fraction(str(how.tilt.get(setting.get(school, ""), 1.0))) for school in rows["school_id"]]


def _totals(weights: Sequence[Fraction | int], how: QuotaSettings) -> list[int]:
    """Places of each junior school of all senior schools together."""
    places = sum(senior.given for senior in how.senior)
    if how.method == "sainte_lague":
        return sainte_lague(weights, places, floor=[how.least] * len(weights))
    return largest_remainder(weights, places)


def places_at_stake(pupils: pd.DataFrame, schools: pd.DataFrame, how: QuotaSettings) -> pd.DataFrame:
    """Table `quota_changes`: how many graduates more would bring each junior school a place, and take one from whom.

    The same for fewer. Looked for up to a tenth of the school's graduates, ten at least; absent where nothing changes.
    """
    rows, tilt = _weighed(pupils, schools, how)
    counts = [int(count) for count in rows["pupils"]]
    now = _totals([w * n for w, n in zip(tilt, counts, strict=True)], how)
    found = []
    for own, school in enumerate(rows["school_id"]):
        more, fewer = (_first_change(own, counts, tilt, now, how, sign) for sign in (1, -1))
        found.append({
            "school_id": school, "graduates": counts[own], "places": now[own], "more_graduates": more[0],
            "taken_from": None if more[1] is None else rows["school_id"][more[1]], "fewer_graduates": fewer[0],
            "given_to": None if fewer[1] is None else rows["school_id"][fewer[1]],
        })  # fmt: skip
    return conform(QUOTA_CHANGES, pd.DataFrame(found, columns=QUOTA_CHANGES.names))


def _first_change(
    own: int, counts: list[int], tilt: list[Fraction], now: list[int], how: QuotaSettings, sign: int
) -> tuple[int | None, int | None]:
    """Graduates more (sign 1) or fewer (−1) at which a school's places first change, and the other school that is touched."""
    for step in range(1, min(max(counts[own] // 10, 10), counts[own] - 1 if sign < 0 else counts[own] + 10) + 1):
        then = _totals(
            [w * (n + sign * step * (k == own)) for k, (w, n) in enumerate(zip(tilt, counts, strict=True))], how
        )
        if (then[own] - now[own]) * sign > 0:
            other = next((k for k in range(len(now)) if k != own and (then[k] - now[k]) * sign < 0), None)
            return step, other
    return None, None


def _check_bounds(least: Sequence[int], most: Sequence[int], places: int) -> None:
    if sum(least) > places:
        what, remedy = "the floors need {needed} places, there are {places}", "lower the floors"
        raise Infeasible(problem(what, remedy, needed=sum(least), places=places))
    if sum(most) < places:
        what, remedy = "only {open} of {places} places can be given", "raise the caps, or give weights"
        raise Infeasible(problem(what, remedy, open=sum(most), places=places))
