"""Classes that the schools of a stage would form if every child is admitted, and how many of them are too large (docs/method/sites.md)."""

from functools import cached_property

import numpy as np

from catchment.assign import Flow
from catchment.construction.county import County
from catchment.construction.points import Ints, Reals
from catchment.forecast.classes import form_classes, splits_of_schools
from catchment.rules import RuleSet
from catchment.tables import CLASS_SIZE, GRADES

LEVELS = ("standard", "oversized")
"""Levels of rule class_size that are counted."""


class Crowding:
    """The children of a stage and year as classes. Children without a seat sit in the nearest school that has any."""

    def __init__(self, county: County, rules: RuleSet, stage: str, year: int) -> None:
        self.county, self.stage, self.year = county, stage, year
        of_stage = [r for r in rules.of("class_size") if r.stage in (None, stage) and not r.relief]
        self.limits = [min((r.value for r in of_stage if r.level == level), default=None) for level in LEVELS]
        self.columns = county.by_stage[stage].columns
        self.ids = county.points.facilities[self.columns].get_level_values(1)

    def too_large(self, flow: Flow, seats: Ints) -> list[int | None]:
        """Classes over each limit of LEVELS, None where the rules have none. seats: (facilities,) of all stages."""
        seats = seats[self.columns]
        pupils = np.rint(self._pupils(flow, seats)).astype(np.int64)
        formed = form_classes(pupils, self._splits, self._rooms(seats))
        usual, more = np.divmod(pupils, np.maximum(formed, 1))
        return [
            None if limit is None else int(((usual > limit) * (formed - more) + (usual + 1 > limit) * more).sum())
            for limit in self.limits
        ]

    def _pupils(self, flow: Flow, seats: Ints) -> Reals:
        """(facilities, grades): a unit's children of all grades go the same ways."""
        found = np.zeros((len(seats), len(GRADES[self.stage])))
        np.add.at(found, flow.school, flow.children[:, None] * self._grades[flow.unit])
        here = self.county.unit_ways[self.stage]
        way = np.where(here.reached & (seats > 0), here.burden_mm, np.iinfo(np.int64).max)
        left = np.flatnonzero((flow.unplaced > 0) & (here.reached & (seats > 0)).any(axis=1))
        np.add.at(found, way[left].argmin(axis=1), flow.unplaced[left, None] * self._grades[left])
        return found

    def _rooms(self, seats: Ints) -> Ints:
        """Today's, and one for every class for which a project adds or takes seats; −1 = not known."""
        schools = self.county.tables["schools"]
        rooms = schools[schools["stage"] == self.stage].set_index("school_id")["rooms"]
        known = np.where(
            self.ids.isin(rooms.index), rooms.reindex(self.ids).to_numpy(dtype=float, na_value=np.nan), 0.0
        )
        more = np.ceil((seats - self.county.today[self.columns]) / CLASS_SIZE[self.stage])
        return np.where(np.isnan(known), -1, np.maximum(known + more, 0)).astype(np.int64)

    @cached_property
    def _grades(self) -> Reals:
        """(units, grades) shares of the children."""
        rows = self.county.tables["demand"]
        rows = rows[(rows["stage"] == self.stage) & (rows["year"] == self.year)]
        wide = rows.pivot_table(index="unit_id", columns="grade", values="children", aggfunc="sum")
        living = wide.reindex(index=self.county.points.units, columns=list(GRADES[self.stage])).fillna(0)
        return (living / np.maximum(living.sum(axis=1), 1).to_numpy()[:, None]).to_numpy(dtype=float)

    @cached_property
    def _splits(self) -> Ints:
        """(facilities, grades) the size from which a school opens one class more: its own, or the standard."""
        usual = CLASS_SIZE[self.stage]
        classes = self.county.tables["classes"]
        own = classes[classes["stage"] == self.stage]
        found = np.full((len(self.ids), len(GRADES[self.stage])), usual, dtype=np.int64)
        if own.empty:
            return found
        for (school, _, grade), split in splits_of_schools(own, CLASS_SIZE).items():
            if school in self.ids and grade in GRADES[self.stage]:
                found[self.ids.get_loc(school), grade - GRADES[self.stage].start] = split
        return found
