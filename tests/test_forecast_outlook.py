"""Seats, classes, peaks and remedies by hand: futures that are certain, or a few that are told."""

from dataclasses import replace

import numpy as np
import pytest
from histories import history

from catchment.doors import conform
from catchment.forecast.outlook import Outlook, Places, tiers_of
from catchment.tables import TABLES

TIERS = (0.9, 1.0, 1.1)


def places(known, *, seats, rooms=None, split=45, xy=None, campus=None, residents=None):
    series = len(known.keys)
    return Places(
        seats=np.array(seats), rooms=np.array(rooms or [-1] * series),
        split=np.broadcast_to(np.array(split), known.pupils.shape[:2]).astype(np.int64),
        xy_m=np.array(xy or [[i, 0] for i in range(series)], dtype=float), campus=np.array(campus or range(series)),
        residents=residents or {},
    )  # fmt: skip


def outlook(known, futures, middle=None, **some):
    """Tables of years 2021 …: futures are draws × series × grades for each year; the first is central, if not told."""
    grown = Outlook(known, places(known, **some), "medium", TIERS, 3000.0)
    for year, draws in enumerate(futures):
        array = np.array(draws, dtype=np.float32)
        central = np.where(known.offered, array[0] if middle is None else np.array(middle[year]), np.nan)
        grown.add(2021 + year, central, np.moveaxis(array, 0, -1))
    return {name: conform(TABLES[name], table) for name, table in grown.tables().items()}


def certain(*pupils):
    """Draws that are all the same."""
    return [pupils] * 3


# --- seats -------------------------------------------------------------------------------------------------------


def test_tiers_begin_at_their_load():
    loads = np.array([0, 0.899, 0.9, 0.999, 1.0, 1.099, 1.1, 9, np.nan])
    assert tiers_of(loads, TIERS).tolist() == [
        "green", "green", "yellow", "yellow", "orange", "orange", "red", "red", None,
    ]  # fmt: skip


def test_seats_of_schools_areas_and_the_county():
    """
    area A: s0 100 of 120 seats, s1 66 of 60      area B: s2 50, no seats
    In two of four futures s1 has 60 or fewer: 66, 60.6, 60, 10. A future is whole pupils, so 60.6 are 61. The chance of
    too few seats is ½; the county's is ¾, as 216, 211, 210 and 160 stand against 180.
    """
    known = history([[[1]], [[1]], [[1]]], first_year=2020, areas=["A", "A", "B"])
    draws = [[[100], [s1], [50]] for s1 in (66, 60.6, 60, 10)]
    found = outlook(known, [draws], seats=[120, 60, 0])["outlook"].set_index(["level", "subject_id"])
    columns = ["pupils", "seats", "tier", "short_probability", "empty_seats"]
    told = {key: row.tolist() for key, row in zip(found.index, found[columns].to_numpy(), strict=True)}
    assert told == {
        ("school", "s0"): [100, 120, "green", 0.0, 20],
        ("school", "s1"): [66, 60, "red", 0.5, 0],
        ("school", "s2"): [50, 0, pytest.approx(np.nan, nan_ok=True), 1.0, 0],
        ("area", "A"): [166, 180, "yellow", 0.0, 14],
        ("area", "B"): [50, 0, pytest.approx(np.nan, nan_ok=True), 1.0, 0],
        ("county", "*"): [216, 180, "red", 0.75, 0],
    }
    assert found.loc[("school", "s1"), "load"] == 1.1
    assert found.loc[("area", "A"), ["empty_low80", "empty_high80"]].tolist() == [14, 70]
    assert np.isnan(found.loc[("school", "s2"), "load"])


def test_statuses_of_a_school_are_one_row():
    known = history([[[1], [1]], [[1], [None]]], first_year=2020, statuses=["local", "migrant"])
    known = replace(known, keys=known.keys.assign(school_id="p"))
    found = outlook(known, [certain([30, 20], [25, 0])], seats=[60, 0], rooms=[2, 2])
    assert found["forecast"][["grade", "pupils", "low95", "high95"]].to_numpy().tolist() == [
        [1, 55, 55, 55],
        [2, 20, 20, 20],
    ]
    assert found["class_outlook"][["classes", "largest_class"]].to_numpy().tolist() == [[2, 55]]
    assert found["outlook"].query("level == 'school'")[["pupils", "seats"]].to_numpy().tolist() == [[75, 60]]


def test_f57_a_school_without_pupils_is_listed_with_all_its_seats():
    known = history([[[1]], [[None]]], first_year=2020)
    found = outlook(known, [certain([10], [0])], seats=[20, 90])
    empty = found["outlook"].set_index(["level", "subject_id"]).loc[("school", "s1")]
    assert empty[["pupils", "empty_seats", "load", "tier"]].tolist() == [0, 90, 0.0, "green"]
    assert found["class_outlook"]["classes"].tolist() == [1, 0]
    assert found["forecast"]["school_id"].tolist() == ["s0"]


# --- classes and remedies ------------------------------------------------------------------------------------------


def test_chances_of_large_classes_are_shares_of_the_futures():
    """
    A school of one grade, one room: all sit together. 45, 46, 55, 56, 65, 66 pupils.
    Over 45: five of six; 56 and more: three; 66 and more: one.
    """
    known = history([[[1]]], first_year=2020)
    found = outlook(known, [[[[n]] for n in (45, 46, 55, 56, 65, 66)]], seats=[45], rooms=[1])["class_outlook"].iloc[0]
    chances = found[["over_standard_probability", "oversized_probability", "super_oversized_probability"]]
    assert chances.tolist() == pytest.approx([5 / 6, 3 / 6, 1 / 6])


def test_junior_classes_may_have_fifty():
    known = history([[[1]]], grades=[7], first_year=2020, stages=["junior"])
    found = outlook(known, [[[[n]] for n in (50, 51)]], seats=[45], rooms=[1], split=50)["class_outlook"]
    assert found["over_standard_probability"].tolist() == [0.5]


def test_campuses_count_all_their_stages():
    """Primary 1,200 and junior 801 stand on one site: together over 2,000 in the first of two futures."""
    known = history([[[1], [None]], [[None], [1]]], grades=[6, 7], first_year=2020, stages=["primary", "junior"])
    draws = [[[1200, 0], [0, 801]], [[1200, 0], [0, 800]]]
    found = outlook(known, [draws], seats=[1, 1], campus=[0, 0])["class_outlook"]
    assert found["over_2000_probability"].tolist() == [0.5, 0.5]
    assert found["over_2500_probability"].tolist() == [0, 0]
    apart = outlook(known, [draws], seats=[1, 1], campus=[0, 1])["class_outlook"]
    assert apart["over_2000_probability"].tolist() == [0, 0]


REMEDIES = ["remedy", "remedy_amount", "remedy_school_id"]


def remedies(found):
    rows = found["class_outlook"].set_index("school_id")[REMEDIES]
    return {
        school: [None if v != v else v for v in row] for school, row in zip(rows.index, rows.to_numpy(), strict=True)
    }


def test_the_cheapest_remedy_that_there_is():
    """
    All classes hold 45. s0 puts 60 into one class (it splits at 70) and has a second room: open a class.
    s1 has 60 and one room: 15 too many. s2, 1 m off, has 14 free seats; s3, 5 m off, has 15: they go there.
    """
    known = history([[[1]]] * 4, first_year=2020)
    some = {"seats": [45, 45, 44, 55], "split": [[70], [70], [45], [45]], "xy": [[9, 9], [0, 0], [1, 0], [5, 0]]}
    pupils = certain([60], [60], [30], [40])
    assert remedies(outlook(known, [pupils], rooms=[2, 1, 1, 2], **some)) == {
        "s0": ["open_class", 1, None], "s1": ["divert", 15, "s3"], "s2": ["none", 0, None], "s3": ["none", 0, None],
    }  # fmt: skip
    full = outlook(known, [pupils], rooms=[2, 1, 1, 2], **(some | {"seats": [45, 45, 44, 54]}))
    assert remedies(full)["s1"] == ["add_rooms", 1, None]
    far = outlook(known, [pupils], rooms=[2, 1, 1, 2], **(some | {"xy": [[9, 9], [0, 0], [1, 0], [3001, 0]]}))
    assert remedies(far)["s1"] == ["add_rooms", 1, None]
    unknown = outlook(known, [pupils], rooms=[2, -1, 1, 2], **some)
    assert remedies(unknown)["s1"] == ["open_class", 1, None]
    assert unknown["class_outlook"]["rooms"].isna().tolist() == [False, True, False, False]


def test_pupils_are_not_sent_to_the_school_that_they_are_in_nor_too_far():
    """s0 has seats for all its 60 but one room; s1 has seats, 20 km off: nobody is sent farther than 3 km."""
    known = history([[[1]]] * 2, first_year=2020)
    some = {"seats": [90, 90], "rooms": [1, 1], "split": 70}
    pupils = certain([60], [30])
    assert remedies(outlook(known, [pupils], xy=[[0, 0], [12_000, 16_000]], **some))["s0"] == ["add_rooms", 1, None]
    assert remedies(outlook(known, [pupils], xy=[[0, 0], [1800, 2400]], **some))["s0"] == ["divert", 15, "s1"]
    assert remedies(outlook(known, [pupils], xy=[[0, 0], [1800, 2401]], **some))["s0"] == ["add_rooms", 1, None]


def test_no_remedy_for_what_is_not_likely():
    """Over the standard in one future of three: the central number is over it, but it is more likely that it is kept."""
    known = history([[[1]]], first_year=2020)
    found = outlook(known, [[[[60]], [[40]], [[40]]]], seats=[45], split=70)
    assert remedies(found)["s0"] == ["none", 0, None]
    assert found["class_outlook"]["over_standard_probability"].tolist() == pytest.approx([1 / 3])


def test_pupils_are_sent_to_schools_of_their_stage():
    known = history([[[1], [None]], [[None], [1]]], grades=[6, 7], first_year=2020, stages=["primary", "junior"])
    found = outlook(known, [certain([60, 0], [0, 10])], seats=[45, 500], rooms=[1, 9], split=70)
    assert remedies(found)["s0"] == ["add_rooms", 1, None]


def test_grades_with_small_classes_do_not_hide_a_grade_with_large_ones():
    """
    Grade 1 splits at 20: 80 pupils in four classes where two would do. Grade 2 puts 60 into one.
    One more class for grade 2 is needed; with five rooms in use, a sixth must be there or be added.
    """
    known = history([[[1], [1]]], first_year=2020)
    some = {"seats": [90], "split": [[20, 70]]}
    assert remedies(outlook(known, [certain([80, 60])], rooms=[6], **some))["s0"] == ["open_class", 1, None]
    found = outlook(known, [certain([80, 60])], rooms=[5], **some)
    assert remedies(found)["s0"] == ["add_rooms", 1, None]
    assert found["class_outlook"]["split_at"].tolist() == [20]


def test_rooms_that_stand_empty_are_not_added_again():
    """140 pupils in two classes of 70 where four are needed, and three rooms are there: one is missing."""
    known = history([[[1]]], first_year=2020)
    found = outlook(known, [certain([140])], seats=[90], rooms=[3], split=70)
    assert remedies(found)["s0"] == ["add_rooms", 1, None]


# --- peaks -------------------------------------------------------------------------------------------------------


def test_the_peak_and_the_empty_seats_after_it():
    """
    100 pupils in 2020, then 110, 130, 120, 90, 60, 60; 140 seats: in 2025, five years on, 80 are empty.
    A second future has its most, 150, in 2023. Ten and fifteen years on are beyond the horizon.
    1,000 people live in the area, 2,000 in the county: 130 and 65 pupils per 1,000, beside the norm of 80.
    """
    known = history([[[100]]], first_year=2020)
    years = [[[[n]], [[m]]] for n, m in zip([110, 130, 120, 90, 60, 60], [105, 140, 150, 90, 60, 50], strict=True)]
    found = outlook(known, years, seats=[140], residents={"A": 1000.0, "*": 2000.0})["peaks"].set_index("level")
    assert found.loc["county", ["peak_year", "peak_first", "peak_last"]].tolist() == [2022, 2022, 2023]
    assert found.loc["county", ["peak_pupils", "peak_low80", "peak_high80"]].tolist() == [130, 130, 150]
    assert found["empty_5"].tolist() == [80] * 3
    assert found[["empty_10", "empty_15"]].isna().all(axis=None)
    assert found["pupils_per_1000"].to_dict() == pytest.approx(
        {"area": 130.0, "county": 65.0, "school": np.nan}, nan_ok=True
    )
    assert found["norm_per_1000"].to_dict() == pytest.approx(
        {"area": 80.0, "county": 80.0, "school": np.nan}, nan_ok=True
    )


def test_intervals_of_peaks_and_empty_seats_reach_to_the_central_forecast():
    """It has its peak of 130 in 2021 and 20 empty seats in 2022; in every other future that is later and fuller."""
    known = history([[[100]]], first_year=2020)
    futures = [certain([110]), certain([140])]
    found = outlook(known, futures, middle=[[[130]], [[120]]], seats=[140])
    peak = found["peaks"].iloc[0]
    assert peak[["peak_first", "peak_year", "peak_last"]].tolist() == [2021, 2021, 2022]
    assert peak[["peak_low80", "peak_pupils", "peak_high80"]].tolist() == [130, 130, 140]
    last = found["outlook"].query("year == 2022").iloc[0]
    assert last[["empty_low80", "empty_seats", "empty_high80"]].tolist() == [0, 20, 20]
    first = found["outlook"].query("year == 2021").iloc[0]
    assert first[["empty_low80", "empty_seats", "empty_high80"]].tolist() == [10, 10, 30]


def test_a_school_named_like_an_area_has_no_residents():
    known = history([[[100]]], first_year=2020)
    known = replace(known, keys=known.keys.assign(school_id="A"))
    found = outlook(known, [certain([90])], seats=[95], residents={"A": 500.0})["peaks"].set_index("level")
    assert found["pupils_per_1000"].notna().to_dict() == {"area": True, "county": False, "school": False}


def test_a_stage_that_only_falls_has_its_peak_today():
    known = history([[[100]]], grades=[7], first_year=2020, stages=["junior"])
    found = outlook(known, [certain([90]), certain([80])], seats=[95], residents={"A": 500.0})["peaks"].iloc[0]
    assert found[["peak_year", "peak_first", "peak_last", "peak_pupils"]].tolist() == [2020, 2020, 2020, 100]
    assert found[["peak_low80", "peak_high80"]].tolist() == [100, 100]
    assert found["norm_per_1000"] == 40.0


def test_f57_an_area_without_residents_has_no_rate():
    known = history([[[100]]], first_year=2020)
    found = outlook(known, [certain([90])], seats=[95], residents={"A": 0.0})["peaks"].set_index("level")
    assert np.isnan(found.loc["area", "pupils_per_1000"])
