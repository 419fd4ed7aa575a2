"""Planning units that cover the ground without gap or overlap, and are cut where several schools stand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.enclosures import enclosure_of, enclosures, ground_within
from catchment.errors import InputError
from catchment.settings import UnitSettings
from catchment.units import adjacency, build_units, cut_at_schools, draw_cells, group_cells, outline_of


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
    cells = cells.assign(unit_id=group_cells(cells, np.ones(len(cells), dtype=bool), UnitSettings(side_m=side)))
    units = build_units(cells, draw_cells(cells, SQUARE), SQUARE.crs)
    assert shapely.coverage_is_valid(units.geometry.values)
    assert units.area.sum() == pytest.approx(120_000, rel=1e-6)
    assert units["cells"].sum() == len(cells)
    touching = {tuple(p) for p in adjacency(units)[["unit", "unit_other"]].to_numpy()}
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
    assert adjacency(units).to_numpy().tolist() == [[0, 1, 200_000, 0], [0, 2, 200_000, 0], [1, 2, 100_000, 0]]


def test_an_island_is_tied_to_the_nearest_unit():
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(5, 0, 6, 1)]
    units = gpd.GeoDataFrame({"x_m": [0.5, 1.5, 5.5], "y_m": [0.5] * 3}, geometry=shapes)
    assert adjacency(units).iloc[:, :2].to_numpy().tolist() == [[0, 1], [1, 2]]
    street = np.array([shapely.LineString([(1, -5), (1, 5)])])
    assert adjacency(units, street)["along_mm"].tolist() == [1000, 0]


def test_cells_without_a_road_are_units_apart():
    cells = cells_at([(10, 10), (20, 20)])
    assert group_cells(cells, np.array([True, False]), UnitSettings(side_m=100)).tolist() == ["A-0-0", "A-0-0-apart"]


def test_two_cells_at_one_place_are_refused():
    with pytest.raises(InputError, match="same place"):
        draw_cells(cells_at([(10, 10), (10, 10)]), SQUARE)


def test_an_outline_holds_all_cells():
    cells = cells_at([(0, 0), (100, 0), (100, 100), (700, 700)])
    outline = outline_of(cells, 32650).geometry.iloc[0]
    assert all(outline.contains(shapely.Point(x, y)) for x, y in zip(cells["x_m"], cells["y_m"], strict=True))


def test_a_unit_with_two_schools_is_cut_between_them():
    """
    cells   c0 c1 c2 c3   100 m apart, one unit of 400 m; primary schools A beside c0, B beside c3, junior J at c1
    A is nearest to c0 and c1, B to c2 and c3; one junior school cuts nothing.
    """
    cells = cells_at([(50, 50), (150, 50), (250, 50), (350, 50)])
    schools = pd.DataFrame(
        {"school_id": ["B", "A", "J"], "stage": ["primary", "primary", "junior"], "x_m": [340.0, 60, 150], "y_m": 50.0}
    )
    unit = group_cells(cells, np.ones(4, dtype=bool), UnitSettings(side_m=400))
    assert cut_at_schools(unit, cells, schools).tolist() == ["A-0-0-A", "A-0-0-A", "A-0-0-B", "A-0-0-B"]
    assert cut_at_schools(unit, cells, schools.iloc[1:]).tolist() == unit.tolist()
    assert cut_at_schools(cells["cell_id"], cells, schools).tolist() == cells["cell_id"].tolist()


STREETS = gpd.GeoDataFrame(
    {"road_class": ["primary", "residential", "secondary_link"]},
    geometry=[shapely.LineString([(130, -50), (130, 350)]), shapely.LineString([(0, 20), (400, 20)]), shapely.LineString([(130, 130), (450, 130)])],
    crs=32650,
)  # fmt: skip


def test_streets_enclose_units():
    """
    A street runs up at x = 130, a link right from it at y = 130: three pieces; the residential street bounds nothing.
    Twelve squares of 100 m: those of columns 1 and of row 1 right of the street are cut and shared out.
    """
    cells = cells_at([(100 * c + 50, 100 * r + 50) for r in range(3) for c in range(4)])
    pieces = enclosures(STREETS, SQUARE, ("primary", "secondary"))
    assert sorted(shapely.area(pieces)) == pytest.approx([130 * 270, 130 * 300, 170 * 270])
    own = enclosure_of(cells, pieces)
    ground = ground_within(draw_cells(cells, SQUARE), cells, pieces, own)
    unit = group_cells(cells, np.ones(12, dtype=bool), UnitSettings(kind="streets"), own)
    units = build_units(cells.assign(unit_id=unit), ground, SQUARE.crs)
    assert sorted(units.area) == pytest.approx(sorted(shapely.area(pieces)))
    assert shapely.coverage_is_valid(units.geometry.values)
    for shape in units.geometry:
        assert min(shapely.area(shapely.symmetric_difference(shape, pieces))) < 1


def test_ground_where_nobody_lives_stays_with_the_nearest_cells():
    """All cells left of the street: the ground right of it is nobody's piece and stays with them."""
    cells = cells_at([(50, 50), (50, 250)])
    pieces = enclosures(STREETS, SQUARE, ("primary",))
    ground = ground_within(draw_cells(cells, SQUARE), cells, pieces, enclosure_of(cells, pieces))
    assert shapely.area(ground).sum() == pytest.approx(120_000)


@given(st.sets(st.tuples(st.integers(1, 399), st.integers(1, 299)), min_size=2, max_size=20))
@settings(max_examples=60, deadline=None)
def test_enclosed_ground_covers_the_county_once_and_ends_at_the_streets(points):
    cells = cells_at(sorted(points))
    pieces = enclosures(STREETS, SQUARE, ("primary", "secondary"))
    own = enclosure_of(cells, pieces)
    ground = ground_within(draw_cells(cells, SQUARE), cells, pieces, own)
    assert shapely.coverage_is_valid(ground)
    assert shapely.area(ground).sum() == pytest.approx(120_000, rel=1e-6)
    lived = pieces[np.unique(own)]
    for number, shape in zip(own, ground, strict=True):
        assert shapely.area(shapely.intersection(shape, lived)).sum() - shapely.area(
            shapely.intersection(shape, pieces[number])
        ) == pytest.approx(0, abs=1)


def test_areas_are_units_when_asked():
    cells = cells_at([(10, 10), (20, 20), (30, 30)]).assign(area_id=["A", "B", "B"])
    assert group_cells(cells, np.ones(3, dtype=bool), UnitSettings(kind="areas")).tolist() == ["A", "B", "B"]
