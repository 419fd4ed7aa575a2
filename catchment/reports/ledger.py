"""The oversized-class ledger as sheets of a workbook: 台账, 变更记录, 零增量, 分班测算."""

import json
from collections.abc import Mapping

import pandas as pd

from catchment.locale import translate
from catchment.reports.page import Columns, Page, worded
from catchment.reports.words import CODES

WORDS = {
    **CODES,
    # where an entry stands
    "open": "On the ledger",
    "in_remedy": "In remedy",
    "write_off_asked": "Write-off asked for",
    "written_off": "Written off",
    "closed": "Closed, not as a success",
    # why a class is too large, and what is done
    "more_pupils_in_zone": "More pupils in its zone",
    "transfers_in": "Transfers in",
    "too_few_rooms": "Too few classrooms",
    "too_few_teachers": "Too few teachers",
    "other": "Other",
    "new_class": "Another class",
    "extension": "Extension of the school",
    "diversion": "Diversion to another school",
    "zone_change": "Change of zones",
    "limit_transfers": "Fewer transfers in",
    # how it closed, and how that was verified
    "graduated": "Graduated",
    "not_in_return": "No longer in the return",
    "merged": "Merged",
    "split": "Split",
    "withdrawn": "Withdrawn: the return was corrected",
    "return": "By the return",
    "return_and_visit": "By the return and on site",
    # what happened
    "snapshot": "Return recorded",
    "opened": "Entered",
    "measured": "Size recorded",
    "fell": "Fell within the standard, not asked for",
    "verified": "Verified and written off",
    "turned_down": "Write-off turned down",
    "relapsed": "Relapse",
    "reopened": "Entered again",
    "gone": "Closed: no longer in the return",
    "corrected": "Corrected with its return",
    "planned": "Remedy planned",
    "asked": "Write-off asked",
    "exempted": "Exception noted",
    "remarked": "Remark",
    "visited": "Visited",
    "closing_named": "Closing named",
    # zero increment
    "zero_increment": "Zero increment",
    "entering_grade": "Entering grade above the standard",
}
"""Message ids of the ledger's codes."""
CODED = {
    "stage", "state", "tier", "opened_tier", "cause", "measure", "closed_as", "verified_how", "ownership", "setting", "what",
    "rule", "subject", "passed", "fell_unasked",
}  # fmt: skip
SCHOOL = (("school_id", "School code", "text"), ("name", "School", "text"), ("stage", "Stage", "text"))


def ledger_pages(tables: Mapping[str, pd.DataFrame], schools: pd.DataFrame, language: str) -> list[Page]:
    """The ledger, its history, zero increment, and what splitting takes.

    tables: as `ledger_tables` gives them. schools: table `schools`; one that is not in it is shown by its code alone. A column
    `area` may name the areas.
    """
    about = schools.drop_duplicates(["school_id", "stage"])
    entries = tables["ledger"].merge(about, on=["school_id", "stage"], how="left", suffixes=("", "_of_school"))
    names = schools.drop_duplicates("school_id").set_index("school_id")["name"]
    pages = [
        Page("Oversized-class ledger", "Every class that is or was above the standard; excepted classes are counted like all others", LEDGER,
             _worst_first(_with_area(entries))),
        Page("Ledger history", "Every change of the ledger, chained: a changed or missing row is found by `catchment ledger check`", HISTORY,
             _history(tables["ledger_history"], language)),
        Page("Zero increment", "From one return to the next no school may have more classes of a tier or worse; what is not kept comes first",
             INCREMENTS, _increments(tables["ledger_increments"], names)),
        Page("Class splitting", "Classes and rooms that each grade lacks: ⌈pupils ÷ standard⌉ by grade; first all grades of a school together",
             SPLITS, _splits(tables["splits"], names)),
    ]  # fmt: skip
    return [
        Page(p.name, p.about, p.columns, worded(p.rows, p.columns, language, coded=CODED, words=WORDS)) for p in pages
    ]


def word_of(code: object, language: str) -> str:
    """What a code of the ledger is called; other texts as they are."""
    return translate(WORDS[str(code)], language) if str(code) in WORDS else str(code)


LEDGER = (
    ("entry_id", "Entry", "text"), ("state", "State", "text"), *SCHOOL, ("campus_id", "Campus code", "text"),
    ("ownership", "Public or private", "text"), ("setting", "Setting", "text"), ("area", "Area", "text"),
    ("term", "School year and term", "text"), ("grade", "Grade", "int"), ("class_no", "Class number", "text"),
    ("opened_pupils", "Pupils when entered", "int"), ("pupils", "Pupils now", "int"), ("standard", "Standard class size", "int"),
    ("excess_pupils", "Pupils above the standard", "int"), ("opened_tier", "Tier when entered", "text"), ("tier", "Tier now", "text"),
    ("opened_on", "Entered on", "text"), ("days_open", "Days on the ledger", "int"), ("relapses", "Relapses", "int"),
    ("fell_unasked", "Fell, not asked for", "text"), ("cause", "Cause", "text"), ("measure", "Remedial measure", "text"),
    ("project_id", "Linked project", "text"), ("responsible", "Responsible office", "text"), ("due_on", "Planned write-off", "text"),
    ("asked_on", "Asked for on", "text"), ("evidence", "Evidence", "text"), ("closed_on", "Written off or closed on", "text"),
    ("closed_as", "Closed as", "text"), ("verified_on", "Verified on", "text"), ("verified_by", "Verified by", "text"),
    ("verified_how", "Verified how", "text"), ("exception", "Exception (counted all the same)", "text"), ("remarks", "Remarks", "text"),
)  # fmt: skip


def _with_area(entries: pd.DataFrame) -> pd.DataFrame:
    area = entries["area"] if "area" in entries else entries["area_id"]
    return entries.assign(area=area, term=[term_of(day) for day in entries["seen_on"]])


def term_of(day: str) -> str:
    """School year and term of a date: 2025-2026-1 from August to January, 2025-2026-2 from February to July."""
    year, month = int(day[:4]), int(day[5:7])
    autumn = year if month >= 8 else year - 1
    return f"{autumn}-{autumn + 1}-{1 if month >= 8 or month == 1 else 2}"


def _worst_first(entries: pd.DataFrame) -> pd.DataFrame:
    """What stands on the ledger first, the largest excess first."""
    rank = entries["state"].isin(("written_off", "closed")).astype(int)
    order = ["off", "excess_pupils", "entry_id"]
    return entries.assign(off=rank).sort_values(order, ascending=[True, False, True], kind="stable")


HISTORY: Columns = (
    ("sequence", "Number", "int"), ("at", "When", "text"), ("by", "Who", "text"), ("entry_id", "Entry", "text"),
    ("what", "What happened", "text"), ("changes", "Changes", "text"), ("snapshot", "Return of", "text"), ("hash", "Hash", "text"),
)  # fmt: skip
IDENTITY = {"entry_id", "school_id", "stage", "class_no"}
CHANGING = (("revision", "Revision", "int"), ("sha256", "Hash", "text"), *(c for c in LEDGER if c[0] not in IDENTITY))
"""What the history may tell of a return and of an entry; who the entry is stands beside it."""


def _history(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    return rows.assign(
        changes=[
            _told(json.loads(before), json.loads(after), language)
            for before, after in zip(rows["before"], rows["after"], strict=True)
        ]
    )


def _told(before: Mapping[str, object], after: Mapping[str, object], language: str) -> str:
    """What changed in words: heading: before → after; of a new entry and of a return what they hold."""
    parts = []
    for name, heading, _ in CHANGING:
        if name in before:
            words = f"{_told_value(name, before[name], language)} → {_told_value(name, after[name], language)}"
        elif after.get(name) is not None:
            words = _told_value(name, after[name], language)
        else:
            continue
        parts.append(f"{translate(heading, language)}: {words}")
    return "; ".join(parts)


def _told_value(name: str, value: object, language: str) -> str:
    if value is None:
        return "–"
    return word_of(value, language) if name in CODED else str(value)


INCREMENTS: Columns = (
    ("passed", "Kept", "text"), ("snapshot", "Return of", "text"), ("before", "Return before", "text"), ("rule", "Rule", "text"),
    ("tier", "Tier or worse", "text"), ("subject", "Measured", "text"), ("subject_id", "Id", "text"), *SCHOOL,
    ("value", "Value", "int"), ("limit", "Limit", "int"), ("short_by", "Short by", "int"),
)  # fmt: skip


def _increments(rows: pd.DataFrame, names: "pd.Series[str]") -> pd.DataFrame:
    """The latest return first, and in it what is not kept."""
    order = ["snapshot", "passed", "rule", "short_by", "subject_id", "stage", "tier"]
    up = [False, True, False, False, True, True, True]
    return rows.assign(name=rows["school_id"].map(names)).sort_values(order, ascending=up, kind="stable")


SPLITS: Columns = (
    *SCHOOL, ("grade", "Grade (empty = all)", "int"), ("pupils", "Pupils", "int"), ("classes", "Classes", "int"),
    ("over_standard", "Classes above the standard", "int"), ("excess_pupils", "Pupils above the standard", "int"),
    ("needed", "Classes needed", "int"), ("classes_short", "Classes short", "int"), ("largest", "Largest class (pupils)", "int"),
    ("largest_if_even", "Largest class if evenly split", "int"), ("rooms", "Classrooms", "int"), ("rooms_short", "Rooms short", "int"),
)  # fmt: skip


def _splits(rows: pd.DataFrame, names: "pd.Series[str]") -> pd.DataFrame:
    """Schools with the most classes short first; in each the whole stage, then its grades."""
    key = ["school_id", "stage"]
    whole = rows[rows["grade"].isna()].set_index(key)["classes_short"]
    short = whole.reindex(pd.MultiIndex.from_frame(rows[key])).to_numpy()
    ordered = rows.assign(name=rows["school_id"].map(names), short=short, of=rows["grade"].fillna(0))
    return ordered.sort_values(["short", *key, "of"], ascending=[False, True, True, True], kind="stable")
