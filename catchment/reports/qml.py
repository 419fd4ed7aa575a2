"""QGIS styles (QML) written by hand, so that a layer opens coloured and labelled without a project file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

import geopandas as gpd

Form = Literal["fill", "line", "marker"]
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
FONT = "Noto Sans CJK SC"


@dataclass(frozen=True)
class Symbol:
    """One entry of a layer's legend: lengths in mm, colours as hex.

    `value` selects the features: nothing for all of them, a text or number for a category, a pair
    (from, to) for a class of a graduated layer.
    """

    label: str
    fill: str = "#ffffff"
    line: str = "#555555"
    width_mm: float = 0.26
    size_mm: float = 2.0
    opacity: float = 1.0
    dash: bool = False
    value: str | int | tuple[float, float] | None = None


@dataclass(frozen=True)
class Layer:
    """A layer of a GeoPackage and its style."""

    name: str
    rows: gpd.GeoDataFrame
    geometry_type: str
    style: ET.Element
    """Root of its QML."""


def style(
    form: Form, symbols: Sequence[Symbol], *, field: str = "", label: str = "", names: Mapping[str, str]
) -> ET.Element:
    """The QML of a layer: `field` tells the symbols apart, `label` is the field written on the map.

    `names` gives fields the heading that the attribute table shows.
    """
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Fields")
    root.set("labelsEnabled", "1" if label else "0")
    root.append(_renderer(form, symbols, field))
    if label:
        root.append(_labeling(label, form))
    aliases = ET.SubElement(root, "aliases")
    for index, (name, heading) in enumerate(names.items()):
        ET.SubElement(aliases, "alias", index=str(index), field=name, name=heading)
    return root


def text_of(root: ET.Element) -> str:
    """A style or a project as QGIS reads it."""
    ET.indent(root)
    return DOCTYPE + ET.tostring(root, encoding="unicode")


def _renderer(form: Form, symbols: Sequence[Symbol], field: str) -> ET.Element:
    values = [symbol.value for symbol in symbols]
    graduated = any(isinstance(value, tuple) for value in values)
    kind = "graduatedSymbol" if graduated else "categorizedSymbol" if field else "singleSymbol"
    renderer = ET.Element("renderer-v2", type=kind, forceraster="0", symbollevels="0", enableorderby="0")
    if graduated:
        renderer.set("graduatedMethod", "GraduatedColor")
    if field:
        renderer.set("attr", field)
        classes = ET.SubElement(renderer, "ranges" if graduated else "categories")
        for number, symbol in enumerate(symbols):
            classes.append(_class(symbol, number))
    drawn = ET.SubElement(renderer, "symbols")
    for number, symbol in enumerate(symbols):
        drawn.append(_symbol(form, symbol, number))
    return renderer


def _class(symbol: Symbol, number: int) -> ET.Element:
    common = {"symbol": str(number), "label": symbol.label, "render": "true"}
    if isinstance(symbol.value, tuple):
        low, high = symbol.value
        return ET.Element("range", {**common, "lower": f"{low:.6f}", "upper": f"{high:.6f}"})
    kind = "integer" if isinstance(symbol.value, int) else "string"
    return ET.Element("category", {**common, "value": str(symbol.value), "type": kind})


def _symbol(form: Form, symbol: Symbol, number: int) -> ET.Element:
    element = ET.Element("symbol", type=form, name=str(number), alpha=f"{symbol.opacity:g}", clip_to_extent="1")
    layer = ET.SubElement(element, "layer", enabled="1", locked="0")
    layer.set("class", {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}[form])
    layer.set("pass", "0")
    options = ET.SubElement(layer, "Option", type="Map")
    for name, value in _properties(form, symbol).items():
        ET.SubElement(options, "Option", name=name, value=value, type="QString")
    for name, value in _properties(form, symbol).items():  # what QGIS before 3.26 reads
        ET.SubElement(layer, "prop", k=name, v=value)
    return element


def _properties(form: Form, symbol: Symbol) -> dict[str, str]:
    dash = "dash" if symbol.dash else "solid"
    if form == "line":
        width = {"line_width": f"{symbol.width_mm:g}", "line_width_unit": "MM"}
        return {
            "line_color": _rgba(symbol.line),
            "line_style": dash,
            "capstyle": "round",
            "joinstyle": "round",
            **width,
        }
    outline = {"outline_color": _rgba(symbol.line), "outline_width": f"{symbol.width_mm:g}", "outline_width_unit": "MM"}
    if form == "marker":
        return {
            "name": "circle",
            "color": _rgba(symbol.fill),
            "size": f"{symbol.size_mm:g}",
            "size_unit": "MM",
            **outline,
        }
    filled = "solid" if symbol.fill else "no"
    return {"color": _rgba(symbol.fill or "#ffffff"), "style": filled, "outline_style": dash, **outline}


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _labeling(field: str, form: Form) -> ET.Element:
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(settings, "text-style", fieldName=field, fontFamily=FONT, fontSize="8", isExpression="0")
    text.set("fontSizeUnit", "Point")
    text.set("textColor", "34,34,34,255")
    buffer = {"bufferDraw": "1", "bufferSize": "0.7", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,220"}
    ET.SubElement(text, "text-buffer", buffer)
    placement = {"fill": "1", "line": "2", "marker": "6"}[form]
    ET.SubElement(settings, "placement", placement=placement, dist="0.8", distUnits="MM")
    ET.SubElement(settings, "rendering", obstacle="0")  # else zones keep the names of their schools away
    return labeling
