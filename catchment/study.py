"""A study's files, all read and checked against each other before anything is computed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from catchment.doors import conform, stack
from catchment.errors import InputError, Problem, SettingsError, problem
from catchment.geo import bd09_to_wgs84, gcj02_to_wgs84, inside_china, study_crs, transformer
from catchment.network import build_edges
from catchment.read import Reading, account
from catchment.read.areas import read_areas, read_barriers, read_parcels, read_water
from catchment.read.births import read_births
from catchment.read.classes import read_classes
from catchment.read.gates import read_gates
from catchment.read.layers import read_layer
from catchment.read.osm import OSM_ENDINGS, read_osm_schools
from catchment.read.population import read_population
from catchment.read.projects import read_projects
from catchment.read.roads import read_roads
from catchment.read.schools import read_schools
from catchment.settings import Settings
from catchment.tables import (
    AREAS,
    BARRIERS,
    BIRTHS,
    CANDIDATES,
    CLASSES,
    EDGES,
    GATES,
    PARCELS,
    PEOPLE,
    RECONCILIATION,
    SCHOOLS,
    SET_ASIDE,
    WATER,
)
from catchment.units import area_of, outline_of

CLASS_SIZE = {"primary": 45, "junior": 50}
LARGEST_CENSUS_DIFFERENCE_SHARE = 0.10
Tables = dict[str, pd.DataFrame]


def read_study(folder: Path, settings: Settings) -> Tables:
    """All input tables of a study: cells, people, areas, schools, classes, births, candidates, edges, water.

    Raises InputError telling the problems of every file at once.
    """
    crs = study_crs(settings.study.crs)
    problems: list[Problem] = []
    readings: dict[str, Reading] = {}

    def attempt(name: str, read: Callable[[], Reading]) -> None:
        try:
            readings[name] = read()
        except InputError as error:
            problems.extend(error.problems)

    people: list[pd.DataFrame] = []

    def population() -> Reading:
        reading, bands = read_population(folder, settings.sources.population, crs)
        people.append(bands)
        return reading

    sources = settings.sources
    attempt("cells", population)
    attempt("roads", lambda: read_roads(folder / sources.roads.path, sources.roads.datum, crs))
    attempt("schools", lambda: _schools(folder, settings, crs))
    if (areas := sources.areas) is not None:
        attempt("areas", partial(read_areas, folder / areas.path, areas.datum, crs))
    if (parcels := sources.parcels) is not None:
        attempt("parcels", partial(read_parcels, folder / parcels.path, parcels.datum, crs))
    if (water := sources.water) is not None:
        attempt("water", partial(read_water, folder / water.path, water.datum, crs))
    if (barriers := sources.barriers) is not None:
        attempt("barriers", partial(read_barriers, folder / barriers.path, barriers.datum, crs))
    if (gates := sources.gates) is not None:
        extent = settings.study.extent_deg
        attempt("gates", partial(read_gates, folder / gates.path, datum=gates.datum, crs=crs, extent_deg=extent))
    if (classes := sources.classes) is not None:
        attempt("classes", partial(read_classes, folder / classes.path))
    if (births := sources.births) is not None:
        attempt("births", partial(read_births, folder / births.path, basis=births.basis))
    if (projects := sources.projects) is not None:
        attempt("candidates", partial(read_projects, folder / projects.path, datum=projects.datum, crs=crs))
    if problems:
        raise InputError(problems)
    return _gathered(readings, people[0], settings, crs)


def _schools(folder: Path, settings: Settings, crs: CRS) -> Reading:
    """Schools out of a list, the OSM extract, or a column of the cell layer."""
    source = settings.sources.schools
    if source.path == "osm":
        roads = folder / settings.sources.roads.path
        if not roads.name.endswith(OSM_ENDINGS):
            raise InputError(
                problem("schools `osm` need roads from an OSM file", "give a school list", where="study.toml")
            )
        return read_osm_schools(roads, crs, stages=source.stages_if_unknown, seats=_seats(settings))
    if source.path.startswith("cells:"):
        return _schools_in_cells(folder, settings, crs, source.path.removeprefix("cells:"))
    return read_schools(
        folder / source.path, datum=source.datum, crs=crs, extent_deg=settings.study.extent_deg, class_size=CLASS_SIZE
    )


def _seats(settings: Settings) -> int:
    if settings.sources.schools.seats_if_unknown is None:
        raise InputError(
            problem(
                "the seats of the schools are not known",
                "set sources.schools.seats_if_unknown: it is an assumption and is printed as one",
                where="study.toml",
            )
        )
    return settings.sources.schools.seats_if_unknown


def _schools_in_cells(folder: Path, settings: Settings, crs: CRS, column: str) -> Reading:
    """One school per count in a column of the cell layer, at the cell's centre."""
    source = settings.sources.population[0]
    layer = read_layer(folder / source.path, source.datum, crs)
    if column not in layer:
        raise InputError(
            problem(
                "column {columns} is missing (found {found})",
                "name the column that counts schools",
                where=source.path,
                columns=column,
                found=", ".join(map(str, layer.columns)),
            )
        )
    count = pd.to_numeric(layer[column], errors="coerce").fillna(0).astype(int)
    rows = layer.loc[layer.index.repeat(count)].reset_index(drop=True)
    number = rows.groupby(source.id).cumcount() + 1
    centre = shapely.get_coordinates(rows.geometry.centroid.values)
    ids = rows[source.id].astype(str) + "-" + number.astype(str)
    base = pd.DataFrame({"school_id": ids, "name": ids, "campus_id": ids, "x_m": centre[:, 0], "y_m": centre[:, 1]})
    stages = settings.sources.schools.stages_if_unknown
    kind = "nine_year" if len(stages) > 1 else {"primary": "full_primary", "junior": "junior"}[stages[0]]
    table = pd.concat([base.assign(stage=stage) for stage in stages], ignore_index=True).assign(
        kind=kind,
        ownership="public",
        setting="urban",
        boarding=False,
        seats=_seats(settings),
        rooms=pd.array([pd.NA] * len(base) * len(stages), dtype="Int64"),
        area_id="",
    )
    return Reading(
        table,
        SET_ASIDE.empty(),
        account(
            f"{Path(source.path).name} ({column})", "schools", int(count.sum()), len(base), int(count.sum()), len(base)
        ),
    )


def _gathered(readings: dict[str, Reading], people: pd.DataFrame, settings: Settings, crs: CRS) -> Tables:
    """The tables fitted together: areas for cells and schools, places for projects; what falls outside set aside."""
    cells = readings["cells"].table
    areas = readings["areas"].table if "areas" in readings else outline_of(cells, crs).assign(name=settings.study.name)
    aside = [r.set_aside for r in readings.values()]
    accounts = [r.reconciliation for r in readings.values()]
    cells = cells.assign(area_id=area_of(cells, areas))
    outside = cells[cells["area_id"].isna()]
    aside.append(
        pd.DataFrame(
            {"source": "cells", "row": outside["cell_id"], "reason": "outside all areas", "amount": outside["people"]}
        )
    )
    accounts.append(
        account(
            "cells",
            "people",
            len(cells),
            len(cells) - len(outside),
            cells["people"].sum(),
            cells["people"].sum() - outside["people"].sum(),
        )
    )
    cells = cells[cells["area_id"].notna()]
    people = people[people["cell_id"].isin(cells["cell_id"])]
    listed = not settings.sources.schools.path.startswith(("osm", "cells:"))
    if listed and "areas" not in readings:
        # The outline is ours, drawn around the people: a school may well stand outside it.
        schools, left = readings["schools"].table.assign(area_id="all"), SET_ASIDE.empty()
    else:
        schools, left = _placed_schools(readings["schools"].table, areas, listed=listed)
    aside.append(left)
    accounts.append(
        account(
            "schools inside the areas",
            "seats",
            len(schools) + len(left),
            len(schools),
            schools["seats"].sum() + left["amount"].sum(),
            schools["seats"].sum(),
        )
    )
    none = {"classes": CLASSES.empty(), "births": BIRTHS.empty(), "candidates": CANDIDATES.empty()}
    tables = none | {name: readings[name].table for name in none if name in readings}
    shapes = {
        table.name: readings[table.name].table
        if table.name in readings
        else gpd.GeoDataFrame(table.empty(), geometry=[], crs=crs)
        for table in (WATER, BARRIERS)
    }
    gates = readings["gates"].table if "gates" in readings else GATES.empty()
    return {
        "areas": conform(AREAS, areas),
        "water": conform(WATER, shapes["water"]),
        "barriers": conform(BARRIERS, shapes["barriers"]),
        "gates": conform(GATES, gates),
        "parcels": conform(PARCELS, _placed_parcels(readings.get("parcels"), areas, crs)),
        "cells": cells.reset_index(drop=True),
        "people": conform(PEOPLE, people),
        "births": conform(BIRTHS, tables["births"]),
        "schools": conform(SCHOOLS, schools),
        "classes": conform(CLASSES, tables["classes"]),
        "candidates": conform(CANDIDATES, _placed_candidates(tables["candidates"], schools)),
        "edges": conform(EDGES, build_edges(readings["roads"].table)),
        "set_aside": conform(SET_ASIDE, _with_detail(stack(aside, SET_ASIDE))),
        "reconciliation": conform(RECONCILIATION, stack(accounts, RECONCILIATION)),
    }


def _with_detail(set_aside: pd.DataFrame) -> pd.DataFrame:
    """Rows of readers that have nothing to add to the reason get an empty detail."""
    return set_aside.reindex(columns=SET_ASIDE.names).fillna({"detail": ""})


def _placed_schools(
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


def _placed_parcels(parcels: Reading | None, areas: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
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


def _placed_candidates(candidates: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Candidates with a place: an extension without coordinates stands where its school stands."""
    if candidates.empty:
        return candidates
    place = schools.set_index(["school_id", "stage"])[["x_m", "y_m"]]
    keys = pd.MultiIndex.from_frame(candidates[["school_id", "stage"]])
    known = place.reindex(keys).reset_index(drop=True)
    needs = candidates["kind"] != "new"
    second_phase = candidates["school_id"].isin(candidates["candidate_id"]).to_numpy()
    lost = needs.to_numpy() & known["x_m"].isna().to_numpy() & ~second_phase
    if lost.any():
        raise InputError(
            problem(
                "the school of an extension or relocation is not in the school list",
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


def check_study(tables: Tables, settings: Settings) -> list[Problem]:
    """What does not fit together: every problem between the files.

    Population against official totals, classes of unknown schools, projects far outside, coordinates
    that look like GCJ-02 or BD-09 though said to be something else.
    """
    problems = [*_census(tables), *_unknown_schools(tables), *_travel(tables, settings)]
    if not settings.sources.schools.path.startswith(("osm", "cells:")):
        problems += _datum(tables, settings)
    return problems


def _census(tables: Tables) -> list[Problem]:
    official = tables["areas"].dropna(subset=["residents"]).set_index("area_id")["residents"].astype(float)
    counted = tables["cells"].groupby("area_id")["people"].sum().reindex(official.index, fill_value=0.0)
    off = (counted - official).abs() > LARGEST_CENSUS_DIFFERENCE_SHARE * official
    return [
        problem(
            "{area}: the grid has {counted} people, the official count is {official}",
            "check the unit and year of the grid (people per cell, or per km²)",
            where="population",
            area=area,
            counted=round(counted[area]),
            official=round(official[area]),
        )
        for area in official.index[off]
    ]


def _unknown_schools(tables: Tables) -> list[Problem]:
    known = set(zip(tables["schools"]["school_id"], tables["schools"]["stage"], strict=True))
    asked = sorted(set(zip(tables["classes"]["school_id"], tables["classes"]["stage"], strict=True)) - known)
    if not asked:
        return []
    return [
        problem(
            "classes of schools that are not in the school list",
            "add the schools, or correct the codes",
            where="classes",
            rows=[" ".join(a) for a in asked],
        )
    ]


def _travel(tables: Tables, settings: Settings) -> list[Problem]:
    """Gates of schools that are not there, modes that are not described, barriers without lines."""
    found = []
    strange = sorted(set(tables["gates"]["school_id"]) - set(tables["schools"]["school_id"]))
    if strange:
        what, remedy = "gates of schools that are not in the school list", "add the schools, or correct the codes"
        found.append(problem(what, remedy, where="gates", rows=strange))
    how = settings.network
    told = [how.travel_of(stage) for stage in sorted(tables["schools"]["stage"].unique())]
    for name in sorted({how.mode, *(n for t in told for n in (t.mode, t.boarding_mode) if n)}):
        try:
            how.mode_of(name)
        except SettingsError as error:
            found += error.problems
    if any(not b.classes for b in how.barriers) and tables["barriers"].empty:
        what, remedy = "a barrier names no road classes, and there are no lines", "give classes, or sources.barriers"
        found.append(problem(what, remedy, where="study.toml"))
    return found


def _datum(tables: Tables, settings: Settings) -> list[Problem]:
    """Suspicion by fit: if undoing an offset brings the schools much nearer to the roads, say so."""
    if settings.sources.schools.datum not in ("wgs84", "cgcs2000", "projected") or len(tables["schools"]) < 5:
        return []
    crs = study_crs(settings.study.crs)
    x, y = tables["schools"]["x_m"].to_numpy(), tables["schools"]["y_m"].to_numpy()
    degrees = transformer(crs, CRS.from_epsg(4326))
    lon, lat = degrees.transform(x, y)
    if not inside_china(lon, lat).all():
        return []
    lines = shapely.STRtree(tables["edges"].geometry.values)

    def fit(at_x: np.ndarray, at_y: np.ndarray) -> float:
        return float(
            np.median(lines.query_nearest(shapely.points(at_x, at_y), return_distance=True, all_matches=False)[1])
        )

    as_told = fit(x, y)
    for name, undo in (("GCJ-02", gcj02_to_wgs84), ("BD-09", bd09_to_wgs84)):
        undone = fit(*transformer(CRS.from_epsg(4326), crs).transform(*undo(lon, lat)))
        if undone < as_told / 2 and as_told > 50:
            return [
                problem(
                    "the schools look like {name}: half of them are within {undone} m of a road when its offset is undone, against {told} m as they are",
                    "ask where the coordinates come from; then set sources.schools.datum",
                    where="schools", name=name, undone=round(undone), told=round(as_told),
                )
            ]  # fmt: skip
    return []
