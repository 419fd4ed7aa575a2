"""Pupils of past autumns: by school, grade and year, with one row for each grade or one column for each."""

from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import ENROLMENT as HEADINGS
from catchment.read.headings import ENROLMENT_BY_GRADE as BY_GRADE
from catchment.read.sheets import Sheet, best_form, choose, duplicates, read_raw, typed
from catchment.tables import ENROLMENT, GRADES

NOT_TOLD = "the pupils are not told"


def read_enrolment(path: Path) -> Reading:
    """Pupils of every autumn by school, stage, grade and residence status.

    Where no stage is told it follows from the grades: primary 1 to 6, junior 7 to 9; `all` for every row as soon as
    there are others. A row without pupils is set aside, never 0; in the form with a column for each grade an empty
    cell is a grade that the school has not. Years may be missing. Raises InputError telling every fault.
    """
    problems = Problems()
    raws = read_raw(path)
    headings = best_form(raws, (HEADINGS, BY_GRADE))
    sheet = choose(raws, headings, problems)
    rows = typed(sheet, headings, problems)
    rows = _staged(_one_grade_each(rows) if headings is BY_GRADE else rows)
    rows = rows.assign(status=rows["status"].where(rows["status"].notna(), "all"))
    _check(sheet, rows, problems)
    problems.raise_any()
    told = rows[rows["pupils"].notna()]
    table = conform(ENROLMENT, told.reset_index(drop=True))
    kept = sheet.without(sheet.cells.index.difference(told.index), NOT_TOLD)
    return kept.reading(table, "pupils", float(table["pupils"].sum()))


def _one_grade_each(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each grade out of a column for each; all have the number of the row that they stood in."""
    grades = [name for name in rows if str(name).startswith("grade_")]
    long = [
        rows.drop(columns=grades).assign(grade=int(name.removeprefix("grade_")), pupils=rows[name])[rows[name].notna()]
        for name in grades
    ]
    return pd.concat(long).sort_index(kind="stable")


def _staged(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the stage that their grades tell, unless the file tells any."""
    if rows["stage"].notna().any():
        return rows
    stages = {grade: stage for stage, grades in GRADES.items() for grade in grades}
    grades = rows["grade"].dropna()
    return rows.assign(stage=rows["grade"].map(stages) if grades.isin(list(stages)).all() else "all")


def _check(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    if rows["pupils"].isna().all() and not problems.found:
        problems.add("the table has no rows", "fill in the rows below the headings", where=sheet.where)
    unstaged = rows.index[rows["stage"].isna() & rows["grade"].notna()].unique()
    empty = [row for row in unstaged if sheet.cells.loc[row, "stage"] is None]
    if empty:
        what, remedy = "the stage is told in some rows only", "fill it in everywhere, or leave the column out"
        problems.add(what, remedy, where=sheet.at("stage"), rows=empty)
    staged = rows[rows["stage"].isin(list(GRADES))].dropna(subset=["grade"])
    wrong = staged.index[[g not in GRADES[s] for s, g in zip(staged["stage"], staged["grade"], strict=True)]]
    if len(wrong):
        what, remedy = "grades do not belong to the stage", "primary has grades 1 to 6, junior 7 to 9"
        problems.add(what, remedy, where=sheet.at("stage", "grade"), rows=wrong.unique())
    twice = duplicates(rows, ["school_id", "grade", "year", "status"])
    if twice.any():
        what, remedy = "a grade stands twice", "keep one row per school, grade, year and status"
        problems.add(what, remedy, where=sheet.at("school_id", "grade", "year"), rows=rows.index[twice].unique())
    _check_status(sheet, rows, problems)


def _check_status(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    """Tell totals that stand beside their parts: they would count twice."""
    known = rows.dropna(subset=["school_id", "year"])
    total = known["status"] == "all"
    of_school = [known["school_id"], known["year"]]
    mixed = total.groupby(of_school).transform("any") & (~total).groupby(of_school).transform("any")
    if mixed.any():
        what = "a school's pupils are told in all and by residence in the same year"
        remedy = "keep the rows by residence, or the total"
        problems.add(what, remedy, where=sheet.at("status"), rows=known.index[mixed].unique())
