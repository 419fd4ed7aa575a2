"""Bounds of siting against full enumeration: any prices of the p-median, each site filled within its seats."""

from itertools import combinations, product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catchment.siting.branching import climb
from catchment.siting.filling import fill, fills_with
from catchment.siting.rings import ring_prices


def whole(draw, low, high, *shape):
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)), dtype=np.int64).reshape(shape)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_choice_costs_less_than_the_bound_of_any_prices(data):
    """Prices of the rings, and prices drawn by chance."""
    points, sites = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    cost = whole(data.draw, 0, 20, points, sites)
    chosen = data.draw(st.integers(1, sites - 1))
    least = min(int(cost[:, list(c)].min(axis=1).sum()) for c in combinations(range(sites), chosen))
    order = np.argsort(cost, axis=1, kind="stable")
    town = (cost, order, np.take_along_axis(cost, order, axis=1) * 16)
    found = ring_prices(cost, chosen, np.zeros(0, dtype=np.int64), scale=16, seconds=10.0)
    for price in [whole(data.draw, 0, 400, points), *([] if found is None else [found[0]])]:
        best = np.arange(chosen)
        bound, known = climb(town, price.copy(), np.zeros(sites, np.int64), best, 10**6, (1, 16))
        assert bound <= least * 16
        assert known >= least


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_site_is_filled_as_full_enumeration_fills_it(data):
    points = data.draw(st.integers(1, 7))
    cost, load = whole(data.draw, 0, 20, points, 1), whole(data.draw, 0, 6, points)
    fixed, seats, price = whole(data.draw, 0, 9, 1), whole(data.draw, 0, 15, 1), whole(data.draw, 0, 25, points)
    fitting = [np.array(s) for s in product([0, 1], repeat=points) if np.dot(s, load) <= seats[0]]
    worth = [int(fixed[0] + s @ (cost[:, 0] - price)) for s in fitting]
    taken = np.zeros(points, np.int64)
    assert fill((cost, fixed, load, seats), price, 0, taken) == min(worth)
    assert fixed[0] + taken @ (cost[:, 0] - price) == min(worth)
    for point, found in enumerate(fills_with((cost, fixed, load, seats), price, 0)):
        with_it = [value for s, value in zip(fitting, worth, strict=True) if s[point]]
        assert found == min(with_it, default=np.iinfo(np.int64).max)
