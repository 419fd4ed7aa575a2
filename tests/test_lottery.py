"""Lots: published, re-checkable, even, and nobody's lot depends on another's number."""

import hashlib
import itertools
import re
import subprocess

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from typer.testing import CliRunner

from catchment.cli import app
from catchment.doors import conform
from catchment.errors import InputError
from catchment.lottery import Commitment, commit, draw_lots, recheck, share_by_choice, share_by_ticket, shared, ticket
from catchment.read.applicants import read_applicants, read_places
from catchment.runs import write_run
from catchment.settings import read_settings
from catchment.tables.allocation import LOTTERY

SEED = "Luoding 2026"


def listed(numbers, choices=None, zone="东片") -> pd.DataFrame:
    rows = {"application_no": list(numbers), "stage": "primary", "zone_id": zone, "choices": choices}
    return pd.DataFrame(rows).astype({"choices": "str"} if choices else {})


def places_of(**schools: int) -> pd.DataFrame:
    return pd.DataFrame(
        [("primary", "东片", s, n) for s, n in schools.items()], columns=["stage", "zone_id", "school_id", "places"]
    )


def test_a_ticket_is_what_anybody_s_sha256_gives():
    """By another program: printf '%s' 'Luoding 2026|0001' | sha256sum."""
    told = subprocess.run(["sha256sum"], input=f"{SEED}|0001".encode(), capture_output=True, check=True).stdout.split()[
        0
    ]
    assert ticket(SEED, "0001") == told.decode()


def test_all_enter_their_first_choice_if_they_fit():
    """A has 2 places and 2 first wishes, B 1 place and 1: no lot is needed, whatever the seed."""
    people = listed("123", ["A;B", "A;B", "B;A"])
    for seed in map(str, range(20)):
        drawn = draw_lots(people, places_of(A=2, B=1), seed_text=seed)
        assert drawn.set_index("application_no")["school_id"].to_dict() == {"1": "A", "2": "A", "3": "B"}


def test_the_lowest_tickets_enter_and_the_others_go_on_to_their_second_wish():
    """A has 1 place, B 1; all three wish A, B. By ticket: first A, second B, third nothing."""
    drawn = draw_lots(listed("xyz", ["A;B"] * 3), places_of(A=1, B=1), seed_text=SEED)
    by_hand = sorted("xyz", key=lambda n: hashlib.sha256(f"{SEED}|{n}".encode()).hexdigest())
    rows = drawn.set_index("application_no").loc[by_hand]
    assert rows["place"].tolist() == [1, 2, 3]
    assert rows["school_id"].tolist()[:2] == ["A", "B"]
    assert rows["school_id"].isna().tolist() == [False, False, True]
    assert rows["choice"].tolist()[:2] == [1, 2]


def test_the_two_rules_differ_where_a_second_wish_meets_a_first():
    """In order of tickets: 1 wishes A, 2 wishes A then B, 3 wishes B. One place each.

    By choice B goes to 3, who named it first; by ticket to 2, whose turn is earlier.
    """
    wishes = [["A"], ["A", "B"], ["B"]]
    assert share_by_choice(wishes, {"A": 1, "B": 1}) == ["A", None, "B"]
    assert share_by_ticket(wishes, {"A": 1, "B": 1}) == ["A", "B", None]


ORDERS = [list(order) for n in (1, 2, 3) for order in itertools.permutations("ABC", n)]


@given(st.lists(st.sampled_from(ORDERS), max_size=8), st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_places_are_kept_and_none_is_left_that_somebody_out_wishes_for(wishes, room):
    places = dict(zip("ABC", room, strict=True))
    for share in (share_by_choice, share_by_ticket):
        given_to = share(wishes, places)
        left = {school: count - given_to.count(school) for school, count in places.items()}
        assert min(left.values()) >= 0
        for wished, school in zip(wishes, given_to, strict=True):
            better = wished if school is None else wished[: wished.index(school)]
            assert all(left[each] == 0 for each in better)


@given(st.lists(st.sampled_from(ORDERS), max_size=8), st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_by_choice_follows_round_after_round_and_school_after_school(wishes, room):
    """The same in another order of work: for each number of the wish, each school takes its first so many."""
    left, found = dict(zip("ABC", room, strict=True)), dict.fromkeys(range(len(wishes)))
    for choice, school in itertools.product(range(3), "CBA"):
        asks = [n for n, w in enumerate(wishes) if found[n] is None and w[choice : choice + 1] == [school]]
        for number in asks[: left[school]]:
            found[number] = school
        left[school] -= min(len(asks), left[school])
    assert share_by_choice(wishes, dict(zip("ABC", room, strict=True))) == list(found.values())


@given(st.lists(st.sampled_from(ORDERS), min_size=1, max_size=5), st.data())
def test_by_ticket_no_other_order_of_wishes_does_better(wishes, data):
    """Whoever wishes for all three schools gains nothing by telling them in another order."""
    who = data.draw(st.integers(0, len(wishes) - 1))
    honest = data.draw(st.permutations("ABC"))
    room = {"A": 1, "B": 1, "C": 1}
    worth = {school: n for n, school in enumerate(honest)} | {None: 3}
    told = share_by_ticket([*wishes[:who], honest, *wishes[who + 1 :]], room)[who]
    for lie in ORDERS:
        assert worth[told] <= worth[share_by_ticket([*wishes[:who], lie, *wishes[who + 1 :]], room)[who]]


def test_every_order_is_equally_likely_over_the_seeds():
    """Three applicants have 6 orders; over 3,000 seeds chi-square with 5 degrees of freedom; and each of 12 has each place."""
    seeds = [f"seed {n}" for n in range(3000)]
    orders = pd.Series(["".join(sorted("abc", key=lambda number, s=seed: ticket(s, number))) for seed in seeds])
    assert orders.nunique() == 6
    assert chisquare(orders.value_counts()).pvalue > 0.001
    numbers = [f"{n:04}" for n in range(12)]
    places = pd.Series([sorted(numbers, key=lambda number, s=seed: ticket(s, number)).index("0007") for seed in seeds])
    assert chisquare(places.value_counts().reindex(range(12), fill_value=0)).pvalue > 0.001


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 9999), min_size=2, max_size=12), st.integers(10_000, 99_999))
def test_another_number_for_one_changes_nobody_else_s_ticket(numbers, other):
    names = sorted(map(str, numbers))
    before, after = (
        draw_lots(listed(each), places_of(A=3), seed_text=SEED) for each in (names, [str(other), *names[1:]])
    )
    kept = [frame.set_index("application_no")["ticket"].loc[names[1:]].to_dict() for frame in (before, after)]
    assert kept[0] == kept[1]


@pytest.fixture
def published() -> pd.DataFrame:
    return draw_lots(listed("1234567", ["A;B"] * 7), places_of(A=2, B=2), seed_text=SEED)


def proof(published, **changed):
    how = {"seed_text": SEED, "committed": commit(SEED, published)} | changed
    return [each.what for each in recheck(published, places_of(A=2, B=2), **how)]


def test_an_honest_list_proves_itself(published):
    assert proof(published) == []
    assert proof(published.sample(frac=1, random_state=1)) == []


def test_every_forgery_is_found(published):
    committed = commit(SEED, published)
    swapped = published.assign(school_id=published["school_id"].iloc[::-1].array)
    assert proof(swapped, committed=committed) == ["schools do not follow from order, wishes and places"]
    moved = published.assign(place=published["place"].iloc[::-1].array)
    assert proof(moved, committed=committed) == ["the order does not follow from the tickets"]
    forged = published.assign(ticket=["0" * 64, *published["ticket"][1:]])
    assert proof(forged, committed=committed) == ["tickets do not follow from seed text and number"]
    assert "the seed text is not the one that was committed to" in proof(
        published, seed_text="other", committed=committed
    )
    assert "the list is not the one that was committed to" in proof(published.iloc[1:], committed=committed)
    wished = published.assign(choices=["B;A", *published["choices"][1:]])
    assert "the list is not the one that was committed to" in proof(wished, committed=committed)
    elsewhere = published.assign(zone_id="西片")
    assert "applications are in no zone with places" in proof(elsewhere, committed=committed)


def test_the_commitment_is_what_sha256_gives():
    """One application: the line is primary|东片|1|A;B."""
    line = "primary|东片|1|A;B".encode()
    want = Commitment(hashlib.sha256(SEED.encode()).hexdigest(), hashlib.sha256(line).hexdigest())
    assert commit(SEED, listed("1", ["A;B"])) == want
    assert commit(SEED, listed("12")) == commit(SEED, listed("21"))


def test_faults_of_the_list_are_told_at_once(published):
    people = listed("12", ["A;X", "A;A"])
    with pytest.raises(InputError) as caught:
        draw_lots(people, places_of(A=1), seed_text=SEED)
    assert [each.rows for each in caught.value.problems] == [("1",), ("2",)]
    with pytest.raises(InputError, match="no seed text"):
        draw_lots(people, places_of(A=1), seed_text="")
    with pytest.raises(InputError, match="stands twice"):
        recheck(
            pd.concat([published, published.iloc[:1]]),
            places_of(A=2, B=2),
            seed_text=SEED,
            committed=commit(SEED, published),
        )


def test_the_table_is_as_described(published):
    pd.testing.assert_frame_equal(conform(LOTTERY, published), published)


# --- the command line ----------------------------------------------------------------------------------------------

STUDY = """rules = "national_2017"

[study]
name = "甲"
name_en = "A"
base_year = 2025

[sources.applicants]
path = "data/raw/applicants.csv"

[sources.places]
path = "data/raw/places.csv"

[admission]
seed_text = "2026 种子"
"""


def lottery(*arguments):
    return CliRunner().invoke(app, ["lottery", *map(str, arguments)], env={"LC_ALL": "en_GB.UTF-8"})


def test_a_lottery_is_bound_beforehand_and_proved_afterwards(tmp_path):
    """Zone Z has the schools 1 and 2 with a place each, zone 3 only itself: three of the four applications draw lots."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    places = "片区,学校标识码,学段,招生计划\nZ,1,小学,1\nZ,2,小学,1\n3,3,小学,5\n"
    rows = "".join(
        f"{number},{zone},小学,户籍\n" for number, zone in (("A1", "Z"), ("A2", "Z"), ("A3", "Z"), ("A4", "3"))
    )
    (tmp_path / "data/raw/places.csv").write_text(places, "utf-8")
    (tmp_path / "data/raw/applicants.csv").write_text("报名号,片区,学段,录取顺序\n" + rows, "utf-8")
    told = lottery("commit", tmp_path).output
    assert "3 applications enter the lottery" in told
    seed, closed = re.findall(r"[0-9a-f]{64}", told)
    assert seed == hashlib.sha256("2026 种子".encode()).hexdigest()
    assert closed == hashlib.sha256(b"primary|Z|A1|\nprimary|Z|A2|\nprimary|Z|A3|").hexdigest()
    tables = {
        name: read(tmp_path / f"data/raw/{name}.csv").table
        for name, read in (("applicants", read_applicants), ("places", read_places))
    }
    drawn = draw_lots(tables["applicants"], shared(tables["places"]), seed_text="2026 种子")
    kept = {"lottery": drawn, "places": tables["places"]}
    write_run(tmp_path, "admission", read_settings(tmp_path), kept, None)
    hashes = ("--seed-hash", seed, "--list-hash", closed)
    assert "the lottery is proved: 3 tickets" in lottery("check", tmp_path, *hashes).output
    write_run(
        tmp_path,
        "admission",
        read_settings(tmp_path),
        {**kept, "lottery": drawn.assign(ticket=drawn["ticket"].iloc[::-1].to_numpy())},
        None,
    )
    assert isinstance(lottery("check", tmp_path, *hashes).exception, InputError)
    (tmp_path / "study.toml").write_text(
        STUDY.replace("applicants]", "gates]", 1).replace("applicants.csv", "gates.csv"), "utf-8"
    )
    assert "sources.applicants is missing" in str(lottery("commit", tmp_path).exception)
