"""A sheet of a workbook: its columns, and its rows put into words."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pandas as pd

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


def in_words(pages: list[Page], language: str) -> list[Page]:
    """The same pages, codes put into words."""
    return [Page(p.name, p.about, p.columns, worded(p.rows, p.columns, language)) for p in pages]


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
