"""Administrative areas, parcels of land, water and barriers, as layers."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from catchment.doors import conform
from catchment.errors import InputError, problem
from catchment.read import Reading, account
from catchment.read.layers import mend, read_layer
from catchment.tables import AREAS, BARRIERS, SET_ASIDE, WATER, Table

IDS = ("area_id", "code", "代码", "镇街代码")
PARCEL_IDS = ("parcel_id", "地块编号", "宗地编号")
NAMES = ("name", "名称", "镇街名称", "地块名称")


def _named_polygons(path: Path, datum: str, crs: CRS, ids: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Valid polygons with columns id and name, and what else the layer has.

    Raises InputError for missing columns, other shapes, and polygons beyond repair.
    """
    layer = mend(read_layer(path, datum, crs), path)
    own, name = (next((n for n in names if n in layer), None) for names in (ids, NAMES))
    if own is None or name is None:
        what = "the polygons need an id and a name (found {found})"
        found = ", ".join(sorted(str(column) for column in layer.columns))
        raise InputError(problem(what, "name the columns {id} and name", where=path, found=found, id=ids[0]))
    if not layer.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise InputError(problem("the layer does not hold polygons only", "give polygons only", where=path))
    return layer.assign(id=layer[own].astype(str), name=layer[name].fillna("").astype(str))


def read_areas(path: Path, datum: str, crs: CRS) -> Reading:
    """Areas with their official code, name and (where given) resident count.

    Raises InputError for missing columns, codes that stand twice and polygons beyond repair.
    """
    layer = _named_polygons(path, datum, crs, IDS)
    absent = pd.Series(pd.NA, index=layer.index)
    residents = pd.to_numeric(layer["residents"], errors="coerce") if "residents" in layer else absent
    columns = {"area_id": layer["id"], "name": layer["name"], "residents": residents.astype("Int64")}
    table = gpd.GeoDataFrame(columns, geometry=layer.geometry, crs=crs)
    return _whole(conform(AREAS, table), path, "areas", len(layer))


def read_parcels(path: Path, datum: str, crs: CRS) -> Reading:
    """Parcels with their land in whole square metres; the area that each lies in is found later.

    Raises InputError for missing columns, and polygons that are broken or overlap.
    """
    layer = _named_polygons(path, datum, crs, PARCEL_IDS)
    shapes = layer.geometry.values
    pairs = shapely.STRtree(shapes).query(shapes)
    pairs = pairs[:, pairs[0] < pairs[1]]
    common = shapely.area(shapely.intersection(shapes[pairs[0]], shapes[pairs[1]])) > 1
    if common.any():
        rows = [f"{layer['id'].iloc[a]} {layer['id'].iloc[b]}" for a, b in pairs[:, common].T]
        raise InputError(problem("parcels overlap", "draw their common border once", where=path, rows=rows))
    land = layer.area.round().astype("int64")
    columns = {"parcel_id": layer["id"], "name": layer["name"], "land_m2": land}
    return _whole(gpd.GeoDataFrame(columns, geometry=layer.geometry, crs=crs), path, "m²", int(land.sum()))


def read_water(path: Path, datum: str, crs: CRS) -> Reading:
    """Rivers and lakes: drawn, and no way from a house to the road leads across them."""
    return _named_shapes(path, datum, crs, WATER)


def read_barriers(path: Path, datum: str, crs: CRS) -> Reading:
    """Lines or areas that are not crossed freely."""
    return _named_shapes(path, datum, crs, BARRIERS)


def _named_shapes(path: Path, datum: str, crs: CRS, like: Table) -> Reading:
    """All shapes of a layer, numbered in their order."""
    layer = read_layer(path, datum, crs)
    layer = layer[layer.geometry.notna()].reset_index(drop=True)
    names = layer["name"].fillna("").astype(str) if "name" in layer else ""
    ids = [f"{like.name[0]}{i + 1}" for i in range(len(layer))]
    table = gpd.GeoDataFrame({like.key[0]: ids, "name": names}, geometry=layer.geometry, crs=crs)
    return _whole(conform(like, table), path, "features", len(layer))


def _whole(table: gpd.GeoDataFrame, path: Path, unit: str, amount: int) -> Reading:
    """A reading that used every row."""
    return Reading(table, SET_ASIDE.empty(), account(path.name, unit, len(table), len(table), amount, amount))
