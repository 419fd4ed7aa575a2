"""Of what documents are made, and how a part is put into words: once, for Word and PDF alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from catchment.documents.figures import Kind, cell_text
from catchment.locale import translate
from catchment.reports.style import shown

Look = Literal["body", "note", "plain", "closing", "warning"]
"""body: indented text; note: small print; plain: without indent; closing: at the right, below a text; warning: in red."""
CHINESE = "零一二三四五六七八九十"


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str
    look: Look = "body"


@dataclass(frozen=True)
class Items:
    """A numbered list."""

    texts: tuple[str, ...]
    start: int = 1
    loop: str = ""
    """In a template: the list that its lines are taken from."""


@dataclass(frozen=True)
class Column:
    """A column of a grid: its name in a template, its heading, what its values are, and its share of the width."""

    name: str
    heading: str
    kind: Kind = "text"
    width: float = 1.0


@dataclass(frozen=True)
class Grid:
    """A table with a caption and, below it, where its figures come from; `total`: its last row sums up."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    source: str = ""
    total: bool = False
    loop: str = ""
    """In a template: the list that its rows are made of."""


@dataclass(frozen=True)
class Picture:
    """A picture by its file without ending (a PDF and a PNG of that name), or with one, and its caption."""

    stem: Path
    caption: str
    whole_page: bool = False


def picture_of(stem: Path, caption: str, *, whole_page: bool = False) -> Iterator[Picture]:
    """A picture that the run may have drawn: none if it has not."""
    if stem.with_suffix(".pdf").exists() and stem.with_suffix(".png").exists():
        yield Picture(stem, caption, whole_page)


@dataclass(frozen=True)
class Break:
    """A new page."""


Part = Heading | Paragraph | Items | Grid | Picture | Break


@dataclass(frozen=True)
class Document:
    """A document as plain data."""

    stem: str
    """File without its ending."""
    title: str
    language: str
    parts: tuple[Part, ...]
    under_title: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    """At the head of every page, in red: draft, demonstration."""
    foot: str = ""
    """At the foot of every page: run, settings, data."""
    contents: bool = True
    captions: bool = True
    """Whether captions of pictures are numbered."""


def rows_of(table: pd.DataFrame, columns: Iterable[Column]) -> tuple[tuple[Any, ...], ...]:
    """The rows of a table in the order of the columns."""
    return tuple(table[[column.name for column in columns]].itertuples(index=False, name=None))


def laid_out(document: Document) -> list[dict[str, Any]]:
    """The parts in words: headings and captions numbered, every cell as it is printed."""
    return list(_laid_out(document))


def _laid_out(document: Document) -> Iterator[dict[str, Any]]:
    language, heads, tables, pictures = document.language, [0, 0], 0, 0
    for part in document.parts:
        if isinstance(part, Heading):
            heads = [heads[0] + 1, 0] if part.level == 1 else [heads[0], heads[1] + 1]
            yield {"part": "heading", "level": part.level, "text": heading_text(part, heads, language)}
        elif isinstance(part, Paragraph):
            yield {"part": "paragraph", "look": part.look, "text": part.text}
        elif isinstance(part, Items):
            yield {"part": "items", "loop": part.loop, "texts": _numbered(part)}
        elif isinstance(part, Grid) and not part.rows and not part.loop:
            yield {
                "part": "paragraph",
                "look": "note",
                "text": translate("{caption}: none.", language).format(caption=part.caption),
            }
        elif isinstance(part, Grid):
            tables += 1
            yield _grid(part, tables, language)
        elif isinstance(part, Picture):
            pictures += 1
            numbered = translate("Figure {number}  {caption}", language).format(number=pictures, caption=part.caption)
            caption = numbered if document.captions else part.caption
            yield {"part": "picture", "stem": part.stem, "caption": caption, "whole_page": part.whole_page}
        else:
            yield {"part": "break"}


def _numbered(items: Items) -> list[str]:
    if items.loop:
        return [f"{{{{ loop.index + {items.start - 1} }}}}. {items.texts[0]}"]
    return [f"{number}. {text}" for number, text in enumerate(items.texts, items.start)]


def heading_text(heading: Heading, numbers: list[int], language: str) -> str:
    """The heading with its number: 一、 and （一） in Chinese, 1 and 1.1 in English."""
    first, second = numbers
    if language != "zh":
        return f"{first}  {heading.text}" if heading.level == 1 else f"{first}.{second}  {heading.text}"
    return f"{chinese(first)}、{heading.text}" if heading.level == 1 else f"（{chinese(second)}）{heading.text}"


def chinese(number: int) -> str:
    """A whole number below 100 in Chinese characters."""
    tens, ones = divmod(number, 10)
    if not tens:
        return CHINESE[ones]
    return ("" if tens == 1 else CHINESE[tens]) + "十" + (CHINESE[ones] if ones else "")


def _grid(grid: Grid, number: int, language: str) -> dict[str, Any]:
    caption = translate("Table {number}  {caption}", language).format(number=number, caption=grid.caption)
    cells = [
        [cell_text(value, column.kind, language) for value, column in zip(row, grid.columns, strict=True)]
        for row in grid.rows
    ]
    return {
        "part": "grid", "caption": caption, "source": grid.source, "total": grid.total, "loop": grid.loop,
        "names": [column.name for column in grid.columns], "heads": [shown(column.heading) for column in grid.columns],
        "sides": ["left" if column.kind == "text" else "right" for column in grid.columns],
        "widths": [column.width for column in grid.columns], "rows": cells,
    }  # fmt: skip
