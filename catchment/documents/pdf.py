"""A document as PDF, set by Typst: all text comes as data, none as markup."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catchment.documents.parts import Document, laid_out
from catchment.locale import translate
from catchment.reports.school_pages import compile_pdf

TEMPLATES = Path(__file__).parent / "templates"


def write_pdf(document: Document, file: Path) -> Path:
    """The document on A4, with contents, page numbers, repeated header rows and its own font. Same inputs, same bytes."""
    with TemporaryDirectory() as scratch:
        template = Path(shutil.copy(TEMPLATES / "document.typ", scratch))
        parts = [_within(part, Path(scratch), number) for number, part in enumerate(laid_out(document))]
        book = {
            "title": document.title, "language": document.language, "under": list(document.under_title),
            "marks": list(document.marks), "foot": document.foot, "parts": parts,
            "contents": translate("Contents", document.language) if document.contents else "",
        }  # fmt: skip
        return compile_pdf(template, book, file)


def _within(part: dict[str, Any], scratch: Path, number: int) -> dict[str, Any]:
    """Pictures are copied beside the template: Typst reads nothing outside its folder."""
    if part["part"] != "picture":
        return part
    file = picture_file(part["stem"], (".pdf", ".svg", ".png"))
    name = f"picture{number}{file.suffix}"
    shutil.copy(file, scratch / name)
    return {**part, "stem": name}


def picture_file(stem: Path, endings: tuple[str, ...]) -> Path:
    """The file of a picture: itself, or the first of these endings that is there."""
    if stem.suffix in endings and stem.exists():
        return stem
    return next(file for ending in endings if (file := stem.with_name(stem.name + ending)).exists())
