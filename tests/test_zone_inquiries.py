"""What is asked about zones, by hand on the street of six units of test_zones.py."""

from types import SimpleNamespace

import geopandas as gpd
import pytest
import shapely
from test_zones import drawn, town

from catchment.errors import Infeasible, InputError
from catchment.settings import ZoneSettings
from catchment.zone_inquiries import (
    border_of,
    changes_of,
    explain_zone,
    other_plans,
    pair_of,
    redraw,
    stage_of,
    why_impossible,
)


def study(**zones):
    return SimpleNamespace(
        zones=ZoneSettings(work="quick", compact_m=0, **zones), zone_year=2026, study=SimpleNamespace(seed=1)
    )


def run_of(**how):
    """The street with its zones, as a run has them."""
    tables = town(**how)
    areas = gpd.GeoDataFrame({"area_id": ["W", "E"], "name": ["西村", "东村"]}, geometry=[shapely.box(0, 0, 1, 1)] * 2)
    tables |= {
        "areas": areas,
        "schools": tables["schools"].assign(name=[f"{c}校" for c in tables["schools"]["school_id"]]),
    }
    return tables | drawn(tables)


def test_a_lock_is_tried_and_its_changes_told():
    """A has room for one unit more. u3 locked to A: 300 instead of 200 m for 4 children."""
    tables = run_of(seats=(16, 16))
    redrawn = redraw(study(), tables, "primary", [("u3", "A")], "en")
    assert list(changes_of(redrawn, tables, "en")) == [
        "东村 u3 (4 children): B校 → A校, +100 m each",
        "A校: 12 → 16 children, 16 seats",
        "B校: 12 → 8 children, 16 seats",
        "1 units and 4 children change; all ways +400 m",
    ]
    with pytest.raises(InputError, match="u9=A"):
        redraw(study(), tables, "primary", [("u9", "A")], "en")
    with pytest.raises(Infeasible) as caught:
        redraw(study(), tables, "primary", [("u0", "B")], "en")
    assert caught.value.problems[0].rows == ("西村 u0 in the zone of B校", "A校 keeps 西村 u0, where it stands")


def test_what_lies_at_the_border():
    """u2 and u3 are 100 m nearer to their own school; both schools have 4 seats free."""
    tables = run_of(seats=(16, 16))
    assert list(border_of(study(), tables, "primary", 100, "en")) == []
    assert list(border_of(study(), tables, "primary", 101, "zh")) == [
        "西村 u2（4 人）：A校 → B校，每人 +100 米；调整后学生/学位为 8/16 和 16/16",
        "东村 u3（4 人）：B校 → A校，每人 +100 米；调整后学生/学位为 8/16 和 16/16",
    ]


def test_why_a_unit_is_where_it_is_and_what_would_change_it():
    """A has 8 seats: u2 goes to B. To have it at A, u1 would go to B, and the zone of B would be cut in two: no chain."""
    tables = run_of(seats=(8, 16))
    lines = list(explain_zone(study(), tables, "u2", "en"))
    assert lines[1] == "  A校: 200 m, and 100 m for its seat; 8 children, 8 seats"
    assert lines[2] == "  B校: 300 m, and 0 m for its seat; 16 children, 16 seats"
    assert "no room" in lines[3]
    assert lines[4:] == ["    no short chain of moves makes room at its nearest school"]
    assert "nearest" in list(explain_zone(study(), tables, "u5", "en"))[-1]
    with pytest.raises(InputError, match="no unit u9"):
        list(explain_zone(study(), tables, "u9", "en"))


def test_an_impossible_wish_is_explained_and_each_way_out_was_tried():
    """u0 to u3 may only go to A, with 12 seats. u2 and u3 alone clash with them: their way to A leads through u0 and u1."""
    tables = run_of(seats=(12, 24))
    bans = [("ban", f"u{i}", None, "B") for i in range(4)]
    asked = town(seats=(12, 24), wishes=bans)["zone_wishes"]
    lines = list(why_impossible(study(), tables | {"zone_wishes": asked}, "en"))
    text = "\n".join(lines)
    assert "whole units do not fit: 西村 u2, 东村 u3 (8 children)" in text
    assert lines[2:4] == ["    西村 u2, 东村 u3 not in the zone of B校", "    A校 within its seats"]
    assert "4 more seats at A校 (classes of 45: 1): a plan that keeps all other wishes was found" in text
    assert "东村 u3 no longer kept from B校 (4 children): a plan that keeps all other wishes was found" in text
    assert "西村 u2 no longer kept from B校 (4 children): this clash is gone, others remain" in text
    assert list(why_impossible(study(), tables, "en")) == ["primary", "  all wishes can be kept, seats included"]


def test_other_plans_differ_and_cover_the_town():
    """A in u0, B in u4; u2 with 2 of 62 children is 200 m from both: two plans of 4,000 m; all others cost a quarter more."""
    tables = run_of(seats=(100, 100), children=(6, 6, 1, 6, 6, 6), homes=(0, 4))
    plans = other_plans(study(), tables, "primary")
    assert plans.groupby("plan")["all_ways_m"].first().tolist() == [4000, 4000]
    assert sorted(plans.groupby("plan")["moved_children"].first()) == [0, 2]
    assert plans.groupby("plan")["children"].sum().eq(62).all()
    assert plans.area.groupby(plans["plan"]).sum().eq(60_000).all()


def test_locks_are_written_as_unit_and_school():
    assert pair_of("u-1=2=A") == ("u-1=2", "A")
    with pytest.raises(InputError, match="UNIT=SCHOOL"):
        pair_of("u1")
    tables = run_of()
    assert stage_of(tables, "A") == "primary"
    with pytest.raises(InputError, match="0 stages"):
        stage_of(tables, "X")
