"""Schools that close, merge, change code or zone: words, shares, and what cannot be."""

from pathlib import Path
from typing import Any

import pytest
from tablefiles import write_csv, write_xlsx

from catchment.errors import InputError, Problem
from catchment.read.events import read_events

HEAD = ["原学校标识码", "去向学校标识码", "年份", "类别", "比例"]
ROWS = [
    ["2144053001", "2144053002", "2023年秋", "撤并", "40%"],
    ["2144053001", "2144053003", 2023, "撤并", 0.6],
    ["2144053004", "2144053005", 2024, "换代码", ""],
    ["2144053002", "2144053003", 2026, "片区调整", "12.5％"],
]


def refused(path: Path) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        read_events(path)
    return list(caught.value.problems)


def one(path: Path, *more: list[Any]) -> Problem:
    problems = refused(write_csv(path / "e.csv", [HEAD, *ROWS, *more]))
    assert len(problems) == 1, [p.text("en") for p in problems]
    return problems[0]


def test_events_are_read_from_workbook_and_text(tmp_path: Path) -> None:
    rows = [HEAD, *ROWS, ["注：以教育局文件为准", "", "", "", ""]]
    for path in (write_xlsx(tmp_path / "e.xlsx", rows), write_csv(tmp_path / "e.csv", rows)):
        reading = read_events(path)
        assert reading.table.to_numpy().tolist() == [
            ["2144053001", "2144053002", 2023, "closes", 0.4],
            ["2144053001", "2144053003", 2023, "closes", 0.6],
            ["2144053002", "2144053003", 2026, "zone_change", 0.125],
            ["2144053004", "2144053005", 2024, "renamed", 1.0],
        ]
        assert reading.set_aside["row"].tolist() == ["6"]
        assert reading.reconciliation.loc[0, ["unit", "rows_in", "amount_in"]].tolist() == ["events", 5, 4]


def test_english_headings_and_no_shares(tmp_path: Path) -> None:
    rows = [["From school", "To school", "Year", "Kind"], ["1", "2", 2024, "merges"]]
    assert read_events(write_csv(tmp_path / "e.csv", rows)).table["share"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("停办", "closes"), ("合并", "merges"), ("更名", "renamed"), ("Zone change", "zone_change"), ("closed", "closes")],
)
def test_words_for_kinds(tmp_path: Path, word: str, kind: str) -> None:
    path = write_csv(tmp_path / "e.csv", [HEAD, ["1", "2", 2024, word, 1]])
    assert read_events(path).table["kind"].tolist() == [kind]


@pytest.mark.parametrize("share", ["40", "140%", -0.1])
def test_shares_outside_0_to_1_are_refused(tmp_path: Path, share: object) -> None:
    found = one(tmp_path, ["2144053009", "2144053003", 2025, "合并", share])
    assert (found.what, found.rows) == ("values lie outside {low} to {high}: {found}", ("6",))


def test_more_than_all_children_of_a_school_are_refused(tmp_path: Path) -> None:
    """A fifth goes to a third school, though two have taken 40 % and 60 % already."""
    found = one(tmp_path, ["2144053001", "2144053005", 2023, "撤并", 0.2])
    assert found.what.startswith("more than all children")
    assert found.rows == ("2", "3", "6")


def test_an_empty_share_is_all_children(tmp_path: Path) -> None:
    assert one(tmp_path, ["2144053004", "2144053001", 2024, "换代码", 0.01]).rows == ("4", "6")


def test_thirds_make_a_whole(tmp_path: Path) -> None:
    rows = [["1", to, 2024, "撤并", share] for to, share in (("2", "33.3%"), ("3", "33.3%"), ("4", "33.4%"))]
    assert len(read_events(write_csv(tmp_path / "e.csv", [HEAD, *rows])).table) == 3


def test_a_school_to_itself_and_an_event_twice_are_told_together(tmp_path: Path) -> None:
    rows = [*ROWS, ["2144053007", "2144053007", 2025, "合并", 1], ROWS[2]]
    problems = refused(write_csv(tmp_path / "e.csv", [HEAD, *rows]))
    assert {p.what: p.rows for p in problems} == {
        "children go from a school to itself": ("6",),
        "an event stands twice": ("4", "7"),
    }
