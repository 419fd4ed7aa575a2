"""The test of offered land on a toy town, by hand; and what must hold of any town.

metres east   0    100   200   300   400   500
              |     |     |     |     |     |
north 100     +-----+     .     R     .     M      parcel A: 100 m square, 1 ha, at the origin
              |  A  |     .     R     .            R: railway at x = 300, 200 m from A
north 0       +-----+     .     R     .            M: market at (500, 100), 400 m from A
              .  S  .                              S: primary school in town, at (50, -50)
north -30     ==== primary road, 30 m south of A ====

Parcel B (20 m × 400 m strip) lies 10 km away, alone but for a 110 kV line across it.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.doors import conform
from catchment.rules import read_rules
from catchment.screening import screen_sites, severity
from catchment.screening.around import around_tests
from catchment.screening.ground import SHAPES, elongation, width_m
from catchment.screening.subjects import subjects_of
from catchment.tables import SITE_VERDICTS, SITING, SITING_TOTALS, SURROUNDING_KINDS, TABLES

CRS = "EPSG:32650"
RULES = read_rules("luoding_2019")
SITE = shapely.box(0, 0, 100, 100)
FAR = shapely.box(10_000, 0, 10_020, 400)
LINE = shapely.LineString([(9_900, 200), (10_100, 200)])


def frame(name, rows, geometry=None):
    table = TABLES[name]
    plain = pd.DataFrame(rows, columns=table.names).astype(table.dtypes) if rows else table.empty()
    return gpd.GeoDataFrame(plain, geometry=list(geometry or []), crs=CRS) if table.geometry else plain


def around(*objects):
    """Table surroundings of (kind, shape) or (kind, shape, kV)."""
    rows = [(f"1-{n}", o[0], f"the {o[0]}", o[2] if len(o) > 2 else np.nan) for n, o in enumerate(objects, start=1)]
    return frame("surroundings", rows, [o[1] for o in objects])


def project(name, *, parcel=None, kind="new", stage="primary", seats=540, at=(50.0, 50.0), after=None, school=None):
    return (
        name, f"project {name}", stage, kind, school, *at, seats, 0, 2025, 2027, after, None, False, None, 0, 0, None, None, False, parcel, "",
    )  # fmt: skip


def town(*objects, parcels=(("A", SITE),), projects=(), costs=(), school_setting="urban"):
    edge = shapely.LineString([(-1000, -30), (1000, -30)])
    return {
        "parcels": frame("parcels", [(p, f"parcel {p}", "01", round(s.area)) for p, s in parcels], [s for _, s in parcels]),
        "surroundings": around(*objects),
        "edges": frame("edges", [(7, 0, 1, 2_000_000, "primary", "国道", *[True] * 5, False, 0)], [edge]),
        "schools": frame("schools", [("s", "primary", "小学", "s", "full_primary", "public", school_setting, False, 90, 2, 50.0, -50.0, "01")]),
        "candidates": frame("candidates", list(projects)),
        "unit_costs": frame("unit_costs", [(u, c, "primary", "candidate", m * 1000, m * 1000) for c, u, m in costs]),
    }  # fmt: skip


CHILDREN = pd.DataFrame({"unit_id": ["u", "w"], "stage": "primary", "children": [300, 400]})


def screened(tables, complete=SURROUNDING_KINDS):
    found = screen_sites(tables, CHILDREN, RULES, complete, within_share=0.9)
    conform(SITING, found["siting"])
    conform(SITING_TOTALS, found["siting_totals"])
    return found


def rows_of(tables, subject="A", complete=SURROUNDING_KINDS):
    """(test, effect) → row."""
    rows = screened(tables, complete)["siting"].query("subject_id == @subject")
    return {(row.test, row.effect): row for row in rows.itertuples()}


def verdict_of(tables, subject="A", complete=SURROUNDING_KINDS):
    return screened(tables, complete)["siting_totals"].set_index("subject_id").loc[subject, "verdict"]


RAILWAY = ("railway", shapely.LineString([(300, -500), (300, 500)]))
MARKET = ("market", shapely.Point(500, 100))


def test_the_town_by_hand():
    found = rows_of(town(RAILWAY, MARKET))
    rail, road, market = found["railway", "fail"], found["arterial", "fail"], found["market", "fail"]
    assert (rail.verdict, rail.value, rail.limit, rail.object, rail.x_m) == ("failed", 200, 300, "the railway", 300)
    assert (road.verdict, road.value, road.limit, road.object_id, road.object, road.y_m) == (
        "failed",
        30,
        80,
        "e7",
        "国道",
        -30,
    )
    assert (market.verdict, market.value, market.limit) == ("passed", 400, 20)
    assert (market.x_m, market.y_m) == (500, 100)
    assert verdict_of(town(RAILWAY, MARKET)) == "failed"
    assert all(row.source for row in found.values())


def test_a_kind_that_is_not_complete_is_unknown_unless_something_is_in_the_way():
    tables = town(RAILWAY, MARKET)
    found = rows_of(tables, complete=())
    assert found["railway", "fail"].verdict == "failed"
    assert found["arterial", "fail"].verdict == "failed"
    assert (found["market", "fail"].verdict, found["market", "fail"].value) == ("unknown", 400)
    assert found["mortuary", "fail"].verdict == "unknown"
    assert np.isnan(found["mortuary", "fail"].value)
    assert rows_of(tables, complete=("mortuary",))["mortuary", "fail"].verdict == "passed"
    assert found["expressway", "fail"].verdict == "passed", "the road network holds all of them"


@pytest.mark.parametrize(
    ("kind", "shape", "verdict"),
    [
        ("farmland", shapely.box(90, 0, 300, 100), "ruled_out"),
        ("farmland", shapely.box(-10, -10, 200, 200), "ruled_out"),
        ("red_line", shapely.box(100, 0, 300, 100), "passed"),  # next door, along a common border
        ("red_line", shapely.box(99.995, 0, 300, 100), "passed"),  # drawn twice: half a square metre
        ("pipeline", shapely.LineString([(50, -100), (50, 200)]), "ruled_out"),
        ("pipeline", shapely.LineString([(0, 100), (100, 100)]), "passed"),  # along the border, not across
        ("hazard", shapely.Point(50, 50), "ruled_out"),
    ],
)
def test_forbidden_is_what_lies_on_the_site(kind, shape, verdict):
    row = rows_of(town((kind, shape)))[kind, "exclude"]
    assert (row.verdict, row.value) == (verdict, 0)


def test_of_two_that_touch_the_one_on_the_site_decides():
    """The lower id only touches the border."""
    beside, upon = ("farmland", shapely.box(100, 0, 300, 100)), ("farmland", shapely.box(0, 50, 50, 60))
    row = rows_of(town(beside, upon))["farmland", "exclude"]
    assert (row.verdict, row.object_id) == ("ruled_out", "1-2")


@pytest.mark.parametrize(
    ("kv", "away", "limit", "verdict"),
    [(10, 1, 7.5, "passed"), (35, 7, 7.5, "penalised"), (66, 8, 7.5, "passed"), (110, 12, 12.5, "penalised"), (500, 37, 37.5, "penalised")],
)  # fmt: skip
def test_the_corridor_of_a_power_line_is_that_of_its_voltage(kv, away, limit, verdict):
    line = shapely.LineString([(100 + away, -50), (100 + away, 200)])
    found = rows_of(town(("power_line", line, kv)))
    assert found["power_line", "exclude"].verdict == "passed"
    row = found["power_line", "penalise"]
    assert (row.verdict, row.limit) == (verdict, limit)
    assert np.isnan(row.value) == (kv < 35)


def test_the_line_with_the_least_room_decides_not_the_nearest():
    """35 kV at 10 m has 2.5 m to spare; 500 kV at 30 m is 7.5 m too near."""
    near, strong = (shapely.LineString([(100 + m, -50), (100 + m, 200)]) for m in (10, 30))
    row = rows_of(town(("power_line", near, 35), ("power_line", strong, 500)))["power_line", "penalise"]
    assert (row.value, row.limit, row.verdict, row.object) == (30, 37.5, "penalised", "the power_line 500 kV")


def test_a_petrol_station_next_door_fails_and_within_50_metres_is_warned_of():
    for away, fail, penalise in ((19, "failed", "penalised"), (20, "passed", "penalised"), (50, "passed", "passed")):
        found = rows_of(town(("petrol_station", shapely.Point(100 + away, 50))))
        assert [found["petrol_station", effect].verdict for effect in ("fail", "penalise")] == [fail, penalise]


def test_a_strip_is_narrow_and_long():
    found = rows_of(town(("power_line", LINE, 110), parcels=(("B", FAR),)), "B")
    assert found["elongation", "penalise"].value == pytest.approx(20)
    assert found["width", "penalise"].value == pytest.approx(20, abs=0.2)
    assert found["elongation", "penalise"].verdict == found["width", "penalise"].verdict == "penalised"
    assert found["power_line", "exclude"].verdict == "ruled_out"


def test_shapes_turned_and_bent():
    """A square turned by 45°; an L of two arms 300 × 100: its square of 300 has a circle of 2 · 100 · (2 − √2) in the corner."""
    turned = shapely.Polygon([(0, 100), (100, 0), (200, 100), (100, 200)])
    corner = shapely.Polygon([(0, 0), (300, 0), (300, 100), (100, 100), (100, 300), (0, 300)])
    assert elongation(np.array([turned, corner])) == pytest.approx([1, 1])
    assert width_m(np.array([turned, corner])) == pytest.approx([100 * np.sqrt(2), 200 * (2 - np.sqrt(2))], abs=0.3)


def test_land_of_a_project_by_the_norm_of_its_setting():
    """1 ha: 540 pupils need 0.51 ha in the city (9.4 m²) and 0.97 ha in a town (18 m²); 1,080 need 1.94 ha there."""
    for seats, setting, need, verdict in (
        (540, "urban", 5076, "passed"),
        (540, "town", 9720, "passed"),
        (1080, "town", 19_440, "failed"),
    ):
        tables = town(projects=[project("P", parcel="A", seats=seats)], school_setting=setting)
        row = rows_of(tables)["land", "fail"]
        assert (row.value, row.limit, row.verdict, row.candidate_id) == (10_000, pytest.approx(need), verdict, "P")


def test_a_second_phase_needs_land_and_size_with_the_first():
    tables = town(projects=[project("P", parcel="A", seats=1620), project("Q", parcel="A", seats=540, after="P")])
    rows = screened(tables)["siting"].set_index(["candidate_id", "test"])
    assert rows.loc[("Q", "land"), "limit"] == pytest.approx((1620 + 540) * 9.4)
    assert rows.loc[("Q", "size"), ["value", "verdict"]].tolist() == [2160, "failed"]
    assert rows.loc[("P", "size"), ["value", "verdict"]].tolist() == [1620, "passed"]


def test_free_land_tells_how_many_classes_it_carries():
    """1 ha at 9.4 m² carries 1,063 primary pupils: 18 classes of 45 (24 need 1,080); at 10.1 m² 990 junior: 18 of 50."""
    rows = screened(town())["siting"].query("test == 'free_land'").set_index("stage").sort_index()
    assert rows[["value", "classes"]].to_numpy().tolist() == [[990, 18], [1063, 18]]
    wide = (("A", shapely.box(0, 0, 1000, 1000)),)
    rows = screened(town(parcels=wide))["siting"].query("test == 'free_land'").set_index("stage")
    assert rows.loc["primary", ["value", "classes"]].tolist() == [2000, 36], "48 classes are over 2,000 pupils"


def test_children_within_the_service_radius():
    """540 seats: of 700 children in reach 540 fill it, 300 of them within 500 m."""
    tables = town(projects=[project("P", parcel="A")], costs=[("P", "u", 499), ("P", "w", 501)])
    row = rows_of(tables)["service_radius", "penalise"]
    assert (row.value, row.limit, row.verdict) == (pytest.approx(300 / 540), 0.9, "penalised")
    assert rows_of(town(projects=[project("P", parcel="A")]))["service_radius", "penalise"].verdict == "unknown"
    rural = town(projects=[project("P", parcel="A")], school_setting="rural")
    assert ("service_radius", "penalise") not in rows_of(rural)


def test_a_project_without_a_parcel_is_a_point_of_unknown_ground():
    """540 seats in the city want 0.51 ha, a round of 40 m: a road 110 m off may be within 80 m of it, one 121 m off is not."""
    tables = town(parcels=(), projects=[project("P", at=(0.0, 80.0))])
    found = rows_of(tables, "P")
    assert (found["arterial", "fail"].verdict, found["arterial", "fail"].value) == ("unknown", 110)
    assert {found[test].verdict for test in (("width", "penalise"), ("elongation", "penalise"), ("land", "fail"))} == {
        "unknown"
    }
    assert (
        rows_of(town(parcels=(), projects=[project("P", at=(0.0, 91.0))]), "P")["arterial", "fail"].verdict == "passed"
    )
    assert (
        rows_of(town(parcels=(), projects=[project("P", at=(0.0, 40.0))]), "P")["arterial", "fail"].verdict == "failed"
    )
    assert verdict_of(tables, "P") == "unknown"


@pytest.mark.parametrize("name", ["national_2017", "luoding_2019"])
def test_every_rule_of_sites_is_measured_and_every_kind_has_a_rule(name):
    levels = {rule.level for rule in read_rules(name).of("siting")}
    assert levels == {*SURROUNDING_KINDS, *SHAPES, "adjacent"}


def test_nothing_offered_nothing_tested():
    found = screened(town(parcels=()))
    assert found["siting"].empty
    assert found["siting_totals"].empty


def test_totals_count_every_test_once():
    found = screened(town(RAILWAY, ("farmland", SITE), ("power_line", LINE, 110), parcels=(("A", SITE), ("B", FAR))))
    totals = found["siting_totals"].set_index("subject_id")
    assert totals["verdict"].to_dict() == {"A": "ruled_out", "B": "ruled_out"}
    assert totals[list(SITE_VERDICTS)].sum(axis=1).to_dict() == found["siting"].groupby("subject_id").size().to_dict()


@pytest.mark.parametrize(("unknown", "verdict"), [("substation", "penalised"), ("market", "unknown")])
def test_what_may_be_worse_than_a_warning_comes_before_it(unknown, verdict):
    """A station at 50 m warns; not to know of substations (a warning at most) says less, not to know of markets more."""
    station = ("petrol_station", shapely.Point(149, 150))
    tables = town(station, parcels=(("A", shapely.box(0, 100, 100, 200)),))
    assert verdict_of(tables, complete=set(SURROUNDING_KINDS) - {unknown}) == verdict


# --- laws -------------------------------------------------------------------------------------------

ONE = subjects_of(
    frame("parcels", [("A", "", "01", 10_000)], [SITE]), pd.DataFrame({"subject": [], "candidate_id": [], "name": [], "land_need_m2": [], "x_m": [], "y_m": []})
)  # fmt: skip
LIMITS = [rule for rule in RULES.of("siting") if not rule.relief]
coordinates = st.integers(-400, 500)
shapes = st.one_of(
    st.builds(shapely.Point, coordinates, coordinates),
    st.builds(lambda a, b, c, d: shapely.LineString([(a, b), (c, d + 0.5)]), *[coordinates] * 4),
    st.builds(lambda x, y, w, h: shapely.box(x, y, x + w, y + h), coordinates, coordinates, *[st.integers(1, 200)] * 2),
)
objects = st.lists(
    st.tuples(st.sampled_from(SURROUNDING_KINDS), shapes, st.sampled_from([10.0, 35.0, 110.0, 220.0, 500.0])),
    max_size=6,
)


def verdicts(found, complete=SURROUNDING_KINDS):
    rows = around_tests(ONE, around(*found), LIMITS, complete)
    return rows.set_index(["test", "effect"])


@settings(deadline=None, max_examples=25)
@given(objects)
def test_every_distance_is_that_of_the_named_object_and_none_has_less_room(found):
    """Recomputed one object at a time."""
    table = {f"1-{n}": (kind, shape, kv) for n, (kind, shape, kv) in enumerate(found, start=1)}
    widths = {10.0: None, 35.0: 7.5, 110.0: 12.5, 220.0: 20.0, 500.0: 37.5}
    for (kind, effect), row in verdicts(found).iterrows():
        room = [
            SITE.distance(shape) - (widths[kv] if (kind, effect) == ("power_line", "penalise") else row["limit"])
            for other, shape, kv in table.values()
            if other == kind and not ((kind, effect) == ("power_line", "penalise") and widths[kv] is None)
        ]
        if not room:
            assert (row["object_id"], row["verdict"]) == ("", "passed")
            continue
        own = table[row["object_id"]]
        assert own[0] == kind
        assert row["value"] == pytest.approx(SITE.distance(own[1]), abs=1e-9)
        assert row["value"] - row["limit"] == pytest.approx(min(room), abs=1e-9)
        point = shapely.Point(row["x_m"], row["y_m"])
        assert point.distance(own[1]) < 1e-6
        assert point.distance(SITE) == pytest.approx(row["value"], abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(objects, st.integers(0, 5), st.floats(0, 2000))
def test_an_object_moved_away_never_makes_a_verdict_worse(found, number, metres):
    """Objects right of the parcel's middle go east: no farther from it on the way."""
    if number >= len(found) or shapely.bounds(found[number][1])[0] < 50:
        return
    kind, shape, kv = found[number]
    moved = [*found[:number], (kind, shapely.affinity.translate(shape, metres), kv), *found[number + 1 :]]
    for complete in (SURROUNDING_KINDS, ()):
        before, after = verdicts(found, complete), verdicts(moved, complete)
        for test, verdict in after["verdict"].items():
            assert severity(test[1], verdict) <= severity(test[1], before.loc[test, "verdict"])


@settings(deadline=None, max_examples=25)
@given(objects, st.sets(st.sampled_from(SURROUNDING_KINDS)))
def test_nothing_passes_that_is_not_said_to_be_complete(found, complete):
    every, some = verdicts(found)["verdict"], verdicts(found, complete)["verdict"]
    for (kind, effect), verdict in some.items():
        if kind in complete:
            assert verdict == every[kind, effect]
        elif every[kind, effect] == "passed":
            assert verdict == "unknown"
        else:
            assert verdict == every[kind, effect]
