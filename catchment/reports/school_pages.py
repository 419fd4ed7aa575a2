"""The check of every school (逐校检查): one page each, what every rule measured and what is short."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typst

from catchment.locale import translate
from catchment.reports.compliance_pages import ORDER
from catchment.reports.origin import data_date, origin_words, warnings_of
from catchment.reports.style import both, shown
from catchment.reports.words import CODES
from catchment.resources import school_resources
from catchment.settings import Settings

TEMPLATE = Path(__file__).parent / "templates" / "schools.typ"
FONTS = Path(__file__).parent / "fonts"
TOGETHER = ("indicators_kept", "weakest_share")


def school_pages(settings: Settings, tables: Mapping[str, pd.DataFrame], file: Path, *, run: str) -> Path:
    """schools.pdf: a page per school of the list, in the order of their codes; findings of the base year.

    Beside each verdict stands that of the other rule sets where it differs. Same inputs, same bytes.
    """
    study, language = settings.study, settings.study.language
    found = tables["findings"][
        (tables["findings"]["year"] == study.base_year) & (tables["findings"]["school_id"] != "")
    ]
    own = gathered(found[found["rule_set"] == settings.rules])
    own = own.sort_values(["order", "stage", "rule", "level"], ascending=[True, False, True, True], kind="stable")
    rows, beside = _by_school(own), _beside(found[found["rule_set"] != settings.rules])
    cures = _by_school(tables["remedies"])
    areas = dict(zip(tables["areas"]["area_id"], tables["areas"]["name"], strict=True))
    pages = [
        {
            **_page(stages, rows.get(code, []), beside, areas, language),
            "cures": [_cure(r, language) for r in cures.get(code, [])],
        }
        for code, stages in sorted(_by_school(school_resources(tables, study.base_year)).items())
    ]
    book = {
        "title": f"{study.name} {both('Check of every school', language)}", "language": language, "schools": pages,
        "mark": " · ".join(warnings_of(settings, tables)), "foot": _foot(settings, tables, run),
        "words": {
            "stages": [both(w, language) for w in ("Stage", "Pupils", "Classes", "Seats", "Largest class")],
            "rows": [both(w, language) for w in ("Measure", "Stage", "Value", "Limit", "Verdict", "Short by", "Other sets")],
            "cures": [both(w, language) for w in ("What cures it", "Stage", "Measure", "Short by", "Cost (yuan)")],
            "none": both("Nothing is short.", language),
        },
    }  # fmt: skip
    return compile_pdf(TEMPLATE, book, file)


def _by_school(rows: pd.DataFrame) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows.itertuples():
        found.setdefault(str(row.school_id), []).append(row)
    return found


def _beside(found: pd.DataFrame) -> dict[tuple[str, ...], list[Any]]:
    """What other rule sets say, by rule, level, stage and school."""
    others: dict[tuple[str, ...], list[Any]] = {}
    for row in found[found["subject"] != "class"].itertuples():
        others.setdefault((row.rule, row.level, row.stage, row.subject_id), []).append(row)
    return others


def compile_pdf(template: Path, book: Mapping[str, Any], file: Path) -> Path:
    """A PDF of a Typst template and its data; only our own font is used, so the same data give the same bytes everywhere."""
    file.parent.mkdir(parents=True, exist_ok=True)
    data = {"data": json.dumps(book, ensure_ascii=False)}
    typst.compile(
        str(template), output=str(file), font_paths=[str(FONTS)], ignore_system_fonts=True, sys_inputs=data, timestamp=0
    )
    return file


def _foot(settings: Settings, tables: Mapping[str, pd.DataFrame], run: str) -> str:
    language, sets = settings.study.language, (settings.rules, *settings.rules_beside)
    words = translate("rules {rules} · base year {year}", language)
    told = words.format(rules=", ".join(sets), year=settings.study.base_year)
    return f"{told} · {origin_words(settings, data_date(settings, tables), run)}"


def _page(
    stages: list[Any],
    rows: list[Any],
    beside: Mapping[tuple[str, ...], list[Any]],
    areas: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    first = stages[0]
    about = [
        areas.get(first.area_id, ""),
        *(translate(CODES[getattr(first, c)], language) for c in ("kind", "ownership", "setting")),
    ]
    if first.boarding:
        about.append(translate("Boarding", language))
    return {
        "name": shown(first.name), "code": first.school_id, "about": " · ".join(filter(None, map(shown, about))),
        "stages": [
            [translate(CODES[r.stage], language), *(_number(v) or "—" for v in (r.pupils_told, r.classes, r.seats, r.largest_class))]
            for r in stages
        ],
        "verdicts": list(_together([r for r in rows if r.level in TOGETHER], language)),
        "rows": [
            finding_words(r, beside.get((r.rule, r.level, r.stage, r.subject_id), []), language) for r in rows if r.level not in TOGETHER
        ],
    }  # fmt: skip


def _together(rows: list[Any], language: str) -> Iterator[dict[str, str]]:
    """The school as a whole, by stage: whether it keeps six of seven, none too weak."""
    for stage in dict.fromkeys(r.stage for r in rows):
        own = [r for r in rows if r.stage == stage]
        verdict = next(v for v in ("broken", "unknown", "excluded", "kept") if v in {r.verdict for r in own})
        kept = [int(r.value) for r in own if r.level == "indicators_kept" and not pd.isna(r.value)]
        count = f" ({kept[0]}/7)" if kept else ""
        words = f"{translate(CODES[stage], language)}: {translate('Resources of the school', language)}"
        yield {"verdict": verdict, "words": f"{words} — {translate(CODES[verdict], language)}{count}"}


def gathered(own: pd.DataFrame) -> pd.DataFrame:
    """Findings with one row for all classes of a school and stage: the largest, and how many are over the standard."""
    key = ["school_id", "stage"]
    classes = own[own["subject"] == "class"].sort_values("value")
    over = classes.assign(over=classes["verdict"] == "broken").groupby(key, as_index=False)["over"].sum()
    largest = classes.drop_duplicates(key, keep="last").merge(over, on=key)
    largest = largest.assign(
        level="standard", short_by=largest["over"].astype(float), short_unit="classes",
        verdict=np.where(largest["over"] > 0, "broken", "kept"),
    ).drop(columns="over")  # fmt: skip
    rows = pd.concat([largest, own[own["subject"] != "class"]], ignore_index=True)
    return rows.assign(order=rows["verdict"].map(ORDER.index))


def finding_words(row: Any, others: list[Any], language: str) -> dict[str, str]:
    """A finding as it is read; others: the same of other rule sets."""
    differ = [
        f"{o.rule_set} {_number(o.limit)}: {translate(CODES[o.verdict], language)}"
        for o in others
        if o.verdict != row.verdict
    ]
    item = CODES[row.rule] if row.level in ("limit", "standard", "school") else CODES[row.level]
    short = f"{_number(row.short_by)} {translate(row.short_unit, language)}" if row.verdict == "broken" else ""
    return {
        "item": translate(item, language), "stage": translate(CODES.get(row.stage, ""), language), "value": _number(row.value),
        "limit": f"{'≥' if row.bound == 'least' else '≤'} {_number(row.limit)}", "verdict": row.verdict,
        "said": translate(CODES[row.verdict], language), "short": short, "note": translate(row.note, language),
        "beside": "; ".join(differ),
    }  # fmt: skip


def _cure(row: Any, language: str) -> list[str]:
    item = CODES[row.rule] if row.level in ("limit", "school") else CODES[row.level]
    return [
        translate(row.cure, language), translate(CODES.get(row.stage, ""), language), translate(item, language),
        f"{_number(row.amount)} {translate(row.unit, language)}", _number(row.cost_yuan),
    ]  # fmt: skip


def _number(value: Any) -> str:
    """A number as it is read: thousands parted, no more decimals than it needs, at most three."""
    return "" if pd.isna(value) else f"{float(value):,.3f}".rstrip("0").rstrip(".")
