"""Zones in words: texts of toy towns word by word, the grammar there and back, and the proof with planted errors."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from zone_towns import line, settings, town

from catchment.errors import InputError
from catchment.zone_text import prove, write_texts
from catchment.zone_text.grammar import read, write
from catchment.zone_text.houses import covered, ranges_of
from catchment.zone_text.lines import straightened, swapped
from catchment.zone_text.structure import (
    DIRECTIONS,
    Along,
    Also,
    Border,
    Houses,
    Piece,
    Point,
    Ring,
    Side,
    Whole,
)


def texts_of(tables, language="zh", **how):
    made = write_texts(tables, settings(**how), language)
    assert (made["zone_texts"]["children"] == made["zone_texts"]["children_agreed"]).all()
    return dict(made["zone_texts"][["school_id", "text"]].itertuples(index=False)), made


def proof_of(tables, made, **edited):
    """The proof of the texts with some replaced."""
    texts = made["zone_texts"].assign(text=lambda t: t["school_id"].map(edited).fillna(t["text"]))
    return prove(texts, {**tables, **made}, settings()).findings


MAIN = ("中山路", line((2, -1), (2, 5)))
RING = (
    ("北街", line((0, 1), (5, 1))),
    ("东街", line((4, 0), (4, 5))),
    ("南街", line((0, 4), (5, 4))),
    ("西街", line((1, 0), (1, 5))),
)


def test_a_road_that_cuts_the_town_in_two():
    """A A ║ B B"""
    halves = town("AABB AABB AABB", [MAIN])
    texts, made = texts_of(halves)
    assert texts == {"A": "东镇内，中山路以西的区域。", "B": "东镇内，中山路以东的区域。"}
    assert texts_of(halves, "en")[0] == {"A": "In 东镇: west of 中山路.", "B": "In 东镇: east of 中山路."}
    assert made["zone_text_points"].empty
    assert made["zone_text_proof"].empty
    assert made["zone_texts"]["named_share"].tolist() == [1, 1]
    assert (made["zone_texts"]["ground_m2"] == made["zone_texts"]["ground_agreed_m2"]).all()


def test_a_line_with_a_turn_and_a_whole_area():
    """A A ║ B B │ C
    A A ║ B B │ C
    ════╝ B B │ C      ══ river, ║ road, │ border of the areas"""
    turning = town(
        "AABBC AABBC BBBBC",
        [("中山路", line((2, -1), (2, 2)))],
        areas=("东镇", "西镇"),
        border_column=4,
        water=[("泷江", line((-1, 2), (2, 2)))],
    )
    assert texts_of(turning)[0] == {
        "A": "东镇内，中山路—泷江一线西北侧的区域。",
        "B": "东镇内，泷江—中山路一线东南侧的区域。",
        "C": "西镇全境。",
    }
    assert texts_of(turning, "en")[0] == {
        "A": "In 东镇: north-west of the line 中山路 – 泷江.",
        "B": "In 东镇: south-east of the line 泷江 – 中山路.",
        "C": "All of 西镇.",
    }


def test_a_ring_of_streets_and_the_rest_of_the_town():
    blocks = town("BBBBB BAAAB BAAAB BAAAB BBBBB", RING)
    texts, made = texts_of(blocks)
    assert texts == {
        "A": "东镇内，北至北街，东至东街，南至南街，西至西街所围成的区域。",
        "B": "东镇全境（不含南街—东街—北街—西街所围成的区域）。",
    }
    assert texts_of(blocks, "en")[0] == {
        "A": "In 东镇: the area enclosed by 北街 to the north, 东街 to the east, 南街 to the south, 西街 to the west.",
        "B": "All of 东镇 (without the area enclosed by 南街 – 东街 – 北街 – 西街).",
    }
    assert made["zone_texts"].set_index("school_id")["style"].to_dict() == {"A": "ring", "B": "sides"}
    assert made["zone_text_proof"]["kind"].tolist() == ["enclave"]


def test_a_door_at_the_very_border_is_told_by_its_number():
    """Nos. 1 and 2 stand 0.4 m on either side of the border: points in whole metres, read back, may pass on the other side of them."""
    doors = town("AABB AABB", [("中山路", line((-1, 1), (5, 1)))], houses=[("中山路", 1, 1.996, 0.5), ("中山路", 2, 2.004, 0.5), ("中山路", 3, 2.1, 0.5)])  # fmt: skip
    texts, made = texts_of(doors)
    assert made["zone_text_proof"].empty
    assert "不含中山路2号" in texts["A"] and "另含中山路1号" in texts["A"]
    assert "不含中山路1号" in texts["B"] and "另含中山路2号" in texts["B"]


def test_people_are_where_their_homes_are_and_not_where_one_door_is_named():
    """Nos. 1 (A's) and 2 (B's) both lie nearest to the people beside them in A. Named for B, No. 2 takes them with it only if No. 1 is not there."""
    rows = "AABB AABB"
    houses = [("中山路", 1, 1.7, 0.5), ("中山路", 2, 2.05, 0.5)]
    for homes, findings in ((houses, []), (houses[1:], ["mismatch"])):
        tables = town(rows, [MAIN], houses=homes)
        tables["cells"].loc[tables["cells"]["x_m"].between(500_200, 500_300), "x_m"] += 40
        _, made = texts_of(town(rows, [MAIN]))
        west, east = "东镇内，中山路以西的区域（不含中山路2号）。", "东镇内，中山路以东的区域；另含中山路2号。"
        assert proof_of(tables, made, A=west, B=east)["kind"].tolist() == findings


def test_maps_draw_what_the_words_mean():
    """The drawn ground is that of the words, read back: zones share the county out, everybody on their own side."""
    turning = town("AABBC AABBC BBBBC", [("中山路", line((2, -1), (2, 2)))], areas=("东镇", "西镇"), border_column=4, water=[("泷江", line((-1, 2), (2, 2)))])  # fmt: skip
    _, made = texts_of(turning)
    drawn = made["zone_grounds"].set_index("school_id").geometry
    assert shapely.area(drawn["A"]) == 4 * 100**2
    assert drawn.area.sum() == shapely.union_all(turning["units"].geometry).area
    cells, homes = turning["cells"], turning["zones"].set_index("unit_id")["school_id"]
    for cell in cells.itertuples():
        assert drawn[homes[cell.unit_id]].contains(shapely.Point(cell.x_m, cell.y_m))


def test_areas_in_parts_and_with_holes_are_told_and_proved():
    """A strip of no area between the first column and the second; a hole where nobody lives."""
    whole = town("AABB AABB")
    ground = whole["areas"].geometry.iloc[0]
    for gone in (line((1, -1), (1, 5)).buffer(3), shapely.Point(line((1, 1), (2, 1)).coords[0]).buffer(5)):
        texts_of(
            {**whole, "areas": whole["areas"].set_geometry([shapely.difference(ground, gone)], crs=whole["areas"].crs)}
        )


def test_points_where_nothing_has_a_name_and_the_fewest_of_them():
    """Stairs of four steps are cut by one straight line."""
    stairs = town("AAAAA AAABB AABBB ABBBB")
    texts, made = texts_of(stairs)
    assert texts == {"A": "东镇内，界点1～3一线西北侧的区域。", "B": "东镇内，界点3～1一线东南侧的区域。"}
    assert texts_of(stairs, "en")[0]["A"] == "In 东镇: north-west of the line points 1 to 3."
    assert len(made["zone_text_points"]) == 3
    assert (made["zone_texts"]["annex_points"] == 3).all()
    named = {f"{row.area_id}/{row.number}" for row in made["zone_text_points"].itertuples()}
    assert set(" ".join(made["zone_texts"]["point_ids"]).split()) == named


HOUSES = [("中山路", n, 2 + (0.1 if n % 2 else -0.1), n / 8) for n in range(1, 32)]


def test_house_numbers_beyond_the_road_that_is_named():
    """Row 1 and 2 of school A reach over the road, but only its odd side lives there."""
    beyond = town("AABB AAAB AAAB AABB", [MAIN], houses=[(s, n, c, r) for s, n, c, r in HOUSES if n % 2 or r < 4])
    texts, made = texts_of(beyond, follow_m=120)
    assert texts == {
        "A": "东镇内，中山路以西的区域；另含中山路9至23号（单号）。",
        "B": "东镇内，中山路以东的区域（不含中山路9至23号（单号））。",
    }
    assert made["zone_text_points"].empty
    assert texts_of(beyond, "en", follow_m=120)[0]["A"] == "In 东镇: west of 中山路; also 中山路 Nos. 9 to 23 (odd)."
    wrong = proof_of(beyond, made, A=texts["A"].replace("单号", "双号"))
    assert set(wrong["school_id"]) == {"A"}
    doors, cells = (wrong[wrong["subject"] == subject] for subject in ("address", "unit"))
    assert doors["kind"].tolist() == ["gap"]
    assert doors["message"].tolist() == [
        "东镇 中山路9, 11, 13, 15, 17, 19, 21, 23号：不在任何一校的文字内；应属甲小学片区"
    ]
    assert set(cells["kind"]) == {"mismatch"}
    assert cells["children"].sum() == 4


def test_hamlets_that_lie_whole_in_a_piece_are_named():
    hamlets = town("AABB AABB", [MAIN], places=[("大塘村", 0.5, 0.5), ("新村", 0.4, 1.4), ("新村", 2.5, 1.5)])
    texts, made = texts_of(hamlets)
    assert texts == {"A": "东镇内，中山路以西的区域（含大塘村）。", "B": "东镇内，中山路以东的区域。"}
    wrong = proof_of(hamlets, made, B="东镇内，中山路以东的区域（含大塘村）。")
    assert wrong[["kind", "told_ids"]].to_numpy().tolist() == [["overlap", "A B"]]
    assert "大塘村" in wrong["message"][0]


def test_a_lane_given_to_two_schools_is_caught():
    """衡阳's 袁家村巷 stands in the texts of two schools (STANDARDS 5.1)."""
    lane = town("AABB AABB", [MAIN], houses=[("袁家村巷", n, 2.5, n / 10) for n in range(1, 9)])
    texts, made = texts_of(lane)
    found = proof_of(lane, made, A=texts["A"].replace("区域。", "区域；另含袁家村巷全部门牌。"))
    door = found[found["subject"] == "address"]
    assert door[["kind", "school_id", "told_ids"]].to_numpy().tolist() == [["overlap", "B", "A B"]]
    assert door["message"].tolist() == [
        "东镇 袁家村巷1, 2, 3, 4, 5, 6, 7, 8号：同时在甲小学, 乙小学的文字内；应属乙小学片区"
    ]


def test_the_other_side_of_a_road_is_found_with_school_and_children():
    halves = town("AABB AABB", [MAIN])
    texts, made = texts_of(halves)
    found = proof_of(halves, made, A=texts["A"].replace("以西", "以东"))
    assert found.groupby("kind")["children"].sum().to_dict() == {"gap": 8, "overlap": 8}
    assert set(found.loc[found["kind"] == "gap", "school_id"]) == {"A"}
    both = proof_of(halves, made, A=texts["B"], B=texts["A"])
    assert set(both["kind"]) == {"mismatch"}
    assert both["children"].sum() == 16


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("东镇内，解放路以西的区域。", "无法理解：解放路"),
        ("东镇内，中山路以左的区域。", "无法理解"),
        ("西乡全境。", "无法理解：西乡"),
        ("东镇内，界点1～3一线以西的区域。", "没有东镇的界点1"),
        ("东镇内，中山路—东镇界所围成的区域。", "不恰好相交于一处"),
        ("", "无法理解"),
    ],
)
def test_what_cannot_be_understood_is_said(words, said):
    halves = town("AABB AABB", [MAIN])
    _, made = texts_of(halves)
    found = proof_of(halves, made, A=words)
    unclear = found[found["kind"] == "unclear"]
    assert unclear["school_id"].tolist() == ["A"]
    assert said in unclear["message"].iloc[0]
    assert found.loc[found["kind"] == "gap", "children"].sum() == 8


def test_texts_may_be_typed_with_other_dashes_and_spaces():
    halves = town("AABB AABB", [MAIN])
    _, made = texts_of(halves)
    assert proof_of(halves, made, A=" 东镇内, 中山路 以西的区域。 ").empty
    assert proof_of(halves, made, B="in 东镇:  east of 中山路.").empty


def test_ranges_are_greedy_and_never_name_a_neighbour():
    doors = pd.DataFrame({"street": "A路", "number": pd.array(range(1, 13), dtype="Int64")})
    numbers = doors["number"].to_numpy(dtype=int)
    odd = numbers % 2 == 1
    assert ranges_of(doors, odd, odd) == (Houses("A路", 1, 11, "odd"),)
    assert ranges_of(doors, numbers < 7, numbers < 7) == (Houses("A路", 1, 6),)
    broken = odd & (numbers != 5)
    assert ranges_of(doors, broken, broken) == (Houses("A路", 1, 3, "odd"), Houses("A路", 7, 11, "odd"))


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.booleans()), min_size=1, max_size=25))
def test_ranges_name_exactly_whom_they_may(rows):
    doors = pd.DataFrame({"street": "A路", "number": pd.array([r[0] for r in rows], dtype="Int64")})
    allowed = np.array([r[1] for r in rows])
    meant = allowed & np.array([r[2] for r in rows])
    told = ranges_of(doors, meant, allowed)
    if told is None:  # one number is a neighbour's too
        numbers = doors["number"].to_numpy(dtype=int)
        assert set(numbers[meant]) & set(numbers[~allowed])
    else:
        named = covered(told, doors)
        assert not (named & ~allowed).any()
        assert not (meant & ~named & ~np.isin(doors["number"], doors["number"][~allowed])).any()


PLACES = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda xy: (xy[0] * 10.0, xy[1] * 10.0))


@effort(max_examples=60)
@given(st.lists(PLACES, min_size=3, max_size=14, unique=True), st.lists(PLACES, max_size=30, unique=True))
def test_a_straightened_line_changes_nobodys_side(corners, people):
    xy, crowd = np.array(corners), np.array(people).reshape(-1, 2) + 3.3
    line_ = straightened(xy, crowd)
    assert (line_[[0, -1]] == xy[[0, -1]]).all()
    assert len(line_) <= len(xy)
    assert not swapped(np.vstack([xy, line_[::-1]]), crowd).any()


NAMES = (
    "罗镜镇",
    "䓣塘镇",
    "榃滨河",
    "A路",
    "A路二巷",
    "罗城街（演示）",
    "G324国道",
    "Main Road",
    "Side",
    "县道X476",
    "大塘村",
)
names = st.sampled_from(NAMES)
tokens = st.one_of(st.builds(Point, st.integers(1, 40)), st.builds(Along, names), st.builds(Border, names))
lines = st.lists(tokens, min_size=1, max_size=7).map(tuple)
sides = st.lists(st.builds(Side, lines, st.sampled_from(DIRECTIONS)), min_size=1, max_size=3).map(tuple)
plain_rings = st.builds(lambda each: Ring((("", each),)), lines)
compass = st.lists(st.sampled_from(DIRECTIONS), min_size=1, max_size=4, unique=True).flatmap(
    lambda ways: st.tuples(*[st.tuples(st.just(way), lines) for way in ways]).map(Ring)
)
numbered = st.tuples(st.integers(1, 400), st.integers(1, 400)).filter(lambda pair: pair[0] != pair[1])
houses = st.one_of(
    st.builds(lambda street, number: Houses(street, number, number), st.just("A路"), st.integers(1, 99)),
    st.builds(
        lambda s, pair, p: Houses(s, *pair, p),
        st.sampled_from(["A路", "Main Road"]),
        numbered,
        st.sampled_from(["all", "odd", "even"]),
    ),
    st.builds(lambda s, p: Houses(s, parity=p), names, st.sampled_from(["all", "odd", "even"])),
)
without = st.lists(st.one_of(plain_rings, houses), max_size=2).map(tuple)
pieces = st.builds(
    Piece, names, st.one_of(sides, plain_rings, compass), without, st.lists(names, max_size=2).map(tuple)
)
some_houses = st.lists(houses, min_size=1, max_size=3).map(lambda each: Also(tuple(each)))
wholes = st.lists(names, min_size=1, max_size=3).map(lambda each: Whole(tuple(each)))
texts_told = st.lists(st.one_of(wholes, pieces, some_houses), min_size=1, max_size=3).map(tuple)


@effort(max_examples=300, deadline=None)
@given(texts_told, st.sampled_from(["zh", "en"]))
def test_what_is_written_is_read_back(text, language):
    assert read(write(text, language), NAMES, language) == text


def test_a_name_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="Nowhere"):
        read("In 罗镜镇: east of Nowhere.", NAMES, "en")
