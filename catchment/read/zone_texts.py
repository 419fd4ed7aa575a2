"""Zone texts that were edited by hand, with the annex of their points."""

from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read.sheets import duplicates, read_sheet, typed
from catchment.read.zone_headings import ZONE_TEXT_POINTS as POINT_HEADINGS
from catchment.read.zone_headings import ZONE_TEXTS as HEADINGS
from catchment.tables import ZONE_TEXT_POINTS


def read_zone_texts(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The texts (stage, school_id, text) and table zone_text_points of a workbook as `catchment text` writes it.

    Raises InputError telling every fault: missing columns, a school that stands twice, a point without coordinates.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    twice = duplicates(rows, ["school_id", "stage"])
    if twice.any():
        what, remedy = "a school stands twice", "put its whole zone into one text"
        problems.add(what, remedy, where=sheet.at("school_id"), rows=rows.index[twice])
    annex = read_sheet(path, POINT_HEADINGS, problems)
    points = typed(annex, POINT_HEADINGS, problems)
    problems.raise_any()
    texts = rows[["stage", "school_id", "text"]].fillna({"text": ""}).reset_index(drop=True)
    return texts, conform(ZONE_TEXT_POINTS, points.reset_index(drop=True))
