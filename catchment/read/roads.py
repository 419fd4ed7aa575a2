"""Roads from OSM files, GraphML, or a layer of edges: one table whatever the source."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from catchment.errors import InputError, problem
from catchment.read import Reading, account
from catchment.read.layers import read_layer
from catchment.read.osm import OSM_ENDINGS, read_osm_roads
from catchment.read.rights import NO_BICYCLE, NO_FOOT
from catchment.read.vocabulary import ONE_WAY

# Spellings of "no" in yes-or-no columns; a bridge or tunnel may have any other word (viaduct, culvert).
NO_WORDS = frozenset({"", "no", "false", "f", "0", "0.0", "n", "否", "无"})


def read_roads(path: Path, datum: str, crs: CRS) -> Reading:
    """Road stretches: where they start and end, class, name, who may use them, and their line.

    Columns from_key, to_key, road_class, name, walk, cycle_forward, cycle_backward, drive_forward,
    drive_backward, bridge (or tunnel: does not meet what it crosses), geometry.

    Raises InputError if the file cannot be used, telling every reason.
    """
    if path.name.endswith(OSM_ENDINGS):
        return read_osm_roads(path, crs)
    layer = _graphml(path, crs) if path.suffix == ".graphml" else read_layer(path, datum, crs)
    return _from_layer(layer, path)


def _graphml(path: Path, crs: CRS) -> gpd.GeoDataFrame:
    """An osmnx graph saved as GraphML, one row per street, projected to the study's system."""
    import osmnx

    if not path.exists():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    # osmnx turns "False" into True when it is asked for a bool, so the text is kept and read by us.
    graph = osmnx.load_graphml(path, edge_dtypes={"oneway": str, "reversed": str})
    edges = osmnx.convert.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True).reset_index()
    edges = edges.assign(from_key=edges["u"], to_key=edges["v"])
    one_way = edges.get("oneway", pd.Series("no", index=edges.index)).map(lambda v: ONE_WAY.get(str(v)))
    return edges[~_repeats(edges, one_way.eq(0))].to_crs(crs)


def _repeats(edges: gpd.GeoDataFrame, both_ways: pd.Series) -> pd.Series:
    """The second of the two arcs that a two-way street has in a directed graph."""
    low = edges[["u", "v"]].min(axis=1)
    high = edges[["u", "v"]].max(axis=1)
    mm = (edges["length"].astype(float) * 1000).round()
    return both_ways & pd.DataFrame({"low": low, "high": high, "mm": mm, "key": edges["key"]}).duplicated()


def _from_layer(layer: gpd.GeoDataFrame, path: Path) -> Reading:
    """Edges of a layer; ends on the same millimetre are the same junction."""
    usable = layer.geometry.notna() & layer.geometry.geom_type.isin(["LineString", "MultiLineString"])
    parts = layer[usable].explode(ignore_index=True)
    length = parts.length
    parts = parts[length > 0].reset_index(drop=True)
    if parts.empty:
        raise InputError(problem("the layer has no lines", "give a layer of road lines", where=path))
    classes = _first(parts, ("highway", "road_class", "class", "道路等级"), "unclassified")
    direction = _directions(parts, path)
    cycle = ~classes.isin(NO_BICYCLE)
    keys = {name: parts[name] for name in ("from_key", "to_key") if name in parts} or _end_keys(parts)
    table = gpd.GeoDataFrame(
        {
            **keys,
            "road_class": classes,
            "name": _first(parts, ("name", "名称", "道路名称"), ""),
            "walk": ~classes.isin(NO_FOOT),
            "cycle_forward": cycle & (direction >= 0),
            "cycle_backward": cycle & (direction <= 0),
            "drive_forward": direction >= 0,
            "drive_backward": direction <= 0,
            "bridge": _told_yes(parts, "bridge") | _told_yes(parts, "tunnel"),
        },
        geometry=parts.geometry.values,
        crs=parts.crs,
    )
    left = layer.index[~usable]
    aside = pd.DataFrame({"source": path.name, "row": [str(i + 1) for i in left], "reason": "no line", "amount": 0.0})
    return Reading(
        table,
        aside,
        account(path.name, "m", len(layer), len(layer) - len(left), float(length.sum()), float(table.length.sum())),
    )


def _first(layer: gpd.GeoDataFrame, names: tuple[str, ...], otherwise: str) -> pd.Series:
    """The first of the columns that is there, lists reduced to their first value."""
    name = next((name for name in names if name in layer), None)
    if name is None:
        return pd.Series(otherwise, index=layer.index, dtype="str")
    values = layer[name].map(lambda v: v[0] if isinstance(v, list | np.ndarray) and len(v) else v)
    return values.fillna(otherwise).astype("str").replace({"nan": otherwise, "None": otherwise})


def _told_yes(layer: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Where the column says anything but no; nowhere if there is no such column."""
    return ~_first(layer, (name,), "no").str.strip().str.lower().isin(NO_WORDS)


def _directions(layer: gpd.GeoDataFrame, path: Path) -> pd.Series:
    """1, −1 or 0 (both) per edge; raises InputError on values outside the vocabulary."""
    told = _first(layer, ("oneway", "单行"), "no")
    direction = told.map(ONE_WAY)
    unknown = direction.isna()
    if unknown.any():
        values = ", ".join(sorted(told[unknown].unique()))
        raise InputError(
            problem(
                "unknown values of oneway: {values}",
                "use yes, no, -1, or F, T, B",
                where=path,
                rows=layer.index[unknown] + 1,
                values=values,
            )
        )
    return direction.astype(int)


def _end_keys(lines: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Junction numbers by place, on a grid of one millimetre."""
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(lines.geometry.values, i)) for i in (0, -1)])
    _, number = np.unique(np.round(ends * 1000).astype(np.int64), axis=0, return_inverse=True)
    first, last = np.split(number.ravel(), 2)
    return {"from_key": pd.Series(first), "to_key": pd.Series(last)}
