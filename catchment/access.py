"""How far children live from their nearest school, and what seats each area has for them."""

import numpy as np
import pandas as pd


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
