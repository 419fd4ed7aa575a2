"""The test of offered land: every parcel and project judged by what stands around it, its ground and its seats.

Formulas and what each verdict means: docs/method/siting_test.md.
"""

from collections.abc import Collection, Mapping

import pandas as pd

from catchment.doors import stack
from catchment.rules import RuleSet
from catchment.screening.around import around_tests, objects_of
from catchment.screening.ground import ground_tests
from catchment.screening.subjects import Norms, projects_of, subjects_of
from catchment.tables import SITE_VERDICTS, SITING, SITING_TOTALS

FROM_ROADS = ("expressway", "arterial")
"""Kinds that the road network holds completely."""


def screen_sites(
    tables: Mapping[str, pd.DataFrame],
    children: pd.DataFrame,
    rules: RuleSet,
    complete: Collection[str],
    *,
    within_share: float,
) -> dict[str, pd.DataFrame]:
    """Tables siting and siting_totals.

    children: unit_id, stage, children of the zone year; complete: kinds of which the layers hold every object;
    within_share: share of a school's children that should live within its service radius.
    """
    norms = Norms(rules)
    projects = projects_of(tables, norms)
    subjects = subjects_of(tables["parcels"], projects)
    if subjects.empty:
        return {"siting": SITING.empty(), "siting_totals": SITING_TOTALS.empty()}
    limits = [rule for rule in rules.of("siting") if not rule.relief]
    near = objects_of(tables["surroundings"], tables["edges"])
    around = around_tests(subjects, near, limits, frozenset(complete) | set(FROM_ROADS))
    ground = ground_tests(subjects, projects, tables, children, norms, limits, within_share=within_share)
    siting = stack([around, ground], SITING)[SITING.names]
    return {"siting": siting, "siting_totals": _totals(siting, subjects)}


def _totals(siting: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """One row per subject: its worst verdict, and how many tests had each."""
    key = ["subject", "subject_id"]
    counts = pd.crosstab([siting["subject"], siting["subject_id"]], siting["verdict"])
    counts = counts.reindex(columns=list(SITE_VERDICTS), fill_value=0).reset_index()
    order = siting.assign(severity=[severity(e, v) for e, v in zip(siting["effect"], siting["verdict"], strict=True)])
    worst = order.sort_values("severity", kind="stable").drop_duplicates(key, keep="last")[[*key, "verdict"]]
    return counts.merge(worst, on=key).merge(subjects[[*key, "name"]], on=key)[SITING_TOTALS.names]


def severity(effect: str, verdict: str) -> int:
    """How bad a verdict is: what is not known counts before a warning only if it might be worse than one.

    >>> severity("fail", "unknown") > severity("penalise", "penalised") > severity("penalise", "unknown")
    True
    """
    might = {"passed": 0, "penalised": 2, "unknown": 1 if effect == "penalise" else 3, "failed": 4, "ruled_out": 5}
    return might[verdict]
