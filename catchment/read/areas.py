"""Administrative areas and water, as layers."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from catchment.doors import conform
from catchment.errors import InputError, problem
from catchment.read import Reading, account
from catchment.read.layers import mend, read_layer
from catchment.tables import AREAS, WATER

IDS = ("area_id", "code", "代码", "镇街代码")
NAMES = ("name", "名称", "镇街名称")


def read_areas(path: Path, datum: str, crs: CRS) -> Reading:
    """Areas with their official code, name and (where given) resident count.

    Raises InputError for missing columns, codes that stand twice and polygons beyond repair.
    """
    layer = mend(read_layer(path, datum, crs), path)
    columns = {str(c): c for c in layer.columns}
    area_id, name = (next((n for n in names if n in columns), None) for names in (IDS, NAMES))
    if area_id is None or name is None:
        raise InputError(
            problem(
                "the areas need a code and a name (found {found})",
                "name the columns area_id and name",
                where=path,
                found=", ".join(columns),
            )
        )
    if not layer.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise InputError(problem("the areas are not all polygons", "give polygons only", where=path))
    residents = (
        pd.to_numeric(layer["residents"], errors="coerce").astype("Int64")
        if "residents" in columns
        else pd.Series(pd.NA, index=layer.index, dtype="Int64")
    )
    table = gpd.GeoDataFrame(
        {"area_id": layer[area_id].astype(str), "name": layer[name].astype(str), "residents": residents},
        geometry=layer.geometry,
        crs=crs,
    )
    return Reading(
        conform(AREAS, table), _nothing(), account(path.name, "areas", len(layer), len(layer), len(layer), len(layer))
    )


def read_water(path: Path, datum: str, crs: CRS) -> Reading:
    """Rivers and lakes for drawing."""
    layer = read_layer(path, datum, crs)
    layer = layer[layer.geometry.notna()].reset_index(drop=True)
    names = layer["name"].fillna("").astype(str) if "name" in layer else ""
    table = gpd.GeoDataFrame(
        {"water_id": [f"w{i + 1}" for i in range(len(layer))], "name": names}, geometry=layer.geometry, crs=crs
    )
    return Reading(
        conform(WATER, table),
        _nothing(),
        account(path.name, "features", len(layer), len(layer), len(layer), len(layer)),
    )


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=["source", "row", "reason", "amount"])
