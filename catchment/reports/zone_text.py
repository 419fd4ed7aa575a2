"""zone_texts.xlsx: every zone in words, the annex of numbered points, and what does not fit."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from catchment.reports import Progress, report
from catchment.reports.page import AREA, STAGE, Page, in_words, named, school_names
from catchment.reports.workbook import write_pages
from catchment.settings import Settings

TEXTS = (
    ("school_id", "School code", "text"), ("school", "School", "text"), *STAGE, ("text", "Zone in words", "text"),
    ("named_share", "Border named", "share"), ("annex_points", "Points", "int"), ("children", "Children", "int"),
    ("children_agreed", "Children proved", "int"),
)  # fmt: skip
POINTS = (*AREA, *STAGE, ("number", "Point", "int"), ("x_m", "East (m)", "int"), ("y_m", "North (m)", "int"))
PROOF = (
    *STAGE, ("kind", "Kind", "text"), ("school_id", "School code", "text"), ("school", "School", "text"), ("message", "What does not fit", "text"),
    ("children", "Children", "int"),
)  # fmt: skip
ABOUT = {
    "Zone texts": "each school's zone in words; edit them here and check them with `catchment text --check`",
    "Annex of points": "the numbered points of the texts, counted in each area; points in a row are joined by straight lines",
    "What does not fit": "cells and addresses in no text, in several, or in another school's; pieces cut off from their zone",
}


def zone_text_pages(tables: Mapping[str, pd.DataFrame], language: str) -> list[Page]:
    """The three sheets of the workbook. tables: areas, schools and those of `write_texts`."""
    names = school_names(tables)
    texts, proof = (
        tables[name].assign(school=tables[name]["school_id"].map(names)) for name in ("zone_texts", "zone_text_proof")
    )
    rows = (texts, named(tables["zone_text_points"], tables), proof)
    pages = zip(ABOUT.items(), (TEXTS, POINTS, PROOF), rows, strict=True)
    return in_words([Page(name, about, columns, each) for (name, about), columns, each in pages], language)


@report
def zone_texts(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """zone_texts.xlsx."""
    if tables["zone_texts"].empty:
        return []
    return [write_pages(zone_text_pages(tables, settings.study.language), settings, folder / "zone_texts.xlsx", run)]
