"""What the rule sets say of a study, and what would cure it."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from catchment.allocation import residence_tables, zoned_rates
from catchment.checks import run_checks
from catchment.doors import stack
from catchment.remedies import remedies
from catchment.rules import RuleSet, read_rules, rules_in_force
from catchment.settings import Settings
from catchment.tables import TABLES

Tables = Mapping[str, pd.DataFrame]


def compliance(settings: Settings, tables: Tables) -> dict[str, pd.DataFrame]:
    """Tables findings and remedies: the study's rule set and those beside it, as they hold on 1 September of the base year.

    Relief clauses are asked of every set that has them.
    """
    year = settings.study.base_year
    tables = _with_zoned_rates(tables)
    beside = (read_rules(name).in_force(_day(settings), settings.reliefs) for name in settings.rules_beside)
    sets = [rules_of(settings), *beside]
    found = stack((run_checks(tables, rules, settings.checks, year=year) for rules in sets), TABLES["findings"])
    cures = remedies(found, tables, settings.remedy_yuan, rule_set=settings.rules, year=year)
    return {"findings": found, "remedies": cures}


def rules_of(settings: Settings) -> RuleSet:
    """The study's rule set as it holds on 1 September of the base year, with the relief clauses in force."""
    return rules_in_force(settings.rules, _day(settings), settings.reliefs)


def _day(settings: Settings) -> date:
    return date(settings.study.base_year, 9, 1)


def _with_zoned_rates(tables: Tables) -> Tables:
    """The enrolment by zone as it follows from where pupils live, where no rate of it is told."""
    rates = tables["rates"]
    if tables["residence"].empty or (rates["rate"] == "zoned_enrolment").any():
        return tables
    zoned, _ = residence_tables(tables["residence"], tables["schools"], tables["areas"])
    return {**tables, "rates": stack([rates, zoned_rates(zoned)], TABLES["rates"])}
