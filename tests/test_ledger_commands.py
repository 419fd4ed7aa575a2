"""`catchment ledger …` as a person uses it, and the workbook that comes of it."""

import json
import re

import openpyxl
import pandas as pd
import pytest
import typer.main
from tablefiles import CLASS_HEAD, write_csv
from typer.testing import CliRunner

from catchment.cli import ledger as commands
from catchment.cli.ledger import app
from catchment.errors import InputError, SettingsError
from catchment.reports.ledger import HISTORY, INCREMENTS, LEDGER, SPLITS, WORDS, ledger_pages, term_of
from catchment.tables import SCHOOLS
from catchment.tables.ledger import CAUSES, CHANGES, CLASS_TIERS, CLOSINGS, MEASURES, STATES, VERIFICATIONS

SCHOOL = "2144000001"
ENTRY = f"{SCHOOL}/primary/2024/1"
FIRST = [[SCHOOL, "小学", 2024, 1, 1, 50, "2024-09-01"], [SCHOOL, "小学", 2024, 1, 2, 40, "2024-09-01"]]
SECOND = [[SCHOOL, "小学", 2024, 1, 1, 47, "2025-03-01"], [SCHOOL, "小学", 2024, 1, 2, 46, "2025-03-01"]]


@pytest.fixture
def study(toy_study, monkeypatch):
    """The toy town with class returns."""
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    text = (toy_study / "study.toml").read_text("utf-8") + '\n[sources.classes]\npath = "data/raw/classes.csv"\n'
    (toy_study / "study.toml").write_text(text, "utf-8")
    returns(toy_study, *FIRST)
    return toy_study


def returns(study, *rows):
    write_csv(study / "data" / "raw" / "classes.csv", [CLASS_HEAD, *rows])


def ledger(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_three_returns_with_a_request_on_paper_between_them(study):
    """50, asked in December, 45 in spring: written off; 47 in autumn: the same entry relapses."""
    spring = [[SCHOOL, "小学", 2024, 1, 1, 45, "2025-03-01"], [SCHOOL, "小学", 2024, 1, 2, 45, "2025-03-01"]]
    autumn = [[SCHOOL, "小学", 2024, 2, 1, 47, "2025-09-01"], [SCHOOL, "小学", 2024, 2, 2, 43, "2025-09-01"]]
    returns(study, *FIRST, *spring, *autumn)
    office = ("--by", "基教股")
    assert "no return is as early as 2024-08-31" in ledger("update", study, "--until", "2024-08-31", *office)
    told = ledger("update", study, "--until", "2024-09-01", *office)
    assert "2024-09-01: Entered: 1" in told
    assert "2025" not in told
    how = ("--cause", "too_few_rooms", "--measure", "new_class", "--responsible", "校长室", "--due", "2025-03-01")
    ledger("plan", ENTRY, study, *how, *office)
    for day in ("2099-01-01", "20.12.2024"):
        with pytest.raises(InputError, match="is no day up to today"):
            ledger("ask", ENTRY, study, "--evidence", "分班方案", "--on", day, *office)
    ledger("ask", ENTRY, study, "--evidence", "分班方案", "--on", "2024-12-20", *office)
    assert "2025-03-01: Verified and written off: 1" in ledger("update", study, "--until", "2025-03-01", *office)
    assert "2025-09-01: Relapse: 1" in ledger("update", study, *office)
    assert re.search(r"Over standard.*│ 1 ", ledger("show", study))
    assert "The ledger is whole" in ledger("check", study)


def test_from_the_first_return_to_the_workbook(study):
    assert "2024-09-01: Entered: 1" in ledger("update", study, "--by", "基教股")
    assert "2024-09-01: nothing new" in ledger("update", study, "--by", "基教股")
    plan = [
        "--cause",
        "too_few_rooms",
        "--measure",
        "new_class",
        "--project",
        "P1",
        "--responsible",
        "校长室",
        "--due",
        "2025-08-31",
    ]
    assert "In remedy (version 2)" in ledger("plan", ENTRY, study, *plan, "--by", "基教股")
    assert "Write-off asked for" in ledger(
        "ask", ENTRY, study, "--evidence", "分班方案3号", "--by", "校长室", "--version", "2"
    )
    ledger("exempt", ENTRY, study, "--reason", "=1+1", "--by", "基教股")
    ledger("remark", ENTRY, study, "--text", "教学楼在建", "--by", "基教股")
    returns(study, *FIRST, *SECOND)
    told = ledger("update", study, "--by", "基教股")
    assert "2025-03-01: Entered: 1" in told
    assert "2025-03-01: Size recorded: 1" in told
    shown = ledger("show", study)
    assert ENTRY in shown
    assert "On the ledger: 1 entries" in shown
    assert [
        what in ledger("history", ENTRY, study)
        for what in ("opened", "planned", "asked", "exempted", "remarked", "measured")
    ] == [True] * 6
    head = re.search(r"9 changes, head ([0-9a-f]{64})", ledger("check", study))
    assert head
    assert head[1] in ledger("check", study, "--head", head[1])
    ledger("export", study)
    book = openpyxl.load_workbook(study / "maps" / "ledger" / "ledger.xlsx")
    assert len(book.sheetnames) == 5
    cells = [cell for row in book.worksheets[1].iter_rows(min_row=2) for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]
    assert pd.read_parquet(study / "data" / "processed" / "ledger" / "splits.parquet")["classes_short"].tolist() == [
        1,
        1,
    ]


def test_a_correction_is_asked_for_by_name(study):
    ledger("update", study, "--by", "基教股")
    returns(study, [SCHOOL, "小学", 2024, 1, 1, 45, "2024-09-01"], FIRST[1])
    with pytest.raises(InputError, match="--correction"):
        ledger("update", study, "--by", "基教股")
    assert "Corrected with its return: 1" in ledger("update", study, "--by", "基教股", "--correction")
    assert ENTRY not in ledger("show", study)
    assert ENTRY in ledger("show", study, "--all")


def test_closings_and_visits_have_their_verbs(study):
    ledger("update", study, "--by", "基教股")
    with pytest.raises(InputError, match="is open"):
        ledger("visit", ENTRY, study, "--by", "督导室")
    returns(study, *FIRST, SECOND[1])
    ledger("update", study, "--by", "基教股")
    assert "Closed, not as a success" in ledger("close", ENTRY, study, "--as", "merged", "--by", "基教股")


def test_what_check_finds_is_an_error(study):
    import sqlite3

    ledger("update", study, "--by", "基教股")
    with sqlite3.connect(study / "data" / "processed" / "ledger.db") as connection:
        connection.execute("UPDATE entries SET pupils = 44")
    connection.close()
    with pytest.raises(InputError, match=f"(?s)entries are not what their history says.*{ENTRY}"):
        ledger("check", study)


def test_the_address_comes_from_the_settings(study, tmp_path):
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    text = (study / "study.toml").read_text("utf-8")
    (study / "study.toml").write_text(f'{text}\n[ledger]\nurl = "{url}"\n', "utf-8")
    ledger("update", study, "--by", "基教股")
    assert (tmp_path / "elsewhere.db").exists()
    assert not (study / "data" / "processed" / "ledger.db").exists()


def test_a_study_without_returns_is_told_what_is_missing(study):
    text = (study / "study.toml").read_text("utf-8")
    (study / "study.toml").write_text(text[: text.index("[sources.classes]")], "utf-8")
    with pytest.raises(SettingsError, match=r"sources\.classes is missing"):
        ledger("update", study, "--by", "基教股")


def test_every_verb_has_help_and_an_example_and_names_the_words_it_takes():
    verbs = typer.main.get_command(app).commands
    assert {"update", "show", "plan", "ask", "exempt", "history", "check", "export"} <= set(verbs)
    for name, verb in verbs.items():
        assert verb.help, name
        assert verb.epilog.startswith(f"Example: catchment ledger {name}"), name
    assert tuple(commands.CAUSES.split(", ")) == CAUSES
    assert tuple(commands.MEASURES.split(", ")) == MEASURES


def test_every_code_has_words():
    codes = {
        *CAUSES,
        *CHANGES,
        *CLASS_TIERS,
        *CLOSINGS,
        *MEASURES,
        *STATES,
        *VERIFICATIONS,
        "zero_increment",
        "entering_grade",
    }
    assert codes - set(WORDS) == set()


@pytest.mark.parametrize(("day", "term"), [
    ("2025-09-01", "2025-2026-1"), ("2026-01-31", "2025-2026-1"), ("2026-03-01", "2025-2026-2"), ("2026-07-31", "2025-2026-2"), ("2026-08-20", "2026-2027-1"),
])  # fmt: skip
def test_terms(day, term):
    assert term_of(day) == term


def test_pages_name_schools_where_they_are_known_and_codes_where_not(tmp_path):
    from test_ledger import LIMITS, REMEDY, a_return, by

    from catchment.ledger import steps
    from catchment.ledger.export import ledger_tables
    from catchment.ledger.snapshots import record
    from catchment.ledger.store import open_ledger

    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        rows = pd.concat(
            [a_return("2024-09-01", {(2024, "1"): 50}), a_return("2024-09-01", {(2024, "1"): 70}, school="0034")]
        )
        record(opened, rows, LIMITS, by("2024-09-20"))
        steps.plan(opened, "0012/primary/2024/1", by("2024-10-01"), REMEDY)
        tables = ledger_tables(opened)
    known = pd.DataFrame(
        [
            [
                "0012",
                "primary",
                "䓣塘小学",
                "0012",
                "full_primary",
                "public",
                "town",
                False,
                45,
                1,
                0.0,
                0.0,
                "01",
                "罗镜镇",
            ]
        ],
        columns=[*SCHOOLS.names, "area"],
    )
    entries, history, increments, splits = (page.rows for page in ledger_pages(tables, known, "en"))
    assert entries["entry_id"].tolist() == ["0034/primary/2024/1", "0012/primary/2024/1"]
    assert entries["name"].fillna("").tolist() == ["", "䓣塘小学"]
    assert entries["area"].fillna("").tolist() == ["", "罗镜镇"]
    assert entries["tier"].tolist() == ["Super-oversized class", "Over standard"]
    assert entries["ownership"].fillna("").tolist() == ["", "Public"]
    planned = history.loc[history["what"] == "Remedy planned", "changes"].item()
    assert "State: On the ledger → In remedy" in planned
    assert "Cause: – → Too few classrooms" in planned
    assert set(increments["passed"]) == {"No"}
    assert splits["school_id"].tolist() == ["0012", "0012", "0034", "0034"]
    assert splits["grade"].fillna(0).tolist() == [0, 1, 0, 1]
    for page, columns in ((entries, LEDGER), (history, HISTORY), (increments, INCREMENTS), (splits, SPLITS)):
        assert list(page.columns) == [name for name, _, _ in columns]
    assert json.loads(tables["ledger_history"]["after"].iloc[-1])["measure"] == "new_class"
