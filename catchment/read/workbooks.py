"""Workbooks (.xlsx, .xls) as raw cells; what a cell does not show is looked up in the XML beneath."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

import python_calamine as calamine

from catchment.errors import InputError, Problem, problem
from catchment.read.cells import Broken

LARGEST_BYTES = 300_000_000
MOST_ENTRIES = 1000
LARGEST_RATIO = 200
MOST_ROWS = 200_000
MOST_TEXT_ROWS = 2_000_000
"""A text holds no more rows than its bytes; a workbook may name a cell that is far away."""
MOST_COLUMNS = 300

Place = tuple[int, int]
"""Row and column of a cell, both from 0."""


@dataclass(frozen=True)
class Raw:
    """A sheet as it stands in its file, cells neither typed nor cleaned."""

    path: Path
    name: str
    rows: list[list[Any]]
    encoding: str = ""
    merged: tuple[tuple[Place, Place], ...] = ()
    hidden: frozenset[int] = frozenset()
    first_row: int = 1
    """What the file calls its first row."""

    @property
    def where(self) -> str:
        return f"{self.path} › {self.name}" if self.name else str(self.path)


def letters(column: int) -> str:
    """The name of a column counted from 0.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    name, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        name = chr(65 + digit) + name
    return name


def refuse_bombs(path: Path) -> None:
    """Raises InputError for an archive that is no honest workbook: too big, too many parts, names that climb out."""
    told = _suspicion(path)
    if told:
        raise InputError(told)


def _suspicion(path: Path) -> Problem | None:
    remedy = "open it in Excel or WPS and save it as a new .xlsx"
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            total, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
            if len(parts) > MOST_ENTRIES or total > LARGEST_BYTES or total > LARGEST_RATIO * max(packed, 1):
                what = "the workbook unpacks to {bytes} bytes in {parts} parts, more than can be read"
                return problem(what, remedy, where=path, bytes=total, parts=len(parts))
            if any(p.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for p in parts):
                return problem("the file is no workbook, or is damaged", remedy, where=path)
            if any(_climbs(p.filename) for p in parts):
                return problem("the workbook holds parts with paths outside of it", remedy, where=path)
            if archive.testzip() is not None or "xl/workbook.xml" not in archive.namelist():
                return problem("the file is no workbook, or is damaged", remedy, where=path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return problem("the file is no workbook, or is damaged", remedy, where=path)
    return None


def _climbs(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts


def read_workbook(path: Path, *, zipped: bool) -> list[Raw]:
    """Every sheet of a workbook (`zipped`: .xlsx, else .xls).

    Raises InputError if it is a bomb, damaged, locked by a password, or has cells far outside any table.
    """
    scans: dict[str, _Scan] = {}
    if zipped:
        refuse_bombs(path)
        scans = _scan_sheets(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            return [_raw(path, book.get_sheet_by_name(name), scans.get(name)) for name in book.sheet_names]
    except calamine.PasswordError:
        raise InputError(problem("the workbook is locked by a password", "save it without one", where=path)) from None
    except (calamine.CalamineError, OSError, ValueError):
        remedy = "open it in Excel or WPS and save it as a new .xlsx"
        raise InputError(problem("the file is no workbook, or is damaged", remedy, where=path)) from None


def _raw(path: Path, sheet: Any, scan: "_Scan | None") -> Raw:
    rows = sheet.to_python(skip_empty_area=False)
    merged = tuple(sheet.merged_cell_ranges or ())
    if scan is None:
        return Raw(path, sheet.name, rows, merged=merged)
    for (row, column), width in scan.padded.items():
        value = rows[row][column] if row < len(rows) and column < len(rows[row]) else None
        if isinstance(value, float) and value.is_integer() and value >= 0:
            rows[row][column] = f"{value:0{width}.0f}"
    for (row, column), broken in scan.broken.items():
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row] += [None] * (column + 1 - len(rows[row]))
        rows[row][column] = broken
    return Raw(path, sheet.name, rows, merged=merged, hidden=frozenset(scan.hidden))


class _Refused(Exception):
    """The XML holds what no spreadsheet program writes."""


class _Walk:
    """A walk through one XML part; names lose their namespace prefix, entities of its own are refused."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = lambda name, given: self.start(name.rpartition(" ")[2], given)
        self.parser.EndElementHandler = lambda name: self.end(name.rpartition(" ")[2])
        self.parser.EntityDeclHandler = self.refuse
        self.parser.buffer_text = True

    def refuse(self, *_: object) -> None:
        raise _Refused

    def start(self, name: str, given: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...


class _Items(_Walk):
    """All elements of some names with their attributes, in order."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        if name in self.names:
            self.found.append((name, {key.rpartition(" ")[2]: value for key, value in given.items()}))


class _Scan(_Walk):
    """What the cells of a sheet do not show: formulas never calculated, errors, hidden rows, zero-padded numbers."""

    def __init__(self, paddings: dict[str, int]) -> None:
        super().__init__()
        self.paddings = paddings
        self.hidden: set[int] = set()
        self.broken: dict[Place, Broken] = {}
        self.padded: dict[Place, int] = {}
        self.far: Place | None = None
        self.row, self.column = -1, -1
        self.cell: dict[str, str] = {}
        self.formula = self.valued = self.text = False
        self.parser.CharacterDataHandler = self.characters

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "row":
            self.row, self.column = int(given.get("r", self.row + 2)) - 1, -1
            if given.get("hidden") in ("1", "true"):
                self.hidden.add(self.row)
        elif name == "c":
            self.cell, self.formula, self.valued = given, False, False
            self.column = _column(given["r"]) if "r" in given else self.column + 1
        elif name == "f":
            self.formula = True
        self.text = name in ("v", "t")

    def characters(self, _: str) -> None:
        self.valued |= self.text

    def end(self, name: str) -> None:
        self.text = False
        if name != "c" or not (self.formula or self.valued):
            return
        place = (self.row, self.column)
        if self.row >= MOST_ROWS or self.column >= MOST_COLUMNS:
            self.far = self.far or place
        if self.formula and not self.valued and self.cell.get("t") != "str":
            self.broken[place] = Broken.FORMULA
        elif self.cell.get("t") == "e":
            self.broken[place] = Broken.ERROR
        elif self.cell.get("s", "") in self.paddings and self.cell.get("t", "n") == "n":
            self.padded[place] = self.paddings[self.cell["s"]]


def _column(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    return number - 1


def _scan_sheets(path: Path) -> dict[str, _Scan]:
    """What lies beneath each sheet, by its name."""
    scans = {}
    try:
        with zipfile.ZipFile(path) as archive:
            paddings = _paddings(archive)
            for name, part in _sheet_parts(archive).items():
                scans[name] = _Scan(paddings)
                with archive.open(part) as file:
                    scans[name].parser.ParseFile(file)
    except (expat.ExpatError, _Refused, KeyError, ValueError):
        remedy = "open it in Excel or WPS and save it as a new .xlsx"
        raise InputError(problem("the file is no workbook, or is damaged", remedy, where=path)) from None
    for name, scan in scans.items():
        if scan.far:
            cell = f"{letters(scan.far[1])}{scan.far[0] + 1}"
            raise InputError(
                problem(
                    "cell {cell} lies beyond {most_rows} rows and {most_columns} columns",
                    "delete what stands far outside the table",
                    where=f"{path} › {name}", cell=cell, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS,
                )
            )  # fmt: skip
    return scans


def _items(archive: zipfile.ZipFile, part: str, *names: str) -> list[tuple[str, dict[str, str]]]:
    walk = _Items(*names)
    walk.parser.ParseFile(archive.open(part))
    return walk.found


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → its part in the archive."""
    rels = _items(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = {given["Id"]: given["Target"] for _, given in rels if given["Type"].endswith("/worksheet")}
    sheets = [given for _, given in _items(archive, "xl/workbook.xml", "sheet")]
    full = {i: t[1:] if t.startswith("/") else f"xl/{t}" for i, t in targets.items()}
    return {given["name"]: full[given["id"]] for given in sheets if given.get("id") in full}


def _paddings(archive: zipfile.ZipFile) -> dict[str, int]:
    """Cell style number → width, for number formats such as 00000 that show leading zeros."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    items = _items(archive, "xl/styles.xml", "numFmt", "cellXfs", "cellStyleXfs", "xf", "cellStyles", "dxfs")
    formats = {g["numFmtId"]: len(g["formatCode"]) for n, g in items if n == "numFmt" and _zeros(g["formatCode"])}
    names = [name for name, _ in items]
    if "cellXfs" not in names:
        return {}
    styles = []
    for name, given in items[names.index("cellXfs") + 1 :]:
        if name != "xf":
            break
        styles.append(given.get("numFmtId", ""))
    return {str(i): formats[style] for i, style in enumerate(styles) if style in formats}


def _zeros(code: str) -> bool:
    return re.fullmatch("0{2,}", code) is not None
