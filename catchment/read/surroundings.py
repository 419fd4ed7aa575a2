"""What stands around the land offered for schools: objects of known kinds, out of layers."""

import re
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from catchment.doors import conform, stack
from catchment.errors import InputError, Problems, problem
from catchment.read import Reading, account
from catchment.read.headings import narrow, plain, words_of
from catchment.read.layers import mend, read_layer
from catchment.read.osm import OSM_ENDINGS
from catchment.read.osm_objects import read_osm_objects
from catchment.settings import SurroundingsSource
from catchment.tables import RECONCILIATION, SET_ASIDE, SURROUNDINGS

KIND_WORDS = words_of(
    railway="铁路 轨道交通 rail",
    expressway="高速公路 快速路 高速 motorway",
    arterial="主干道 主干路 城市主干道 trunk",
    power_line="高压线 高压输电线 输电线路 电力线 高压架空线",
    pipeline="油气管道 输气管道 输油管道 天然气管道 长输管道",
    petrol_station="加油站 加气站 加油加气站 fuel",
    market="集贸市场 市场 农贸市场 marketplace",
    mortuary="太平间 殡仪馆 医院太平间",
    explosives="易燃易爆 易燃易爆场所 易燃易爆仓库 危险品仓库 危化品仓库",
    entertainment="娱乐场所 游戏厅 电子游戏厅 网吧 歌舞厅",
    substation="变电站 变电所",
    gas_regulator="调压站 燃气调压站",
    waste_station="垃圾站 垃圾转运站 垃圾中转站",
    detention_house="看守所 拘留所",
    hazard="地质灾害 灾害 地质灾害隐患 洪涝 滑坡 崩塌 塌陷 断裂带",
    pollution="污染 污染源 污染地块",
    water_protection="水源保护区 饮用水水源保护区",
    farmland="永久基本农田 基本农田",
    red_line="生态保护红线 生态红线",
)
COLUMNS = {
    "kind": ("kind", "类别", "类型"),
    "name": ("name", "名称"),
    "voltage_kv": ("voltage_kv", "电压", "电压_kV", "电压等级"),
}
PROTECTED = ("water_protection", "farmland", "red_line")
GROUND = (*PROTECTED, "hazard", "pollution")
"""Kinds of ground: drawn as a line around it, a site within would touch nothing."""
HIGHEST_KV = 1200
ACCOUNTS = (("set_aside", SET_ASIDE), ("reconciliation", RECONCILIATION))
_VOLTAGE = re.compile(r"(?:ac|dc|±)?(\d+(?:\.\d+)?)(?:kv|千伏)?", re.IGNORECASE)


def read_surroundings(folder: Path, sources: Sequence[SurroundingsSource], crs: CRS, *, roads: Path) -> Reading:
    """The objects of all layers; an object's id is the number of its layer and of the feature in it, or its id in OSM.

    roads: file of the roads, from which `osm` is read.

    Raises InputError telling what is wrong in every layer at once.
    """
    parts, problems = [], Problems()
    for number, source in enumerate(sources, start=1):
        try:
            parts.append(
                _osm(roads, crs) if source.path == "osm" else _layer(folder / source.path, source, number, crs)
            )
        except InputError as error:
            problems.found.extend(error.problems)
    problems.raise_any()
    filled = [part.table for part in parts if len(part.table)] or [parts[0].table]
    table = gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), geometry="geometry", crs=crs)
    aside, accounts = (stack([getattr(part, name) for part in parts], table_of) for name, table_of in ACCOUNTS)
    return Reading(conform(SURROUNDINGS, table), aside, accounts)


def _osm(roads: Path, crs: CRS) -> Reading:
    if not roads.name.endswith(OSM_ENDINGS):
        what, remedy = "surroundings `osm` need roads from an OSM file", "give a layer of the surroundings"
        raise InputError(problem(what, remedy, where="study.toml"))
    return read_osm_objects(roads, crs)


def _layer(path: Path, source: SurroundingsSource, number: int, crs: CRS) -> Reading:
    part = _read_layer(path, source.datum, crs)
    ids = [f"{number}-{row}" for row in range(1, len(part) + 1)]
    counts = account(path.name, "features", len(part), len(part), len(part), len(part))
    return Reading(part.assign(object_id=ids), SET_ASIDE.empty(), counts)


def _read_layer(path: Path, datum: str, crs: CRS) -> gpd.GeoDataFrame:
    """Kind, name, voltage and shape of every feature; raises InputError telling every fault of the layer."""
    layer, problems = read_layer(path, datum, crs).reset_index(drop=True), Problems()
    shapeless = layer.geometry.isna() | layer.geometry.is_empty | (layer.geom_type == "GeometryCollection")
    if shapeless.any():
        what, remedy = (
            "features have no shape, or several of different sorts",
            "draw each as points, lines or polygons, or take it out",
        )
        problems.add(what, remedy, where=path, rows=layer.index[shapeless] + 1)
    try:
        mended = mend(layer[~shapeless], path).geometry.reindex(layer.index)
    except InputError as error:
        problems.found.extend(error.problems)
        mended = layer.geometry
    named = {plain(column): str(column) for column in layer.columns}
    found = {name: next((named[plain(s)] for s in some if plain(s) in named), "") for name, some in COLUMNS.items()}
    if not found["kind"]:
        what, remedy = (
            "the layer does not tell the kind of its features (found {found})",
            "name the column kind or 类别",
        )
        problems.add(what, remedy, where=path, found=", ".join(sorted(map(str, layer.columns))))
    problems.raise_any()
    told = {name: layer[column] if column else pd.Series("", index=layer.index) for name, column in found.items()}
    kinds, kv = _kinds(told["kind"], path, problems), _voltages(told["voltage_kv"], path, problems)
    _check_lines(kinds, told["voltage_kv"], path, problems)
    _check_ground(kinds, mended, path, problems)
    problems.raise_any()
    rows = {"kind": kinds, "name": told["name"].fillna("").astype(str), "voltage_kv": kv}
    return gpd.GeoDataFrame(rows, geometry=mended, crs=crs)


def _kinds(told: "pd.Series[str]", path: Path, problems: Problems) -> "pd.Series[str]":
    words = told.fillna("").astype(str)
    kinds = pd.Series([KIND_WORDS.get(plain(word), "") for word in words], index=told.index, dtype="str")
    strange = kinds == ""
    if strange.any():
        what, remedy = "kinds that are not known: {words}", "use one of: {known}"
        first = dict.fromkeys(words[strange].replace("", "–"))
        known = ", ".join(dict.fromkeys(str(kind) for kind in KIND_WORDS.values()))
        problems.add(what, remedy, where=path, rows=told.index[strange] + 1, words=", ".join(first), known=known)
    return kinds


def _voltages(told: "pd.Series[str]", path: Path, problems: Problems) -> "pd.Series[float]":
    """Kilovolts out of numbers and texts such as 110kV; nan where none is told."""
    texts = pd.Series(["" if pd.isna(each) else narrow(str(each)) for each in told], index=told.index, dtype="str")
    found = [_VOLTAGE.fullmatch(text) for text in texts]
    kv = pd.Series([float(match[1]) if match else np.nan for match in found], index=told.index)
    wrong = (texts != "") & ~((kv > 0) & (kv <= HIGHEST_KV))
    if wrong.any():
        what, remedy = "voltages that are no kilovolts: {words}", "give them in kV, as 110"
        first = dict.fromkeys(told[wrong].astype(str))
        problems.add(what, remedy, where=path, rows=told.index[wrong] + 1, words=", ".join(first))
    return kv


def _check_lines(kinds: "pd.Series[str]", told: "pd.Series[str]", path: Path, problems: Problems) -> None:
    silent = (kinds == "power_line") & (told.fillna("").astype(str).str.strip() == "")
    if silent.any():
        what, remedy = "the voltage of power lines is missing", "give it in kV in column voltage_kv (电压)"
        problems.add(what, remedy, where=path, rows=kinds.index[silent] + 1)


def _check_ground(kinds: "pd.Series[str]", shapes: gpd.GeoSeries, path: Path, problems: Problems) -> None:
    polygons = shapes.geom_type.isin(["Polygon", "MultiPolygon"])
    outlines = (shapely.get_dimensions(shapes.values) == 1) & shapely.is_closed(shapes.values)
    wrong = (kinds.isin(PROTECTED) & ~polygons) | (kinds.isin(GROUND) & outlines)
    if wrong.any():
        what = "protected or dangerous ground is not drawn as polygons: a site within it would touch nothing"
        problems.add(what, "draw it as polygons", where=path, rows=kinds.index[wrong] + 1)
