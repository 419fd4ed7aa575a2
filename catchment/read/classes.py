"""Class lists: one row per class in a snapshot."""

from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import CLASSES as HEADINGS
from catchment.read.sheets import Sheet, duplicates, read_sheet, typed
from catchment.tables import CLASSES, GRADES

NEW_YEAR_MONTHS = (8, 9)
"""The school year starts on 1 September; returns of August may already count in the new grades."""


def read_classes(path: Path) -> Reading:
    """Classes with entry year, grade and pupils, from a workbook or text file.

    Raises InputError telling every cell that is unusable, every class that stands twice, and grades that
    do not agree with their stage or entry year.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(class_no=rows["class_no"].map(_class_no, na_action="ignore"))
    _check(sheet, rows, problems)
    problems.raise_any()
    table = conform(CLASSES, rows.reset_index(drop=True))
    return sheet.reading(table, "pupils", float(table["pupils"].sum()))


def _class_no(text: str) -> str:
    """1 for 1, 01, 1班 and (1)班; other names of classes as they are."""
    bare = text.removesuffix("班").strip("()")
    return str(int(bare)) if bare.isdecimal() else text


def _check(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    twice = duplicates(rows, list(CLASSES.key))
    if twice.any():
        what, remedy = "classes stand twice", "keep one row per school, stage, entry year, class and date"
        problems.add(what, remedy, where=sheet.at("school_id", "class_no"), rows=rows.index[twice])
    staged = rows.dropna(subset=["stage", "grade"])
    wrong = staged.index[[g not in GRADES[s] for s, g in zip(staged["stage"], staged["grade"], strict=True)]]
    if len(wrong):
        what, remedy = "grades do not belong to the stage", "primary has grades 1 to 6, junior 7 to 9"
        problems.add(what, remedy, where=sheet.at("stage", "grade"), rows=wrong)
    dated = staged.drop(wrong).dropna(subset=["entry_year", "snapshot"])
    early = dated.index[~_entered_in_time(dated)]
    if len(early):
        what = "entry year and grade do not agree at the date of the return"
        remedy = "correct one: grade 1 entered in the autumn of the school year, grade 2 the year before, and so on"
        problems.add(what, remedy, where=sheet.at("entry_year", "grade"), rows=early)


def _entered_in_time(rows: pd.DataFrame) -> pd.Series:
    """Whether grade and entry year agree: grade g of a stage at autumn Y entered it in Y − g + its first grade."""
    date = rows["snapshot"].astype("str")
    year, month = date.str[:4].astype("int64"), date.str[5:7].astype("int64")
    first = rows["stage"].map({stage: grades[0] for stage, grades in GRADES.items()}).astype("int64")
    autumn = rows["entry_year"].astype("int64") + rows["grade"].astype("int64") - first
    return pd.concat([autumn == year - (month < start) for start in NEW_YEAR_MONTHS], axis=1).any(axis=1)
