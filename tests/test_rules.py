"""The policy's numbers: golden values, both sides of every limit, what is unknown, relief clauses, sets side by side."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.checks import run_checks
from catchment.doors import conform
from catchment.errors import InputError, SettingsError
from catchment.read.bands import read_bands
from catchment.resources import WEIGHTS, difference_coefficient, divided
from catchment.rules import Rule, RuleSet, rules_in_force
from catchment.tables import CLASSES, FINDINGS, RATE_ROWS, RESOURCES, SCHOOLS, TABLES

AUTUMN = date(2025, 9, 1)
FULL = {
    "teachers_above": 42, "backbone_teachers": 10, "arts_teachers": 9, "teaching_m2": 5_500.0, "indoor_sports_m2": 1_000.0,
    "outdoor_sports_m2": 6_500.0, "equipment_yuan": 2_000_000.0, "network_rooms": 23, "land_m2": 18_000.0,
    "music_rooms_m2": "96;96", "art_rooms_m2": "90;90",
}  # fmt: skip
"""What a primary school of 1,000 pupils must have to keep all seven, to the last teacher."""


def table(described, rows, **usual):
    """A table of rows that give some columns; `usual` the rest, else absent."""
    frame = pd.DataFrame([dict.fromkeys(described.names) | usual | row for row in rows], columns=described.names)
    return conform(described, frame)


def school(school_id, stage="primary", **more):
    usual = {
        "name": school_id, "campus_id": school_id, "kind": "full_primary" if stage == "primary" else "junior", "ownership": "public",
        "setting": "town", "boarding": False, "seats": 900, "x_m": 0.0, "y_m": 0.0, "area_id": "A",
    }  # fmt: skip
    return usual | {"school_id": school_id, "stage": stage} | more


def classes(*rows):
    """(school_id, stage, pupils): a class each."""
    told = [
        {"school_id": s, "stage": stage, "entry_year": 2025, "grade": 1 if stage == "primary" else 7, "class_no": str(n), "pupils": p,
         "snapshot": "2025-09-01"}
        for n, (s, stage, p) in enumerate(rows)
    ]  # fmt: skip
    return table(CLASSES, told)


def sized(school_id, pupils, stage="primary", size=40):
    """Classes of a school with so many pupils."""
    whole = [size] * (pupils // size) + ([pupils % size] if pupils % size else [])
    return [(school_id, stage, each) for each in whole]


def run(rules="national_2017", reliefs=(), options=None, **tables):
    whole = {name: each.empty() for name, each in TABLES.items()} | tables
    found = run_checks(whole, rules_in_force(rules, AUTUMN, reliefs), options or {}, year=2025)
    return conform(FINDINGS, found)


def of_school(pupils=1000, rules="national_2017", reliefs=(), about=None, **have):
    """Findings of one primary school of `FULL`, changed by `have`."""
    about, stage = about or {}, (about or {}).get("stage", "primary")
    return run(
        rules, reliefs,
        schools=table(SCHOOLS, [school("p", **about)]), classes=classes(*sized("p", pupils, stage)),
        resources=table(RESOURCES, [{"school_id": "p", "stage": stage, **FULL, **have}]),
    )  # fmt: skip


def one(found, rule, level):
    rows = found[(found["rule"] == rule) & (found["level"] == level)]
    assert len(rows) == 1, rows
    return rows.iloc[0]


# --- golden values ----------------------------------------------------------------------------------------------


def test_the_difference_coefficient_weighs_pupils():
    """STANDARDS 1.4: 0.515257 fails at 0.50, where the unweighted 0.488771 would pass."""
    pupils = np.array([45.0, 37, 89, 76, 55])
    books = np.array([279.0, 137, 935, 160, 402])
    assert difference_coefficient(books, pupils) == pytest.approx(0.515257, abs=5e-7)
    ratio = books / pupils
    assert np.std(ratio) / np.mean(ratio) == pytest.approx(0.488771, abs=5e-7)
    assert np.std(ratio, ddof=1) / np.mean(ratio) == pytest.approx(0.546462, abs=5e-7)


def test_a_nine_year_school_is_divided_by_weighted_pupils():
    """STANDARDS 1.5: 166 primary and 210 junior pupils share 23,226 as 9,711.6 and 13,514.4."""
    pupils = {"primary": np.array([166.0]), "junior": np.array([210.0])}
    parts = divided(np.array([23_226.0]), pupils, WEIGHTS["nine_year"])
    assert [round(float(parts[s][0]), 1) for s in ("primary", "junior")] == [9_711.6, 13_514.4]


def test_a_twelve_year_school_drops_its_senior_part():
    pupils = {"primary": np.array([100.0]), "junior": np.array([100.0]), "senior": np.array([100.0])}
    parts = divided(np.array([342.0]), pupils, WEIGHTS["twelve_year"])
    assert [float(parts[s][0]) for s in ("primary", "junior", "senior")] == pytest.approx([100, 110, 132])


def test_44_classes_of_45_are_within_2000_and_45_are_not():
    found = [run(schools=table(SCHOOLS, [school("p")]), classes=classes(*[("p", "primary", 45)] * n)) for n in (44, 45)]
    values = [one(each, "school_size", "limit")[["value", "verdict", "short_by"]].tolist() for each in found]
    assert values == [[1980, "kept", 0], [2025, "broken", 25]]


# --- the seven indicators ---------------------------------------------------------------------------------------

SEVEN = (
    "teachers_above",
    "backbone_teachers",
    "arts_teachers",
    "teaching_area",
    "sports_area",
    "equipment",
    "network_rooms",
)


def test_a_school_at_every_threshold_keeps_all_seven():
    found = of_school()
    assert {level: one(found, "resources", level)["verdict"] for level in SEVEN} == dict.fromkeys(SEVEN, "kept")
    assert one(found, "resources", "indicators_kept")["value"] == 7
    assert one(found, "resources", "weakest_share")["value"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("level", "have", "short", "unit"),
    [
        ("teachers_above", {"teachers_above": 41}, 1, "teachers"),
        ("backbone_teachers", {"backbone_teachers": 7}, 3, "teachers"),
        ("arts_teachers", {"arts_teachers": 0}, 9, "teachers"),
        # Indoor sports rooms are taken out of the teaching area and put into the sports area.
        ("teaching_area", {"indoor_sports_m2": 1_200.0, "outdoor_sports_m2": 6_300.0}, 200, "m²"),
        ("sports_area", {"outdoor_sports_m2": 6_400.5}, 99.5, "m²"),
        ("equipment", {"equipment_yuan": 1_999_999.0}, 1, "yuan"),
        ("network_rooms", {"network_rooms": 21}, 2, "rooms"),
    ],
)  # fmt: skip
def test_a_shortfall_is_told_in_teachers_rooms_yuan_and_square_metres(level, have, short, unit):
    found = one(of_school(**have), "resources", level)
    assert found["verdict"] == "broken"
    assert (found["short_by"], found["short_unit"]) == (pytest.approx(short), unit)


@pytest.mark.parametrize(
    ("have", "kept", "share", "passes"),
    [
        ({"equipment_yuan": 1_700_000.0}, 6, 0.85, True),
        ({"equipment_yuan": 1_699_000.0}, 6, 0.8495, False),
        ({"equipment_yuan": 1_900_000.0, "network_rooms": 22}, 5, 0.95, False),
    ],
)
def test_six_of_seven_and_the_last_at_85_percent(have, kept, share, passes):
    found = of_school(**have)
    count, weakest = (one(found, "resources", level) for level in ("indicators_kept", "weakest_share"))
    assert (count["value"], weakest["value"]) == (kept, pytest.approx(share))
    assert ((count["verdict"], weakest["verdict"]) == ("kept", "kept")) == passes


def test_what_is_not_told_is_unknown_and_never_kept():
    found = of_school(equipment_yuan=None)
    assert one(found, "resources", "equipment")[["verdict", "note"]].tolist() == ["unknown", "not told"]
    assert one(found, "resources", "indicators_kept")["verdict"] == "unknown"
    lost = of_school(equipment_yuan=None, network_rooms=0, arts_teachers=0)
    assert one(lost, "resources", "indicators_kept")["verdict"] == "broken"
    assert one(lost, "resources", "weakest_share")["verdict"] == "broken"


def test_f57_a_school_without_pupils_is_listed_as_unknown():
    schools = table(SCHOOLS, [school("p"), school("q")])
    told = table(RESOURCES, [{"school_id": s, "stage": "primary", **FULL} for s in "pq"])
    found = run(schools=schools, classes=classes(*sized("p", 1000)), resources=told)
    rows = found[(found["rule"] == "resources") & (found["school_id"] == "q") & found["level"].isin(SEVEN)]
    assert set(rows["verdict"]) == {"unknown"}
    assert set(rows["note"]) == {"no pupils"}
    assert len(rows) == 7


def test_small_teaching_points_and_schools_left_out_are_excluded_with_the_reason():
    point = of_school(pupils=49, about={"kind": "teaching_point"})
    assert set(point[(point["rule"] == "resources") & point["level"].isin(SEVEN)]["verdict"]) == {"excluded"}
    counted = of_school(pupils=50, about={"kind": "teaching_point"})
    assert "excluded" not in set(counted[(counted["rule"] == "resources") & counted["level"].isin(SEVEN)]["verdict"])
    special = of_school(left_out="特殊教育学校")
    assert set(special[(special["rule"] == "resources") & special["level"].isin(SEVEN)]["note"]) == {"特殊教育学校"}


def test_nothing_told_is_said_once_per_rule():
    found = run(schools=table(SCHOOLS, [school("p")]), classes=classes(*sized("p", 100)))
    rows = found[found["rule"] == "resources"]
    assert set(rows["verdict"]) == {"unknown"}
    assert not rows.duplicated(["level", "stage"]).any()


def test_sets_that_differ_give_both_verdicts():
    """0.95 sport and art teachers per 100: enough for the nation, not for Luoding."""
    verdicts = {
        name: one(of_school(rules=name, arts_teachers=9), "resources", "arts_teachers")
        for name in ("national_2017", "luoding_2019")
    }
    assert {name: row["verdict"] for name, row in verdicts.items()} == {
        "national_2017": "kept",
        "luoding_2019": "broken",
    }
    assert verdicts["luoding_2019"]["short_by"] == 1
    sports = one(of_school(rules="luoding_2019"), "resources", "sports_area")
    assert sports["written_in"] == "national_2017"


def test_the_totals_of_a_nine_year_school_are_divided():
    """23,226 m² for 166 and 210 pupils: 58.5 m² for each primary pupil; teachers are not divided."""
    both = [school("n", kind="nine_year"), school("n", "junior", kind="nine_year")]
    told = [
        {"school_id": "n", "stage": "whole", "teaching_m2": 23_226.0, "indoor_sports_m2": 0.0},
        {"school_id": "n", "stage": "primary", "teachers_above": 7}, {"school_id": "n", "stage": "junior", "teachers_above": 12},
    ]  # fmt: skip
    found = run(
        schools=table(SCHOOLS, both),
        classes=classes(*sized("n", 166), *sized("n", 210, "junior")),
        resources=table(RESOURCES, told),
    )
    area = found[found["level"] == "teaching_area"].set_index("stage")["value"]
    assert area.to_dict() == pytest.approx({"primary": 9_711.6 / 166, "junior": 13_514.4 / 210}, abs=1e-3)
    above = found[found["level"] == "teachers_above"].set_index("stage")["value"]
    assert above.to_dict() == pytest.approx({"primary": 700 / 166, "junior": 1200 / 210})


def test_the_difference_coefficient_is_compared_unrounded():
    """Two schools of 100 pupils with 1 − d and 1 + d yuan per pupil differ by d."""
    for spread, verdict, note in ((0.5, "kept", ""), (0.5004, "broken", "rounding"), (0.51, "broken", "")):
        told = [
            {"school_id": s, "stage": "primary", "equipment_yuan": 100 * (1 + k * spread)}
            for s, k in (("a", -1), ("b", 1))
        ]
        found = run(
            schools=table(SCHOOLS, [school("a"), school("b")]), classes=classes(*sized("a", 100), *sized("b", 100)),
            resources=table(RESOURCES, told),
        ).query("rule == 'difference_coefficient' and level == 'equipment' and stage == 'primary'").iloc[0]  # fmt: skip
        assert (found["value"], found["verdict"]) == (pytest.approx(spread), verdict)
        assert note in found["note"]
        assert bool(found["note"]) == bool(note)


# --- size bands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "bands", "least", "most", "verdict"),
    [
        ("primary", {"36-45人": 5, "46-55人": 2, "56-65人": 1}, 3, 3, "broken"),
        ("junior", {"36-45人": 5, "46-55人": 2}, 0, 2, "unknown"),
        ("junior", {"46-55人": 2, "66人及以上": 1}, 1, 3, "broken"),
        ("junior", {"25人以下": 1, "26-35人": 4}, 0, 0, "kept"),
    ],
)  # fmt: skip
def test_size_bands_tell_bounds(stage, bands, least, most, verdict, tmp_path):
    file = tmp_path / "基212.csv"
    file.write_text(
        f"学校标识码,学段,{','.join(bands)}\n2144000001,{'小学' if stage == 'primary' else '初中'},{','.join(map(str, bands.values()))}\n",
        "utf-8",
    )
    told = read_bands(file).table
    assert told["classes"].sum() == sum(bands.values())
    schools = table(SCHOOLS, [school("2144000001", stage)])
    found = run(schools=schools, class_bands=told)
    rows = [one(found, "class_size", level) for level in ("bands_at_least", "bands_at_most")]
    assert [(row["value"], row["verdict"]) for row in rows] == [(least, verdict), (most, verdict)]
    assert bool(rows[0]["note"]) == (least != most)
    listed = run(schools=schools, class_bands=told, classes=classes(("2144000001", stage, 30)))
    assert "bands_at_least" not in set(listed["level"])


def test_bands_that_overlap_are_refused(tmp_path):
    file = tmp_path / "b.csv"
    file.write_text("学校标识码,学段,36-45人,45-55人,66人及以上\n1,小学,1,1,1\n", "utf-8")
    with pytest.raises(InputError, match="size bands overlap: 36-45人, 45-55人"):
        read_bands(file)
    file.write_text("学校标识码,学段,班数\n1,小学,1\n", "utf-8")
    with pytest.raises(InputError, match="no column is headed by a size band"):
        read_bands(file)


# --- rooms, land, seats -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pupils", "rooms", "value", "need"),
    [(480, "96", 1, 1), (481, "96", 1, 2), (481, "96;95.9", 1, 2), (960, "96;100", 2, 2), (961, "96;96", 2, 3)],
)
def test_one_room_of_96_square_metres_for_every_12_classes_begun(pupils, rooms, value, need):
    found = one(of_school(pupils=pupils, music_rooms_m2=rooms), "special_rooms", "music")
    assert found[["value", "limit"]].tolist() == [value, need]
    assert found["short_by"] == max(need - value, 0)


def test_rooms_told_for_a_whole_school_serve_all_its_classes():
    """10 primary and 8 junior classes: two rooms are needed, one is large enough. A stage's own row comes first."""
    both = [school("n", kind="nine_year"), school("n", "junior", kind="nine_year")]
    told = [{"school_id": "n", "stage": "whole", "music_rooms_m2": "96;95"}]
    sizes = classes(*sized("n", 400), *sized("n", 320, "junior"))
    found = one(
        run(schools=table(SCHOOLS, both), classes=sizes, resources=table(RESOURCES, told)), "special_rooms", "music"
    )
    assert found[["stage", "value", "limit", "short_by"]].tolist() == ["primary", 1, 2, 1]
    own = [*told, {"school_id": "n", "stage": "primary", "music_rooms_m2": "100"}]
    found = run(schools=table(SCHOOLS, both), classes=sizes, resources=table(RESOURCES, own))
    rows = found[(found["rule"] == "special_rooms") & (found["level"] == "music")].set_index("stage")
    assert rows["value"].to_dict() == {"primary": 1, "junior": 1}


def test_land_is_short_in_square_metres():
    found = one(of_school(rules="luoding_2019", land_m2=17_000.0), "land_per_pupil", "limit")
    assert (found["value"], found["short_by"], found["short_unit"]) == (17, pytest.approx(1000), "m²")
    core = one(of_school(rules="luoding_2019", land_m2=9_400.0, about={"setting": "urban"}), "land_per_pupil", "limit")
    assert core["verdict"] == "kept"


def test_seats_per_1000_by_area_and_county():
    """A: 80,000 residents and 6,300 seats, 100 short; B: nobody counted but 20,000 on the grid, and no seats."""
    areas = pd.DataFrame({"area_id": ["A", "B"], "residents": pd.array([80_000, None], dtype="Int64")})
    cells = pd.DataFrame({"area_id": ["A", "B", "B"], "people": [79_000.0, 15_000, 5_000]})
    schools = table(SCHOOLS, [school(f"s{n}", seats=900) for n in range(7)])
    found = (
        run("luoding_2019", areas=areas, cells=cells, schools=schools)
        .query("rule == 'seats_per_1000'")
        .set_index("subject_id")
    )
    assert found["value"].to_dict() == pytest.approx({"A": 78.75, "B": 0, "*": 63})
    assert found["short_by"].to_dict() == {"A": 100, "B": 1600, "*": 1700}


# --- rates ------------------------------------------------------------------------------------------------------


def rates(*rows):
    return table(RATE_ROWS, [dict(zip(RATE_ROWS.names, row, strict=True)) for row in rows])


def test_a_rate_of_the_county_adds_up_its_schools():
    told = rates(("rotation", "p", "all", 4.0, 50.0), ("rotation", "q", "all", 5.0, 50.0))
    found = one(run(rates=told), "rates", "rotation")
    assert found[["subject_id", "value", "verdict", "short_by", "short_unit"]].tolist() == [
        "*",
        0.09,
        "broken",
        1,
        "teachers",
    ]
    own = rates(("rotation", "*", "all", 10.0, 100.0), ("rotation", "p", "all", 0.0, 50.0))
    assert one(run(rates=own), "rates", "rotation")["verdict"] == "kept"


def test_rates_that_nobody_told_are_unknown():
    found = run()
    assert set(found[found["rule"] == "rates"]["verdict"]) == {"unknown"}


def zoned(rules):
    """A town school with 980 of 1,000 pupils from its zone, and a boarding school with 300 of 500."""
    schools = table(
        SCHOOLS, [school("j", "junior"), school("b", "junior", boarding=True), school("r", "junior", setting="rural")]
    )
    told = rates(
        ("zoned_enrolment", "j", "junior", 980.0, 1000.0), ("zoned_enrolment", "b", "junior", 300.0, 500.0),
        ("zoned_enrolment", "r", "junior", 1.0, 500.0),
    )  # fmt: skip
    return run(rules, schools=schools, rates=told).query("rule == 'zoned_enrolment' and stage == 'junior'")


def test_boarding_schools_do_not_count_for_zoned_enrolment():
    national, luoding = zoned("national_2017"), zoned("luoding_2019")
    county = [each[each["subject"] == "county"].iloc[0] for each in (national, luoding)]
    assert [row["value"] for row in county] == pytest.approx([0.98, 1280 / 1500])
    assert [row["verdict"] for row in county] == ["kept", "broken"]
    assert county[1]["short_by"] == math.ceil(0.95 * 1500) - 1280
    aside = national[national["verdict"] == "excluded"]
    assert aside["school_id"].tolist() == ["b"]
    assert aside["note"].tolist() == ["boarding schools are not counted"]


def test_schools_outside_the_scope_never_stand_in_for_the_county():
    """Only a rural school told its zone, so the county's share is unknown; and so it is where all told schools board."""
    for other in ({"setting": "rural"}, {"boarding": True}):
        schools = table(SCHOOLS, [school("j", "junior", **other)])
        told = rates(("zoned_enrolment", "j", "junior", 10.0, 500.0))
        found = run(schools=schools, rates=told).query("rule == 'zoned_enrolment' and stage == 'junior'")
        assert found.loc[found["subject"] == "county", "verdict"].tolist() == ["unknown"]
    told = rates(("zoned_enrolment", "j", "junior", 10.0, 500.0), ("zoned_enrolment", "*", "junior", 98.0, 100.0))
    found = run(schools=schools, rates=told).query(
        "rule == 'zoned_enrolment' and stage == 'junior' and subject == 'county'"
    )
    assert found[["value", "verdict"]].to_numpy().tolist() == [[0.98, "kept"]]


def test_a_small_school_is_funded_for_100_pupils():
    schools = table(SCHOOLS, [school("p"), school("q"), school("o")])
    told = rates(("funded_pupils", "p", "all", 100.0, 1.0), ("funded_pupils", "q", "all", 60.0, 1.0))
    found = run(schools=schools, rates=told, classes=classes(*sized("p", 99), *sized("q", 60), *sized("o", 100)))
    rows = found[found["rule"] == "small_school_funds"].set_index("subject_id")
    assert rows["verdict"].to_dict() == {"p": "kept", "q": "broken"}
    assert rows.loc["q", "short_by"] == 40


# --- relief clauses, dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relief", "about", "have", "level", "rule"),
    [
        ("special_rooms_built_until_2016", {}, {"music_rooms_m2": "73;73;73", "built_year": 2016}, "music", "special_rooms"),
        ("shared_arts_teachers", {"setting": "rural"}, {"arts_teachers": 0, "shared_arts_teachers": 1}, "arts_teachers", "resources"),
        ("rented_sports_grounds", {"setting": "urban"}, {"outdoor_sports_m2": 0.0, "rented_sports_m2": 6_500.0}, "sports_area", "resources"),
        ("special_rooms_small_rural", {"setting": "rural"}, {"music_rooms_m2": ""}, "music", "special_rooms"),
    ],
)  # fmt: skip
def test_relief_clauses_are_off_unless_they_are_named(relief, about, have, level, rule):
    pupils = {"shared_arts_teachers": 99, "special_rooms_small_rural": 29}.get(relief, 1000)
    strict, relieved = (one(of_school(pupils, reliefs=on, about=about, **have), rule, level) for on in ((), (relief,)))
    assert (strict["verdict"], relieved["verdict"]) == ("broken", "kept")


def test_a_relief_clause_binds_only_its_own_schools():
    later = of_school(reliefs=("special_rooms_built_until_2016",), music_rooms_m2="73;73;73", built_year=2017)
    assert one(later, "special_rooms", "music")["verdict"] == "broken"
    old = of_school(2300, reliefs=("school_size_built_until_2010",), built_year=2010)
    assert one(old, "school_size", "limit")[["verdict", "limit"]].tolist() == ["kept", 2400]


def test_an_unknown_relief_clause_is_refused():
    with pytest.raises(SettingsError, match="has no relief clause everything"):
        rules_in_force("national_2017", AUTUMN, ("everything",))


def test_the_latest_of_several_versions_holds():
    rows = [Rule(name="rates", level="special_funds", value=v, bound="least", unit="yuan", source="s", valid_from=d)
            for v, d in ((7000, date(2026, 1, 1)), (6000, date(2017, 1, 1)))]  # fmt: skip
    rules = RuleSet(name="x", title="x", title_en="x", rule=tuple(rows))
    values = [[r.value for r in rules.in_force(day).rule] for day in (date(2016, 9, 1), AUTUMN, date(2026, 1, 1))]
    assert values == [[], [6000], [7000]]


# --- recomputed ---------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 80)


@given(st.lists(st.tuples(st.integers(1, 2500), NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_teachers_and_coefficient_equal_plain_python(rows):
    ids = [f"s{n}" for n in range(len(rows))]
    told = [
        {"school_id": i, "stage": "primary", "teachers_above": a, "backbone_teachers": b, "arts_teachers": c}
        for i, (_, a, b, c) in zip(ids, rows, strict=True)
    ]
    found = run(
        schools=table(SCHOOLS, [school(i) for i in ids]), resources=table(RESOURCES, told),
        classes=classes(*[each for i, (p, *_) in zip(ids, rows, strict=True) for each in sized(i, p)]),
    )  # fmt: skip
    for place, (level, limit) in enumerate(
        (("teachers_above", 42), ("backbone_teachers", 10), ("arts_teachers", 9)), start=1
    ):
        own = found[(found["rule"] == "resources") & (found["level"] == level)].set_index("subject_id")
        for i, row in zip(ids, rows, strict=True):
            need = -(-limit * row[0] // 1000)
            assert own.loc[i, "short_by"] == max(need - row[place], 0)
            assert (own.loc[i, "verdict"] == "kept") == (1000 * row[place] >= limit * row[0])
        pupils, have = sum(r[0] for r in rows), sum(r[place] for r in rows)
        cv = found[
            (found["rule"] == "difference_coefficient") & (found["level"] == level) & (found["stage"] == "primary")
        ].iloc[0]
        if have:
            mean = have / pupils
            spread = math.sqrt(sum(r[0] / pupils * (r[place] / r[0] - mean) ** 2 for r in rows))
            assert cv["value"] == pytest.approx(spread / mean, rel=1e-12, abs=1e-12)
        else:
            assert cv["verdict"] == "unknown"
