"""The area that schools and parcels stand in, and the place of every candidate."""

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from catchment.errors import InputError, Problems, problem
from catchment.read import Reading
from catchment.read.osm_objects import FROM_OSM
from catchment.tables import PARCELS
from catchment.units import area_of

FAR_M = 20_000
"""How far outside the areas an object may lie: beyond, no school of the county is near it."""
FAR_AWAY = "more than 20 km outside the areas"
BESIDE_M = 1.0
"""Coordinates are rounded."""


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


def near_surroundings(surroundings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The objects near the areas; those far from them are set aside (a map extract), or refused.

    Raises InputError for objects of a layer so far outside all areas that their coordinates must be wrong.
    """
    west, south, east, north = areas.total_bounds
    county = shapely.box(west - FAR_M, south - FAR_M, east + FAR_M, north + FAR_M)
    far = ~shapely.intersects(surroundings.geometry.values, county)
    extract = surroundings["object_id"].str.startswith(FROM_OSM).to_numpy()
    if (far & ~extract).any():
        what, remedy = (
            "objects lie more than {km} km outside the areas",
            "check the datum and reference system of their layer",
        )
        wrong = surroundings[far & ~extract]
        rows = wrong["object_id"] + " " + wrong["name"]
        raise InputError(problem(what, remedy, where="surroundings", rows=rows.str.strip(), km=FAR_M // 1000))
    left = pd.DataFrame({"source": "surroundings", "row": surroundings.loc[far, "object_id"]})
    left = left.assign(reason=FAR_AWAY, amount=0.0)
    return surroundings[~far].reset_index(drop=True), left


def placed_candidates(
    candidates: pd.DataFrame, schools: pd.DataFrame, parcels: gpd.GeoDataFrame, areas: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Candidates with a place: their own coordinates, a point inside their parcel, or where their school stands.

    Raises InputError for those without any, of unknown schools or parcels, and those outside their parcel or all areas.
    """
    if candidates.empty:
        return candidates
    _check_parcels(candidates, parcels)
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
    inside = pd.DataFrame(
        shapely.get_coordinates(shapely.point_on_surface(parcels.geometry.values)),
        columns=["x_m", "y_m"], index=parcels["parcel_id"],
    ).reindex(candidates["parcel_id"]).reset_index(drop=True)  # fmt: skip
    extends = ~candidates["kind"].isin(["new", "relocated"]).reset_index(drop=True)
    x, y = (
        candidates[name].reset_index(drop=True)
        .fillna(known[name].where(extends, inside[name])).fillna(inside[name])
        for name in ("x_m", "y_m")
    )  # fmt: skip
    if x.isna().any():
        raise InputError(
            problem(
                "a project has no coordinates",
                "give its place",
                where="projects",
                rows=candidates.loc[x.isna().to_numpy(), "candidate_id"],
            )
        )
    placed = candidates.reset_index(drop=True).assign(x_m=x, y_m=y)
    outside = area_of(placed, areas).isna().to_numpy()
    if outside.any():
        what, remedy = "projects stand outside all areas", "check their coordinates and datum, or the areas"
        rows = placed.loc[outside, "candidate_id"] + " " + placed.loc[outside, "name"]
        raise InputError(problem(what, remedy, where="projects", rows=rows))
    return placed


def _check_parcels(candidates: pd.DataFrame, parcels: gpd.GeoDataFrame) -> None:
    """Raises InputError for candidates whose parcel is not there, or lies elsewhere than they do."""
    problems, asked = Problems(), candidates[candidates["parcel_id"].notna()]
    known = asked["parcel_id"].isin(parcels["parcel_id"])
    if not known.all():
        rows = asked.loc[~known, "candidate_id"] + " " + asked.loc[~known, "parcel_id"]
        what, remedy = "parcels of projects are not in the layer of parcels", "correct their numbers, or add them to it"
        problems.add(what, remedy, where="projects", rows=rows)
    told = asked[known & asked["x_m"].notna()]
    shapes = parcels.set_index("parcel_id").geometry.reindex(told["parcel_id"]).values
    away = shapely.distance(shapes, shapely.points(told["x_m"], told["y_m"]))
    lost = told[away > BESIDE_M]
    if len(lost):
        rows = lost["candidate_id"] + " " + lost["parcel_id"]
        what, remedy = (
            "projects stand outside their parcel, the farthest {metres} m",
            "correct the place, or the parcel; either may be left out",
        )
        problems.add(what, remedy, where="projects", rows=rows, metres=round(away.max()))
    problems.raise_any()
