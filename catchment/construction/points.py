"""Demand points: units near each other gathered, with their ways to schools and candidates, and their children in every future."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catchment.siting.seating import Ways, ways_of

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_UNREACHED = 0.5
"""A facility that less than this share of a point's people reach is none of theirs."""
DM = 100
"""Millimetres in the decimetres that ways are counted in here."""


@dataclass(frozen=True)
class Points:
    """Rows: a stage's demand points, stage after stage.

    units: ids; point: (units,) the demand point within a stage; count: of points; stages; facilities: (stage, facility id) of
    each column; cost_dm, reach: (rows, facilities) what a child's way counts, and whether it is one.
    """

    units: pd.Index
    point: Ints
    count: int
    stages: tuple[str, ...]
    facilities: pd.MultiIndex
    cost_dm: Ints
    reach: Flags

    @property
    def ways(self) -> Ways:
        return ways_of(self.cost_dm, self.reach)

    def rows_of(self, stage: str) -> slice:
        start = self.stages.index(stage) * self.count
        return slice(start, start + self.count)

    def of_units(self, values: Reals, stage: str) -> Reals:
        """(rows,) sums over the units of each point, 0 for other stages. values: (units,)."""
        found = np.zeros(self.count * len(self.stages))
        found[self.rows_of(stage)] = np.bincount(self.point, weights=values, minlength=self.count)
        return found


def gather_units(units: pd.DataFrame, costs: pd.DataFrame, stages: tuple[str, ...], *, count: int, seed: int) -> Points:
    """Units near each other become one demand point (k-means on their places, weighted by people).

    units: table `units`; costs: table `unit_costs`. A way is the mean over the point's people.
    """
    from sklearn.cluster import KMeans

    count = min(count, len(units))
    places, people = units[["x_m", "y_m"]].to_numpy(), units["people"].to_numpy(dtype=float)
    point = KMeans(count, n_init=3, random_state=seed).fit(places, sample_weight=people + 1e-9).labels_.astype(np.int64)
    ids = pd.Index(units["unit_id"])
    facilities = pd.MultiIndex.from_frame(
        costs[["stage", "facility_id"]].drop_duplicates().sort_values(["stage", "facility_id"])
    )
    unit, column = (
        ids.get_indexer(costs["unit_id"]),
        facilities.get_indexer(pd.MultiIndex.from_frame(costs[["stage", "facility_id"]])),
    )
    stage = costs["stage"].map({name: number for number, name in enumerate(stages)}).to_numpy()
    whole = np.tile(np.bincount(point, weights=people, minlength=count), len(stages))
    pairs = (stage * count + point[unit], column, people[unit], costs["burden_mm"].to_numpy())
    mean, reach = _mean_ways(pairs, whole, len(facilities))
    return Points(ids, point, count, stages, facilities, mean, reach)


def ways_to(points: Points, units: pd.DataFrame, costs: pd.DataFrame, places: pd.Index) -> tuple[Ints, Flags]:
    """(points of a stage, places) what a child's way counts in decimetres, and whether it is one, as in `gather_units`.

    units: table `units`; costs: a stage's rows like those of `unit_costs`, facility_id among the places.
    """
    people = units.set_index("unit_id")["people"].reindex(points.units).to_numpy(dtype=float)
    unit, column = points.units.get_indexer(costs["unit_id"]), places.get_indexer(costs["facility_id"])
    whole = np.bincount(points.point, weights=people, minlength=points.count)
    pairs = (points.point[unit], column, people[unit], costs["burden_mm"].to_numpy())
    return _mean_ways(pairs, whole, len(places))


def _mean_ways(pairs: tuple[Ints, Ints, Reals, Ints], whole: NDArray[Any], facilities: int) -> tuple[Ints, Flags]:
    """(rows, facilities) mean decimetres over the people, and whether enough of them have a way.

    pairs: row, facility, people and millimetres of every way; whole: (rows,) people.
    """
    row, column, weight, burden_mm = pairs
    reached, burden = np.zeros((len(whole), facilities)), np.zeros((len(whole), facilities))
    np.add.at(reached, (row, column), weight)
    np.add.at(burden, (row, column), weight * burden_mm)
    reach = (reached > 0) & (reached >= MOST_UNREACHED * whole[:, None])
    mean = np.where(reach, np.rint(burden / np.maximum(reached, 1e-12) / DM), 0).astype(np.int64)
    return mean, reach


def children_of(points: Points, demand: pd.DataFrame, draws: pd.DataFrame, area: pd.Series, years: list[int]) -> Ints:
    """(draws, years, rows) whole children of each point in every future.

    demand: table `demand`, the central forecast; draws: table `draws`; area: area_id by unit id. A unit's children follow
    the pupils of its area in that future; areas without a ratio follow the county's (`*`).
    """
    areas = pd.Index(sorted(set(area)))
    of_unit = areas.get_indexer(area.reindex(points.units))
    numbers = sorted(draws["draw"].unique())
    found = np.zeros((len(numbers), len(years), points.count * len(points.stages)), dtype=np.int64)
    sums = demand[demand["year"].isin(years)].groupby(["stage", "year", "unit_id"])["children"].sum()
    for stage in points.stages:
        ratio = _ratios(draws[draws["stage"] == stage], numbers, areas, years)
        for at, year in enumerate(years):
            living = (
                sums.get((stage, year), pd.Series(dtype=float)).reindex(points.units).fillna(0).to_numpy(dtype=float)
            )
            for number in range(len(numbers)):
                exact = points.of_units(living * ratio[number, of_unit, at], stage)
                found[number, at] += np.rint(exact).astype(np.int64)
    return found


def _ratios(draws: pd.DataFrame, numbers: list[int], areas: pd.Index, years: list[int]) -> Reals:
    """(draws, areas, years)."""
    wide = draws.pivot_table(index=["draw", "area_id"], columns="year", values="ratio").reindex(columns=years)
    county = wide.reindex(pd.MultiIndex.from_product([numbers, ["*"]])).fillna(1.0).to_numpy()
    own = (
        wide.reindex(pd.MultiIndex.from_product([numbers, areas]))
        .to_numpy()
        .reshape(len(numbers), len(areas), len(years))
    )
    return np.where(np.isnan(own), county[:, None, :], own)
