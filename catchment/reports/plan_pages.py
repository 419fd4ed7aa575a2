"""Sheets of candidates and of the five-year plan."""

from collections.abc import Mapping

import pandas as pd

from catchment.reports.page import AREA, STAGE, YEAR, Page, named
from catchment.reports.shapes import places_of

Tables = Mapping[str, pd.DataFrame]
PROJECT = (("candidate_id", "Candidate code", "text"), ("name", "Project", "text"))


def plan_pages(tables: Tables) -> list[Page]:
    """Ranking, search areas, plan, payments, years, use, areas, for whom, and land, in this order."""
    return [
        Page("Candidate ranking", "What each candidate project changes when it alone is built; intervals over the futures of the forecast",
             RANKING, _ranking(tables), "ranking"),
        Page("Search areas", "Where to look for land: places where a school would gain most, and the ground around each that is nearly as good",
             SEARCH, named(tables["search_areas"], tables), "search_areas"),
        Page("Plan", "Chosen projects, the autumn in which they open, and what would be missed without each", PLAN, _plan(tables), "plan"),
        Page("Plan as a whole", "What the plan comes to, and how near to the best it is", TOTALS, tables["plan_totals"], "plan_totals"),
        Page("Payments", "What is paid for each project by year", PAYMENTS, _of_project(tables, "plan_payments"), "plan_payments"),
        Page("Plan years", "Each plan year: money, seats and children without a seat", PLAN_YEARS, tables["plan_years"], "plan_years"),
        Page("Use of projects", "Children at the seats of each project up to the last year of the forecast: what stands empty later",
             USE, _of_project(tables, "plan_use"), "plan_use"),
        Page("For whom", "Children at each project in the last plan year, by where they live", SERVES, named(_of_project(tables, "plan_serves"), tables), "plan_serves"),
        Page("Areas with the plan", "Children and seats of each area by year, with the plan", AREAS, named(tables["plan_areas"], tables), "plan_areas"),
        Page("Zones phased in", "Zones of each plan year: pupils enrolled stay, who enters follows the new zones", PHASED, tables["phase_in_totals"], "phase_in_totals"),
        Page("Schools phased in", "Pupils of each school by year while zones are phased in", PHASED_SCHOOLS, _phased_schools(tables)),
        Page("Land reserve", "Land that the children without seats of an area would need, and parcels offered", LAND, named(tables["land"], tables), "land"),
    ]  # fmt: skip


RANKING = (
    ("rank", "Rank", "int"), ("rank_low80", "Rank, 80 % from", "int"), ("rank_high80", "Rank, 80 % to", "int"), *PROJECT, *STAGE,
    ("kind", "Kind of project", "text"), ("seats", "Seats", "int"), ("cost_yuan", "Cost (yuan)", "yuan"),
    ("opens", "Opens in the plan (autumn)", "year"),
    ("placed", "More children placed", "int"), ("placed_low80", "80 % from", "int"), ("placed_high80", "80 % to", "int"),
    ("useful_seats", "Seats used", "int"), ("nearer", "More children within the radius", "int"),
    ("from_large", "Taken from schools over the size rule", "int"), ("over_standard_avoided", "Classes over the standard avoided", "int"),
    ("oversized_avoided", "Oversized classes avoided", "int"), ("rural_share", "Share of rural children", "share"),
    ("use_5", "Seats used in 5 years", "int"), ("use_10", "in 10 years", "int"), ("use_15", "in 15 years", "int"),
    ("use_15_low80", "in 15 years, 80 % from", "int"), ("cost_per_useful_seat_yuan", "Cost per used seat (yuan)", "yuan"),
    ("cost_per_seat_year_yuan", "Cost per seat and year of use (yuan)", "yuan"), ("saved_m", "Distance saved (child·m)", "int"),
    ("dominated_by", "Never better than", "text"), ("share_of_best", "Share of the best combination's gain", "share"),
    ("first_share", "First in so many weightings", "share"), ("rank_weights_low80", "Rank over weightings, 80 % from", "int"),
    ("rank_weights_high80", "Rank over weightings, 80 % to", "int"), ("named_in_policy", "Named in policy", "text"), ("remarks", "Remarks", "text"),
)  # fmt: skip
SEARCH = (
    *STAGE, ("rank", "Rank", "int"), *AREA, ("unit_id", "Best planning unit", "text"), *YEAR, ("children", "Children at a school there", "int"),
    ("placed", "More children placed", "int"), ("saved_m", "Distance saved (child·m)", "int"), ("nearer", "More children within the radius", "int"),
    ("gain_m", "Gain a year (child·m)", "int"), ("classes", "Classes", "int"), ("seats", "Seats", "int"), ("later_year", "Last year looked at", "year"),
    ("children_later", "Children there then", "int"), ("ground_m2", "Ground (m²)", "int"), ("candidate_ids", "Candidates within it", "text"),
)  # fmt: skip
PLAN = (
    ("opens", "Opens (autumn)", "year"), *PROJECT, *STAGE, ("kind", "Kind of project", "text"), ("seats", "Seats added", "int"),
    ("cost_yuan", "Cost (yuan)", "yuan"), ("children", "Children there in the last plan year", "int"),
    ("needed", "Children without a seat if it were left out", "int"), ("saved_m", "Distance more if it were left out (child·m)", "int"),
    ("last_needed", "Last year in which its seats are missed", "year"), ("remarks", "Remarks", "text"),
)  # fmt: skip
TOTALS = (
    ("status", "Status", "text"), ("objective", "What is least", "text"), ("projects", "Projects of the plan", "int"), ("cost_yuan", "Cost (yuan)", "yuan"),
    ("budget_yuan", "Budget of all years (yuan)", "yuan"), ("futures", "Futures looked at", "int"), ("objective_m", "All that counts (m)", "int"),
    ("bound_m", "No plan comes to less than (m)", "int"), ("gap", "Gap to the best, at most", "share"), ("could_save_yuan", "The best could save at most (yuan)", "yuan"),
)  # fmt: skip
PAYMENTS = (*PROJECT, *YEAR, ("yuan", "Paid (yuan)", "yuan"))
PLAN_YEARS = (
    *YEAR, *STAGE, ("budget_yuan", "Budget, both stages (yuan)", "yuan"), ("spent_yuan", "Spent (yuan)", "yuan"),
    ("children", "Children", "int"), ("seats", "Seats", "int"), ("unmet", "Children without a seat", "int"),
    ("unmet_low80", "80 % from", "int"), ("unmet_high80", "80 % to", "int"),
    ("unmet_without_plan", "The same without the plan", "int"), ("empty_seats", "Empty seats", "int"),
)  # fmt: skip
USE = (
    *PROJECT, *YEAR, ("seats", "Seats of the school", "int"), ("children", "Children", "int"), ("low80", "80 % from", "int"),
    ("high80", "80 % to", "int"), ("empty", "Empty seats", "int"), ("needed", "Children without a seat if it were left out", "int"),
)  # fmt: skip
SERVES = (*PROJECT, *AREA, ("children", "Children", "int"))
AREAS = (
    *AREA, *STAGE, *YEAR, ("children", "Children", "int"), ("low80", "80 % from", "int"), ("high80", "80 % to", "int"),
    ("seats", "Seats", "int"), ("seat_gap", "Seat gap (+ = short)", "int"),
)  # fmt: skip
PHASED = (
    *YEAR, *STAGE, ("drawn", "Drawn anew", "text"), ("zones", "Zones", "int"), ("units_changed", "Units with another school", "int"),
    ("entrants", "Children who enter", "int"), ("entrants_moved", "of these from ground with another school than before", "int"),
    ("siblings", "Siblings kept together", "int"), ("came", "Pupils of closed schools", "int"), ("at_once", "Would move if all changed at once", "int"),
    ("seats", "Seats", "int"), ("pupils", "Pupils", "int"), ("over_seats", "Over the seats", "int"), ("gap_share", "Gap to the best, at most", "share"),
)  # fmt: skip
PHASED_SCHOOLS = (
    *YEAR, *STAGE, ("school_id", "School code", "text"), ("name", "School", "text"), ("seats", "Seats", "int"), ("stay", "Pupils who stay", "int"),
    ("entrants", "Children who enter", "int"), ("siblings", "of these from other zones to a sibling", "int"), ("came", "Pupils of closed schools", "int"),
    ("pupils", "Pupils", "int"), ("over_seats", "Over the seats", "int"), ("entrants_moved", "First grade from ground with another school than before", "int"),
    ("children", "Children in the zone", "int"),
)  # fmt: skip
LAND = (
    *AREA, *STAGE, *YEAR, ("short", "Children without a seat", "int"), ("short_high80", "80 % to", "int"),
    ("norm_m2", "Land per pupil (m²)", "number"), ("needed_m2", "Land needed (m²)", "int"),
    ("needed_high80_m2", "Land to reserve (m²)", "int"), ("needed_high80_mu", "Land to reserve (mu)", "number"),
    ("offered_m2", "Land offered and not used (m²)", "int"),
)  # fmt: skip


def _ranking(tables: Tables) -> pd.DataFrame:
    about = tables["candidates"][["candidate_id", "name", "kind", "seats", "cost_yuan", "named_in_policy"]]
    rows = tables["ranking"].merge(about, on="candidate_id", how="left")
    return rows.merge(tables["plan"][["candidate_id", "opens"]], on="candidate_id", how="left").sort_values(
        "rank", kind="stable"
    )


def _phased_schools(tables: Tables) -> pd.DataFrame:
    names = places_of(tables).drop_duplicates("school_id").set_index("school_id")["name"]
    return tables["phase_in"].assign(name=tables["phase_in"]["school_id"].map(names))


def _of_project(tables: Tables, name: str) -> pd.DataFrame:
    return tables[name].merge(tables["candidates"][["candidate_id", "name"]], on="candidate_id", how="left")


def _plan(tables: Tables) -> pd.DataFrame:
    return _of_project(tables, "plan").sort_values(["opens", "candidate_id"])
