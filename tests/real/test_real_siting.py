"""Published instances of siting: the published optimum, proved (all of them: `make bench-location`)."""

import sys
from pathlib import Path

import pytest

from catchment.siting.capacitated import faults, solve_capacitated
from catchment.siting.median import solve_median

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from or_library import capacitated_median, median, single_source


@pytest.mark.parametrize("number", range(1, 21))
def test_medians_of_the_or_library(shared, number):
    known, cost, sites = median(shared / "or_library", number)
    answer = solve_median(cost, sites)
    assert (answer.objective, answer.bound, answer.status) == (known.optimum, known.optimum, "optimal")
    assert cost[:, answer.chosen].min(axis=1).sum() == known.optimum


def right(known, given):
    answer = solve_capacitated(given)
    assert faults(given, answer.zone) == []
    assert answer.status == "optimal"
    assert given.cost_of(answer.zone) == answer.objective == answer.bound
    assert answer.objective / known.unit == pytest.approx(known.optimum, rel=0, abs=known.slack)


@pytest.mark.parametrize("name", ["cpmp01", "cpmp02", "cpmp03", "cpmp04", "cpmp05", "cpmp06", "cpmp09"])
def test_medians_with_seats(shared, name):
    right(*capacitated_median(shared / "or_library", name))


@pytest.mark.parametrize("number", range(1, 25))
def test_small_locations_of_the_or_library(shared, number):
    right(*single_source(shared / "or_library", "orlib_small", number))


@pytest.mark.parametrize("number", [1, 2, 13, 24, 34, 35])
def test_locations_of_holmberg(shared, number):
    right(*single_source(shared / "or_library", "holmberg", number))
