"""City of Edinburgh's primary roll projections of November 2018: the workbook read into plain tables.

The workbook stores formulas with their last values; the values are read, at full precision. 87 sheets, one per school,
share one layout (rows and columns counted as the spreadsheet counts them):

    E3               name of the school
    D49:Q49          Table 1: P1 pupils of the catchment from births, 2019–2032; D50:Q50 from new housing
    C60:D64, H60:H64 Table 2: P1 pupils of the catchment, those of them at this school, all P1 of the school, 2014–2018
    E65, I65         the rates made of Table 2: share kept (mean of three years), pupils from outside (median of five)
    F70:J83          Table 3: kept, intake limit, places left, are they filled, P1 of 2019–2032
    D98:I98          Table 4: drop-off P1–P2 ... P6–P7, a loss is positive (median of five years)
    C103:I116        Table 4B: roll by stage 2019–2032 before new housing
    D121:I134        Table 4C: pupils of new housing by stage, the stock of each year and not the year's arrivals
    C139:I152        Table 5: the published projection, 4B + 4C
    C177:I193        roll by stage 2002–2018 (Table 4 repeats 2013–2018)

Shared sheets, one row per school: 'Catchment Births', 'Catchment Projections' (growth of births in row 2), 'All P1 In
Catchment', 'P1 Retained', 'Cumulative pupils per year' (new housing), 'Projection_Summary' (totals).

The Gaelic school (Bun Sgoil Taobh na Pairce) has a sheet of its own kind and no catchment: it is left out.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

BOOK = "Primary_Projections_2018_11_08_PUBLISHED.xlsx"
GRADES = ["P1", "P2", "P3", "P4", "P5", "P6", "P7"]
KNOWN = list(range(2002, 2019))
AHEAD = list(range(2019, 2033))


@dataclass(frozen=True)
class Edinburgh:
    """Tables by school, in the order of the workbook; the columns are years unless said."""

    births: pd.DataFrame  # children of the catchment, by the year they enter P1: 2008–2022
    birth_growth: pd.Series  # growth of births on the year before, by the year of P1: 2023–2032
    catchment_p1: pd.DataFrame  # P1 pupils who live in the catchment, at any council school: 2012–2018
    own_p1: pd.DataFrame  # those of them in a school of this one's denomination
    kept_p1: pd.DataFrame  # those of them at this school
    housing: pd.DataFrame  # pupils living in new homes, not rounded: 2019–2032
    rolls: pd.DataFrame  # actual pupils; rows school × year 2002–2018, columns P1 ... P7
    table_4: pd.DataFrame  # the same of 2013–2018, as printed
    rates: pd.DataFrame  # columns kept_share, from_outside, P2 ... P7: drop-off on the way into the stage
    p1_steps: pd.DataFrame  # rows school × year 2019–2032, columns births, homes, kept, limit, p1
    before_housing: pd.DataFrame  # Table 4B: rows school × year, columns P1 ... P7
    housing_by_grade: pd.DataFrame  # Table 4C (no P1: it is within Table 4B)
    published: pd.DataFrame  # Table 5
    summary: pd.DataFrame  # total of the published projection as 'Projection_Summary' has it: 2018–2032

    @property
    def schools(self) -> list[str]:
        return list(self.births.index)


def column(letters: str) -> int:
    """Place of a spreadsheet column, A = 0."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place - 1


def cells(sheet: pd.DataFrame, corners: str) -> np.ndarray:
    """Numbers between two corners, as in 'C139:I152'."""
    (c0, r0), (c1, r1) = (
        ("".join(filter(str.isalpha, corner)), int("".join(filter(str.isdigit, corner))))
        for corner in corners.split(":")
    )
    return sheet.iloc[r0 - 1 : r1, column(c0) : column(c1) + 1].to_numpy(dtype=float)


def by_school(sheet: pd.DataFrame, corners: str, years: list[int], schools: list[str]) -> pd.DataFrame:
    """A block of a shared sheet; its schools must stand in the order of `schools`."""
    return pd.DataFrame(cells(sheet, corners), index=schools, columns=years)


def by_school_and_year(
    sheets: dict[str, pd.DataFrame], corners: str, years: list[int], columns: list[str]
) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([list(sheets), years], names=["school", "year"])
    return pd.DataFrame(np.vstack([cells(s, corners) for s in sheets.values()]), index=rows, columns=columns)


def named_rows(sheet: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Rows of a shared sheet under the school's name, for sheets which order the schools in their own way."""
    rows = sheet.iloc[first - 1 : last]
    return rows.set_index(
        rows.iloc[:, 0].replace("Fox Covert St Andrew's RC Primary School", "Fox Covert RC Primary School")
    )


def read_edinburgh(path: Path) -> Edinburgh:
    book = pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    sheets = {s.iat[2, 4]: s for s in book.values() if len(s) > 45 and str(s.iat[45, 1]).startswith("Table 1: P1 ")}
    births, in_catchment = book["Catchment Births"], book["All P1 In Catchment"]
    schools = births.iloc[3:90, 0].tolist()
    assert list(sheets) == schools == book["Catchment Projections"].iloc[3:90, 0].tolist()
    pairs = cells(in_catchment, "B3:O89")
    seen = list(range(2012, 2019))
    housing = named_rows(book["Cumulative pupils per year"], 3, 89).loc[schools]
    summary = named_rows(book["Projection_Summary"], 6, 93).loc[schools]
    rates = {name: [s.iat[64, 4], s.iat[64, 8], *cells(s, "D98:I98")[0]] for name, s in sheets.items()}
    tables = [
        np.column_stack([cells(s, "D49:Q50").T, cells(s, "F70:G83"), cells(s, "J70:J83")]) for s in sheets.values()
    ]
    rows = pd.MultiIndex.from_product([schools, AHEAD], names=["school", "year"])
    return Edinburgh(
        births=by_school(births, "I4:W90", list(range(2008, 2023)), schools),
        birth_growth=pd.Series(cells(book["Catchment Projections"], "K2:T2")[0], index=range(2023, 2033)),
        catchment_p1=pd.DataFrame(pairs[:, 1::2], index=schools, columns=seen),
        own_p1=pd.DataFrame(pairs[:, ::2], index=schools, columns=seen),
        kept_p1=by_school(book["P1 Retained"], "B3:H89", seen, schools),
        housing=pd.DataFrame(housing.iloc[:, 1:15].to_numpy(dtype=float), index=schools, columns=AHEAD),
        rolls=by_school_and_year(sheets, "C177:I193", KNOWN, GRADES),
        table_4=by_school_and_year(sheets, "C91:I96", list(range(2013, 2019)), GRADES),
        rates=pd.DataFrame.from_dict(rates, orient="index", columns=["kept_share", "from_outside", *GRADES[1:]]).astype(
            float
        ),
        p1_steps=pd.DataFrame(np.vstack(tables), index=rows, columns=["births", "homes", "kept", "limit", "p1"]),
        before_housing=by_school_and_year(sheets, "C103:I116", AHEAD, GRADES),
        housing_by_grade=by_school_and_year(sheets, "D121:I134", AHEAD, GRADES[1:]),
        published=by_school_and_year(sheets, "C139:I152", AHEAD, GRADES),
        summary=pd.DataFrame(summary.iloc[:, 3:18].to_numpy(dtype=float), index=schools, columns=[2018, *AHEAD]),
    )
