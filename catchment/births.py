"""Births by area and calendar year, and how many of a year's come after the September cut."""

import pandas as pd

from catchment.errors import InputError, problem

CUT_MONTH = 9
MONTHS = range(1, 13)


def by_year(births: pd.DataFrame, cut_month: int = CUT_MONTH) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Births, and the share of them born in or after the cut month: area_id × consecutive calendar years, both.

    Where an area's births of a year are told by month, the share is counted; else births are taken to be even over
    the year: (13 − cut month) / 12, with September 4/12. births: table `births`, of one basis.

    Raises InputError if an area has no births of a year between the first and the last, if it is told both by month
    and for the whole year, or not for every month.
    """
    months = births["month"].notna()
    _check_months(births, months)
    wide = births.pivot_table(index="area_id", columns="year", values="births", aggfunc="sum").astype(float)
    wide = wide.reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1))
    holes = [f"{area} {year}" for area, year in wide.stack(future_stack=True).loc[lambda s: s.isna()].index]
    if holes:
        what, remedy = "births of an area or a year are missing", "give every area a number for every year"
        raise InputError(problem(what, remedy, where="births", rows=holes))
    share = pd.DataFrame((13 - cut_month) / 12, index=wide.index, columns=wide.columns)
    told = births[months]
    if len(told):
        late = told[told["month"].astype("int64") >= cut_month].groupby(["area_id", "year"])["births"].sum()
        whole = told.groupby(["area_id", "year"])["births"].sum()
        counted = (late.reindex(whole.index, fill_value=0) / whole).where(whole > 0).unstack("year")
        share.update(counted)
    return wide, share


def _check_months(births: pd.DataFrame, months: "pd.Series[bool]") -> None:
    seen = births.assign(told=months).groupby(["area_id", "year"])["told"].agg(["sum", "size"])
    wrong = seen[(seen["sum"] > 0) & ((seen["sum"] != len(MONTHS)) | (seen["size"] != len(MONTHS)))]
    if len(wrong):
        what = "births of a year are told for some months only, or for months and the whole year"
        remedy = "give all twelve months of the year, or its total"
        raise InputError(problem(what, remedy, where="births", rows=[f"{area} {year}" for area, year in wrong.index]))
