"""Tables of Word documents, written as XML at once: cell by cell they would take minutes."""

from collections.abc import Mapping, Sequence
from typing import Any

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

TWIPS_PER_MM = 1440 / 25.4
WIDE = 7
"""Columns above which the letters of a table are smaller."""
BORDERS = f"""<w:tblBorders {nsdecls("w")}><w:top w:val="single" w:sz="8" w:color="333333"/><w:bottom w:val="single" w:sz="8" w:color="333333"/>
<w:insideH w:val="single" w:sz="4" w:color="BBBBBB"/></w:tblBorders>"""
MARGINS = f"""<w:tblCellMar {nsdecls("w")}><w:top w:w="40" w:type="dxa"/><w:left w:w="60" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/>
<w:right w:w="60" w:type="dxa"/></w:tblCellMar>"""
HEAD_FILL, TOTAL_FILL = "E6EDF4", "F3F0E6"


def add_grid(word: Any, part: Mapping[str, Any], width_mm: float) -> None:
    """Append a laid-out grid: header row repeated on every page, rows not broken; in a template its rows are a loop."""
    shares = part["widths"]
    widths = [round(share / sum(shares) * width_mm * TWIPS_PER_MM) for share in shares]
    table = word.add_table(rows=0, cols=len(widths))._tbl
    table.tblPr.append(parse_xml(BORDERS))
    layout = OxmlElement("w:tblLayout")
    layout.set(qn("w:type"), "fixed")
    table.tblPr.append(layout)
    table.tblPr.append(parse_xml(MARGINS))
    for column, width in zip(table.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(width))
    size = 17 if len(widths) > WIDE else 20
    table.append(_row(part["heads"], widths, ["center"] * len(widths), size, fill=HEAD_FILL, head=True))
    for number, cells in enumerate(_cells(part)):
        last = part["total"] and number == len(part["rows"]) - 1
        table.append(_row(cells, widths, part["sides"], size, fill=TOTAL_FILL if last else ""))


def _cells(part: Mapping[str, Any]) -> list[Sequence[str]]:
    if not part["loop"]:
        return part["rows"]
    rest = [""] * (len(part["names"]) - 1)
    fields = [f"{{{{ row.{name} }}}}" for name in part["names"]]
    return [[f"{{%tr for row in {part['loop']} %}}", *rest], fields, ["{%tr endfor %}", *rest]]


def _row(
    cells: Sequence[str], widths: list[int], sides: list[str], size: int, *, fill: str = "", head: bool = False
) -> Any:
    row, about = OxmlElement("w:tr"), OxmlElement("w:trPr")
    about.append(OxmlElement("w:cantSplit"))
    if head:
        about.append(OxmlElement("w:tblHeader"))
    row.append(about)
    for text, width, side in zip(cells, widths, sides, strict=True):
        row.append(_cell(text, width, side, size, fill))
    return row


def _cell(text: str, width: int, side: str, size: int, fill: str) -> Any:
    cell = parse_xml(
        f"""<w:tc {nsdecls("w")}><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""}
        <w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>
        <w:jc w:val="{side}"/></w:pPr><w:r><w:rPr><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr><w:t xml:space="preserve"/></w:r></w:p></w:tc>"""
    )
    cell.find(f".//{qn('w:t')}").text = text
    return cell
