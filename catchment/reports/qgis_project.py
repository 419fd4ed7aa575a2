"""A QGIS project (.qgz) beside the GeoPackage: its layers in groups, named in the study's language, each in its style."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from pyproj import CRS

from catchment.locale import translate
from catchment.reports.qml import Layer, text_of

ZIP_DATE = (2020, 1, 1, 0, 0, 0)
"""Same inputs, same bytes."""
GEOMETRIES = {"Point": "Point", "LineString": "Line", "MultiPolygon": "Polygon"}
ID = "catchment_"
"""Before each layer's name: QGIS gives layers with ids of ten letters or fewer new ones, and then misses them in the tree."""
MARGIN = 0.03
"""Share of the extent that is shown around it at first."""
PLACES, SITES, GROUND, ZONING, BELOW = (
    "Schools",
    "Sites",
    "Roads and borders",
    "Attendance zones",
    "What zones are made of",
)
TREE = {
    "schools": (PLACES, "Schools", True),
    "candidates": (SITES, "Candidate projects", False),
    "site_evidence": (SITES, "What speaks against sites", False),
    "parcels": (SITES, "Parcels", False),
    "search_areas": (SITES, "Search areas", False),
    "areas": (GROUND, "Townships", True),
    "roads": (GROUND, "Roads", True),
    "zone_changes": (ZONING, "Ground that changes school in the plan", False),
    "zones_primary": (ZONING, "Attendance zones, primary", True),
    "zones_junior": (ZONING, "Attendance zones, junior secondary", False),
    "reach": (BELOW, "Distance to school", False),
    "units": (BELOW, "Planning units", False),
    "cells": (BELOW, "Populated cells", False),
}
"""Group and title of each layer of the GeoPackage, from top to bottom, and whether it is shown when the project is opened."""


def write_project(file: Path, layers: Sequence[Layer], *, source: str, title: str, crs: CRS, language: str) -> None:
    """Write a project of the layers of the GeoPackage `source`, which lies in the same folder."""
    there = {layer.name: layer for layer in layers}
    root = ET.Element("qgis", version="3.22.0", projectname=title)
    ET.SubElement(root, "title").text = title
    root.append(_reference("projectCrs", crs))
    root.append(_tree(there, source, language))
    root.append(_view(layers, crs))
    kept = ET.SubElement(root, "projectlayers")
    for name in (name for name in TREE if name in there):
        kept.append(_layer(there[name], source, translate(TREE[name][1], language), crs))
    properties = ET.SubElement(root, "properties")
    ET.SubElement(ET.SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    ET.SubElement(ET.SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(file.stem + ".qgs", ZIP_DATE), text_of(root).encode("utf-8"))


def _reference(tag: str, crs: CRS) -> ET.Element:
    element = ET.Element(tag)
    element.append(_system(crs))
    return element


def _system(crs: CRS) -> ET.Element:
    system = ET.Element("spatialrefsys")
    ET.SubElement(system, "wkt").text = crs.to_wkt()
    authority = crs.to_authority()
    ET.SubElement(system, "authid").text = ":".join(authority) if authority else ""
    return system


def _tree(there: dict[str, Layer], source: str, language: str) -> ET.Element:
    root = ET.Element("layer-tree-group")
    groups: dict[str, ET.Element] = {}
    for name, (group, title, shown) in TREE.items():
        if name not in there:
            continue
        if group not in groups:
            words = translate(group, language)
            groups[group] = ET.SubElement(root, "layer-tree-group", name=words, checked="Qt::Checked", expanded="1")
        ET.SubElement(
            groups[group], "layer-tree-layer", id=ID + name, name=translate(title, language), source=_source(source, name),
            providerKey="ogr", checked="Qt::Checked" if shown else "Qt::Unchecked", expanded="0",
        )  # fmt: skip
    return root


def _source(source: str, name: str) -> str:
    return f"./{source}|layername={name}"


def _view(layers: Sequence[Layer], crs: CRS) -> ET.Element:
    """What is seen at first: everything but roads, which may lead far out of the county."""
    bounds = np.array([layer.rows.total_bounds for layer in layers if layer.name != "roads"])
    (west, south), (east, north) = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
    room = MARGIN * max(east - west, north - south)
    edges = {"xmin": west - room, "ymin": south - room, "xmax": east + room, "ymax": north + room}
    view = ET.Element("ProjectViewSettings", UseProjectScales="0")
    extent = ET.SubElement(view, "DefaultViewExtent", {name: f"{value:.1f}" for name, value in edges.items()})
    extent.append(_system(crs))
    return view


def _layer(layer: Layer, source: str, title: str, crs: CRS) -> ET.Element:
    element = ET.Element("maplayer", type="vector", geometry=GEOMETRIES[layer.geometry_type])
    named = layer.name not in ("zones_primary", "zones_junior")  # their schools are
    element.set("labelsEnabled", layer.style.get("labelsEnabled", "0") if named else "0")
    element.set("autoRefreshEnabled", "0")
    for tag, text in (("id", ID + layer.name), ("datasource", _source(source, layer.name)), ("layername", title)):
        ET.SubElement(element, tag).text = text
    element.append(_reference("srs", crs))
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    styles = ET.SubElement(element, "map-layer-style-manager", current="default")
    ET.SubElement(styles, "map-layer-style", name="default")
    element.extend(layer.style)
    return element
