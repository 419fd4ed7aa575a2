"""A bureau's own Word template, filled: its text stays, its fields and loops take what the run gives."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from catchment.documents.figures import cell_text
from catchment.documents.notice_sections import TEMPLATE_FIELDS, Content
from catchment.documents.parts import Grid
from catchment.documents.pdf import picture_file
from catchment.documents.word import TEXT_MM, WRITTEN, settle
from catchment.errors import InputError, problem
from catchment.tables import STAGES

GRIDS = ("calendar", *(f"{kind}_{stage}" for stage in STAGES for kind in ("plan", "scope")))


def fill_template(template: Path, content: Content, file: Path, language: str) -> Path:
    """Fill a template with a notice. What the run gives is set as it is, never read as markup or as a field.

    Raises InputError if the template is no Word file, names a field that there is not, or would do more than fill in.
    """
    try:
        word = DocxTemplate(str(template))
        word.render(_context(word, content, language), SandboxedEnvironment(undefined=StrictUndefined), autoescape=True)
    except (PackageNotFoundError, BadZipFile, FileNotFoundError):
        what, remedy = "the template is no Word file (.docx)", "write one with `catchment templates` and change that"
        raise InputError(problem(what, remedy, where=template)) from None
    except (TemplateError, SecurityError) as error:
        what, remedy = "the template cannot be filled: {why}", "use these fields: {fields}"
        known = ", ".join((*TEMPLATE_FIELDS, *GRIDS, *content.lists, "pictures"))
        raise InputError(problem(what, remedy, where=template, why=error, fields=known)) from None
    about = word.docx.core_properties
    about.author, about.last_modified_by, about.created, about.modified = "", "", WRITTEN, WRITTEN
    buffer = BytesIO()
    word.docx.save(buffer)
    file.parent.mkdir(parents=True, exist_ok=True)
    return settle(buffer, file)


def _context(word: Any, content: Content, language: str) -> dict[str, Any]:
    pictures = [
        {
            "image": InlineImage(word, str(picture_file(each.stem, (".png",))), width=Mm(TEXT_MM)),
            "caption": each.caption,
        }
        for each in content.pictures
    ]
    grids = {name: _rows(content.grids[name], language) if name in content.grids else [] for name in GRIDS}
    lists = {name: list(lines) for name, lines in content.lists.items()}
    return {**content.fields, **grids, **lists, "pictures": pictures}


def _rows(grid: Grid, language: str) -> list[dict[str, str]]:
    return [
        {c.name: cell_text(value, c.kind, language) for c, value in zip(grid.columns, row, strict=True)}
        for row in grid.rows
    ]
