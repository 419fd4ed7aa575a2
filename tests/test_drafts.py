"""When a plan is stamped a draft: each threshold by hand, and the stamp on what is drawn of it."""

from pathlib import Path

import openpyxl
import pandas as pd
import pypdfium2
import pytest
from test_reports import frame, silent, toy_settings, toy_tables

from catchment.drafts import draft_reasons, far_share, forecast_error, set_aside_shares
from catchment.reports.maps import maps
from catchment.reports.workbook import workbook
from catchment.settings import DraftSettings, Settings


def with_limits(**limits: float) -> Settings:
    return toy_settings().model_copy(update={"draft": DraftSettings(**limits)})


def test_the_toy_town_is_no_draft():
    assert draft_reasons(toy_settings(), toy_tables()) == ()


def test_a_gap_beyond_the_limit_makes_a_draft_of_both_stages():
    """The zones of the town have a gap of 0.8 %."""
    assert draft_reasons(with_limits(gap_share=0.008), toy_tables()) == ()
    reasons = draft_reasons(with_limits(gap_share=0.0079), toy_tables())
    assert [(r.measure, r.what, r.value) for r in reasons] == [("gap", "primary", 0.008), ("gap", "junior", 0.008)]
    assert "0.8 %" in reasons[0].text("en") and "0.79 %" in reasons[0].text("zh")


def test_people_far_from_their_road():
    """Three cells of 60, 30 and 10 people, 100, 600 and 400 m from the road; the second has a nearer join for cars."""
    tables = {
        "cells": frame("cells", [(f"k{i}", 0.0, 0.0, "01", people, "u") for i, people in enumerate((60.0, 30.0, 10.0))]),
        "joins": frame("joins", [
            (uses, "cell", cell, 1, 0, 0, metres * 1000, False)
            for uses, cell, metres in (("walk", "k0", 100), ("walk", "k1", 600), ("drive", "k1", 550), ("walk", "k2", 400))
        ]),
    }  # fmt: skip
    assert far_share(tables, 500) == 0.3
    assert far_share(tables, 550) == 0.0
    assert far_share(tables, 399) == 0.4


def test_what_is_set_aside_counts_unless_it_is_no_data():
    """Of 100 pupils 40 stand in a row of totals and 6 have no school: 6 of 60. Metres of road do not count."""
    book = [("a.xlsx", "pupils", 10, 8, 2, 100.0, 54.0, 46.0), ("roads", "m", 10, 5, 5, 100.0, 50.0, 50.0)]
    aside = [("a.xlsx", "3", "a row of totals", "", 40.0), ("a.xlsx", "9", "no such school", "", 6.0)]
    tables = {"reconciliation": frame("reconciliation", book), "set_aside": frame("set_aside", aside)}
    assert set_aside_shares(tables).to_dict() == {"a.xlsx": pytest.approx(0.1)}


def test_without_a_past_no_error_of_the_forecast_is_known():
    assert forecast_error(toy_settings(), toy_tables()) == 0.0


def test_a_past_that_no_forecast_could_know_has_an_error():
    """A school that halves and doubles year by year."""
    rows = [
        ("0012", "primary", grade, year, "all", 100 if year % 2 else 50)
        for year in range(2016, 2026)
        for grade in range(1, 7)
    ]
    tables = toy_tables() | {"enrolment": frame("enrolment", rows)}
    error = forecast_error(toy_settings(), tables)
    assert 0.2 < error < 1.5
    assert [r.measure for r in draft_reasons(toy_settings(), tables)] == ["forecast"]


def test_tables_for_the_public_bring_their_reasons_with_them():
    told = pd.DataFrame([("far", "", 0.5, 0.1)], columns=["measure", "what", "value", "limit"])
    assert [r.measure for r in draft_reasons(toy_settings(), {"drafts": told})] == ["far"]


def test_a_draft_is_stamped_on_maps_and_in_the_workbook(tmp_path):
    settings, tables = with_limits(gap_share=0.001), toy_tables()
    maps(settings, tables, tmp_path, run="r", progress=silent)
    text = pypdfium2.PdfDocument(tmp_path / "overview_primary.pdf")[0].get_textpage().get_text_range()
    assert "草案，不得用于招生 Draft: not for admission" in text
    assert "送审稿 Draft for review · 演示数据 Demonstration data" in text
    assert "0.8 %" in text
    workbook(settings, tables, tmp_path, run="r", progress=silent)
    cells = {
        cell.value
        for row in openpyxl.load_workbook(tmp_path / "workbook.xlsx").worksheets[0].iter_rows()
        for cell in row
    }
    assert any(str(value).startswith("草案，不得用于招生") and "0.8 %" in str(value) for value in cells)
    plain = maps(toy_settings(), tables, tmp_path, run="r", progress=silent)
    assert "草案" not in pypdfium2.PdfDocument(Path(plain[1]))[0].get_textpage().get_text_range()
