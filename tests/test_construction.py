"""Ranking, plan and what follows from it: a small county by hand, laws, and every number counted again."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catchment.construction.county import county_of
from catchment.construction.land import land_reserve
from catchment.construction.money import frontier, regret
from catchment.construction.plan import choose_projects
from catchment.construction.results import plan_tables
from catchment.construction.worth import rank_candidates
from catchment.errors import Infeasible, InputError
from catchment.rules import read_rules
from catchment.settings import Settings
from catchment.tables import CANDIDATES, CLASSES, PARCELS, TABLES

RULES = read_rules("luoding_2019")
YEARS = range(2026, 2036)
CRS = "EPSG:4546"


def project(name, kind="new", seats=10, cost=1_000_000, earliest=2026, after=None, school=None, **more):
    return {
        "candidate_id": name, "name": name, "stage": "primary", "kind": kind, "school_id": school, "x_m": 500_000.0, "y_m": 0.0,
        "seats": seats, "cost_yuan": cost, "price_year": 2025, "earliest_year": earliest, "after": after, "choice": None,
        "must_build": False, "land_year": None, "building_years": 0, "yearly_yuan": 0, "lasts_years": None, "seats_lost": None,
        "named_in_policy": False, "parcel_id": None, "remarks": "", **more,
    }  # fmt: skip


def county(
    *projects,
    metres,
    children=(10, 10),
    budgets=(1_000_000, 0, 0),
    later=None,
    ratios=(1.0,),
    seats=10,
    parcels=None,
    rooms=None,
    **plan,
):
    """
    Units u (west) and w (east) in one area, a school s with 10 seats; metres: facility → (from u, from w).

        u ···· s ···· w

    children: of u and w in every year; later: the same from 2029 on; ratios: of every future to the central forecast.
    """
    units = pd.DataFrame(
        {
            "unit_id": ["u", "w"],
            "area_id": "a",
            "x_m": [500_000.0, 501_000.0],
            "y_m": 0.0,
            "cells": 1,
            "people": [10.0, 10.0],
        }
    )
    costs = [
        (unit, facility, "primary", "school", m * 1000, m * 1000)
        for facility, row in metres.items()
        for unit, m in zip(units["unit_id"], row, strict=True)
        if m is not None
    ]
    demand = [
        (unit, "primary", 1, year, "medium", count)
        for year in YEARS
        for unit, count in zip(units["unit_id"], children if year < 2029 or later is None else later, strict=True)
    ]
    draws = [
        (draw, area, "primary", year, ratio)
        for draw, ratio in enumerate(ratios)
        for area in ("*", "a")
        for year in YEARS
    ]
    ground = gpd.GeoDataFrame(
        {"area_id": ["a"], "name": "甲", "residents": 100},
        geometry=[shapely.box(499_000, -1000, 502_000, 1000)],
        crs=CRS,
    )
    tables = {
        "units": units,
        "areas": ground,
        "unit_costs": pd.DataFrame(
            costs, columns=["unit_id", "facility_id", "stage", "subject", "distance_mm", "burden_mm"]
        ),
        "demand": pd.DataFrame(demand, columns=["unit_id", "stage", "grade", "year", "scenario", "children"]),
        "draws": pd.DataFrame(draws, columns=["draw", "area_id", "stage", "year", "ratio"]),
        "schools": pd.DataFrame(
            {
                "school_id": ["s"],
                "stage": "primary",
                "seats": [seats],
                "kind": "full_primary",
                "setting": "town",
                "area_id": "a",
                "campus_id": "s",
                "rooms": pd.array([rooms], dtype="Int64"),
            }
        ),
        "classes": CLASSES.empty(),
        "candidates": pd.DataFrame(list(projects), columns=CANDIDATES.names).astype(CANDIDATES.dtypes),
        "parcels": parcels if parcels is not None else gpd.GeoDataFrame(PARCELS.empty(), geometry=[], crs=CRS),
    }
    how = Settings.model_validate({
        "study": {"name": "甲", "name_en": "A", "base_year": 2025, "horizon_years": 10}, "sources": {},
        "plan": {"first_year": 2026, "years": len(budgets), "budget_yuan": budgets, "clusters": 2, "look_ahead_years": 0, "gap": 0.0, **plan},
    })  # fmt: skip
    return county_of(tables, how)


def quiet(done, total):
    pass


def rank(town):
    return rank_candidates(town, RULES, 2026, quiet).set_index("candidate_id")


def opens(town):
    chosen = choose_projects(town)
    return {town.candidates.loc[row, "candidate_id"]: year for row, year in chosen.built.items()}


BOTH = {"s": (100, 1000), "A": (900, 50), "B": (900, 50), "C": (1, 1)}


def test_candidates_by_what_they_change():
    """20 children, 10 seats. A seats the other 10 next door, B six of them, C builds nothing."""
    found = rank(county(project("A"), project("B", seats=6), project("C", seats=0), metres=BOTH))
    assert found["rank"].to_dict() == {"A": 1, "B": 2, "C": 3}
    assert found["placed"].to_dict() == {"A": 10, "B": 6, "C": 0}
    assert found.loc["A", "saved_m"] == 1000 - (1000 + 500)
    assert found.loc["A", "nearer"] == 10
    assert found.loc["A", "cost_per_useful_seat_yuan"] == 100_000
    assert found.loc["A", "cost_per_seat_year_yuan"] == 1_000_000 / (10 * len(YEARS))
    assert pd.isna(found.loc["C", "cost_per_useful_seat_yuan"])
    assert found.loc["A", "use_10"] == 10
    assert found["dominated_by"].fillna("").to_dict() == {"A": "", "B": "A", "C": "A"}


def test_the_rank_over_the_futures():
    """With 10 or 12 children in all, B's seats are enough and 49 m nearer; with 20, A seats two more."""
    town = county(project("A"), project("B", seats=8), metres={**BOTH, "B": (900, 1)}, ratios=(0.5, 0.6, 1.0))
    found = rank(town)
    assert found.loc["B", ["rank_low80", "rank_high80"]].tolist() == [1, 2]
    assert found.loc["A", ["placed_low80", "placed_high80"]].tolist() == [0, 10]
    assert (found["rank_low80"] <= found["rank"]).all()
    assert (found["rank"] <= found["rank_high80"]).all()


def test_what_moves_grows_is_leased_or_closed():
    """Ten seats of s: 6 more; 12 at another place instead; 5 leased; none left; a conversion of s takes them from its primary."""
    town = county(
        project("X", "expanded", 6, school="s"), project("R", "relocated", 12, school="s"),
        project("T", "temporary", 5, school="s", lasts_years=2), project("Q", "closed", 0, school="s"),
        metres={**BOTH, "R": (200, 200)},
    )  # fmt: skip
    found = rank(town)
    assert found["placed"].to_dict() == {"X": 6, "R": 2, "T": 5, "Q": -10}
    assert found["useful_seats"].to_dict() == {"X": 6, "R": 12, "T": 5, "Q": 0}
    seats = dict(zip(town.points.facilities.get_level_values(1), town.seats({2: 2027, 1: 2028}, 2028), strict=True))
    assert (seats["s"], seats["R"]) == (5, 12)
    assert town.seats({2: 2027}, 2029)[town.facility(0)] == 10


def test_a_conversion_takes_rooms_from_the_other_stage():
    """A school of 10 primary and 10 junior seats; 4 primary rooms' worth become 6 junior seats: 4 primary children lose theirs."""
    town = county(metres={"s": (100, 1000)}, children=(5, 5))
    tables = dict(town.tables)
    for name in ("unit_costs", "draws", "schools", "demand"):
        tables[name] = pd.concat([tables[name], tables[name].assign(stage="junior")], ignore_index=True)
    tables["demand"].loc[tables["demand"]["stage"] == "junior", "children"] = 8
    way = tables["unit_costs"].query("stage == 'junior'").assign(facility_id="V", subject="candidate")
    tables["unit_costs"] = pd.concat([tables["unit_costs"], way], ignore_index=True)
    one = project("V", "converted", 6, school="s", stage="junior", seats_lost=4)
    tables["candidates"] = pd.DataFrame([one], columns=CANDIDATES.names).astype(CANDIDATES.dtypes)
    found = rank(county_of(tables, town.settings))
    assert found.loc["V", "placed"] == 6 - 4
    assert found.loc["V", "useful_seats"] == 6


def test_the_radius_is_measured_along_the_way_not_by_what_a_crossing_counts():
    town = county(project("A"), metres={"s": (100, 1000), "A": (900, 450)})
    crossed = town.tables["unit_costs"].assign(burden_mm=lambda rows: rows["burden_mm"] + 300_000)
    assert rank(county_of({**town.tables, "unit_costs": crossed}, town.settings)).loc["A", "nearer"] == 10


def test_children_taken_from_schools_over_the_size_of_their_kind():
    """s has 2,400 seats: too many for a primary school, not for the primary part of a nine-year one; nor with its junior part beside it."""
    town = county(project("A", seats=500), metres={"s": (100, 1000), "A": (900, 50)}, seats=2400, children=(500, 500))
    assert rank(town).loc["A", "from_large"] == 500
    schools = town.tables["schools"].assign(kind="nine_year")
    assert rank(county_of({**town.tables, "schools": schools}, town.settings)).loc["A", "from_large"] == 0
    both = pd.concat([schools, schools.assign(stage="junior", seats=200)], ignore_index=True)
    more = {
        **town.tables,
        "schools": both,
        "unit_costs": pd.concat([town.tables["unit_costs"], town.tables["unit_costs"].assign(stage="junior")]),
    }
    draws = pd.concat([town.tables["draws"], town.tables["draws"].assign(stage="junior")])
    assert rank(county_of({**more, "draws": draws}, town.settings)).loc["A", "from_large"] == 500


def test_a_planned_school_above_the_cap_is_remarked():
    found = rank(
        county(
            project("罗定二小", seats=2700),
            project("ok", seats=1980),
            metres={"s": (1, 1), "罗定二小": (1, 1), "ok": (1, 1)},
        )
    )
    assert found.loc["罗定二小", "remarks"].startswith("2700 > 2000")
    assert found.loc["ok", "remarks"] == ""


def test_the_best_project_is_built_when_the_money_is_there():
    """A child without a seat counts 50,000 m a year, a yuan 1 m: ten children for three years pay 1,000,000 yuan."""
    projects = project("A"), project("B", seats=6, cost=900_000)
    assert opens(county(*projects, metres=BOTH)) == {"A": 2026}
    assert opens(county(*projects, metres=BOTH, budgets=(900_000, 0, 0), metres_per_yuan=0.1)) == {"B": 2026}
    assert opens(county(*projects, metres=BOTH, budgets=(0, 0, 900_000))) == {}  # one year's use does not pay
    assert opens(
        county(*projects, metres=BOTH, budgets=(500_000, 500_000, 0), carry_over=True, metres_per_yuan=0.1)
    ) == {"A": 2027}


def test_years_of_building_are_paid_before_the_opening():
    town = county(project("A", building_years=2), metres=BOTH, budgets=(500_000, 500_000, 0), metres_per_yuan=0.1)
    chosen = choose_projects(town)
    assert chosen.built == {0: 2028}
    paid = plan_tables(chosen, RULES, quiet)["plan_payments"]
    assert paid[["year", "yuan"]].to_numpy().tolist() == [[2026, 500_000], [2027, 500_000]]


def test_not_before_its_land_nor_before_what_it_comes_after():
    projects = project("A", land_year=2027), project("B", after="A", cost=500_000)
    assert opens(county(*projects, metres=BOTH, children=(10, 20), budgets=(9_000_000,) * 3)) == {"A": 2027, "B": 2027}


def test_one_of_a_choice_and_what_is_decided():
    one = project("A", choice="x"), project("B", choice="x", seats=20, cost=1_500_000)
    assert opens(county(*one, metres=BOTH, children=(10, 20), budgets=(9_000_000,) * 3)) == {"B": 2026}
    decided = project("A", must_build=True), project("B")
    assert opens(county(*decided, metres=BOTH, children=(4, 4), budgets=(9_000_000,) * 3)) == {"A": 2026}


def test_nothing_is_built_for_nobody_and_running_costs_count():
    assert opens(county(project("A"), metres=BOTH, children=(4, 4), budgets=(9_000_000,) * 3)) == {}
    dear = project("A", yearly_yuan=100_000)
    assert opens(county(dear, metres=BOTH)) == {}
    leased = project("T", "temporary", 10, 1000, school="s", lasts_years=1, yearly_yuan=100_000)
    assert opens(county(leased, metres=BOTH)) == {"T": 2026}


def test_a_school_that_costs_more_than_it_gives_closes_only_where_others_have_room():
    """Closing s saves 1 million a year; its ten children have room at D next to them, or nowhere."""
    closing = project("Q", "closed", 0, 0, school="s", yearly_yuan=-1_000_000)
    roomy = county(closing, project("D", seats=20, cost=1, must_build=True), metres={"s": (100, 100), "D": (150, 150)})
    assert opens(roomy) == {"Q": 2026, "D": 2026}
    lonely = county(project("Q", "closed", 0, 0, school="s", yearly_yuan=-10_000), metres={"s": (100, 100)})
    assert opens(lonely) == {}


def test_seats_that_stand_empty_later_are_not_built():
    """20 children until 2028, 4 after: three years pay A; the plan of one year, looking seven years ahead, does not build it."""
    args = {"metres": BOTH, "later": (2, 2), "budgets": (1_000_000,)}
    assert opens(county(project("A", cost=600_000), **args, look_ahead_years=9)) == {}
    assert opens(county(project("A", cost=600_000), metres=BOTH, budgets=(1_000_000,), look_ahead_years=9)) == {
        "A": 2026
    }


def test_tables_of_a_plan_by_hand():
    """A opens in 2027; 24 children, 10 seats, then 20; from 2029 on 4 children, who all sit at s or A; two futures of ±50 %."""
    town = county(
        project("A", earliest=2027), metres={"s": (100, 900), "A": (900, 100)}, children=(12, 12), later=(2, 2),
        budgets=(0, 1_000_000, 0, 0), ratios=(0.5, 1.0, 1.5), metres_per_yuan=0.1,
    )  # fmt: skip
    found = plan_tables(choose_projects(town), RULES, quiet)
    for name, table in found.items():
        assert list(table.columns) == TABLES[name].names
    years = found["plan_years"].set_index("year")
    assert years["unmet"].tolist() == [14, 4, 4, 0]
    assert years["unmet_without_plan"].tolist() == [14, 14, 14, 0]
    assert years[["unmet_low80", "unmet_high80"]].to_numpy().tolist() == [[2, 26], [0, 16], [0, 16], [0, 0]]
    assert years["spent_yuan"].tolist() == [0, 1_000_000, 0, 0]
    assert years["empty_seats"].tolist() == [0, 0, 0, 16]
    use = found["plan_use"].set_index("year")
    assert use.index.tolist() == list(range(2027, 2036))
    assert use.loc[2027, ["seats", "children", "low80", "high80", "empty"]].tolist() == [10, 9, 6, 10, 1]
    assert use.loc[2029, ["children", "needed"]].tolist() == [2, 0]
    assert use.loc[2027, "needed"] == round((2 + 10 + 10) / 3)
    plan = found["plan"].iloc[0]
    assert (plan["candidate_id"], plan["opens"], plan["last_needed"]) == ("A", 2027, 2028)
    areas = found["plan_areas"].set_index("year")
    assert areas.loc[2026, ["children", "low80", "high80", "seats", "seat_gap"]].tolist() == [24, 14, 34, 10, 14]
    assert areas.loc[2027, "seats"] == 20
    assert found["plan_serves"].to_numpy().tolist() == [["A", "a", 2]]


def test_land_for_the_children_that_have_no_seats():
    """14 children short in 2026 and 24 at the upper bound; 18 m² each; the parcel under the project built is not offered any more."""
    ground = [shapely.box(499_990, -10, 500_010, 10), shapely.box(501_000, 0, 501_100, 30)]
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["1", "2"], "name": "", "area_id": "a", "land_m2": [400, 3000]}, geometry=ground, crs=CRS
    )
    town = county(
        project("A", earliest=2027),
        metres=BOTH,
        children=(12, 12),
        budgets=(0, 9_000_000),
        ratios=(0.5, 1.0, 1.5),
        parcels=parcels,
        metres_per_yuan=0.1,
    )
    found = land_reserve(town.tables, plan_tables(choose_projects(town), RULES, quiet), RULES).set_index("year")
    assert found.loc[
        2026, ["short", "short_high80", "norm_m2", "needed_m2", "needed_high80_m2", "offered_m2"]
    ].tolist() == [14, 24, 18, 252, 432, 3000]
    assert found.loc[2026, "needed_high80_mu"] == pytest.approx(432 / 666.667, abs=0.05)
    assert found.loc[2027, "short"] == 4


def test_the_frontier_tells_what_money_buys():
    town = county(
        project("A", cost=1_000_000), project("B", seats=4, cost=400_000), metres=BOTH, budgets=(1_000_000, 0, 0)
    )
    found = frontier(choose_projects(town), quiet)
    assert found["budget_yuan"].tolist()[:2] == [0, 125_000]
    assert found["unmet"].tolist() == [30, 30, 30, 30, 18, 18, 18, 18, 0, 0, 0]
    assert found["next_ids"].tolist()[4] == "B"
    assert (found["next_ids"].tolist()[8], found["dropped_ids"].tolist()[8]) == ("A", "B")
    assert found["objective_m"].is_monotonic_decreasing
    assert found.loc[8, "all_ways_m"] == 3 * (1000 + 500)


def test_the_frontier_begins_where_what_is_decided_is_paid():
    found = frontier(choose_projects(county(project("A", cost=400_000, must_build=True), metres=BOTH)), quiet)
    assert found["budget_yuan"].tolist()[0] == 500_000
    assert found["unmet"].tolist()[0] == 0


def test_regret_is_nothing_for_the_best_of_a_future():
    """With 10 children nobody needs A, with 20 and 30 it is missed."""
    town = county(project("A"), metres=BOTH, ratios=(0.5, 1.0, 1.5))
    found = regret(choose_projects(town), quiet).set_index(["plan", "future"])
    for future in ("few", "middle", "many"):
        assert found.loc[(future, future), "regret_m"] == 0
    assert found.loc[("few", "few"), "project_ids"] == ""
    assert found.loc[("few", "many"), "regret_m"] > 0
    assert (
        found.loc[("many", "few"), "cost_m"] - found.loc[("few", "few"), "cost_m"]
        == found.loc[("many", "few"), "regret_m"]
    )


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), min_size=1, max_size=3),
    st.integers(0, 9),
    st.sampled_from(["expected", "worst", "regret"]),
)
@settings(max_examples=25, deadline=None)
def test_budgets_are_kept_and_the_tables_agree(projects, budget, objective):
    assume(budget >= min(cost for _, cost in projects))
    table = [project(f"P{i}", seats=s, cost=c * 100_000) for i, (s, c) in enumerate(projects)]
    metres = {"s": (10, 20), **{row["candidate_id"]: (20, 10) for row in table}}
    town = county(
        *table,
        metres=metres,
        children=(9, 11),
        budgets=(budget * 100_000,) * 3,
        ratios=(0.7, 1.0, 1.2),
        objective=objective,
    )
    found = plan_tables(choose_projects(town), RULES, quiet)
    paid = found["plan_payments"].groupby("year")["yuan"].sum()
    assert (paid <= budget * 100_000).all()
    assert paid.sum() == found["plan"]["cost_yuan"].sum() == found["plan_years"]["spent_yuan"].sum()
    use = found["plan_use"]
    assert (use["children"] + use["empty"] >= use["seats"]).all()
    assert (
        (use["low80"] <= use["children"]) & (use["children"] <= use["high80"]) & (use["high80"] <= use["seats"])
    ).all()
    years = found["plan_years"]
    assert (years["children"] + years["empty_seats"] == years["seats"] + years["unmet"]).all()
    assert (years["unmet"] <= years["unmet_without_plan"]).all()


def test_a_budget_for_each_year_is_asked_for():
    town = county(project("A"), metres=BOTH, budgets=(1, 1))
    wrong = town.settings.model_copy(update={"plan": town.settings.plan.model_copy(update={"years": 3})})
    with pytest.raises(InputError, match="2 budgets for 3"):
        choose_projects(county_of(town.tables, wrong))


def test_years_without_a_forecast_are_refused():
    with pytest.raises(InputError, match="years without a forecast"):
        choose_projects(county(project("A"), metres=BOTH, budgets=(1,) * 12))


def test_what_is_decided_and_cannot_be_paid():
    """A and B cost 1 million each in a year that has 1.2; C is innocent. Each way out is one: tried by the plan itself."""
    decided = [
        project(name, must_build=True, cost=cost) for name, cost in (("A", 1_000_000), ("B", 1_000_000), ("C", 1_000))
    ]
    args = {"metres": BOTH, "budgets": (1_200_000,)}
    with pytest.raises(Infeasible) as caught:
        choose_projects(county(*decided, **args))
    text = str(caught.value)
    assert "A, B;" in text
    assert "plan.budget_yuan 2026: + 810,000" in text
    assert "must_build A: ×" in text
    assert "must_build C" not in text
    assert set(opens(county(*decided, metres=BOTH, budgets=(1_200_000 + 810_000,)))) >= {"A", "B", "C"}
    decided[0]["must_build"] = False
    assert set(opens(county(*decided, **args))) >= {"B", "C"}
    with pytest.raises(Infeasible, match="carry_over = true"):
        choose_projects(county(project("A", must_build=True), metres=BOTH, budgets=(999_999, 1)))


def test_budgets_below_the_cheapest_project():
    with pytest.raises(InputError, match="the cheapest costs 1,000,000 yuan, the largest yearly budget is 999,999"):
        choose_projects(county(project("A"), project("B", after="A"), metres=BOTH, budgets=(999_999, 0, 0)))
