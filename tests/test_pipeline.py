"""The toy town from files to tables, by hand; runs that are whole, repeatable and traceable."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PEOPLE, degrees, schools

from catchment.compare import compare_runs
from catchment.errors import InputError, SettingsError
from catchment.explain import explain_cell
from catchment.geo import wgs84_to_gcj02
from catchment.pipeline import NAMES, run_steps
from catchment.runs import read_run, write_run
from catchment.settings import read_settings
from catchment.study import check_study, read_study


def silent(step, done, total):
    pass


def run(folder, **options):
    return run_steps(folder, read_settings(folder), options.pop("tables", {}), silent, **options)


def test_the_toy_town_to_the_end(toy_study):
    """288 people × 2 % in each of six primary years = 6 × round(5.76) = 36 children; 32 seats; the island has no road."""
    tables = run(toy_study)
    demand = tables["demand"].query("year == 2026")
    assert demand["children"].sum() == 36
    placed, left = tables["assignment"]["children"].sum(), tables["unplaced"]["children"].sum()
    assert placed + left == 36
    assert tables["assignment"].groupby("school_id")["children"].sum().le([12, 20]).all()
    island = tables["set_aside"].query("source == 'cells joined to the roads'")
    assert island[["row", "amount"]].to_numpy().tolist() == [["r5c5", 8.0]]
    assert island["detail"].iloc[0].endswith("> 100 m")
    accounts = tables["reconciliation"]
    assert (accounts["rows_in"] == accounts["rows_used"] + accounts["rows_set_aside"]).all()
    assert np.allclose(accounts["amount_in"], accounts["amount_used"] + accounts["amount_set_aside"])


def test_distances_in_the_costs_table_by_hand(toy_study):
    """Row 0, column 0: 100 m down and 200 m along to S1; 100 + 400 + 200 to S2."""
    costs = run(toy_study, last="costs")["costs"].query("cell_id == 'r0c0'").set_index("school_id")
    assert costs["distance_mm"].round(-2).to_dict() == {"2144000001": 300_000, "2144000002": 700_000}
    assert costs["access_mm"].round(-2).tolist() == [100_000, 100_000]


def test_zones_hold_every_unit_once_and_their_school(toy_study):
    tables = run(toy_study)
    zones = tables["zones"]
    assert sorted(zones["unit_id"]) == sorted(tables["units"]["unit_id"])
    assert zones["children"].sum() == 36
    by_unit = zones.set_index("unit_id")["school_id"]
    assert by_unit["r1c1"] == "2144000001"
    assert by_unit["r3c3"] == "2144000002"


def test_all_files_problems_are_told_at_once(toy_study):
    raw = toy_study / "data" / "raw"
    (raw / "population.tif").unlink()
    (raw / "roads.gpkg").write_text("no database")
    table = schools()
    table.loc[0, "学段"] = "大学"
    table.to_csv(raw / "schools.csv", index=False)
    with pytest.raises(InputError) as caught:
        run(toy_study, last="check")
    told = str(caught.value)
    assert all(part in told for part in ("population.tif", "roads.gpkg", "schools.csv", "大学"))


def many_schools(shift=lambda lon, lat: (lon, lat)):
    """Six schools along the two streets, their coordinates shifted as told."""
    rows = []
    for i, place in enumerate([(1, 0.3), (1, 2.2), (1, 4.6), (3, 0.7), (3, 2.1), (3, 4.9)]):
        lon, lat = (float(np.asarray(v).item()) for v in shift(*(np.array([d]) for d in degrees(*place))))
        rows.append(
            schools().iloc[0].to_dict() | {"学校标识码": f"214400001{i}", "校区编号": str(i), "经度": lon, "纬度": lat}
        )
    return pd.DataFrame(rows)


def test_f06_gcj02_in_disguise_is_suspected_aloud(toy_study):
    many_schools(wgs84_to_gcj02).to_csv(toy_study / "data/raw/schools.csv", index=False)
    settings = read_settings(toy_study)
    problems = (
        check_study(read_study(toy_study, settings), settings) if (toy_study / "data/raw/schools.csv").exists() else []
    )
    assert "GCJ-02" in problems[0].text("en")


def test_f06_told_datum_is_undone_and_not_suspected(toy_study):
    many_schools(wgs84_to_gcj02).to_csv(toy_study / "data/raw/schools.csv", index=False)
    text = (toy_study / "study.toml").read_text("utf-8")
    (toy_study / "study.toml").write_text(
        text.replace('path = "data/raw/schools.csv"', 'path = "data/raw/schools.csv"\ndatum = "gcj02"'), "utf-8"
    )
    settings = read_settings(toy_study)
    tables = read_study(toy_study, settings)
    assert check_study(tables, settings) == []
    many_schools().to_csv(toy_study / "data/raw/schools.csv", index=False)
    (toy_study / "study.toml").write_text(text, "utf-8")
    straight = read_study(toy_study, read_settings(toy_study))
    assert np.allclose(tables["schools"][["x_m", "y_m"]], straight["schools"][["x_m", "y_m"]], atol=0.05)


def test_bad_values_of_the_settings_are_told_in_either_language(tmp_path):
    study = 'name = "甲"\nname_en = "A"\nbase_year = 2025\nhorizon_years = 99\nlanguage = "fr"\nseed = "a"'
    (tmp_path / "study.toml").write_text(f"[study]\n{study}\n[sources]\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    english, chinese = caught.value.text("en"), caught.value.text("zh")
    for key, words, chinese_words in (
        ("study.horizon_years", "must be 20 or less", "不得大于 20"), ("study.language", "must be one of 'zh' or 'en'", "之一"),
        ("study.seed", "must be a whole number", "必须是整数"),
    ):  # fmt: skip
        assert f"{key}: {words}" in english
        assert key in chinese
        assert chinese_words in chinese
        assert words not in chinese


def test_unknown_keys_of_the_settings_are_refused(toy_study):
    text = (toy_study / "study.toml").read_text("utf-8") + "\n[zones]\nyeer = 2030\n[netwrok]\n"
    (toy_study / "study.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_settings(toy_study)
    assert [p.values[0][1] for p in caught.value.problems] == ["zones.yeer", "netwrok"]


def keep(folder, name="main", tables=None):
    settings = read_settings(folder)
    return write_run(folder, name, settings, tables or run(folder), None)


def test_two_runs_are_the_same_bytes(toy_study):
    first, second = keep(toy_study, "one"), keep(toy_study, "two")
    files = sorted(p.name for p in first.iterdir())
    assert files == sorted(p.name for p in second.iterdir())
    for name in set(files) - {"run.toml"}:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    assert list(compare_runs(read_run(toy_study, "one"), read_run(toy_study, "two"), "en")) == [
        "The two runs are the same."
    ]


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_f59_hash_seeds_change_nothing(toy_study, seed):
    code = "from catchment.cli import main; main()"
    environment = os.environ | {"PYTHONHASHSEED": seed}
    subprocess.run(
        [sys.executable, "-c", code, "run", str(toy_study), "--no-draw", "--quiet", "--run", f"s{seed}"],
        check=True,
        env=environment,
    )
    here = keep(toy_study, "here")
    for file in here.glob("*.parquet"):
        assert file.read_bytes() == (toy_study / "data/processed" / f"s{seed}" / file.name).read_bytes(), file.name


def test_a_run_knows_its_inputs_and_notices_spoilt_files(toy_study):
    place = keep(toy_study)
    found = read_run(toy_study, "main")
    assert set(found.manifest["inputs"]) == {"data/raw/population.tif", "data/raw/roads.gpkg", "data/raw/schools.csv"}
    assert found.manifest["rows"]["cells"] == (PEOPLE > 0).sum()
    (place / "zones.parquet").write_bytes(b"spoilt")
    with pytest.raises(InputError, match=r"zones\.parquet"):
        read_run(toy_study, "main")


def test_steps_can_start_in_the_middle(toy_study):
    whole = run(toy_study)
    before = run(toy_study, last="costs")
    again = run(toy_study, tables=before, first=NAMES[NAMES.index("costs") + 1])
    pd.testing.assert_frame_equal(whole["zones"], again["zones"])


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b", "nul\0"])
def test_run_names_cannot_leave_the_study(toy_study, name):
    with pytest.raises(InputError, match="no name for a run"):
        read_run(toy_study, name)


def test_a_killed_run_leaves_the_old_one_whole(toy_study):
    """Killed at twelve moments while it writes: what is there is always one whole run."""
    keep(toy_study)
    tables = run(toy_study)
    spoilt = "import sys; sys.path.insert(0, 'tests'); from test_pipeline import keep; from pathlib import Path\nwhile True: keep(Path(sys.argv[1]))"
    assert tables
    for moment in range(12):
        child = subprocess.Popen([sys.executable, "-c", spoilt, str(toy_study)], cwd=Path(__file__).parents[1])
        time.sleep(2.5 + 0.13 * moment)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert read_run(toy_study, "main").manifest["rows"]["cells"] == (PEOPLE > 0).sum()


def test_compare_tells_settings_and_rows(toy_study):
    keep(toy_study, "before")
    text = (toy_study / "study.toml").read_text("utf-8")
    (toy_study / "study.toml").write_text(text.replace("age_share = 0.02", "age_share = 0.03"), "utf-8")
    keep(toy_study, "after")
    told = "\n".join(compare_runs(read_run(toy_study, "before"), read_run(toy_study, "after"), "en"))
    assert "settings.demand.age_share: 0.02 → 0.03" in told
    assert "demand: " in told


def test_explain_names_the_nearest_schools_and_the_zone(toy_study):
    tables = run(toy_study)
    told = "\n".join(explain_cell(tables, "r0c0", "en"))
    assert "1. 䓣塘小学: 300 m by road (100 m to the road, 0 m from it), 12 seats" in told
    assert "2. 榃滨小学: 700 m" in told
    assert "joins no road" in "\n".join(explain_cell(tables, "r5c5", "en"))
    with pytest.raises(InputError, match="no cell r9c9"):
        list(explain_cell(tables, "r9c9", "en"))
