"""Allocation in words: a sentence for every school, area and test, codes as they are called."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from catchment.locale import translate
from catchment.reports.style import shown
from catchment.reports.words import CODES
from catchment.tables.allocation import OUTSIDE

WORDS = {
    **CODES,
    "today": "Pupils today",
    "entry": "Entrants next autumn",
    "planned": "Planned assignment",
    "children": "Children",
    "seats": "Seats",
    "proportional": "In proportion",
    "undecided": "Cannot be told",
    "apart": "Not in proportion",
    "untested": "Not tested",
    "exact": "All outcomes counted",
    "draws": "Drawn",
    "own_zone": "Own zone",
    "diverted": "Diverted",
    "none": "No place",
    "boarding": "Boarding school",
    OUTSIDE: "Outside all zones",
}
SHARES = {
    ("school", "children"): "its zone's share",
    ("school", "seats"): "its seats' share",
    ("area", "children"): "the share of the children living there",
    ("area", "seats"): "the share of the seats there",
}
SENTENCES = {
    1: "{name} has {pupils} pupils more than {share}: {observed} instead of {expected}",
    -1: "{name} has {pupils} pupils fewer than {share}: {observed} instead of {expected}",
    0: "{name} has as many pupils as {share}, to within {tolerance}: {observed} instead of {expected}",
}
NOTHING_TO_CLAIM = "{name} has {observed} pupils and nothing to claim them by"
VERDICTS = {
    "proportional": "In proportion: every one of {subjects} is surely within the tolerance. {luck}",
    "undecided": "Cannot be told: {outside} of {subjects} are outside the tolerance, but luck alone might do that. {luck}",
    "apart": "Not in proportion: {outside} of {subjects} are outside the tolerance, some of them surely; {to_move} pupils would have to move ({share}; luck alone makes it {by_chance}). {luck}",
    "untested": "Not tested: there are too few pupils, schools or areas.",
}
LUCK = "Luck alone would be as uneven {times} times in 1,000."
RARELY = "Luck alone would be as uneven less than once in 1,000 times."
PLANNED = {
    "proportional": "In proportion: every one of {subjects} is within the tolerance.",
    "apart": "Not in proportion: {outside} of {subjects} are outside the tolerance; {to_move} pupils would have to go elsewhere ({share}).",
    "untested": "Not tested: there are too few pupils, schools or areas.",
}
"""A plan knows no luck."""


def worded_allocation(tables: Mapping[str, pd.DataFrame], language: str) -> pd.DataFrame:
    """Table `allocation` with names, differences in whole pupils and a sentence for each row; the largest |z| first."""
    rows, names = tables["allocation"], names_of(tables, language)
    rows = rows.assign(
        name=[shown(names.get(subject, subject)) for subject in rows["subject_id"]],
        difference=rows["observed"] - rows["expected"].round().astype("int64"),
    )
    rows = rows.assign(words=[_sentence(row, language) for row in rows.itertuples()], size=rows["z"].abs())
    keys = ["case", "stage", "basis", "level", "size", "subject_id"]
    rows = rows.sort_values(keys, ascending=[False, False, True, False, False, True], ignore_index=True)
    return coded(rows, language)


def worded_tests(tests: pd.DataFrame, language: str) -> pd.DataFrame:
    """Table `allocation_tests` with a verdict in words for each row."""
    order = ["case", "stage", "basis", "level"]
    rows = tests.sort_values(order, ascending=[False, False, True, False], ignore_index=True)
    return coded(rows.assign(words=[_verdict(row, language) for row in rows.itertuples()]), language)


def _sentence(row: Any, language: str) -> str:
    if np.isnan(row.z):
        return translate(NOTHING_TO_CLAIM, language).format(name=row.name, observed=f"{row.observed:,}")
    sign = 0 if row.within_tolerance else int(np.sign(row.difference))
    values = {
        "pupils": abs(row.difference),
        "observed": row.observed,
        "expected": round(row.expected),
        "tolerance": round(row.tolerance),
    }
    share = translate(SHARES[row.level, row.basis], language)
    return translate(SENTENCES[sign], language).format(
        name=row.name, share=share, **{k: f"{v:,}" for k, v in values.items()}
    )


def _verdict(row: Any, language: str) -> str:
    sentence = (PLANNED if row.case == "planned" else VERDICTS)[row.verdict]
    luck = "" if np.isnan(row.p) else RARELY if row.p < 0.001 else LUCK
    return translate(sentence, language).format(
        subjects=row.subjects, outside=row.outside, to_move=f"{row.to_move:,}", share=f"{row.dissimilarity:.1%}",
        by_chance=f"{row.by_chance:.1%}", luck=translate(luck, language).format(times=f"{1000 * row.p:.0f}"),
    )  # fmt: skip


def names_of(tables: Mapping[str, pd.DataFrame], language: str) -> dict[str, str]:
    """Code of a school or an area, or the word for outside → name."""
    schools, areas = tables["schools"], tables["areas"]
    named = {
        **dict(zip(areas["area_id"], areas["name"], strict=True)),
        **dict(zip(schools["school_id"], schools["name"], strict=True)),
    }
    return named | {OUTSIDE: translate(WORDS[OUTSIDE], language)}


def coded(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """Rows with their codes put into words."""
    codes = {"stage", "case", "basis", "level", "verdict", "how", "outcome", "excluded", "within_tolerance"} & set(
        rows.columns
    )
    codes |= {name for name in ("flagged",) if name in rows and rows[name].dtype == bool}
    return rows.assign(**{c: [translate(WORDS.get(str(v), str(v)), language) for v in rows[c]] for c in sorted(codes)})
