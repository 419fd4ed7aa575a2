"""Everything that ranking and plan look at: demand points, their children in every future, seats, candidates as options."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from catchment.assign import Flow, assign_children
from catchment.construction.points import Flags, Ints, Points, children_of, gather_units
from catchment.construction.projects import PER_METRE, facility_of, options_of, seats_today
from catchment.costs import matrix, of_stage
from catchment.settings import Settings
from catchment.siting.instance import Option
from catchment.siting.seating import Seated, Ways, seat_children, ways_of

CENTRAL = -1
"""The central forecast, beside the numbers of the futures."""
Tables = Mapping[str, pd.DataFrame | gpd.GeoDataFrame]
Built = Mapping[int, int]
"""Row of a candidate → its first autumn."""


@dataclass(frozen=True)
class County:
    """tables: of a run up to the step `assignment`; options: one for each candidate, in the order of the table."""

    tables: Tables
    settings: Settings
    points: Points
    options: tuple[Option, ...]
    today: Ints

    @cached_property
    def candidates(self) -> pd.DataFrame:
        return self.tables["candidates"].reset_index(drop=True)

    @cached_property
    def area(self) -> pd.Series:
        return self.tables["units"].set_index("unit_id")["area_id"]

    @cached_property
    def years(self) -> list[int]:
        """Years of the futures."""
        return sorted(int(year) for year in self.tables["draws"]["year"].unique())

    @cached_property
    def futures(self) -> Ints:
        """(futures, years, rows) children."""
        return children_of(self.points, self.tables["demand"], self.tables["draws"], self.area, self.years)

    @cached_property
    def central(self) -> Ints:
        """(years, rows) children of the central forecast."""
        one = [(0, "*", stage, year, 1.0) for stage in self.points.stages for year in self.years]
        draws = pd.DataFrame(one, columns=["draw", "area_id", "stage", "year", "ratio"])
        return children_of(self.points, self.tables["demand"], draws, self.area, self.years)[0]

    def facility(self, row: int) -> int:
        """Column of the facility that a candidate builds, moves, extends or closes."""
        one = self.candidates.loc[row]
        return int(self.points.facilities.get_loc((one["stage"], facility_of(one))))

    def place(self, row: int) -> int:
        """The same among the facilities of its stage."""
        columns = self.by_stage[str(self.candidates.loc[row, "stage"])].columns
        return int(np.flatnonzero(columns == self.facility(row))[0])

    def seats(self, built: Built, year: int) -> Ints:
        """(facilities,) seats in a year with some candidates built."""
        seats = self.today.copy()
        for row, opens in built.items():
            option = self.options[row]
            if opens <= year and (option.lasts is None or year < opens + option.lasts):
                seats[option.facility] += option.seats
                for place, lost in option.takes:
                    seats[place] -= lost
        return np.maximum(seats, 0)

    @cached_property
    def by_stage(self) -> dict[str, "StageWays"]:
        return {stage: _stage_ways(self.points, stage, self.settings.plan.unmet_m) for stage in self.points.stages}

    def seat(self, stage: str, children: Ints, seats: Ints) -> Seated:
        """A stage's children seated best. children: (rows,), seats: (facilities,), both of all stages."""
        here = self.by_stage[stage]
        own = seats[here.columns]
        return seat_children(here.ways, children[self.points.rows_of(stage)], own, np.zeros_like(own), here.unmet_dm)

    def loads(self, stage: str, seated: Seated) -> Ints:
        """(facilities of the stage,) children at each."""
        here = self.by_stage[stage]
        return np.bincount(here.ways.facility, weights=seated.flow, minlength=len(here.columns)).astype(np.int64)

    def assign(self, stage: str, year: int, seats: Ints) -> Flow:
        """The central forecast's children of a stage, unit by unit, exactly (docs/method/assignment.md)."""
        here = self.unit_ways[stage]
        return assign_children(
            self.living(stage, year), seats[self.by_stage[stage].columns], here.burden_mm, here.reached
        )

    def living(self, stage: str, year: int) -> Ints:
        """(units,) children of the central forecast."""
        rows = self.tables["demand"]
        rows = rows[(rows["stage"] == stage) & (rows["year"] == year)].groupby("unit_id")["children"].sum()
        return rows.reindex(self.points.units, fill_value=0).to_numpy(dtype=np.int64)

    @cached_property
    def unit_ways(self) -> dict[str, "UnitWays"]:
        return {stage: self._unit_ways(stage) for stage in self.points.stages}

    def _unit_ways(self, stage: str) -> "UnitWays":
        ids = pd.Index(self.points.facilities[self.by_stage[stage].columns].get_level_values(1))
        costs = of_stage(self.tables["unit_costs"], stage)
        burden, reached = matrix(costs, self.points.units, ids)
        return UnitWays(burden, matrix(costs, self.points.units, ids, "distance_mm")[0], reached)


@dataclass(frozen=True)
class UnitWays:
    """(units, facilities of a stage) what a way counts, how long it is, and whether it is one."""

    burden_mm: Ints
    distance_mm: Ints
    reached: Flags


@dataclass(frozen=True)
class StageWays:
    """ways: of a stage's rows and facilities; columns: (stage's facilities,) of all; unmet_dm: what a child without a seat counts."""

    ways: Ways
    columns: Ints
    unmet_dm: int


def _stage_ways(points: Points, stage: str, unmet_m: int) -> StageWays:
    rows, columns = points.rows_of(stage), np.flatnonzero(points.facilities.get_level_values(0) == stage)
    cost, reach = points.cost_dm[rows][:, columns], points.reach[rows][:, columns]
    unmet_dm = unmet_m * PER_METRE
    return StageWays(ways_of(cost, reach & (cost < unmet_dm)), columns, unmet_dm)


def county_of(tables: Tables, settings: Settings) -> County:
    """The county of a run. tables: up to the step `assignment`."""
    candidates = tables["candidates"].reset_index(drop=True)
    stages = tuple(sorted(set(tables["schools"]["stage"]) | set(candidates["stage"])))
    points = gather_units(
        tables["units"], tables["unit_costs"], stages, count=settings.plan.clusters, seed=settings.study.seed
    )
    last_year = int(tables["draws"]["year"].max())
    options = options_of(candidates, tables["schools"], points, settings.plan, settings.plan_years, last_year)
    return County(tables, settings, points, options, seats_today(points, tables["schools"]))
