"""Tables out of spreadsheets and text files: headings found, rows classified, cells typed, every problem located.

A sheet is read in three steps: the file gives raw rows (`workbooks`, `read_text`), the headings give the
columns and tell table rows from totals and notes (`read_sheet`), the kinds of the columns give the values
(`typed`). Columns about persons are left behind in the second step, before anything looks at their cells.
"""

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from catchment.errors import InputError, Problems, problem
from catchment.read import Reading, account
from catchment.read.cells import Fault, Unfit, parse, tidy
from catchment.read.headings import SUMMED, Heading, Headings, is_note, is_total, narrow, personal, plain
from catchment.read.workbooks import LARGEST_BYTES, MOST_COLUMNS, MOST_TEXT_ROWS, Place, Raw, letters, read_workbook
from catchment.tables import SET_ASIDE

LOOKED_AT = 20
"""Rows at the top of a sheet among which the headings are looked for."""
DEEPEST_HEADER = 3
FEWEST_MATCHES = 2


@dataclass(frozen=True)
class Sheet:
    """A table in a file: raw cells under our names, and where each stands."""

    source: str
    """File name."""
    where: str
    """File and sheet."""
    encoding: str
    """Of a text file: utf-8 or gb18030; empty for workbooks."""
    cells: pd.DataFrame
    """One column per recognised heading; the index is the row number in the file."""
    columns: dict[str, str]
    """Our name → column letter and heading as written."""
    aside: tuple[tuple[str, str], ...]
    """Row and reason of every row that is none of the table's."""

    def at(self, *names: str) -> str:
        """Where some columns stand, for a message."""
        return " › ".join([self.where, ", ".join(self.columns.get(name, name) for name in names)])

    def without(self, rows: Iterable[int], reason: str) -> "Sheet":
        """The same with some rows set aside."""
        left = sorted(set(rows))
        aside = sorted([*self.aside, *((str(row), reason) for row in left)], key=lambda each: int(each[0]))
        return replace(self, cells=self.cells.drop(left), aside=tuple(aside))

    def reading(self, table: pd.DataFrame, unit: str, amount: float) -> Reading:
        """The table with its account: rows found = rows used + rows set aside."""
        rows = [(self.source, row, reason, "", 0.0) for row, reason in self.aside]
        aside = pd.DataFrame(rows, columns=SET_ASIDE.names).astype(SET_ASIDE.dtypes)
        used = len(self.cells)
        return Reading(table, aside, account(self.source, unit, used + len(rows), used, amount, amount))


@dataclass(frozen=True)
class _Header:
    """The rows of a sheet that hold the headings."""

    top: int
    depth: int
    columns: dict[str, list[int]]
    """Our name → the columns so called."""
    written: dict[int, str]
    """Heading of every column that is not about a person."""
    personal: frozenset[int]


def read_raw(path: Path) -> list[Raw]:
    """The sheets of a .xlsx, .xls, .csv or .tsv file, by its content, not by its name.

    Raises InputError if it is none of these, or cannot be read.
    """
    if not path.is_file():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return read_workbook(path, zipped=start.startswith(b"PK"))
    return [read_text(path)]


def read_text(path: Path) -> Raw:
    """A text file of columns, in UTF-8 or else GB18030, parted by commas, tabs or semicolons."""
    if path.stat().st_size > LARGEST_BYTES:
        raise InputError(problem("the file is larger than can be read", "give one county's table", where=path))
    content = path.read_bytes()
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        return Raw(path, "", _split(path, text), encoding=encoding)
    raise InputError(
        problem("the text is neither UTF-8 nor GB18030", "save it as .xlsx, or as CSV in UTF-8", where=path)
    )


def _split(path: Path, text: str) -> list[list[Any]]:
    start = "".join(text.splitlines(keepends=True)[:LOOKED_AT])
    delimiter = max(",\t;", key=start.count)
    try:
        rows: list[list[Any]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise InputError(problem("the text is not a table", "save it as .xlsx, or as CSV", where=path)) from None
    if len(rows) > MOST_TEXT_ROWS or max(map(len, rows), default=0) > MOST_COLUMNS:
        raise InputError(problem("the file is larger than can be read", "give one county's table", where=path))
    return rows


def read_sheet(path: Path, headings: Headings, problems: Problems) -> Sheet:
    """The table with these headings in a file; faults of single cells are added to `problems`.

    Raises InputError if no sheet, or more than one, has the headings, or needed columns are missing.
    """
    return choose(read_raw(path), headings, problems)


def choose(raws: list[Raw], headings: Headings, problems: Problems) -> Sheet:
    """The table with these headings among some sheets (see `read_sheet`)."""
    found = [(raw, header) for raw in raws if (header := _find_header(raw, headings))]
    most = max((len(header.columns) for _, header in found), default=0)
    if most < FEWEST_MATCHES:
        _refuse_other_forms(raws, headings)
        words = ", ".join(column.spellings[0] for column in headings.columns if column.needed)
        raise InputError(
            problem("no row holds the headings", "head the columns: {words}", where=raws[0].path, words=words)
        )
    needed = {column.name for column in headings.columns if column.needed}
    whole = [(raw, header) for raw, header in found if needed <= set(header.columns) and _body(raw, header)]
    if len(whole) > 1:
        raise InputError(
            problem(
                "several sheets hold the table: {sheets}",
                "put the rows on one sheet and delete the others",
                where=raws[0].path,
                sheets=", ".join(raw.name for raw, _ in whole),
            )
        )
    raw, header = whole[0] if whole else next(each for each in found if len(each[1].columns) == most)
    _refuse_columns(raw, header, headings)
    return _sheet(raw, header, headings, problems)


def best_form(raws: list[Raw], forms: Iterable[Headings]) -> Headings:
    """Of several ways to lay out the same table the one that most columns of a sheet match; of equal ones the first."""

    def matched(headings: Headings) -> int:
        return max((len(header.columns) for raw in raws if (header := _find_header(raw, headings))), default=0)

    return max(forms, key=matched)


def _find_header(raw: Raw, headings: Headings) -> _Header | None:
    """The rows that match most headings; of equal ones the fewest and the highest."""
    rows = _filled(raw.rows[: LOOKED_AT + DEEPEST_HEADER], raw.merged)
    spellings = headings.by_spelling
    best = None
    for depth in range(1, DEEPEST_HEADER + 1):
        for top in range(min(LOOKED_AT, len(rows) - depth + 1)):
            header = _header(rows, top, depth, spellings)
            if best is None or len(header.columns) > len(best.columns):
                best = header
    return best


def _header(rows: list[list[Any]], top: int, depth: int, spellings: dict[str, str]) -> _Header:
    columns: dict[str, list[int]] = {}
    written = {}
    persons = set()
    for column in range(max(map(len, rows[top : top + depth]), default=0)):
        parts = _parts(rows, top, depth, column)
        if any(personal(part) for part in [*parts, "".join(parts)]):
            persons.add(column)
            continue
        written[column] = " ".join(parts)
        name = spellings.get(plain("".join(parts)), spellings.get(plain(parts[-1])) if parts else None)
        if name:
            columns.setdefault(name, []).append(column)
    return _Header(top, depth, columns, written, frozenset(persons))


def _parts(rows: list[list[Any]], top: int, depth: int, column: int) -> list[str]:
    """The texts of a heading from top to bottom, each said once."""
    parts: list[str] = []
    for row in rows[top : top + depth]:
        text = _heading_text(row[column] if column < len(row) else None)
        if text and text not in parts:
            parts.append(text)
    return parts


def _heading_text(value: Any) -> str:
    """A cell as a heading: text, or the whole number that heads a grade's column."""
    if isinstance(value, str):
        return " ".join(value.split())
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    return str(int(value)) if whole else ""


def _filled(rows: list[list[Any]], merged: Iterable[tuple[Place, Place]]) -> list[list[Any]]:
    """Rows in which every cell of a merged range holds its value."""
    filled = [list(row) for row in rows]
    for (top, left), (bottom, right) in merged:
        for row in filled[top : bottom + 1]:
            last = min(right + 1, len(row))
            row[left:last] = [_cell(rows[top], left)] * max(last - left, 0)
    return filled


def _refuse_other_forms(raws: list[Raw], headings: Headings) -> None:
    for other in headings.others:
        for raw in raws:
            texts = {narrow(cell) for row in raw.rows[:LOOKED_AT] for cell in row if isinstance(cell, str)}
            if sum(bool(re.fullmatch(other.pattern, text)) for text in texts) > 1:
                raise InputError(problem(other.what, other.remedy, where=raw.where))


def _refuse_columns(raw: Raw, header: _Header, headings: Headings) -> None:
    """Raises InputError for columns that are missing or stand twice."""
    problems = Problems()
    missing = [column for column in headings.columns if column.needed and column.name not in header.columns]
    if missing:
        _refuse_other_forms([raw], headings)
        used = {i for columns in header.columns.values() for i in columns}
        free = {plain(text): text for i, text in header.written.items() if i not in used and text}
        close = [_suggestion(column, free) for column in missing]
        perhaps = "give them these headings; perhaps they are: {close}"
        problems.add(
            "columns are missing: {missing} (found: {found})",
            perhaps if any(close) else "add them, with these headings",
            where=raw.where,
            missing=", ".join(column.spellings[0] for column in missing),
            found=", ".join(text for text in header.written.values() if text),
            close=", ".join(filter(None, close)),
        )
    for name, columns in header.columns.items():
        if len(columns) > 1:
            twice = ", ".join(f"{letters(i)} {header.written[i]}" for i in columns)
            what, remedy = "several columns are headed {name}: {columns}", "keep one of them, rename the others"
            problems.add(what, remedy, where=raw.where, name=headings[name].spellings[0], columns=twice)
    problems.raise_any()


def _suggestion(column: Heading, free: dict[str, str]) -> str:
    for spelling in (column.name, *column.spellings):
        close = difflib.get_close_matches(plain(spelling), free, n=1)
        if close:
            return f"{free[close[0]]} → {column.spellings[0]}"
    return ""


def _body(raw: Raw, header: _Header) -> dict[int, list[Any]]:
    """Rows below the headings that hold anything, tidied, without the columns about persons."""
    below = enumerate(raw.rows[header.top + header.depth :], header.top + header.depth)
    tidied = {i: [None if c in header.personal else tidy(v) for c, v in enumerate(row)] for i, row in below}
    return {i: row for i, row in tidied.items() if any(value is not None for value in row)}


def _sheet(raw: Raw, header: _Header, headings: Headings, problems: Problems) -> Sheet:
    body = _body(raw, header)
    columns = {name: places[0] for name, places in header.columns.items()}
    named = {name: f"{letters(c)} {header.written[c]}" for name, c in columns.items()}
    first = min(body, default=None)
    words = {c: headings[name].words for name, c in columns.items()}
    reasons = {i: _reason(row, header, words, first=i == first) for i, row in body.items()}
    kept = [i for i, reason in reasons.items() if not reason]
    for name, shared in _fill_merged(raw, body, kept, columns, headings).items():
        what, remedy = "cells with a number are merged over several rows", "give each row its own number"
        problems.add(what, remedy, where=f"{raw.where} › {named[name]}", rows=shared)
    cells = pd.DataFrame(
        {name: pd.Series([_cell(body[i], c) for i in kept], dtype=object) for name, c in columns.items()}
    ).set_axis(pd.Index([i + raw.first_row for i in kept], dtype="int64"), axis=0)
    aside = tuple((str(i + raw.first_row), reason) for i, reason in reasons.items() if reason)
    hidden = [i + raw.first_row for i in kept if i in raw.hidden]
    if hidden:
        what, remedy = "rows are hidden or filtered out", "show them, or delete what does not count"
        problems.add(what, remedy, where=raw.where, rows=hidden)
    if not kept:
        problems.add("the table has no rows", "fill in the rows below the headings", where=raw.where)
    return Sheet(raw.path.name, raw.where, raw.encoding, cells, named, aside)


def _cell(row: list[Any], column: int) -> Any:
    return row[column] if column < len(row) else None


def _reason(row: list[Any], header: _Header, words: Mapping[int, Mapping[str, object]], *, first: bool) -> str:
    """Why a row is none of the table's; empty if it is one. `words`: vocabulary of every column, which may name a total."""
    values = [value for value in row if value is not None]
    remarks = {
        c for c, text in header.written.items() if "备注" in text or "说明" in text or "remark" in text.casefold()
    }
    if any(is_total(v) and plain(v) not in words.get(c, {}) for c, v in enumerate(row) if c not in remarks):
        return "a row of totals"
    if is_note(values[0]):
        return "a note, not a row of the table"
    if first and len(values) > 2 and _are_column_numbers(values):
        return "numbers of the columns"
    same = sum(isinstance(v, str) and plain(v) == plain(header.written.get(c, "")) for c, v in enumerate(row))
    return "the headings once more" if same > len(values) / 2 else ""


def _are_column_numbers(values: list[Any]) -> bool:
    """甲 乙 1 2 3 …: the numbers that statistical forms put under their headings."""
    texts = [re.sub(r"\.0$", "", str(value)) for value in values]
    numbers = [text for text in texts if text not in "甲乙丙丁戊己"]
    return len(numbers) > 1 and numbers == [str(i) for i in range(1, len(numbers) + 1)]


def _fill_merged(
    raw: Raw, body: dict[int, list[Any]], kept: list[int], columns: dict[str, int], headings: Headings
) -> dict[str, list[int]]:
    """Write the value of cells merged downwards into each row; by column, the rows where that would count twice."""
    names = {column: name for name, column in columns.items()}
    shared: dict[str, list[int]] = {}
    for (top, left), (bottom, _) in raw.merged:
        rows = [i for i in kept if top < i <= bottom]
        if left not in names or not rows or top not in body:
            continue
        if headings[names[left]].kind in SUMMED:
            shared.setdefault(names[left], []).append(top + raw.first_row)
        for i in rows:
            body[i] += [None] * (left + 1 - len(body[i]))
            body[i][left] = _cell(body[top], left)
    return shared


def typed(sheet: Sheet, headings: Headings, problems: Problems) -> pd.DataFrame:
    """The sheet's values by the kinds of its columns, None where absent or unusable, every fault in `problems`.

    All headings are columns of the result, in their order; the index is the row number in the file.
    """
    return pd.DataFrame(
        {column.name: _typed_column(sheet, column, problems) for column in headings.columns}, index=sheet.cells.index
    )


def _typed_column(sheet: Sheet, heading: Heading, problems: Problems) -> pd.Series:
    empty = pd.Series([None] * len(sheet.cells), index=sheet.cells.index, dtype=object)
    raw = sheet.cells.get(heading.name, empty)
    values: list[Any] = []
    faults: dict[Fault, list[tuple[int, Any]]] = {}
    for row, cell in raw.items():
        value = None
        try:
            value = None if cell is None else parse(cell, heading)
            if value is None and heading.filled:
                raise Unfit("cells are empty", "fill them in")
        except Unfit as unfit:
            value = None
            faults.setdefault(unfit.fault, []).append((int(str(row)), cell))
        values.append(value)
    for fault, cells in faults.items():
        _tell(sheet, heading, fault, cells, problems)
    return pd.Series(values, index=raw.index, dtype=object)


def _tell(sheet: Sheet, heading: Heading, fault: Fault, cells: list[tuple[int, Any]], problems: Problems) -> None:
    shown = list(Counter(f"«{str(cell)[:30]}»" for _, cell in cells))
    problems.add(
        *fault,
        where=sheet.at(heading.name),
        rows=[row for row, _ in cells],
        found=", ".join(shown[:5]) + (" …" if len(shown) > 5 else ""),
        low=f"{heading.low:g}" if heading.low is not None else "",
        high=f"{heading.high:g}" if heading.high is not None else "",
        words=", ".join(heading.words),
    )


def duplicates(rows: pd.DataFrame, key: list[str]) -> pd.Series:
    """Rows whose complete key stands more than once."""
    return rows[key].notna().all(axis=1) & rows.duplicated(key, keep=False)
