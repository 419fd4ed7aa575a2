"""Zones in one piece, and units that cover the ground without gap or overlap."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.errors import InputError
from catchment.units import adjacency, build_units, draw_cells, group_cells, outline_of
from catchment.zones import draw_zones


def grid_pairs(rows, columns):
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(rows, columns), ordering="sorted")
    return np.array(sorted(map(sorted, graph.edges)))


def test_a_severed_piece_goes_to_the_neighbour_by_hand():
    """
    units  0 1 2 3 4     schools at 0 (A) and 4 (B), all metres by road
    first  A A B A B     unit 3 belongs to A by assignment, but B's unit 2 lies between
    """
    distance = np.array([[0, 400], [100, 300], [200, 200], [300, 100], [400, 0]]) * 1000
    zone, moved = draw_zones(
        np.array([0, 0, 1, 0, 1]),
        np.array([0, 4]),
        distance,
        np.ones((5, 2), dtype=bool),
        np.array([[0, 1], [1, 2], [2, 3], [3, 4]]),
    )
    assert zone.tolist() == [0, 0, 0, 1, 1]
    assert moved.tolist() == [False, False, True, True, False]


def test_the_units_of_schools_are_their_own():
    zone, moved = draw_zones(
        np.array([1, 1, 1]),
        np.array([0, 2]),
        np.zeros((3, 2), dtype=np.int64),
        np.ones((3, 2), dtype=bool),
        np.array([[0, 1], [1, 2]]),
    )
    assert zone.tolist() == [0, 1, 1]
    assert moved.tolist() == [True, False, False]


def test_units_cut_off_from_every_school_have_no_zone():
    zone, _ = draw_zones(
        np.array([0, 0]),
        np.array([0]),
        np.zeros((2, 1), dtype=np.int64),
        np.ones((2, 1), dtype=bool),
        np.empty((0, 2), dtype=np.int64),
    )
    assert zone.tolist() == [0, -1]


@given(
    st.lists(st.integers(-1, 2), min_size=30, max_size=30),
    st.lists(st.integers(0, 29), min_size=3, max_size=3, unique=True),
    st.lists(st.integers(0, 9), min_size=90, max_size=90),
)
@settings(max_examples=100)
def test_every_zone_is_one_piece_around_its_school(first, home, metres):
    pairs = grid_pairs(5, 6)
    graph = nx.Graph(pairs.tolist())
    zone, moved = draw_zones(
        np.array(first), np.array(home), np.array(metres).reshape(30, 3) * 1000, np.ones((30, 3), dtype=bool), pairs
    )
    assert (zone >= 0).all()
    for school, unit in enumerate(home):
        assert zone[unit] == school
        assert nx.is_connected(graph.subgraph(np.flatnonzero(zone == school).tolist()))
    assert (moved == ((np.array(first) >= 0) & (zone != np.array(first)))).all()


def cells_at(points, area="A"):
    return pd.DataFrame(
        {
            "cell_id": [f"c{i}" for i in range(len(points))],
            "x_m": [float(p[0]) for p in points],
            "y_m": [float(p[1]) for p in points],
            "area_id": area,
            "people": 1.0,
        }
    )


SQUARE = gpd.GeoDataFrame({"area_id": ["A"]}, geometry=[shapely.box(0, 0, 400, 300)], crs=32650)


def test_cells_of_a_regular_grid_are_its_squares():
    cells = cells_at([(100 * c + 50, 100 * r + 50) for r in range(3) for c in range(4)])
    ground = draw_cells(cells, SQUARE)
    assert np.allclose(shapely.area(ground), 10_000)
    units = build_units(cells.assign(unit_id=cells["cell_id"]), ground, SQUARE.crs)
    pairs = adjacency(units)
    assert len(pairs) == 3 * 3 + 4 * 2  # sides, not corners


@given(
    st.sets(st.tuples(st.integers(1, 399), st.integers(1, 299)), min_size=4, max_size=20), st.sampled_from([0, 50, 130])
)
@settings(max_examples=40, deadline=None)
def test_units_cover_the_county_once(points, side):
    cells = cells_at(sorted(points))
    cells = cells.assign(unit_id=group_cells(cells, np.ones(len(cells), dtype=bool), side))
    units = build_units(cells, draw_cells(cells, SQUARE), SQUARE.crs)
    assert shapely.coverage_is_valid(units.geometry.values)
    assert units.area.sum() == pytest.approx(120_000, rel=1e-6)
    assert units["cells"].sum() == len(cells)
    touching = {tuple(p) for p in adjacency(units).to_numpy()}
    geometry = units.geometry.values
    for a in range(len(units)):
        for b in range(a + 1, len(units)):
            if shapely.length(shapely.intersection(geometry[a], geometry[b])) > 0.01:
                assert (a, b) in touching


def test_a_unit_in_two_parts_has_the_neighbours_of_both():
    """
    units  a b a     the outer two squares are one unit
           c c c
    """
    squares = [shapely.box(0, 100, 100, 200), shapely.box(100, 100, 200, 200), shapely.box(200, 100, 300, 200)]
    row = shapely.Polygon([(0, 0), (300, 0), (300, 100), (200, 100), (100, 100), (0, 100)])
    shapes = [shapely.MultiPolygon([squares[0], squares[2]]), squares[1], row]
    units = gpd.GeoDataFrame({"x_m": [150.0, 150, 150], "y_m": [150.0, 150, 50]}, geometry=shapes)
    assert adjacency(units).to_numpy().tolist() == [[0, 1], [0, 2], [1, 2]]


def test_an_island_is_tied_to_the_nearest_unit():
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(5, 0, 6, 1)]
    units = gpd.GeoDataFrame({"x_m": [0.5, 1.5, 5.5], "y_m": [0.5] * 3}, geometry=shapes)
    assert adjacency(units).to_numpy().tolist() == [[0, 1], [1, 2]]


def test_cells_without_a_road_are_units_apart():
    cells = cells_at([(10, 10), (20, 20)])
    assert group_cells(cells, np.array([True, False]), 100).tolist() == ["A-0-0", "A-0-0-apart"]


def test_two_cells_at_one_place_are_refused():
    with pytest.raises(InputError, match="same place"):
        draw_cells(cells_at([(10, 10), (10, 10)]), SQUARE)


def test_an_outline_holds_all_cells():
    cells = cells_at([(0, 0), (100, 0), (100, 100), (700, 700)])
    outline = outline_of(cells, 32650).geometry.iloc[0]
    assert all(outline.contains(shapely.Point(x, y)) for x, y in zip(cells["x_m"], cells["y_m"], strict=True))
