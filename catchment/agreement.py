"""Whether a study's tables agree with each other: what one file says that another contradicts or does not know."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from catchment.births import holes
from catchment.errors import Problem, SettingsError, problem
from catchment.geo import bd09_to_wgs84, gcj02_to_wgs84, inside_china, study_crs, transformer
from catchment.read.classes import NEW_YEAR_MONTHS
from catchment.settings import Settings, whole_sources

LARGEST_CENSUS_DIFFERENCE_SHARE = 0.10
NOT_LISTED = ("osm", "cells:")
"""Starts of sources.schools that name no school list of its own."""
Tables = Mapping[str, pd.DataFrame]


def check_study(tables: Tables, settings: Settings) -> list[Problem]:
    """What does not fit together: every problem between the files.

    Population against official totals, classes and past pupils of unknown schools, pupils told twice and differently,
    areas that are not there, coordinates that look like GCJ-02 or BD-09 though said to be something else.
    """
    problems = [*_census(tables), *_unknown_schools(tables), *_travel(tables, settings)]
    problems += [*check_history(tables, settings), *_unknown_areas(tables), *_unknown_dwellings(tables, settings)]
    problems += _base_year(tables, settings.study.base_year)
    if not whole_sources(settings).schools.path.startswith(NOT_LISTED):
        problems += _datum(tables, settings)
    return problems


def check_history(tables: Tables, settings: Settings) -> list[Problem]:
    """What does not fit together of the past: enrolment, events, classes, and the schools where they are known."""
    found = [*_gone_schools(tables), *_events(tables), *_told_twice(tables, settings.study.base_year)]
    source = settings.sources.births
    return found + (holes(tables["births"], where=source.path) if source is not None and len(tables["births"]) else [])


def _gone_schools(tables: Tables) -> list[Problem]:
    """Past pupils of schools that are not there today, and no event says where they went."""
    schools, events, rows = tables["schools"], tables["events"], tables["enrolment"]
    if schools.empty:
        return []
    today = set(zip(schools["school_id"], schools["stage"], strict=True))
    past = rows[~rows["school_id"].isin(list(events["school_id"]))]
    lost = sorted(set(zip(past["school_id"], past["stage"], strict=True)) - today)
    if not lost:
        return []
    what = "pupils of schools that are in neither the school list nor the events"
    remedy = "add the schools, correct the codes, or tell in sources.events where their children went"
    return [problem(what, remedy, where="enrolment", rows=[" ".join(each) for each in lost])]


def _events(tables: Tables) -> list[Problem]:
    """Events that start at a school that never was, or end at one that neither is there nor goes on to another."""
    schools, events = set(tables["schools"]["school_id"]), tables["events"]
    known = schools | set(tables["enrolment"]["school_id"])
    there = (schools or known) | set(events["school_id"])
    found = []
    for column, among, what in (
        ("school_id", known, "events of schools that are in neither the school list nor the enrolment"),
        ("to_school_id", there, "events lead to schools that are not there"),
    ):
        strange = events[~events[column].isin(list(among))]
        if len(strange):
            rows = strange["school_id"] + " → " + strange["to_school_id"] + " " + strange["year"].astype("str")
            found.append(problem(what, "add the schools, or correct the codes", where="events", rows=rows))
    return found


def _told_twice(tables: Tables, base_year: int) -> list[Problem]:
    """Grades of the base year for which enrolment and the class return tell different pupils."""
    rows, classes = tables["enrolment"], tables["classes"]
    year, month = (classes["snapshot"].str[a:b].astype("int64") for a, b in ((0, 4), (5, 7)))
    of_base = classes[year - (month < min(NEW_YEAR_MONTHS)) == base_year]
    latest = of_base[of_base["snapshot"] == of_base["snapshot"].max()]
    key = ["school_id", "stage", "grade"]
    told = rows[rows["year"] == base_year].groupby(key)["pupils"].sum()
    both = pd.concat([told, latest.groupby(key)["pupils"].sum()], axis=1, join="inner", keys=["told", "counted"])
    differ = both[both["told"] != both["counted"]].astype("str")
    if differ.empty:
        return []
    what = "pupils of the base year differ from the class return"
    remedy = "correct one of the two, or leave the base year out of the enrolment"
    shown = [f"{' '.join(map(str, k))}: {t} ≠ {c}" for k, t, c in zip(differ.index, *differ.to_numpy().T, strict=True)]
    return [problem(what, remedy, where="enrolment", rows=shown)]


def _base_year(tables: Tables, base_year: int) -> list[Problem]:
    """Pupils are told, but not of the base year."""
    snapshots = tables["classes"]["snapshot"].str
    year, month = snapshots[:4].astype("int64"), snapshots[5:7].astype("int64")
    autumns = {*(year - (month < min(NEW_YEAR_MONTHS))), *tables["enrolment"]["year"]}
    if not autumns or base_year in autumns:
        return []
    what, remedy = "there are no pupils of autumn {year}", "give the class return or the enrolment of study.base_year"
    return [problem(what, remedy, where="study.base_year", year=base_year)]


def _unknown_areas(tables: Tables) -> list[Problem]:
    known = set(tables["areas"]["area_id"])
    found = []
    for name, more in (("births", {"*"}), ("housing", set()), ("entrants", {"*"})):
        strange = sorted(set(tables[name]["area_id"]) - known - more)
        if strange:
            what, remedy = "areas that are not among the study's areas", "correct the codes, or the areas"
            found.append(problem(what, remedy, where=name, rows=strange))
    return found


def _unknown_dwellings(tables: Tables, settings: Settings) -> list[Problem]:
    strange = sorted(set(tables["housing"]["type"]) - set(settings.forecast.housing.yields))
    if not strange:
        return []
    what, remedy = "dwellings of types without pupils per dwelling", "give each type in forecast.housing.yields"
    return [problem(what, remedy, where="housing", rows=strange)]


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
    if whole_sources(settings).schools.datum not in ("wgs84", "cgcs2000", "projected") or len(tables["schools"]) < 5:
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
