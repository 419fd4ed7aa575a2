"""A study's files, all read and checked against each other before anything is computed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from catchment.agreement import check_history, check_study
from catchment.doors import conform, stack
from catchment.errors import InputError, Problem
from catchment.geo import study_crs
from catchment.network import build_edges
from catchment.placing import near_surroundings, placed_candidates, placed_parcels, placed_schools
from catchment.read import Reading, account
from catchment.read.addresses import read_addresses
from catchment.read.applicants import read_applicants, read_places
from catchment.read.areas import read_areas, read_barriers, read_parcels, read_water
from catchment.read.bands import read_bands
from catchment.read.births import read_births
from catchment.read.classes import read_classes
from catchment.read.enrolment import read_enrolment
from catchment.read.entrants import read_entrants
from catchment.read.events import read_events
from catchment.read.gates import read_gates
from catchment.read.housing import read_housing
from catchment.read.past_forecasts import read_past_forecasts
from catchment.read.population import read_population
from catchment.read.projects import read_projects
from catchment.read.rates import read_rates
from catchment.read.residence import read_residence
from catchment.read.resources import read_resources
from catchment.read.roads import read_roads
from catchment.read.surroundings import read_surroundings
from catchment.read.zone_wishes import read_present_zones, read_zone_wishes
from catchment.school_sources import is_list, read_list, read_school_source
from catchment.settings import Settings, Sources, whole_sources
from catchment.tables import (
    ADDRESSES,
    APPLICANTS,
    AREAS,
    BARRIERS,
    BIRTHS,
    CANDIDATES,
    CLASS_BANDS,
    CLASSES,
    EDGES,
    ENROLMENT,
    ENTRANTS,
    EVENTS,
    GATES,
    HOUSING,
    PARCELS,
    PAST_FORECASTS,
    PEOPLE,
    PLACES,
    PRESENT_ZONES,
    RATE_ROWS,
    RECONCILIATION,
    RESIDENCE,
    RESOURCES,
    SCHOOLS,
    SET_ASIDE,
    SURROUNDINGS,
    WATER,
    ZONE_WISHES,
    Table,
)
from catchment.units import area_of, outline_of

__all__ = ["Tables", "check_study", "read_history", "read_study"]

COUNTS = (
    CLASSES,
    CLASS_BANDS,
    BIRTHS,
    ENROLMENT,
    EVENTS,
    HOUSING,
    ENTRANTS,
    PAST_FORECASTS,
    RESOURCES,
    RATE_ROWS,
    RESIDENCE,
    APPLICANTS,
    PLACES,
    ZONE_WISHES,
)
"""Tables that come from files without coordinates."""
Tables = dict[str, pd.DataFrame]


class _Desk:
    """The files that have been read, and what is wrong with the others."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self.problems: list[Problem] = []

    def read(self, name: str, read: Callable[[], Reading]) -> None:
        try:
            self.readings[name] = read()
        except InputError as error:
            self.problems.extend(error.problems)

    def raise_any(self) -> None:
        if self.problems:
            raise InputError(self.problems)

    def table(self, table: Table) -> pd.DataFrame:
        return self.readings[table.name].table if table.name in self.readings else table.empty()


def read_study(folder: Path, settings: Settings) -> Tables:
    """All input tables of a study: cells, people, areas, schools, classes, births, enrolment, candidates, edges, water …

    Raises SettingsError if study.toml lacks what a run needs, InputError telling the problems of every file at once.
    """
    whole, sources = whole_sources(settings), settings.sources
    crs, extent = study_crs(settings.study.crs), settings.study.extent_deg
    desk = _Desk()
    people: list[pd.DataFrame] = []

    def population() -> Reading:
        reading, bands = read_population(folder, whole.population, crs)
        people.append(bands)
        return reading

    desk.read("cells", population)
    desk.read("roads", lambda: read_roads(folder / whole.roads.path, whole.roads.datum, crs))
    desk.read("schools", lambda: read_school_source(folder, settings, crs))
    for name, source, reader in (
        ("areas", sources.areas, read_areas), ("parcels", sources.parcels, read_parcels),
        ("water", sources.water, read_water), ("barriers", sources.barriers, read_barriers),
        ("present_zones", sources.present_zones, read_present_zones),
    ):  # fmt: skip
        if source is not None:
            desk.read(name, partial(reader, folder / source.path, source.datum, crs))
    if sources.surroundings:
        roads = folder / whole.roads.path
        desk.read("surroundings", lambda: read_surroundings(folder, sources.surroundings, crs, roads=roads))
    if (gates := sources.gates) is not None:
        desk.read("gates", partial(read_gates, folder / gates.path, datum=gates.datum, crs=crs, extent_deg=extent))
    if (points := sources.addresses) is not None:
        desk.read(
            "addresses", partial(read_addresses, folder / points.path, datum=points.datum, crs=crs, extent_deg=extent)
        )
    if (projects := sources.projects) is not None:
        desk.read("candidates", partial(read_projects, folder / projects.path, datum=projects.datum, crs=crs))
    _read_counts(desk, folder, sources)
    desk.raise_any()
    return _gathered(desk, people[0], settings, crs)


def read_history(folder: Path, settings: Settings) -> Tables:
    """What a backtest needs of a study: the tables without coordinates, and the schools where they are listed.

    Where the areas of the schools are not known, births and entrants are the county's. Comes with tables set_aside and
    reconciliation. Raises SettingsError if study.toml names no enrolment, InputError telling the problems of every
    file at once.
    """
    sources = settings.sources
    sources.told("enrolment")
    desk = _Desk()
    if settings.study.crs and sources.schools is not None and is_list(sources.schools):
        crs = study_crs(settings.study.crs)
        desk.read("schools", partial(read_list, folder, sources.schools, settings, crs))
        if sources.areas is not None:
            desk.read("areas", partial(read_areas, folder / sources.areas.path, sources.areas.datum, crs))
    _read_counts(desk, folder, sources)
    desk.raise_any()
    tables = {table.name: desk.table(table) for table in (SCHOOLS, *COUNTS)}
    aside = [reading.set_aside for reading in desk.readings.values()]
    accounts = [reading.reconciliation for reading in desk.readings.values()]
    if "areas" in desk.readings:
        tables["schools"] = placed_schools(tables["schools"], desk.readings["areas"].table, listed=True)[0]
    elif tables["schools"].empty or (tables["schools"]["area_id"] == "").any():
        tables["schools"] = tables["schools"].assign(area_id="*")
        for table in (BIRTHS, ENTRANTS):
            tables[table.name], left = _of_county(tables[table.name], table)
            aside.append(left)
    else:
        aside.append(_nowhere(tables))
    if problems := check_history(tables, settings):
        raise InputError(problems)
    tables["set_aside"] = conform(SET_ASIDE, _with_detail(stack(aside, SET_ASIDE)))
    return tables | {"reconciliation": conform(RECONCILIATION, stack(accounts, RECONCILIATION))}


def _read_counts(desk: _Desk, folder: Path, sources: Sources) -> None:
    """Read the files without coordinates that the study has."""
    for name, source, reader in (
        ("classes", sources.classes, read_classes), ("class_bands", sources.class_bands, read_bands), ("enrolment", sources.enrolment, read_enrolment),
        ("events", sources.events, read_events), ("housing", sources.housing, read_housing),
        ("entrants", sources.entrants, read_entrants), ("past_forecasts", sources.past_forecasts, read_past_forecasts),
        ("residence", sources.residence, read_residence), ("applicants", sources.applicants, read_applicants),
        ("places", sources.places, read_places), ("resources", sources.resources, read_resources), ("rates", sources.rates, read_rates),
        ("zone_wishes", sources.zone_wishes, read_zone_wishes),
    ):  # fmt: skip
        if source is not None:
            desk.read(name, partial(reader, folder / source.path))
    if (births := sources.births) is not None:
        desk.read("births", partial(read_births, folder / births.path, basis=births.basis))


def _of_county(rows: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The county's own numbers, under `*`; where there are none, its areas' added up in the years that all have.

    With them the rows that say by area what the county says too, or whose year not all areas have.
    """
    whole = rows["area_id"] == "*"
    if whole.any() or rows.empty:
        kept, left = rows[whole], rows[~whole]
        reason = "the county's own number is used: the areas of the schools are not known"
    else:
        every = rows.groupby("year")["area_id"].transform("nunique") == rows["area_id"].nunique()
        left, reason = rows[~every], "not every area has a number for this year"
        summed = rows[every].assign(area_id="*").groupby(list(table.key), as_index=False, dropna=False)
        kept = summed[table.names[-1]].sum()
    return conform(table, kept.reset_index(drop=True)), _aside_rows(left, table.name, reason)


def _nowhere(tables: Tables) -> pd.DataFrame:
    """Births and entrants of areas in which no school stands: no school's forecast rests on them."""
    known = [*tables["schools"]["area_id"], "*"]
    lost = [
        _aside_rows(rows[~rows["area_id"].isin(known)], name, "no school stands in this area")
        for name, rows in ((table.name, tables[table.name]) for table in (BIRTHS, ENTRANTS))
    ]
    return pd.concat(lost, ignore_index=True)


def _aside_rows(rows: pd.DataFrame, name: str, reason: str) -> pd.DataFrame:
    """Rows by area and year as they are listed in set_aside."""
    row = rows["area_id"] + " " + rows["year"].astype("str")
    return pd.DataFrame({"source": name, "row": row, "reason": reason, "amount": rows.iloc[:, -1].astype(float)})


def _gathered(desk: _Desk, people: pd.DataFrame, settings: Settings, crs: CRS) -> Tables:
    """The tables fitted together: areas for cells and schools, places for projects; what falls outside set aside."""
    readings = desk.readings
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
    listed = is_list(whole_sources(settings).schools)
    if listed and "areas" not in readings:
        # The outline is ours, drawn around the people: a school may well stand outside it.
        schools, left = readings["schools"].table.assign(area_id="all"), SET_ASIDE.empty()
    else:
        schools, left = placed_schools(readings["schools"].table, areas, listed=listed)
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
    shapes = {
        table.name: readings[table.name].table
        if table.name in readings
        else gpd.GeoDataFrame(table.empty(), geometry=[], crs=crs)
        for table in (WATER, BARRIERS, PRESENT_ZONES, SURROUNDINGS)
    }
    parcels = placed_parcels(readings.get("parcels"), areas, crs)
    shapes["surroundings"], left = near_surroundings(shapes["surroundings"], areas)
    aside.append(left)
    return {
        "areas": conform(AREAS, areas),
        "water": conform(WATER, shapes["water"]),
        "barriers": conform(BARRIERS, shapes["barriers"]),
        "present_zones": conform(PRESENT_ZONES, shapes["present_zones"]),
        "gates": conform(GATES, desk.table(GATES)),
        "addresses": conform(ADDRESSES, desk.table(ADDRESSES)),
        "parcels": conform(PARCELS, parcels),
        "surroundings": conform(SURROUNDINGS, shapes["surroundings"]),
        "cells": cells.reset_index(drop=True),
        "people": conform(PEOPLE, people),
        "schools": conform(SCHOOLS, schools),
        **{table.name: conform(table, desk.table(table)) for table in COUNTS},
        "candidates": conform(CANDIDATES, placed_candidates(desk.table(CANDIDATES), schools, parcels, areas)),
        "edges": conform(EDGES, build_edges(readings["roads"].table)),
        "set_aside": conform(SET_ASIDE, _with_detail(stack(aside, SET_ASIDE))),
        "reconciliation": conform(RECONCILIATION, stack(accounts, RECONCILIATION)),
    }


def _with_detail(set_aside: pd.DataFrame) -> pd.DataFrame:
    """Rows of readers that have nothing to add to the reason get an empty detail."""
    return set_aside.reindex(columns=SET_ASIDE.names).fillna({"detail": ""})
