"""How the children of each stage get to schools and candidates: the modes, barriers and doors that a study tells."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.costs import Way
from catchment.engines.protocol import Router
from catchment.engines.store import content_hash, prepare
from catchment.isochrones import isochrones
from catchment.network import Network
from catchment.paths import draw_way
from catchment.settings import NetworkSettings
from catchment.travel import Barrier, Travel, travel


class Ways:
    """The travel of every stage over one network, each prepared once and kept for its next use."""

    def __init__(
        self, roads: Network, tables: Mapping[str, pd.DataFrame], how: NetworkSettings, folder: Path | None
    ) -> None:
        self.roads, self.tables, self.how, self.folder = roads, tables, how, folder
        self._routers: dict[str, Router] = {}

    def of(self, stage: str, subject: str, ids: pd.Series) -> list[Way]:
        """Daily ways to some schools or candidates, then boarders' ways to those that take boarders."""
        told = self.how.travel_of(stage)
        ways = [self._way(str(told.mode), stage, subject, ids, int(told.reach_m or 0))]
        if told.boarding_mode and subject == "school":
            schools = self.tables["schools"]
            boarding = ids[ids.isin(schools.loc[schools["boarding"] & (schools["stage"] == stage), "school_id"])]
            ways.append(self._way(told.boarding_mode, "", subject, boarding, told.boarding_reach_m))
        return ways

    def _way(self, mode: str, stage: str, subject: str, ids: pd.Series, reach_m: int) -> Way:
        """A mode's way; barriers bind day pupils of a stage, boarders (no stage) are brought."""
        described = self.how.mode_of(mode)
        own = travel(self.roads, mode, described, self.barriers(stage))
        joins = self.tables["joins"][self.tables["joins"]["uses"] == described.uses]
        gates = joins[(joins["subject"] == subject) & joins["subject_id"].isin(ids)]
        return Way(own, self._router(own), joins[joins["subject"] == "cell"], gates, reach_m, described.speed_kmh)

    def barriers(self, stage: str) -> list[Barrier]:
        """What the day pupils of a stage do not cross freely."""
        lines, none = np.asarray(self.tables["barriers"].geometry.values), np.empty(0, dtype=object)
        return [
            Barrier(b.classes, none if b.classes else lines, None if b.penalty_m is None else b.penalty_m * 1000)
            for b in self.how.barriers
            if stage in b.stages
        ]

    def line(self, stage: str, cell_id: str, school_id: str) -> shapely.LineString | None:
        """The way from a cell to a school as a line, daily or else as a boarder's; None where there is none."""
        cell = (
            self.tables["cells"]
            .rename(columns={"cell_id": "subject_id"})
            .set_index("subject_id", drop=False)
            .loc[cell_id]
        )
        columns = ["subject_id", "gate", "x_m", "y_m"]
        gates = self.tables["gates"].rename(columns={"school_id": "subject_id"})[columns]
        schools = self.tables["schools"].rename(columns={"school_id": "subject_id"}).assign(gate=1)
        own = gates[gates["subject_id"] == school_id]
        doors = own if len(own) else schools.loc[schools["subject_id"] == school_id, columns].head(1)
        found = (draw_way(self.roads, way, cell, doors) for way in self.of(stage, "school", pd.Series([school_id])))
        return next((line for line in found if line is not None), None)

    def isochrones(self, stage: str, ids: pd.Series, bands_m: tuple[int, ...]) -> gpd.GeoDataFrame:
        """Bands of ground by distance to the nearest of some schools; crossings count nothing, closed ones stay closed."""
        described = self.how.mode_of(str(self.how.travel_of(stage).mode)).model_copy(update={"by": "distance"})
        own = travel(self.roads, "", described, [b for b in self.barriers(stage) if b.penalty_mm is None])
        joins = self.tables["joins"][self.tables["joins"]["uses"] == described.uses]
        gates = joins[(joins["subject"] == "school") & joins["subject_id"].isin(ids)]
        walls = np.asarray(self.tables["water"].geometry.values)
        return isochrones(self.roads, own, self._router(own), gates, bands_m, walls).assign(stage=stage)

    def _router(self, own: Travel) -> Router:
        key = content_hash(own.arcs)
        if key not in self._routers:
            self._routers[key] = prepare(self.how.engine, own.arcs, self.folder)
        return self._routers[key]
