"""Pupils of past autumns, children counted in kindergartens, and estates being built: what the forecast learns from.

Today's classes are traced back: a cohort still in school had nearly the same pupils a grade lower a year before.
Cohorts that have left are as large as the births of the school's area. 2025 itself is told by the class list.
"""

import numpy as np
import pandas as pd

from catchment.demo import facts
from catchment.demo.areas import whole
from catchment.demo.terrain import Floats, Ints

FIRST_YEAR = 2014
POINT_GRADES = range(1, 4)  # teaching points end after grade 3
FEWEST, MOST_AT_POINT = 4, 30  # pupils of a grade, anywhere and at a teaching point
CHANCE, DRIFT_SHARE = 0.75, 0.015  # a grade of n pupils changes by about 0.75/√n + 1.5 % in a year
LASTS_SHARE = 0.7  # of what a cohort is off its school's usual size, the year before
DRAW_SHARE = 0.035  # how much a school's share of its area's children differs from one cohort to the next
COUNTY_SHARE = 0.003  # all cohorts of a year gain or lose so much together
KINDERGARTEN_SHARE, COUNT_SHARE = 0.97, 0.015  # of the children in a top class; error of the count
# Township (short name), year finished, type, dwellings: invented estates.
ESTATES = (("素龙", 2026, "商品房", 1260), ("罗城", 2027, "安置房", 640), ("双东", 2028, "商品房", 880))
STAGES = {"小学": range(1, 7), "初中": range(7, 10)}


def make_enrolment(
    schools: pd.DataFrame, classes: pd.DataFrame, births: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Pupils by school, stage, grade and autumn, 2014 to 2024: columns school_id, stage, grade, year, pupils."""
    county = _county_levels(rng)
    parts = []
    for stage, grades in STAGES.items():
        own = schools[schools["stage"] == stage].reset_index(drop=True)
        today = _today(own, classes[classes["stage"] == stage], grades)
        point = (own["kind"] == "教学点").to_numpy()
        for entry in range(FIRST_YEAR - len(grades) + 1, facts.BASE_YEAR):
            levels = _cohort(own, today, grades, entry, births, rng)
            parts += [
                pd.DataFrame({"school_id": own["school_id"], "stage": stage, "grade": grade, "year": year,
                              "pupils": _pupils(level, point, grade, year, county[year])})
                for grade, year, level in levels
            ]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    ended = rows["school_id"].isin(schools.loc[schools["kind"] == "教学点", "school_id"]) & (rows["grade"] > 3)
    return rows[~ended].sort_values(["school_id", "grade", "year"], kind="stable").reset_index(drop=True)


def _today(schools: pd.DataFrame, classes: pd.DataFrame, grades: range) -> Floats:
    """Pupils of 2025 by school and grade; a grade that a teaching point has not is as large as its others."""
    sums = classes.groupby(["school_id", "grade"])["pupils"].sum().unstack(fill_value=0)
    pupils = sums.reindex(index=schools["school_id"], columns=list(grades)).to_numpy(float)
    return np.where(pupils > 0, pupils, pupils.sum(axis=1, keepdims=True) / (pupils > 0).sum(axis=1, keepdims=True))


def _cohort(
    schools: pd.DataFrame, today: Floats, grades: range, entry: int, births: pd.DataFrame, rng: np.random.Generator
) -> list[tuple[int, int, Floats]]:
    """A cohort by its year of entry: grade, year and pupils by school (not yet whole), from its last year back."""
    last = entry + len(grades) - 1
    if last < facts.BASE_YEAR:
        born = _born(births, entry - grades[0] + 1)[schools["area_id"]].to_numpy()
        now = [_born(births, facts.BASE_YEAR - grade + 1)[schools["area_id"]].to_numpy() for grade in grades]
        per_child = today.sum(axis=1) / np.sum(now, axis=0)
        level = born * per_child * np.exp(rng.normal(0, DRAW_SHARE, len(schools)))
    else:
        level = today[:, facts.BASE_YEAR - entry]
    found, off = [], np.zeros(len(schools))
    for year in range(min(last, facts.BASE_YEAR - 1), max(entry, FIRST_YEAR) - 1, -1):
        spread = CHANCE / np.sqrt(level) + DRIFT_SHARE
        off = LASTS_SHARE * off + spread * rng.normal(0, 1, len(level))
        found.append((grades[0] + year - entry, year, np.maximum(level * np.exp(off - spread**2 / 2), FEWEST)))
    return found


def _born(births: pd.DataFrame, entry: int) -> pd.Series:
    """Births by area of the children who enter grade 1 in an autumn (4/12 of one calendar year, 8/12 of the next)."""
    wide = births.pivot_table(index="area_id", columns="year", values="births")
    return (4 * wide[entry - 7] + 8 * wide[entry - 6]) / 12


def _county_levels(rng: np.random.Generator) -> dict[int, float]:
    """Pupils per child by year: 1 in 2025."""
    years = range(facts.BASE_YEAR - 1, FIRST_YEAR - 1, -1)
    return dict(zip(years, np.exp(np.cumsum(rng.normal(0, COUNTY_SHARE, len(years)))).tolist(), strict=True))


def _pupils(level: Floats, point: np.ndarray, grade: int, year: int, county: float) -> Ints:
    """Whole pupils: teaching points small, all others sharing the rest of the county's children of the grade."""
    small = np.where(point & (grade in POINT_GRADES), np.clip(np.round(level), FEWEST, MOST_AT_POINT), 0).astype(
        np.int64
    )
    rest = round(facts.children_of_grade(grade, year) * county) - int(small.sum())
    return whole(np.where(point, 0.0, level), rest) + small


def make_entrants(births: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Children of the kindergartens' top classes who enter in 2025 and 2026: columns area_id, year, children."""
    parts = []
    for year in (facts.BASE_YEAR, facts.BASE_YEAR + 1):
        born = _born(births, year)
        share = facts.STAY_SHARE * KINDERGARTEN_SHARE * np.exp(rng.normal(0, COUNT_SHARE, len(born)))
        parts.append(pd.DataFrame({"area_id": born.index, "year": year, "children": np.rint(born.to_numpy() * share)}))
    return pd.concat(parts).astype({"children": "int64"}).sort_values(["area_id", "year"], kind="stable")


def make_housing() -> pd.DataFrame:
    """The estates: columns area_id, year, type, dwellings."""
    code = {town.short: town.code for town in facts.TOWNSHIPS}
    return pd.DataFrame(
        [(code[town], year, kind, dwellings) for town, year, kind, dwellings in ESTATES],
        columns=["area_id", "year", "type", "dwellings"],
    )
