"""School clusters: by hand, against all partitions, laws that must hold, and the toy town by road."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pypdfium2
import pytest
import shapely
from conftest import STUDY, at, degrees, streets, write_population
from conftest import schools as toy_schools
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from matplotlib.image import imread
from roads import joined, layer, network, points

from catchment.clusters import cluster_tables, group_members, tables_of
from catchment.clusters.members import Members, campus_of, members_of, road_distances
from catchment.clusters.verify import verify
from catchment.doors import conform
from catchment.errors import Infeasible, SettingsError
from catchment.pipeline import run_steps
from catchment.reports.clusters import cluster_ground, cluster_pages, draw_clusters
from catchment.settings import ClusterSettings, NetworkSettings, read_settings
from catchment.tables import TABLES

SLOW_MACHINE = effort(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
FREE = {"stages": "free", "reach_m": 10**6}


def on_a_line(*metres, **traits):
    """Schools a, b, c … along a straight road, at these metres from its start; traits one value per school."""
    n, x = len(metres), np.array(metres, dtype=np.int64)
    own = {
        "area": np.full(n, "01"), "primary": np.ones(n, bool), "junior": np.ones(n, bool), "strong": np.zeros(n, bool),
        "strength": np.zeros(n, np.int64), "surplus": np.zeros(n, np.int64), "pupils": np.full(n, 100), "last": np.full(n, ""),
        "bound": np.array(list("abcdefghijklmnop"[:n])), "apart": (), "linked": np.ones((n, n), bool),
    }  # fmt: skip
    own |= {name: value if name == "apart" else np.array(value) for name, value in traits.items()}
    return Members(ids=np.array(list("abcdefghijklmnop"[:n])), distance_m=np.abs(x[:, None] - x), **own)


def grouped(members, **how):
    """Clusters as texts, lead first: `bac` = b leads a and c."""
    found = group_members(members, ClusterSettings(**{**FREE, **how}))
    ids = found.members.ids
    texts = (
        ids[lead] + "".join(sorted(ids[m] for m in found.lead if found.lead[m] == lead and m != lead))
        for lead in found.names
    )
    return sorted(texts), found


# --- by hand ---------------------------------------------------------------------------------------


def test_two_villages_by_hand():
    """
    a   b   c           d  e f        b leads a and c, 100 + 100; e leads d and f, 60 + 40
    0  100 200         900 960 1000   together 300, and nothing less is possible with three to a cluster
    """
    texts, found = grouped(on_a_line(0, 100, 200, 900, 960, 1000))
    assert texts == ["bac", "edf"]
    assert (found.total_m, found.bound_m, found.proved) == (300, 300, True)


def test_a_cluster_that_needs_a_strong_school_fetches_it():
    """The same, a and b strong: one of them goes east, and an eastern school comes west in its stead.

    {a, c, d} led by c, 200 + 700, and {b, e, f} led by e, 860 + 40: 1800. All in one, led by c: 2560. Least: 1800.
    """
    members = on_a_line(0, 100, 200, 900, 960, 1000, strong=[True, True, False, False, False, False])
    _, found = grouped(members, strong=("a", "b"))
    assert found.total_m == 1800
    assert grouped(members)[1].total_m == 300


def test_only_strong_schools_lead_where_that_is_the_rule():
    """a and d are strong: a leads b, c (100 + 200), d leads e, f (60 + 100)."""
    members = on_a_line(0, 100, 200, 900, 960, 1000, strong=[True, False, False, True, False, False])
    texts, found = grouped(members, strong=("a", "d"), lead="strong")
    assert texts == ["abc", "def"]
    assert found.total_m == 460


def test_a_missing_stage_counts_or_is_refused():
    """No junior stage but in a: one cluster of six has it (led by c or d), two clusters lack one once."""
    members = on_a_line(0, 100, 200, 900, 960, 1000, junior=[True] + [False] * 5)
    assert grouped(members, stages="wanted", missing_stage_m=500)[1].parts_m["stages_m"] == 500
    assert len(grouped(members, stages="wanted", missing_stage_m=5000)[0]) == 1
    texts, found = grouped(members, stages="must")
    assert (len(texts), found.total_m) == (1, 200 + 100 + 700 + 760 + 800)


def test_a_border_is_crossed_only_if_it_pays():
    """
    a b c│d e f   the border lies between c and d; without it six schools in pairs: ab, cd, ef = 10 + 10 + 10.
    0 10 20 30 …  A pair across it counts 25 more: 55, and threes on either side count 20 + 20 = 40.
    """
    members = on_a_line(0, 10, 20, 30, 40, 50, area=["01"] * 3 + ["02"] * 3)
    assert grouped(members, least=2)[1].total_m == 30
    texts, found = grouped(members, least=2, border_m=25)
    assert texts == ["bac", "edf"]
    assert found.parts_m == {"distance_m": 40, "borders_m": 0, "stages_m": 0, "spread_m": 0, "changes_m": 0}


def test_locks_hold():
    members = on_a_line(0, 100, 200, 900, 960, 1000)
    tied = replace(members, bound=np.array(["a", "b", "a", "d", "a", "f"]))
    texts, _ = grouped(tied)
    assert any({"a", "c", "e"} <= set(text) for text in texts)
    split = replace(members, apart=(("b", "c"),))
    assert all(not {"b", "c"} <= set(text) for text in grouped(split)[0])


def test_pupils_stay_between_their_bounds():
    """Pairs of 100 + 300 and 200 + 200 pupils instead of neighbours: each has 400."""
    members = on_a_line(0, 10, 500, 510, pupils=[100, 200, 200, 300])
    assert grouped(members, least=2)[1].total_m == 20
    texts, found = grouped(members, least=2, least_pupils=400, most_pupils=400)
    assert {frozenset(text) for text in texts} == {frozenset("ad"), frozenset("bc")}
    assert found.total_m == 510 + 490


def test_strength_is_spread_where_that_is_wanted():
    """Points 2, 2, 0, 0 (mean 1): neighbours ab and cd lie 2 above and 2 below; ac and bd are even and 980 m longer."""
    members = on_a_line(0, 10, 500, 510, strength=[2, 2, 0, 0], surplus=[1, 1, -1, -1])
    assert grouped(members, least=2, spread_m=100)[1].parts_m["spread_m"] == 400
    texts, found = grouped(members, least=2, spread_m=1000)
    assert found.parts_m["spread_m"] == 0
    assert {frozenset(text) for text in texts} in (
        {frozenset("ac"), frozenset("bd")},
        {frozenset("ad"), frozenset("bc")},
    )


def test_a_new_school_changes_nobody_unless_that_pays():
    """
    a b c   g   d e f      last year abc and def; g is new, nearer to the east. d would rather be with a, b, c
    0 1 2  5.2  7 9 10     … no: it stays. With changes free the optimum may differ, with dear ones nobody moves.
    """
    last = ["1", "1", "1", "2", "2", "2", ""]
    members = on_a_line(0, 1000, 2000, 7000, 9000, 10_000, 5200, last=last)
    _, dear = grouped(members, change_m=10**6)
    assert dear.parts_m["changes_m"] == 0
    assert sorted(dear.names.values()) == ["1", "2"]
    _, free = grouped(members, change_m=0)
    saved = dear.parts_m["distance_m"] - free.parts_m["distance_m"]
    moved = sum(members.last[m] not in ("", free.names[lead]) for m, lead in free.lead.items())
    assert saved >= 0
    if moved:
        assert grouped(members, change_m=saved // moved + 1)[1].parts_m["changes_m"] < moved * (saved // moved + 1)


def test_a_change_that_pays_is_made():
    """Last year c was with d, e, f though it stands beside a and b: it saves 690 m and costs 500."""
    last = ["1", "1", "2", "2", "2", "2"]
    members = on_a_line(0, 100, 200, 900, 960, 1000, last=last)
    _, found = grouped(members, least=2, change_m=500, most=4)
    assert found.names[found.lead[2]] == found.names[found.lead[0]] == "1"
    assert found.parts_m["changes_m"] == 500
    _, kept = grouped(members, least=2, change_m=800, most=4)
    assert kept.parts_m["changes_m"] == 0


# --- all partitions --------------------------------------------------------------------------------


def partitions(items):
    """All partitions of a list into sets."""
    if not items:
        yield []
        return
    first, *rest = items
    for size in range(len(rest) + 1):
        for mates in combinations(rest, size):
            others = [item for item in rest if item not in mates]
            for more in partitions(others):
                yield [[first, *mates], *more]


def cheapest_lead(group, m, how):
    """Least metres of a group with its best lead, by the rules as the settings tell them; None if it breaks one."""
    pupils = sum(m.pupils[i] for i in group)
    lacking = (not any(m.primary[i] for i in group)) + (not any(m.junior[i] for i in group))
    broken = (
        not how.least <= len(group) <= how.most
        or (how.least_pupils is not None and pupils < how.least_pupils)
        or (how.most_pupils is not None and pupils > how.most_pupils)
        or (how.strong and not any(m.strong[i] for i in group))
        or (how.stages == "must" and lacking)
        or any({one, other} <= {m.ids[i] for i in group} for one, other in m.apart)
        or any(m.bound[i] == m.bound[j] for i in group for j in range(len(m)) if j not in group)
    )
    if broken:
        return None
    sums = [
        sum(m.distance_m[i, lead] + how.border_m * (m.area[i] != m.area[lead]) for i in group)
        for lead in group
        if (how.lead == "any" or m.strong[lead])
        and all(m.linked[i, lead] and m.distance_m[i, lead] <= how.reach_m for i in group)
    ]
    fixed = how.spread_m * abs(sum(m.surplus[i] for i in group)) + how.missing_stage_m * lacking * (
        how.stages == "wanted"
    )
    return min(sums) + fixed if sums else None


def fewest_changes(groups, m):
    """Members that leave their cluster, over every way in which the groups could bear last year's names."""
    olds = sorted(set(m.last) - {""})
    known = sum(last != "" for last in m.last)

    def most_kept(rest, free):
        if not rest:
            return 0
        group, *others = rest
        best = most_kept(others, free)
        for name in free:
            kept = sum(m.last[i] == name for i in group)
            best = max(best, kept + most_kept(others, [other for other in free if other != name]))
        return best

    return known - most_kept(groups, olds)


def by_enumeration(m, how):
    """The least of all partitions; None if none keeps the rules."""
    best = None
    for groups in partitions(list(range(len(m)))):
        costs = [cheapest_lead(group, m, how) for group in groups]
        if all(cost is not None for cost in costs):
            total = sum(costs) + (how.change_m * fewest_changes(groups, m) if how.change_m else 0)
            best = total if best is None else min(best, total)
    return best


@st.composite
def cases(draw, most=7):
    n = draw(st.integers(3, most))
    flags = st.lists(st.booleans(), min_size=n, max_size=n)
    x, y = (np.array(draw(st.lists(st.integers(0, 400), min_size=n, max_size=n))) for _ in range(2))
    strength = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    strong = np.array(draw(flags))
    ids = np.array(list("abcdefgh"[:n]))
    pair = draw(st.sampled_from(list(combinations(ids, 2))))
    lock = draw(st.sampled_from(["", "", "together", "apart"]))
    members = on_a_line(
        *x,
        area=np.where(draw(flags), "01", "02"),
        primary=draw(flags),
        junior=draw(flags),
        strong=strong,
        strength=strength,
        surplus=strength - round(strength.mean()),
        pupils=draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)),
        last=draw(st.lists(st.sampled_from(["", "1", "2", "3"]), min_size=n, max_size=n)),
        bound=np.where(ids == pair[1], pair[0], ids) if lock == "together" else ids,
        apart=(tuple(pair),) if lock == "apart" else (),
    )
    members = replace(members, distance_m=np.abs(x[:, None] - x) + np.abs(y[:, None] - y))
    how = ClusterSettings(
        least=draw(st.integers(1, 3)),
        most=draw(st.integers(3, 5)),
        least_pupils=draw(st.sampled_from([None, None, 8])),
        most_pupils=draw(st.sampled_from([None, None, 20])),
        reach_m=draw(st.sampled_from([300, 500, 900])),
        strong=draw(st.sampled_from([(), ("a",)])),  # which are strong stands in the members
        lead="any",
        stages=draw(st.sampled_from(["must", "wanted", "free"])),
        missing_stage_m=draw(st.integers(0, 300)),
        border_m=draw(st.sampled_from([0, 70])),
        change_m=draw(st.sampled_from([0, 0, 60, 500])),
        spread_m=draw(st.sampled_from([0, 0, 40])),
    )
    if strong.any() and draw(st.booleans()):
        how = how.model_copy(update={"lead": "strong", "strong": ("a",)})
    return members, how


@effort(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_the_optimum_is_the_least_of_all_partitions(case):
    members, how = case
    expected = by_enumeration(members, how)
    try:
        found = group_members(members, how)
    except Infeasible:
        assert expected is None
        return
    if found.out:
        assert expected is None
    else:
        assert found.total_m == found.bound_m == expected


@SLOW_MACHINE
@given(cases())
def test_whoever_is_left_out_fits_into_no_cluster_and_the_others_do(case):
    """Every set of members is tried: those left out are in none that keeps the rules."""
    members, how = case
    able = {
        i
        for size in range(1, len(members) + 1)
        for group in combinations(range(len(members)), size)
        if cheapest_lead(group, members, how) is not None
        for i in group
    }
    try:
        found = group_members(members, how)
    except Infeasible:
        return
    assert {str(members.ids[i]) for i in range(len(members)) if i not in able} == set(found.out)


@SLOW_MACHINE
@given(cases(), st.randoms(use_true_random=False))
def test_a_looser_rule_never_counts_for_more(case, random):
    members, how = case
    looser = random.choice(
        [
            {"least": 1}, {"most": 9}, {"reach_m": 10**6}, {"strong": (), "lead": "any"}, {"stages": "free"}, {"least_pupils": None},
            {"most_pupils": None}, {"border_m": 0}, {"change_m": 0}, {"spread_m": 0},
        ]
    )  # fmt: skip
    try:
        before = group_members(members, how)
    except Infeasible:
        return
    if not before.out:
        assert group_members(members, how.model_copy(update=looser)).total_m <= before.total_m


def test_sixteen_schools_are_proved_within_their_bounds():
    xy = np.random.default_rng(0).integers(0, 9000, (16, 2))
    distance = np.abs(xy[:, None] - xy).sum(2)
    found = group_members(replace(on_a_line(*range(16)), distance_m=distance), ClusterSettings(**FREE))
    sizes = np.unique(list(found.lead.values()), return_counts=True)[1]
    assert found.proved
    assert sizes.min() >= 3
    assert sizes.max() <= 8


def test_too_short_a_time_gives_the_best_found_with_its_gap_or_says_so():
    """Two hundred schools in one second: never a false proof."""
    rng = np.random.default_rng(1)
    n, xy = 200, rng.integers(0, 30_000, (200, 2))
    small, everyone = on_a_line(*range(2)), np.ones(200, bool)
    members = replace(
        small,
        ids=np.array([f"s{i:03}" for i in range(n)]), bound=np.array([f"s{i:03}" for i in range(n)]),
        area=np.full(n, "01"), last=np.full(n, ""), primary=everyone, junior=everyone, strong=everyone,
        strength=np.zeros(n, np.int64), surplus=np.zeros(n, np.int64), pupils=np.zeros(n, np.int64),
        distance_m=np.abs(xy[:, None] - xy).sum(2), linked=np.ones((n, n), bool),
    )  # fmt: skip
    try:
        found = group_members(members, ClusterSettings(least=5, most=6, stages="free", time_limit_s=1))
    except Infeasible as told:
        assert "no clusters were found within 1 s" in told.text("en")
        return
    assert not found.proved
    assert 0 <= found.bound_m < found.total_m


# --- verification ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"lead": {0: 1, 1: 1, 2: 1, 3: 4, 4: 4}}, "f: in no cluster"),
        ({"lead": {0: 1, 1: 1, 2: 4, 3: 4, 4: 4, 5: 4}}, "b: fewest schools"),
        ({"how": {"most": 2, "least": 1}}, "most schools"),
        ({"how": {"reach_m": 90}}, "b: reach"),
        ({"how": {"strong": ("a",)}}, "no strong school"),
        ({"how": {"strong": ("a",), "lead": "strong"}}, "lead not strong"),
        ({"how": {"least_pupils": 301}}, "fewest pupils"),
        ({"how": {"most_pupils": 299}}, "most pupils"),
        ({"members": {"junior": np.zeros(6, bool)}, "how": {"stages": "must"}}, "no stage"),
        ({"members": {"apart": (("a", "b"),)}}, "a b: not apart"),
        ({"members": {"bound": np.array(list("abcaef"))}}, "a: not together"),
        ({"names": {1: "1", 4: "1"}}, "name of its own"),
    ],
)
def test_every_broken_rule_is_seen(spoil, told):
    members = replace(on_a_line(0, 100, 200, 900, 960, 1000), **spoil.get("members", {}))
    how = ClusterSettings(**{**FREE, **spoil.get("how", {})})
    lead = spoil.get("lead", {0: 1, 1: 1, 2: 1, 3: 4, 4: 4, 5: 4})
    with pytest.raises(Infeasible, match=told):
        verify(members, how, lead, spoil.get("names", {1: "1", 4: "2"}))


# --- what cannot be --------------------------------------------------------------------------------


def test_an_island_is_left_out_with_its_reason():
    """g has no road, h lies far away: both are told, the others are grouped as if they were not there."""
    linked = np.ones((8, 8), bool)
    linked[6, :] = linked[:, 6] = False
    members = on_a_line(0, 100, 200, 900, 960, 1000, 300, 90_000, linked=linked)
    texts, found = grouped(members, reach_m=5000)
    assert texts == ["bac", "edf"]
    assert found.out == {"g": "no_road", "h": "too_few_in_reach"}


@pytest.mark.parametrize(
    ("traits", "how", "reason"),
    [
        ({"strong": [True] + [False] * 5}, {"strong": ("a",)}, "no_strong_in_reach"),
        ({"junior": [True] + [False] * 5}, {"stages": "must"}, "no_stage_in_reach"),
        ({"pupils": [100, 100, 100, 900, 900, 900]}, {"most_pupils": 900}, "pupils_do_not_fit"),
        ({"apart": (("d", "e"), ("e", "f"))}, {}, "locks_do_not_fit"),
    ],
)
def test_the_reason_is_the_rule_that_cannot_be_kept(traits, how, reason):
    """Two villages out of each other's reach; the eastern one breaks the rule by itself."""
    _, found = grouped(on_a_line(0, 100, 200, 9000, 9060, 9100, **traits), reach_m=500, **how)
    assert found.out == dict.fromkeys("def", reason)


def test_too_few_strong_schools_are_told_with_their_numbers():
    """Nine schools in reach of each other, at most four to a cluster: three clusters, and one strong school."""
    members = on_a_line(*range(0, 900, 100), strong=[True] + [False] * 8)
    with pytest.raises(Infeasible) as caught:
        grouped(members, most=4, strong=("a",))
    told = caught.value.text("en")
    assert "9 schools need 3 clusters, and 1 of them are strong" in told
    assert "at least 5 schools are left over" in told
    assert "clusters.strong" in told.split("enough by itself: ")[1]


def test_a_school_whose_only_cluster_lies_beyond_its_own_reach_is_not_left_out_in_silence():
    """
    a, b      c      d     reach 500 m, three to a cluster, d alone is strong and leads nobody far enough: c leads d and one
    0        400    800    of a and b. Each fits, both do not.
    """
    members = on_a_line(0, 0, 400, 800, strong=[False, False, False, True])
    with pytest.raises(Infeasible, match="at least 1 schools are left over"):
        grouped(members, least=3, most=3, reach_m=500, strong=("d",))


def test_what_is_enough_to_drop_is_named():
    """Five schools in threes: no; it is enough to allow smaller clusters, or larger ones."""
    members = on_a_line(0, 100, 200, 300, 400)
    with pytest.raises(Infeasible, match=r"enough by itself: clusters\.least, clusters\.most\n?$"):
        grouped(members, least=3, most=4)


# --- from tables -----------------------------------------------------------------------------------


def school_rows(*rows):
    """school_id, stage, campus_id."""
    return pd.DataFrame(rows, columns=["school_id", "stage", "campus_id"]).assign(area_id="01", name="x")


def test_a_campus_is_one_member():
    """s2 has two stages; s3 and s1 share campus k; s4 says nothing of a campus."""
    rows = school_rows(("s3", "junior", "k"), ("s2", "primary", "s2"), ("s2", "junior", "s2"), ("s1", "primary", "k"), ("s4", "primary", ""))  # fmt: skip
    assert campus_of(rows).to_dict() == {"s1": "s1", "s2": "s2", "s3": "s1", "s4": "s4"}
    everyone = np.ones((3, 3), bool)
    how = ClusterSettings(strong=("s3",), strength={"s3": 4, "s2": 1}, together=(("s3", "s4"),))
    pupils = pd.Series({"s1": 10, "s3": 5, "s2": 7, "gone": 99})
    members = members_of(rows, pupils, how, (everyone * 0, everyone), pd.Series({"s3": "9", "gone": "9"}))
    assert members.ids.tolist() == ["s1", "s2", "s4"]
    assert members.primary.tolist() == [True, True, True]
    assert members.junior.tolist() == [True, True, False]
    assert members.strong.tolist() == [True, False, False]
    assert members.pupils.tolist() == [15, 7, 0]
    assert members.last.tolist() == ["9", "", ""]
    assert members.strength.tolist() == [4, 1, 0]
    assert members.surplus.tolist() == [2, -1, -2]
    assert members.bound.tolist() == ["s1", "s2", "s1"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"strong": ("zz",), "together": (("a", "yy"),)}, "rows: yy, zz"),
        ({"least": 5, "most": 4}, "fewest of a cluster"),
        ({"least_pupils": 5, "most_pupils": 4}, "fewest of a cluster"),
        ({"lead": "strong"}, "none is named"),
        ({"together": (("a", "b"), ("b", "c")), "apart": (("c", "a"),)}, "rows: c a"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(how, told):
    rows = school_rows(*((code, "primary", code) for code in "abc"))
    everyone = np.ones((3, 3), bool)
    with pytest.raises(SettingsError, match=told):
        members_of(rows, pd.Series(dtype=int), ClusterSettings(**how), (everyone * 0, everyone), pd.Series(dtype=str))


def test_distances_go_from_gate_to_gate_by_the_longer_direction():
    """
    A one-way ring of 400 m, anticlockwise, and a street that leads nowhere else:

        (0,100)───(100,100)     a stands at the lower left corner with a second gate at the upper left,
           │          │         b at the lower right corner, c on an island of road 900 m off.
        a (0,0)────(100,0) b    By car a → b is 100 m; back 300 m by the upper corner: 200 m to its upper gate.
    """
    corner = at(0, 0)

    def place(east, north):
        return corner[0] + east, corner[1] + north

    ring = [place(0, 0), place(100, 0), place(100, 100), place(0, 100)]
    streets = [("residential", [ring[i], ring[(i + 1) % 4]]) for i in range(4)]
    island = ("residential", [place(0, 900), place(80, 900)])
    roads = network(layer(*streets, island, oneway=["yes"] * 4 + ["no"]))
    gates = points(a=place(0, 0), a_2=place(0, 100), b=place(100, 0), c=place(10, 900))
    campus = pd.Series({"a": "a", "b": "b", "c": "c", "d": "d"})
    for mode, expected in (("walk", 100), ("car", 200)):
        how = NetworkSettings(mode=mode)
        joins, _ = joined(roads, "school", gates, uses=how.mode_of(mode).uses)
        metres, linked = road_distances({"edges": roads.edges, "joins": joins}, how, campus, None)
        assert metres[:2, :2].tolist() == [[0, expected], [expected, 0]]
        assert linked.tolist() == [[True, True, False, False]] * 2 + [[False, False, True, False], [False] * 4]


def toy(folder, *more):
    """The toy town with further schools (code, row, column, stage), up to the forecast."""
    rows = [toy_schools()]
    for code, row, column, stage in more:
        lon, lat = degrees(row, column)
        kind = "完全小学" if stage == "小学" else "初级中学"
        rows.append(toy_schools().head(1).assign(学校标识码=code, 学校名称=f"第{code}学校", 校区编号=code, 学段=stage, 办学类型=kind, 经度=lon, 纬度=lat))  # fmt: skip
    pd.concat(rows).to_csv(folder / "data/raw/schools.csv", index=False)
    return run_steps(folder, read_settings(folder), {}, lambda *_: None, last="forecast")


def test_the_toy_town_by_road(toy_study):
    """
    Upper street: S1 in column 2, x in column 0, y in column 4; lower street: S2 in column 4; bridge in column 4.
    S1 leads x and y (200 + 200) and S2 is 400 m off (200 m to the bridge, 200 m down): y leads S1 (200), S2 (200), x (400).
    """
    tables = toy(toy_study, ("x", 1, 0, "小学"), ("y", 1, 4, "初中"))
    settings = read_settings(toy_study)
    four = settings.model_copy(update={"clusters": ClusterSettings(least=4)})
    found = cluster_tables(tables, four, None)
    assert found["cluster_quality"].loc[0, ["status", "distance_m", "total_m", "gap_share"]].tolist() == [
        "optimal",
        800,
        800,
        0.0,
    ]
    for name, table in found.items():
        conform(TABLES[name], table)
    pairs = settings.model_copy(update={"clusters": ClusterSettings(least=2, most=2, stages="free")})
    rows = cluster_tables(tables, pairs, None)["clusters"].set_index("school_id")
    assert rows.loc["x", "cluster_id"] == rows.loc["2144000001", "cluster_id"]
    assert rows.loc["y", "cluster_id"] == rows.loc["2144000002", "cluster_id"]
    assert rows["distance_m"].sum() == 400


def test_last_years_clusters_are_carried_on(toy_study):
    """The pairs of last year cross over and are kept where changes are dear; cluster ids stay."""
    tables = toy(toy_study, ("x", 1, 0, "小学"), ("y", 1, 4, "初中"))
    last = pd.DataFrame({"school_id": ["2144000001", "y", "x", "2144000002"], "cluster_id": ["甲", "甲", "乙", "乙"]})
    how = ClusterSettings(least=2, most=2, stages="free", change_m=5000)
    settings = read_settings(toy_study).model_copy(update={"clusters": how})
    found = cluster_tables(tables, settings, None, last)
    kept = found["clusters"].set_index("school_id")["cluster_id"].to_dict()
    assert kept == dict(zip(last["school_id"], last["cluster_id"], strict=True))
    assert not found["clusters"]["changed"].any()
    free = settings.model_copy(update={"clusters": how.model_copy(update={"change_m": 0})})
    assert cluster_tables(tables, free, None, last)["clusters"]["changed"].sum() == 2


def test_the_order_of_the_schools_changes_nothing(toy_study):
    tables = toy(toy_study, ("x", 1, 0, "小学"), ("y", 1, 4, "初中"), ("z", 3, 1, "小学"))
    settings = read_settings(toy_study).model_copy(update={"clusters": ClusterSettings(least=2)})
    straight = cluster_tables(tables, settings, None)
    for seed in range(3):
        shuffled = {name: tables[name].sample(frac=1, random_state=seed).reset_index(drop=True) for name in ("schools", "joins", "forecast")}  # fmt: skip
        again = cluster_tables({**tables, **shuffled}, settings, None)
        for name, table in straight.items():
            pd.testing.assert_frame_equal(table, again[name])


def test_totals_add_up_to_the_schools():
    rows = school_rows(*((code, stage, code) for code in "abcdef" for stage in ("primary", "junior")))
    found = group_members(on_a_line(0, 100, 200, 900, 960, 1000), ClusterSettings(**FREE))
    tables = tables_of(found, rows, campus_of(rows))
    totals = tables["cluster_totals"].set_index("lead_school_id")
    assert totals.loc["b", ["schools", "primary_schools", "junior_schools", "pupils", "max_m"]].tolist() == [
        3,
        3,
        3,
        300,
        100,
    ]
    assert totals["mean_m"].to_dict() == {"b": 100.0, "e": 50.0}
    assert len(tables["clusters"]) == 12
    assert tables["cluster_quality"]["distance_m"].tolist() == [300]


# --- for people to read ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The toy town with x (upper street, column 0) and y (column 4) in pairs."""
    toy_study = tmp_path_factory.mktemp("toy")
    raw = toy_study / "data" / "raw"
    raw.mkdir(parents=True)
    write_population(raw / "population.tif")
    streets().to_file(raw / "roads.gpkg", driver="GPKG")
    (toy_study / "study.toml").write_text(STUDY, "utf-8")
    tables = toy(toy_study, ("x", 1, 0, "小学"), ("y", 1, 4, "初中"))
    how = ClusterSettings(least=2, most=2, stages="free", strong=("x", "y"))
    settings = read_settings(toy_study).model_copy(update={"clusters": how})
    found = {**tables, **cluster_tables(tables, settings, None)}
    return settings, found, draw_clusters(settings, found, toy_study / "maps", run="r1")


def test_the_map_says_what_it_must(published, tmp_path):
    settings, tables, (png, pdf) = published
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage().get_text_range()
    document.close()
    leads = tables["clusters"]["lead_school_id"].unique()
    names = tables["schools"].set_index("school_id").loc[leads, "name"]
    for expected in (*names, "Demonstration data", "图例 Legend", "比例尺 Scale 1:", "0.00%", "200 / 200 m", "r1"):
        assert expected in text
    assert "admission area" not in text
    assert len(np.unique(imread(png)[:, :, :3].reshape(-1, 3), axis=0)) > 20
    again = draw_clusters(settings, tables, tmp_path / "again", run="r1")
    assert [file.read_bytes() for file in again] == [png.read_bytes(), pdf.read_bytes()]


def test_neighbouring_clusters_differ_in_colour_and_ground_is_by_nearest_school(published):
    """Two pairs share the square: each piece of ground has a school of its own cluster nearest, and two colours are used."""
    _, tables, _ = published
    sites = tables["schools"].merge(tables["clusters"][["school_id", "cluster_id"]], on="school_id")
    ground = cluster_ground(sites, tables["areas"].geometry.to_numpy())
    assert ground["colour"].nunique() == len(ground) == 2
    west, south, east, north = tables["areas"].total_bounds
    rng = np.random.default_rng(0)
    for x, y in zip(rng.uniform(west, east, 200), rng.uniform(south, north, 200), strict=True):
        nearest = sites.iloc[np.argmin(np.hypot(sites["x_m"] - x, sites["y_m"] - y))]
        holds = ground.loc[ground.contains(shapely.Point(x, y)), "cluster_id"].tolist()
        assert holds in ([nearest["cluster_id"]], [])


def test_ground_of_schools_without_a_cluster_is_nobodys():
    sites = pd.DataFrame({"x_m": [0.0, 10.0], "y_m": [0.0, 0.0], "cluster_id": ["1", None]})
    ground = cluster_ground(sites, np.array([shapely.box(-5, -5, 15, 5)]))
    assert ground.geometry.area.tolist() == [100.0]
    alone = cluster_ground(sites.head(1), np.array([shapely.box(-5, -5, 15, 5)]))
    assert alone.geometry.area.tolist() == [200.0]


def test_pages_name_schools_and_leads(published):
    _, tables, _ = published
    clusters, schools, out, quality = cluster_pages(tables, "en")
    assert clusters.rows["schools"].tolist() == [2, 2]
    assert schools.rows["lead"].notna().all()
    assert schools.rows["distance_m"].tolist() == [0, 200, 0, 200]
    assert sorted(schools.rows["strong"]) == ["No", "No", "Yes", "Yes"]
    assert len(out.rows) == 0
    assert quality.rows["status"].tolist() == ["proved to be the best"]
    left = tables | {"unclustered": pd.DataFrame({"school_id": ["x"], "reason": ["no_road"]})}
    assert cluster_pages(left, "en")[2].rows["reason"].tolist() == ["joins no road"]
