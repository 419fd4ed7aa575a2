"""Travel as a study tells it, from files to tables: gates, water, barriers, boarders; reach, coverage, isochrones."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import CRS, at, degrees

from catchment.errors import InputError
from catchment.pipeline import run_steps
from catchment.settings import read_settings


def costs(folder, more="", last="costs"):
    file = folder / "study.toml"
    file.write_text(file.read_text("utf-8") + more, "utf-8")
    return run_steps(folder, read_settings(folder), {}, lambda *_: None, last=last)


def write_gates(folder, *rows):
    places = [(code, *degrees(*place)) for code, place in rows]
    pd.DataFrame(places, columns=["学校标识码", "经度", "纬度"]).to_csv(
        folder / "data" / "raw" / "gates.csv", index=False
    )
    return '\n[sources.gates]\npath = "data/raw/gates.csv"\n'


def test_a_school_is_entered_by_its_nearest_gate(toy_study):
    """S1 has a gate in column 0 and one in column 5 of the upper street, and is not entered where it stands."""
    more = write_gates(toy_study, ("2144000001", (1, 0)), ("2144000001", (1, 5)))
    found = costs(toy_study, more)["costs"].query("school_id == '2144000001'").set_index("cell_id")["distance_mm"]
    assert found[["r1c0", "r1c1", "r1c4", "r1c5"]].tolist() == pytest.approx([0, 100_000, 100_000, 0], abs=5)


def test_gates_of_unknown_schools_and_barriers_without_lines_are_told_at_once(toy_study):
    more = write_gates(toy_study, ("9", (1, 0))) + "\n[[network.barriers]]\npenalty_m = 5\n"
    file = toy_study / "study.toml"
    file.write_text(file.read_text("utf-8").replace("[network]", '[network]\nmode = "sledge"'), "utf-8")
    with pytest.raises(InputError) as caught:
        costs(toy_study, more, last="check")
    text = caught.value.text("en")
    assert "gates of schools that are not in the school list" in text
    assert "sledge" in text
    assert "barrier names no road classes" in text


def test_nobody_is_joined_to_a_road_across_the_river(toy_study):
    """A river between rows 0 and 1: row 0 has no street on its own side and is set aside with its 100 people."""
    x, y = at(0.5, 0)
    river = gpd.GeoDataFrame({"name": ["泷江"]}, geometry=[shapely.box(x - 500, y - 3, x + 1500, y + 3)], crs=CRS)
    river.to_file(toy_study / "data" / "raw" / "water.gpkg")
    tables = costs(toy_study, '\n[sources.water]\npath = "data/raw/water.gpkg"\n')
    aside = tables["set_aside"].query("source == 'cells joined to the roads' and row != 'r5c5'")
    assert aside["amount"].sum() == 100
    assert set(aside["detail"]) == {"water or a barrier lies between"}


def test_a_railway_along_the_river_parts_the_town_unless_a_penalty_is_given(toy_study):
    x, y = at(2, 0)
    rails = gpd.GeoDataFrame({"name": [""]}, geometry=[shapely.LineString([(x - 500, y), (x + 1500, y)])], crs=CRS)
    rails.to_file(toy_study / "data" / "raw" / "rails.gpkg")
    source = '\n[sources.barriers]\npath = "data/raw/rails.gpkg"\n\n[[network.barriers]]\n'
    closed = costs(toy_study, source)
    upper = closed["costs"][closed["costs"]["cell_id"].str.startswith(("r0", "r1"))]
    assert set(upper["school_id"]) == {"2144000001"}
    file = toy_study / "study.toml"
    file.write_text(file.read_text("utf-8") + "penalty_m = 70\n", "utf-8")
    paid = costs(toy_study)
    over = paid["costs"].query("cell_id == 'r1c4' and school_id == '2144000002'").iloc[0]
    assert (over["crossings"], over["distance_mm"]) == (1, pytest.approx(200_000, abs=5))
    unit = paid["unit_costs"].query("unit_id == 'r1c4' and facility_id == '2144000002'").iloc[0]
    assert unit["burden_mm"] - unit["distance_mm"] == 70_000


def test_coverage_and_percentiles_of_the_toy_town(toy_study):
    """36 children in all; the island's have no school in reach, and count in no mean."""
    tables = costs(toy_study)
    county = tables["distances"].query("area_id == '*'").iloc[0]
    assert county["children"] == 36
    assert county["children_out_of_reach"] == tables["unit_costs"].pipe(
        lambda pairs: tables["demand"].query("year == 2026 and unit_id not in @pairs.unit_id")["children"].sum()
    )
    covered = tables["coverage"].query("area_id == '*' and limit_m == 500").iloc[0]
    assert covered["within_network"] <= covered["within_straight"] <= 36
    nearest = tables["costs"].query("rank == 1").set_index("cell_id")["distance_mm"]
    demand = tables["demand"].query("year == 2026").groupby("unit_id")["children"].sum()
    assert covered["within_network"] == demand[demand.index.isin(nearest.index[nearest <= 500_000])].sum()
    seats = tables["seat_access"]
    living = demand.reindex(seats["unit_id"]).to_numpy()
    assert (living * seats["balanced"]).sum() == pytest.approx(32)


def test_isochrones_hold_just_the_streets_within_the_distance(toy_study):
    """Every point of a street lies in the band of its own distance; bands do not overlap, and hold each other in turn."""
    tables = costs(toy_study, "", last="costs")
    rings = tables["isochrones"].set_index("band_to_m").geometry
    assert list(rings.index) == [500, 1000, 2000]
    s1 = tables["schools"].query("school_id == '2144000001'").iloc[0]
    edges = tables["edges"]
    upper = edges[edges["name"] == "上街"].geometry.union_all()
    assert rings[500].buffer(0.5).contains(upper)
    assert rings[500].intersection(rings[1000]).area == pytest.approx(0, abs=1e-6)
    assert rings[500].contains(shapely.Point(s1["x_m"], s1["y_m"]))
    assert rings[500].area > 0


def test_isochrones_end_where_the_distance_ends():
    """One street of 1,000 m, the school 5 m beside its middle: 95 m to either side, and 60 m beside the street."""
    from roads import joined, layer, network, points

    from catchment.engines import engine
    from catchment.isochrones import isochrones
    from catchment.settings import MODES
    from catchment.travel import travel

    roads = network(layer(("residential", [(0, 0), (1000, 0)])))
    own = travel(roads, "walk", MODES["walk"])
    gates, _ = joined(roads, "school", points(S=(500, 5)))
    found = isochrones(roads, own, engine["contraction"](own.arcs), gates, (100, 300), np.empty(0, dtype=object))
    west, south, east, north = found.geometry.iloc[0].bounds
    assert (west, east) == pytest.approx((500 - 95 - 60, 500 + 95 + 60), abs=2)
    assert (south, north) == pytest.approx((-60, 60), abs=2)
    assert found.geometry.union_all().bounds[2] == pytest.approx(500 + 295 + 60, abs=2)
