"""Candidate projects: what could be built, moved or extended, at what cost."""

import graphlib
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from pyproj import CRS

from catchment.errors import InputError, Problems, problem
from catchment.read import Reading
from catchment.read.headings import PROJECTS as HEADINGS
from catchment.read.places import EPSG, Extent, check_places, place
from catchment.read.sheets import Sheet, duplicates, read_sheet, typed
from catchment.tables import CANDIDATES

YUAN_PER_10K = 10_000
PER_SEAT_YUAN = (500, 2_000_000)
"""What a seat built can cost: beyond, money was told in the wrong unit."""
AT_THE_SCHOOL = ("expanded", "temporary", "converted", "closed")
"""Kinds that stand where their school stands, if they have no place of their own."""


def read_projects(path: Path, *, datum: str, crs: CRS, extent_deg: Extent | None = None) -> Reading:
    """Candidates in metres of the study's system, costs in whole yuan; `extent_deg` bounds the study.

    Extensions without coordinates keep x_m and y_m absent: they stand where their school stands, so the
    table conforms to CANDIDATES only once those are filled in. Raises InputError telling every fault.
    """
    if datum not in EPSG:
        what, remedy = "a list gives degrees, but its datum is {datum}", "set the datum to one of: {datums}"
        raise InputError(problem(what, remedy, where=path, datum=datum, datums=", ".join(EPSG)))
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    _check_cost(sheet, rows, problems)
    _check_schools(sheet, rows, problems)
    _check_order(sheet, rows, problems)
    check_places(rows, datum, extent_deg, sheet.at("lon", "lat"), problems)
    problems.raise_any()
    table = _finished(rows, datum, crs)
    return sheet.reading(table, "seats", float(table["seats"].sum()))


def _finished(rows: pd.DataFrame, datum: str, crs: CRS) -> pd.DataFrame:
    known = rows["lon"].notna()
    lon, lat = (rows.loc[known, name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    x, y = place(lon, lat, datum, crs)
    index = rows.index[known]
    told = rows.assign(
        x_m=pd.Series(x, index=index, dtype="float64"),
        y_m=pd.Series(y, index=index, dtype="float64"),
        cost_yuan=rows.apply(_cost, axis=1),
        named_in_policy=rows["named_in_policy"].where(rows["named_in_policy"].notna(), other=False),
        must_build=rows["must_build"].where(rows["must_build"].notna(), other=False),
        building_years=rows["building_years"].where(rows["building_years"].notna(), 0),
        yearly_yuan=rows["yearly_yuan"].map(lambda yuan: 0 if yuan is None else _whole(yuan)),
        remarks=rows["remarks"].where(rows["remarks"].notna(), ""),
    )
    table = told[CANDIDATES.names].astype(CANDIDATES.dtypes)
    return table.sort_values(list(CANDIDATES.key), kind="stable").reset_index(drop=True)


def _whole(yuan: Decimal) -> int:
    return int(yuan.to_integral_value(ROUND_HALF_UP))


def _cost(row: "pd.Series[Any]") -> int | None:
    """Cost in yuan from whichever column gives it."""
    if row["cost_yuan"] is not None:
        return _whole(row["cost_yuan"])
    return None if row["cost_10k"] is None else _whole(row["cost_10k"] * YUAN_PER_10K)


def _check_cost(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    where = sheet.at("cost_10k", "cost_yuan")
    neither = rows.index[rows["cost_10k"].isna() & rows["cost_yuan"].isna()]
    if len(neither):
        problems.add("the cost is missing", "give it in yuan or in 10,000 yuan", where=where, rows=neither)
    both = rows[rows["cost_10k"].notna() & rows["cost_yuan"].notna()]
    differ = [_whole(a * YUAN_PER_10K) != _whole(b) for a, b in zip(both["cost_10k"], both["cost_yuan"], strict=True)]
    if any(differ):
        what, remedy = "the two costs of a project differ", "correct one, or leave one of the columns out"
        problems.add(what, remedy, where=where, rows=both.index[differ])
    built = rows[rows["kind"].isin(["new", "relocated", "expanded"]) & rows["seats"].map(bool)]
    costs = [
        (row, cost / built.loc[row, "seats"]) for row in built.index if (cost := _cost(built.loc[row])) is not None
    ]
    wrong = [(row, each) for row, each in costs if each and not PER_SEAT_YUAN[0] <= each <= PER_SEAT_YUAN[1]]
    if wrong:
        what = "a seat costs {least} to {most} yuan: the cost stands in the wrong unit"
        remedy = "check the column: one is in yuan, the other in 10,000 yuan (万元)"
        each = sorted(cost for _, cost in wrong)
        problems.add(
            what, remedy, where=where, rows=[row for row, _ in wrong], least=f"{each[0]:,.0f}", most=f"{each[-1]:,.0f}"
        )


def _check_schools(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    """Projects name a school when they change one, and a place, or a parcel, unless it is the school's.

    The second phase of a school that is not built yet has no code to name: it names the first phase.
    """
    changed, named = rows["kind"].notna() & rows["kind"].ne("new"), rows["school_id"].notna()
    told = rows[["lon", "lat"]].notna()
    by_parcel = rows["parcel_id"].notna() & ~told.any(axis=1)
    placed = told | by_parcel.to_numpy()[:, None]
    extension = rows["kind"].isin(AT_THE_SCHOOL) & ~placed.any(axis=1)
    leased, without_years = rows["kind"].eq("temporary"), rows["lasts_years"].isna()
    second_phase = rows["kind"].eq("expanded") & placed.all(axis=1) & rows["after"].notna()
    for wrong, columns, what, remedy in (
        (changed & ~named & ~second_phase, ("school_id",), "the school that changes is missing",
         "give its code; only the second phase of a project goes without, with its place and the first phase"),
        (rows["kind"].eq("new") & named, ("school_id",), "a new school has the code of an existing one",
         "leave the code empty, or correct the kind of project"),
        (~placed.all(axis=1) & ~extension & rows["kind"].notna(), ("lon", "lat"), "the place is missing or incomplete",
         "give longitude and latitude, or the parcel; only what stays at its school may leave them out"),
        (leased & without_years, ("lasts_years",), "leased rooms do not say for how many years", "give the years of use"),
        (duplicates(rows, ["candidate_id"]), ("candidate_id",), "a project stands twice", "give each its own id"),
    ):  # fmt: skip
        if wrong.any():
            problems.add(what, remedy, where=sheet.at(*columns), rows=rows.index[wrong])


def _check_order(sheet: Sheet, rows: pd.DataFrame, problems: Problems) -> None:
    """Tell projects that wait for an unknown one, or for themselves."""
    waiting = rows.dropna(subset=["after"])
    known = set(rows["candidate_id"].dropna())
    unknown = waiting.index[~waiting["after"].isin(known)]
    if len(unknown):
        what, remedy = "the project to be built first is not in the table: {ids}", "correct its id, or add its row"
        ids = ", ".join(sorted(set(waiting.loc[unknown, "after"])))
        problems.add(what, remedy, where=sheet.at("after"), rows=unknown, ids=ids)
    graph = {a: {b} for a, b in zip(waiting["candidate_id"], waiting["after"], strict=True) if a}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        what, remedy = "projects wait for each other in a circle: {ids}", "take out one of the dependencies"
        problems.add(what, remedy, where=sheet.at("after"), ids=" ← ".join(map(str, error.args[1])))
