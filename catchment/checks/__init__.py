"""Checks: one function per rule; its keyword-only parameters are what study.toml may say about it.

A check takes the tables and the rules of its own name and gives rows of table `findings`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from catchment.doors import stack
from catchment.errors import Problems, SettingsError
from catchment.registry import Registry, load_all
from catchment.rules import Rule, RuleSet
from catchment.tables import FINDINGS

Check = Callable[..., pd.DataFrame]
check: Registry[Check] = Registry("check")


def run_checks(
    tables: Mapping[str, pd.DataFrame], rules: RuleSet, options: Mapping[str, Mapping[str, Any]], *, year: int
) -> pd.DataFrame:
    """Table `findings`: every rule of the set that a check measures, on every subject it binds.

    Raises SettingsError for options of an unknown check, or that the check does not take.
    """
    load_all(__name__)
    problems = Problems()
    for name, values in options.items():
        if name not in list(check):
            problems.add(
                "there is no check {name}",
                "use one of {known}",
                where="study.toml checks",
                name=name,
                known=", ".join(check),
            )
            continue
        for key in sorted(set(values) - set(check.options(name))):
            problems.add(
                "check {name} has no option {key}",
                "use one of {known}",
                where="study.toml checks",
                name=name,
                key=key,
                known=", ".join(check.options(name)),
            )
    problems.raise_any(SettingsError)
    return stack((check[name](tables, rules.of(name), year, **options.get(name, {})) for name in check), FINDINGS)


def judge(rows: pd.DataFrame, rule: Rule, *, subject: str, year: int) -> pd.DataFrame:
    """Findings of one rule that sets a maximum: rows with subject_id, school_id, stage, value."""
    short = (rows["value"] - rule.value).clip(lower=0)
    return rows.assign(
        rule=rule.name,
        subject=subject,
        year=year,
        limit=rule.value,
        unit=rule.unit,
        level=rule.level,
        passed=short == 0,
        short_by=short,
        source=rule.source,
    )[FINDINGS.names]


def bound_by(rule: Rule, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows (stage, kind, setting) that a rule binds."""
    keep = pd.Series(data=True, index=rows.index)
    for column, allowed in (
        ("stage", (rule.stage,) if rule.stage else ()),
        ("kind", rule.kinds),
        ("setting", rule.settings),
    ):
        if allowed:
            keep &= rows[column].isin(allowed)
    return rows[keep]


def findings(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return stack(parts, FINDINGS)
