"""Land offered for schools and what stands around it: all of it invented."""

import geopandas as gpd
import pandas as pd
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from catchment.demo import facts
from catchment.demo.facts import Point
from catchment.demo.terrain import metres

# number, name, middle in degrees, metres east-west and north-south, turned by degrees, projects on it
PARCELS: tuple[tuple[str, str, Point, tuple[int, int], int, tuple[str, ...]], ...] = (
    ("DK01", "平南第二小学迁建地块（演示）", (111.5905, 22.7385), (150, 130), 0, ("P07",)),
    ("DK02", "第二小学地块（演示）", (111.5985, 22.7655), (180, 160), 0, ("P08",)),
    ("DK03", "第三小学地块（演示）", (111.5545, 22.7745), (170, 150), 20, ("P09", "P12")),
    ("DK04", "培献中学地块（演示）", (111.5765, 22.7255), (200, 140), 0, ("P10",)),
    ("DK05", "泷州新城地块（演示）", (111.5795, 22.7535), (160, 140), 10, ("P11",)),
    ("DK06", "城东预留地块（演示）", (111.6205, 22.7455), (170, 140), 0, ()),
    ("DK07", "城西预留地块（演示）", (111.5385, 22.7585), (150, 120), 15, ()),
    ("DK08", "罗平预留地块（演示）", (111.5935, 22.6435), (240, 45), 30, ()),
)
PARCEL_OF = {project: number for number, *_, projects in PARCELS for project in projects}

# kind, name, voltage in kV, parcel from whose middle the metres east and north are counted, shape
SURROUNDINGS: tuple[tuple[str, str, int | None, str, BaseGeometry], ...] = (
    ("铁路", "铁路（演示）", None, "DK04",
     shapely.LineString([(-6000, -900), (-1000, -280), (1200, -280), (4000, -280), (6500, 2500), (4800, 8000)])),
    ("输电线路", "城东线（演示）", 110, "DK06", shapely.LineString([(-2000, 400), (-300, 60), (300, -60), (2500, -900)])),
    ("输电线路", "罗平线（演示）", 220, "DK08", shapely.LineString([(-4000, 900), (0, 700), (4000, 1200)])),
    ("变电站", "城东变电站（演示）", None, "DK06", shapely.box(2480, -960, 2560, -900)),
    ("油气管道", "输气管道（演示）", None, "DK08", shapely.LineString([(-5000, -2500), (0, -1800), (5000, -2600)])),
    ("加油站", "平南加油站（演示）", None, "DK01", shapely.Point(120, 0)),
    ("加油站", "城西加油站（演示）", None, "DK07", shapely.Point(600, 300)),
    ("网吧", "网吧（演示）", None, "DK02", shapely.Point(-240, 20)),
    ("集贸市场", "城西市场（演示）", None, "DK03", shapely.box(300, -60, 360, 0)),
    ("太平间", "医院太平间（演示）", None, "DK05", shapely.Point(-700, 500)),
    ("易燃易爆场所", "烟花仓库（演示）", None, "DK08", shapely.box(1500, -1500, 1560, -1460)),
    ("燃气调压站", "调压站（演示）", None, "DK05", shapely.Point(250, -200)),
    ("垃圾站", "垃圾转运站（演示）", None, "DK04", shapely.Point(-450, 250)),
    ("看守所", "看守所（演示）", None, "DK06", shapely.Point(1800, 900)),
    ("地质灾害", "易涝地段（演示）", None, "DK05", shapely.box(-900, -700, -300, -400)),
    ("污染地块", "旧厂污染地块（演示）", None, "DK04", shapely.box(900, 400, 1100, 550)),
    ("水源保护区", "水源保护区（演示）", None, "DK07", shapely.box(-3500, -1500, -2000, 1500)),
    ("永久基本农田", "永久基本农田（演示）", None, "DK06", shapely.box(-85, -600, 500, -70)),
    ("永久基本农田", "永久基本农田（演示）", None, "DK08", shapely.box(-900, 300, 900, 600)),
    ("生态保护红线", "生态保护红线（演示）", None, "DK08", shapely.box(-9000, -6000, -5000, -2500)),
)  # fmt: skip


def make_parcels() -> gpd.GeoDataFrame:
    """The parcels in metres: number, name, geometry."""
    shapes = [
        shapely.affinity.rotate(shapely.box(x - east / 2, y - north / 2, x + east / 2, y + north / 2), turned)
        for (x, y), (_, _, _, (east, north), turned, _) in zip(_middles().values(), PARCELS, strict=True)
    ]
    table = {"地块编号": [row[0] for row in PARCELS], "名称": [row[1] for row in PARCELS]}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=facts.CRS)


def make_surroundings() -> gpd.GeoDataFrame:
    """What stands around them, in metres: kind, name, voltage, geometry."""
    middles = _middles()
    shapes = [shapely.affinity.translate(shape, *middles[parcel]) for *_, parcel, shape in SURROUNDINGS]
    rows = pd.DataFrame([row[:3] for row in SURROUNDINGS], columns=["类别", "名称", "电压"], dtype=object)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=facts.CRS)


def _middles() -> dict[str, Point]:
    places = metres([middle for _, _, middle, *_ in PARCELS])
    return {row[0]: (float(x), float(y)) for row, (x, y) in zip(PARCELS, places, strict=True)}
