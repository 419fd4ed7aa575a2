"""Joining and measuring: the toy town by hand, then equal to networkx on random graphs."""

from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import CRS, at, streets
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.costs import matrix, measure, nearest_costs, unit_costs
from catchment.engines import engine
from catchment.errors import InputError
from catchment.network import Arcs, build_edges, join_network, network_of
from catchment.read.roads import _from_layer


def town(extra=None):
    lines = streets() if extra is None else pd.concat([streets(), extra], ignore_index=True)
    return network_of(build_edges(_from_layer(lines, Path("roads.gpkg")).table))


def points(**places):
    return pd.DataFrame([(name, *at(*place)) for name, place in places.items()], columns=["id", "x_m", "y_m"])


def joined(network, subject, places, limit_m=150, mode="walk"):
    return join_network(network, places, subject=subject, mode=mode, limit_m=limit_m, smallest_component_m=0)


def distances(network, cells, schools, **options):
    joins = pd.concat([joined(network, "cell", cells)[0], joined(network, "school", schools)[0]], ignore_index=True)
    return measure(
        network,
        joins,
        subject="school",
        mode=options.get("mode", "walk"),
        engine_name="scipy_dijkstra",
        reach_m=options.get("reach_m", 10_000),
    )


def test_f32_distances_of_the_toy_town_by_hand():
    """Row 0, column 0: 100 m down, 200 m along. Row 3, column 0 to S1: 400 along, 200 over the bridge, 200 back."""
    found = distances(
        town(), points(north=(0, 0), on_street=(1, 5), south=(3, 0), same=(1, 2)), points(S1=(1, 2), S2=(3, 4))
    )
    table = pd.DataFrame(found.distance_mm // 1000, index=found.cells, columns=found.schools)
    assert table.loc["north"].tolist() == [100 + 200, 100 + 400 + 200]
    assert table.loc["on_street"].tolist() == [300, 100 + 200]
    assert table.loc["south"].tolist() == [400 + 200 + 200, 400]
    assert table.loc["same", "S1"] == 0
    assert found.access_mm[list(found.cells).index("north")] == 100_000


def test_costs_table_keeps_every_leg():
    found = distances(town(), points(north=(0, 0)), points(S1=(1, 2), S2=(3, 4)))
    schools = pd.DataFrame({"school_id": ["S1", "S2"], "stage": "primary"})
    costs = nearest_costs(found, schools, nearest=2)
    assert costs["school_id"].tolist() == ["S1", "S2"]
    assert costs["rank"].tolist() == [1, 2]
    assert (costs["access_mm"] + costs["network_mm"] + costs["egress_mm"] == costs["distance_mm"]).all()
    assert len(nearest_costs(found, schools, nearest=1)) == 1


def test_f26_out_of_reach_is_no_row():
    island = gpd.GeoDataFrame(
        {"highway": ["path"], "name": [""], "oneway": ["no"]},
        geometry=[shapely.LineString([at(8, 0), at(8, 3)])],
        crs=CRS,
    )
    found = distances(town(island), points(near=(1, 0), island=(8, 1)), points(S1=(1, 2)))
    costs = nearest_costs(found, pd.DataFrame({"school_id": ["S1"], "stage": ["primary"]}), nearest=5)
    assert costs["cell_id"].tolist() == ["near"]
    capped = distances(town(), points(far=(3, 0)), points(S1=(1, 2)), reach_m=500)
    assert not capped.reached.any()


def test_f29_no_joining_to_an_islet_of_road():
    """A 30 m footpath beside a cell leads nowhere: the cell joins the street behind it."""
    x, y = at(0, 0)
    islet = gpd.GeoDataFrame(
        {"highway": ["footway"], "name": [""], "oneway": ["no"]},
        geometry=[shapely.LineString([(x, y + 10), (x + 30, y + 10)])],
        crs=CRS,
    )
    network = town(islet)
    near, _ = join_network(network, points(c=(0, 0)), subject="cell", mode="walk", limit_m=500, smallest_component_m=0)
    kept, _ = join_network(
        network, points(c=(0, 0)), subject="cell", mode="walk", limit_m=500, smallest_component_m=100
    )
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
    wheels, _ = joined(town(motorway), "cell", points(c=(0, 0)), mode="wheels")
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
    network = network_of(build_edges(_from_layer(ring, Path("ring.gpkg")).table))
    cells, schools = points(child=(0, 1.5)), points(S=(0, 0.5))
    joins = pd.concat([joined(network, "cell", cells)[0], joined(network, "school", schools)[0]])
    by = {
        mode: measure(
            network, joins, subject="school", mode=mode, engine_name="scipy_dijkstra", reach_m=5000
        ).distance_mm[0, 0]
        // 1000
        for mode in ("walk", "wheels")
    }
    assert by == {"walk": 100, "wheels": 50 + 600 + 50}


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
    assert (table["forward"].iloc[0], table["backward"].iloc[0]) == (forward, backward)


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


def test_f36_parallel_edges_take_the_shorter_and_short_ones_stay():
    arcs = Arcs(np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([120_000, 100_000, 1]), 3)
    length, reached = engine["scipy_dijkstra"](arcs, np.array([0]))
    assert reached.all()
    assert length.tolist() == [[0, 100_000, 100_001]]


@st.composite
def graphs(draw):
    nodes = draw(st.integers(2, 12))
    arc = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), st.integers(1, 10_000))
    return nodes, draw(st.lists(arc, min_size=1, max_size=40))


@given(graphs(), st.sampled_from(sorted(engine)))
@settings(max_examples=300, deadline=None)  # the first example compiles
def test_engines_equal_networkx(graph, name):
    """Islands, loops, one-ways and parallel arcs included: the same lengths, the same unreached nodes."""
    nodes, arcs = graph
    u, v, mm = (np.array(column) for column in zip(*arcs, strict=True))
    length, reached = engine[name](Arcs(u, v, mm, nodes), np.arange(nodes))
    other = nx.MultiDiGraph()
    other.add_nodes_from(range(nodes))
    other.add_weighted_edges_from(arcs)
    truth = dict(nx.all_pairs_dijkstra_path_length(other))
    for a in range(nodes):
        assert set(np.flatnonzero(reached[a])) == set(truth[a])
        assert {b: int(length[a, b]) for b in truth[a]} == truth[a]


def test_unit_costs_are_means_over_people():
    """10 people at 300 m and 30 at 400 m: 375 m. A unit that is not there has no row."""
    found = distances(town(), points(a=(0, 0), b=(0, 5)), points(S1=(1, 2)))
    cells = pd.DataFrame({"cell_id": ["a", "b"], "unit_id": ["u", "u"], "people": [10.0, 30.0]})
    rows = unit_costs(found, cells, "school")
    assert rows["distance_mm"].tolist() == [375_000]
    table, reached = matrix(rows, pd.Index(["u", "w"]), pd.Index(["S1"]))
    assert table.tolist() == [[375_000], [0]]
    assert reached.tolist() == [[True], [False]]


def test_far_apart_nodes_are_still_exact():
    """Ways beyond what the quick engine counts in (2,147 km) are measured by the reference engine."""
    long = 900_000_000
    arcs = Arcs(np.arange(3), np.arange(1, 4), np.full(3, long), 4)
    length, reached = engine["contraction"](arcs, np.array([0]))
    assert reached.all()
    assert length.tolist() == [[0, long, 2 * long, 3 * long]]


def test_a_dense_lattice_is_left_to_the_reference_engine():
    side = 80
    number = np.arange(side * side).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    mm = np.random.default_rng(0).integers(1, 1000, len(u))
    arcs = Arcs(np.concatenate([u, v]), np.concatenate([v, u]), np.concatenate([mm, mm]), side * side)
    starts = np.array([0, 5, 99])
    quick, reference = (engine[name](arcs, starts) for name in ("contraction", "scipy_dijkstra"))
    assert (quick[0] == reference[0]).all()
    assert quick[1].all()
