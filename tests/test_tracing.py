"""Ids of figures, and the way from a figure down to the files."""

import hashlib

import openpyxl
import pytest
from test_publication import done, study  # noqa: F401
from test_reports import toy_settings, toy_tables

from catchment.addresses import find, row_address, row_addresses
from catchment.errors import InputError
from catchment.reports.workbook import workbook
from catchment.settings import read_settings
from catchment.tables import TABLES
from catchment.tracing import trace
from catchment.tracing.origins import FINDINGS, ORIGINS, SOURCES


def test_a_zone_is_found_by_stage_and_school_in_either_order():
    for address in ("zones/primary/0012/children", "zones/0012/primary/children", "zone_schools/0012/primary/children"):
        found = find(address, toy_tables())
        assert (found.table, found.column, found.rows["children"].tolist()) == ("zone_schools", "children", [60])


def test_a_zone_may_also_be_named_by_its_unit():
    found = find("zones/u00/primary/children", toy_tables())
    assert (found.table, found.rows["children"].tolist()) == ("zones", [10])


def test_part_of_a_key_means_all_its_rows():
    assert len(find("balance/01/primary", toy_tables()).rows) == 4
    assert len(find("findings/class_size/0012/2025", toy_tables()).rows) == 2


def test_slashes_within_a_code_do_not_part_it():
    address = row_address("findings", ("set", "rule", "level", "0012/primary/2020/1", "primary", 2025))
    assert address == "findings/set/rule/level/0012%2Fprimary%2F2020%2F1/primary/2025"
    tables = toy_tables()
    schools = tables["schools"]
    odd = schools[schools["name"].str.contains("恶")]["school_id"].iloc[0]
    assert find(row_addresses("schools", schools[schools["school_id"] == odd])[0], tables).rows[
        "school_id"
    ].tolist() == [odd]


def test_every_row_of_every_table_is_found_by_its_own_id():
    tables = toy_tables()
    for name in ("balance", "findings", "schools", "zone_schools", "zone_totals", "forecast", "remedies"):
        for address, row in zip(row_addresses(name, tables[name]), tables[name].itertuples(), strict=True):
            found = find(address, tables)
            assert row.Index in found.rows.index, address


@pytest.mark.parametrize("address", ["nothing/1", "balance/99", "balance/01/primary/2026/medium/low/more", "balance"])
def test_an_id_that_means_nothing_is_told_with_one_that_does(address):
    with pytest.raises(InputError) as told:
        find(address, toy_tables())
    assert "balance" in str(told.value)


def test_a_figure_is_followed_to_the_file_that_it_rests_on(study, done):  # noqa: F811
    settings = read_settings(study)
    figure = done.tables["zone_schools"].iloc[0]
    lines = list(trace(settings, done, f"zones/primary/{figure['school_id']}/children", "en"))
    text = "\n".join(lines)
    assert f"zones/{figure['school_id']}/primary/children = {figure['children']}" in text
    assert text.count(f"children adds up to {figure['children']}, the figure") == 2  # units, then ages
    digest = hashlib.sha256((study / "data/raw/population.tif").read_bytes()).hexdigest()
    assert f"read from data/raw/population.tif, sha256 {digest}" in text
    assert "seats adds up to" not in text
    assert "adds up" in "\n".join(trace(settings, done, f"zones/primary/{figure['school_id']}/seats", "en"))


def test_sums_that_are_told_are_sums(study, done):  # noqa: F811
    """Children of an area by its units; zones of a stage; and no line says that they differ."""
    settings = read_settings(study)
    for address in ("balance/all/primary/2026/medium", "distances/all/primary/children", "zone_totals/primary"):
        text = "\n".join(trace(settings, done, address, "en"))
        assert "adds up to" in text, address
        assert "the figure is" not in text, address


def test_it_is_told_in_chinese_too(study, done):  # noqa: F811
    text = "\n".join(trace(read_settings(study), done, "zone_totals/primary/children", "zh"))
    assert "全部片区合计" in text and "读自 data/raw/schools.csv" in text


def test_origins_name_tables_and_columns_that_there_are():
    for name, origin in [*ORIGINS.items(), *(("findings", origin) for origin in FINDINGS.values())]:
        for feed in origin.feeds:
            here, there = set(TABLES[name].names), set(TABLES[feed.table].names)
            assert {column for column, _ in feed.on} <= here, name
            assert {column for _, column in feed.on} <= there | set(
                TABLES[feed.through].names if feed.through else ()
            ), name
            assert {column for column, _ in feed.where} <= there, name
            assert (not feed.adds or feed.adds in there) and (not feed.makes or feed.makes in here), name
    assert set(SOURCES) <= set(TABLES)
    followed = {feed.table for origin in (*ORIGINS.values(), *FINDINGS.values()) for feed in origin.feeds}
    assert followed <= {*ORIGINS, *SOURCES, "findings", "plan_areas"}


def test_the_workbook_shows_ids_that_lead_back(tmp_path):
    tables = toy_tables()
    workbook(toy_settings(), tables, tmp_path, run="r", progress=lambda *_: None)
    book = openpyxl.load_workbook(tmp_path / "workbook.xlsx")
    ids = [
        str(row[-1].value)
        for sheet in book
        if "catchment trace" in str(sheet.cell(1, sheet.max_column).value)
        for row in sheet.iter_rows(min_row=2)
        if row[-1].value
    ]
    assert {"zones/0012/primary", "balance/01/primary/2026/medium", "zone_totals/primary"} <= set(ids)
    for address in ids:
        assert len(find(address, tables).rows) >= 1
