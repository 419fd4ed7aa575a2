"""The command line as a person uses it: exit codes, messages in two languages, help with examples."""

import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import typer.main

from catchment.cli import STEP_NAMES, app
from catchment.pipeline import NAMES


def catchment(*arguments, language="en_GB.UTF-8", **options):
    environment = os.environ | {"LC_ALL": language, "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "catchment", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        **options,
    )


def test_help_is_quick_because_nothing_heavy_is_imported():
    code = "import sys, catchment.cli; print([m for m in ('geopandas', 'pandas', 'numpy', 'osmnx', 'sklearn', 'pydantic', 'rich') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_every_command_has_help_and_an_example():
    commands = typer.main.get_command(app).commands
    for name, command in commands.items():
        assert command.help, name
        assert command.epilog.startswith(f"Example: catchment {name}"), name


def test_steps_of_the_command_line_are_those_of_the_pipeline():
    assert STEP_NAMES == NAMES


@pytest.mark.parametrize(
    ("language", "words"), [("en_GB.UTF-8", "there is no study.toml"), ("zh_CN.UTF-8", "没有 study.toml")]
)
def test_a_users_mistake_is_a_message_and_exit_code_two(tmp_path, language, words):
    result = catchment("run", tmp_path, language=language)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bug_of_ours_shows_its_traceback(tmp_path, toy_study):
    code = "import catchment.study, catchment.cli, sys; catchment.study.read_study = None; sys.argv[1:] = ['check', sys.argv[1]]\nimport catchment.pipeline; catchment.pipeline.read_study = lambda *a: 1 / 0\ncatchment.cli.main()"
    result = subprocess.run(
        [sys.executable, "-c", code, str(toy_study)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "en_GB.UTF-8"},
    )
    assert result.returncode == 1
    assert "ZeroDivisionError" in result.stderr
    assert "This is a bug in catchment" in result.stderr


def test_a_run_accounts_for_every_child(toy_study):
    result = catchment("run", toy_study, "--no-draw")
    assert result.returncode == 0, result.stderr
    assert "primary 2026: 36 children = " in result.stdout
    assert "1 cells with 8 people join no road" in result.stdout
    assert (toy_study / "data/processed/main/run.toml").exists()


def test_quiet_says_nothing(toy_study):
    result = catchment("run", toy_study, "--no-draw", "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_from_a_step_uses_the_last_run_and_refuses_changed_inputs(toy_study):
    assert catchment("run", toy_study, "--no-draw", "--quiet").returncode == 0
    assert catchment("run", toy_study, "--no-draw", "--quiet", "--from", "zones").returncode == 0
    text = (toy_study / "study.toml").read_text("utf-8")
    (toy_study / "study.toml").write_text(text.replace("[demand]", "[demand]\nstay_share = 0.9"), "utf-8")
    stale = catchment("run", toy_study, "--no-draw", "--from", "zones")
    assert stale.returncode == 2
    assert "demand" in stale.stderr
    assert catchment("run", toy_study, "--no-draw", "--quiet", "--from", "demand").returncode == 0
    with (toy_study / "data/raw/schools.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    result = catchment("run", toy_study, "--no-draw", "--from", "zones")
    assert result.returncode == 2
    assert "schools.csv" in result.stderr
    assert "there is no step zonez" in catchment("run", toy_study, "--from", "zonez").stderr


@pytest.mark.parametrize("step", [name for name in NAMES if name not in ("read", "check", "text")])
def test_every_step_is_a_verb(toy_study, step):
    result = catchment("sites" if step == "ranking" else step, toy_study)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


@pytest.fixture
def past_pupils(tmp_path):
    """The study of past pupils alone that docs/inputs.md shows, with eight autumns of two schools, one cell empty."""
    page = (Path(__file__).parents[1] / "docs" / "inputs.md").read_text("utf-8")
    toml, rows = (part.split("```")[0] for part in re.split("```(?:toml|csv)\n", page)[1:])
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "study.toml").write_text(toml, "utf-8")
    rows = rows.splitlines()[:1]
    for year in range(2017, 2025):
        for school, size in (("1001", 90), ("1002", 40)):
            told = {g: str(size + (7 * g + year) % 11) for g in range(1, 7)}
            if (school, year) == ("1002", 2020):
                told[3] = ""
            rows += [f"{school},小学,{year},{grade},{pupils}" for grade, pupils in told.items()]
    (tmp_path / "data/raw/enrolment.csv").write_text("\n".join(rows), "utf-8")
    return tmp_path


def test_past_pupils_alone_are_checked_and_backtested(past_pupils):
    checked = catchment("check", past_pupils)
    assert checked.returncode == 0, checked.stderr
    assert "enrolment.csv: 1 rows set aside: the pupils are not told" in checked.stdout
    told = catchment("backtest", past_pupils, "--years", "2")
    assert told.returncode == 0, told.stderr
    assert "1 rows set aside" in told.stdout
    rows = pd.read_parquet(past_pupils / "data/processed/backtest/backtest_errors.parquet")
    assert set(rows.loc[rows["level"] == "school", "school_id"]) == {"1001", "1002"}
    assert set(rows.loc[rows["level"] == "county", "school_id"]) == {"*"}
    book = openpyxl.load_workbook(past_pupils / "maps/backtest/backtest.xlsx")
    assert [row[0].value for row in book.worksheets[2].rows][1:] in (["1001", "1002"], ["1002", "1001"])
    assert catchment("run", past_pupils).returncode == 2


def test_tables_in_a_pipe_are_not_folded(toy_study):
    """Every row of the county's forecast stands on one line, from its stage to its empty seats."""
    assert "no pupils are known" in catchment("forecast", toy_study).stdout
    school = re.findall(r"^(\w+),", (toy_study / "data/raw/schools.csv").read_text("utf-8"), re.MULTILINE)[-1]
    rows = [f"{school},{year},{grade},{10 + (year * grade) % 3}" for year in range(2020, 2026) for grade in range(1, 7)]
    (toy_study / "data/raw/past.csv").write_text("\n".join(["学校标识码,秋季,年级,学生数", *rows]), "utf-8")
    with (toy_study / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[sources.enrolment]\npath = "data/raw/past.csv"\n')
    shown = catchment("forecast", toy_study).stdout
    rows = [line for line in shown.splitlines() if line.startswith("│ primary")]
    assert len(rows) == len(set(rows)) == 4
    assert all(line.count("│") == 10 for line in rows)
    assert "primary: most pupils from 2025 on in" in shown


def test_explain_and_compare(toy_study):
    catchment("run", toy_study, "--no-draw", "--quiet")
    catchment("run", toy_study, "--no-draw", "--quiet", "--run", "again")
    assert "䓣塘小学" in catchment("explain", "r0c0", toy_study).stdout
    assert "The two runs are the same." in catchment("compare", "main", "again", toy_study).stdout
    assert catchment("explain", "nowhere", toy_study).returncode == 2


def test_new_makes_a_study_that_runs(tmp_path, toy_study):
    raw = toy_study / "data/raw"
    result = catchment(
        "new",
        tmp_path / "mine",
        "--roads",
        raw / "roads.gpkg",
        "--population",
        raw / "population.tif",
        "--schools",
        raw / "schools.csv",
        "--name",
        '玩具"镇',
    )
    assert result.returncode == 0, result.stderr
    assert "ages of the people are assumed" in result.stderr
    assert catchment("run", tmp_path / "mine", "--no-draw", "--quiet").returncode == 0
    again = catchment(
        "new",
        tmp_path / "mine",
        "--roads",
        raw / "roads.gpkg",
        "--population",
        raw / "population.tif",
        "--schools",
        "osm",
    )
    assert again.returncode == 2
    assert "holds a study already" in again.stderr


def test_new_lists_all_missing_files(tmp_path):
    result = catchment("new", tmp_path / "mine", "--roads", "no.pbf", "--population", "no.tif", "--schools", "no.xlsx")
    assert result.returncode == 2
    assert all(name in result.stderr for name in ("no.pbf", "no.tif", "no.xlsx"))
    assert not (tmp_path / "mine").exists()


def test_fetch_without_the_internet_or_a_box_says_so(tmp_path):
    assert "is no box" in catchment("fetch", tmp_path, "--bbox", "1,2,3").stderr
    assert "give a place, or a box" in catchment("fetch", tmp_path).stderr


def test_only_fetch_uses_the_internet():
    """No other module imports a library that opens connections."""
    package = Path(__file__).parents[1] / "catchment"
    users = [
        p.relative_to(package).as_posix()
        for p in package.rglob("*.py")
        if any(
            word in p.read_text("utf-8")
            for word in ("import requests", "import urllib", "import socket", "import httpx")
        )
    ]
    assert users == ["read/fetch.py"]
