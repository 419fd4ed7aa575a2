"""How far children live from school: by hand on a street, and every figure again in plain Python."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catchment.access import coverage, distance_percentiles, seats_in_reach
from catchment.errors import InputError

# A street of five units in two areas; the school of each stage stands at its western end, the bridge is out
# behind d, so that e reaches no primary school.
#
#     school ── 0 m ── a ── 500 m ── b ── 501 m ── c ── 2,000 m ── d ~~~ no way ~~~ e
#     area              N            N             S               S               S
#     primary           2            3             4               1               5
UNITS = pd.DataFrame({"unit_id": list("abcde"), "area_id": list("NNSSS")})
CHILDREN = pd.DataFrame({"unit_id": list("abcde"), "stage": "primary", "children": [2, 3, 4, 1, 5]})
NEAREST = pd.DataFrame({"unit_id": list("abcd"), "stage": "primary", "distance_mm": [0, 500_000, 501_000, 2_000_000]})
STRAIGHT = pd.DataFrame(
    {"unit_id": list("abcde"), "stage": "primary", "straight_mm": [0, 400_000, 500_000, 1_000_001, 900_000]}
)


def row(table, area_id, stage="primary", **also):
    found = table[(table["area_id"] == area_id) & (table["stage"] == stage)]
    for column, value in also.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


# --- distance percentiles --------------------------------------------------------------------------------------


def test_distances_of_the_street():
    """Ten children in reach: two at 0, three at 500, four at 501, one at 2,000 m. Half of them live within 500 m."""
    county = row(distance_percentiles(CHILDREN, NEAREST, UNITS), "*")
    assert county["children"] == 15
    assert county["children_out_of_reach"] == 5
    assert county["mean_m"] == (3 * 500 + 4 * 501 + 2000) / 10
    assert county["median_m"] == 500.0
    assert county["p90_m"] == 501.0
    assert county["p95_m"] == 2000.0
    assert county["max_m"] == 2000.0


def test_areas_stand_apart():
    table = distance_percentiles(CHILDREN, NEAREST, UNITS)
    assert table["area_id"].tolist() == ["*", "N", "S"]
    north, south = row(table, "N"), row(table, "S")
    assert (north["children"], north["children_out_of_reach"], north["median_m"], north["max_m"]) == (5, 0, 500, 500)
    assert (south["children"], south["children_out_of_reach"], south["median_m"], south["max_m"]) == (10, 5, 501, 2000)


def test_an_area_without_anybody_in_reach_has_no_distance():
    table = distance_percentiles(CHILDREN.query("unit_id == 'e'"), NEAREST, UNITS)
    for area, children in (("*", 5), ("S", 5), ("N", 0)):
        found = row(table, area)
        assert found["children"] == found["children_out_of_reach"] == children
        assert found[["mean_m", "median_m", "p90_m", "p95_m", "max_m", "gini", "theil_t"]].isna().all()


def test_distances_of_zero_have_no_mean_log_deviation():
    """In the county and in N some live at the school's door; in S nobody does."""
    table = distance_percentiles(CHILDREN, NEAREST, UNITS)
    for area in ("*", "N"):
        assert np.isnan(row(table, area)["mean_log_deviation"])
        assert row(table, area)["gini"] > 0
    assert row(table, "S")["mean_log_deviation"] > 0


def test_where_all_live_at_the_door_nothing_is_unequal_or_equal():
    nearest = NEAREST.assign(distance_mm=0)
    county = row(distance_percentiles(CHILDREN, nearest, UNITS), "*")
    assert county["mean_m"] == county["max_m"] == 0
    assert county[["gini", "theil_t", "mean_log_deviation"]].isna().all()


def test_stages_stand_apart_and_units_without_children_do_not_count():
    junior = pd.DataFrame({"unit_id": list("ad"), "stage": "junior", "children": [1, 0]})
    near = NEAREST.assign(stage="junior")
    table = distance_percentiles(pd.concat([CHILDREN, junior]), pd.concat([NEAREST, near]), UNITS)
    assert row(table, "*", "junior")["max_m"] == 0
    assert row(table, "*", "junior")["children"] == 1
    assert row(table, "*", "primary")["max_m"] == 2000


def test_columns_are_as_promised():
    columns = ["area_id", "stage", "children", "children_out_of_reach", "mean_m", "median_m", "p90_m", "p95_m", "max_m"]
    columns += ["gini", "theil_t", "mean_log_deviation"]
    table = distance_percentiles(CHILDREN, NEAREST, UNITS)
    assert table.columns.tolist() == columns
    assert table[["children", "children_out_of_reach"]].dtypes.tolist() == [np.dtype("int64")] * 2
    assert distance_percentiles(CHILDREN[:0], NEAREST, UNITS).columns.tolist() == columns


def test_an_unknown_unit_is_refused():
    with pytest.raises(InputError, match="not known"):
        distance_percentiles(CHILDREN, NEAREST, UNITS[:3])


def test_two_nearest_schools_of_one_unit_are_refused():
    with pytest.raises(ValueError, match="one"):
        distance_percentiles(CHILDREN, pd.concat([NEAREST, NEAREST[:1]]), UNITS)


@st.composite
def towns(draw):
    size = draw(st.integers(1, 12))
    ids = [f"u{i:02}" for i in range(size)]
    units = pd.DataFrame(
        {"unit_id": ids, "area_id": draw(st.lists(st.sampled_from("NSW"), min_size=size, max_size=size))}
    )
    heads = draw(st.lists(st.integers(0, 40), min_size=size, max_size=size))
    children = pd.DataFrame({"unit_id": ids, "stage": "primary", "children": heads})
    reached = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    far = draw(st.lists(st.integers(0, 3_000_000), min_size=size, max_size=size))
    nearest = children.assign(distance_mm=far).loc[reached, ["unit_id", "stage", "distance_mm"]]
    return children, nearest, units


def child_by_child(children, nearest, units, area):
    """Distances in mm of the area's children one after the other, None = out of reach."""
    at = dict(zip(nearest["unit_id"], nearest["distance_mm"], strict=True))
    of = dict(zip(units["unit_id"], units["area_id"], strict=True))
    people = []
    for unit, heads in zip(children["unit_id"], children["children"], strict=True):
        if area in ("*", of[unit]):
            people += [at.get(unit)] * heads
    return people


@given(towns())
@settings(max_examples=40, deadline=None)
def test_distances_equal_plain_loops(town):
    table = distance_percentiles(*town)
    for area in {"*", *town[2]["area_id"]}:
        people = child_by_child(*town, area)
        mm = sorted(int(d) for d in people if d is not None)
        found = row(table, area)
        assert found["children"] == len(people)
        assert found["children_out_of_reach"] == len(people) - len(mm)
        if not mm:
            assert np.isnan(found["mean_m"])
            continue
        assert found["mean_m"] == pytest.approx(sum(mm) / len(mm) / 1000, rel=1e-12)
        for column, percent in (("median_m", 50), ("p90_m", 90), ("p95_m", 95), ("max_m", 100)):
            fewest = -(-len(mm) * percent // 100)
            assert found[column] == mm[fewest - 1] / 1000
        mean = sum(mm) / len(mm)
        if mean:
            apart = sum(abs(a - b) for a in mm for b in mm)
            assert found["gini"] == pytest.approx(apart / (2 * len(mm) ** 2 * mean), abs=1e-11)
            theil = sum(d / mean * math.log(d / mean) for d in mm if d) / len(mm)
            assert found["theil_t"] == pytest.approx(theil, abs=1e-11)
        if mm[0]:
            assert found["mean_log_deviation"] == pytest.approx(
                sum(math.log(mean / d) for d in mm) / len(mm), abs=1e-11
            )


@given(towns())
@settings(max_examples=40, deadline=None)
def test_areas_add_up_to_the_county(town):
    table = distance_percentiles(*town).set_index("area_id")
    counts = table[["children", "children_out_of_reach"]]
    assert (counts.drop("*").sum() == counts.loc["*"]).all()
    assert table["max_m"].drop("*").max() == table.loc["*", "max_m"] or table["max_m"].isna().all()


@given(towns(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_of_rows_makes_no_difference(town, random):
    seed = random.randrange(1000)
    mixed = [table.sample(frac=1, random_state=seed) for table in town]
    pd.testing.assert_frame_equal(distance_percentiles(*mixed), distance_percentiles(*town), rtol=1e-12)


# --- coverage --------------------------------------------------------------------------------------------------


def test_coverage_of_the_street():
    """
    Within 500 m by road a and b: 5 of 15; as the crow flies also c: 9. Within 1,000 m by road also c: 9; as the
    crow flies e too, across the river, but not d, by a millimetre: 14.
    """
    table = coverage(CHILDREN, NEAREST, STRAIGHT, UNITS, (500, 1000))
    near, far = row(table, "*", limit_m=500), row(table, "*", limit_m=1000)
    assert (near["children"], near["within_network"], near["within_straight"]) == (15, 5, 9)
    assert (far["children"], far["within_network"], far["within_straight"]) == (15, 9, 14)
    assert near["within_network_share"] == 5 / 15
    assert far["within_straight_share"] == 14 / 15
    south = row(table, "S", limit_m=1000)
    assert (south["children"], south["within_network"], south["within_straight"]) == (10, 4, 9)


def test_coverage_of_an_area_without_children_has_no_share():
    table = coverage(CHILDREN.query("unit_id == 'a'"), NEAREST, STRAIGHT, UNITS, (500,))
    south = row(table, "S")
    assert south["children"] == south["within_network"] == 0
    assert south[["within_network_share", "within_straight_share"]].isna().all()


def test_coverage_has_a_row_for_every_area_stage_and_limit():
    junior = CHILDREN.assign(stage="junior")
    table = coverage(pd.concat([CHILDREN, junior]), NEAREST, STRAIGHT, UNITS, (1000, 500))
    assert table[["area_id", "stage", "limit_m"]].values.tolist() == [
        [area, stage, limit] for area in "*NS" for stage in ("junior", "primary") for limit in (500, 1000)
    ]
    assert row(table, "*", "junior", limit_m=1000)["within_straight"] == 0
    kinds = ["children", "within_network", "within_straight"]
    assert table[kinds].dtypes.tolist() == [np.dtype("int64")] * 3


@given(towns(), st.lists(st.integers(0, 3000), min_size=1, max_size=3, unique=True))
@settings(max_examples=40, deadline=None)
def test_coverage_equals_plain_loops(town, limits):
    children, nearest, units = town
    straight = nearest.assign(straight_mm=nearest["distance_mm"] * 3 // 4).drop(columns="distance_mm")
    table = coverage(children, nearest, straight, units, tuple(limits))
    crow = straight.rename(columns={"straight_mm": "distance_mm"})
    for area in {"*", *units["area_id"]}:
        for limit in limits:
            found = row(table, area, limit_m=limit)
            by_road = [d is not None and d <= limit * 1000 for d in child_by_child(children, nearest, units, area)]
            by_air = [d is not None and d <= limit * 1000 for d in child_by_child(children, crow, units, area)]
            assert (found["children"], found["within_network"]) == (len(by_road), sum(by_road))
            assert found["within_straight"] == sum(by_air) >= sum(by_road)
            if by_road:
                assert found["within_network_share"] == pytest.approx(sum(by_road) / len(by_road))
                assert found["within_straight_share"] == pytest.approx(sum(by_air) / len(by_air))


# --- seats in reach --------------------------------------------------------------------------------------------

# K is a nine-year school: one place, two stages.
SCHOOLS = pd.DataFrame(
    {
        "school_id": ["K", "K", "P", "J"],
        "stage": ["primary", "junior", "primary", "junior"],
        "seats": [270, 150, 90, 600],
    }
)


def pairs(*rows):
    return pd.DataFrame(rows, columns=["unit_id", "school_id", "distance_mm"])


def test_seats_in_reach_by_hand():
    """
    Within 1,000 m a reaches K and P, b reaches P, c reaches K by a millimetre less than too far, d nothing.
    a shares with all who reach K or P: a, b and c. b shares P with a; c shares K with a.
    """
    reach = pairs(("a", "K", 0), ("a", "P", 900_000), ("b", "P", 100_000), ("c", "K", 1_000_000), ("d", "K", 1_000_001))
    table = seats_in_reach(reach, CHILDREN[:4], SCHOOLS, 1000).set_index("unit_id")
    assert table["seats"].to_dict() == {"a": 360, "b": 90, "c": 270, "d": 0}
    assert table["children_in_reach"].to_dict() == {"a": 9, "b": 5, "c": 6, "d": 1}
    assert table["seats_per_child"].to_dict() == {"a": 40.0, "b": 18.0, "c": 45.0, "d": 0.0}
    assert (table["limit_m"] == 1000).all()


def test_seats_are_those_of_the_childs_stage():
    both = pd.concat([CHILDREN[:1], CHILDREN[:1].assign(stage="junior", children=10)])
    table = seats_in_reach(pairs(("a", "K", 0), ("a", "J", 0)), both, SCHOOLS, 500).set_index("stage")
    assert table["seats"].to_dict() == {"junior": 750, "primary": 270}
    assert table["seats_per_child"].to_dict() == {"junior": 75.0, "primary": 135.0}


def test_seats_without_children_have_no_ratio():
    table = seats_in_reach(pairs(("a", "P", 0)), CHILDREN[:1].assign(children=0), SCHOOLS, 500)
    assert table["seats"].tolist() == [90]
    assert table["seats_per_child"].isna().all()


def test_a_pair_with_an_unknown_school_is_refused():
    with pytest.raises(InputError, match="not known"):
        seats_in_reach(pairs(("a", "X", 0)), CHILDREN, SCHOOLS, 500)


def test_units_without_a_row_of_children_are_left_out():
    table = seats_in_reach(pairs(("a", "P", 0), ("z", "P", 0), ("z", "K", 0)), CHILDREN[:2], SCHOOLS, 500)
    assert table["unit_id"].tolist() == ["a", "b"]
    assert table["seats"].tolist() == [90, 0]
    assert table["children_in_reach"].tolist() == [2, 3]


def test_no_children_no_rows():
    columns = ["unit_id", "stage", "limit_m", "seats", "children_in_reach", "seats_per_child"]
    assert seats_in_reach(pairs(("a", "P", 0)), CHILDREN[:0], SCHOOLS, 500).columns.tolist() == columns
    assert seats_in_reach(pairs(), CHILDREN, SCHOOLS, 500)["seats"].tolist() == [0] * 5


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_seats_in_reach_equal_plain_loops(data):
    names = list("abcdef")
    heads = {u: data.draw(st.integers(0, 9)) for u in names}
    seats = {k: data.draw(st.integers(0, 99)) for k in "KLM"}
    every = [(u, k) for u in names for k in seats]
    kept = data.draw(st.lists(st.sampled_from(every), unique=True))
    rows = [(u, k, data.draw(st.integers(0, 2_000_000))) for u, k in kept]
    children = pd.DataFrame({"unit_id": names, "stage": "primary", "children": heads.values()})
    schools = pd.DataFrame({"school_id": list(seats), "stage": "primary", "seats": seats.values()})
    table = seats_in_reach(pairs(*rows), children, schools, 1000).set_index("unit_id")
    reach = {u: {k for v, k, d in rows if v == u and d <= 1_000_000} for u in names}
    for unit in names:
        sharing = sum(heads[v] for v in names if v == unit or reach[v] & reach[unit])
        assert table.loc[unit, "seats"] == sum(seats[k] for k in reach[unit])
        assert table.loc[unit, "children_in_reach"] == sharing
        if sharing:
            assert table.loc[unit, "seats_per_child"] == pytest.approx(table.loc[unit, "seats"] / sharing)


def test_many_units_in_blocks_and_as_a_whole_agree(monkeypatch):
    generator = np.random.default_rng(3)
    names = [f"u{i:03}" for i in range(60)]
    children = pd.DataFrame({"unit_id": names, "stage": "primary", "children": generator.integers(0, 9, 60)})
    schools = pd.DataFrame({"school_id": list("KLMNO"), "stage": "primary", "seats": 100})
    reach = pd.DataFrame(
        [(u, k, int(generator.integers(0, 2_000_000))) for u in names for k in "KLMNO"],
        columns=["unit_id", "school_id", "distance_mm"],
    )
    whole = seats_in_reach(reach, children, schools, 1000)
    monkeypatch.setattr("catchment.access.UNITS_AT_ONCE", 7)
    pd.testing.assert_frame_equal(seats_in_reach(reach, children, schools, 1000), whole)
