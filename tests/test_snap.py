"""The nearest foot on many lines: by hand, equal to shapely on random lines, and never across a wall."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.snap import ENDLESS_M, feet, round_walls

NO_WALLS = np.empty(0, dtype=object)


def lines(*each):
    return np.array([shapely.LineString(xy) for xy in each], dtype=object)


def at(*points):
    return tuple(np.array(column, dtype=float) for column in zip(*points, strict=True))


def test_by_hand():
    """A point 3 m left of an eastward street and 5 m along it; one beyond its end; one on the other street."""
    streets = lines([(0, 0), (10, 0), (20, 0)], [(0, 50), (20, 50)])
    found = feet(streets, *at((15, 3), (24, -3), (7, 50)))
    assert found.line.tolist() == [0, 0, 1]
    assert found.along_m.tolist() == [15, 20, 7]
    assert found.away_m.tolist() == [3, 5, 0]
    assert found.left.tolist() == [True, False, False]
    assert (found.x_m.tolist(), found.y_m.tolist()) == ([15, 20, 7], [0, 0, 50])


def test_equally_far_goes_to_the_lowest_number():
    streets = lines([(0, 10), (10, 10)], [(0, -10), (10, -10)], [(0, -10), (0, 10)])
    assert feet(streets, *at((5, 0), (10, 0), (-3, 10))).line.tolist() == [2, 0, 0]


coordinate = st.integers(-300, 300)
corners = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6)


@given(st.lists(corners, min_size=1, max_size=12), st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=30))
@settings(max_examples=500, deadline=None)
def test_random_lines_equal_shapely(each, points):
    """Lines that stand still, cross and repeat; points far outside all of them."""
    streets, (x, y) = lines(*each), at(*[(3 * a, 3 * b) for a, b in points])
    found = feet(streets, x, y)
    spots = shapely.points(x, y)
    every = np.array([shapely.distance(spots, street) for street in streets])
    assert np.allclose(found.away_m, every.min(axis=0), atol=1e-7)
    assert np.allclose(every[found.line, np.arange(len(x))], every.min(axis=0), atol=1e-7)
    foot = shapely.points(found.x_m, found.y_m)
    assert np.allclose(shapely.distance(foot, streets[found.line]), 0, atol=1e-7)
    onto = shapely.line_interpolate_point(streets[found.line], found.along_m)
    assert np.allclose(shapely.distance(onto, foot), 0, atol=1e-7)


def test_sides_are_told_apart_by_the_direction_of_the_line():
    streets = lines([(0, 0), (100, 0)], [(100, 40), (0, 40)])
    assert feet(streets, *at((50, 5), (50, -5), (50, 45), (50, 35))).left.tolist() == [True, False, False, True]


def test_no_leg_across_a_river():
    """The near street lies beyond the river: the far one on this side is taken; a cell in the river keeps its foot."""
    streets, (x, y) = lines([(0, 30), (100, 30)], [(100, -60), (0, -60)]), at((50, 0), (50, 15), (50, 40))
    river = np.array([shapely.box(-1000, 10, 1000, 20)], dtype=object)
    found = round_walls(feet(streets, x, y), streets, x, y, river, 100)
    assert found.line.tolist() == [1, 0, 0]
    assert found.away_m.tolist() == [60, 15, 10]
    assert found.along_m[0] == 50
    assert found.left.tolist() == [False, False, True]
    none = round_walls(feet(streets, x, y), streets, x, y, river, 50)
    assert none.away_m[0] == ENDLESS_M
    assert round_walls(feet(streets, x, y), streets, x, y, NO_WALLS, 50).away_m.tolist() == [30, 15, 10]
