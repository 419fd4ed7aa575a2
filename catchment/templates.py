"""Empty workbooks to fill in: the headings of every file, what each column wants, and lists to choose from."""

from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from catchment.locale import translate
from catchment.read.forms import FORMS
from catchment.read.headings import Heading, Headings

WRITTEN = datetime.fromisoformat("2020-01-01")
ROWS = 5000
"""Rows below the headings that choose from lists and are checked while they are filled in."""
LONGEST_LIST = 255
"""Characters of a list that a spreadsheet program takes."""
KINDS = {
    "code": "a code, as text: leading zeros stay", "text": "text", "word": "one of the list", "flag": "yes or no", "date": "a date, as 2025-09-01",
    "year": "a year", "autumn": "an autumn or school year, as 2024 or 2024-2025", "whole": "a whole number", "decimal": "a number",
    "number": "a number", "share": "a share from 0 to 1",
}  # fmt: skip


def write_templates(folder: Path, language: str) -> list[Path]:
    """One workbook per file of a study, named like its source in study.toml; files that are there are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{name}.xlsx", title, form, language) for name, (title, form) in FORMS.items()]


def _write(file: Path, title: str, form: Headings, language: str) -> Path:
    with xlsxwriter.Workbook(str(file)) as book:
        book.set_properties({"created": WRITTEN})
        head = book.add_format({"bold": True, "bg_color": "#dfe8f1", "border": 1, "text_wrap": True, "valign": "top"})
        must = book.add_format({"bold": True, "bg_color": "#f3ead9", "border": 1, "text_wrap": True, "valign": "top"})
        plain, text = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(translate(title, language)[:31])
        notes = book.add_worksheet(translate("How to fill in", language)[:31])
        sheet.freeze_panes(1, 0)
        notes.set_column(0, 0, 26)
        notes.set_column(1, 1, 90)
        for column, heading in enumerate(form.columns):
            name, note = heading_of(heading, language), _note(heading, language)
            needed = heading.needed and heading.filled
            sheet.write_string(0, column, name + ("*" if needed else ""), must if needed else head)
            sheet.write_comment(0, column, note, {"x_scale": 2})
            sheet.set_column(
                column, column, max(2 * len(name) + 2, 10), text if heading.kind in ("code", "text") else None
            )
            _validate(sheet, column, heading, language)
            notes.write_string(column, 0, name, must if needed else head)
            notes.write_string(column, 1, note, plain)
    return file


def heading_of(heading: Heading, language: str) -> str:
    """What a template calls a column: the first spelling in the language."""
    return next((word for word in heading.spellings if (language == "zh") != word.isascii()), heading.name)


def choices_of(heading: Heading, language: str) -> list[str]:
    """One word for every value of a closed vocabulary, in the language; flags are yes and no."""
    if heading.kind == "flag":
        return ["是", "否"] if language == "zh" else ["yes", "no"]
    first: dict[object, str] = {}
    for word, value in heading.words.items():
        if (language == "zh") != word.isascii() and (value not in first or language != "zh"):
            first[value] = first.get(value, word)
    for word, value in heading.words.items():
        first.setdefault(value, word)
    return list(first.values())


def _note(heading: Heading, language: str) -> str:
    how = "required" if heading.needed and heading.filled else "may be left empty"
    lines = [translate(how, language), translate(KINDS[heading.kind], language)]
    if heading.low is not None or heading.high is not None:
        low, high = ("" if v is None else f"{v:g}" for v in (heading.low, heading.high))
        lines.append(f"{low} … {high}")
    if choices := choices_of(heading, language):
        lines.append(", ".join(choices))
    others = [word for word in heading.spellings if word != heading_of(heading, language)]
    if others:
        lines.append(translate("may also be headed {words}", language).format(words=", ".join(others[:6])))
    return "; ".join(lines)


def _validate(sheet: Any, column: int, heading: Heading, language: str) -> None:
    """A list to choose from, or limits."""
    choices = choices_of(heading, language)
    if choices and len(",".join(choices)) <= LONGEST_LIST:
        rule: dict[str, Any] = {"validate": "list", "source": choices}
    elif heading.kind in ("whole", "year", "number", "decimal", "share") and None not in (heading.low, heading.high):
        kind = "integer" if heading.kind in ("whole", "year") else "decimal"
        rule = {"validate": kind, "criteria": "between", "minimum": heading.low, "maximum": heading.high}
    else:
        return
    sheet.data_validation(1, column, ROWS, column, {**rule, "ignore_blank": True})
