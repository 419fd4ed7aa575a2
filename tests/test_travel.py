"""Modes and barriers by hand, on a crossroads; then against the same roads written down as a plain graph.

         | n 100 m                 A primary road from west to east along y = 0, 100 m each way from the crossing;
w -------+------- e                side streets to the north and south.
         | s
"""

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from roads import barrier, layer, network, points, ways_between
from roads import way as way_of

from catchment.paths import draw_way
from catchment.settings import ModeSettings

WEST, EAST = ("primary", [(0, 0), (100, 0)]), ("primary", [(100, 0), (200, 0)])
NORTH, SOUTH = ("residential", [(100, 0), (100, 100)]), ("residential", [(100, 0), (100, -100)])
CHILD = points(child=(100, 80))
SCHOOLS = points(across=(100, -80), left=(150, 10), right=(150, -10), near=(100, 20))


def crossroads(**columns):
    return network(layer(WEST, EAST, NORTH, SOUTH, **columns))


def of_child(found, column):
    return found.loc["child", column].to_dict()


def test_without_barriers_everything_is_crossed_freely():
    found = ways_between(crossroads(), CHILD, SCHOOLS)
    assert of_child(found, "distance_mm") == {"across": 160_000, "left": 140_000, "near": 60_000, "right": 140_000}
    assert set(found["crossings"]) == {0}


def test_a_main_road_is_crossed_for_a_penalty_and_the_metres_stay_metres():
    """To the school on the child's own side of the main road nothing is crossed."""
    found = ways_between(crossroads(), CHILD, SCHOOLS, barriers=[barrier("primary", penalty_m=90)])
    assert of_child(found, "distance_mm") == {"across": 160_000, "left": 140_000, "near": 60_000, "right": 140_000}
    assert of_child(found, "crossings") == {"across": 1, "left": 0, "near": 0, "right": 1}
    assert of_child(found, "rank") == {"near": 1, "left": 2, "right": 3, "across": 4}


def test_a_main_road_that_may_not_be_crossed_is_walked_round():
    """West to its end on the one side, back on the other: 80 + 100 + 100 + 80 m."""
    found = ways_between(crossroads(), CHILD, SCHOOLS, barriers=[barrier("primary")])
    assert of_child(found, "distance_mm")["across"] == 360_000
    assert of_child(found, "distance_mm")["right"] == 80_000 + 100_000 + 50_000 + 10_000
    assert set(found["crossings"]) == {0}


def test_a_dual_carriageway_is_one_crossing_of_two_halves():
    roads = network(
        layer(
            ("primary", [(0, 0), (100, 0)]), ("primary", [(100, 0), (200, 0)]),
            ("primary", [(200, 10), (100, 10)]), ("primary", [(100, 10), (0, 10)]),
            ("residential", [(100, 0), (100, -100)]), ("residential", [(100, 0), (100, 10)]), ("residential", [(100, 10), (100, 110)]),
            oneway=["yes"] * 4 + ["no"] * 3,
        )
    )  # fmt: skip
    found = ways_between(
        roads, points(child=(100, 90)), points(across=(100, -80)), barriers=[barrier("primary", penalty_m=300)]
    )
    assert found["crossings"].tolist() == [1]
    assert found["distance_mm"].tolist() == [170_000]


def test_a_railway_is_crossed_at_the_level_crossing_or_under_a_bridge():
    """A line across both side streets 50 m off: the northern one is on a bridge there, the southern one is not."""
    rails = [[(0, 50), (200, 50)], [(0, -50), (200, -50)]]
    roads = crossroads(bridge=["no", "no", "yes", "no"])
    found = ways_between(roads, CHILD, SCHOOLS, barriers=[barrier(lines=rails, penalty_m=400)])
    assert of_child(found, "crossings") == {"across": 1, "left": 0, "near": 0, "right": 0}
    closed = ways_between(roads, CHILD, SCHOOLS, barriers=[barrier(lines=rails)])
    assert "across" not in closed.loc["child"].index
    assert of_child(closed, "distance_mm") == {"left": 140_000, "near": 60_000, "right": 140_000}


def test_on_the_same_street_a_closed_line_between_two_points_parts_them():
    roads = network(layer(("residential", [(0, 0), (100, 0)])))
    places = points(home=(20, 0)), points(before=(40, 0), behind=(80, 0))
    found = ways_between(roads, *places, barriers=[barrier(lines=[[(60, -5), (60, 5)]])])
    assert found.loc["home", "distance_mm"].to_dict() == {"before": 20_000}
    paid = ways_between(roads, *places, barriers=[barrier(lines=[[(60, -5), (60, 5)]], penalty_m=10)])
    assert paid.loc["home", "crossings"].to_dict() == {"before": 0, "behind": 1}


def test_a_penalty_chooses_the_longer_way_that_crosses_nothing():
    """A footbridge 30 m west of the crossing: 60 m more, no crossing."""
    bridge = ("footway", [(100, 50), (70, 50), (70, -50), (100, -50)])
    lower, upper = ("residential", [(100, 50), (100, 100)]), ("residential", [(100, -50), (100, -100)])
    roads = network(
        layer(
            WEST,
            EAST,
            ("residential", [(100, 0), (100, 50)]),
            ("residential", [(100, 0), (100, -50)]),
            lower,
            upper,
            bridge,
        )
    )
    cheap, dear = (
        ways_between(roads, CHILD, points(across=(100, -80)), barriers=[barrier("primary", penalty_m=m)]).iloc[0]
        for m in (59, 61)
    )
    assert (cheap["distance_mm"], cheap["crossings"]) == (160_000, 1)
    assert (dear["distance_mm"], dear["crossings"]) == (220_000, 0)


def test_the_fastest_way_is_told_in_metres_and_seconds():
    """Straight over a slow track (200 m at 5 km/h) or round by a fast road (400 m at 50 km/h): 144 s or 28.8 s."""
    roads = network(layer(("track", [(0, 0), (200, 0)]), ("primary", [(0, 0), (0, 100), (200, 100), (200, 0)])))
    places = points(child=(0, 0)), points(S=(200, 0))
    by = {"uses": "drive", "speed_kmh": 30, "speeds_kmh": {"track": 5, "primary": 50}}
    roads.edges["drive_forward"] = roads.edges["drive_backward"] = True
    fastest, shortest = (
        ways_between(roads, *places, mode=ModeSettings(by=b, **by)).iloc[0] for b in ("time", "distance")
    )
    assert (fastest["distance_mm"], fastest["time_s"]) == (400_000, 29)
    assert shortest["distance_mm"] == 200_000


def test_bicycles_keep_to_one_way_streets_and_walkers_do_not():
    ring = [[(0, 0), (100, 0)], [(100, 0), (100, 100), (0, 100), (0, 0)]]
    roads = network(layer(*[("residential", xy) for xy in ring], oneway=["yes", "no"]))
    places = points(child=(80, 0)), points(S=(20, 0))
    by = {mode: ways_between(roads, *places, mode=mode)["distance_mm"].iloc[0] for mode in ("walk", "e_bike", "car")}
    assert by == {"walk": 60_000, "e_bike": 340_000, "car": 340_000}


def test_the_nearest_of_several_gates_is_taken_with_its_own_last_leg():
    roads = network(layer(("residential", [(0, 0), (100, 0)])))
    found = ways_between(roads, points(a=(10, 0), b=(90, 0)), points(S_1=(20, 5), S_2=(80, 30)))
    assert found["distance_mm"].tolist() == [15_000, 40_000]
    assert found["egress_mm"].tolist() == [5_000, 30_000]
    assert (found["access_mm"] + found["network_mm"] + found["egress_mm"] == found["distance_mm"]).all()


@st.composite
def towns(draw):
    """A few crossing streets on a lattice of 100 m, some main, some one-way; homes and schools beside them."""
    side = st.integers(0, 3)
    step = st.sampled_from([(1, 0), (0, 1)])
    road = st.tuples(
        side, side, step, st.sampled_from(["residential", "primary", "track"]), st.sampled_from(["no", "yes", "-1"])
    )
    told = draw(st.lists(road, min_size=3, max_size=14, unique_by=lambda r: r[:3]))
    spot = st.tuples(st.integers(-50, 450), st.integers(-50, 450))
    return told, draw(st.lists(spot, min_size=1, max_size=4)), draw(st.lists(spot, min_size=1, max_size=3))


def graph_of(roads, mode, way):
    """The same roads as a graph with every foot point as a node; costs in the mode's own unit."""
    graph, feet = nx.DiGraph(), {}
    for joins in (way.cells, way.gates):
        for row in joins.itertuples():
            feet.setdefault(row.edge_id, []).append((row.offset_mm, f"{row.subject} {row.subject_id}"))
    for edge in roads.edges.itertuples():
        speed = mode.speeds_kmh.get(edge.road_class, mode.speed_kmh)
        whole = edge.length_mm if mode.by == "distance" else max(1, round(edge.length_mm * 3.6 / speed))
        stops = [(0, edge.from_node), *sorted(feet.get(edge.edge_id, [])), (edge.length_mm, edge.to_node)]
        for (a, u), (b, v) in itertools.pairwise(stops):
            cost = round(whole * (b / edge.length_mm)) - round(whole * (a / edge.length_mm))
            for allowed, start, end in ((edge.drive_forward, u, v), (edge.drive_backward, v, u)):
                if allowed and cost < graph.get_edge_data(start, end, {"weight": np.inf})["weight"]:
                    graph.add_edge(start, end, weight=cost, mm=b - a)
    return graph


@pytest.mark.parametrize("by", ["distance", "time"])
@given(towns())
@settings(max_examples=200, deadline=None)
def test_ways_equal_a_graph_with_the_doors_as_nodes(by, town):
    told, homes, sites = town
    each = [(kind, [(100 * x, 100 * y), (100 * (x + dx), 100 * (y + dy))]) for x, y, (dx, dy), kind, _ in told]
    roads = network(layer(*each, oneway=[r[4] for r in told]))
    roads.edges[["drive_forward", "drive_backward"]] = roads.edges[["cycle_forward", "cycle_backward"]]
    mode = ModeSettings(uses="drive", by=by, speed_kmh=20, speeds_kmh={"primary": 50, "track": 7})
    cells = points(**{f"c{i}": xy for i, xy in enumerate(homes)})
    schools = points(**{f"s{i}": xy for i, xy in enumerate(sites)})
    options = {"mode": mode, "limit_m": 1000, "reach_m": 100_000}
    way = way_of(roads, cells, schools, **options)
    found = ways_between(roads, cells, schools, **options)
    graph = graph_of(roads, mode, way)
    legs = {"distance": 1.0, "time": 3.6 / 20}[by]
    for cell in way.cells.itertuples():
        for gate in way.gates.itertuples():
            name, end = f"cell {cell.subject_id}", f"school {gate.subject_id}"
            key = (cell.subject_id, gate.subject_id)
            assert nx.has_path(graph, name, end) == (key in found.index)
            if key in found.index:
                least = nx.shortest_path_length(graph, name, end, weight="weight")
                least += round(cell.access_mm * legs) + round(gate.access_mm * legs)
                row = found.loc[key]
                assert least == row["distance_mm"] if by == "distance" else abs(row["time_s"] - least / 1000) <= 0.5
                lengths = {
                    sum(graph.edges[e]["mm"] for e in itertools.pairwise(path))
                    for path in itertools.islice(nx.all_shortest_paths(graph, name, end, weight="weight"), 50)
                }
                assert row["network_mm"] in lengths


@pytest.mark.parametrize("barriers", [[], [barrier("primary")]])
@given(towns())
@settings(max_examples=100, deadline=None)
def test_the_drawn_way_is_as_long_as_the_distance_and_ends_at_both_doors(barriers, town):
    told, homes, sites = town
    each = [(kind, [(100 * x, 100 * y), (100 * (x + dx), 100 * (y + dy))]) for x, y, (dx, dy), kind, _ in told]
    roads = network(layer(*each, oneway=[r[4] for r in told]))
    cells = points(**{f"c{i}": xy for i, xy in enumerate(homes)})
    schools = points(**{f"s{i}": xy for i, xy in enumerate(sites)})
    options = {"mode": "e_bike", "limit_m": 1000, "reach_m": 100_000, "barriers": barriers}
    own, found = way_of(roads, cells, schools, **options), ways_between(roads, cells, schools, **options)
    for cell in cells.rename(columns={"id": "subject_id"}).itertuples(index=False):
        for school in schools["id"]:
            gate = schools[schools["id"] == school].rename(columns={"id": "subject_id"})
            line = draw_way(roads, own, pd.Series(cell._asdict()), gate)
            assert (line is not None) == ((cell.subject_id, school) in found.index)
            if line is not None:
                assert line.length == pytest.approx(
                    found.loc[(cell.subject_id, school), "distance_mm"] / 1000, abs=0.01
                )
                ends = shapely.get_coordinates(line)[[0, -1]]
                assert ends.tolist() == [[cell.x_m, cell.y_m], gate[["x_m", "y_m"]].iloc[0].tolist()]
