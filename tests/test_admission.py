"""Admission on seats: order, diversion, and what may never happen."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tablefiles import write_csv, write_xlsx

from catchment.admission import ORDER, admit, in_order
from catchment.doors import conform
from catchment.errors import InputError
from catchment.lottery import ticket
from catchment.read.applicants import read_applicants, read_places
from catchment.reports.allocation import publish_admission
from catchment.settings import Settings
from catchment.tables.allocation import ADMISSIONS, APPLICANTS, INTAKES, PLACES

SEED = "2026-08-01 双色球 03 11 17 22 29 31 + 07"
FIELDS = APPLICANTS.names


def applicants(*rows: dict) -> pd.DataFrame:
    empty = dict.fromkeys(FIELDS) | {"stage": "primary", "tier": 1}
    return conform(APPLICANTS, pd.DataFrame([empty | row for row in rows], columns=FIELDS))


def places_of(**schools: int) -> pd.DataFrame:
    rows = [("primary", name, name, count) for name, count in schools.items()]
    return conform(PLACES, pd.DataFrame(rows, columns=["stage", "zone_id", "school_id", "places"]))


def ways(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["from_id", "school_id", "distance_mm"])


LINE = ways(("A", "A", 0), ("A", "B", 900_000), ("A", "C", 2_000_000), ("B", "A", 900_000), ("B", "C", 1_100_000))
"""A ── 900 m ── B ── 1,100 m ── C; C's own ways are not told."""


def outcome(result) -> dict:
    return result.admissions.set_index("application_no")["school_id"].to_dict()


def test_tiers_then_siblings_then_points_decide():
    """School A has 4 places, B 1, C 0 (nothing is beyond C).

    Order at A: owner p1; then tier 2, of whom s2 has a sister at A: s2, r2; then tier 4 by points: m80, m60.
    m80 enters as the fourth, m60 is diverted to B.
    """
    people = applicants(
        {"application_no": "m60", "zone_id": "A", "tier": 4, "points": 60},
        {"application_no": "m80", "zone_id": "A", "tier": 4, "points": 80},
        {"application_no": "r2", "zone_id": "A", "tier": 2},
        {"application_no": "s2", "zone_id": "A", "tier": 2, "sibling_id": "A"},
        {"application_no": "p1", "zone_id": "A", "tier": 1},
    )
    result = admit(people, places_of(A=4, B=1), LINE, seed_text=SEED)
    order = result.admissions.sort_values("place")["application_no"].tolist()
    assert order == ["p1", "s2", "r2", "m80", "m60"]
    assert outcome(result) == {"p1": "A", "s2": "A", "r2": "A", "m80": "A", "m60": "B"}
    diverted = result.admissions.set_index("application_no").loc["m60"]
    assert (diverted["outcome"], diverted["distance_mm"]) == ("diverted", 900_000)
    assert result.intakes.set_index("school_id").loc["B", ["own_zone", "diverted_in", "empty_places"]].tolist() == [
        0,
        1,
        0,
    ]


def test_a_sibling_at_another_school_gives_no_precedence_and_points_count_for_migrants_alone():
    people = applicants(
        {"application_no": "a", "zone_id": "A", "tier": 2, "sibling_id": "B", "points": 99},
        {"application_no": "b", "zone_id": "A", "tier": 2},
    )
    by_ticket = sorted("ab", key=lambda number: ticket(SEED, number))
    assert in_order(people, places_of(A=1, B=0), seed_text=SEED)["application_no"].tolist() == by_ticket


def test_the_order_is_the_county_s_to_set():
    """Without `sibling` the older one is first where age is named, whoever has a sister there."""
    people = applicants(
        {"application_no": "old", "zone_id": "A", "age_days": 2400},
        {"application_no": "young", "zone_id": "A", "sibling_id": "A", "age_days": 2200},
        {"application_no": "untold", "zone_id": "A"},
    )
    ordered = in_order(people, places_of(A=1), seed_text=SEED, order=("tier", "age"))
    assert ordered["application_no"].tolist() == ["old", "young", "untold"]
    assert in_order(people, places_of(A=1), seed_text=SEED)["application_no"][0] == "young"


def test_who_reaches_no_school_with_room_has_none():
    people = applicants({"application_no": "1", "zone_id": "C"}, {"application_no": "2", "zone_id": "B"})
    result = admit(people, places_of(A=5, B=0, C=0), LINE, seed_text=SEED)
    assert result.admissions.set_index("application_no")["outcome"].to_dict() == {"1": "none", "2": "diverted"}
    assert outcome(result)["2"] == "A"


def test_the_unit_an_applicant_lives_in_decides_what_is_nearest():
    people = applicants({"application_no": "1", "zone_id": "A", "from_id": "u7"})
    far = pd.concat([LINE, ways(("u7", "C", 5), ("u7", "B", 6))])
    assert outcome(admit(people, places_of(A=0, B=1, C=1), far, seed_text=SEED)) == {"1": "C"}


def test_stages_do_not_share_places():
    people = applicants(
        {"application_no": "1", "zone_id": "A"}, {"application_no": "2", "zone_id": "A", "stage": "junior"}
    )
    both = pd.concat([places_of(A=1), places_of(A=1).assign(stage="junior")])
    assert set(admit(people, both, LINE, seed_text=SEED).admissions["outcome"]) == {"own_zone"}


def test_a_zone_of_several_schools_is_drawn_and_its_losers_are_diverted():
    """Zone AB: A has 1 place, B 1; three wish for A then B. The third by ticket goes to C, the nearest to A with room."""
    zone = pd.DataFrame(
        [("primary", "AB", "A", 1), ("primary", "AB", "B", 1)], columns=["stage", "zone_id", "school_id", "places"]
    )
    people = applicants(*({"application_no": n, "zone_id": "AB", "choices": "A;B"} for n in "xyz"))
    result = admit(people, pd.concat([zone, places_of(C=1)]), LINE, seed_text=SEED)
    by_ticket = sorted("xyz", key=lambda number: ticket(SEED, number))
    assert outcome(result) == dict(zip(by_ticket, "ABC", strict=True))
    assert result.admissions.set_index("application_no")["outcome"].value_counts().to_dict() == {
        "own_zone": 2,
        "diverted": 1,
    }
    assert result.intakes.set_index("school_id")["applicants"].to_dict() == {"A": 3, "B": 0, "C": 0}
    assert result.lottery["application_no"].tolist() == ["x", "y", "z"]


def test_applicants_of_a_zone_without_places_are_told():
    people = applicants({"application_no": "1", "zone_id": "Z"}, {"application_no": "2", "zone_id": "A"})
    with pytest.raises(InputError, match="zone without places") as caught:
        admit(people, places_of(A=1), LINE, seed_text=SEED)
    assert caught.value.problems[0].rows == ("1",)


def county(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A random county: up to 6 schools, up to 40 applicants, some pairs out of reach."""
    rng = np.random.default_rng(seed)
    schools = [f"S{n}" for n in range(rng.integers(1, 7))]
    people = applicants(
        *(
            {
                "application_no": f"{n:03}", "zone_id": rng.choice(schools), "tier": int(rng.integers(1, 5)),
                "sibling_id": rng.choice([*schools, None]), "points": rng.choice([None, 10.0, 20.0]),
            }
            for n in range(rng.integers(1, 40))
        )
    )  # fmt: skip
    room = places_of(**{school: int(rng.integers(0, 12)) for school in schools})
    pairs = [(a, b, int(rng.integers(1, 5)) * 1000) for a in schools for b in schools if rng.random() < 0.8]
    return people, room, ways(*pairs)


def slowly(people: pd.DataFrame, room: pd.DataFrame, far: pd.DataFrame) -> dict[str, str | None]:
    """The same by a plain loop over dictionaries: school after school, place after place, always looking for the best left."""
    waiting = people.astype(object).where(people.notna(), None).to_dict("records")
    left = dict(zip(room["school_id"], room["places"], strict=True))
    far_of = {(r.from_id, r.school_id): r.distance_mm for r in far.itertuples()}

    def before(person: dict) -> tuple:
        points = (person["points"] or 0) if person["tier"] == 4 else 0
        sister = 0 if person["sibling_id"] == person["zone_id"] else 1
        return person["tier"], sister, -points, ticket(SEED, person["application_no"])

    found: dict[str, str | None] = {}
    for school in sorted(left):
        while left[school] and (mine := [p for p in waiting if p["zone_id"] == school]):
            best = min(mine, key=before)
            waiting.remove(best)
            found[best["application_no"]] = school
            left[school] -= 1
    while waiting:
        best = min(waiting, key=before)
        waiting.remove(best)
        open_to = [(far_of[best["zone_id"], s], s) for s in left if left[s] and (best["zone_id"], s) in far_of]
        found[best["application_no"]] = min(open_to)[1] if open_to else None
        if open_to:
            left[min(open_to)[1]] -= 1
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_slow_loop_finds_the_same(seed):
    people, room, far = county(seed)
    found = outcome(admit(people, room, far, seed_text=SEED))
    assert {number: None if pd.isna(school) else school for number, school in found.items()} == slowly(
        people, room, far
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_nobody_is_displaced_by_one_of_lower_order_and_seats_are_kept(seed):
    """Whoever is not in his zone's school finds only higher ones there; whoever is diverted finds a nearer school full
    of its own zone's children and of diverted ones of higher order.
    """
    people, room, far = county(seed)
    result = admit(people, room, far, seed_text=SEED)
    order = in_order(people, room, seed_text=SEED)["application_no"].tolist()
    rows = result.admissions.set_index("application_no").loc[order]
    seats = dict(zip(room["school_id"], room["places"], strict=True))
    counts = rows["school_id"].value_counts()
    assert all(counts.get(school, 0) <= seats[school] for school in seats)
    assert (result.intakes["empty_places"] >= 0).all()
    rank = {number: n for n, number in enumerate(order)}
    far_of = {(r.from_id, r.school_id): (r.distance_mm, r.school_id) for r in far.itertuples()}
    for number, row in rows[rows["outcome"] != "own_zone"].iterrows():
        inside = rows[rows["school_id"] == row["zone_id"]]
        assert len(inside) == seats[row["zone_id"]]
        assert (inside["outcome"] == "own_zone").all()
        assert all(rank[other] < rank[number] for other in inside.index)
        mine = far_of.get((row["zone_id"], row["school_id"]), (np.inf, ""))
        for school, count in seats.items():
            if far_of.get((row["zone_id"], school), (np.inf, "~")) < mine:
                there = rows[rows["school_id"] == school]
                assert len(there) == count
                assert all(rank[o] < rank[number] for o in there.index[there["outcome"] == "diverted"])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_changes_nothing(seed):
    people, room, far = county(seed)
    mixed = (table.sample(frac=1, random_state=seed) for table in (people, room, far))
    for one, other in zip(admit(people, room, far, seed_text=SEED), admit(*mixed, seed_text=SEED), strict=True):
        pd.testing.assert_frame_equal(one, other)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_one_seat_more_takes_no_seat_from_anybody_in_the_own_zone_and_leaves_nobody_out(seed):
    """Whoever was admitted in the own zone still is; whoever had any place still has one."""
    people, room, far = county(seed)
    more = room.copy()
    more.loc[seed % len(room), "places"] += 1
    before, after = (admit(people, each, far, seed_text=SEED).admissions for each in (room, more))
    for outcomes in (["own_zone"], ["own_zone", "diverted"]):
        had, have = (set(rows.loc[rows["outcome"].isin(outcomes), "application_no"]) for rows in (before, after))
        assert had <= have


def test_tables_are_as_described():
    people, room, far = county(5)
    result = admit(people, room, far, seed_text=SEED)
    for table, rows in ((ADMISSIONS, result.admissions), (INTAKES, result.intakes)):
        pd.testing.assert_frame_equal(conform(table, rows), rows)
    assert ORDER == ("tier", "sibling", "points")


HEAD = [
    "报名号",
    "学生姓名",
    "片区学校标识码",
    "学段",
    "录取类别",
    "兄弟姐妹就读学校标识码",
    "积分",
    "年龄（天）",
    "第一志愿",
    "第二志愿",
]
ROWS = [
    ["0001", "张三", "2144053001", "小学", "第一类", "", "", 2300, "", ""],
    ["0002", "李四", "东片", "小学", "随迁子女", "2144053001", 85.5, 2290, "2144053002", "2144053001"],
    ["0003", "王五", "2144053001", "小学", 3, "无", "", "", "", ""],
]


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_applications_are_read_without_names(tmp_path, write):
    reading = read_applicants(write(tmp_path / "a", [HEAD, *ROWS]))
    table = reading.table.set_index("application_no")
    assert table["tier"].to_dict() == {"0001": 1, "0002": 4, "0003": 3}
    assert table.loc["0002", ["zone_id", "sibling_id", "points", "age_days", "choices"]].tolist() == [
        "东片", "2144053001", 85.5, 2290, "2144053002;2144053001",
    ]  # fmt: skip
    assert table.loc["0003", ["sibling_id", "points", "age_days", "from_id", "choices"]].isna().all()
    assert "张三" not in reading.table.to_csv()
    assert reading.reconciliation.loc[0, "unit"] == "applications"


def test_faults_of_applications_are_told_at_once(tmp_path):
    rows = [
        HEAD,
        *ROWS,
        ROWS[0],
        ["0005", "", "A", "小学", "第九类", "", -3, "", "", "B"],
        ["0006", "", "A", "小学", 1, "", "", "", "B", "B"],
    ]
    with pytest.raises(InputError) as caught:
        read_applicants(write_csv(tmp_path / "a.csv", rows))
    told = {each.what: each.rows for each in caught.value.problems}
    assert told["an application stands twice"] == ("2", "5")
    assert told["a wish is told and an earlier one is not"] == ("6",)
    assert told["a school is wished for twice"] == ("7",)
    assert len(told) == 5


def test_places_of_a_row_without_zone_are_the_school_s_own(tmp_path):
    rows = [
        ["片区", "学校标识码", "学段", "招生计划"],
        ["", "A", "小学", 90],
        ["东片", "B", "小学", 45],
        ["东片", "C", "小学", 45],
    ]
    table = read_places(write_csv(tmp_path / "p.csv", rows)).table
    assert table[["zone_id", "school_id", "places"]].to_numpy().tolist() == [
        ["A", "A", 90],
        ["东片", "B", 45],
        ["东片", "C", 45],
    ]
    with pytest.raises(InputError, match="stand twice"):
        read_places(write_csv(tmp_path / "p.csv", [*rows, rows[1]]))


def test_the_workbook_tells_every_application(tmp_path):
    about = {"name": "玩具县", "name_en": "Toy County", "base_year": 2025, "language": "en"}
    study = Settings.model_validate({"study": about, "sources": {}})
    people = applicants(
        {"application_no": "0001", "zone_id": "A"}, {"application_no": "0002", "zone_id": "A", "tier": 4}
    )
    result = admit(people, places_of(A=1, B=1), LINE, seed_text=SEED)
    named = pd.DataFrame({"school_id": ["A", "B"], "name": ["甲小学", "乙小学"]})
    tables = {**result._asdict(), "schools": named, "areas": pd.DataFrame({"area_id": [], "name": []})}
    book = openpyxl.load_workbook(publish_admission(study, tables, tmp_path, run="r"))
    assert book.sheetnames == ["Notes", "Admissions", "Intakes", "Lottery"]
    rows = [row[:8] for row in book["Admissions"].iter_rows(min_row=2, values_only=True)]
    assert rows == [
        ("0001", "Primary", "A", 1, "Own zone", "A", "甲小学", None),
        ("0002", "Primary", "A", 2, "Diverted", "B", "乙小学", 900),
    ]
