"""Vector layers (GeoPackage, GeoJSON, GeoParquet, Shapefile, CSV with coordinates) with their reference system."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from catchment.errors import InputError, problem
from catchment.geo import project

LARGEST_AREA_CHANGE_SHARE = 0.001
COORDINATES = (("lon", "lat"), ("longitude", "latitude"), ("经度", "纬度"), ("x", "y"))


def read_layer(path: Path, datum: str, crs: CRS) -> gpd.GeoDataFrame:
    """A layer in the study's system, its columns as they are in the file.

    Raises InputError if the file is missing or unreadable or has no reference system.
    """
    if not path.exists():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    try:
        layer = _open(path)
    except (pyogrio.errors.DataSourceError, ValueError, OSError) as error:
        raise InputError(
            problem(
                "the layer cannot be read: {error}",
                "open it in QGIS and export it as GeoPackage",
                where=path,
                error=error,
            )
        ) from error
    try:
        return project(layer, datum, crs)
    except InputError as error:
        raise InputError(
            [problem(p.what, p.remedy, where=path, rows=p.rows, **dict(p.values)) for p in error.problems]
        ) from error


def _open(path: Path) -> gpd.GeoDataFrame:
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    if path.suffix == ".csv":
        return _points(path)
    return gpd.read_file(path)


def _points(path: Path) -> gpd.GeoDataFrame:
    """Points out of a CSV with longitude and latitude in degrees."""
    table = pd.read_csv(path, dtype={"id": str}, encoding="utf-8-sig")
    lowered = {str(name).strip().lower(): name for name in table.columns}
    pair = next((p for p in COORDINATES if p[0] in lowered and p[1] in lowered), None)
    if pair is None:
        raise InputError(
            problem(
                "no pair of columns holds coordinates (found {found})",
                "name them lon and lat, in degrees",
                where=path,
                found=", ".join(map(str, table.columns)),
            )
        )
    x, y = (pd.to_numeric(table[lowered[name]], errors="coerce") for name in pair)
    bad = table.index[x.isna() | y.isna() | (x.abs() > 180) | (y.abs() > 90) | ((x == 0) & (y == 0))]
    if len(bad):
        raise InputError(
            problem(
                "coordinates are missing, (0, 0) or no degrees",
                "correct or take out the rows",
                where=path,
                rows=bad + 2,
            )
        )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=4326)


def mend(layer: gpd.GeoDataFrame, where: object) -> gpd.GeoDataFrame:
    """Polygons made valid; raises InputError if that changes one's area by more than 0.1 %."""
    broken = ~layer.geometry.is_valid
    if not broken.any():
        return layer
    whole = shapely.make_valid(layer.geometry.values, method="structure", keep_collapsed=False)
    before = layer.geometry.buffer(0).area
    change = (gpd.GeoSeries(whole, index=layer.index).area - layer.geometry.area.abs()).abs()
    too_much = broken & ((change > LARGEST_AREA_CHANGE_SHARE * layer.geometry.area.abs()) | (before == 0))
    if too_much.any():
        raise InputError(
            problem(
                "polygons cross themselves and cannot be repaired without changing their area",
                "repair them in QGIS (Fix geometries) and look at them",
                where=where,
                rows=layer.index[too_much] + 1,
            )
        )
    return layer.set_geometry(gpd.GeoSeries(whole, index=layer.index, crs=layer.crs))
