"""A document as Word file: real heading styles, tables with repeated header rows, fonts of Chinese official documents."""

import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from catchment.documents.parts import Document, laid_out
from catchment.documents.pdf import picture_file
from catchment.documents.word_styles import RED, apply_styles, small, styled
from catchment.documents.word_tables import add_grid
from catchment.locale import translate

WRITTEN = datetime.fromisoformat("2020-01-01")
TEXT_MM = 156.0
"""Width of the text on the page."""
MAP_MM = (255.0, 145.0)
"""Room of a map that has a page of its own."""
FOOT_POINTS = {"zh": 14, "en": 10}
CENTRED = WD_ALIGN_PARAGRAPH.CENTER


def write_word(document: Document, file: Path) -> Path:
    """The document as .docx. Same inputs, same bytes; no author, no time."""
    word = docx.Document()
    apply_styles(word, document.language)
    _about(word, document.title, document.language)
    _around(word, document)
    styled(word, "Title", document.title)
    for line in document.under_title:
        styled(word, "Normal", line, indent=False).alignment = CENTRED
    parts = laid_out(document)
    if document.contents:
        _contents(word, [part["text"] for part in parts if part["part"] == "heading" and part["level"] == 1], document)
    for part in parts:
        after_map = word.sections[-1].orientation == WD_ORIENT.LANDSCAPE and not part.get("whole_page")
        if after_map:
            _page(word, landscape=False)
        if not (after_map and part["part"] == "break"):  # a new page has begun already
            SETTERS[part["part"]](word, part)
    file.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    word.save(buffer)
    return settle(buffer, file)


def settle(source: BytesIO, file: Path) -> Path:
    """Write a package with fixed times for its parts: the same content gives the same bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            entry = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(item.filename))
    return file


def _about(word: Any, title: str, language: str) -> None:
    known = word.core_properties
    known.title, known.author, known.last_modified_by, known.comments = title[:255], "", "", ""
    known.created = known.modified = WRITTEN
    known.language, known.revision = {"zh": "zh-CN", "en": "en-GB"}[language], 1


def _around(word: Any, document: Document) -> None:
    """Paper, marks at the head, page number and origin at the foot."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin, section.bottom_margin = (Mm(37), Mm(35)) if document.language == "zh" else (Mm(28), Mm(28))
    section.header_distance, section.footer_distance = Mm(15), Mm(18)
    head = section.header.paragraphs[0]
    head.alignment = CENTRED
    small(head.add_run("　·　".join(document.marks)), 9).font.color.rgb = RGBColor.from_string(RED)
    foot = section.footer.paragraphs[0]
    foot.alignment = CENTRED
    dashes = ("— ", " —") if document.language == "zh" else ("", "")
    foot.add_run(dashes[0])
    _field(foot, "PAGE")
    foot.add_run(dashes[1])
    for run in foot.runs:
        run.font.size = Pt(FOOT_POINTS[document.language])
    origin = section.footer.add_paragraph()
    origin.alignment = CENTRED
    small(origin.add_run(document.foot), 7)


def _field(paragraph: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run()
        if kind == "text":
            run.text = text
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        else:
            order = OxmlElement("w:instrText")
            order.set(qn("xml:space"), "preserve")
            order.text = f" {text} "
            run._r.append(order)


def _contents(word: Any, heads: list[str], document: Document) -> None:
    """The contents as a field that Word brings up to date, holding the headings already."""
    styled(word, "Normal", translate("Contents", document.language), indent=False).alignment = CENTRED
    lines = [styled(word, "TOC 1", text) for text in heads] or [styled(word, "TOC 1", "")]
    code = r'TOC \o "1-2" \h \z \u'
    front = [_field_run("begin", dirty=True), _code_run(code), _field_run("separate")]
    first = lines[0]._p
    at = next((n for n, child in enumerate(first) if child.tag == qn("w:r")), len(first))
    for offset, run in enumerate(front):
        first.insert(at + offset, run)
    lines[-1]._p.append(_field_run("end"))
    lines[-1].add_run().add_break(WD_BREAK.PAGE)


def _field_run(kind: str, *, dirty: bool = False) -> Any:
    run, mark = OxmlElement("w:r"), OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    if dirty:
        mark.set(qn("w:dirty"), "true")
    run.append(mark)
    return run


def _code_run(code: str) -> Any:
    run, order = OxmlElement("w:r"), OxmlElement("w:instrText")
    order.set(qn("xml:space"), "preserve")
    order.text = f" {code} "
    run.append(order)
    return run


# --- the parts -------------------------------------------------------------------------------------


def _heading(word: Any, part: Mapping[str, Any]) -> None:
    styled(word, f"Heading {part['level']}", part["text"])


def _paragraph(word: Any, part: Mapping[str, Any]) -> None:
    look = part["look"]
    if look == "note":
        small(styled(word, "Normal", "", indent=False).add_run(part["text"]), 9)
        return
    paragraph = styled(word, "Normal", part["text"], indent=look == "body")
    if look == "closing":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if look == "warning":
        for run in paragraph.runs:
            run.font.color.rgb = RGBColor.from_string(RED)


def _items(word: Any, part: Mapping[str, Any]) -> None:
    lines = part["texts"]
    if part["loop"]:
        lines = [f"{{%p for line in {part['loop']} %}}", *lines, "{%p endfor %}"]
    for text in lines:
        styled(word, "Normal", text)


def _picture(word: Any, part: Mapping[str, Any]) -> None:
    file = picture_file(part["stem"], (".png",))
    if part["whole_page"]:
        _page(word, landscape=True)
    paragraph = styled(word, "Normal", "", indent=False)
    paragraph.alignment = CENTRED
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.line_spacing = 1.0
    added = paragraph.add_run().add_picture(str(file), width=Mm(TEXT_MM))
    added._inline.docPr.set("descr", part["caption"])
    if part["whole_page"]:
        width, height = MAP_MM
        share = min(Mm(width) / added.width, Mm(height) / added.height)
        added.width, added.height = round(added.width * share), round(added.height * share)
    styled(word, "Caption", part["caption"])


def _page(word: Any, *, landscape: bool) -> None:
    """A new page: landscape with narrow margins for a map, or upright."""
    section = word.add_section(WD_SECTION.NEW_PAGE)
    sides = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = sides
    first = word.sections[0]
    margins = (Mm(15), Mm(15), Mm(22), Mm(20)) if landscape else (
        first.left_margin, first.right_margin, first.top_margin, first.bottom_margin
    )  # fmt: skip
    section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = margins


def _break(word: Any, _: Mapping[str, Any]) -> None:
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _grid(word: Any, part: Mapping[str, Any]) -> None:
    styled(word, "Caption", part["caption"]).paragraph_format.keep_with_next = True
    add_grid(word, part, TEXT_MM)
    note = styled(word, "Normal", "", indent=False)
    small(note.add_run(part["source"]), 8)
    note.paragraph_format.space_after = Pt(8)


SETTERS: dict[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "heading": _heading, "paragraph": _paragraph, "items": _items, "picture": _picture, "break": _break, "grid": _grid,
}  # fmt: skip
