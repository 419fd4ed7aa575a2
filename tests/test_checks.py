"""Rules: every boundary from both sides, sources named, options refused that no check takes."""

from datetime import date

import pandas as pd
import pytest

from catchment.checks import check, run_checks
from catchment.doors import conform
from catchment.errors import SettingsError
from catchment.rules import FOLDER, read_rules, rules_in_force
from catchment.tables import FINDINGS, FORECAST, TABLES, ZONES

LUODING = rules_in_force("luoding_2019", date(2025, 9, 1), ())


def schools(*rows):
    columns = ["school_id", "stage", "campus_id", "kind", "setting"]
    rest = {"name": "甲", "ownership": "public", "boarding": False, "area_id": "A", "seats": 900}
    return pd.DataFrame(rows, columns=columns).assign(**rest)


def classes(*rows):
    table = pd.DataFrame(rows, columns=["school_id", "stage", "class_no", "pupils"])
    return table.assign(entry_year=2025, grade=table["stage"].map({"primary": 1, "junior": 7}), snapshot="2025-09-01")


SCHOOLS = schools(("p", "primary", "p", "full_primary", "urban"), ("j", "junior", "j", "junior", "rural"))


def run(options=None, **tables):
    whole = {name: table.empty() for name, table in TABLES.items()} | {"schools": SCHOOLS} | tables
    return conform(FINDINGS, run_checks(whole, LUODING, options or {}, year=2025))


@pytest.mark.parametrize(
    ("stage", "pupils", "level", "short"),
    [
        ("primary", 45, "standard", 0), ("primary", 46, "over_standard", 1), ("primary", 55, "over_standard", 10), ("primary", 56, "oversized", 11),
        ("primary", 65, "oversized", 20), ("primary", 66, "super_oversized", 21), ("junior", 50, "standard", 0), ("junior", 51, "over_standard", 1),
        ("junior", 55, "over_standard", 5), ("junior", 56, "oversized", 6), ("junior", 66, "super_oversized", 16),
    ],
)  # fmt: skip
def test_class_size_tiers(stage, pupils, level, short):
    found = run(classes=classes((stage[0], stage, "1", pupils))).query("rule == 'class_size'").iloc[0]
    assert (found["level"], found["short_by"], found["verdict"]) == (level, short, "broken" if short else "kept")
    assert "罗定市实施方案" in found["source"]
    assert found["subject_id"] == f"{stage[0]}/{stage}/2025/1"


def forecast(*rows):
    """(school_id, stage, grade, year, scenario, pupils), with intervals of nothing but the pupils."""
    return pd.DataFrame([(*row, *[row[-1]] * 6) for row in rows], columns=FORECAST.names)


def test_school_size_on_both_sides_of_2000_in_every_year():
    table = forecast(("p", "primary", 1, 2025, "medium", 2000), ("p", "primary", 1, 2026, "medium", 2001))
    found = run(forecast=table).query("rule == 'school_size'").set_index("year")
    assert found["verdict"].to_dict() == {2025: "kept", 2026: "broken"}
    assert found.loc[2026, ["limit", "short_by"]].tolist() == [2000, 1]


def test_a_nine_year_school_counts_both_stages_against_2500():
    both = schools(("n1", "primary", "n", "nine_year", "urban"), ("n2", "junior", "n", "nine_year", "urban"))
    table = forecast(("n1", "primary", 1, 2025, "medium", 1600), ("n2", "junior", 7, 2025, "medium", 901))
    found = run(schools=both, forecast=table).query("rule == 'school_size'")
    assert found[["subject_id", "stage", "value", "limit", "short_by"]].to_numpy().tolist() == [
        ["n", "primary", 2501, 2500, 1]
    ]


def test_a_complete_secondary_counts_its_junior_pupils():
    east = schools(("e", "junior", "e", "complete_secondary", "urban"))
    found = run(schools=east, forecast=forecast(("e", "junior", 7, 2025, "medium", 2000))).query(
        "rule == 'school_size'"
    )
    assert found["verdict"].tolist() == ["kept"]


def zones(*rows):
    table = pd.DataFrame(rows, columns=["unit_id", "stage", "school_id", "children", "distance_mm"])
    return table.assign(distance_mm=table["distance_mm"].astype("Int64"), reason="nearest", present_id=None)[
        ZONES.names
    ]


def test_service_radius_is_where_nine_children_in_ten_live():
    """Eight children at 400 m, two at 700 m: nine in ten live within 700 m. Rural schools have no radius."""
    table = zones(
        ("u", "primary", "p", 8, 400_000), ("w", "primary", "p", 2, 700_000), ("u", "junior", "j", 5, 9_000_000)
    )
    found = run(zones=table).query("rule == 'service_radius'")
    assert found[["subject_id", "value", "limit", "short_by"]].to_numpy().tolist() == [["p", 700, 500, 200]]
    assert run({"service_radius": {"percentile": 80}}, zones=table).query("rule == 'service_radius'")[
        "value"
    ].tolist() == [400]


def test_f57_a_zone_without_children_or_out_of_reach_has_no_radius():
    for table in (zones(("u", "primary", "p", 0, 1)), zones(("u", "primary", "p", 5, None))):
        assert run(zones=table).query("rule == 'service_radius'").empty


def test_unknown_checks_and_options_are_refused_together():
    with pytest.raises(SettingsError) as caught:
        run({"class_sise": {}, "service_radius": {"percent": 1}})
    assert len(caught.value.problems) == 2


def test_every_rule_has_its_check_and_every_rule_set_its_sources():
    run()
    for file in FOLDER.glob("*.toml"):
        rules = read_rules(file.stem).rule
        assert rules
        assert {rule.name for rule in rules} <= {*check, "siting"}
        assert all(rule.source for rule in rules)


def test_an_unknown_rule_set_names_the_known_ones():
    with pytest.raises(SettingsError, match="england_example, luoding_2019, national_2017"):
        read_rules("nowhere_1900")


def test_a_rule_set_takes_over_only_what_it_does_not_name():
    assert {rule.source for rule in LUODING.of("service_radius")} == {
        rule.source for rule in read_rules("national_2017").of("service_radius")
    }
    assert len(LUODING.of("school_size")) == 2
