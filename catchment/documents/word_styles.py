"""Styles of the Word documents: in Chinese those of official documents (GB/T 9704), whose fonts are named, not shipped."""

from dataclasses import dataclass
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

RED = "B3001B"


@dataclass(frozen=True)
class Face:
    """Fonts and size of a style: Latin, Chinese, points."""

    latin: str
    chinese: str
    size: float
    centred: bool = False
    before: float = 0
    after: float = 0


ZH = {
    "Normal": Face("Times New Roman", "仿宋_GB2312", 16),
    "Title": Face("Times New Roman", "方正小标宋简体", 22, centred=True, after=14),
    "Heading 1": Face("Times New Roman", "黑体", 16, before=10, after=4),
    "Heading 2": Face("Times New Roman", "楷体_GB2312", 16, before=6, after=2),
    "Caption": Face("Times New Roman", "黑体", 12, centred=True, before=8, after=4),
    "TOC 1": Face("Times New Roman", "仿宋_GB2312", 14),
}
EN = {
    "Normal": Face("Times New Roman", "宋体", 11.5),
    "Title": Face("Arial", "黑体", 20, centred=True, after=12),
    "Heading 1": Face("Arial", "黑体", 14, before=14, after=5),
    "Heading 2": Face("Arial", "黑体", 12, before=10, after=4),
    "Caption": Face("Arial", "黑体", 10, centred=True, before=8, after=4),
    "TOC 1": Face("Times New Roman", "宋体", 11),
}


def apply_styles(word: Any, language: str) -> None:
    """Give the styles of a new Word document their fonts; theme fonts and colours go."""
    styles = word.styles
    if "TOC 1" not in [style.name for style in styles]:
        styles.add_style("TOC 1", 1).base_style = styles["Normal"]
    for name, face in (ZH if language == "zh" else EN).items():
        style = styles[name]
        _fonts(style, face)
        style.font.size, style.font.bold, style.font.italic = Pt(face.size), False, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        shape = style.paragraph_format
        shape.space_before, shape.space_after = Pt(face.before), Pt(face.after)
        if face.centred:
            shape.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _plain_title(styles["Title"])
    normal = styles["Normal"].paragraph_format
    if language == "zh":
        normal.line_spacing_rule, normal.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(28)
        styles["Caption"].paragraph_format.line_spacing = 1.2
        styles["Title"].paragraph_format.line_spacing = 1.2
    else:
        normal.line_spacing, normal.space_after = 1.25, Pt(5)
    _language(styles)


def _fonts(style: Any, face: Face) -> None:
    style.font.name = face.latin
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for name, font in (("ascii", face.latin), ("hAnsi", face.latin), ("cs", face.latin), ("eastAsia", face.chinese)):
        fonts.set(qn(f"w:{name}"), font)


def _plain_title(style: Any) -> None:
    """The ready-made title has a blue line below it."""
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)


def _language(styles: Any) -> None:
    properties = styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    told = properties.find(qn("w:lang"))
    if told is None:
        told = OxmlElement("w:lang")
        properties.append(told)
    told.set(qn("w:val"), "en-GB")
    told.set(qn("w:eastAsia"), "zh-CN")


def styled(word: Any, style: str, text: str, *, indent: bool = True) -> Any:
    """A paragraph of a style; Chinese body text begins two characters in."""
    paragraph = word.add_paragraph(text, style=style)
    size = word.styles["Normal"].font.size
    if style == "Normal" and indent and size == Pt(ZH["Normal"].size):
        first = OxmlElement("w:ind")
        first.set(qn("w:firstLineChars"), "200")
        first.set(qn("w:firstLine"), str(int(2 * size.pt * 20)))
        paragraph._p.get_or_add_pPr().append(first)
    return paragraph


def small(run: Any, size: float) -> Any:
    """A run in small letters, its line as high as they need."""
    run.font.size = Pt(size)
    paragraph = run._parent.paragraph_format
    paragraph.line_spacing = 1.15
    return run
