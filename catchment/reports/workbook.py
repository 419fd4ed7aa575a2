"""The workbook: every result that a planner looks up, one sheet per question, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.locale import translate
from catchment.reports import Progress, report
from catchment.reports.origin import DEMONSTRATION, data_date, warnings_of
from catchment.reports.page import Page
from catchment.reports.pages import pages_of
from catchment.reports.style import both
from catchment.reports.words import CODES
from catchment.settings import Settings, settings_hash

WRITTEN = datetime.fromisoformat("2020-01-01")
RISKY = tuple("=+-@＝＋－＠\t\r\n ")
"""First characters that some program or other takes for a formula."""

FORMATS = {"text": "@", "int": "#,##0", "number": "#,##0.###", "share": "0.0%", "year": "0", "yuan": "#,##0"}


@report
def workbook(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """workbook.xlsx: notes, seat balance, schools, findings, ranking, plan, forecast, access, what was set aside."""
    pages = pages_of(tables, settings)
    return [
        write_pages(
            pages, settings, folder / "workbook.xlsx", run, tables=tables, balance=tables["balance"], progress=progress
        )
    ]


def write_pages(
    pages: list[Page],
    settings: Settings,
    file: Path,
    run: str,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    balance: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> Path:
    """A workbook of these pages, after a page of notes; a chart of the seat balance at its end if that is given.

    tables: tell the date of the data, and whether the run is only a draft.
    """
    import xlsxwriter

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), safe) as book:
        book.set_properties({"title": settings.study.name, "comments": run, "created": WRITTEN})
        writer = _Writer(book, settings)
        writer.notes(pages, run, tables or {})
        for done, page in enumerate(pages, start=1):
            writer.page(page)
            if progress:
                progress("workbook", done, len(pages))
        if balance is not None:
            writer.chart(balance)
    return file


class _Writer:
    """Writes pages into a book, every text as text."""

    def __init__(self, book: Any, settings: Settings) -> None:
        self.book, self.settings, self.language = book, settings, settings.study.language
        self.formats = {name: book.add_format({"num_format": pattern}) for name, pattern in FORMATS.items()}
        self.quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#dfe8f1", "border": 1}
        )
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.warning = book.add_format({"bold": True, "font_color": "#b3001b", "font_size": 13})
        self.bad = book.add_format({"font_color": "#b3001b"})

    def text(self, sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
        risky = look is None and text.startswith(RISKY)
        sheet.write_string(row, column, text, self.quoted if risky else look or self.formats["text"])

    def sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(both(name, self.language)[:31])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if self.settings.study.demonstration:
            sheet.set_header("&C" + both("Demonstration data", self.language))
        return sheet

    def page(self, page: Page) -> None:
        sheet = self.sheet(page.name)
        last = max(len(page.rows), 1)
        for column, (name, heading, kind) in enumerate(page.columns):
            words = both(heading, self.language)
            self.text(sheet, 0, column, words, self.head)
            values = page.rows[name].tolist()
            for row, value in enumerate(values, start=1):
                self.cell(sheet, row, column, value, kind)
            sheet.set_column(column, column, _width(words, values, kind))
            if name in ("seat_gap", "unmet", "short_by"):
                sheet.conditional_format(
                    1, column, last, column, {"type": "cell", "criteria": ">", "value": 0, "format": self.bad}
                )
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, last, len(page.columns) - 1)

    def cell(self, sheet: Any, row: int, column: int, value: Any, kind: str) -> None:
        if pd.isna(value):
            return
        if kind == "text":
            self.text(sheet, row, column, str(value))
        else:
            sheet.write_number(row, column, round(float(value), 6), self.formats[kind])

    def notes(self, pages: list[Page], run: str, tables: Mapping[str, pd.DataFrame]) -> None:
        """The first sheet: what this is, how far it may be trusted, what each sheet holds."""
        study, sources = self.settings.study, self.settings.sources
        sheet = self.sheet("Notes")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 100)
        named = study.name if self.language == "en" else f"{study.name} {study.name_en}"
        self.text(sheet, 0, 0, named, self.title)
        warnings = list(warnings_of(self.settings, tables)) if tables else self.demonstration()
        for row, words in enumerate(warnings, start=1):
            self.text(sheet, row, 0, words, self.warning)
        lines = [
            ("Run", run),
            ("Settings", settings_hash(self.settings)),
            *([("Data as of", data_date(self.settings, tables))] if tables else []),
            ("Base year", str(study.base_year)),
            *([("Zone year", str(self.settings.zone_year))] if sources.population else []),
            *([("Reference system", study.crs)] if study.crs else []),
            ("Units", translate("children and pupils = persons; distances in metres; money in yuan", self.language)),
            ("Sources", ", ".join(sources.paths)),
            *((page.name, translate(page.about, self.language)) for page in pages),
        ]
        for row, (name, value) in enumerate(lines, start=len(warnings) + 2):
            self.text(sheet, row, 0, both(name, self.language), self.head)
            self.text(sheet, row, 1, value)

    def demonstration(self) -> list[str]:
        return [both(DEMONSTRATION, self.language)] * self.settings.study.demonstration

    def chart(self, balance: pd.DataFrame) -> None:
        """Seats against children of the whole study by year, one chart per stage, beside their figures."""
        if not len(balance):
            return
        scenario = "medium" if "medium" in set(balance["scenario"]) else min(balance["scenario"])
        sheet = self.sheet("Seats and children")
        totals = balance[balance["scenario"] == scenario].groupby(["stage", "year"])[["children", "seats"]].sum()
        top = 0
        for stage, rows in totals.groupby(level="stage", sort=False):
            label = translate(CODES[str(stage)], self.language)
            columns = (("year", "Year (autumn)", "year"), ("children", "Children", "int"), ("seats", "Seats", "int"))
            for column, (name, heading, kind) in enumerate(columns):
                self.text(sheet, top, column, both(heading, self.language), self.head)
                for row, value in enumerate(rows.reset_index()[name], start=top + 1):
                    sheet.write_number(row, column, int(value), self.formats[kind])
            sheet.insert_chart(top, 4, self.lines(sheet.get_name(), f"{label} ({scenario})", top, len(rows)))
            top += max(len(rows), 15) + 3
        sheet.set_column(0, 2, 18)

    def lines(self, sheet: str, title: str, top: int, count: int) -> Any:
        chart = self.book.add_chart({"type": "line"})
        for column in (1, 2):
            chart.add_series(
                {
                    "name": [sheet, top, column],
                    "categories": [sheet, top + 1, 0, top + count, 0],
                    "values": [sheet, top + 1, column, top + count, column],
                    "line": {"color": ("", "#c1121f", "#0072b2")[column], "width": 2.25},
                }
            )
        chart.set_title({"name": title, "overlay": False})
        chart.set_x_axis({"name": both("Year (autumn)", self.language)})
        chart.set_y_axis({"name": both("Children, seats", self.language), "num_format": "#,##0"})
        return chart


def _width(heading: str, values: list[Any], kind: str) -> float:
    def wide(text: str) -> int:
        return sum(2 if ord(character) > 0x2E80 else 1 for character in text)

    longest = max((wide(str(value)) for value in values), default=0) if kind == "text" else 10
    return min(max(longest + 2, wide(heading) / 2 + 3, 9), 48)
