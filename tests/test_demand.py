"""Children out of people and births: by hand, and totals kept exactly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from catchment.access import children_by_band, seat_balance
from catchment.apportion import round_within
from catchment.demand import continue_births, count_children, demand_table, fit_to_enrolment, trust
from catchment.errors import InputError
from catchment.settings import DemandSettings

CELLS = pd.DataFrame(
    {"cell_id": ["a", "b", "c"], "unit_id": ["u", "u", "w"], "area_id": ["A", "A", "B"], "people": [30.0, 10.0, 60.0]}
)


def people(age_from=0, age_to=14, values=(30.0, 10.0, 60.0), basis="resident"):
    return pd.DataFrame(
        {
            "cell_id": ["a", "b", "c"],
            "age_from": age_from,
            "age_to": pd.array([age_to] * 3, dtype="Int64"),
            "basis": basis,
            "people": values,
        }
    )


def births(years, a, b, basis="resident"):
    rows = [(area, y, basis, n) for area, numbers in (("A", a), ("B", b)) for y, n in zip(years, numbers, strict=True)]
    return pd.DataFrame(rows, columns=["area_id", "year", "basis", "births"]).assign(month=pd.NA)


NO_BIRTHS = births([], [], [])


def count(settings=DemandSettings(), *, of=None, born=NO_BIRTHS, entry_years=range(2020, 2022), change=0.0):  # noqa: B008
    return count_children(
        CELLS,
        people() if of is None else of,
        born,
        settings,
        year=2020,
        entry_years=entry_years,
        change_per_year=change,
    )


def test_a_band_without_births_splits_evenly():
    """100 people of 0-14 are 100/15 = 6.67 a year: 7, of which unit u has 40/15 = 2.67 and w 4."""
    found = count().set_index(["entry_year", "unit_id"])["children"]
    assert found.loc[2020].to_dict() == {"u": 3, "w": 4}


def test_a_band_splits_by_births():
    """Area A bore twice as many in the years of the younger cohort."""
    years = range(2005, 2021)
    a = [20 if y >= 2014 else 10 for y in years]
    band = people(5, 6)
    found = count(of=band, born=births(years, a, [10] * 16), entry_years=range(2020, 2022)).set_index(
        ["entry_year", "unit_id"]
    )["children"]
    # Entering 2020: aged six then, born 4/12 in 2013 and 8/12 in 2014: 10/3 + 40/3 = 50/3; 2021: 20.
    share = (50 / 3) / (50 / 3 + 20)
    assert found.loc[(2020, "u")] == round(40 * share)
    assert found.loc[(2021, "u")] == round(40 * (1 - share))
    assert found.loc[(2020, "w")] == found.loc[(2021, "w")] == 30


def test_cohorts_not_yet_born_come_from_births_and_the_share_that_stays():
    years = range(2005, 2026)
    found = count(
        DemandSettings(stay_share=0.5),
        born=births(years, [30] * 21, [60] * 21, "registered"),
        entry_years=range(2028, 2030),
    )
    assert found.groupby("area_id")["children"].sum().to_dict() == {"A": 2 * 15, "B": 2 * 30}


def test_births_continue_by_a_yearly_change():
    table = continue_births(births(range(2018, 2021), [100] * 3, [50] * 3), ["A", "B"], range(2016, 2023), -0.1).by_year
    assert table.loc["A"].to_dict() == pytest.approx(
        {2018: 100, 2019: 100, 2020: 100, 2016: 100, 2017: 100, 2021: 90, 2022: 81}
    )


def by_months(area, year, first_half, second_half):
    rows = [(area, year, month, "resident", first_half if month < 9 else second_half) for month in range(1, 13)]
    return pd.DataFrame(rows, columns=["area_id", "year", "month", "basis", "births"])


def test_the_september_cut_counts_months_where_they_are_told():
    """2013: 8 months of 10 and 4 of 30, 2014: 8 of 5 and 4 of 40. Entrants of 2020: 4 × 30 + 8 × 5 = 160, not 67 + 133."""
    born = pd.concat([by_months("A", 2013, 10, 30), by_months("A", 2014, 5, 40)])
    cohorts = continue_births(born, ["A"], range(2013, 2016), 0.0)
    assert cohorts.cohort(2020)["A"] == pytest.approx(160)
    whole = continue_births(births([2013, 2014], [200, 200], [1, 1]), ["A"], range(2013, 2016), 0.0)
    assert whole.cohort(2020)["A"] == pytest.approx(200 * 4 / 12 + 200 * 8 / 12)


def test_a_year_told_for_some_months_only_is_refused():
    born = by_months("A", 2013, 10, 30).query("month != 5")
    with pytest.raises(InputError, match="A 2013"):
        continue_births(born, ["A"], range(2013, 2014), 0.0)


def test_a_band_without_births_follows_the_curve_through_all_bands():
    """Bands 0-4, 5-9, 10-14 of 60, 100, 140 people: ages rise within 5-9, and its total stays."""
    bands = pd.concat([people(0, 4), people(5, 9), people(10, 14)], ignore_index=True)
    bands["people"] = bands["people"] * np.repeat([0.6, 1.0, 1.4], len(bands) // 3)
    found = count(of=bands, entry_years=range(2017, 2022)).groupby("entry_year")["children"].sum()
    # Entry 2021 was five in 2020, entry 2017 was nine.
    assert found.is_monotonic_decreasing
    assert found.sum() == pytest.approx(100, abs=3)
    assert found.loc[2017] > found.loc[2021]


def test_overlapping_age_bands_are_refused():
    bands = pd.concat([people(0, 14), people(10, 19)], ignore_index=True)
    with pytest.raises(InputError, match="0-14, 10-19"):
        count(of=bands)


def test_children_are_raked_to_the_pupils_enrolled():
    """Cohorts of 20 and 30 children, pupils 40 and 30: totals are met, areas keep their shares of all."""
    rows = [("u", "A", 2020, 10), ("v", "B", 2020, 10), ("u", "A", 2021, 20), ("v", "B", 2021, 10), ("u", "A", 2030, 7)]
    children = pd.DataFrame(rows, columns=["unit_id", "area_id", "entry_year", "children"])
    fitted = fit_to_enrolment(children, pd.Series({2020: 40, 2021: 30}))
    assert fitted.groupby("entry_year")["children"].sum().to_dict() == {2020: 40, 2021: 30, 2030: 7}
    school = fitted[fitted["entry_year"] < 2030].groupby("area_id")["children"].sum()
    assert school.to_dict() == {"A": pytest.approx(42, abs=1), "B": pytest.approx(28, abs=1)}


@pytest.mark.parametrize(
    ("bands", "born", "trust_of_a"),
    [
        ([(age, age) for age in range(16)], False, (5, "single_ages")),
        ([(0, 14)], True, (4, "bands_births_of_area")),
        ([(0, 14)], False, (2, "bands_curve")),
        ([(0, None)], False, (1, "assumed_share")),
    ],
)
def test_trust_tells_what_the_children_of_a_cell_rest_on(bands, born, trust_of_a):
    folk = pd.concat([people(low, high) for low, high in bands], ignore_index=True)
    told = trust(CELLS, folk, births([2020], [1], [1]) if born else NO_BIRTHS)
    assert {(row.trust, row.rests_on) for row in told.itertuples()} == {trust_of_a}


def test_a_gap_in_births_is_told():
    with pytest.raises(InputError, match="2019"):
        continue_births(births([2018, 2020], [1, 1], [1, 1]), ["A", "B"], range(2018, 2021), 0)


def test_totals_without_ages_need_an_assumption():
    whole = people(0, None)
    with pytest.raises(InputError, match="age_share"):
        count(of=whole)
    found = count(DemandSettings(age_share=0.1), of=whole)
    assert found.groupby("entry_year")["children"].sum().tolist() == [10, 10]


@given(arrays(np.float64, 3, elements=st.floats(1, 500)), st.floats(0.001, 0.2))
def test_children_are_kept_in_every_cohort(values, share):
    found = count(DemandSettings(age_share=share), of=people(0, None, tuple(values)))
    assert (found.groupby("entry_year")["children"].sum() == round(float(values.sum() * share))).all()
    assert (found["children"] >= 0).all()


def test_grades_are_read_off_cohorts():
    """In autumn 2025 the cohort of 2025 is in grade 1, that of 2020 in grade 6, that of 2019 in grade 7."""
    children = pd.DataFrame({"unit_id": "u", "area_id": "A", "entry_year": range(2017, 2027), "children": range(10)})
    table = demand_table(children, {"primary": range(1, 7), "junior": range(7, 10)}, range(2025, 2027), {}, "medium")
    now = table[table["year"] == 2025].set_index("grade")["children"].sort_index()
    assert now.to_dict() == {1: 8, 2: 7, 3: 6, 4: 5, 5: 4, 6: 3, 7: 2, 8: 1}  # grade 9 has no child: no row
    then = table[table["year"] == 2026].set_index("grade")["children"].sort_index()
    assert (then.loc[2:9].to_numpy() == now.loc[1:8].to_numpy()).all()


def test_enrol_share_keeps_the_countys_total():
    children = pd.DataFrame({"unit_id": list("uvw"), "area_id": "A", "entry_year": 2025, "children": [3, 3, 4]})
    table = demand_table(children, {"primary": range(1, 2)}, range(2025, 2026), {"primary": 0.75}, "medium")
    assert table["children"].sum() == 8


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 3)), min_size=4, max_size=40),
    st.lists(st.integers(0, 5000), min_size=4, max_size=4),
)
def test_round_within_keeps_totals_and_is_within_one(rows, totals):
    rows = [*rows, *((0.0, g) for g in range(4))]
    values, group = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    whole = round_within(values, group, np.array(totals))
    sums = np.bincount(group, weights=values, minlength=4)
    for g in range(4):
        assert whole[group == g].sum() == totals[g]
        if sums[g] > 0:
            exact = values[group == g] / sums[g] * totals[g]
            assert np.abs(whole[group == g] - exact).max() <= 1 + 1e-6


def test_f54_largest_remainders_by_hand():
    """Three equal shares of 100 are 34, 33, 33; rounding each alone would lose one."""
    assert round_within(np.array([1.0, 1, 1]), np.zeros(3, int), np.array([100])).tolist() == [34, 33, 33]
    assert round_within(np.array([0.0, 0]), np.zeros(2, int), np.array([3])).tolist() == [2, 1]


UNITS = pd.DataFrame({"unit_id": ["u", "w"], "area_id": ["A", "B"]})


def test_children_by_distance_band():
    """u is at 499 m and w at 500 m: a band holds its start and not its end; no distance is the last band."""
    children = pd.DataFrame(
        {"unit_id": ["u", "w", "w"], "stage": ["primary", "primary", "junior"], "children": [7, 5, 3]}
    )
    nearest = pd.DataFrame({"unit_id": ["u", "w"], "stage": "primary", "distance_mm": [499_000, 500_000]})
    table = children_by_band(children, nearest, UNITS, (500, 1000)).set_index(["area_id", "stage", "band_from_m"])[
        "children"
    ]
    assert table.loc["A", "primary"].to_dict() == {0: 7, 500: 0, 1000: 0}
    assert table.loc["B", "primary"].to_dict() == {0: 0, 500: 5, 1000: 0}
    assert table.loc["B", "junior"].to_dict() == {0: 0, 500: 0, 1000: 3}


def test_seat_balance_lists_areas_without_children_or_seats():
    demand = pd.DataFrame(
        {"unit_id": ["u"], "stage": "primary", "grade": 1, "year": 2025, "scenario": "medium", "children": [50]}
    )
    schools = pd.DataFrame({"area_id": ["B"], "stage": "primary", "seats": [45]})
    table = seat_balance(demand, UNITS, schools).set_index("area_id")
    assert table["seat_gap"].to_dict() == {"A": 50, "B": -45}
