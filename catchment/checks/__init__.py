"""Checks: one function per rule; its keyword-only parameters are what study.toml may say about it.

A check takes the tables and the rules of its own name and gives rows of table `findings`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from catchment.doors import stack
from catchment.errors import Problems, SettingsError
from catchment.registry import Registry, load_all
from catchment.resources import school_resources
from catchment.rules import Rule, RuleSet
from catchment.tables import FINDINGS

Check = Callable[..., pd.DataFrame]
check: Registry[Check] = Registry("check")
COUNTED = ("pupils", "teachers", "rooms", "seats", "classes", "indicators", "children", "people")
"""Units in which a shortfall is a whole number."""
HAIR = 1e-9
"""Decimal limits are not binary numbers: 42 teachers for 1,000 pupils are 4.2 per 100."""


def run_checks(
    tables: Mapping[str, pd.DataFrame], rules: RuleSet, options: Mapping[str, Mapping[str, Any]], *, year: int
) -> pd.DataFrame:
    """Table `findings`: every rule of the set that a check measures, on every subject it binds.

    Raises SettingsError for options of an unknown check, or that the check does not take.
    """
    load_all(__name__)
    _known_options(options)
    # Every check asks for the schools with what they have: put together once.
    tables = {**tables, "school_resources": school_resources(tables, year)}
    parts = (check[name](tables, rules.of(name), year, **options.get(name, {})) for name in check if rules.of(name))
    return findings(part.assign(rule_set=rules.name) for part in parts)


def _known_options(options: Mapping[str, Mapping[str, Any]]) -> None:
    problems = Problems()
    for name, values in options.items():
        if name not in list(check):
            what, remedy = "there is no check {name}", "use one of {known}"
            problems.add(what, remedy, where="study.toml checks", name=name, known=", ".join(check))
            continue
        for key in sorted(set(values) - set(check.options(name))):
            what, remedy, known = "check {name} has no option {key}", "use one of {known}", check.options(name)
            problems.add(what, remedy, where="study.toml checks", name=name, key=key, known=", ".join(known))
    problems.raise_any(SettingsError)


def judge(rows: pd.DataFrame, rules: Sequence[Rule], *, subject: str, year: int) -> pd.DataFrame:
    """Findings of the rules on the rows that they bind; a relief clause in force replaces the limit where it binds.

    rows: subject_id, stage, value (nan = not known), what the scopes ask for; optional school_id, scale (shortfall in
    the rule's short unit per unit of value), factor (times the limit), excluded and note (texts).
    """
    reliefs = [rule for rule in rules if rule.relief]
    return findings(
        _judged(bound_by(rule, rows), rule, [r for r in reliefs if r.level == rule.level], subject=subject, year=year)
        for rule in rules
        if not rule.relief
    )


def limits_of(rows: pd.DataFrame, rule: Rule, reliefs: Sequence[Rule]) -> pd.DataFrame:
    """Limit, source and written_in of every row: the rule's, or those of the relief clause that binds it."""
    found = pd.DataFrame({"limit": rule.value, "source": rule.source, "written_in": rule.rule_set}, index=rows.index)
    for relief in reliefs:
        if relief.counts or relief.stage not in (None, rule.stage):
            continue
        found.loc[bound_by(relief, rows).index] = (relief.value, relief.source, relief.rule_set)
    return found


def _judged(rows: pd.DataFrame, rule: Rule, reliefs: Sequence[Rule], *, subject: str, year: int) -> pd.DataFrame:
    def given(column: str, default: object) -> pd.Series:
        return rows[column] if column in rows else pd.Series(default, index=rows.index)

    terms = limits_of(rows, rule, reliefs)
    value, limit = rows["value"].astype(float), terms["limit"].astype(float) * given("factor", 1.0)
    short = (value - limit if rule.bound == "most" else limit - value).clip(lower=0)
    short = short.where(short > HAIR * limit.abs().clip(lower=1), 0.0)
    unit = rule.short_unit or rule.unit
    amount = short.fillna(0) * given("scale", 1.0)
    if unit in COUNTED:
        amount = np.ceil(amount - HAIR)
    excluded = given("excluded", "").fillna("")
    verdict = np.select([excluded != "", value.isna(), short > 0], ["excluded", "unknown", "broken"], "kept")
    return rows.assign(
        rule=rule.name, level=rule.level, subject=subject, school_id=given("school_id", ""), year=year, limit=limit,
        bound=rule.bound, unit=rule.unit, verdict=verdict, short_by=amount.where(verdict == "broken", 0.0), short_unit=unit,
        note=excluded.where(excluded != "", given("note", "").fillna("")), source=terms["source"], written_in=terms["written_in"],
        rule_set=rule.rule_set,
    )[FINDINGS.names]  # fmt: skip


def bound_by(rule: Rule, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows within a rule's scope; a row that lacks what the scope asks for is not within it."""
    keep = pd.Series(data=True, index=rows.index)
    for column, allowed in (
        ("stage", (rule.stage,) if rule.stage else ()), ("grade", rule.grades), ("kind", rule.kinds), ("setting", rule.settings),
        ("ownership", rule.ownerships), ("boarding", () if rule.boarding is None else (rule.boarding,)),
    ):  # fmt: skip
        if allowed:
            keep &= rows[column].isin(allowed) if column in rows else False
    for column, least, below in (
        ("pupils", rule.pupils_from, rule.pupils_below), ("migrant_share", rule.migrant_share_from, None),
        ("largest_class", None, rule.largest_class_below),
        ("built_year", None, None if rule.built_until is None else rule.built_until + 1),
    ):  # fmt: skip
        if least is None and below is None:
            continue
        told = rows[column].astype(float) if column in rows else pd.Series(np.nan, index=rows.index)
        keep &= told.ge(-np.inf if least is None else least) & told.lt(np.inf if below is None else below)
    return rows[keep]


def unknown(rules: Iterable[Rule], note: str, *, year: int) -> pd.DataFrame:
    """One finding per rule and stage for the whole county, where nothing is told: unknown is said, never passed."""
    rows = [
        judge(pd.DataFrame({"subject_id": ["*"], "stage": [rule.stage or "all"], "value": [np.nan], "note": [note]}),
              [rule.model_copy(update=ANYWHERE)], subject="county", year=year)
        for rule in rules if not rule.relief
    ]  # fmt: skip
    return findings(rows).drop_duplicates(["rule", "level", "stage"], ignore_index=True)


ANYWHERE = {
    "kinds": (),
    "settings": (),
    "ownerships": (),
    "boarding": None,
    "grades": (),
    "pupils_from": None,
    "pupils_below": None,
}


def findings(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return stack(parts, FINDINGS)
