"""The straight line from files to a plan: each step takes tables and adds tables."""

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from catchment.access import seat_balance
from catchment.assign import assign_children, assignment_tables
from catchment.checks.service_radius import WITHIN_PERCENT
from catchment.compliance import compliance, rules_of
from catchment.construction.county import county_of
from catchment.construction.land import land_reserve
from catchment.construction.phasing import phase_in
from catchment.construction.plan import choose_projects
from catchment.construction.results import plan_tables
from catchment.construction.search import search_areas
from catchment.construction.worth import rank_candidates
from catchment.costs import matrix, measure, of_stage, stacked
from catchment.demand import count_children, demand_table, fit_to_enrolment, trust
from catchment.doors import conform, stack
from catchment.enclosures import enclosure_of, enclosures, ground_within
from catchment.errors import InputError
from catchment.forecast import forecast_tables
from catchment.forecast.build import all_enrolment
from catchment.joining import join_all
from catchment.network import network_of
from catchment.reach import access_tables
from catchment.rules import read_rules
from catchment.screening import screen_sites
from catchment.settings import Settings
from catchment.study import Tables, check_study, read_study
from catchment.tables import COSTS, GRADES, TABLES
from catchment.units import adjacency, build_units, cut_at_schools, draw_cells, group_cells
from catchment.ways import Ways
from catchment.zone_text import no_texts, write_texts
from catchment.zoning.asked import wishes_of
from catchment.zoning.drawing import draw_zones
from catchment.zoning.results import zone_tables
from catchment.zoning.town import check_zoned, stages_of, town_of

Progress = Callable[[str, int, int], None]


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
    joined, ground, enclosed = cells["cell_id"].isin(reached).to_numpy(), draw_cells(cells, tables["areas"]), None
    if settings.units.kind == "streets":
        pieces = enclosures(tables["edges"], tables["areas"], settings.units.streets)
        enclosed = enclosure_of(cells, pieces)
        ground = ground_within(ground, cells, pieces, enclosed)
    unit = group_cells(cells, joined, settings.units, enclosed)
    cells = cells.assign(unit_id=cut_at_schools(unit, cells, tables["schools"]))
    progress("network", 1, 2)
    units = build_units(cells, ground, tables["areas"].crs)
    main = tables["edges"]["road_class"].isin(settings.units.streets)
    lines = np.concatenate([tables["edges"].geometry[main].to_numpy(), tables["water"].geometry.to_numpy()])
    pairs, names = adjacency(units, lines), units["unit_id"].to_numpy()
    return {
        "cells": cells,
        "joins": joins,
        "units": units,
        "neighbours": pairs.assign(unit_id=names[pairs["unit"]], other_id=names[pairs["unit_other"]]),
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


def costs(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Ways from cells and units to schools and candidates, and what they say of access."""
    ways = ways_of(folder, settings, tables)
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


def ways_of(folder: Path, settings: Settings, tables: Tables) -> Ways:
    """The ways of a study, its networks kept prepared beside its runs."""
    return Ways(network_of(tables["edges"]), tables, settings.network, folder / "data" / "processed" / ".networks")


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
        costs, ids = of_stage(tables["unit_costs"], str(stage)), pd.Index(schools["school_id"])
        burden, reached = matrix(costs, units, ids)
        distance, _ = matrix(costs, units, ids, "distance_mm")
        flow = assign_children(living, schools["seats"].to_numpy(dtype=np.int64), burden, reached)
        rows = assignment_tables(flow, units, ids, str(stage), distance, reached)
        placed.append(rows[0])
        unplaced.append(rows[1])
    return {"assignment": stack(placed, TABLES["assignment"]), "unplaced": stack(unplaced, TABLES["unplaced"])}


def zones(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Whole units to one school each, every zone in one piece, within the seats."""
    check_zoned(tables, settings.zones)
    stages = stages_of(tables)
    parts: list[Tables] = []
    for done, stage in enumerate(stages):
        progress("zones", done, len(stages))
        known = town_of(tables, settings.zones, stage, year=settings.zone_year)
        wishes = wishes_of(tables | (parts[0] if parts else {}), settings.zones, known)
        drawn = draw_zones(known, wishes, settings.zones, seed=settings.study.seed)
        parts.append(zone_tables(known, drawn, wishes, tables["neighbours"]))
    return {name: stack([part[name] for part in parts], TABLES[name]) for name in parts[0]}


def findings(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """What the rule set says of today's classes, of every school by year, and of the new zones."""
    return compliance(settings, tables)


def ranking(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """What speaks against each parcel and project; candidates by what each alone would change in the zone year; where to look for land."""
    sites = screen_sites(
        tables, children_of(tables, settings.zone_year), rules_of(settings), settings.sources.complete_surroundings,
        within_share=settings.checks.get("service_radius", {}).get("percentile", WITHIN_PERCENT) / 100,
    )  # fmt: skip
    county, rules = county_of(tables, settings), rules_of(settings)
    areas = search_areas(
        county, ways_of(folder, settings, tables), rules, lambda done, total: progress("ranking", done, 2 * total)
    )
    if tables["candidates"].empty:
        return {"ranking": TABLES["ranking"].empty(), "search_areas": areas, **sites}
    rows = rank_candidates(
        county, rules, settings.zone_year, lambda done, total: progress("ranking", total + done, 2 * total)
    )
    return {"ranking": rows, "search_areas": areas, **sites}


def plan(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """The projects that are built within the budgets, what each plan year looks like then, and what stands empty later."""
    if tables["candidates"].empty or not settings.plan.budget_yuan:
        return {name: TABLES[name].empty() for name in PLAN_TABLES}
    progress("plan", 0, 10)
    chosen, rules = choose_projects(county_of(tables, settings)), rules_of(settings)
    found = plan_tables(chosen, rules, lambda done, total: progress("plan", total + done, 2 * total))
    phased = phase_in(chosen, lambda done, total: progress("plan", total + done, 2 * total))
    return found | phased | {"land": land_reserve(tables, found, rules)}


def text(folder: Path, settings: Settings, tables: Tables, progress: Progress) -> Tables:
    """Every zone in words, in the study's language, and the proof that words and zones say the same."""
    if tables["zones"].empty:
        return no_texts(tables["units"].crs)
    return write_texts(tables, settings, settings.study.language, progress)


PLAN_TABLES = (
    "plan",
    "plan_totals",
    "plan_payments",
    "plan_years",
    "plan_use",
    "plan_areas",
    "plan_serves",
    "plan_zones",
    "phase_in",
    "phase_in_totals",
    "land",
)
STEPS = (read, check, network, demand, forecast, costs, assignment, zones, findings, ranking, plan, text)
NAMES = tuple(step.__name__ for step in STEPS)


# The first step that uses each section of the settings: a change there makes the tables from that step on stale.
FIRST_USE = {
    "study": "read", "sources": "read", "network": "network", "units": "network", "demand": "demand", "forecast": "demand",
    "quota": "forecast", "ledger": "plan", "clusters": "forecast", "allocation": "plan", "admission": "plan", "zones": "costs", "zone_text": "text", "bands_m": "costs", "rules": "findings", "rules_beside": "findings", "reliefs": "findings", "remedy_yuan": "findings", "checks": "findings", "plan": "ranking", "notice": "plan", "documents": "plan",
    "publication": "plan", "draft": "plan",
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
    """A step's table as catchment/tables describes it; cells have no unit before the network step."""
    if name == "cells" and "unit_id" not in table:
        return table
    checked = conform(TABLES[name], table)
    return (
        gpd.GeoDataFrame(checked, geometry="geometry", crs=table.crs)
        if isinstance(table, gpd.GeoDataFrame)
        else checked
    )
