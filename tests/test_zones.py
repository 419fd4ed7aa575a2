"""The zones of a stage from tables to tables, by hand on a street of six units.

u0   u1   u2   u3   u4   u5      100 m each; primary schools A in u0, B in u5
2    2    2    2    2    2       children of grade 1 in 2026; as many of grade 2
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from catchment.doors import conform
from catchment.errors import Infeasible, InputError, SettingsError
from catchment.read.zone_wishes import read_present_zones, read_zone_wishes
from catchment.settings import ZoneSettings
from catchment.tables import PRESENT_ZONES, TABLES, ZONE_WISHES
from catchment.zoning.asked import wishes_of
from catchment.zoning.drawing import draw_zones, least_longest
from catchment.zoning.results import zone_tables
from catchment.zoning.town import check_zoned, town_of

CRS = 32650
QUICK = {"work": "quick", "compact_m": 0}


def town(*, seats=(12, 12), children=(2,) * 6, homes=(0, 5), wishes=(), present=(), far=()):
    """Tables of the street. far: units that reach no school."""
    names = [f"u{i}" for i in range(6)]
    units = gpd.GeoDataFrame(
        {"unit_id": names, "area_id": ["W", "W", "W", "E", "E", "E"], "x_m": np.arange(6) * 100.0 + 50, "y_m": 50.0},
        geometry=[shapely.box(100 * i, 0, 100 * i + 100, 100) for i in range(6)], crs=CRS,
    )  # fmt: skip
    codes = ["A", "B", "C"][: len(homes)]
    schools = pd.DataFrame(
        {"school_id": codes, "stage": "primary", "seats": seats, "x_m": np.array(homes) * 100.0 + 50, "y_m": 50.0}
    )
    costs = pd.DataFrame(
        [
            {"unit_id": names[i], "facility_id": code, "stage": "primary", "subject": "school",
             "distance_mm": 100_000 * abs(i - home), "burden_mm": 100_000 * abs(i - home) + (5_000 if i == 1 else 0)}
            for i in range(6) if i not in far for code, home in zip(codes, homes, strict=True)
        ]
    )  # fmt: skip
    demand = pd.DataFrame(
        [
            {"unit_id": names[i], "stage": "primary", "grade": grade, "year": year, "scenario": "medium", "children": n + (year - 2026) * (i == 0)}
            for i, n in enumerate(children) for grade in (1, 2) for year in (2026, 2027)
        ]
    )  # fmt: skip
    asked = pd.DataFrame(wishes, columns=["wish", "unit_id", "area_id", "school_id"]).assign(stage="primary")
    asked = conform(ZONE_WISHES, asked.assign(wish_no=range(1, len(asked) + 1)))
    now = gpd.GeoDataFrame(
        {"school_id": [code for code, _ in present], "stage": "primary"},
        geometry=[shapely.box(100 * a, 0, 100 * b, 100) for _, (a, b) in present], crs=CRS,
    )  # fmt: skip
    return {
        "units": units, "schools": schools, "unit_costs": costs, "demand": demand, "zone_wishes": asked,
        "present_zones": now if present else gpd.GeoDataFrame(PRESENT_ZONES.empty(), geometry=[], crs=CRS),
        "neighbours": pd.DataFrame(
            {"unit_id": names[:-1], "other_id": names[1:], "border_mm": 100_000, "along_mm": [0, 0, 30_000, 0, 0]}
        ),
    }  # fmt: skip


def drawn(tables, **settings):
    how = ZoneSettings(**QUICK, **settings)
    check_zoned(tables, how)
    known = town_of(tables, how, "primary", year=2026)
    wishes = wishes_of(tables, how, known)
    found = zone_tables(known, draw_zones(known, wishes, how, seed=1), wishes, tables["neighbours"])
    return {name: conform(TABLES[name], rows) for name, rows in found.items()}


def zones(tables, **settings):
    return "".join(drawn(tables, **settings)["zones"]["school_id"])


def total(tables, **settings):
    return drawn(tables, **settings)["zone_totals"].iloc[0]


def test_each_unit_goes_to_its_nearest_school():
    """12 children and 12 seats each; ways 0, 1, 2 hundred metres on both sides: 2 · 4 · 300 = 2,400, proved."""
    found = drawn(town())
    assert "".join(found["zones"]["school_id"]) == "AAABBB"
    assert found["zones"]["reason"].tolist() == ["own", *["nearest"] * 4, "own"]
    row = found["zone_totals"].iloc[0]
    assert (row.status, row.children, row.children_m, row.longest_m, row.over_seats) == ("optimal", 24, 2400, 200, 0)
    assert (row.crossing_m, row.border_m, row.border_along_m) == (20, 100, 30)
    assert (row.gap_share, row.bound_m) == (0, row.objective_m)
    assert pd.isna(row.moved_children)
    assert found["zone_schools"]["children"].tolist() == [12, 12]


def test_seats_send_a_unit_farther_and_have_a_value():
    """A has 8 seats: u2 goes to B, 300 instead of 200 m. One more seat at A saves a child 100 m."""
    found = drawn(town(seats=(8, 16)))
    assert "".join(found["zones"]["school_id"]) == "AABBBB"
    assert found["zones"]["reason"].iloc[2] == "seats"
    assert found["zone_schools"]["seat_value_m"].round().tolist() == [100, 0]


def test_seats_that_no_whole_unit_fits_are_told_as_such():
    """A has 11 seats, units of 4: u2 does not fit though 3 of its children would."""
    found = drawn(town(seats=(11, 16)))
    assert "".join(found["zones"]["school_id"]) == "AABBBB"
    assert found["zone_totals"]["over_seats"].tolist() == [0]


def test_where_seats_are_short_children_are_over_them_and_it_is_told():
    """20 seats for 24 children: 4 have none however zones are drawn."""
    row = total(town(seats=(8, 12)))
    assert (row.status, row.over_seats, row.over_seats_least) == ("over_seats", 4, 4)
    assert row.gap_share == pytest.approx(0, abs=1e-6)


def test_locks_and_bans_by_unit_and_by_area():
    assert zones(town(seats=(24, 24), wishes=[("lock", "u3", None, "A")])) == "AAAABB"
    assert zones(town(seats=(24, 24), wishes=[("ban", None, "W", "B"), ("ban", "u2", None, "B")])) == "AAABBB"
    assert zones(town(seats=(24, 24), wishes=[("ban", "u1", None, "A")])) == "ABBBBB"
    found = drawn(town(seats=(24, 24), wishes=[("lock", "u3", None, "A")]))
    assert found["zones"]["reason"].iloc[3] == "locked"


def test_areas_are_kept_whole_and_those_with_two_schools_are_cut():
    wishes = [("lock", "u2", None, "B")]
    assert zones(town(seats=(24, 24), homes=(0, 5), wishes=[("together", None, "W", None)])) == "AAABBB"
    assert zones(town(seats=(8, 24), homes=(3, 5)), areas_whole=["primary"]) in {"BBBABB", "AAAABB"}
    with pytest.raises(Infeasible, match="--why"):
        zones(town(seats=(24, 24), wishes=[*wishes, ("together", None, "W", None)]))


def test_an_area_in_two_pieces_is_kept_together_piece_by_piece_and_told():
    """Area W is u0, u1, u2 and u4: u4 lies behind u3, which is E's, and stays with B."""
    tables = town(seats=(24, 24), wishes=[("together", None, "W", None)])
    tables["units"].loc[4, "area_id"] = "W"
    found = drawn(tables)
    assert "".join(found["zones"]["school_id"]) == "AAABBB"
    assert found["zone_totals"]["groups_apart"].tolist() == [1]


def test_present_zones_are_left_only_for_what_it_is_worth():
    """u3 is A's today, 100 m nearer to B: worth it at 50 m, not at 150 m. Its 4 children would be moved."""
    now = [("A", (0, 4)), ("B", (4, 6))]
    assert zones(town(seats=(24, 24), present=now), moved_m=150) == "AAAABB"
    found = drawn(town(seats=(24, 24), present=now), moved_m=50)
    assert "".join(found["zones"]["school_id"]) == "AAABBB"
    assert found["zone_totals"]["moved_children"].tolist() == [4]
    assert "".join(found["zones"]["present_id"]) == "AAAABB"


def test_ground_where_nobody_lives_stays_in_its_present_zone():
    """u3 is A's today, nearer to B; without children nobody gains by its leaving, and a notice would be longer by it."""
    now = [("A", (0, 4)), ("B", (4, 6))]
    bare = town(seats=(24, 24), children=(2, 2, 2, 0, 2, 2), present=now)
    assert zones(bare, moved_m=50) == "AAAABB"
    assert zones(bare, moved_m=0) == "AAABBB"
    assert (
        zones(town(seats=(24, 24), present=now), moved_m=90) == "AAAABB"
    )  # 4 children and their ground: 450 m against 400


def test_primary_zones_are_kept_whole_in_junior_zones():
    """Primary zones AAABBB. Junior schools in u0 and u3: alone u2 would go to the one in u3; with A's zone it goes to u0."""
    tables = town(seats=(24, 24), homes=(0, 3))
    how = ZoneSettings(**QUICK, feeders=True)
    primary = pd.DataFrame({"unit_id": tables["units"]["unit_id"], "stage": "primary", "school_id": list("AAABBB")})
    for name in ("schools", "unit_costs", "demand"):
        tables[name] = tables[name].assign(stage="junior")
    tables["demand"] = tables["demand"].assign(grade=tables["demand"]["grade"] + 6)
    known = town_of(tables, how, "junior", year=2026)
    found = draw_zones(known, wishes_of(tables | {"zones": primary}, how, known), how, seed=1)
    assert found.zone.tolist() == [0, 0, 0, 1, 1, 1]
    alone = draw_zones(known, wishes_of(tables, ZoneSettings(), known), how, seed=1)
    assert alone.zone.tolist() == [0, 0, 1, 1, 1, 1]


def test_present_zones_of_unknown_schools_are_told():
    with pytest.raises(InputError, match=r"(?s)not in the list.*X primary"):
        drawn(town(present=[("X", (0, 6))]))


def test_joint_zones_share_seats_and_the_nearer_school_counts():
    """A in u0 and C in u2 are one zone under A's code: u0 to u2, and u3 which is 100 m from C, 200 m from B."""
    found = drawn(town(seats=(8, 12, 8), homes=(0, 5, 2)), joint=[("C", "A")])
    assert "".join(found["zones"]["school_id"]) == "AAAABB"
    assert found["zone_schools"]["seats"].tolist() == [16, 12]
    assert found["zones"]["distance_mm"].tolist() == [0, 100_000, 0, 100_000, 100_000, 0]
    with pytest.raises(SettingsError, match=r"(?s)not in the list.*X"):
        check_zoned(town(), ZoneSettings(joint=(("A", "X"),)))


def test_zones_hold_further_years_and_the_entry_grade():
    """In 2027 u0 has 3 children in each grade: 14 beside u1 and u2, so with 12 seats u2 goes to B's 16."""
    assert zones(town(seats=(12, 16))) == "AAABBB"
    assert zones(town(seats=(12, 16)), years=[2027]) == "AABBBB"
    # A grade has a sixth of the seats: 5 of A's 30, and the three units have 6 children in the first grade.
    assert zones(town(seats=(30, 60)), entry_grade=True) == "AABBBB"
    with pytest.raises(SettingsError, match="2031"):
        zones(town(), years=[2031])


def test_a_limit_of_ways_and_a_least_zone():
    assert zones(town(seats=(24, 24), homes=(0, 3)), limit_m={"primary": 200}) in {"AABBBB", "AAABBB"}
    assert zones(town(seats=(24, 24), homes=(0, 3))) == "AABBBB"
    assert zones(town(seats=(24, 24), homes=(0, 3)), least_children={"primary": 12}) == "AAABBB"


def test_the_longest_way_is_made_least_first():
    """A in u0 with 4 seats more than its unit, B in u1: u5 is 400 m from B at best, so no way need be longer."""
    known = town_of(town(seats=(16, 20), homes=(0, 1)), ZoneSettings(), "primary", year=2026)
    assert least_longest(known) == 400


def test_ground_that_reaches_no_school_is_in_a_zone_and_told():
    found = drawn(town(far=(2,)))
    assert found["zones"]["distance_mm"].isna().tolist() == [False, False, True, False, False, False]
    assert found["zone_totals"]["out_of_reach"].tolist() == [4]


def test_a_limit_holds_for_ways_out_of_reach_and_binds_no_ground_without_any():
    """u2 reaches no school: the limit of 200 m does not bind it. u3 reaches B alone: A, out of its reach, is no way round the limit."""
    tables = town(far=(2,), seats=(40, 40))
    assert zones(tables, limit_m={"primary": 200}) in {"AAABBB", "AABBBB"}
    costs = tables["unit_costs"]
    tables["unit_costs"] = costs[~((costs["unit_id"] == "u3") & (costs["facility_id"] == "A"))]
    with pytest.raises(Infeasible):
        zones(tables, limit_m={"primary": 100})


def test_what_is_out_of_reach_counts_for_more_than_any_way():
    """However much straight lines count for, a school that a unit does not reach is its last choice, after one without seats."""
    tables = town()
    costs = tables["unit_costs"]
    tables["unit_costs"] = costs[~((costs["unit_id"] == "u1") & (costs["facility_id"] == "A"))]
    known = town_of(tables, ZoneSettings(compact_m=50_000), "primary", year=2026)
    assert known.each_m[~known.reached].min() >= known.each_m[known.reached].max() + 20_000


def test_wishes_about_what_is_not_there_are_told_together():
    with pytest.raises(InputError) as caught:
        zones(town(wishes=[("lock", "u9", None, "A"), ("lock", "u1", None, "X")]))
    assert [dict(p.values)["number"] for p in caught.value.problems] == [1, 2]


def test_wishes_are_read_in_chinese(tmp_path):
    path = tmp_path / "wishes.csv"
    path.write_text(
        "要求,学段,规划单元,镇街代码,学校标识码\n固定,小学,u1,,2144000001\n整体,小学,,W,\n排除,初中,,E,2144000002\n",
        "utf-8",
    )
    table = read_zone_wishes(path).table
    assert table["wish"].tolist() == ["lock", "together", "ban"]
    assert table["stage"].tolist() == ["primary", "primary", "junior"]
    path.write_text(
        "要求,学段,规划单元,镇街代码,学校标识码\n固定,小学,u1,W,2144000001\n固定,小学,u1,,\n整体,小学,u1,,\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_zone_wishes(path)
    assert [p.rows for p in caught.value.problems] == [("2",), ("3",), ("4",)]


def test_present_zones_are_read_and_rows_of_a_school_joined(tmp_path):
    path = tmp_path / "now.gpkg"
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 0, 3, 1)]
    layer = gpd.GeoDataFrame(
        {"学校标识码": ["1", "1", "2"], "学段": ["小学", "小学", "小学"]}, geometry=shapes, crs=CRS
    )
    layer.to_file(path)
    table = read_present_zones(path, "projected", pyproj.CRS(CRS)).table
    assert table["school_id"].tolist() == ["1", "2"]
    assert table.area.tolist() == [2, 1]
    layer.assign(学段="高中").to_file(path)
    with pytest.raises(InputError, match="stage is not known"):
        read_present_zones(path, "projected", pyproj.CRS(CRS))


def test_straight_lines_count_by_their_square():
    """Half a kilometre from the school a quarter of 250 m is added, 62 m."""
    how = ZoneSettings(compact_m=250)
    known = town_of(town(), how, "primary", year=2026)
    plain = town_of(town(), ZoneSettings(compact_m=0), "primary", year=2026)
    assert (known.each_m - plain.each_m)[:, 0].tolist() == [0, 3, 10, 22, 40, 62]
