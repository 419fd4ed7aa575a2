"""A sheet of a workbook: its columns, and its rows put into words."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pandas as pd

from catchment.addresses import row_addresses
from catchment.locale import translate
from catchment.reports.words import CODES

CODED = {
    "verdict_beside",
    "effect",
    "stage",
    "kind",
    "ownership",
    "setting",
    "subject",
    "boarding",
    "verdict",
    "note",
    "cure",
    "bound",
    "short_unit",
    "status",
    "test",
    "objective",
    "named_in_policy",
    "rule",
    "level",
    "unit",
    "reason",
    "source",
    "tier",
    "remedy",
    "method",
    "size",
    "scenario",
}

AREA = (("area_id", "Area code", "text"), ("area", "Area", "text"))
STAGE = (("stage", "Stage", "text"),)
SCENARIO = (("scenario", "Scenario", "text"),)
TRACE = (("trace_id", "Id for `catchment trace`", "text"),)
YEAR = (("year", "Year (autumn)", "year"),)

Columns = tuple[tuple[str, str, str], ...]
"""Column of the table, heading (a message id), format."""


@dataclass(frozen=True)
class Page:
    """A sheet of the workbook: its name, what it is for, its columns and rows."""

    name: str
    about: str
    columns: Columns
    rows: pd.DataFrame
    table: str = ""
    """Table of the run whose key the rows have: each then tells the id by which `catchment trace` finds it."""


def in_words(pages: list[Page], language: str) -> list[Page]:
    """The same pages, codes put into words."""
    return [in_words_of(page, language) for page in pages]


def in_words_of(page: Page, language: str) -> Page:
    rows = worded(page.rows, page.columns, language)
    if not page.table:
        return Page(page.name, page.about, page.columns, rows)
    rows[TRACE[0][0]] = row_addresses(page.table, page.rows)
    return Page(page.name, page.about, page.columns + TRACE, rows, page.table)


def worded(
    rows: pd.DataFrame,
    columns: Columns,
    language: str,
    *,
    coded: AbstractSet[str] = CODED,
    words: Mapping[str, str] = CODES,
) -> pd.DataFrame:
    """The columns in their order, codes of the columns `coded` put into words; absent stays absent."""
    chosen = rows[[name for name, _, _ in columns]].copy()
    for name in coded & set(chosen.columns):
        told = (str(value) if pd.notna(value) else "" for value in chosen[name])
        chosen[name] = [translate(words.get(code, code), language) for code in told]
    return chosen


def named(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    areas = tables["areas"].set_index("area_id")["name"]
    return rows.assign(area=rows["area_id"].map(areas))


def school_names(tables: Mapping[str, pd.DataFrame]) -> "pd.Series[str]":
    return tables["schools"].drop_duplicates("school_id").set_index("school_id")["name"]
