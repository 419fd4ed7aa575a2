"""The central forecast by hand: progression, entrants, cohorts, whole numbers."""

from dataclasses import replace

import numpy as np
import pytest
from histories import births, history

from catchment.forecast.central import Model, forecast, whole
from catchment.forecast.cohorts import project, temper
from catchment.forecast.entry import entry_points
from catchment.forecast.progression import decay, progression_ratios

OWN = Model(shrink_pupils=0, own_growth_share=1)
"""Every school's own ratios, believed fully."""


def near(value):
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def ratios_of(known, *, shrink=200.0, half_life=3.0, given_ratio=1.0):
    usual = np.full(len(known.grades), given_ratio)
    return progression_ratios(known, usual, half_life_years=half_life, shrink_pupils=shrink)[:, 1:].tolist()


# --- progression by hand ---------------------------------------------------------------------------------------


def test_a_half_life_halves_the_weight():
    assert decay(4, 1.0).tolist() == [0.125, 0.25, 0.5, 1.0]
    assert decay(3, 2.0).tolist() == near([0.5, 0.5**0.5, 1.0])


def test_a_school_borrows_from_its_area_and_that_from_the_county():
    """
    area A: s0 100 → 90, s1 100 → 110      area B: s2 200 → 180      grade 1 in 2019 → grade 2 in 2020

    County 380/400 = 0.95. Area A has 200 → 200, weighed as 200 against 5,000 of the county; a school as its own
    pupils against 200 of its area.
    """
    known = history([[[100, 100], [80, 90]], [[100, 100], [80, 110]], [[200, 200], [150, 180]]], areas=["A", "A", "B"])
    area_a, area_b = (200 + 5000 * 0.95) / 5200, (180 + 5000 * 0.95) / 5200
    s0, s1, s2 = (90 + 200 * area_a) / 300, (110 + 200 * area_a) / 300, (180 + 200 * area_b) / 400
    assert ratios_of(known) == [near([s0]), near([s1]), near([s2])]
    assert ratios_of(known, shrink=0) == [near([0.9]), near([1.1]), near([0.9])]


def test_recent_years_count_more():
    """One school, half-life 1: 100 → 80 counts ½, then 100 → 95 counts 1: (40 + 95) / 150."""
    known = history([[[100, 100, 100], [70, 80, 95]]])
    assert ratios_of(known, half_life=1.0) == [near([135 / 150])]


def test_where_no_transition_was_seen_the_given_ratio_serves():
    """Grade 2 → 3 was never matched: the school had no grade 3 the year after it had a grade 2."""
    known = history([[[50, 50], [None, 40], [None, 45]]])
    assert ratios_of(known, given_ratio=0.97) == [near([(40 + 200 * 0.8) / 250, 0.97])]


def test_residence_statuses_do_not_borrow_from_each_other():
    known = history([[[100, 100], [0, 90]], [[100, 100], [0, 60]]], statuses=["local", "migrant"])
    assert ratios_of(known) == [near([0.9]), near([0.6])]


@pytest.mark.parametrize(("after", "held"), [(10, 0.4), (400, 2.5)])
def test_no_ratio_beyond_its_limits(after, held):
    assert ratios_of(history([[[100, 100], [0, after]]])) == [[held]]


# --- entrants by hand ------------------------------------------------------------------------------------------


def test_entry_points_are_where_the_grade_below_is_missing():
    offered = np.array([[True, True, False, True], [False, False, True, True]])
    assert entry_points(offered).tolist() == [[True, False, False, True], [False, False, True, False]]


def test_a_falling_level_is_followed_but_not_in_full():
    """
    One school without births: 100 entered, then 80. The chain is 0, log 0.8; smoothed with weights 2^-1/2, 1 it is
    log 0.8 / (1 + 2^-1/2). Both entries moved to that level are 100 · 0.8^(1 / (1 + 2^-1/2)) = 87.8.
    """
    ahead = forecast(history([[[100, 80]]]), 2, OWN)
    assert ahead[0, 0].tolist() == near([100 * 0.8 ** (1 / (1 + 2**-0.5))] * 2)


def test_nobody_enters_is_less_than_somebody():
    """6 entered, then 0 or 1: the county's level fell by 100 or by 6, so one more child now is never fewer ahead."""
    ahead = [forecast(history([[[6.0, now]]]), 1, OWN)[0, 0, 0] for now in (0.0, 1.0, 2.0, 6.0)]
    assert ahead == sorted(ahead)
    assert ahead[0] < 1 < ahead[1]


def test_a_school_keeps_its_own_part_of_the_level():
    """
    s0 60 then 50, s1 40 then 50: together 100 and 100, so the level stays. Each school's entries are averaged with
    weights 2^(-1/1.5) and 1.
    """
    old = 2 ** (-1 / 1.5)
    ahead = forecast(history([[[60, 50]], [[40, 50]]]), 1, OWN)
    assert ahead[:, 0, 0].tolist() == near([(60 * old + 50) / (old + 1), (40 * old + 50) / (old + 1)])


def test_entrants_follow_the_births():
    """
    births 2012-2016: 90 90 120 60 30       September cut, age 6: autumn 2019 has 90/3 + 90·2/3 = 90
    autumn 2020: 90/3 + 120·2/3 = 110, 2021: 120/3 + 60·2/3 = 80, 2022: 60/3 + 30·2/3 = 40, then 30

    45 entered in 2019, 55 in 2020: half of the children both times, so 40, 20 and 15 follow.
    """
    pool = births([[90, 90, 120, 60, 30]], 2012)
    ahead = forecast(history([[[45, 55]]], pool=pool), 3, OWN)
    assert ahead[0, 0].tolist() == near([40, 20, 15])


def test_junior_entrants_follow_the_countys_leavers():
    """
    primary, grades 5 and 6:  2019 100 80,  2020 60 100       junior, grade 7:  2019 40,  2020 40

    In 2020 grade 7 took 40 of the 80 who were in grade 6 before: half, and before that 40 of the same 80 (no year
    before 2019 is known). Of the 100 in grade 6 in 2020 half enter in 2021; of the 60 · 100/100 of 2021, half in 2022.
    """
    pupils = [[[100, 60], [80, 100], [None, None]], [[None, None], [None, None], [40, 40]]]
    county = {"grades": (5, 6, 7), "stages": ["primary", "junior"]}
    ahead = forecast(history(pupils, **county, follow={7: 1.0}), 2, OWN)
    assert ahead[1, 2].tolist() == near([50, 30])
    level = forecast(history(pupils, **county, follow={7: 0.0}), 2, OWN)
    assert level[1, 2].tolist() == near([40, 40])
    halfway = forecast(history(pupils, **county, follow={7: 0.5}), 2, OWN)
    assert halfway[1, 2].tolist() == near([40 * (100 / 80) ** 0.5, 40 * (60 / 80) ** 0.5])


def test_junior_entrants_keep_their_level_where_nobody_has_the_grade_below():
    """Only the junior schools were told, or a county without grade 6: there are no leavers to follow."""
    pupils = [[[50, 50], [None, None], [None, None]], [[None, None], [None, None], [40, 40]]]
    known = history(pupils, grades=(5, 6, 7), stages=["primary", "junior"], follow={7: 1.0})
    assert forecast(known, 3, OWN)[1, 2].tolist() == near([40] * 3)


def test_f57_a_year_without_children_of_entry_age_tells_no_rate():
    """
    births 2013 and 2014: 0, else 60          children of 6 in autumn: 2017 60, 2018 60, 2019 20, 2020 0, 2021 40
    30 entered every year

    Per child ½, ½, 3/2: the chain is 0, 0, log 3 and, 2020 telling nothing, still log 3. All three rates moved to
    today's level are ½ · 3^u, u the weight of 2019 and 2020 in the smoothed chain; 40 children come in 2021.
    """
    pool = births([[60, 60, 60, 0, 0, 60, 60, 60]], 2010)
    known = history([[[30, 30, 30, 30]]], first_year=2017, pool=pool)
    u = (2**-0.5 + 1) / (2**-1.5 + 2**-1 + 2**-0.5 + 1)
    assert forecast(known, 1, OWN).ravel().tolist() == near([40 * 0.5 * 3**u])


def test_an_area_without_children_does_not_move_the_countys_level():
    """
    s0 has 60 children every year and takes 30. s1 has none in 2020 and takes 50 all the same: that year's 50 are set
    against nothing, so they do not raise the level per child; in 2021 s1's 60 children give its 30 of 2019 again.
    """
    pool = births([[60, 60, 60], [60, 0, 60]], 2013, older_share=0.0)
    known = history([[[30, 30]], [[30, 50]]], pool=pool)
    assert forecast(known, 1, OWN)[:, 0, 0].tolist() == near([30, 30])


# --- a year on, tempering, whole numbers, by hand ----------------------------------------------------------------


def test_cohorts_move_up():
    """20 and 10 today, ratio ½, entrants 30 then 40; new homes bring one, then two pupils to grade 2."""
    entering, joining = np.array([[[30.0, 40.0], [0, 0]]]), np.array([[[0.0, 0.0], [1, 2]]])
    ahead = project(np.array([[20.0, 10.0]]), entering, np.array([[9.0, 0.5]]), joining)
    assert ahead.tolist() == [[[30, 40], [11, 17]]]


def test_own_growth_is_believed_by_half():
    """
    Two schools of 100; ahead 100 and 400, the stage grows 2.5-fold. Against the expected 250 they are 0.4 and 1.6;
    the square roots 0.632 and 1.265 stand 1 : 2, so 500 pupils are shared as 166.7 and 333.3.
    """
    ahead, now = np.array([[[60.0], [40.0]], [[200.0], [200.0]]]), np.array([[50.0, 50.0], [60.0, 40.0]])
    found = temper(ahead, now, np.array([0, 0]), 0.5)
    assert found[:, :, 0].tolist() == [near([100, 200 / 3]), near([500 / 3, 500 / 3])]
    assert temper(ahead, now, np.array([0, 0]), 1.0).tolist() == ahead.tolist()
    assert temper(ahead, now, np.array([0, 1]), 0.0).ravel().tolist() == near([60, 40, 200, 200])


def test_the_forecast_tempers_each_stage_by_itself():
    """
    s0 and s1 have one grade and 100 pupils; 100 and 50 enter ahead. The stage shrinks to 0.75, against which s0 is
    4/3 and s1 2/3: their roots stand √2 : 1. The junior school is another stage: its 90 of 100 stay 90.
    """
    known = history([[[100]], [[100]], [[100]]], first_year=2020, stages=["primary", "primary", "junior"])
    known = replace(known, entered=np.array([[[100.0]], [[50.0]], [[90.0]]]))
    shared = 150 / (1 + 2**0.5)
    assert forecast(known, 1, Model())[:, 0, 0].tolist() == near([shared * 2**0.5, shared, 90])
    assert forecast(known, 1, OWN)[:, 0, 0].tolist() == near([100, 50, 90])


def test_given_ratios_are_by_grade():
    known = history([[[100], [50], [20]]], first_year=2020)
    model = replace(OWN, progression={2: 0.9, 3: 0.8})
    assert forecast(known, 1, model)[0, :, 0].tolist() == near([100, 90, 40])


def test_f54_whole_numbers_add_up_from_schools_to_areas_to_the_county():
    """
    area A: 0.5 + 0.5 + 0.5     area B: 1.4 + 1.4      county 4.3 → 4; areas 1.395 and 2.605 → 1 and 3

    A shares 1 by equal remainders in order of the rows; B's 3 are 1.5 + 1.5, the same.
    """
    known = history([[[1]]] * 5, areas=["A", "A", "A", "B", "B"])
    exact = np.array([0.5, 0.5, 0.5, 1.4, 1.4]).reshape(5, 1, 1)
    assert whole(exact, known).ravel().tolist() == [1, 0, 0, 2, 1]


def test_a_grade_not_offered_stays_absent():
    ahead = whole(forecast(history([[[10, 10], [None, None]], [[8, 8], [8, 8]]]), 2, Model()), history([[[1]]] * 2))
    assert np.isnan(ahead[0, 1]).all()
    assert not np.isnan(ahead[[0, 1, 1], [0, 0, 1]]).any()


def test_a_named_year_tells_nothing():
    """Without 2020 the level of 2019 and 2021 alone counts; the named year may hold anything."""
    model = replace(OWN, skip_years=(2020,))
    assert forecast(history([[[30, 999, 30]]]), 1, model).tolist() == near(np.array([[[30.0]]]))
