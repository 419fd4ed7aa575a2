"""Who lives where, and whose zone that is: what texts are made from and proved against."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from catchment.apportion import round_within
from catchment.zone_text.borders import Homes, Ints, owner_at
from catchment.zone_text.gazetteer import Gazetteer, Tables, area_labels


@dataclass(frozen=True)
class Settled:
    """A stage's people in one area: cells first, then addresses.

    cells: unit_id, children, x_m, y_m; addresses: as in the gazetteer; owner: (cells + addresses,) row of `schools`; home: (addresses,) row of
    the cell nearest to each.
    """

    area_id: str
    area: str
    schools: pd.Index
    homes: Homes
    cells: pd.DataFrame
    addresses: pd.DataFrame
    owner: Ints
    home: Ints

    @property
    def xy(self) -> NDArray[np.float64]:
        return np.vstack([rows[["x_m", "y_m"]].to_numpy(dtype=float) for rows in (self.cells, self.addresses)])


def settled(tables: Tables, gazetteer: Gazetteer, stage: str) -> Iterator[Settled]:
    """The people of a stage, area by area. An address belongs to the zone of its unit; only units of its own area count."""
    zones = tables["zones"][tables["zones"]["stage"] == stage].set_index("unit_id")
    schools = pd.Index(np.unique(zones["school_id"].to_numpy(dtype=str)))
    row_of = pd.Series(schools.get_indexer(zones["school_id"]), index=zones.index)
    cells = tables["cells"].sort_values("cell_id").assign(children=children_of(tables["cells"], zones["children"]))
    labels = area_labels(tables["areas"])
    for area_id in sorted(labels.index):
        units = tables["units"][tables["units"]["area_id"] == area_id]
        own = cells[cells["area_id"] == area_id].reset_index(drop=True)
        if own.empty:
            continue
        parts, number = shapely.get_parts(units.geometry.to_numpy(), return_index=True)
        xy, owner = own[["x_m", "y_m"]].to_numpy(), row_of.loc[own["unit_id"]].to_numpy()
        homes = Homes(parts, row_of.loc[units["unit_id"]].to_numpy()[number], xy, owner)
        doors = gazetteer.addresses[gazetteer.addresses["area_id"] == area_id].reset_index(drop=True)
        places = doors[["x_m", "y_m"]].to_numpy(dtype=float)
        home, at = cKDTree(xy).query(places)[1], owner_at(places, homes)
        yield Settled(area_id, str(labels[area_id]), schools, homes, own, doors, np.r_[owner, at], home)


def children_of(cells: pd.DataFrame, children: "pd.Series[int]") -> "pd.Series[int]":
    """Children of each cell: those of its unit in proportion to people, whole numbers that add up. children: by unit_id."""
    order = cells.sort_values("cell_id")
    unit, number = np.unique(order["unit_id"].to_numpy(dtype=str), return_inverse=True)
    totals = children.reindex(unit, fill_value=0).to_numpy(dtype=np.int64)
    whole = round_within(order["people"].to_numpy(dtype=float), number.astype(np.int64), totals)
    return pd.Series(whole, index=order.index).reindex(cells.index)
