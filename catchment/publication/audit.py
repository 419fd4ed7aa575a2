"""A last look at what was written: only listed files and columns, and nothing hidden in them."""

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from catchment.errors import InputError, problem
from catchment.publication.listed import LAYERS, LISTED

ENDINGS = (".csv", ".parquet", ".gpkg", ".xlsx", ".pdf", ".png", ".html", ".json")
PERSONAL = re.compile(rb"<(dc:creator|cp:lastModifiedBy|Company|Manager)(?:\s[^>]*)?>[^<]+</")
PARTS = ("pivotCache", "externalLink", "comments", "persons/", "customXml", "vbaProject", "embeddings")
"""Parts of a workbook in which more can stand than its sheets show."""


def audit(folder: Path) -> None:
    """Raises InputError telling every file that holds more than it should; a publication is then not made."""
    found = [
        (file.relative_to(folder).as_posix(), fault)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        for fault in faults(file)
    ]
    if found:
        rows = [f"{name}: {fault}" for name, fault in found]
        what, remedy = (
            "files for the public hold more than they should",
            "nothing was published; report this, it is a bug",
        )
        raise InputError(problem(what, remedy, where=folder, rows=rows))


def faults(file: Path) -> Iterator[str]:
    """What is wrong with one file."""
    look = {".csv": _csv, ".parquet": _parquet, ".gpkg": _package, ".xlsx": _workbook, ".pdf": _pdf, ".png": _png}
    if file.suffix not in ENDINGS:
        yield "no kind of file for the public"
    elif file.suffix in look:
        yield from look[file.suffix](file)


def _columns(table: str, found: list[str], *extra: str) -> Iterator[str]:
    if table not in LISTED:
        yield f"table {table} is not listed"
        return
    more = set(found) - {column.name for column in LISTED[table][1]} - set(extra)
    yield from (f"column {name} is not listed" for name in sorted(more))


def _csv(file: Path) -> Iterator[str]:
    if file.stem != "dictionary":
        yield from _columns(file.stem, list(pd.read_csv(file, nrows=0)))


def _parquet(file: Path) -> Iterator[str]:
    yield from _columns(file.stem, pq.read_schema(file).names, "geometry")


def _package(file: Path) -> Iterator[str]:
    """Only listed layers, and no page of the file left over from anything else."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        layers = [name for (name,) in store.execute("SELECT table_name FROM gpkg_contents")]
        for layer in layers:
            if layer not in LAYERS:
                yield f"layer {layer} is not listed"
            else:
                columns = [row[1] for row in store.execute(f'PRAGMA table_info("{layer}")')]
                yield from _columns(layer, columns, "fid", "geom")
        if store.execute("PRAGMA freelist_count").fetchone()[0]:
            yield "it has pages that are no longer used"


def _workbook(file: Path) -> Iterator[str]:
    with zipfile.ZipFile(file) as book:
        names = book.namelist()
        yield from (f"it has a part {name}" for name in names if any(part in name for part in PARTS))
        if re.search(rb'state="(hidden|veryHidden)"', book.read("xl/workbook.xml")):
            yield "it has a hidden sheet"
        for name in names:
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                if re.search(rb'<(row|col) [^>]*hidden="1"', book.read(name)):
                    yield f"{name} has hidden rows or columns"
            elif name.startswith("docProps/") and PERSONAL.search(book.read(name)):
                yield f"{name} names a person or an organisation"


def _pdf(file: Path) -> Iterator[str]:
    if re.search(rb"/Author\s*\((?!\))", content := file.read_bytes()):
        yield "it names an author"
    if b"/EmbeddedFile" in content:
        yield "it has a file within it"


def _png(file: Path) -> Iterator[str]:
    if re.search(rb"(tEXt|iTXt)Author", file.read_bytes()):
        yield "it names an author"
