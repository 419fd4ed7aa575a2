"""What changes schools besides their cohorts: events, new homes, children counted before they enter."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from histories import births, events, histories, history
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.forecast.central import Model, forecast
from catchment.forecast.events import apply_ahead, apply_past
from catchment.forecast.housing import counted_entrants, pupils_of_housing

OWN = Model(shrink_pupils=0, own_growth_share=1)
PHASE_IN = (0.3, 0.6, 0.8, 0.95)
YIELDS = {"flat": {"primary": 0.3, "junior": 0.1}, "villa": {"primary": 0.5}}


def near(value):
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def lists(array):
    """Nested lists with None for nan."""
    return [lists(part) for part in array] if np.ndim(array) else None if np.isnan(array) else float(array)


def dwellings(*rows):
    return pd.DataFrame(rows, columns=["area_id", "year", "type", "dwellings"])


def children(*rows):
    return pd.DataFrame(rows, columns=["area_id", "year", "children"])


# --- events of the past ----------------------------------------------------------------------------------------


def test_a_school_that_closed_lives_on_in_the_one_that_took_its_pupils():
    """s0 closed in 2021: its 40 and 42 of the years before are counted with s1, so that s1's growth is none."""
    known = history([[[40, 42, None]], [[60, 62, 104]]])
    found = apply_past(known, events(("s0", "s1", 2021, "closes", 1.0)))
    assert lists(found.pupils) == [[[None, None, None]], [[100, 104, 104]]]
    assert lists(found.entered) == lists(found.pupils)
    assert lists(known.pupils) == [[[40, 42, None]], [[60, 62, 104]]]


def test_a_new_code_is_the_same_school():
    known = history([[[40, 41, None, None]], [[None, None, 42, 43]]])
    found = apply_past(known, events(("s0", "s1", 2021, "renamed", 1.0)))
    assert lists(found.pupils) == [[[None] * 4], [[40, 41, 42, 43]]]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_shares_to_several_schools_are_of_all_the_children(order):
    """s0 merges into three: ½, 0.3 and 0.2 of its 100 pupils, whatever the order of the rows. Nobody stays."""
    known = history([[[100, None]], [[10, 60]], [[10, 40]], [[10, 30]]])
    told = events(
        ("s0", "s1", 2020, "merges", 0.5), ("s0", "s2", 2020, "merges", 0.3), ("s0", "s3", 2020, "merges", 0.2)
    )
    found = apply_past(known, told.iloc[order])
    assert lists(found.pupils[0, 0]) == [None, None]
    assert found.pupils[1:, 0, 0].tolist() == near([60, 40, 30])


def test_a_part_stays_where_not_all_go():
    """¼ and ½ of 80 go: 20 and 40; the last 20 stay."""
    known = history([[[80, 20]], [[0, 0]], [[0, 0]]])
    found = apply_past(known, events(("s0", "s1", 2020, "merges", 0.25), ("s0", "s2", 2020, "merges", 0.5)))
    assert found.pupils[:, 0, 0].tolist() == near([20, 20, 40])


def test_thirds_of_a_school_are_all_of_it():
    known = history([[[90, None]], [[10, 40]], [[10, 40]], [[10, 40]]])
    found = apply_past(known, events(*[("s0", f"s{i}", 2020, "merges", 1 / 3) for i in (1, 2, 3)]))
    assert lists(found.pupils[0]) == [[None, None]]
    assert found.pupils[1:, 0, 0].tolist() == near([40, 40, 40])


def test_events_chain_by_year():
    """s2 closed into s1 in 2020, s1 into s0 in 2021: in the end all of 2019 stand in s0."""
    known = history([[[9, 9, 21]], [[7, 12, None]], [[5, None, None]]])
    told = events(("s1", "s0", 2021, "closes", 1.0), ("s2", "s1", 2020, "closes", 1.0))
    assert lists(apply_past(known, told).pupils) == [[[21, 21, 21]], [[None] * 3], [[None] * 3]]


def test_a_zone_change_moves_entrants_and_leaves_pupils_where_they_were():
    """From 2021 on half of s0's new children go to s1. Entrants of 2019 and 2020 are counted as they would be today."""
    known = history([[[40, 40, 20], [40, 40, 40]], [[10, 10, 30], [10, 10, 10]]])
    found = apply_past(known, events(("s0", "s1", 2021, "zone_change", 0.5)))
    assert lists(found.pupils) == lists(known.pupils)
    assert found.entered[:, 0].tolist() == [[20, 20, 20], [30, 30, 30]]
    assert forecast(found, 1, OWN)[:, 0, 0].tolist() == near([20, 30])
    # Untold, the fall of s0 is taken for a change of its level that is half over.
    assert forecast(known, 1, OWN)[0, 0, 0] > 24


def test_pupils_go_to_the_same_stage_and_status_only():
    """b has no junior stage, and tells nothing of migrants: those of a stay where they are."""
    known = history(
        [[[40, None]], [[20, None]], [[30, None]], [[10, 50]]],
        stages=["primary", "primary", "junior", "primary"], statuses=["local", "migrant", "local", "local"],
    )  # fmt: skip
    keys = known.keys.assign(school_id=["a", "a", "a", "b"])
    found = apply_past(replace(known, keys=keys), events(("a", "b", 2020, "closes", 1.0)))
    assert lists(found.pupils) == [[[None, None]], [[20, None]], [[30, None]], [[50, 50]]]


def test_a_nine_year_school_may_go_to_one_school_for_each_stage():
    """Half of a's children go to b and half to c; b has no junior stage, c no primary: half of each stage stays."""
    stages = ["primary", "junior", "primary", "junior"]
    known = history([[[40, 20]], [[30, 15]], [[10, 30]], [[10, 25]]], stages=stages)
    keys = known.keys.assign(school_id=["a", "a", "b", "c"])
    told = events(("a", "b", 2020, "merges", 0.5), ("a", "c", 2020, "merges", 0.5))
    assert apply_past(replace(known, keys=keys), told).pupils[:, 0, 0].tolist() == near([20, 15, 30, 25])


def test_what_is_before_the_history_or_of_unknown_schools_changes_nothing():
    known = history([[[40, 41]], [[10, 11]]])
    told = events(("s0", "s1", 2019, "closes", 1.0), ("s0", "x", 2020, "closes", 1.0), ("x", "s1", 2020, "merges", 1.0))
    assert lists(apply_past(known, told).pupils) == lists(known.pupils)


# --- events to come ----------------------------------------------------------------------------------------------


def test_a_school_that_will_close_is_empty_from_then_on():
    known = history([[[40], [30]], [[60], [50]]])
    ahead = forecast(known, 3, OWN)
    moved = apply_ahead(ahead, known, events(("s0", "s1", 2021, "closes", 1.0)))
    assert lists(moved[0]) == [[40, None, None], [40, None, None]]
    assert moved[1].tolist() == [[60, 100, 100], [60, 100, 100]]


def test_an_event_of_the_last_year_is_past():
    """Half of s0 went to s1 in 2020: the pupils of 2020 show it already."""
    known = history([[[40, 20]], [[10, 30]]])
    ahead = forecast(known, 2, OWN)
    told = events(("s0", "s1", 2020, "merges", 0.5))
    assert apply_ahead(ahead, known, told).tolist() == ahead.tolist()
    assert apply_past(known, told).pupils.tolist() == [[[20, 20]], [[30, 30]]]


def test_a_coming_zone_change_grows_through_the_grades():
    """From 2021 (the second year ahead) a quarter of s0's entrants go to s1: grade 1 first, a year later grade 2 too."""
    known = history([[[40], [40], [40]], [[20], [20], [20]]])
    moved = apply_ahead(forecast(known, 3, OWN), known, events(("s0", "s1", 2021, "zone_change", 0.25)))
    assert moved[0].tolist() == [[40, 30, 30], [40, 40, 30], [40, 40, 40]]
    assert moved[1].tolist() == [[20, 30, 30], [20, 20, 30], [20, 20, 20]]


def test_f57_a_school_that_is_new_fills_from_its_first_grade():
    """s1 has no pupils yet."""
    known = history([[[40], [40]], [[None], [None]]])
    moved = apply_ahead(forecast(known, 2, OWN), known, events(("s0", "s1", 2020, "zone_change", 0.25)))
    assert lists(moved[1]) == [[10, 10], [None, 10]]


@given(known=histories(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_f54_no_event_loses_anybody(known, data):
    """Any shares that together are no more than all; past and coming; grade by grade, year by year."""
    names = [*known.keys["school_id"].tolist(), "x"]
    rows = {}
    for _ in range(data.draw(st.integers(0, 4))):
        left, to = data.draw(st.permutations(names))[:2] if len(names) > 1 else ("x", "x")
        kind = data.draw(st.sampled_from(["closes", "merges", "renamed", "zone_change"]))
        year = data.draw(st.integers(2018, known.last_year + 3))
        share = data.draw(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]))
        taken = sum(s for (a, _, y, k), s in rows.items() if (a, y, k) == (left, year, kind))
        if taken + share <= 1 and (left, to, year, kind) not in rows:
            rows[left, to, year, kind] = share
    told = events(*[(*key, share) for key, share in rows.items()])
    past = apply_past(known, told)
    ahead = forecast(past, 3, Model())
    for before, after in (
        (known.pupils, past.pupils),
        (known.pupils, past.entered),
        (ahead, apply_ahead(ahead, past, told)),
    ):
        np.testing.assert_allclose(np.nansum(after, axis=0), np.nansum(before, axis=0), rtol=1e-9, atol=1e-9)
        assert (np.nan_to_num(after) >= 0).all()


# --- new homes ---------------------------------------------------------------------------------------------------


def test_new_homes_fill_over_the_years():
    """
    100 flats of 2021, 0.3 primary pupils in each: 30 pupils in the end. Lived in by 30 % in 2021, 60 %, 80 %, 95 %.
    s0 has 120 of the 160 pupils: ¾ of them go there, a third to each of its three grades; s1 has two grades.
    """
    known = history([[[40], [40], [40]], [[20], [20], [None]]], first_year=2020)
    added = pupils_of_housing(known, dwellings(("A", 2021, "flat", 100)), YIELDS, PHASE_IN, 5)
    by_year = np.array([9, 18, 24, 28.5, 28.5])
    assert added.sum((0, 1)).tolist() == near(by_year.tolist())
    for grade in range(3):
        assert added[0, grade].tolist() == near((by_year * 0.75 / 3).tolist())
    assert added[1, 0].tolist() == near((by_year * 0.25 / 2).tolist())
    assert added[1, 2].tolist() == [0] * 5


def test_homes_lived_in_already_are_in_the_pupils():
    """Finished in 2019, by 2020 60 % are lived in: only what is beyond comes on top. In 2023: nothing yet of 2024."""
    known = history([[[40]]], first_year=2020)
    added = pupils_of_housing(known, dwellings(("A", 2019, "flat", 100)), YIELDS, PHASE_IN, 3)
    assert added[0, 0].tolist() == near([30 * 0.2, 30 * 0.35, 30 * 0.35])
    later = pupils_of_housing(known, dwellings(("A", 2023, "villa", 10)), YIELDS, PHASE_IN, 3)
    assert later[0, 0].tolist() == near([0, 0, 1.5])


def test_homes_bring_pupils_of_each_stage_to_their_area_only():
    stages, areas = ["primary", "junior", "primary"], ["A", "A", "B"]
    known = history([[[40], [None]], [[None], [30]], [[40], [None]]], grades=(6, 7), stages=stages, areas=areas)
    told = dwellings(("A", 2020, "flat", 100), ("A", 2020, "villa", 10))
    added = pupils_of_housing(known, told, YIELDS, (1.0,), 1)
    assert added[:, :, 0].tolist() == near(np.array([[35.0, 0], [0, 10], [0, 0]]))


def test_f57_homes_where_no_school_has_pupils_bring_nobody():
    known = history([[[0]], [[None]]], first_year=2020)
    assert not pupils_of_housing(known, dwellings(("A", 2021, "flat", 100)), YIELDS, PHASE_IN, 2).any()


def test_pupils_of_new_homes_come_on_top_of_the_forecast():
    known = history([[[40], [40]]])
    joining = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    assert (forecast(known, 2, OWN, joining) - forecast(known, 2, OWN)).tolist() == near(joining)


# --- counted before they enter -----------------------------------------------------------------------------------


def test_counted_children_take_the_place_of_births():
    """
    120 a year are born, 60 enter. The kindergartens counted 80 for 2020, 100 for 2021: a quarter more, 75 enter.
    2022 was not counted: the births say 60 again.
    """
    known = history([[[60, 60]]], pool=births([[120] * 10]))
    counted = counted_entrants(known, children(("A", 2020, 80), ("A", 2021, 100)))
    assert {year: pool.tolist() for year, pool in counted.items()} == {2021: near([150])}
    assert forecast(replace(known, counted=counted), 2, OWN)[0, 0].tolist() == near([75, 60])


def test_counts_are_used_by_area_and_for_the_rest_of_the_county():
    known = history([[[60]], [[60]], [[60]]], first_year=2020, areas=["A", "B", "C"], pool=births([[120] * 10] * 3))
    told = children(("A", 2020, 50), ("A", 2021, 25), ("*", 2020, 90), ("*", 2021, 45), ("*", 2022, 30), ("C", 2021, 9))
    counted = counted_entrants(known, told)
    assert counted[2021].tolist() == pytest.approx([60, 60, np.nan], nan_ok=True)
    assert counted[2022].tolist() == pytest.approx([np.nan, 40, np.nan], nan_ok=True)


@pytest.mark.parametrize("told", [children(), children(("A", 2021, 25)), children(("B", 2020, 5), ("B", 2021, 25))])
def test_a_count_that_cannot_be_compared_is_not_used(told):
    known = history([[[60, 60]]], pool=births([[120] * 10]))
    counted = counted_entrants(known, told)
    assert forecast(replace(known, counted=counted), 1, OWN)[0, 0].tolist() == near([60])
    assert counted_entrants(replace(known, pool=None), children(("A", 2020, 5), ("A", 2021, 25))) == {}


def test_f57_nobody_counted_in_the_last_year_is_no_base():
    known = history([[[60, 60]]], pool=births([[120] * 10]))
    counted = counted_entrants(known, children(("A", 2020, 0), ("A", 2021, 25)))
    assert forecast(replace(known, counted=counted), 1, OWN)[0, 0].tolist() == near([60])
