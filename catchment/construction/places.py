"""Places where no school stands: a unit's door on the roads, and the ways there (docs/method/sites.md)."""

from dataclasses import replace

import numpy as np
import pandas as pd

from catchment.construction.county import County
from catchment.construction.points import Flags, Ints, ways_to
from catchment.costs import matrix, measure
from catchment.ways import Ways

PLACE = "place"


class Places:
    """A stage's children on their way to schools that are not there, told as all ways are.

    A unit's door is where its cell with most people joins the roads.
    """

    def __init__(self, county: County, ways: Ways, stage: str) -> None:
        self.county, self.stage = county, stage
        how = county.settings.network
        told = how.travel_of(stage)
        self.reach_m = int(told.reach_m or 0)
        joins, cells = county.tables["joins"], county.tables["cells"]
        own = joins[(joins["subject"] == "cell") & (joins["uses"] == how.mode_of(str(told.mode)).uses)]
        joined = cells[cells["cell_id"].isin(own["subject_id"])]
        first = joined.sort_values(["unit_id", "people", "cell_id"], ascending=[True, False, True])
        door = first.drop_duplicates("unit_id").set_index("cell_id")["unit_id"]
        here = own[own["subject_id"].isin(door.index)]
        here = here.assign(subject=PLACE, subject_id=door.reindex(here["subject_id"]).to_numpy())
        self.ways = Ways(ways.roads, {**ways.tables, "joins": pd.concat([joins, here])}, how, ways.folder)
        self.units = county.tables["units"].set_index("unit_id", drop=False)
        self.candidates = self.units.index[self.units.index.isin(door)]

    def costs(self, names: pd.Index) -> pd.DataFrame:
        """Rows like those of `unit_costs` from every unit in reach to some units' doors."""
        cells, near = self.county.tables["cells"], self._near(names)
        some = cells[cells["unit_id"].isin(near)]
        ways = [
            replace(way, cells=way.cells[way.cells["subject_id"].isin(some["cell_id"])])
            for way in self.ways.of(self.stage, PLACE, pd.Series(names))
        ]
        return measure(ways, some, names, stage=self.stage, subject=PLACE, nearest=0)[1]

    def _near(self, names: pd.Index) -> pd.Index:
        """Units whose middle lies within reach of a door as the crow flies: others have a cell farther away, so no way."""
        places = self.units.loc[names, ["x_m", "y_m"]].to_numpy()
        at = self.units[["x_m", "y_m"]].to_numpy()
        low, high = places.min(axis=0) - self.reach_m, places.max(axis=0) + self.reach_m
        return self.units.index[((at >= low) & (at <= high)).all(axis=1)]

    def of_points(self, costs: pd.DataFrame, names: pd.Index) -> tuple[Ints, Flags]:
        """(points, places) what ways count, and whether they are ways."""
        return ways_to(self.county.points, self.county.tables["units"], costs, names)

    def of_units(self, costs: pd.DataFrame, names: pd.Index) -> tuple[Ints, Ints, Flags]:
        """(units, places) what ways count, how long they are in millimetres, and whether they are ways."""
        burden, reached = matrix(costs, self.county.points.units, names)
        return burden, matrix(costs, self.county.points.units, names, "distance_mm")[0], reached

    def within(self, name: str, metres: float) -> pd.Index:
        """Units whose middle lies so near to that of another, in a straight line."""
        one, doors = self.units.loc[name], self.units.loc[self.candidates]
        return self.candidates[(np.hypot(doors["x_m"] - one["x_m"], doors["y_m"] - one["y_m"]) <= metres).to_numpy()]

    def middles(self) -> pd.Index:
        """For every demand point the unit nearest to its people's middle: places from all over the county."""
        points = self.county.points
        units = self.units.loc[points.units].assign(point=points.point)
        weight = units["people"] + 1e-9
        sums = (
            pd.DataFrame({"x": units["x_m"] * weight, "y": units["y_m"] * weight, "w": weight})
            .groupby(points.point)
            .sum()
        )
        middle = sums.div(sums["w"], axis=0).loc[points.point]
        away = np.hypot(
            units["x_m"].to_numpy() - middle["x"].to_numpy(), units["y_m"].to_numpy() - middle["y"].to_numpy()
        )
        rows = units[units.index.isin(self.candidates)].assign(away=pd.Series(away, index=units.index))
        chosen = rows.reset_index(drop=True).sort_values(["point", "away", "unit_id"]).drop_duplicates("point")
        return pd.Index(sorted(chosen["unit_id"]))
