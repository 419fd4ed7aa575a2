"""Births by area and calendar year, and how many of a year's come after the September cut."""

import pandas as pd

from catchment.errors import InputError, Problem, problem

CUT_MONTH = 9
MONTHS = range(1, 13)


def by_year(births: pd.DataFrame, cut_month: int = CUT_MONTH) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Births, and the share of them born in or after the cut month: area_id × consecutive calendar years, both.

    Where an area's births of a year are told by month, the share is counted; else births are taken to be even over
    the year: (13 − cut month) / 12, with September 4/12. births: table `births`, of one basis.

    Raises InputError if there are faults (see `holes`).
    """
    if problems := holes(births, where="births"):
        raise InputError(problems)
    months, wide = births["month"].notna(), _wide(births)
    share = pd.DataFrame((13 - cut_month) / 12, index=wide.index, columns=wide.columns)
    told = births[months]
    if len(told):
        late = told[told["month"].astype("int64") >= cut_month].groupby(["area_id", "year"])["births"].sum()
        whole = told.groupby(["area_id", "year"])["births"].sum()
        counted = (late.reindex(whole.index, fill_value=0) / whole).where(whole > 0).unstack("year")
        share.update(counted)
    return wide, share


def holes(births: pd.DataFrame, *, where: str) -> list[Problem]:
    """What is missing: an area's births of a year between the first and the last of all, or months of a year."""
    seen = births.assign(told=births["month"].notna()).groupby(["area_id", "year"])["told"].agg(["sum", "size"])
    wrong = seen[(seen["sum"] > 0) & ((seen["sum"] != len(MONTHS)) | (seen["size"] != len(MONTHS)))]
    found = []
    if len(wrong):
        what = "births of a year are told for some months only, or for months and the whole year"
        remedy = "give all twelve months of the year, or its total"
        found.append(problem(what, remedy, where=where, rows=[f"{area} {year}" for area, year in wrong.index]))
    missing = [f"{area} {year}" for area, year in _wide(births).stack(future_stack=True).loc[lambda s: s.isna()].index]
    if missing:
        what, remedy = "births of an area or a year are missing", "give every area a number for every year"
        found.append(problem(what, remedy, where=where, rows=missing))
    return found


def _wide(births: pd.DataFrame) -> pd.DataFrame:
    wide = births.pivot_table(index="area_id", columns="year", values="births", aggfunc="sum").astype(float)
    return wide.reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1))
