"""From which rows of which tables each table is made, and how: what `catchment trace` follows down to the files."""

from typing import NamedTuple


class Feed(NamedTuple):
    """Rows of another table that stand behind a row.

    on: column here → column there; where: column there → value, `@name` = taken from the settings; adds: column
    there whose sum over these rows is the figure `makes`; through: the table by whose key rows are found where a column
    of `on` is not there itself.
    """

    table: str
    on: tuple[tuple[str, str], ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    adds: str = ""
    makes: str = ""
    through: str = ""


class Origin(NamedTuple):
    """How a table is made: in a sentence (a message id), where the formula stands, what it is made from."""

    how: str
    formula: str
    feeds: tuple[Feed, ...]


def same(*columns: str) -> tuple[tuple[str, str], ...]:
    """Joined by columns of the same name."""
    return tuple((column, column) for column in columns)


ZONE_YEAR = ("year", "@zone_year")
CENTRAL = ("scenario", "@central")
LATEST = ("snapshot", "@latest")
SCHOOL = same("school_id", "stage")
LIVING = Feed("demand", same("area_id", "stage"), (ZONE_YEAR, CENTRAL), "children", "children", "units")

ORIGINS: dict[str, Origin] = {
    "zone_schools": Origin(
        "children of the units of its zone, against the school's seats", "docs/method/zones.md",
        (Feed("zones", SCHOOL, adds="children", makes="children"), Feed("schools", SCHOOL, adds="seats", makes="seats")),
    ),
    "zone_totals": Origin(
        "all zones of the stage together, and the bound that no zones come below", "docs/method/zones.md",
        (Feed("zone_schools", same("stage"), adds="children", makes="children"),
         Feed("zone_schools", same("stage"), adds="over_seats", makes="over_seats")),
    ),
    "zones": Origin(
        "children of the unit in the zone year", "docs/method/zones.md",
        (Feed("demand", same("unit_id", "stage"), (ZONE_YEAR,), "children", "children"),),
    ),
    "demand": Origin(
        "people of its cells by single year of age, fitted to the pupils in school", "docs/method/demand.md",
        (Feed("cells", same("unit_id")),),
    ),
    "cells": Origin(
        "people of the grids in the cell", "docs/method/demand.md", (Feed("people", same("cell_id")), Feed("births", same("area_id"))),
    ),
    "balance": Origin(
        "children living in the area less the seats of its schools", "docs/method/demand.md",
        (Feed("schools", same("area_id", "stage"), adds="seats", makes="seats"),
         Feed("demand", same("area_id", "stage", "year", "scenario"), (), "children", "children", "units")),
    ),
    "units": Origin("cells that lie together", "docs/method/demand.md", (Feed("cells", same("unit_id"), adds="people", makes="people"),)),
    "assignment": Origin(
        "children of the unit sent to the school by the exact assignment within seats", "docs/method/assignment.md",
        (Feed("demand", same("unit_id", "stage"), (ZONE_YEAR,)), Feed("schools", SCHOOL)),
    ),
    "unplaced": Origin(
        "children of the unit who are assigned to no school", "docs/method/assignment.md",
        (Feed("demand", same("unit_id", "stage"), (ZONE_YEAR,)),),
    ),
    "access": Origin("children by the way of their cell to the nearest school", "docs/method/access.md", (LIVING._replace(adds="", makes=""),)),
    "distances": Origin("ways of the cells to the nearest school, weighed by their children", "docs/method/access.md", (LIVING,)),
    "coverage": Origin("children whose nearest school is within the radius", "docs/method/access.md", (LIVING,)),
    "costs": Origin(
        "way by road from door to door", "docs/method/distance.md", (Feed("cells", same("cell_id")), Feed("schools", SCHOOL)),
    ),
    "outlook": Origin(
        "pupils forecast of its schools, with intervals from the forecast's own past errors", "docs/method/forecast.md",
        (Feed("forecast", (("subject_id", "school_id"), *same("stage", "year", "scenario")), adds="pupils", makes="pupils"),),
    ),
    "peaks": Origin(
        "the year of most pupils in the outlook", "docs/method/forecast.md", (Feed("outlook", same("level", "subject_id", "stage", "scenario")),),
    ),
    "forecast": Origin(
        "cohorts moved up a grade a year by the school's own ratios", "docs/method/forecast.md",
        (Feed("enrolment", same("school_id", "stage")), Feed("classes", SCHOOL, (LATEST,))),
    ),
    "class_outlook": Origin(
        "classes that the pupils forecast would form", "docs/method/forecast.md", (Feed("forecast", same("school_id", "stage", "year", "scenario")),),
    ),
    "plan": Origin("projects chosen within the budgets", "docs/method/plan.md", (Feed("candidates", same("candidate_id")), Feed("plan_payments", same("candidate_id"), adds="yuan", makes="cost_yuan"))),
    "plan_years": Origin("the plan's projects by year", "docs/method/plan.md", (Feed("plan_payments", same("year")),)),
    "plan_payments": Origin("what a project costs by year", "docs/method/plan.md", (Feed("candidates", same("candidate_id")),)),
    "plan_totals": Origin("the plan as a whole, and its bound", "docs/method/plan.md", (Feed("plan", ()),)),
    "ranking": Origin(
        "what the project changes when it alone is built", "docs/method/sites.md", (Feed("candidates", same("candidate_id")),),
    ),
    "siting_totals": Origin("tests of the site by their verdict", "docs/method/siting_test.md", (Feed("siting", same("subject", "subject_id")),)),
    "siting": Origin("distance to what stands around the site", "docs/method/siting_test.md", (Feed("surroundings", (("object_id", "object_id"),)),)),
    "remedies": Origin("what would cure a rule that is broken", "docs/method/rules.md", (Feed("findings", same("school_id", "stage", "rule")),)),
    "land": Origin("land for the children without seats", "docs/method/plan.md", (Feed("plan_areas", same("area_id", "stage", "year")),)),
}  # fmt: skip
"""Table → how it is made. A table that is not here is read from a file."""

FINDINGS: dict[str, Origin] = {
    "class_size": Origin("pupils of the class against the limit of its stage", "docs/method/rules.md", (Feed("classes", SCHOOL, (LATEST,)),)),
    "school_size": Origin("pupils of the school against the limit", "docs/method/rules.md", (Feed("forecast", same("school_id", "year")),)),
    "service_radius": Origin("children of the zone within the radius by road", "docs/method/rules.md", (Feed("zones", SCHOOL),)),
    "seats_per_1000": Origin("seats of the area per 1,000 residents", "docs/method/rules.md", (Feed("schools", (("subject_id", "area_id"), *same("stage"))), Feed("areas", (("subject_id", "area_id"),)))),
    "rates": Origin("a part and a whole as told in the file of rates", "docs/method/rules.md", (Feed("rates", (("level", "rate"),)),)),
    "zoned_enrolment": Origin("pupils who live in the zone of their school", "docs/method/rules.md", (Feed("residence", same("school_id", "stage")),)),
    "": Origin("what the school has against the rule", "docs/method/rules.md", (Feed("resources", SCHOOL), Feed("classes", SCHOOL, (LATEST,)))),
}  # fmt: skip
"""Rule → how its findings are made; any other rule is about what schools have."""

SOURCES = {
    "people": "population", "edges": "roads", "candidates": "projects",
    **{name: name for name in (
        "schools", "classes", "class_bands", "areas", "births", "enrolment", "events", "housing", "entrants", "past_forecasts", "resources",
        "rates", "residence", "applicants", "places", "zone_wishes", "present_zones", "parcels", "surroundings", "water", "barriers", "gates",
    )},
}  # fmt: skip
"""Table → the source in study.toml that it is read from."""
