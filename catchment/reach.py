"""The tables of access: how far children live from schools, whom the service radii cover, and where seats are thin."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from catchment.access import children_by_band, coverage, distance_percentiles, seats_in_reach
from catchment.doors import stack
from catchment.fca import Pairs, balanced, bands, step, two_step
from catchment.tables import SEAT_ACCESS

BAND_SHARES = (0.5, 0.75, 1.0)
"""Where the bands of E2SFCA end, as shares of the reach."""
BAND_WEIGHTS = (1.0, 0.42, 0.09)
"""The slow decay of Luo and Qi 2009."""


def access_tables(
    tables: Mapping[str, pd.DataFrame],
    unit_costs: pd.DataFrame,
    children: pd.DataFrame,
    *,
    bands_m: tuple[int, ...],
    radius_m: tuple[int, ...],
    reach_m: Mapping[str, int],
) -> dict[str, pd.DataFrame]:
    """Tables `access`, `distances`, `coverage` and `seat_access`; children: unit_id, stage, children of the zone year."""
    pairs = unit_costs[unit_costs["subject"] == "school"].rename(columns={"facility_id": "school_id"})
    nearest = pairs.groupby(["unit_id", "stage"], as_index=False)["distance_mm"].min()
    units = tables["units"]
    straight = _straight(tables["cells"], tables["schools"])
    return {
        "access": children_by_band(children, nearest, units, bands_m),
        "distances": distance_percentiles(children, nearest, units),
        "coverage": coverage(children, nearest, straight, units, radius_m),
        "seat_access": stack(_seat_access(pairs, children, tables["schools"], reach_m), SEAT_ACCESS),
    }


def _straight(cells: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Mean distance of a unit's people to the nearest school of a stage, as the crow flies."""
    unit, number = np.unique(cells["unit_id"].to_numpy(dtype=str), return_inverse=True)
    people, places = cells["people"].to_numpy(dtype=np.float64), cells[["x_m", "y_m"]].to_numpy()
    parts = []
    for stage, rows in schools.groupby("stage", sort=True):
        metres, _ = cKDTree(rows[["x_m", "y_m"]].to_numpy()).query(places)
        mean = np.bincount(number, weights=people * metres) / np.bincount(number, weights=people)
        mm = np.round(mean * 1000).astype(np.int64)
        parts.append(pd.DataFrame({"unit_id": unit, "stage": stage, "straight_mm": mm}))
    return pd.concat(parts, ignore_index=True)


def _seat_access(
    pairs: pd.DataFrame, children: pd.DataFrame, schools: pd.DataFrame, reach_m: Mapping[str, int]
) -> Iterator[pd.DataFrame]:
    """Seats within reach and floating-catchment access of every unit with children, by stage."""
    for stage, living in children[children["children"] > 0].groupby("stage", sort=True):
        at_stage, limit = schools[schools["stage"] == stage], reach_m[str(stage)]
        near = pairs[(pairs["stage"] == stage) & pairs["unit_id"].isin(living["unit_id"])]
        table = seats_in_reach(near[["unit_id", "school_id", "distance_mm"]], living, at_stage, limit)
        unit, school = pd.Index(table["unit_id"]), pd.Index(at_stage["school_id"])
        ways = Pairs(
            unit.get_indexer(near["unit_id"]),
            school.get_indexer(near["school_id"]),
            near["distance_mm"].to_numpy(dtype=np.int64),
        )
        heads = living.set_index("unit_id")["children"].loc[unit].to_numpy(dtype=np.int64)
        seats = at_stage["seats"].to_numpy(dtype=np.int64)
        by_band = bands([round(limit * share) for share in BAND_SHARES], BAND_WEIGHTS)
        yield table.assign(
            two_step=two_step(ways, heads, seats, step(limit)).access,
            two_step_bands=two_step(ways, heads, seats, by_band).access,
            balanced=balanced(ways, heads, seats, by_band).access,
        )
