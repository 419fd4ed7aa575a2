"""Zones of plan years phased in: a row of four units by hand, and laws."""

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_construction import CRS, YEARS, county, project, quiet

from catchment.construction.county import county_of
from catchment.construction.phasing import phase_in
from catchment.construction.plan import choose_projects
from catchment.tables import CLASSES, PHASE_IN, PHASE_IN_TOTALS, PLAN_ZONES, TABLES, ZONE_WISHES

GRADES = range(1, 7)
UNITS = ["u0", "u1", "u2", "u3"]


def row_of_units(
    *projects,
    living=10,
    entrants=2,
    seats=60,
    enrolled=None,
    budgets=(9_000_000, 9_000_000, 9_000_000),
    siblings=0.0,
    **more,
):
    """
    Four units of 1 km with `entrants` children of each grade each; a school s in the first, projects in the last.

        s u0 · u1 · u2 · u3 A

    enrolled: pupils of s by grade in 2025; none: no returns.
    """
    metres = dict.fromkeys(
        ["s", *(one["candidate_id"] for one in projects if one["kind"] in ("new", "relocated"))], (1, 1)
    )
    town = county(*projects, metres=metres, budgets=budgets, siblings_share=siblings, **more)
    places = [500_500.0 + 1000 * n for n in range(4)]
    ground = gpd.GeoDataFrame(
        {"unit_id": UNITS, "area_id": "a", "x_m": places, "y_m": 500.0, "cells": 1, "people": 10.0},
        geometry=[shapely.box(x - 500, 0, x + 500, 1000) for x in places], crs=CRS,
    )  # fmt: skip
    costs = []
    for facility in metres:
        at = places[0] if facility == "s" else places[3]
        costs += [
            (u, facility, "primary", "school", int(abs(x - at) + 100) * 1000, int(abs(x - at) + 100) * 1000)
            for u, x in zip(UNITS, places, strict=True)
        ]
    demand = [
        (u, "primary", grade, year, "medium", entrants) for u in UNITS for grade in GRADES for year in (2025, *YEARS)
    ]
    schools = town.tables["schools"].assign(seats=seats, x_m=places[0], y_m=500.0, name="甲小学")
    candidates = town.tables["candidates"].assign(x_m=places[3], y_m=500.0)
    classes = [
        ("s", "primary", 2026 - grade, 1, "2025-09-01", grade, count)
        for grade, count in zip(GRADES, enrolled or [], strict=False)
    ]
    zones = pd.DataFrame(
        {
            "unit_id": UNITS,
            "stage": "primary",
            "school_id": "s",
            "children": 6 * entrants,
            "distance_mm": 0,
            "reason": "nearest",
            "present_id": None,
        }
    )
    tables = {
        **town.tables, "units": ground, "schools": schools, "candidates": candidates, "zones": zones,
        "unit_costs": pd.DataFrame(costs, columns=["unit_id", "facility_id", "stage", "subject", "distance_mm", "burden_mm"]),
        "demand": pd.DataFrame(demand, columns=["unit_id", "stage", "grade", "year", "scenario", "children"]),
        "neighbours": pd.DataFrame({"unit_id": UNITS[:-1], "other_id": UNITS[1:], "border_mm": 1_000_000, "along_mm": 0}),
        "present_zones": gpd.GeoDataFrame({"school_id": [], "stage": []}, geometry=[], crs=CRS),
        "zone_wishes": ZONE_WISHES.empty(),
        "classes": pd.DataFrame(classes, columns=["school_id", "stage", "entry_year", "class_no", "snapshot", "grade", "pupils"]).reindex(columns=CLASSES.names),
        "enrolment": TABLES["enrolment"].empty(),
    }  # fmt: skip
    return county_of(tables, town.settings)


def phased(town):
    found = phase_in(choose_projects(town), quiet)
    for name, table in (("plan_zones", PLAN_ZONES), ("phase_in", PHASE_IN), ("phase_in_totals", PHASE_IN_TOTALS)):
        assert list(found[name].columns) == table.names
    return (
        found["plan_zones"],
        found["phase_in"].set_index(["year", "school_id"]),
        found["phase_in_totals"].set_index("year"),
    )


def test_who_enters_goes_to_the_new_school_who_is_enrolled_stays():
    """A opens in 2027 with 24 seats: u2 and u3 are nearer to it; 8 children enter a year, 4 of them there from 2027 on."""
    zones, schools, totals = phased(
        row_of_units(project("A", seats=24, earliest=2027, must_build=True), enrolled=[8] * 6)
    )
    assert zones[zones["year"] == 2026]["school_id"].tolist() == ["s"] * 4
    assert zones[zones["year"] == 2027]["school_id"].tolist() == ["s", "s", "A", "A"]
    assert zones[zones["year"] == 2028]["before_id"].tolist() == ["s", "s", "A", "A"]
    assert totals["drawn"].tolist() == [False, True, False]
    assert totals.loc[2027, ["units_changed", "entrants", "entrants_moved", "at_once", "came"]].tolist() == [
        2,
        8,
        4,
        24,
        0,
    ]
    assert totals.loc[2028, ["units_changed", "entrants_moved", "at_once"]].tolist() == [0, 0, 0]
    assert schools.loc[(2027, "A"), ["entrants", "stay", "pupils", "children"]].tolist() == [4, 0, 4, 24]
    assert schools.loc[(2027, "s"), ["entrants", "stay", "pupils", "children"]].tolist() == [4, 40, 44, 24]
    assert schools.loc[(2028, "A"), ["entrants", "stay"]].tolist() == [4, 4]
    assert schools.loc[(2028, "s"), ["entrants", "stay"]].tolist() == [4, 36]


def test_siblings_together():
    """Half of the entrants have an older sibling; in 2027 those of the new zone's 4 go to s, in 2028 one grade in five is at A already."""
    _, schools, totals = phased(
        row_of_units(project("A", seats=24, earliest=2027, must_build=True), enrolled=[8] * 6, siblings=0.5)
    )
    assert totals["siblings"].tolist() == [0, 2, 2]  # 4 × 0.5 × 5/5, 4 × 0.5 × 4/5 rounded
    assert schools.loc[(2027, "s"), ["entrants", "siblings"]].tolist() == [6, 2]
    assert schools.loc[(2027, "A"), ["entrants", "siblings"]].tolist() == [2, 0]


def test_a_school_that_moves_takes_pupils_and_zone_along():
    moves = project("M", kind="relocated", school="s", seats=60, earliest=2027, must_build=True)
    zones, schools, totals = phased(row_of_units(moves, enrolled=[8] * 6, budgets=(9_000_000, 9_000_000)))
    assert zones[zones["year"] == 2027]["school_id"].tolist() == ["M"] * 4
    assert totals["entrants_moved"].tolist() == [0, 0]
    assert schools.loc[(2027, "M"), ["stay", "entrants", "came"]].tolist() == [40, 8, 0]
    assert (2027, "s") not in schools.index


def test_pupils_of_a_school_that_closes_go_where_its_ground_goes():
    closes = project("C", kind="closed", school="s", seats=0, cost=0, earliest=2028, must_build=True)
    opens = project("A", seats=60, earliest=2027, must_build=True)
    _, schools, totals = phased(row_of_units(opens, closes, enrolled=[8] * 6))
    assert totals["came"].tolist() == [0, 0, 36]  # 6 grades of 8, less who left, less the 4 who entered A
    assert schools.loc[(2028, "A"), ["stay", "came", "entrants", "pupils"]].tolist() == [4, 36, 8, 48]


def test_without_returns_the_children_of_the_zones_are_the_pupils():
    _, schools, _ = phased(row_of_units(project("A", seats=24, earliest=2028, must_build=True)))
    assert schools.loc[(2026, "s"), ["stay", "entrants", "pupils", "over_seats"]].tolist() == [40, 8, 48, 0]


def test_a_wish_about_a_closed_school_does_not_stop_the_line():
    closes = project("C", kind="closed", school="s", seats=0, cost=0, earliest=2028, must_build=True)
    town = row_of_units(project("A", seats=60, earliest=2027, must_build=True), closes, enrolled=[8] * 6)
    wish = ZONE_WISHES.empty().reindex([0]).assign(wish_no=1, stage="primary", wish="lock", unit_id="u0", school_id="s")
    zones, _, _ = phased(replace(town, tables={**town.tables, "zone_wishes": wish}))
    assert set(zones[zones["year"] == 2028]["school_id"]) == {"A"}


@settings(max_examples=25, deadline=None)
@given(
    enrolled=st.lists(st.integers(0, 15), min_size=6, max_size=6), entrants=st.integers(0, 4), seats=st.integers(0, 40),
    opens=st.integers(2026, 2028), siblings=st.sampled_from([0.0, 0.3, 1.0]),
)  # fmt: skip
def test_nobody_is_lost(enrolled, entrants, seats, opens, siblings):
    """Pupils of an autumn are those of the autumn before without the last grade, and the children who enter."""
    town = row_of_units(
        project("A", seats=seats, earliest=opens, must_build=True),
        enrolled=enrolled,
        entrants=entrants,
        siblings=siblings,
    )
    zones, schools, totals = phased(town)
    rows = schools.reset_index()
    assert (rows["pupils"] == rows["entrants"] + rows["stay"] + rows["came"]).all()
    assert (rows[["entrants", "stay", "pupils"]] >= 0).all(axis=None)
    left = enrolled[::-1]
    pupils = sum(enrolled)
    for number, year in enumerate(totals.index):
        pupils += 4 * entrants - (left[number] if number < 6 else 4 * entrants)
        assert totals.loc[year, "pupils"] == pupils == rows.loc[rows["year"] == year, "pupils"].sum()
        assert rows.loc[rows["year"] == year, "entrants"].sum() == 4 * entrants
    for _, autumn in zones.groupby("year"):
        order = autumn["school_id"].tolist()
        assert sum(a != b for a, b in pairwise(order)) <= 1, "each zone in one piece"
