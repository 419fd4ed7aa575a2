"""Cohorts that move up, by hand; totals that add up."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from catchment.forecast import forecast_pupils, pupils_by_grade

SCHOOLS = pd.DataFrame(
    {"school_id": ["p", "q", "j"], "stage": ["primary", "primary", "junior"], "area_id": ["A", "A", "B"]}
)


def classes(rows):
    table = pd.DataFrame(rows, columns=["school_id", "stage", "grade", "pupils"])
    return table.assign(entry_year=2025, class_no="1", snapshot="2025-09-01")


ROWS = [
    ("p", "primary", 1, 40),
    ("p", "primary", 6, 30),
    ("q", "primary", 1, 20),
    ("q", "primary", 6, 10),
    ("j", "junior", 7, 50),
    ("j", "junior", 9, 45),
]
ENTERING = pd.DataFrame({2025: [100, 1], 2026: [50, 1], 2027: [75, 1]}, index=["A", "B"])


def run(rows=ROWS, years=2, progression=None):
    table = forecast_pupils(
        classes(rows),
        SCHOOLS,
        ENTERING,
        base_year=2025,
        horizon_years=years,
        progression=progression or {},
        scenario="medium",
    )
    return table.set_index(["year", "school_id", "grade"])["pupils"]


def test_one_year_on_by_hand():
    """Area A's entry halves: 40 → 20 and 20 → 10. All 40 leavers of grade 6 enter the only junior school."""
    found = run()
    assert found.loc[2026, "p"].to_dict() == {1: 20, 2: 40, 3: 0, 4: 0, 5: 0, 6: 0}
    assert found.loc[2026, "q"].to_dict() == {1: 10, 2: 20, 3: 0, 4: 0, 5: 0, 6: 0}
    assert found.loc[2026, "j"].to_dict() == {7: 40, 8: 50, 9: 0}
    assert found.loc[(2027, "p", 1)] == 30


def test_progression_rates_apply_to_their_grade():
    found = run(progression={2: 0.9, 7: 0.95})
    assert found.loc[(2026, "p", 2)] + found.loc[(2026, "q", 2)] == 54
    assert found.loc[(2026, "j", 7)] == 38


def test_only_the_latest_return_counts():
    old = classes([("p", "primary", 1, 99)]).assign(snapshot="2024-09-01")
    table = pupils_by_grade(pd.concat([old, classes(ROWS)]))
    assert table.set_index(["school_id", "grade"])["pupils"].loc[("p", 1)] == 40


@given(st.lists(st.integers(0, 300), min_size=12, max_size=12))
def test_nobody_is_lost_between_grades(pupils):
    rows = [(s, "primary", g + 1, pupils[6 * i + g]) for i, s in enumerate("pq") for g in range(6)] + [
        ("j", "junior", 7, 10)
    ]
    found = run(rows, 1)
    now, then = found.loc[2025].groupby("grade").sum(), found.loc[2026].groupby("grade").sum()
    assert all(then[g + 1] == now[g] for g in (1, 2, 3, 4, 5, 6, 7, 8))
    assert (found >= 0).all()


def test_no_classes_no_forecast():
    assert forecast_pupils(
        classes([]), SCHOOLS, ENTERING, base_year=2025, horizon_years=2, progression={}, scenario="medium"
    ).empty
