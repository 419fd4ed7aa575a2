"""Zone texts of the demonstration's city, proved, with planted errors; the workbook there and back; address points read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree
from typer.testing import CliRunner
from zone_towns import line, settings, town

from catchment.cli import app
from catchment.errors import InputError
from catchment.geo import study_crs
from catchment.pipeline import network
from catchment.read.addresses import read_addresses
from catchment.read.zone_texts import read_zone_texts
from catchment.reports.zone_text import zone_texts
from catchment.settings import read_settings
from catchment.study import read_study
from catchment.tables import TABLES
from catchment.zone_text import prove, write_texts

ROOT = Path(__file__).parents[1]
CITY = ("445381001", "445381002", "445381003", "445381004")


@pytest.fixture(scope="module")
def how():
    return read_settings(ROOT)


@pytest.fixture(scope="module")
def city(how):
    """The four subdistricts of the city, each unit in the zone of the primary school nearest to its middle."""
    tables = read_study(ROOT, how)
    tables |= network(ROOT, how, tables, lambda _step, _done, _total: None)
    for name in ("areas", "cells", "units"):
        tables[name] = tables[name][tables[name]["area_id"].isin(CITY)].reset_index(drop=True)
    schools = tables["schools"].query("stage == 'primary'").sort_values("school_id")
    units = tables["units"]
    nearest = cKDTree(schools[["x_m", "y_m"]]).query(units[["x_m", "y_m"]])[1]
    tables["zones"] = pd.DataFrame(
        {
            "unit_id": units["unit_id"], "stage": "primary", "school_id": schools["school_id"].to_numpy()[nearest],
            "children": np.ceil(units["people"] / 10).astype(int),
        }
    )  # fmt: skip
    return tables


@pytest.fixture(scope="module")
def made(city, how):
    return write_texts(city, how, "zh")


def test_every_child_and_every_house_of_the_city_is_proved(city, made):
    assert len(city["addresses"]) > 5000
    texts, proof = made["zone_texts"], made["zone_text_proof"]
    assert len(texts) > 40
    assert texts["children_agreed"].sum() == texts["children"].sum() == city["zones"]["children"].sum()
    assert set(proof["kind"]) <= {"enclave"}
    assert texts["text"].str.contains("单号").any()
    assert texts["text"].str.len().median() < 150


def edited(made, school, old, new):
    text = made["zone_texts"].set_index("school_id").loc[school, "text"]
    assert old in text
    return made["zone_texts"].assign(
        text=lambda t: t["text"].where(t["school_id"] != school, t["text"].str.replace(old, new))
    )


def test_an_odd_number_made_even_is_found_with_the_school_and_the_addresses(city, made, how):
    rows = made["zone_texts"]
    row = rows[rows["text"].str.contains(r"另含.*（单号）")].iloc[0]
    street = row["text"].split("（单号）")[0].split("另含")[1].split("、")[-1]
    found = prove(edited(made, row["school_id"], "（单号）", "（双号）"), {**city, **made}, how).findings
    doors = found[(found["subject"] == "address") & (found["school_id"] == row["school_id"])]
    assert len(doors)
    name = city["schools"].set_index("school_id").loc[[row["school_id"]], "name"].iloc[0]
    assert doors["message"].str.contains(name).all()
    assert doors["message"].map(lambda said: street.split("）")[0] in said).any()


def test_another_street_is_found(city, made, how):
    rows = made["zone_texts"]
    row = rows[rows["text"].str.contains("G234国道")].iloc[0]
    found = prove(edited(made, row["school_id"], "G234国道", "泷江"), {**city, **made}, how).findings
    assert row["school_id"] in set(found["school_id"])
    assert len(found) > len(made["zone_text_proof"])


def test_texts_are_the_same_in_english_and_every_time(city, made, how):
    again = write_texts(city, how, "zh")
    for name, table in made.items():
        pd.testing.assert_frame_equal(table, again[name])
    english = write_texts(city, how, "en")
    pd.testing.assert_frame_equal(english["zone_text_points"], made["zone_text_points"])
    assert english["zone_texts"]["children_agreed"].tolist() == made["zone_texts"]["children_agreed"].tolist()
    assert english["zone_texts"]["text"].str.startswith(("In ", "All of ")).all()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_can_be_edited_and_read_back(tmp_path, language):
    stairs = town("AAAAA AAABB AABBB ABBBB", [("中山路", line((2, -1), (2, 5)))])
    plain = settings()
    how = plain.model_copy(update={"study": plain.study.model_copy(update={"language": language})})
    made = write_texts(stairs, how, language)
    (file,) = zone_texts(how, {**stairs, **made}, tmp_path, run="main", progress=lambda *_: None)
    texts, points = read_zone_texts(file)
    assert list(tmp_path.iterdir()) == [file]
    pd.testing.assert_frame_equal(points, made["zone_text_points"])
    assert texts["text"].tolist() == made["zone_texts"]["text"].tolist()
    assert prove(texts, {**stairs, "zone_text_points": points}, how).findings.empty


def addresses(tmp_path, text, datum="wgs84"):
    (tmp_path / "addresses.csv").write_text(text, "utf-8")
    return read_addresses(tmp_path / "addresses.csv", datum=datum, crs=study_crs("EPSG:32650")).table


def test_addresses_are_read_and_nothing_personal_with_them(tmp_path):
    table = addresses(
        tmp_path,
        "街路,门牌号,自然村,经度,纬度,户主,电话\n"
        "雁城路,12号之二,,117.0,30.7,张某,138\n䓣塘路,7,幸福小区,117.0,30.7,,\n,,榃滨村,117.0,30.7,,\n",
    )
    assert list(table.columns) == TABLES["addresses"].names
    assert table["number"].fillna(-1).tolist() == [12, 7, -1]
    assert table["place"].tolist() == ["", "幸福小区", "榃滨村"]
    metres = addresses(tmp_path, "street,number,x,y\nA Road,1,500000.5,3400000\n", "projected")
    assert metres[["x_m", "y_m"]].to_numpy().tolist() == [[500000.5, 3400000.0]]


def test_faults_of_addresses_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as told:
        addresses(tmp_path, "street,number,hamlet,lon,lat\n,,,117,30.7\nA Road,,,117,30.7\nA Road,3,,,\n")
    assert [problem.rows for problem in told.value.problems] == [("2",), ("3",), ("4",)]


def test_the_command_needs_a_run(tmp_path):
    result = CliRunner().invoke(app, ["text", str(ROOT), "--run", "no_such_run"])
    assert isinstance(result.exception, InputError)
