"""The five-year plan as the annex tables that a bureau hands in: one printable sheet each, blanks left to fill in by hand."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.locale import translate
from catchment.reports import Progress, report
from catchment.reports.annex_tables import Annex, Cell, Head, annexes
from catchment.reports.style import shown
from catchment.reports.workbook import RISKY, WRITTEN
from catchment.settings import Settings

PAPER = {"A3": 8, "A4": 9}
FORMATS = {"text": "@", "int": "#,##0", "tenth": "#,##0.0", "year": "0"}
TOP = 3
"""First row of the headings, below the number, the title and the line to fill in."""
LINE = 12.0
"""Height of a line of small letters, in points."""
ZH_TITLE, ZH_BODY, EN_FONT = "SimHei", "SimSun", "Times New Roman"


@report
def annex(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """plan_tables.xlsx: the annex tables of the five-year plan; none where there is no plan."""
    import xlsxwriter

    found, file = annexes(tables, settings), folder / "plan_tables.xlsx"
    if not found:
        return []
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), safe) as book:
        book.set_properties({"title": settings.study.name, "comments": run, "created": WRITTEN})
        writer = _Writer(book, settings, run)
        for done, each in enumerate(found, start=1):
            writer.sheet(each)
            progress("plan tables", done, len(found))
    return [file]


class _Writer:
    """Writes annexes into a book, every text as text."""

    def __init__(self, book: Any, settings: Settings, run: str) -> None:
        self.book, self.settings, self.run = book, settings, run
        self.language = settings.study.language
        zh = self.language == "zh"
        self.title_font, self.font = (ZH_TITLE, ZH_BODY) if zh else (EN_FONT, EN_FONT)
        self.looks: dict[tuple[str, bool, bool], Any] = {}

    def phrase(self, message: str, **values: object) -> str:
        words = translate(message, self.language)
        return words.format(**values) if values else words

    def plain(self, **how: object) -> Any:
        return self.book.add_format({"font_name": self.font, "font_size": 10, "valign": "vcenter", **how})

    def look(self, kind: str, *, bold: bool, quoted: bool) -> Any:
        """The format of a cell of a kind, made once."""
        if (kind, bold, quoted) not in self.looks:
            align = {"text": "left", "year": "center"}.get(kind, "right")
            self.looks[kind, bold, quoted] = self.plain(
                num_format=FORMATS[kind], align=align, border=1, bold=bold, text_wrap=kind == "text", font_size=9, quote_prefix=quoted
            )  # fmt: skip
        return self.looks[kind, bold, quoted]

    def sheet(self, annex: Annex) -> None:
        sheet = self.book.add_worksheet(f"{annex.label} {annex.name}"[:31])
        last, below = len(annex.columns) - 1, TOP + 2 + len(annex.rows)
        sheet.set_landscape()
        sheet.set_paper(PAPER[annex.paper])
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C" + self.phrase("Page {page} of {pages}", page="&P", pages="&N"))
        if self.settings.study.demonstration:
            sheet.set_header("&R" + self.phrase("Demonstration data"))
        for number, head in enumerate(annex.columns):
            sheet.set_column(number, number, head.width)
        self.above(sheet, annex, last)
        self.headings(sheet, annex.columns)
        for row, cells in enumerate(annex.rows):
            for column, (cell, head) in enumerate(zip(cells, annex.columns, strict=True)):
                self.cell(sheet, (TOP + 2 + row, column), cell, head.kind, bold=row in annex.totals)
            sheet.set_row(TOP + 2 + row, _height(cells, annex.columns))
        notes = self.below(sheet, annex, below, last)
        sheet.repeat_rows(0, TOP + 1)
        sheet.freeze_panes(TOP + 2, 0)
        sheet.print_area(0, 0, below + notes, last)

    def above(self, sheet: Any, annex: Annex, last: int) -> None:
        """The number of the annex, its title, and the line to fill in with the unit at its end."""
        sheet.write_string(0, 0, annex.label, self.plain(font_name=self.title_font, font_size=12))
        study = shown(self.settings.study.name if self.language == "zh" else self.settings.study.name_en)
        title = self.plain(font_name=self.title_font, font_size=18, bold=True, align="center")
        sheet.merge_range(1, 0, 1, last, "", title)
        sheet.write_string(1, 0, self.phrase("{study}: {title}", study=study, title=annex.title), title)
        sheet.set_row(1, 32)
        third = max(last // 3, 1)
        words = (
            (0, third, "left", self.phrase("Filled in by (office, seal):")),
            (third + 1, 2 * third, "center", self.phrase("Date:        /     /")),
            (2 * third + 1, last, "right", self.phrase("Unit: {unit}", unit=annex.unit)),
        )
        for start, end, align, text in words:
            look = self.plain(align=align)
            if end > start:
                sheet.merge_range(2, start, 2, end, "", look)
            sheet.write_string(2, start, text, look)

    def headings(self, sheet: Any, columns: tuple[Head, ...]) -> None:
        """Two rows: neighbours of one group under its name, others over both."""
        look = self.plain(bold=True, align="center", text_wrap=True, border=1, bg_color="#f2f2f2", font_size=9)
        start = 0
        for number, head in enumerate(columns):
            if not head.group:
                sheet.merge_range(TOP, number, TOP + 1, number, "", look)
                sheet.write_string(TOP, number, head.heading, look)
                continue
            sheet.write_string(TOP + 1, number, head.heading, look)
            start = number if number == 0 or columns[number - 1].group != head.group else start
            if number + 1 == len(columns) or columns[number + 1].group != head.group:
                if number > start:
                    sheet.merge_range(TOP, start, TOP, number, "", look)
                sheet.write_string(TOP, start, head.group, look)
        sheet.set_row(TOP, LINE + 6)
        grouped = [head.heading if head.group else "" for head in columns]
        sheet.set_row(TOP + 1, max(_height(grouped, columns), 2 * LINE))

    def cell(self, sheet: Any, place: tuple[int, int], value: Cell, kind: str, *, bold: bool) -> None:
        if value is None or value == "":
            sheet.write_blank(*place, None, self.look(kind, bold=bold, quoted=False))
        elif isinstance(value, str):
            text = shown(value)
            sheet.write_string(*place, text, self.look("text", bold=bold, quoted=text.startswith(RISKY)))
        else:
            sheet.write_number(*place, float(value), self.look(kind, bold=bold, quoted=False))

    def below(self, sheet: Any, annex: Annex, row: int, last: int) -> int:
        """Who answers for it, to be filled in, and the notes; returns how many rows below the first."""
        signs = (
            self.phrase("Head of the office:"), self.phrase("Checked by:"), self.phrase("Filled in by:"), self.phrase("Telephone:")
        )  # fmt: skip
        blanks = "                    ".join(signs)
        source = [
            self.phrase(
                "Source: run {run} of this program, base year {year}.", run=self.run, year=self.settings.study.base_year
            )
        ]
        if self.settings.study.demonstration:
            source.append(self.phrase("Demonstration data: values are invented and must not be used for decisions."))
        lines = [blanks, *(self.phrase("Note: {text}", text=text) for text in (*annex.notes, *source))]
        for number, text in enumerate(lines):
            look = self.plain(align="left", text_wrap=True, font_size=10 if number == 0 else 9)
            sheet.merge_range(row + number, 0, row + number, last, "", look)
            sheet.write_string(row + number, 0, text, look)
            sheet.set_row(row + number, 24 if number == 0 else 16)
        return len(lines) - 1


def _height(cells: Sequence[Cell], columns: Sequence[Head]) -> float:
    """Height of a row in which the longest text is broken into as many lines as it needs."""
    wide = (
        sum(2 if ord(letter) > 0x2E80 else 1 for letter in cell) / (0.9 * head.width)
        for cell, head in zip(cells, columns, strict=True)
        if isinstance(cell, str)
    )
    return LINE * max(1, math.ceil(max(wide, default=1))) + 4
