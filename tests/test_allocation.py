"""Pupils against children and seats: chance, tolerance, who would have to move; homes against schools."""

import itertools
import math

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pypdfium2
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tablefiles import write_csv, write_xlsx

from catchment.allocation.chance import (
    chi_square,
    composition_by_chance,
    density_corrected,
    dissimilarity,
    draw_counts,
    flags,
    log_chance,
    outcomes,
    residuals,
    unevenness,
    verdict,
)
from catchment.allocation.homes import (
    county_rate,
    residence_tables,
    zoned_rates,
)
from catchment.allocation.shares import (
    Case,
    Ruler,
    allocation_tables,
    cases_of,
    claims,
    composition,
    past_dispersion,
)
from catchment.doors import conform
from catchment.errors import InputError
from catchment.read.residence import read_residence
from catchment.reports.allocation import publish_allocation
from catchment.reports.allocation_words import worded_allocation, worded_tests
from catchment.settings import Settings
from catchment.tables.allocation import ALLOCATION, ALLOCATION_TESTS, COMPOSITION, STAYING, ZONED

HALVES = np.array([0.5, 0.5])
RULER = Ruler(dispersion={"primary": 1.0, "junior": 1.0}, draws=999)


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


# --- statistics, by hand ---------------------------------------------------------------------------


def test_sixty_and_forty_where_fifty_each_are_due():
    """Ten of 100 pupils would have to move: D = 0.1; z = (60 − 50) / √(100 · ½ · ½) = 2, half of that at φ = 4; X² = 2 + 2."""
    counts = whole(60, 40)
    assert dissimilarity(counts, HALVES) == pytest.approx(0.1)
    assert residuals(counts, HALVES, 1.0).tolist() == [2, -2]
    assert residuals(counts, HALVES, 4.0).tolist() == [1, -1]
    assert chi_square(counts, HALVES) == pytest.approx(4)


def test_who_can_claim_nothing_or_all_is_not_compared():
    assert np.isnan(residuals(whole(5, 0), np.array([1.0, 0.0]), 1.0)).all()


def test_exact_chances_by_hand():
    """4 pupils, 2 schools, all in one: 2 of 16 ways. At φ = 2, α = ½ (4 − 2) / (2 − 1) = 1 each: 0 … 4 equally likely, 2 of 5."""
    rng = np.random.default_rng(0)
    alone = unevenness(whole(4, 0), HALVES, 1.0, 99, rng)
    assert (alone.how, alone.p) == ("exact", pytest.approx(2 / 16))
    assert alone.by_chance == pytest.approx((2 * 0.5 + 8 * 0.25) / 16)
    assert unevenness(whole(4, 0), HALVES, 2.0, 99, rng).p == pytest.approx(2 / 5)
    assert unevenness(whole(2, 2), HALVES, 1.0, 99, rng).p == pytest.approx(1)


@given(st.integers(1, 6), st.integers(2, 4))
def test_outcomes_are_all_ways_to_divide(total, parts):
    slow = {way for way in itertools.product(range(total + 1), repeat=parts) if sum(way) == total}
    ways = outcomes(total, parts)
    assert len(ways) == len(slow)
    assert {tuple(way) for way in ways.tolist()} == slow


@pytest.mark.parametrize("dispersion", [1.0, 1.3, 3.0])
def test_chances_sum_to_one_and_have_the_dispersion(dispersion):
    """Mean N q and variance φ N q (1 − q), over all outcomes."""
    shares = np.array([0.2, 0.3, 0.5])
    ways = outcomes(12, 3)
    chance = np.exp(log_chance(ways, shares, dispersion))
    assert chance.sum() == pytest.approx(1)
    mean = chance @ ways
    np.testing.assert_allclose(mean, 12 * shares)
    np.testing.assert_allclose(chance @ (ways - mean) ** 2, dispersion * 12 * shares * (1 - shares))


def test_exact_multinomial_is_plain_enumeration():
    """Every one of 3^7 ways to send seven pupils to three schools, each with its own chance."""
    shares, seen = [0.5, 0.3, 0.2], (1, 2, 4)

    def uneven(counts):
        return sum((c - 7 * q) ** 2 / (7 * q) for c, q in zip(counts, shares, strict=True))

    p = 0.0
    for way in itertools.product(range(3), repeat=7):
        if uneven([way.count(k) for k in range(3)]) >= uneven(seen) - 1e-9:
            p += math.prod(shares[k] for k in way)
    assert unevenness(whole(*seen), np.array(shares), 1.0, 9, np.random.default_rng(0)).p == pytest.approx(p)


@pytest.mark.parametrize("dispersion", [1.0, 2.0])
def test_draws_agree_with_counting_all(dispersion, monkeypatch):
    shares, counts = np.array([0.2, 0.3, 0.5]), whole(12, 16, 12)
    exact = unevenness(counts, shares, dispersion, 0, np.random.default_rng(1))
    monkeypatch.setattr("catchment.allocation.chance.MOST_OUTCOMES", 0)
    drawn = unevenness(counts, shares, dispersion, 40_000, np.random.default_rng(1))
    assert (exact.how, drawn.how) == ("exact", "draws")
    assert drawn.p == pytest.approx(exact.p, abs=4 * math.sqrt(exact.p / 40_000))
    assert drawn.by_chance == pytest.approx(exact.by_chance, rel=0.02)


def test_draws_never_give_a_chance_of_nought():
    p = unevenness(whole(900, 50, 50, *[1] * 30), np.full(33, 1 / 33), 1.0, 199, np.random.default_rng(0)).p
    assert p == 1 / 200


def test_a_fair_division_is_called_uneven_one_time_in_twenty():
    """400 fair divisions of 600 pupils over 12 schools: p below 5 % in 20 of them, give or take 4 standard deviations."""
    shares = np.arange(1, 13) / 78
    rng = np.random.default_rng(3)
    low = sum(
        unevenness(drawn, shares, 1.5, 199, rng).p <= 0.05 for drawn in next(draw_counts(600, shares, 1.5, 400, rng))
    )
    assert abs(low - 20) <= 4 * math.sqrt(400 * 0.05 * 0.95)


@given(st.lists(st.sampled_from([0.0001, 0.004, 0.01, 0.019, 0.03, 0.04, 0.2, 0.9, math.nan]), min_size=1, max_size=12))
def test_flags_are_the_step_up_rule(p_values):
    """Sort; find the last p(i) ≤ 0.05 i / m; all up to it stand out."""
    told = sorted(p for p in p_values if not math.isnan(p))
    line = max((p for i, p in enumerate(told, 1) if p <= 0.05 * i / len(told) + 1e-12), default=-1)
    assert flags(np.array(p_values)).tolist() == [p <= line for p in p_values]


@given(st.floats(0, 0.2), st.floats(0.001, 0.1))
def test_the_likeliest_true_difference_is_the_top_of_the_folded_normal(seen, spread):
    grid = np.linspace(0, 0.25, 5001)
    likelihood = np.exp(-(((seen - grid) / spread) ** 2) / 2) + np.exp(-(((seen + grid) / spread) ** 2) / 2)
    best = likelihood.max()
    found = 2 * density_corrected(np.array([seen]), np.array([spread]))
    at = math.exp(-(((seen - found) / spread) ** 2) / 2) + math.exp(-(((seen + found) / spread) ** 2) / 2)
    assert at >= best * (1 - 1e-9)


def test_correction_takes_chance_off_and_leaves_what_is_there():
    """Fair shares: D is mostly luck. Half of the schools get twice what the others do: D is 1/6, and stays so."""
    shares = np.full(100, 0.01)
    rng = np.random.default_rng(2)
    fair = unevenness(rng.multinomial(5000, shares), shares, 1.0, 200, rng)
    assert fair.corrected < 0.6 * fair.dissimilarity
    assert fair.by_chance == pytest.approx(fair.dissimilarity, rel=0.25)
    tilted = unevenness(rng.multinomial(500_000, np.tile([2 / 150, 1 / 150], 50)), shares, 1.0, 200, rng)
    assert tilted.corrected == pytest.approx(1 / 6, rel=0.02)


@pytest.mark.parametrize(("size", "golden"), [(45, 0.147), (200, 0.070), (800, 0.035)])
def test_golden_composition_by_chance_of_thirty_units_and_a_fifth(size, golden):
    """METHODS 7.1; and by throwing every pupil's die 400 times."""
    assert round(composition_by_chance(np.full(30, size), 0.2), 3) == golden
    rng = np.random.default_rng(size)
    group = (rng.random((400, 30, size)) < 0.2).sum(2)
    simulated = np.abs(group / size - 0.2).mean(1) / (2 * 0.2 * 0.8)
    assert simulated.mean() == pytest.approx(golden, abs=4 * simulated.std() / 20 + 0.0005)


def test_verdicts_by_hand():
    """Tolerance 20 pupils. Spread 5: 10 ± 8.2 is surely inside; 40 is surely outside; spread 30 leaves 10 open."""
    twenty = np.array([20.0, 20.0])
    assert verdict(np.array([10.0, -10.0]), np.array([5.0, 5.0]), twenty) == "proportional"
    assert verdict(np.array([40.0, -10.0]), np.array([5.0, 5.0]), twenty) == "apart"
    assert verdict(np.array([10.0, -10.0]), np.array([30.0, 30.0]), twenty) == "undecided"


def test_a_plan_knows_no_luck():
    """Children sent exactly by seats are in proportion, whatever luck might do; 30 where 75 are due are not."""
    tables = town()
    tables["assignment"] = tables["assignment"].assign(children=[25, 60, 15])
    _, tests = allocation_tables(cases_of(tables, base_year=2025, zone_year=2026, scenario="medium"), tables, RULER)
    verdicts = tests.set_index(["case", "level", "basis"])["verdict"]
    assert verdicts["planned", "school", "seats"] == "proportional"
    assert verdicts["planned", "school", "children"] == "apart"
    assert verdict(np.zeros(2), np.array([30.0, 30.0]), np.full(2, 20.0)) == "undecided"


def test_among_fifty_thousand_a_small_difference_is_significant_and_of_no_account():
    """Two schools of 25,000: 300 more is z = 2.7 and 1.2 %, within the tolerance of 5 %."""
    counts = whole(25_300, 24_700)
    assert unevenness(counts, HALVES, 1.0, 0, np.random.default_rng(0)).p < 0.01
    spread = np.full(2, math.sqrt(50_000 / 4))
    assert verdict(np.array([300.0, -300.0]), spread, np.full(2, 1250.0)) == "proportional"


# --- dispersion ------------------------------------------------------------------------------------


def entrants(group: int, autumns: int, schools: int = 60) -> pd.DataFrame:
    """Entrants of `schools` schools who come in groups of so many, 2,400 a year."""
    rng = np.random.default_rng(group)
    rows = [
        (f"S{n}", "primary", 1, year, "all", count)
        for year in range(2010, 2010 + autumns)
        for n, count in enumerate(group * rng.multinomial(2400 // group, np.full(schools, 1 / schools)))
    ]
    return pd.DataFrame(rows, columns=["school_id", "stage", "grade", "year", "status", "pupils"])


def test_dispersion_is_the_size_of_the_groups_in_which_pupils_come():
    assert past_dispersion(entrants(1, 12), "primary") == pytest.approx(1, abs=0.15)
    assert past_dispersion(entrants(3, 12), "primary") == pytest.approx(3, rel=0.2)


def test_without_enough_autumns_siblings_are_assumed():
    assert past_dispersion(entrants(3, 3), "primary") == 1.3
    assert past_dispersion(entrants(3, 12), "junior") == 1.3


# --- tables ----------------------------------------------------------------------------------------


def town() -> dict[str, pd.DataFrame]:
    """Areas 01 and 02; school A in 01 (zone: units u1, u2), B in 02 (zone: u3), private P in 02 (zone: u4).

    area      01      01      02      02
    unit      u1      u2      u3      u4     children of grade 1 and 2 in 2025: 30, 30, 40, 50; a third less in 2026
    zone      A       A       B       P
    """
    units = pd.DataFrame({"unit_id": ["u1", "u2", "u3", "u4"], "area_id": ["01", "01", "02", "02"]})
    zones = pd.DataFrame({"unit_id": units["unit_id"], "stage": "primary", "school_id": list("AABP"), "children": 0})
    schools = pd.DataFrame(
        [("A", "01", 100, "public"), ("B", "02", 300, "public"), ("P", "02", 90, "private")],
        columns=["school_id", "area_id", "seats", "ownership"],
    ).assign(stage="primary")
    living = dict(zip(units["unit_id"], (30, 30, 40, 50), strict=True))
    demand = pd.DataFrame(
        [
            (u, "primary", g, year, "medium", n * (3 - year + 2025) // 3)
            for u, n in living.items()
            for g in (1, 2)
            for year in (2025, 2026)
        ],
        columns=["unit_id", "stage", "grade", "year", "scenario", "children"],
    )
    forecast = pd.DataFrame(
        [
            (s, "primary", g, year, sc, n + year - 2025)
            for s, n in (("A", 80), ("B", 20), ("P", 7))
            for g in (1, 2)
            for year in (2025, 2026)
            for sc in ("medium", "high")
        ],
        columns=["school_id", "stage", "grade", "year", "scenario", "pupils"],
    )
    placed = pd.DataFrame(
        [("u1", "primary", "A", 30), ("u3", "primary", "B", 55), ("u4", "primary", "B", 15)],
        columns=["unit_id", "stage", "school_id", "children"],
    )
    return {
        "units": units,
        "zones": zones,
        "schools": schools,
        "demand": demand,
        "forecast": forecast,
        "assignment": placed,
    }


def cases() -> list[Case]:
    return cases_of(town(), base_year=2025, zone_year=2026, scenario="medium")


def test_cases_are_today_next_entry_and_plan():
    today, entry, planned = cases()
    assert today.pupils.set_index("school_id")["pupils"].to_dict() == {"A": 160, "B": 40, "P": 14}
    assert entry.pupils.set_index("school_id")["pupils"].to_dict() == {"A": 81, "B": 21, "P": 8}
    assert entry.children["children"].tolist() == [20, 20, 26, 33]
    assert planned.pupils.set_index("school_id")["pupils"].to_dict() == {"A": 30, "B": 70}
    assert planned.children["children"].tolist() == [40, 40, 52, 66]


def test_claims_of_schools_and_areas():
    """Today: A claims 120 children of its zone, B 80; area 02 has 80 + 100; seats 100 and 300. The private school claims nothing."""
    rows = claims(cases()[0], town()).set_index(["level", "basis", "subject_id"])
    assert rows["claim"].to_dict() == {
        ("school", "children", "A"): 120, ("school", "children", "B"): 80, ("school", "seats", "A"): 100, ("school", "seats", "B"): 300,
        ("area", "children", "01"): 120, ("area", "children", "02"): 180, ("area", "seats", "01"): 100, ("area", "seats", "02"): 300,
    }  # fmt: skip
    assert rows["observed"].groupby("subject_id").first().to_dict() == {"01": 160, "02": 40, "A": 160, "B": 40}


def test_a_school_with_more_than_its_share_is_told_in_pupils():
    """200 pupils; A is due 120 of them by children: 40 more, z = 40 / √(200 · 0.6 · 0.4) = 5.77; tolerance half a class."""
    found, tests = allocation_tables(cases(), town(), RULER)
    row = found.set_index(["case", "basis", "subject_id"]).loc[("today", "children", "A")]
    assert (row["expected"], row["observed"], row["tolerance"]) == (120, 160, 22.5)
    assert row["z"] == pytest.approx(40 / math.sqrt(48))
    assert (row["flagged"], row["within_tolerance"]) == (True, False)
    test = tests.set_index(["case", "basis", "level"]).loc[("today", "children", "school")]
    assert (test["pupils"], test["subjects"], test["to_move"], test["how"]) == (200, 2, 40, "exact")
    assert test["dissimilarity"] == pytest.approx(0.2)
    assert (test["flagged"], test["outside"], test["verdict"]) == (2, 2, "apart")
    for table, rows in ((ALLOCATION, found), (ALLOCATION_TESTS, tests)):
        pd.testing.assert_frame_equal(conform(table, rows), rows)


def test_area_without_a_school_still_claims_for_its_children():
    """With B gone, the 80 + 100 children of area 02 are due 60 % of the pupils, and none go to school there."""
    tables = town()
    tables["schools"] = tables["schools"].query("school_id == 'A'")
    found, _ = allocation_tables(cases()[:1], tables, RULER)
    row = found.set_index(["level", "basis", "subject_id"]).loc[("area", "children", "02")]
    assert (row["expected"], row["observed"]) == (pytest.approx(96), 0)


def test_a_school_that_claims_nothing_is_listed_and_left_out():
    tables = town()
    tables["schools"] = tables["schools"].assign(ownership="public")
    tables["zones"] = tables["zones"].query("school_id != 'P'")
    found, tests = allocation_tables(cases()[:1], tables, RULER)
    row = found.set_index(["basis", "subject_id"]).loc[("children", "P")]
    assert (row["observed"], row["expected"], bool(np.isnan(row["z"])), row["flagged"]) == (14, 0, True, False)
    assert tests.set_index(["basis", "level"]).loc[("children", "school"), ["subjects", "pupils"]].tolist() == [2, 200]


def test_one_school_alone_is_untested():
    tables = town()
    tables["schools"] = tables["schools"].query("school_id == 'A'")
    _, tests = allocation_tables(cases()[:1], tables, RULER)
    row = tests.set_index(["basis", "level"]).loc[("seats", "school")]
    assert (row["verdict"], row["how"], bool(np.isnan(row["p"]))) == ("untested", "none", True)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**6))
def test_shares_sum_to_one_and_pupils_are_conserved_in_any_order_of_rows(seed):
    tables = town()
    rng = np.random.default_rng(seed)
    tables["schools"] = tables["schools"].assign(seats=rng.integers(1, 900, 3), ownership="public")
    tables["forecast"] = tables["forecast"].assign(pupils=rng.integers(0, 200, len(tables["forecast"])))
    made = cases_of(tables, base_year=2025, zone_year=2026, scenario="medium")
    found, tests = allocation_tables(made, tables, RULER)
    key = ["stage", "case", "basis", "level"]
    sums = found.groupby(key)[["entitled_share", "expected", "observed"]].sum()
    np.testing.assert_allclose(sums["entitled_share"], 1)
    np.testing.assert_allclose(sums["expected"], sums["observed"])
    mixed = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    again = allocation_tables(cases_of(mixed, base_year=2025, zone_year=2026, scenario="medium"), mixed, RULER)
    pd.testing.assert_frame_equal(found, again[0])
    pd.testing.assert_frame_equal(tests, again[1])


def test_migrants_in_one_of_two_schools():
    """50 local children at each of two schools, 20 migrants all at A: of 120 pupils P = 1/6.

    A has 70 pupils and is due 70/6 = 11.67, so it is 8.33 off, B as many: D = 16.67 / (2 · 120 · 1/6 · 5/6) = 0.5.
    """
    rows = [("A", "local", 50), ("B", "local", 50), ("A", "migrant", 20)]
    table = pd.DataFrame(rows, columns=["school_id", "status", "pupils"]).assign(stage="primary", grade=1, year=2025)
    found = composition(table, 2025)
    assert found.loc[0, ["schools", "pupils", "migrants"]].tolist() == [2, 120, 20]
    assert found.loc[0, "dissimilarity"] == pytest.approx(0.5)
    assert 0 < found.loc[0, "by_chance"] < found.loc[0, "corrected"] <= 0.5
    pd.testing.assert_frame_equal(conform(COMPOSITION, found), found)
    assert composition(table.assign(status="all"), 2025).empty
    assert composition(table, 2024).empty


# --- homes and schools -----------------------------------------------------------------------------

AREAS = pd.DataFrame({"area_id": ["01", "02", "03"]})


def school(code: str, area: str, *, boarding: bool = False, ownership: str = "public", setting: str = "urban") -> dict:
    return {
        "school_id": code,
        "stage": "junior",
        "area_id": area,
        "boarding": boarding,
        "ownership": ownership,
        "setting": setting,
    }


def lives(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["home_id", "school_id", "pupils"]).assign(stage="junior")


def test_golden_a_county_that_passes_because_boarding_schools_do_not_count():
    """A: 970 of 1,000 live in its zone, boarding school K: 400 of 1,000. All: 1,370 of 2,000 = 68.5 %, A alone 97 % ≥ 95 %."""
    schools = pd.DataFrame([school("A", "01"), school("K", "02", boarding=True)])
    homes = lives(("A", "A", 970), ("K", "A", 30), ("K", "K", 400), ("A", "K", 600))
    zoned, staying = residence_tables(homes, schools, AREAS)
    assert county_rate(zoned)["junior"] == 0.97
    assert zoned["from_zone"].sum() / zoned["pupils"].sum() == 0.685
    assert zoned.set_index("school_id")["excluded"].to_dict() == {"A": "", "K": "boarding"}
    rates = zoned_rates(zoned).set_index("school_id")
    assert rates[["part", "whole"]].to_numpy().tolist() == [[970, 1000], [400, 1000]]
    assert set(rates["rate"]) == {"zoned_enrolment"}
    assert staying.set_index("home_id")[["children", "staying", "leaving"]].to_numpy().tolist() == [
        [1570, 970, 600],
        [430, 400, 30],
    ]
    for table, rows in ((ZONED, zoned), (STAYING, staying)):
        pd.testing.assert_frame_equal(conform(table, rows), rows)


def test_who_is_not_counted_has_a_reason():
    schools = pd.DataFrame(
        [school("A", "01"), school("P", "01", ownership="private"), school("R", "02", setting="rural")]
    )
    zoned, _ = residence_tables(lives(("A", "A", 1), ("A", "P", 5), ("R", "R", 5)), schools, AREAS)
    assert zoned.set_index("school_id")["excluded"].to_dict() == {"A": "", "P": "private", "R": "rural"}
    assert county_rate(zoned).to_dict() == {"junior": 1.0}


def test_homes_told_by_area_count_where_the_school_stands():
    schools = pd.DataFrame([school("A", "01"), school("B", "02")])
    zoned, staying = residence_tables(
        lives(("01", "A", 7), ("02", "A", 2), ("A", "A", 4), ("outside", "A", 1)), schools, AREAS
    )
    assert zoned.loc[0, ["pupils", "from_zone", "by_area"]].tolist() == [14, 11, 7]
    assert staying.set_index("home_id")["staying"].to_dict() == {"01": 7, "02": 0, "A": 4, "outside": 0}


def test_codes_that_nobody_has_are_told_at_once():
    schools = pd.DataFrame([school("A", "01")])
    with pytest.raises(InputError) as caught:
        residence_tables(lives(("A", "X", 1), ("99", "A", 1)), schools, AREAS)
    assert [each.rows for each in caught.value.problems] == [("X",), ("99",)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["A", "B", "01", "02", "03", "outside"]), st.sampled_from("AB"), st.integers(0, 50)),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
@settings(max_examples=20, deadline=None)
def test_everybody_is_counted_once_on_either_side(rows):
    schools = pd.DataFrame([school("A", "01"), school("B", "02")])
    zoned, staying = residence_tables(lives(*rows), schools, AREAS)
    total = sum(pupils for *_, pupils in rows)
    assert zoned["pupils"].sum() == staying["children"].sum() == total
    assert zoned["from_zone"].sum() == staying["staying"].sum()
    assert (staying["staying"] + staying["leaving"] == staying["children"]).all()
    stands = {"A": "01", "B": "02"}
    assert zoned["from_zone"].sum() == sum(n for home, to, n in rows if home in (to, stands[to]))


# --- files -----------------------------------------------------------------------------------------

HEAD = ["居住片区学校标识码", "学校标识码", "学段", "学生数"]
LIVE = [
    ["2144053001", "2144053001", "小学", 400],
    ["441881101", "2144053001", "小学", 12],
    ["县外", "2144053001", "小学", 3],
]


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_residence_is_read_and_persons_are_not(tmp_path, write):
    """A column of names is left behind; a row of totals is set aside; codes stay text."""
    rows = [["姓名", *HEAD], *(["张三", *row] for row in LIVE), ["", "合计", "", "", 415]]
    reading = read_residence(write(tmp_path / "r", rows))
    assert reading.table["home_id"].tolist() == ["2144053001", "441881101", "outside"]
    assert reading.table["pupils"].tolist() == [400, 12, 3]
    assert "张三" not in reading.table.to_csv() + reading.set_aside.to_csv()
    assert reading.set_aside["row"].tolist() == ["5"]
    assert reading.reconciliation.loc[0, ["unit", "rows_in", "rows_used", "amount_used"]].tolist() == [
        "pupils",
        4,
        3,
        415,
    ]


def test_faults_of_residence_are_told_at_once(tmp_path):
    rows = [HEAD, *LIVE, LIVE[0], ["2144053002", "2144053001", "高中", -1], ["2.14E+09", "2144053001", "小学", 1]]
    with pytest.raises(InputError) as caught:
        read_residence(write_csv(tmp_path / "r.csv", rows))
    assert [each.rows for each in caught.value.problems] == [("7",), ("6",), ("6",), ("2", "5")]


def test_english_headings_are_read(tmp_path):
    rows = [["home zone", "school code", "stage", "pupils"], ["A", "A", "junior", 5]]
    assert read_residence(write_csv(tmp_path / "r.csv", rows)).table["stage"].tolist() == ["junior"]


# --- reports ---------------------------------------------------------------------------------------

CRS = "EPSG:32650"


@pytest.fixture
def study() -> Settings:
    about = {
        "name": "玩具县",
        "name_en": "Toy County",
        "crs": CRS,
        "base_year": 2025,
        "demonstration": True,
        "language": "en",
    }
    sources = {
        "population": [{"path": "p.tif", "year": 2020}],
        "roads": {"path": "toy.osm.pbf"},
        "schools": {"path": "s.xlsx"},
    }
    return Settings.model_validate({"study": about, "sources": sources})


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """The town as squares of 1 km from west to east, with all that a map and the workbook need, and its homes."""
    drawn = town()
    squares = [shapely.box(500_000 + n * 1000, 2_500_000, 501_000 + n * 1000, 2_501_000) for n in range(4)]
    drawn["units"] = gpd.GeoDataFrame(drawn["units"], geometry=squares, crs=CRS)
    drawn["zones"] = drawn["zones"].assign(distance_mm=500_000, moved=False)
    spots = {
        "name": ["甲小学", "=乙小学", "丙小学"],
        "x_m": [500_500.0, 502_500.0, 503_500.0],
        "y_m": 2_500_500.0,
        "setting": "urban",
        "boarding": False,
    }
    drawn["schools"] = drawn["schools"].assign(**spots)
    halves = [shapely.union_all(squares[:2]), shapely.union_all(squares[2:])]
    drawn["areas"] = gpd.GeoDataFrame({"area_id": ["01", "02"], "name": ["东镇", "西镇"]}, geometry=halves, crs=CRS)
    road = shapely.LineString([(500_000, 2_500_300), (504_000, 2_500_300)])
    drawn["edges"] = gpd.GeoDataFrame({"road_class": ["primary"], "name": ["国道"]}, geometry=[road], crs=CRS)
    drawn["water"] = gpd.GeoDataFrame({"name": pd.Series([], dtype=str)}, geometry=[], crs=CRS)
    drawn["classes"] = pd.DataFrame({"snapshot": ["2025-09-01"]})
    homes = pd.DataFrame(
        [("A", "A", 150), ("B", "A", 10), ("02", "B", 40)], columns=["home_id", "school_id", "pupils"]
    ).assign(stage="primary")
    zoned, staying = residence_tables(homes, drawn["schools"], drawn["areas"])
    found, tests = allocation_tables(cases(), drawn, RULER)
    return drawn | {
        "allocation": found,
        "allocation_tests": tests,
        "residence": homes,
        "zoned": zoned,
        "staying": staying,
    }


def test_sentences_say_who_has_how_many_more(tables):
    words = worded_allocation(tables, "en").set_index(["case", "basis", "subject_id"])["words"]
    assert (
        words["Pupils today", "Children", "A"] == "甲小学 has 40 pupils more than its zone's share: 160 instead of 120"
    )
    assert (
        words["Pupils today", "Seats", "B"] == "=乙小学 has 110 pupils fewer than its seats' share: 40 instead of 150"
    )
    assert (
        words["Planned assignment", "Seats", "01"]
        == "东镇 has as many pupils as the share of the seats there, to within 22: 30 instead of 25"
    )


def test_verdicts_say_how_many_would_move(tables):
    rows = worded_tests(tables["allocation_tests"], "en").set_index(["case", "basis", "level"])
    words = rows.loc[("Pupils today", "Children", "School"), "words"]
    assert words.startswith(
        "Not in proportion: 2 of 2 are outside the tolerance, some of them surely; 40 pupils would have to move (20.0%;"
    )
    assert words.endswith("Luck alone would be as uneven less than once in 1,000 times.")
    planned = rows.sort_index().loc["Planned assignment", "words"]
    assert not planned.str.contains("uck").any()


def test_publications_are_written_and_the_same_every_time(study, tables, tmp_path):
    first, again = (publish_allocation(study, tables, tmp_path / name, run="r") for name in "ab")
    stems = ["allocation.png", "allocation.pdf", "allocation_primary.png", "allocation_primary.pdf", "allocation.xlsx"]
    assert [path.name for path in first] == stems
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(first[3]))
    for words in ("Toy County: pupils against their zone's share", "autumn 2025", "Would have to move", "40 (20.0%)"):
        assert words in text
    book = openpyxl.load_workbook(first[4])
    assert book.sheetnames == [
        "Notes",
        "Allocation tests",
        "Allocation",
        "Zoned enrolment",
        "Staying",
        "Flows",
        "Homes and schools, Primary",
    ]
    matrix = list(book["Homes and schools, Primary"].values)
    assert matrix[0] == ("Home: zone or area", "Name", "甲小学", "=乙小学", "Total")
    assert matrix[-1][1:] == ("Total", 160, 40, 200)
    assert [row[1:] for row in book["Flows"].iter_rows(min_row=2, values_only=True)] == [
        ("02", "西镇", "B", "=乙小学", 40, 1), ("B", "=乙小学", "A", "甲小学", 10, 1),
    ]  # fmt: skip


def test_without_homes_or_roads_the_rest_is_published(study, tables, tmp_path):
    left = {name: table for name, table in tables.items() if name not in ("residence", "zoned", "staying", "edges")}
    files = publish_allocation(study, left, tmp_path, run="r")
    assert [path.name for path in files] == ["allocation.png", "allocation.pdf", "allocation.xlsx"]
    assert openpyxl.load_workbook(files[-1]).sheetnames == ["Notes", "Allocation tests", "Allocation"]
