"""The one place for reference systems, datums, axis order and coverage operations.

GCJ-02 and BD-09 are offsets laid over WGS-84 by Chinese map services; they are undone only when a
source says that it carries them (formulas: docs/method/coordinates.md).
"""

from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from catchment.errors import InputError, SettingsError, problem

Floats = NDArray[np.float64]

SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, the ellipsoid that GCJ-02 is computed on
ECCENTRICITY_2 = 0.00669342162296594323


def study_crs(text: str) -> CRS:
    """The study's reference system; raises SettingsError unless projected in metres."""
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise SettingsError(
            problem("study.crs {crs} is not known", "give a code such as EPSG:4546", crs=text)
        ) from error
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise SettingsError(
            problem("study.crs {crs} is not in metres", "give a projected system such as EPSG:4546", crs=text)
        )
    return crs


def suggest_crs(longitude: float, latitude: float) -> str:
    """The UTM zone of a place, as EPSG code."""
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


@lru_cache(maxsize=32)
def transformer(source: CRS, target: CRS) -> Transformer:
    """The way from one system to another, x before y.

    Raises InputError when the way is only a guess (PROJ's ballpark between different datums).
    """
    way = Transformer.from_crs(source, target, always_xy=True)
    if not _same_datum(source, target) and way.accuracy < 0 and "Ballpark" in way.description:
        raise InputError(
            problem(
                "no exact way is known from {source} to {target}",
                "ask the surveyor for the coordinates in CGCS2000 or WGS-84",
                source=source.name,
                target=target.name,
            ),
        )
    return way


def _same_datum(source: CRS, target: CRS) -> bool:
    """WGS-84 and CGCS2000 agree within centimetres and count as one."""
    names = {_datum_name(source), _datum_name(target)}
    modern = {"wgs84", "cgcs2000"}
    return len(names) == 1 or names <= modern


def _datum_name(crs: CRS) -> str:
    base = crs.source_crs or crs
    name = (base.geodetic_crs or base).datum.name if (base.geodetic_crs or base).datum else base.name
    lowered = name.lower()
    if "china 2000" in lowered or "cgcs2000" in lowered or "china geodetic coordinate system 2000" in lowered:
        return "cgcs2000"
    return "wgs84" if "world geodetic system 1984" in lowered or "wgs 84" in lowered else lowered


def to_study(x: Floats, y: Floats, source: CRS, target: CRS) -> tuple[Floats, Floats]:
    """Coordinates in the study's system; raises InputError if any is not finite there."""
    out_x, out_y = transformer(source, target).transform(x, y)
    out_x, out_y = np.asarray(out_x, float), np.asarray(out_y, float)
    bad = np.flatnonzero(~(np.isfinite(out_x) & np.isfinite(out_y)))
    if len(bad):
        raise InputError(
            problem(
                "coordinates fall outside {crs}",
                "check the reference system and the order of x and y",
                rows=bad + 1,
                crs=target.name,
            )
        )
    return out_x, out_y


def project(layer: gpd.GeoDataFrame, datum: str, target: CRS) -> gpd.GeoDataFrame:
    """A layer in the study's system, its datum offset undone when it has one.

    Raises InputError if the layer has no reference system.
    """
    if layer.crs is None:
        raise InputError(
            problem("the layer has no reference system", "set it in QGIS or give a .prj file; it is never guessed")
        )
    if datum in ("gcj02", "bd09"):
        undo = gcj02_to_wgs84 if datum == "gcj02" else bd09_to_wgs84
        degrees = layer.to_crs(4326) if layer.crs.is_projected else layer
        moved = shapely.transform(degrees.geometry.values, lambda xy: np.column_stack(undo(xy[:, 0], xy[:, 1])))
        layer = layer.set_geometry(gpd.GeoSeries(moved, index=layer.index, crs=4326))
    assert layer.crs is not None
    _refuse_zone_prefix(layer)
    way = transformer(layer.crs, target)
    moved = shapely.transform(layer.geometry.values, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise InputError(
            problem(
                "coordinates fall outside {crs}", "check the reference system and the order of x and y", crs=target.name
            )
        )
    return layer.set_geometry(gpd.GeoSeries(moved, index=layer.index, crs=target))


def _refuse_zone_prefix(layer: gpd.GeoDataFrame) -> None:
    """Chinese eastings may carry the zone in front (37,561,061 for 561,061): another system than the one declared."""
    crs = layer.crs
    if crs is None or not crs.is_projected or layer.empty:
        return
    easting = float(layer.total_bounds[2])
    false_easting = next((p.value for p in crs.coordinate_operation.params if p.name == "False easting"), 0.0)
    if easting > 1e7 > false_easting:
        raise InputError(
            problem(
                "the eastings have eight digits (such as {easting}), so they carry zone number {zone}, which {crs} does not have",
                "declare the system with that zone in its name, for example CGCS2000 / 3-degree Gauss-Kruger zone {zone}",
                easting=round(easting), zone=int(easting // 1e6), crs=crs.name,
            )
        )  # fmt: skip


def _offset(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 minus WGS-84 in degrees (the public algorithm; docs/method/coordinates.md)."""
    u, v = x - 105.0, y - 35.0
    wave = 20 * np.sin(6 * np.pi * u) + 20 * np.sin(2 * np.pi * u)
    root = np.sqrt(np.abs(u))
    north = -100 + 2 * u + 3 * v + 0.2 * v**2 + 0.1 * u * v + 0.2 * root
    north += (
        (
            wave
            + 20 * np.sin(np.pi * v)
            + 40 * np.sin(np.pi * v / 3)
            + 160 * np.sin(np.pi * v / 12)
            + 320 * np.sin(np.pi * v / 30)
        )
        * 2
        / 3
    )
    east = 300 + u + 2 * v + 0.1 * u**2 + 0.1 * u * v + 0.1 * root
    east += (
        (
            wave
            + 20 * np.sin(np.pi * u)
            + 40 * np.sin(np.pi * u / 3)
            + 150 * np.sin(np.pi * u / 12)
            + 300 * np.sin(np.pi * u / 30)
        )
        * 2
        / 3
    )
    latitude = np.radians(y)
    bend = 1 - ECCENTRICITY_2 * np.sin(latitude) ** 2
    d_y = north * 180 / (SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / (bend * np.sqrt(bend)) * np.pi)
    d_x = east * 180 / (SEMI_MAJOR_M / np.sqrt(bend) * np.cos(latitude) * np.pi)
    return d_x, d_y


def wgs84_to_gcj02(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees with the GCJ-02 offset added."""
    d_x, d_y = _offset(x, y)
    return x + d_x, y + d_y


def gcj02_to_wgs84(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees with the GCJ-02 offset taken away (error < 1 cm)."""
    guess_x, guess_y = x, y
    for _ in range(6):
        d_x, d_y = _offset(guess_x, guess_y)
        guess_x, guess_y = x - d_x, y - d_y
    return guess_x, guess_y


TURN = np.pi * 3000 / 180


def wgs84_to_bd09(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees as Baidu gives them."""
    x, y = wgs84_to_gcj02(x, y)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_wgs84(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees from Baidu's (error < 1 cm)."""
    gcj_x, gcj_y = x - 0.0065, y - 0.006
    for _ in range(8):
        radius = np.hypot(gcj_x, gcj_y) + 0.00002 * np.sin(gcj_y * TURN)
        angle = np.arctan2(gcj_y, gcj_x) + 0.000003 * np.cos(gcj_x * TURN)
        gcj_x = gcj_x + x - (radius * np.cos(angle) + 0.0065)
        gcj_y = gcj_y + y - (radius * np.sin(angle) + 0.006)
    return gcj02_to_wgs84(gcj_x, gcj_y)


# A coarse outline of mainland China in degrees, on the safe (outer) side by about 20 km except where a
# neighbour is nearer: it only decides whether a datum offset is worth suspecting. Hong Kong, Macau and
# Taiwan publish in other systems and are left out.
MAINLAND = shapely.Polygon(
    [
        (73.5, 39.5), (74.8, 37.2), (78.7, 31.4), (81.2, 30.2), (85.8, 28.1), (88.8, 27.6), (92.0, 27.8), (97.3, 28.2), (98.6, 25.8), (97.6, 24.3),
        (98.9, 23.0), (100.2, 21.4), (101.8, 21.1), (103.9, 22.5), (106.6, 22.2), (108.0, 21.4), (108.3, 18.2), (110.0, 18.0), (111.2, 20.0), (113.52, 21.9),
        (113.52, 22.25), (113.9, 22.52), (114.5, 22.55), (117.2, 23.2), (119.9, 25.3), (122.4, 29.5), (122.2, 31.8), (122.8, 37.4), (121.5, 39.0), (124.3, 39.8),
        (126.9, 41.7), (128.1, 42.0), (130.6, 42.4), (131.2, 44.9), (133.1, 45.1), (134.8, 48.4), (130.9, 47.9), (127.4, 50.0), (121.4, 53.4), (119.8, 50.2),
        (116.7, 49.8), (115.6, 47.8), (119.7, 46.7), (111.9, 45.0), (111.0, 43.5), (105.0, 41.6), (96.4, 42.8), (90.9, 45.2), (90.9, 46.9), (87.8, 49.2),
        (85.5, 48.4), (85.5, 47.1), (82.3, 45.5), (80.3, 44.9), (80.2, 42.1), (76.4, 40.4),
    ]
)  # fmt: skip


def inside_china(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which places (degrees) lie in mainland China, where GCJ-02 and BD-09 are in use."""
    return np.asarray(shapely.contains_xy(MAINLAND, x, y))
