"""What single commands ask of a study's tables, beside the straight line: each question one function."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from catchment.admission import admit
from catchment.allocation import (
    Ruler,
    allocation_tables,
    cases_of,
    composition,
    past_dispersion,
    residence_tables,
)
from catchment.clusters import cluster_tables
from catchment.compliance import compliance
from catchment.doors import conform
from catchment.errors import InputError, problem
from catchment.forecast.backtest import Backtest, backtest
from catchment.forecast.build import history_of, model_of
from catchment.forecast.history import History
from catchment.network import network_of
from catchment.pipeline import Progress
from catchment.quota import places_at_stake, share_places
from catchment.settings import Settings
from catchment.study import Tables, read_history
from catchment.tables import GRADES, TABLES
from catchment.ways import Ways

FEWEST_AUTUMNS = 6
"""Three to learn from, two to learn the errors of, one to judge."""


def quota_of(settings: Settings, tables: Tables) -> Tables:
    """Tables quota and quota_changes, from the pupils of grade 9 in the base year."""
    rows = tables["forecast"]
    leaving = rows[(rows["year"] == settings.study.base_year) & (rows["grade"] == max(GRADES["junior"]))]
    pupils, schools = leaving[["school_id", "pupils"]], tables["schools"]
    return {
        "quota": share_places(pupils, schools, settings.quota),
        "quota_changes": places_at_stake(pupils, schools, settings.quota),
    }


def allocation_of(settings: Settings, tables: Tables) -> Tables:
    """Tables allocation, allocation_tests and composition; zoned and staying where it is told where pupils live."""
    study, how = settings.study, settings.allocation
    stages = sorted(tables["schools"]["stage"].unique())
    dispersion = {stage: how.dispersion or past_dispersion(tables["enrolment"], stage) for stage in stages}
    ruler = Ruler(dispersion=dispersion, tolerance_share=how.tolerance_share, draws=how.draws, seed=study.seed)
    cases = cases_of(
        tables, base_year=study.base_year, zone_year=settings.zone_year, scenario=settings.forecast.central
    )
    found, tests = allocation_tables(cases, tables, ruler)
    zoned, staying = residence_tables(tables["residence"], tables["schools"], tables["areas"])
    spread = composition(tables["enrolment"], study.base_year)
    return {"allocation": found, "allocation_tests": tests, "composition": spread, "zoned": zoned, "staying": staying}


def admission_of(settings: Settings, tables: Tables) -> Tables:
    """Tables admissions, intakes and lottery; ways begin at an applicant's unit, or where its home zone's school stands."""
    how, units, schools = settings.admission, tables["units"], tables["schools"].drop_duplicates("school_id")
    costs = tables["unit_costs"]
    ways = costs[costs["subject"] == "school"].rename(columns={"facility_id": "school_id"})
    ways = ways.groupby(["unit_id", "school_id"], as_index=False)["distance_mm"].min()
    spots = shapely.points(schools["x_m"].to_numpy(), schools["y_m"].to_numpy())
    home = shapely.STRtree(units.geometry.values).query_nearest(spots, all_matches=False)[1]
    stands = pd.DataFrame({"from_id": schools["school_id"].to_numpy(), "unit_id": units["unit_id"].to_numpy()[home]})
    distances = pd.concat([ways.rename(columns={"unit_id": "from_id"}), stands.merge(ways, on="unit_id")])
    found = admit(
        tables["applicants"], tables["places"], distances, seed_text=how.seed_text, order=how.order, rule=how.lottery
    )
    return found._asdict()


def clusters_of(folder: Path, settings: Settings, tables: Tables, last: pd.DataFrame | None = None) -> Tables:
    """Tables `clusters`, `cluster_totals`, `cluster_quality` and `unclustered`; last: table `clusters` of an earlier run."""
    return cluster_tables(tables, settings, folder / "data" / "processed" / ".networks", last)


def rules_of(settings: Settings, tables: Tables) -> Tables:
    """The tables with findings and remedies of what is read alone: today's classes and schools, no zones, no forecast."""
    known = tables | {name: TABLES[name].empty() for name in ("forecast", "zones")}
    return known | {name: conform(TABLES[name], table) for name, table in compliance(settings, known).items()}


def backtest_study(folder: Path, settings: Settings, years: int, progress: Progress) -> tuple[Backtest, Tables]:
    """The backtest of a study, and the tables set_aside and reconciliation of what was read for it.

    Only enrolment, births and the schools are read, whatever study.base_year says. Every error bears its school.
    """
    tables = read_history(folder, settings)
    autumns = tables["enrolment"]["year"].nunique()
    if autumns < FEWEST_AUTUMNS:
        what = "pupils of {found} autumns are known, a backtest needs {needed}"
        remedy = "give the enrolment of more past years in sources.enrolment"
        raise InputError(problem(what, remedy, where="enrolment", found=autumns, needed=FEWEST_AUTUMNS))
    last = int(tables["enrolment"]["year"].max())
    history = history_of(tables, settings.forecast, last)
    result = backtest(
        history, model_of(settings.forecast), tables["past_forecasts"], years=years, draws=settings.forecast.draws,
        seed=settings.study.seed, progress=lambda done, total: progress("backtest", done, total),
    )  # fmt: skip
    errors = result.errors.merge(_subjects(history, tables["schools"]), on=["level", "series"], how="left")
    return replace(result, errors=errors), {name: tables[name] for name in ("set_aside", "reconciliation")}


def _subjects(history: History, schools: pd.DataFrame) -> pd.DataFrame:
    """What the numbers of a backtest's series stand for: school (`*` for the county), stage, status and name."""
    keys = history.keys.reset_index(drop=True)
    names = dict(zip(schools["school_id"], schools["name"], strict=True))
    own = keys.assign(series=keys.index, name=[names.get(school, school) for school in keys["school_id"]])
    whole = keys.assign(series=history.groups, school_id="*", name="*").drop_duplicates("series")
    parts = [rows.assign(level=level) for level, rows in (("grade", own), ("school", own), ("county", whole))]
    return pd.concat(parts, ignore_index=True)[["level", "series", "school_id", "stage", "status", "name"]]


def write_ways(settings: Settings, tables: Tables, cell: str, school: str, to: Path) -> list[str]:
    """Write the ways from a cell to a school into a layer, one for each stage of the school; tell their lengths.

    Raises InputError if there is no such cell or school, or no way.
    """
    stages = sorted(tables["schools"].loc[tables["schools"]["school_id"] == school, "stage"])
    if not stages or cell not in set(tables["cells"]["cell_id"]):
        what, remedy = "there is no cell {cell} or no school {school}", "take both from the layers of study.gpkg"
        raise InputError(problem(what, remedy, cell=cell, school=school))
    ways = Ways(network_of(tables["edges"]), tables, settings.network, None)
    lines = {stage: ways.line(stage, cell, school) for stage in stages}
    rows = [{"cell_id": cell, "school_id": school, "stage": s, "geometry": line} for s, line in lines.items() if line]
    if not rows:
        what, remedy = "there is no way from cell {cell} to school {school}", "see table joins, and network.reach_m"
        raise InputError(problem(what, remedy, cell=cell, school=school))
    layer = gpd.GeoDataFrame(rows, crs=tables["edges"].crs).assign(length_m=lambda rows: rows.length.round(1))
    layer.to_file(to)
    return [f"{row.stage}: {row.length_m:,.0f} m → {to}" for row in layer.itertuples()]
