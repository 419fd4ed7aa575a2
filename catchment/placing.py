"""The area that schools and parcels stand in, and the place of every candidate."""

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from catchment.errors import InputError, problem
from catchment.read import Reading
from catchment.tables import PARCELS
from catchment.units import area_of


def placed_schools(
    schools: pd.DataFrame, areas: gpd.GeoDataFrame, *, listed: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Schools with the area they stand in; those outside all areas refused (a list) or set aside (a map extract)."""
    found = area_of(schools, areas)
    outside = schools[found.isna()]
    if listed and len(outside):
        raise InputError(
            problem(
                "schools stand outside all areas",
                "check their coordinates and datum, or the areas",
                where="schools",
                rows=outside["school_id"] + " " + outside["name"],
            )
        )
    left = pd.DataFrame(
        {
            "source": "schools",
            "row": outside["school_id"] + " " + outside["stage"],
            "reason": "outside the study area",
            "amount": outside["seats"].astype(float),
        }
    )
    return schools.assign(area_id=found)[found.notna()].reset_index(drop=True), left


def placed_parcels(parcels: Reading | None, areas: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """Parcels with the area of a point inside them; raises InputError for those outside all areas."""
    if parcels is None:
        return gpd.GeoDataFrame(PARCELS.empty(), geometry=[], crs=crs)
    inside = shapely.get_coordinates(shapely.point_on_surface(parcels.table.geometry.values))
    found = area_of(pd.DataFrame(inside, columns=["x_m", "y_m"], index=parcels.table.index), areas)
    if found.isna().any():
        what = "parcels lie outside all areas"
        remedy = "check their datum and reference system, or take them out"
        raise InputError(problem(what, remedy, where="parcels", rows=parcels.table.loc[found.isna(), "parcel_id"]))
    return parcels.table.assign(area_id=found)


def placed_candidates(candidates: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Candidates with a place: an extension without coordinates stands where its school stands."""
    if candidates.empty:
        return candidates
    place = schools.set_index(["school_id", "stage"])[["x_m", "y_m"]]
    keys = pd.MultiIndex.from_frame(candidates[["school_id", "stage"]])
    known = place.reindex(keys).reset_index(drop=True)
    other = schools.drop_duplicates("school_id").set_index("school_id")[["x_m", "y_m"]]
    converted = candidates["kind"].eq("converted").to_numpy()
    known[converted] = other.reindex(candidates.loc[converted, "school_id"]).to_numpy()
    needs = candidates["kind"] != "new"
    second_phase = candidates["school_id"].isin(candidates["candidate_id"]).to_numpy()
    lost = needs.to_numpy() & known["x_m"].isna().to_numpy() & ~second_phase
    if lost.any():
        raise InputError(
            problem(
                "the school that a project changes is not in the school list",
                "correct its code or stage",
                where="projects",
                rows=candidates.loc[lost, "candidate_id"],
            )
        )
    x = candidates["x_m"].reset_index(drop=True).fillna(known["x_m"])
    y = candidates["y_m"].reset_index(drop=True).fillna(known["y_m"])
    if x.isna().any():
        raise InputError(
            problem(
                "a project has no coordinates",
                "give its place",
                where="projects",
                rows=candidates.loc[x.isna().to_numpy(), "candidate_id"],
            )
        )
    return candidates.reset_index(drop=True).assign(x_m=x, y_m=y)
