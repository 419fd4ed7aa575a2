"""Published instances of OR-Library, solved to their published optima."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from location import read, read_pmed

from catchment.siting.capacitated import faults, solve_capacitated
from catchment.siting.median import solve_median


@pytest.mark.parametrize("number", [1, 4, 6, 8, 11, 15, 20])
def test_p_median(shared, number):
    cost, sites, optimum = read_pmed(shared / "or_library", number)
    answer = solve_median(cost, sites)
    assert (answer.objective, answer.bound, answer.status) == (optimum, optimum, "optimal")


@pytest.mark.parametrize(
    ("family", "number"),
    [("cpmp", 2), ("cpmp", 4), ("cpmp", 9), ("sjc", 1), ("small", 1), ("small", 12), ("holmberg", 1), ("holmberg", 24)],
)
def test_sites_with_seats(shared, family, number):
    """Published values are cut or rounded to whole numbers (SJC) or hundredths (the small ones)."""
    given, units, published = read(shared / "or_library", family, number)
    answer = solve_capacitated(given)
    assert answer.status == "optimal"
    assert answer.objective is not None
    assert faults(given, answer.zone) == []
    assert -0.01 <= answer.objective / units - published < (1.1 if family == "sjc" else 0.01)
