"""Figures read back from the files that a run writes, each by its label or heading: what a reader of the file would copy out.

Every reader gives name of the figure → subject (school, area code or * for the county) → number; None where the file
says that the figure is not told.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pandas as pd
import pypdfium2
from docx.oxml.ns import qn

Figures = dict[str, dict[str, int | None]]
Say = Callable[[str], str]
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def number(told: Any, *blank: str) -> int | None:
    """A number as it is printed; None for a dash, an empty cell, or one of the words for what is not told."""
    if told is None or pd.isna(told) or str(told) in ("", "—", "–", *blank):
        return None
    return round(float(re.sub(r"[,+]|(?<=\d) m$", "", str(told)).replace("−", "-")))


def figures(rows: Iterable[Mapping[str, Any]], subject: str, **names: str) -> Figures:
    """Of rows: figure → the column that holds it, by the column that names the subject."""
    rows = list(rows)
    return {name: {str(row[subject]): number(row[column]) for row in rows} for name, column in names.items()}


# --- Excel, GeoPackage, HTML -----------------------------------------------------------------------


def sheet(book: openpyxl.Workbook, name: str, top: int = 1) -> list[dict[str, Any]]:
    """The rows of a sheet by heading; a name is cut as Excel cuts it."""
    head, *rows = book[name[:31]].iter_rows(min_row=top, values_only=True)
    assert len(set(head)) == len(head)
    return [dict(zip(head, row, strict=True)) for row in rows if row[0] is not None]


def layer(file: Path, name: str) -> list[dict[str, Any]]:
    """The attributes of a layer, read as SQLite: what every program finds, whatever it makes of them."""
    with closing(sqlite3.connect(file)) as store:
        store.row_factory = sqlite3.Row
        return [dict(row) for row in store.execute(f'SELECT * FROM "{name}"')]


def page_data(file: Path) -> dict[str, Any]:
    """What the offline map holds."""
    found = DATA.findall(file.read_text("utf-8"))
    assert len(found) == 1
    return json.loads(found[0])


def web_rows(data: Mapping[str, Any], part: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """Rows of the zones or offers of the offline map, each with the code of its school."""
    ids, block = data["schools"]["id"], data[part]
    columns = [block[name] for name in names]
    return [
        {"id": ids[school], **dict(zip(names, values, strict=True))}
        for school, *values in zip(block["school"], *columns, strict=True)
    ]


# --- PDF and Word ----------------------------------------------------------------------------------


def pdf_text(file: Path) -> str:
    with closing(pypdfium2.PdfDocument(file)) as pdf:
        return "\n".join(page.get_textpage().get_text_range().replace("\r", "") for page in pdf)


def fact(text: str, label: str, *blank: str) -> int | None:
    """The number beside a label that stands at the beginning of a line, which must be the only one of its kind."""
    (found,) = re.findall(rf"^{re.escape(label)} (.+)$", text, re.MULTILINE)
    return number(found, *blank)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def pdf_grid(file: Path, heads: list[str], texts: int) -> list[dict[str, str]]:
    """The rows below these headings, the first `texts` columns being words without spaces; ends where a line is no row."""
    text = pdf_text(file)
    pattern = r"\s*".join(re.escape(character) for character in squeezed("".join(heads)))
    (head,) = re.finditer(pattern, text)
    rows = []
    for line in text[head.end() :].strip("\n").split("\n"):
        cells = line.split(" ")
        figure = re.compile(r"[-+−<]?[\d,.]+%?|—")
        last = cells[-(len(heads) - texts) :]
        if len(cells) <= len(last) or not all(figure.fullmatch(cell) for cell in last):
            break
        words = cells[: -len(last)]
        rows.append(dict(zip(heads, [*words, *[""] * (texts - len(words)), *last], strict=True)))
    return rows


def word_grid(file: Path, heads: list[str], texts: int) -> list[dict[str, str]]:
    """The rows of the table that has these headings; words stand in the first `texts` columns, empty ones left out as a PDF tells none."""
    tables = [
        [["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in row.findall(qn("w:tc"))] for row in table._tbl.findall(qn("w:tr"))]
        for table in docx.Document(str(file)).tables
    ]  # fmt: skip
    (rows,) = [table[1:] for table in tables if table[0] == heads]
    packed = ([*filter(None, row[:texts])] for row in rows)
    return [
        dict(zip(heads, [*words, *[""] * (texts - len(words)), *row[texts:]], strict=True))
        for words, row in zip(packed, rows, strict=True)
    ]
