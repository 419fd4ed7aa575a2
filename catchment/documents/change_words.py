"""Where a changed place lies: the ground that goes from one school to another in words, and the house numbers on it."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from catchment.documents.origin import Desk
from catchment.tables import TABLES
from catchment.zone_text import Proof, no_texts, write_texts
from catchment.zone_text.gazetteer import gazetteer_of
from catchment.zone_text.settled import settled

PAIR = ["stage", "old_id", "new_id"]


@dataclass(frozen=True)
class ChangedGround:
    """changes: of a run, a row for each unit (`changes_of`)."""

    desk: Desk
    changes: pd.DataFrame

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Each former and new school once, in the order of the changes: stage, old_id, new_id, no (from 1 in each stage), label."""
        pairs = self.changes[PAIR].drop_duplicates(ignore_index=True)
        pairs = pairs.assign(no=pairs.groupby("stage").cumcount() + 1)
        return pairs.assign(label=pairs["no"].astype(str))

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        """The run's tables with what moves from one school to another as a zone of its own, and what stays as one more."""
        zones = self.desk.tables["zones"]
        zones = zones[zones["stage"].isin(self.changes["stage"])]
        moved = self.changes[[*PAIR, "unit_id"]].merge(self.pairs, on=PAIR, validate="m:1")
        zones = zones.merge(moved[["stage", "unit_id", "label"]], on=["stage", "unit_id"], how="left", validate="1:1")
        return {**self.desk.tables, "zones": zones.assign(school_id=zones["label"].fillna("")).drop(columns="label")}

    @cached_property
    def _told(self) -> dict[str, pd.DataFrame]:
        if self.changes.empty:
            return no_texts(self.desk.tables["units"].crs)
        return write_texts(self._tables, self.desk.settings, self.desk.language)

    @property
    def texts(self) -> pd.DataFrame:
        """stage, old_id, new_id, text."""
        texts = self._told["zone_texts"][["stage", "school_id", "text"]]
        named = self.pairs.merge(texts, left_on=["stage", "label"], right_on=["stage", "school_id"], validate="1:1")
        return named[[*PAIR, "text"]]

    @property
    def grounds(self) -> gpd.GeoDataFrame:
        """The ground that these words mean: stage, no, geometry."""
        drawn = self._told["zone_grounds"]
        named = drawn.merge(self.pairs, left_on=["stage", "school_id"], right_on=["stage", "label"], validate="1:1")
        return gpd.GeoDataFrame(named[["stage", "no", "geometry"]], crs=drawn.crs)

    @property
    def points(self) -> pd.DataFrame:
        """The numbered points that these words name: stage, area_id, number, x_m, y_m."""
        texts, points = self._told["zone_texts"], self._told["zone_text_points"]
        named = texts.assign(point=texts["point_ids"].str.split()).explode("point")
        named = set(named[named["school_id"] != ""][["stage", "point"]].itertuples(index=False, name=None))
        keys = zip(points["stage"], points["area_id"] + "/" + points["number"].astype(str), strict=True)
        return points[[key in named for key in keys]]

    @property
    def proved(self) -> bool:
        """Whether the words say of every child and house number what the map says."""
        proof = Proof(self._told["zone_text_proof"], self._told["zone_texts"])
        left = proof.left(self.desk.settings.zone_text.tolerance_children)
        return left[left["kind"] != "enclave"].empty  # what moves may well lie apart

    def doors(self) -> pd.DataFrame:
        """House numbers and hamlets that change: stage, area, street, number, place, old_id, new_id, unit_id."""
        gazetteer = gazetteer_of(self._tables)
        rows = [TABLES["addresses"].empty().assign(stage="", area="", label="", unit_id="")]
        for stage in self.changes["stage"].unique():
            for area in settled(self._tables, gazetteer, stage):
                labels = np.asarray(area.schools)[area.owner[len(area.cells) :]]
                units = area.cells["unit_id"].to_numpy()[area.home]
                rows.append(area.addresses.assign(stage=stage, label=labels, unit_id=units))
        doors = pd.concat(rows, ignore_index=True).merge(self.pairs, on=["stage", "label"], validate="m:1")
        order = ["stage", "area", "street", "place", "number"]
        kept = ["stage", "area", "street", "number", "place", "old_id", "new_id", "unit_id"]
        return doors.sort_values(order, kind="stable", ignore_index=True)[kept]
