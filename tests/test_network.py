"""Joining and measuring: the toy town by hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import CRS, at, streets
from roads import joined, network, way, ways_between

from catchment.costs import matrix, measure
from catchment.errors import InputError
from catchment.network import build_edges
from catchment.read.roads import _from_layer


def town(extra=None):
    return network(streets() if extra is None else pd.concat([streets(), extra], ignore_index=True))


def points(**places):
    rows = [(name, 1, *at(*place)) for name, place in places.items()]
    return pd.DataFrame(rows, columns=["id", "gate", "x_m", "y_m"])


def distances(network, cells, schools, **options):
    return ways_between(network, cells, schools, **options)["distance_mm"] // 1000


def test_f32_distances_of_the_toy_town_by_hand():
    """Row 0, column 0: 100 m down, 200 m along. Row 3, column 0 to S1: 400 along, 200 over the bridge, 200 back."""
    cells = points(north=(0, 0), on_street=(1, 5), south=(3, 0), same=(1, 2))
    found = ways_between(town(), cells, points(S1=(1, 2), S2=(3, 4)))
    table = (found["distance_mm"] // 1000).unstack()
    assert table.loc["north"].tolist() == [100 + 200, 100 + 400 + 200]
    assert table.loc["on_street"].tolist() == [300, 100 + 200]
    assert table.loc["south"].tolist() == [400 + 200 + 200, 400]
    assert table.loc["same", "S1"] == 0
    assert found.loc[("north", "S1"), "access_mm"] == 100_000


def test_costs_table_keeps_every_leg_and_the_nearest():
    people = pd.DataFrame({"cell_id": ["north"], "unit_id": ["north"], "people": [1.0]})
    own, names = way(town(), points(north=(0, 0)), points(S1=(1, 2), S2=(3, 4))), pd.Index(["S1", "S2"])
    costs = measure([own], people, names, stage="primary", subject="school", nearest=2)[0]
    assert costs["school_id"].tolist() == ["S1", "S2"]
    assert costs["rank"].tolist() == [1, 2]
    assert (costs["access_mm"] + costs["network_mm"] + costs["egress_mm"] == costs["distance_mm"]).all()
    assert costs["time_s"].tolist() == [round(d / 1000 * 3.6 / 4.5) for d in costs["distance_mm"]]
    assert len(measure([own], people, names, stage="primary", subject="school", nearest=1)[0]) == 1


def test_f26_out_of_reach_is_no_row():
    island = gpd.GeoDataFrame(
        {"highway": ["path"], "name": [""], "oneway": ["no"]},
        geometry=[shapely.LineString([at(8, 0), at(8, 3)])],
        crs=CRS,
    )
    costs = ways_between(town(island), points(near=(1, 0), island=(8, 1)), points(S1=(1, 2)))
    assert costs.index.get_level_values("cell_id").tolist() == ["near"]
    assert ways_between(town(), points(far=(3, 0)), points(S1=(1, 2)), reach_m=500).empty


def test_boarders_come_by_road_to_schools_beyond_day_reach():
    """Day reach 500 m: the far child boards at S1 if S1 takes boarders, and only then; the near one walks."""
    cells, schools = points(near=(1, 0), far=(3, 0)), points(S1=(1, 2), S2=(3, 4))
    people = pd.DataFrame({"cell_id": ["near", "far"], "unit_id": ["u", "u"], "people": [1.0, 3.0]})
    day = way(town(), cells, schools, reach_m=500)
    board = way(town(), cells, schools[schools["id"] == "S1"], mode="car", reach_m=5000)
    names = pd.Index(["S1", "S2"])
    near, units = measure([day, board], people, names, stage="junior", subject="school", nearest=5)
    told = near.set_index(["cell_id", "school_id"])
    assert told["mode"].to_dict() == {("near", "S1"): "walk", ("far", "S2"): "walk", ("far", "S1"): "car"}
    assert told.loc[("far", "S1"), "rank"] == 2
    assert units[["facility_id", "distance_mm"]].to_numpy().tolist() == [["S1", (200_000 + 3 * 800_000) // 4]]


def test_f29_no_joining_to_an_islet_of_road():
    """A 30 m footpath beside a cell leads nowhere: the cell joins the street behind it."""
    x, y = at(0, 0)
    islet = gpd.GeoDataFrame(
        {"highway": ["footway"], "name": [""], "oneway": ["no"]},
        geometry=[shapely.LineString([(x, y + 10), (x + 30, y + 10)])],
        crs=CRS,
    )
    network = town(islet)
    near, _ = joined(network, "cell", points(c=(0, 0)), limit_m=500)
    kept, _ = joined(network, "cell", points(c=(0, 0)), limit_m=500, smallest_component_m=100)
    assert near["access_mm"].tolist() == [10_000]
    assert kept["access_mm"].tolist() == [100_000]


def test_f30_walkers_do_not_join_a_motorway():
    x, y = at(0, 0)
    motorway = gpd.GeoDataFrame(
        {"highway": ["motorway"], "name": [""], "oneway": ["yes"]},
        geometry=[shapely.LineString([(x - 500, y + 5), (x + 2000, y + 5)])],
        crs=CRS,
    )
    walk, _ = joined(town(motorway), "cell", points(c=(0, 0)))
    wheels, _ = joined(town(motorway), "cell", points(c=(0, 0)), uses="drive")
    assert walk["access_mm"].tolist() == [100_000]
    assert wheels["access_mm"].tolist() == [5_000]


def test_f31_too_far_from_any_road_is_set_aside_with_its_distance():
    kept, far = joined(town(), "cell", points(near=(0, 0), away=(9, 0)))
    assert kept["subject_id"].tolist() == ["near"]
    assert far["subject_id"].tolist() == ["away"]
    assert far["access_mm"].tolist() == [600_000]


def test_f04_points_join_at_their_own_places():
    """A thousand points in the study's metres join at nearly as many places."""
    random = np.random.default_rng(4)
    x0, y0 = at(1, 0)
    cloud = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(1000)],
            "gate": 1,
            "x_m": x0 + random.uniform(0, 500, 1000),
            "y_m": y0 - random.uniform(0, 200, 1000),
        }
    )
    kept, _ = joined(town(), "cell", cloud, limit_m=1000)
    assert len(kept[["edge_id", "offset_mm"]].drop_duplicates()) >= 950


def test_f33_one_way_binds_wheels_and_not_feet():
    """The street from A to B one way only: a child at B drives back round the block, or walks straight."""
    ring = gpd.GeoDataFrame(
        {"highway": ["residential"] * 2, "name": [""] * 2, "oneway": ["yes", "no"]},
        geometry=[
            shapely.LineString([at(0, 0), at(0, 2)]),
            shapely.LineString([at(0, 2), at(2, 2), at(2, 0), at(0, 0)]),
        ],
        crs=CRS,
    )
    cells, schools = points(child=(0, 1.5)), points(S=(0, 0.5))
    by = {mode: distances(network(ring), cells, schools, mode=mode).iloc[0] for mode in ("walk", "car")}
    assert by == {"walk": 100, "car": 50 + 600 + 50}


@pytest.mark.parametrize(
    ("told", "forward", "backward"),
    [
        ("False", True, True),
        ("True", True, False),
        ("-1", False, True),
        ("F", True, False),
        ("T", False, True),
        ("B", True, True),
    ],
)
def test_f33_spellings_of_oneway(told, forward, backward):
    line = gpd.GeoDataFrame(
        {"highway": ["residential"], "oneway": [told]}, geometry=[shapely.LineString([at(0, 0), at(0, 1)])], crs=CRS
    )
    table = _from_layer(line, Path("x.gpkg")).table
    assert (table["drive_forward"].iloc[0], table["drive_backward"].iloc[0]) == (forward, backward)


def test_f33_unknown_oneway_is_refused():
    line = gpd.GeoDataFrame(
        {"highway": ["residential"], "oneway": ["perhaps"]},
        geometry=[shapely.LineString([at(0, 0), at(0, 1)])],
        crs=CRS,
    )
    with pytest.raises(InputError, match="perhaps"):
        _from_layer(line, Path("x.gpkg"))


def test_f38_junctions_meet_on_the_millimetre():
    """Ends that differ by less than half a millimetre are one junction; by two millimetres, two."""

    def pieces(gap_m):
        x, y = at(0, 0)
        lines = [shapely.LineString([(x, y), (x + 10, y)]), shapely.LineString([(x + 10 + gap_m, y), (x + 20, y)])]
        layer = gpd.GeoDataFrame({"highway": ["path"] * 2}, geometry=lines, crs=CRS)
        return build_edges(_from_layer(layer, Path("x.gpkg")).table)["component"].max() + 1

    assert pieces(0.0002) == 1
    assert pieces(0.002) == 2


def test_unit_costs_are_means_over_people():
    """10 people at 300 m and 30 at 400 m: 375 m. A unit that is not there has no row."""
    cells = pd.DataFrame({"cell_id": ["a", "b"], "unit_id": ["u", "u"], "people": [10.0, 30.0]})
    own = way(town(), points(a=(0, 0), b=(0, 5)), points(S1=(1, 2)))
    _, rows = measure([own], cells, pd.Index(["S1"]), stage="primary", subject="school", nearest=1)
    assert rows["distance_mm"].tolist() == rows["burden_mm"].tolist() == [375_000]
    table, reached = matrix(rows, pd.Index(["u", "w"]), pd.Index(["S1"]))
    assert table.tolist() == [[375_000], [0]]
    assert reached.tolist() == [[True], [False]]
