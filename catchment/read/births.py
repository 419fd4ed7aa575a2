"""Births by area and calendar year."""

from pathlib import Path

import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.read import Reading
from catchment.read.headings import BIRTHS as HEADINGS
from catchment.read.headings import or_county
from catchment.read.sheets import Sheet, duplicates, read_sheet, typed
from catchment.tables import BIRTHS


def read_births(path: Path, *, basis: str) -> Reading:
    """Births of calendar years, or of their months, by area (`*` = the whole county), of one counting basis.

    `basis` (resident, registered) is the one that the study declares; a column that says another is refused.
    Raises InputError telling every fault.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    rows = rows.assign(area_id=rows["area_id"].map(or_county, na_action="ignore"))
    _check_basis(sheet, rows, basis, problems)
    rows = rows.assign(basis=basis)
    twice = duplicates(rows.assign(month=rows["month"].fillna(0)), list(BIRTHS.key))
    if twice.any():
        what, remedy = "an area and year stand twice", "keep one row per area and year, or per month"
        problems.add(what, remedy, where=sheet.at("area_id", "year"), rows=rows.index[twice])
    problems.raise_any()
    table = conform(BIRTHS, rows.reset_index(drop=True))
    return sheet.reading(table, "births", float(table["births"].sum()))


def _check_basis(sheet: Sheet, rows: pd.DataFrame, basis: str, problems: Problems) -> None:
    said = rows["basis"].dropna()
    bases = sorted(set(said))
    if len(bases) > 1:
        what, remedy = "births of two bases are mixed: {bases}", "give each basis in a file of its own"
        problems.add(what, remedy, where=sheet.at("basis"), bases=", ".join(bases))
        return
    other = said.index[said != basis]
    if len(other):
        what, remedy = "the births are {said}, but study.toml says {basis}", "correct the basis in study.toml or here"
        problems.add(what, remedy, where=sheet.at("basis"), rows=other, said=bases[0], basis=basis)
