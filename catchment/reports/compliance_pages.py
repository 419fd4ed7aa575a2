"""The sheets of findings: what breaks a rule, where rule sets differ, what cures it."""

from collections.abc import Mapping

import pandas as pd

from catchment.reports.page import STAGE, YEAR, Page, school_names
from catchment.settings import Settings

ORDER = ("broken", "unknown", "kept", "excluded")
FINDINGS = (
    ("verdict", "Verdict", "text"), ("rule", "Rule", "text"), ("level", "Level", "text"), ("subject", "Measured", "text"),
    ("subject_id", "Id", "text"), ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, *YEAR,
    ("value", "Value", "number"), ("bound", "Limit is", "text"), ("limit", "Limit", "number"), ("unit", "Unit", "text"),
    ("short_by", "Short by", "number"), ("short_unit", "In", "text"), ("note", "Note", "text"),
    ("source", "Article", "text"), ("rule_set", "Rule set", "text"),
)  # fmt: skip


def _findings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = tables["findings"]
    rows = rows.assign(
        name=rows["school_id"].map(school_names(tables)), order=rows["verdict"].map(ORDER.index), set=rows["rule_set"].map(
            {name: number for number, name in enumerate(dict.fromkeys(rows["rule_set"]))}),
    )  # fmt: skip
    order = ["set", "order", "rule", "level", "short_by", "subject_id", "stage", "year"]
    return rows.sort_values(order, ascending=[True, True, True, True, False, True, True, True], kind="stable")


DIFFERING = (
    ("rule", "Rule", "text"), ("level", "Level", "text"), ("subject_id", "Id", "text"), ("name", "School", "text"), *STAGE, *YEAR,
    ("value", "Value", "number"), ("limit", "Limit", "number"), ("verdict", "Verdict", "text"), ("rule_set_beside", "Beside: rule set", "text"),
    ("limit_beside", "Beside: limit", "number"), ("verdict_beside", "Beside: verdict", "text"), ("written_in", "Limit written in", "text"),
)  # fmt: skip


def differing(findings: pd.DataFrame, rule_set: str) -> pd.DataFrame:
    """Findings whose verdict differs from that of a rule set beside, or that only one of the two sets has."""
    level = findings["level"].where(findings["subject"] != "class", "class_size")
    rows = findings.assign(measure=level)
    key = ["rule", "measure", "subject", "subject_id", "stage", "year"]
    own, parts = rows[rows["rule_set"] == rule_set], []
    for name, beside in rows[rows["rule_set"] != rule_set].groupby("rule_set", sort=True):
        both = own.merge(beside, on=key, how="outer", suffixes=("", "_beside"))
        parts.append(both[both["verdict"].fillna("") != both["verdict_beside"].fillna("")].assign(rule_set_beside=name))
    if not parts:
        return own.iloc[:0].reindex(columns=[*own.columns, "rule_set_beside", "limit_beside", "verdict_beside"])
    found = pd.concat(parts, ignore_index=True)
    for column in ("level", "school_id", "value"):
        found[column] = found[column].where(found[column].notna(), found[f"{column}_beside"])
    for column in ("verdict", "verdict_beside"):
        found[column] = found[column].fillna("absent")
    return found.sort_values(key, ignore_index=True)


REMEDIES = (
    ("school_id", "School code", "text"), ("name", "School", "text"), *STAGE, ("rule", "Rule", "text"), ("level", "Level", "text"),
    ("cure", "What cures it", "text"), ("amount", "Short by", "number"), ("unit", "In", "text"),
    ("yuan_each", "Yuan for one", "yuan"), ("cost_yuan", "Cost (yuan)", "yuan"),
)  # fmt: skip


def compliance_pages(tables: Mapping[str, pd.DataFrame], settings: Settings) -> list[Page]:
    """Findings, verdicts that differ between rule sets, and what would cure what is broken."""
    names = school_names(tables)
    differ = differing(tables["findings"], settings.rules)
    sheets = (
        ("Findings", "What each rule measured; rules that are broken come first", FINDINGS, _findings(tables), "findings"),
        ("Verdicts that differ", "Where the rule sets do not say the same; both are shown", DIFFERING,
         differ.assign(name=differ["school_id"].map(names))),
        ("Remedies", "What each school lacks under the study's rule set, what cures it, and its cost where it is priced", REMEDIES,
         tables["remedies"].assign(name=tables["remedies"]["school_id"].map(names)), "remedies"),
    )  # fmt: skip
    return [Page(*sheet) for sheet in sheets]
