"""Rates: what the county and its schools keep of what the law promises; a part of a whole each."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from catchment.checks import bound_by, check, findings, judge, unknown
from catchment.rules import Rule

NOT_TOLD = "no figure is told"
BOARDING = "boarding schools are not counted"
SCHOOLS_OWN = ("training_funds",)
"""Rates that every school has to keep for itself; others are the county's."""


@check
def rates(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Every rate that a rule's level names: Σ parts / Σ wholes for the county, or each school's own."""
    parts = []
    for rule in rules:
        told = tables["rates"][tables["rates"]["rate"] == rule.level]
        if told.empty:
            parts.append(unknown([rule], NOT_TOLD, year=year))
        elif rule.level in SCHOOLS_OWN:
            parts.append(judge(_rows(told).assign(subject_id=told["school_id"]), [rule], subject="school", year=year))
        else:
            parts.append(judge(_summed(told), [rule], subject="county", year=year))
    return findings(parts)


def _rows(told: pd.DataFrame) -> pd.DataFrame:
    return told.assign(value=told["part"] / told["whole"], scale=told["whole"])


def _summed(told: pd.DataFrame) -> pd.DataFrame:
    """The county's own row where there is one, else its schools' added up, by stage."""
    whole = told[told["school_id"] == "*"]
    rows = whole if len(whole) else told
    return _rows(rows.groupby("stage", as_index=False)[["part", "whole"]].sum()).assign(subject_id="*")


@check
def zoned_enrolment(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Pupils who live in their school's zone, of all pupils: of the county's urban and town public schools without boarders.

    The county's share decides; the schools' own are told beside it, those with boarders as excluded.
    """
    told = tables["rates"][tables["rates"]["rate"] == "zoned_enrolment"]
    if told.empty:
        return unknown(rules, NOT_TOLD, year=year)
    parts = []
    for rule in rules:
        rows = _by_school(told, tables, rule)
        counted = rows[rows["excluded"] == ""]
        whole = told[(told["school_id"] == "*") & (told["stage"] == rule.stage)]
        known = _summed(counted if len(counted) else whole)
        county = judge(known, [_of_county(rule)], subject="county", year=year)
        parts.append(county if len(county) else unknown([rule], NOT_TOLD, year=year))
        own = rows.assign(subject_id=rows["school_id"])
        parts.append(judge(own, [_of_county(rule).model_copy(update={"level": "school"})], subject="school", year=year))
    return findings(parts)


def _of_county(rule: Rule) -> Rule:
    """The same limit for rows that are chosen already."""
    return rule.model_copy(update={"settings": (), "ownerships": (), "boarding": None})


def _by_school(told: pd.DataFrame, tables: Mapping[str, pd.DataFrame], rule: Rule) -> pd.DataFrame:
    """The schools' rows within the rule's scope but for boarding, which is an exclusion to be listed."""
    key = ["school_id", "stage"]
    schools = tables["school_resources"][[*key, "kind", "setting", "ownership", "boarding"]]
    rows = _rows(told[told["school_id"] != "*"]).merge(schools, on=key)
    rows = bound_by(rule.model_copy(update={"boarding": None}), rows)
    aside = rows["boarding"] & (rule.boarding is False)
    return rows.assign(excluded=np.where(aside, BOARDING, ""))


@check
def small_school_funds(tables: Mapping[str, pd.DataFrame], rules: Sequence[Rule], year: int) -> pd.DataFrame:
    """Pupils for whom a small school is funded: not fewer than the floor."""
    told = tables["rates"][tables["rates"]["rate"] == "funded_pupils"]
    if told.empty:
        return unknown(rules, NOT_TOLD, year=year)
    schools = tables["school_resources"][["school_id", "stage", "pupils", "kind", "setting"]]
    small = schools[schools["pupils"] < max(rule.value for rule in rules)]
    funded = told[told["school_id"] != "*"][["school_id", "part"]].drop_duplicates("school_id")
    rows = small.merge(funded, on="school_id", how="left").rename(columns={"part": "value"})
    note = np.where(rows["value"].isna(), "not told", "")
    return judge(rows.assign(subject_id=rows["school_id"], note=note), rules, subject="school", year=year)
