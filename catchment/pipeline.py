"""The straight line from files to a plan: each step takes tables and adds tables."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.access import seat_balance
from catchment.admission import admit
from catchment.allocation import (
    Ruler,
    allocation_tables,
    cases_of,
    composition,
    past_dispersion,
    residence_tables,
    zoned_rates,
)
from catchment.assign import assignment_tables
from catchment.checks import run_checks
from catchment.clusters import cluster_tables
from catchment.costs import matrix, measure, of_stage, stacked
from catchment.demand import count_children, demand_table, fit_to_enrolment, trust
from catchment.doors import conform, stack
from catchment.errors import InputError, problem
from catchment.forecast import forecast_tables
from catchment.forecast.backtest import Backtest, backtest
from catchment.forecast.build import all_enrolment, history_of, model_of
from catchment.forecast.history import History
from catchment.joining import join_all
from catchment.network import network_of
from catchment.plan import choose_projects, gather_units, plan_years
from catchment.quota import places_at_stake, share_places
from catchment.ranking import assign_stage, rank_candidates, supply
from catchment.reach import access_tables
from catchment.remedies import remedies
from catchment.rules import read_rules, rules_in_force
from catchment.settings import Settings
from catchment.study import Tables, check_study, read_history, read_study
from catchment.tables import COSTS, GRADES, TABLES
from catchment.units import adjacency, build_units, draw_cells, group_cells
from catchment.ways import Ways
from catchment.zones import draw_zones, zone_table

Progress = Callable[[str, int, int], None]
FEWEST_AUTUMNS = 6
"""Three to learn from, two to learn the errors of, one to judge."""


def read(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Files to tables."""
    return read_study(folder, settings)


def check(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Files against each other; adds nothing."""
    problems = check_study(tables, settings)
    if problems:
        raise InputError(problems)
    read_rules(settings.rules)
    return {}


def network(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Cells, schools and candidates joined to the roads; cells gathered into planning units."""
    roads, how, cells = network_of(tables["edges"]), settings.network, tables["cells"]
    joins, aside, accounts = join_all(roads, tables, how, lambda done, total: progress("network", done, total + 2))
    day = how.mode_of(how.mode).uses
    reached = joins.loc[(joins["subject"] == "cell") & (joins["uses"] == day), "subject_id"]
    cells = cells.assign(unit_id=group_cells(cells, cells["cell_id"].isin(reached).to_numpy(), settings.units.side_m))
    progress("network", 1, 2)
    units = build_units(cells, draw_cells(cells, tables["areas"]), tables["areas"].crs)
    pairs = adjacency(units)
    names = units["unit_id"].to_numpy()
    return {
        "cells": cells,
        "joins": joins,
        "units": units,
        "neighbours": pd.DataFrame({"unit_id": names[pairs["unit"]], "other_id": names[pairs["unit_other"]]}),
        "set_aside": stack([tables["set_aside"], aside], TABLES["set_aside"]),
        "reconciliation": stack([tables["reconciliation"], accounts], TABLES["reconciliation"]),
    }


def demand(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Children by unit, grade and year; seats against them by area, under every scenario of births."""
    first, last = settings.study.base_year, settings.study.base_year + settings.study.horizon_years
    stages = {stage: GRADES[stage] for stage in sorted(tables["schools"]["stage"].unique())}
    scenarios = settings.forecast.birth_change_per_year
    kept, balances = {}, []
    for done, (scenario, change) in enumerate(scenarios.items()):
        progress("demand", done, len(scenarios))
        children = count_children(
            tables["cells"], tables["people"], tables["births"], settings.demand,
            year=settings.sources.population[0].year, entry_years=range(first - 8, last + 1), change_per_year=change,
        )  # fmt: skip
        if settings.demand.fit_to_enrolment:
            children = fit_to_enrolment(children, _enrolled_cohorts(tables, settings))
        kept[scenario] = demand_table(children, stages, range(first, last + 1), settings.demand.enrol_share, scenario)
        balances.append(seat_balance(kept[scenario], tables["units"], tables["schools"]))
    rests = trust(tables["cells"], tables["people"], tables["births"])
    return {"demand": kept[settings.forecast.central], "balance": stack(balances, TABLES["balance"]), "trust": rests}


def _enrolled_cohorts(tables: Tables, settings: Settings) -> pd.Series:
    """Children that the pupils of the base year stand for, by entry year."""
    pupils = all_enrolment(tables, settings.study.base_year).query("year == @settings.study.base_year")
    shares = pd.to_numeric(pupils["stage"].map(settings.demand.enrol_share)).fillna(1.0)
    return (pupils["pupils"] / shares).groupby(pupils["year"] - pupils["grade"] + 1).sum()


def forecast(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Pupils by school and grade with intervals, classes formed, seats, peaks."""
    study = settings.study
    return forecast_tables(
        tables, settings.forecast, base_year=study.base_year, years=study.horizon_years, seed=study.seed
    )


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


def costs(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Ways from cells and units to schools and candidates, and what they say of access."""
    ways = Ways(network_of(tables["edges"]), tables, settings.network, folder / "data" / "processed" / ".networks")
    facilities = [
        (subject, str(stage), rows[column])
        for subject, column in (("school", "school_id"), ("candidate", "candidate_id"))
        for stage, rows in tables[f"{subject}s"].groupby("stage", sort=True)
    ]
    measured = []
    for done, (subject, stage, ids) in enumerate(facilities):
        progress("costs", done, len(facilities) + 1)
        found = measure(
            ways.of(stage, subject, ids), tables["cells"], pd.Index(sorted(ids)), stage=stage, subject=subject,
            nearest=settings.network.nearest,
        )  # fmt: skip
        measured.append((found[0] if subject == "school" else COSTS.empty(), found[1]))
    of_cells, of_units = stacked(measured)
    how = settings.network
    seen = access_tables(
        tables, of_units, children_of(tables, settings.zone_year), bands_m=settings.bands_m, radius_m=how.radius_m,
        reach_m={stage: int(how.travel_of(stage).reach_m or 0) for stage in GRADES},
    )  # fmt: skip
    grounds = [
        ways.isochrones(str(stage), rows["school_id"], how.isochrones_m)
        for stage, rows in tables["schools"].groupby("stage", sort=True)
    ]
    rings = gpd.GeoDataFrame(pd.concat(grounds, ignore_index=True), crs=tables["edges"].crs)
    return {"costs": of_cells, "unit_costs": of_units, **seen, "isochrones": rings}


def write_ways(folder: Path, settings: Settings, tables: Tables, cell: str, school: str, to: Path) -> list[str]:
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


def children_of(tables: Tables, year: int) -> pd.DataFrame:
    """Children of a year by unit and stage."""
    rows = tables["demand"][tables["demand"]["year"] == year]
    return rows.groupby(["unit_id", "stage"], as_index=False)["children"].sum()


def assignment(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Children of the zone year to schools within their seats."""
    units, children = pd.Index(tables["units"]["unit_id"]), children_of(tables, settings.zone_year)
    placed, unplaced = [], []
    for stage, schools in tables["schools"].groupby("stage", sort=True):
        living = (
            children[children["stage"] == stage]
            .set_index("unit_id")["children"]
            .reindex(units, fill_value=0)
            .to_numpy(dtype=np.int64)
        )
        stock = supply(schools, tables["candidates"].iloc[:0])
        costs = of_stage(tables["unit_costs"], str(stage))
        distance, reached = matrix(costs, units, stock.facilities, "distance_mm")
        rows = assignment_tables(
            assign_stage(living, units, costs, stock),
            units,
            stock.facilities,
            str(stage),
            distance,
            reached,
        )
        placed.append(rows[0])
        unplaced.append(rows[1])
    return {"assignment": stack(placed, TABLES["assignment"]), "unplaced": stack(unplaced, TABLES["unplaced"])}


def zones(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Whole units to one school each, every zone in one piece."""
    units, index = tables["units"], pd.Index(tables["units"]["unit_id"])
    pairs = np.column_stack([index.get_indexer(tables["neighbours"][c]) for c in ("unit_id", "other_id")])
    children, ground, parts = children_of(tables, settings.zone_year), shapely.STRtree(units.geometry.values), []
    for stage, schools in tables["schools"].sort_values("school_id").groupby("stage", sort=True):
        columns = pd.Index(schools["school_id"])
        living = (
            children[children["stage"] == stage]
            .set_index("unit_id")["children"]
            .reindex(index, fill_value=0)
            .to_numpy(dtype=np.int64)
        )
        rows = tables["assignment"][tables["assignment"]["stage"] == stage].sort_values(
            ["unit_id", "children", "school_id"], ascending=[True, False, True]
        )
        most = rows.drop_duplicates("unit_id").set_index("unit_id")["school_id"].reindex(index)
        home = ground.query_nearest(
            shapely.points(schools["x_m"].to_numpy(), schools["y_m"].to_numpy()), all_matches=False
        )[1]
        costs = of_stage(tables["unit_costs"], str(stage))
        zone, moved = draw_zones(columns.get_indexer(most), home, *matrix(costs, index, columns), pairs)
        distance, reached = matrix(costs, index, columns, "distance_mm")
        parts.append(zone_table(zone, moved, index, columns, str(stage), living, distance, reached))
    return {"zones": stack(parts, TABLES["zones"])}


def findings(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """What the rule set says of today's classes, of every school by year, and of the new zones."""
    return compliance(settings, tables)


def compliance(settings: Settings, tables: Tables) -> Tables:
    """Tables findings and remedies: the study's rule set and those beside it, as they hold on 1 September of the base year.

    Relief clauses are asked of every set that has them.
    """
    year = settings.study.base_year
    tables = _with_zoned_rates(tables)
    named = (settings.rules, *settings.rules_beside)
    known = {name: {rule.relief for rule in read_rules(name).rule} for name in named}
    rules_in_force(settings.rules, date(year, 9, 1), settings.reliefs)
    sets = [rules_in_force(name, date(year, 9, 1), known[name] & set(settings.reliefs)) for name in named]
    found = stack((run_checks(tables, rules, settings.checks, year=year) for rules in sets), TABLES["findings"])
    cures = remedies(found, tables, settings.remedy_yuan, rule_set=settings.rules, year=year)
    return {"findings": found, "remedies": cures}


def _with_zoned_rates(tables: Tables) -> Tables:
    """The enrolment by zone as it follows from where pupils live, where no rate of it is told."""
    rates = tables["rates"]
    if tables["residence"].empty or (rates["rate"] == "zoned_enrolment").any():
        return tables
    zoned, _ = residence_tables(tables["residence"], tables["schools"], tables["areas"])
    return {**tables, "rates": stack([rates, zoned_rates(zoned)], TABLES["rates"])}


def rules_of(settings: Settings, tables: Tables) -> Tables:
    """The tables with findings and remedies of what is read alone: today's classes and schools, no zones, no forecast."""
    known = tables | {name: TABLES[name].empty() for name in ("forecast", "zones")}
    return known | {name: conform(TABLES[name], table) for name, table in compliance(settings, known).items()}


def ranking(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Candidates by what each alone would change in the zone year."""
    if tables["candidates"].empty:
        return {"ranking": TABLES["ranking"].empty()}
    units = pd.Index(tables["units"]["unit_id"])
    rows = rank_candidates(
        children_of(tables, settings.zone_year), units, tables["unit_costs"], tables["schools"], tables["candidates"], read_rules(settings.rules),
        progress=lambda done, total: progress("ranking", done, total),
    )  # fmt: skip
    return {"ranking": rows}


def plan(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """The projects that are built within the budgets, and what each plan year looks like then."""
    if tables["candidates"].empty or not settings.plan.budget_yuan:
        return {name: TABLES[name].empty() for name in ("plan", "plan_years")}
    years, units = settings.plan_years, tables["units"]
    progress("plan", 0, 2)
    points = gather_units(
        tables["demand"], units, tables["unit_costs"], points=settings.plan.clusters, seed=settings.study.seed
    )
    chosen = choose_projects(points, tables["schools"], tables["candidates"], settings.plan, years)
    progress("plan", 1, 2)
    seen = plan_years(
        chosen,
        tables["demand"],
        pd.Index(units["unit_id"]),
        tables["unit_costs"],
        tables["schools"],
        tables["candidates"],
        settings.plan,
        years,
    )
    return {"plan": chosen, "plan_years": seen}


STEPS = (read, check, network, demand, forecast, costs, assignment, zones, findings, ranking, plan)
NAMES = tuple(step.__name__ for step in STEPS)


# The first step that uses each section of the settings: a change there makes the tables from that step on stale.
FIRST_USE = {
    "study": "read", "sources": "read", "network": "network", "units": "network", "demand": "demand", "forecast": "demand",
    "quota": "forecast", "ledger": "plan", "clusters": "forecast", "allocation": "plan", "admission": "plan", "zones": "costs", "bands_m": "costs", "rules": "findings", "rules_beside": "findings", "reliefs": "findings", "remedy_yuan": "findings", "checks": "findings", "plan": "plan",
}  # fmt: skip


def changed_before(first: str, then: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Sections of the settings that differ and that a step before `first` uses."""
    return [
        section
        for section, step in FIRST_USE.items()
        if then.get(section) != now.get(section) and NAMES.index(step) < NAMES.index(first)
    ]


def run_steps(
    folder: Path,
    settings: Settings,
    tables: Tables,
    progress: Progress,
    *,
    first: str = NAMES[0],
    last: str = NAMES[-1],
) -> Tables:
    """Run the steps from `first` to `last` on the tables of the steps before; every new table is conformed."""
    tables = dict(tables)
    for step in STEPS[NAMES.index(first) : NAMES.index(last) + 1]:
        progress(step.__name__, 0, 1)
        added = step(folder, settings, tables, progress)
        tables |= {name: _conformed(name, table) for name, table in added.items()}
        progress(step.__name__, 1, 1)
    return tables


def _conformed(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A step's table as tables.py describes it; cells have no unit before the network step."""
    if name == "cells" and "unit_id" not in table:
        return table
    checked = conform(TABLES[name], table)
    return (
        gpd.GeoDataFrame(checked, geometry="geometry", crs=table.crs)
        if isinstance(table, gpd.GeoDataFrame)
        else checked
    )
