"""Search areas of the toy town: by hand, and every unit tried again by a program of its own."""

import numpy as np
import pytest
import shapely
from conftest import PEOPLE, write_population
from scipy.optimize import linprog

from catchment.construction.search import school_sizes
from catchment.pipeline import run_steps
from catchment.plan_inquiries import search_told
from catchment.rules import read_rules
from catchment.settings import read_settings

UNMET_M, CAP = 50_000, 1620


def run(folder, people):
    write_population(folder / "data" / "raw" / "population.tif", people)
    return run_steps(folder, read_settings(folder), {}, lambda *_: None, last="ranking")


def spot(name):
    """Row, column of a unit, which is a cell; metres from the street."""
    row, column = int(name[1]), int(name[3])
    return row, column, 100 if row == 0 else 0


def metres(a, b):
    """Along the streets of the toy town, over the bridge in column 4."""
    (r1, c1, leg1), (r2, c2, leg2) = spot(a), spot(b)
    along = abs(c1 - c2) * 100 if (r1 <= 1) == (r2 <= 1) else abs(c1 - 4) * 100 + 200 + abs(c2 - 4) * 100
    return along + leg1 + leg2


def cost_m(children, seats):
    """Least metres of all, a child without a seat 50,000. children: by unit; seats: (unit where the door is, seats)."""
    way = np.array([[*(metres(unit, door) for door, _ in seats), UNMET_M] for unit in children.index])
    units, width = way.shape
    each, room = np.kron(np.eye(units), np.ones(width)), np.kron(np.ones(units), np.eye(width))[:-1]
    return round(linprog(way.ravel(), A_ub=room, b_ub=[s for _, s in seats], A_eq=each, b_eq=children.to_numpy()).fun)


@pytest.fixture
def crowded(toy_study):
    """A hundred times the people: 3,456 children for 32 seats."""
    return run(toy_study, PEOPLE * 100)


def test_as_many_as_the_children_need(crowded):
    """Of the 3,456 children 3,360 have a road (96 live on the island): 32 seats and 1,620 twice leave 88, whom a third school seats.
    A fourth would be filled too, from the others, but its children would come only about a hundred metres nearer.
    """
    found = crowded["search_areas"]
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["placed"].tolist() == [CAP, CAP, 88]
    assert found["children"].tolist()[:2] == [CAP, CAP]
    assert found["classes"].tolist()[:2] == [36, 36]
    assert (found["seats"] >= found["children"]).all()
    assert (found["year"].unique().tolist(), found["later_year"].unique().tolist()) == ([2026], [2028])


def test_a_gain_that_is_asked_for_is_kept(toy_study):
    """Nobody asks for much: the fourth is proposed as well."""
    with (toy_study / "study.toml").open("a", encoding="utf-8") as file:
        file.write("\n[plan]\nsearch_gain_m = 0\n")
    assert len(run(toy_study, PEOPLE * 100)["search_areas"]) > 3


def test_places_and_their_ground_tried_again(crowded):
    """For each place: no unit gains more, and its ground are the units that gain 95 % of it and hang together with it."""
    demand = crowded["demand"].query("year == 2026").groupby("unit_id")["children"].sum()
    children = demand[demand.index != "r5c5"]
    seats, units = [("r1c2", 12), ("r3c4", 20)], crowded["units"].set_index("unit_id")
    for one in crowded["search_areas"].itertuples():
        now = cost_m(children, seats)
        gain = {unit: now - cost_m(children, [*seats, (unit, CAP)]) for unit in children.index}
        assert one.gain_m == max(gain.values()) == gain[one.unit_id]
        good = [unit for unit in gain if gain[unit] >= 0.95 * one.gain_m]
        shape = shapely.union_all(units.loc[good].geometry.to_numpy())
        piece = next(p for p in shapely.get_parts(shape) if p.intersects(units.loc[one.unit_id].geometry.centroid))
        assert one.geometry.symmetric_difference(piece).area == pytest.approx(0, abs=1e-6)
        assert one.ground_m2 == round(piece.area)
        seats.append((one.unit_id, CAP))


def test_where_nobody_fills_a_school_nothing_is_proposed_and_that_is_said(toy_study):
    tables = run(toy_study, PEOPLE)
    assert tables["search_areas"].empty
    assert "no search area for Primary" in "\n".join(search_told(tables, "en"))


def test_none_are_asked_for(toy_study):
    with (toy_study / "study.toml").open("a", encoding="utf-8") as file:
        file.write("\n[plan]\nsearch_areas = 0\n")
    assert run(toy_study, PEOPLE * 100)["search_areas"].empty


def test_sizes_are_the_usual_ones_within_the_rule():
    assert school_sizes(read_rules("luoding_2019"), "primary") == [540, 810, 1080, 1350, 1620]
    assert school_sizes(read_rules("luoding_2019"), "junior") == [600, 900, 1200, 1500, 1800]
