"""Land offered for schools, and what stands around it: all invented."""

import geopandas as gpd
import numpy as np
import shapely

from catchment.demo import facts
from catchment.demo.terrain import metres

PARCELS: tuple[tuple[str, str, tuple[float, float], float, float], ...] = (
    ("D01", "演示地块：罗定第二小学", (111.5985, 22.7655), 250, 180),
    ("D02", "演示地块：罗定第三小学", (111.5545, 22.7745), 190, 130),
    ("D03", "演示地块：培献中学", (111.5765, 22.7255), 230, 200),
    ("D04", "演示地块：泷州新城", (111.5795, 22.7535), 200, 150),
    ("D05", "演示地块：平南第二小学", (111.5905, 22.7385), 160, 120),
    ("D06", "演示地块：城南狭长地", (111.5620, 22.7480), 40, 320),
    ("D07", "演示地块：城东路口", (111.6105, 22.7520), 150, 110),
    ("D08", "演示地块：城北", (111.5700, 22.7935), 180, 140),
)
"""Number, name, middle in degrees, metres east–west and north–south. The first five are those of projects."""
OF_PROJECTS = {
    "新建罗定第二小学": "D01", "新建罗定第三小学": "D02", "罗定第三小学二期（演示）": "D02", "新建罗定市培献中学": "D03",
    "罗定市泷州新城教育项目": "D04", "迁建平南第二小学": "D05",
}  # fmt: skip
Path = tuple[tuple[float, float], ...]
OBJECTS: tuple[tuple[str, str, float | None, str, Path], ...] = (
    ("铁路", "铁路（演示）", None, "line", ((111.640, 22.690), (111.652, 22.740), (111.648, 22.800))),
    ("高压线", "110 千伏线路（演示）", 110, "line", ((111.545, 22.7478), (111.580, 22.7484))),
    ("加油站", "城东加油站（演示）", None, "point", ((111.6114, 22.7520),)),
    ("集贸市场", "城中市场（演示）", None, "point", ((111.5740, 22.7640),)),
    ("变电站", "城西变电站（演示）", None, "point", ((111.5380, 22.7650),)),
    ("地质灾害", "滑坡隐患区（演示）", None, "area", ((111.5920, 22.7380), (111.5950, 22.7380), (111.5950, 22.7410), (111.5920, 22.7410))),
    ("永久基本农田", "基本农田（演示）", None, "area", ((111.600, 22.700), (111.625, 22.700), (111.625, 22.720), (111.600, 22.720))),
)  # fmt: skip
"""Kind, name, kV, shape, corners in degrees."""
SHAPES = {"point": shapely.Point, "line": shapely.LineString, "area": shapely.Polygon}


def make_parcels() -> gpd.GeoDataFrame:
    """Parcels as rectangles, in metres of the study's system."""
    middles = metres([middle for _, _, middle, _, _ in PARCELS])
    shapes = [
        shapely.box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        for (x, y), (_, _, _, wide, high) in zip(middles, PARCELS, strict=True)
    ]
    rows = {"地块编号": [row[0] for row in PARCELS], "名称": [row[1] for row in PARCELS]}
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=facts.CRS)


def make_surroundings() -> gpd.GeoDataFrame:
    """Objects around them, in metres of the study's system."""
    shapes = [
        shapely.Point(*metres(corners)[0]) if shape == "point" else SHAPES[shape](np.asarray(metres(corners)))
        for _, _, _, shape, corners in OBJECTS
    ]
    rows = {
        "类别": [row[0] for row in OBJECTS],
        "名称": [row[1] for row in OBJECTS],
        "电压": [row[2] for row in OBJECTS],
    }
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=facts.CRS).astype({"电压": object})
