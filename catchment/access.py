"""How far children live from their nearest school, and what seats each area has for them."""

from itertools import product

import numpy as np
import pandas as pd

from catchment.doors import join
from catchment.inequality import gini, mean_log_deviation, theil_t

COUNTY = "*"  # area_id of the whole county
PERCENTILES = {"median_m": 50, "p90_m": 90, "p95_m": 95, "max_m": 100}
UNITS_AT_ONCE = 1000  # a table of who shares a school with whom grows with the square of the units


def children_by_band(
    children: pd.DataFrame, nearest: pd.DataFrame, units: pd.DataFrame, bands_m: tuple[int, ...]
) -> pd.DataFrame:
    """Table `access`: children of each area by the distance band of their unit's nearest school.

    children: unit_id, stage, children; nearest: unit_id, stage, distance_mm (no row = out of reach,
    counted in the last, open band).
    """
    rows = children.merge(nearest, on=["unit_id", "stage"], how="left").merge(
        units[["unit_id", "area_id"]], on="unit_id"
    )
    edges = np.array([0, *bands_m])
    metres = (rows["distance_mm"] / 1000).fillna(np.inf)
    rows = rows.assign(band=np.searchsorted(edges, metres, side="right") - 1)
    full = pd.MultiIndex.from_product(
        [sorted(rows["area_id"].unique()), sorted(rows["stage"].unique()), range(len(edges))],
        names=["area_id", "stage", "band"],
    )
    counted = (
        rows.groupby(["area_id", "stage", "band"])["children"]
        .sum()
        .reindex(full, fill_value=0)
        .rename("children")
        .reset_index()
    )
    whole = counted.groupby(["area_id", "stage"])["children"].transform("sum")
    return counted.assign(
        band_from_m=edges[counted["band"]],
        band_to_m=pd.array([*bands_m, None], dtype="Int64")[counted["band"]],
        share=(counted["children"] / whole).where(whole > 0, 0.0),
    ).drop(columns="band")


def seat_balance(demand: pd.DataFrame, units: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Table `balance`: seats short (+) or spare (−) by area, stage, year and scenario.

    Children without a seat in their own area are not moved: this is the need at home, before anybody
    crosses a boundary.
    """
    rows = demand.merge(units[["unit_id", "area_id"]], on="unit_id")
    years = rows[["year", "scenario"]].drop_duplicates()
    areas = pd.DataFrame({"area_id": sorted({*units["area_id"], *schools["area_id"]})})
    stages = pd.DataFrame({"stage": sorted(schools["stage"].unique())})
    frame = areas.merge(stages, how="cross").merge(years, how="cross")
    children = rows.groupby(["area_id", "stage", "year", "scenario"], as_index=False)["children"].sum()
    seats = schools.groupby(["area_id", "stage"], as_index=False)["seats"].sum()
    table = frame.merge(children, on=["area_id", "stage", "year", "scenario"], how="left").merge(
        seats, on=["area_id", "stage"], how="left"
    )
    table = table.assign(children=table["children"].fillna(0).astype(int), seats=table["seats"].fillna(0).astype(int))
    return table.assign(seat_gap=table["children"] - table["seats"])


def distance_percentiles(children: pd.DataFrame, nearest: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """How far the children of each area and stage, and of the county (area_id `*`), live from their nearest school.

    children: unit_id, stage, children; nearest: unit_id, stage, distance_mm (no row = out of reach); units:
    unit_id, area_id. Columns: area_id, stage, children, children_out_of_reach, then of the children in
    reach alone, each child counting once: mean_m, median_m, p90_m, p95_m, max_m, gini, theil_t,
    mean_log_deviation; absent where nobody is in reach, the last where somebody lives at 0 m, the last
    three where all do.

    Raises InputError if a unit of children is unknown. Formulas: docs/method/access.md.
    """
    rows = _measured(children, units, nearest[["unit_id", "stage", "distance_mm"]])
    groups = dict(iter(rows.groupby(["area_id", "stage"])))
    nobody = rows.iloc[:0]
    return pd.DataFrame(
        [
            {"area_id": area, "stage": stage, **_distances(groups.get((area, stage), nobody))}
            for area, stage in product(_areas(units), sorted(rows["stage"].unique()))
        ],
        columns=["area_id", "stage", *_distances(nobody)],
    )


def coverage(
    children: pd.DataFrame,
    nearest: pd.DataFrame,
    straight: pd.DataFrame,
    units: pd.DataFrame,
    limits_m: tuple[int, ...],
) -> pd.DataFrame:
    """Children within each service radius of a school, along the network and as the crow flies.

    children: unit_id, stage, children; nearest: unit_id, stage, distance_mm; straight: unit_id, stage,
    straight_mm (no row = none within reach); units: unit_id, area_id. Columns: area_id (`*` = the
    county), stage, limit_m, children, within_network, within_straight, within_network_share,
    within_straight_share (absent where there are no children). The limit itself is within.

    Raises InputError if a unit of children is unknown. Formulas: docs/method/access.md.
    """
    rows = _measured(
        children, units, nearest[["unit_id", "stage", "distance_mm"]], straight[["unit_id", "stage", "straight_mm"]]
    )
    counted = pd.concat(
        rows.assign(
            limit_m=limit,
            within_network=rows["children"].where(rows["distance_mm"] <= limit * 1000, 0),
            within_straight=rows["children"].where(rows["straight_mm"] <= limit * 1000, 0),
        )
        for limit in limits_m
    )
    keys, counts = ["area_id", "stage", "limit_m"], ["children", "within_network", "within_straight"]
    full = pd.MultiIndex.from_product([_areas(units), sorted(rows["stage"].unique()), sorted(limits_m)], names=keys)
    table = counted.groupby(keys)[counts].sum().reindex(full, fill_value=0).reset_index()
    return table.assign(
        within_network_share=_ratio(table["within_network"], table["children"]),
        within_straight_share=_ratio(table["within_straight"], table["children"]),
    )


def seats_in_reach(pairs: pd.DataFrame, children: pd.DataFrame, schools: pd.DataFrame, limit_m: int) -> pd.DataFrame:
    """Seats of the stage within the limit of each unit, and how many children they are for.

    pairs: unit_id, school_id, distance_mm; children: unit_id, stage, children; schools: school_id, stage,
    seats. Columns: unit_id, stage, limit_m, seats, children_in_reach (children of every unit that
    reaches one of these schools, and always the unit's own), seats_per_child (absent without children).

    Raises InputError if a school of a pair is unknown. Formulas: docs/method/access.md.
    """
    within = pairs.loc[pairs["distance_mm"] <= limit_m * 1000, ["unit_id", "school_id"]]
    # A nine-year school is one place with seats at two stages.
    near = join(within, schools[["school_id", "stage", "seats"]], "school_id", cardinality="m:n", where="pairs")
    people = children.groupby(["unit_id", "stage"], as_index=False)["children"].sum()
    parts = [_seats_shared(near[near["stage"] == stage], part) for stage, part in people.groupby("stage")]
    table = pd.concat(parts) if parts else people.assign(seats=0, children_in_reach=0)
    table = table.assign(limit_m=limit_m, seats_per_child=_ratio(table["seats"], table["children_in_reach"]))
    columns = ["unit_id", "stage", "limit_m", "seats", "children_in_reach", "seats_per_child"]
    return table[columns].sort_values(["unit_id", "stage"]).reset_index(drop=True)


def _measured(children: pd.DataFrame, units: pd.DataFrame, *distances: pd.DataFrame) -> pd.DataFrame:
    """Children with the distances of their unit, once in their area and once in the county."""
    rows = join(children, units[["unit_id", "area_id"]], "unit_id", where="children")
    for distance in distances:
        rows = rows.merge(distance, on=["unit_id", "stage"], how="left", validate="m:1")
    return pd.concat([rows, rows.assign(area_id=COUNTY)], ignore_index=True)


def _areas(units: pd.DataFrame) -> list[str]:
    return sorted({COUNTY, *units["area_id"]})


def _distances(rows: pd.DataFrame) -> dict[str, float]:
    """Figures of one area and stage; rows: children, distance_mm (absent = out of reach)."""
    known = rows[rows["distance_mm"].notna() & (rows["children"] > 0)].sort_values("distance_mm", kind="stable")
    mm, heads = known["distance_mm"].to_numpy("int64"), known["children"].to_numpy("int64")
    lived = np.cumsum(heads)
    total = int(heads.sum())
    return {
        "children": int(rows["children"].sum()),
        "children_out_of_reach": int(rows["children"].sum()) - total,
        "mean_m": int(mm @ heads) / total / 1000 if total else np.nan,
        **{
            # In whole numbers: a share in floating point may fall a hair short of the child that completes it.
            name: mm[np.searchsorted(lived * 100, percent * total)] / 1000 if total else np.nan
            for name, percent in PERCENTILES.items()
        },
        "gini": gini(mm, heads) if mm.any() else np.nan,
        "theil_t": theil_t(mm, heads) if mm.any() else np.nan,
        "mean_log_deviation": mean_log_deviation(mm, heads) if total and mm.all() else np.nan,
    }


def _seats_shared(near: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Seats and children in reach of the units of one stage; near: unit_id, school_id, seats within the limit."""
    schools = near.drop_duplicates("school_id")
    row = pd.Index(people["unit_id"]).get_indexer(near["unit_id"])
    column = pd.Index(schools["school_id"]).get_indexer(near["school_id"])
    reach = np.zeros((len(people), len(schools)), dtype=np.float32)
    reach[row[row >= 0], column[row >= 0]] = 1
    heads, seats = people["children"].to_numpy("int64"), schools["seats"].to_numpy("int64")
    blocks = range(0, len(people), UNITS_AT_ONCE)
    shared = np.concatenate([((reach[at : at + UNITS_AT_ONCE] @ reach.T) > 0) @ heads for at in blocks])
    return people.assign(
        seats=(reach > 0) @ seats, children_in_reach=np.where(reach.any(axis=1), shared, heads).astype("int64")
    )


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0)).astype(float)
