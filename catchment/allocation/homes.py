"""Where pupils live against where they learn: enrolment by zone, and who leaves (docs/method/allocation.md)."""

import numpy as np
import pandas as pd

from catchment.doors import conform
from catchment.errors import Problems
from catchment.tables.allocation import OUTSIDE, STAYING, ZONED


def residence_tables(
    residence: pd.DataFrame, schools: pd.DataFrame, areas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `zoned` (by school: pupils who live in its zone) and `staying` (by zone or area: children who attend its school).

    A home told by area only counts as the school's own where the school stands in that area: rather too many than too few.
    In the rate count public schools of town and city without boarders (教督〔2017〕6号); others are listed with the reason.
    Raises InputError for codes that are no school's and no area's.
    """
    _check_codes(residence, schools, areas)
    about = schools[["school_id", "stage", "area_id", "setting", "ownership", "boarding"]]
    rows = residence.merge(about, on=["school_id", "stage"])
    zone, area = rows["home_id"] == rows["school_id"], rows["home_id"] == rows["area_id"]
    rows = rows.assign(own=rows["pupils"].where(zone | area, 0), by_area=rows["pupils"].where(area & ~zone, 0))
    zoned = rows.groupby(["stage", "school_id"], as_index=False).agg(
        pupils=("pupils", "sum"), from_zone=("own", "sum"), by_area=("by_area", "sum")
    )
    zoned = zoned.merge(about, on=["school_id", "stage"])
    reasons = [zoned["boarding"], zoned["ownership"] != "public", zoned["setting"] == "rural"]
    zoned["excluded"] = np.select(reasons, ["boarding", "private", "rural"], "")
    staying = rows.groupby(["stage", "home_id"], as_index=False).agg(children=("pupils", "sum"), staying=("own", "sum"))
    staying["leaving"] = staying["children"] - staying["staying"]
    return (
        conform(ZONED, zoned.assign(share=_part(zoned["from_zone"], zoned["pupils"]))),
        conform(STAYING, staying.assign(share=_part(staying["staying"], staying["children"]))),
    )


def zoned_rates(zoned: pd.DataFrame) -> pd.DataFrame:
    """Rows of table `rates` (就近划片入学比例): every school's pupils and those of its zone; the rules leave out who does not count."""
    told = zoned[zoned["pupils"] > 0]
    return told[["school_id", "stage"]].assign(
        rate="zoned_enrolment", part=told["from_zone"].astype(float), whole=told["pupils"].astype(float)
    )


def county_rate(zoned: pd.DataFrame) -> pd.Series:
    """就近划片入学比例 by stage: Σ from_zone ÷ Σ pupils of the schools that count."""
    counted = zoned[zoned["excluded"] == ""].groupby("stage")[["from_zone", "pupils"]].sum()
    return _part(counted["from_zone"], counted["pupils"])


def _check_codes(residence: pd.DataFrame, schools: pd.DataFrame, areas: pd.DataFrame) -> None:
    known = set(zip(schools["school_id"], schools["stage"], strict=True))
    of_school, of_home = (zip(residence[c], residence["stage"], strict=True) for c in ("school_id", "home_id"))
    places = {OUTSIDE, *areas["area_id"]}
    problems, remedy = Problems(), "correct the code, or the school's stage"
    strange = sorted({school for school, stage in of_school if (school, stage) not in known})
    if strange:
        problems.add("schools are not in the school list at this stage", remedy, where="residence", rows=strange)
    homeless = sorted({home for home, stage in of_home if (home, stage) not in known and home not in places})
    if homeless:
        problems.add("homes are neither a school's zone nor an area", remedy, where="residence", rows=homeless)
    problems.raise_any()


def _part(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole).where(whole > 0)
