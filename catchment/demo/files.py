"""The files of the demonstration study, written so that equal tables give equal bytes."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
import tomli_w
import xlsxwriter

from catchment.demo.people import Grid, People
from catchment.demo.provenance import HEADER, SOURCES
from catchment.demo.settings import STUDY
from catchment.demo.terrain import Terrain, degrees

NODATA = 65535
SCHOOL_HEADINGS = {
    "学校标识码": "school_id", "学校名称": "name", "校区编号": "campus_id", "学段": "stage", "办学类型": "kind",
    "举办者": "owner", "城乡类别": "setting", "寄宿": "boards", "教室数": "rooms", "学位数": "seats", "经度": "lon",
    "纬度": "lat", "镇街代码": "area_id",
}  # fmt: skip
CLASS_HEADINGS = {
    "学校标识码": "school_id", "学校名称": "name", "学段": "stage", "入学年份": "entry_year", "年级": "grade",
    "班号": "class_no", "学生数": "pupils", "统计日期": "snapshot",
}  # fmt: skip
PROJECT_HEADINGS = {
    "项目编号": "id", "项目名称": "name", "学段": "stage", "类别": "kind", "学校标识码": "school_id", "经度": "lon",
    "纬度": "lat", "学位数": "seats", "投资_万元": "cost", "价格年份": "price_year", "最早启用年份": "earliest",
    "前置项目": "after", "文件点名": "named", "地块编号": "parcel", "备注": "remarks",
}  # fmt: skip

ADDRESS_HEADINGS = {"街路": "street", "门牌号": "number", "自然村": "place", "经度": "lon", "纬度": "lat"}
ENROLMENT_HEADINGS = {"学校标识码": "school_id", "学段": "stage", "年级": "grade", "年份": "year", "学生数": "pupils"}
ENTRANTS_HEADINGS = {"镇街代码": "area_id", "入学年份": "year", "儿童数": "children"}
HOUSING_HEADINGS = {"镇街代码": "area_id", "竣工年份": "year", "住房类型": "type", "套数": "dwellings"}
RESOURCE_HEADINGS = {
    "学校标识码": "school_id", "学段": "stage", "高中学生数": "senior_pupils", "高于规定学历教师数": "teachers_above",
    "骨干教师数": "backbone_teachers", "体育艺术专任教师数": "arts_teachers", "教学及辅助用房面积": "teaching_m2",
    "室内体育用房面积": "indoor_sports_m2", "室外运动场面积": "outdoor_sports_m2", "教学仪器设备值_万元": "equipment_10k",
    "网络多媒体教室数": "network_rooms", "占地面积": "land_m2", "音乐教室面积": "music", "美术教室面积": "art", "建校年份": "built",
}  # fmt: skip
RATE_HEADINGS = {"指标": "rate", "学校标识码": "school_id", "学段": "stage", "分子": "part", "分母": "whole"}
RESIDENCE_HEADINGS = {"居住片区": "home_id", "就读学校标识码": "school_id", "学段": "stage", "学生数": "pupils"}
PLACES_HEADINGS = {"片区": "zone_id", "学校标识码": "school_id", "学段": "stage", "招生计划": "places"}
APPLICANT_HEADINGS = {
    "报名号": "number", "片区": "zone_id", "学段": "stage", "录取顺序": "tier", "多孩就读学校标识码": "sibling_id", "积分": "points",
    "第一志愿": "choice_1", "第二志愿": "choice_2", "第三志愿": "choice_3",
}  # fmt: skip


def write_people(folder: Path, grid: Grid, people: People) -> list[Path]:
    """Three rasters of whole people per cell: 0-14, 15-59, 60 and over."""
    bands = {
        "population_0_14": people.children,
        "population_15_59": people.total - people.children - people.old,
        "population_60_plus": people.old,
    }
    files = []
    for name, values in bands.items():
        picture = np.full(grid.shape[0] * grid.shape[1], NODATA, np.uint16)
        picture[grid.index] = values
        files.append(folder / f"{name}.tif")
        with rasterio.open(
            files[-1], "w", driver="GTiff", height=grid.shape[0], width=grid.shape[1], count=1, dtype="uint16",
            crs="EPSG:4326", transform=grid.transform, nodata=NODATA, compress="deflate", predictor=2,
        ) as raster:  # fmt: skip
            raster.write(picture.reshape(grid.shape), 1)
    return files


def write_areas(folder: Path, areas: gpd.GeoDataFrame) -> Path:
    """Townships as GeoJSON in degrees; shared corners are rounded alike and stay shared."""
    shapes = _in_degrees(areas.geometry.to_numpy())
    kept = areas[["area_id", "name", "residents"]].to_dict("records")
    return _geojson(folder / "areas.geojson", kept, shapes)


def write_water(folder: Path, land: Terrain) -> Path:
    """Rivers as GeoJSON lines in degrees; the larger streams without a known name have none."""
    rows = [(name, line) for name, lines in land.rivers.items() for line in lines]
    shapes = _in_degrees(np.array([line for _, line in rows], dtype=object))
    return _geojson(folder / "water.geojson", [{"name": name} for name, _ in rows], shapes)


def write_roads(folder: Path, roads: gpd.GeoDataFrame) -> Path:
    """Roads as GeoParquet in the study's system."""
    file = folder / "roads.parquet"
    roads[["highway", "name", "oneway", "bridge", "geometry"]].to_parquet(file, compression="zstd", index=False)
    return file


def write_addresses(folder: Path, addresses: pd.DataFrame) -> Path:
    """House numbers as CSV."""
    return _text(folder / "addresses.csv", addresses, ADDRESS_HEADINGS)


def write_schools(folder: Path, schools: pd.DataFrame) -> Path:
    """The school list, sheet 学校."""
    rows = schools.assign(boards=np.where(schools["boards"], "是", "否"))
    return _workbook(folder / "schools.xlsx", "学校", rows, SCHOOL_HEADINGS)


def write_classes(folder: Path, classes: pd.DataFrame) -> Path:
    """The class list, sheet 班级."""
    return _workbook(folder / "classes.xlsx", "班级", classes, CLASS_HEADINGS)


def write_projects(folder: Path, projects: pd.DataFrame) -> Path:
    """The project list, sheet 项目."""
    return _workbook(folder / "projects.xlsx", "项目", projects.assign(price_year=2025), PROJECT_HEADINGS)


def write_parcels(folder: Path, parcels: gpd.GeoDataFrame) -> Path:
    """Parcels as GeoJSON in degrees."""
    return _layer(folder / "parcels.geojson", parcels)


def write_surroundings(folder: Path, surroundings: gpd.GeoDataFrame) -> Path:
    """What stands around them as GeoJSON in degrees."""
    return _layer(folder / "surroundings.geojson", surroundings)


def write_present_zones(folder: Path, zones: gpd.GeoDataFrame) -> Path:
    """Zones in force as GeoJSON in degrees."""
    return _layer(folder / "present_zones.geojson", zones)


def _layer(file: Path, layer: gpd.GeoDataFrame) -> Path:
    """All columns of a layer, shapes in degrees."""
    rows = pd.DataFrame(layer.drop(columns="geometry")).to_dict("records")
    return _geojson(file, rows, _in_degrees(layer.geometry.to_numpy()))


def write_births(folder: Path, births: pd.DataFrame) -> Path:
    """Births by area and year as CSV."""
    return _text(folder / "births.csv", births, {name: name for name in births})


def write_enrolment(folder: Path, enrolment: pd.DataFrame) -> Path:
    """Pupils of past autumns as CSV."""
    return _text(folder / "enrolment.csv", enrolment, ENROLMENT_HEADINGS)


def write_entrants(folder: Path, entrants: pd.DataFrame) -> Path:
    """Children of kindergarten top classes as CSV."""
    return _text(folder / "entrants.csv", entrants, ENTRANTS_HEADINGS)


def write_housing(folder: Path, housing: pd.DataFrame) -> Path:
    """Estates being built as CSV."""
    return _text(folder / "housing.csv", housing, HOUSING_HEADINGS)


def write_resources(folder: Path, resources: pd.DataFrame) -> Path:
    """What schools have, sheet 办学条件."""
    return _workbook(folder / "resources.xlsx", "办学条件", resources, RESOURCE_HEADINGS)


def write_rates(folder: Path, rates: pd.DataFrame) -> Path:
    """Rates as CSV."""
    return _text(folder / "rates.csv", rates, RATE_HEADINGS)


def write_residence(folder: Path, residence: pd.DataFrame) -> Path:
    """Where the pupils of each school live, as CSV."""
    return _text(folder / "residence.csv", residence, RESIDENCE_HEADINGS)


def write_places(folder: Path, places: pd.DataFrame) -> Path:
    """Places offered, as CSV."""
    return _text(folder / "places.csv", places, PLACES_HEADINGS)


def write_applicants(folder: Path, applicants: pd.DataFrame) -> Path:
    """Applications by number, as CSV."""
    return _text(folder / "applicants.csv", applicants, APPLICANT_HEADINGS)


def write_sources(folder: Path, files: list[Path]) -> Path:
    """SOURCES.toml: where every column comes from, and each file's sha256."""
    content = {
        file.name: {**SOURCES[file.name], "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} for file in files
    }
    written = folder / "SOURCES.toml"
    written.write_bytes((HEADER + tomli_w.dumps(content)).encode())
    return written


def write_study(folder: Path, seed: int) -> Path:
    """study.toml of the demonstration."""
    file = folder / "study.toml"
    file.write_bytes(STUDY.replace("SEED", str(seed)).encode())
    return file


def _in_degrees(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.transform(shapes, lambda xy: np.round(degrees(xy), 7)))


def _geojson(file: Path, rows: list[dict[str, object]], shapes: np.ndarray) -> Path:
    """One feature per line."""
    features = [
        json.dumps(
            {"type": "Feature", "properties": row, "geometry": shapely.geometry.mapping(shape)}, ensure_ascii=False
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]
    head = '{"type": "FeatureCollection", "features": [\n'
    file.write_bytes((head + ",\n".join(features) + "\n]}\n").encode())
    return file


def _text(file: Path, rows: pd.DataFrame, headings: dict[str, str]) -> Path:
    """CSV in UTF-8."""
    text = rows[list(headings.values())].set_axis(list(headings), axis=1).to_csv(index=False, lineterminator="\n")
    file.write_bytes(text.encode())
    return file


def _workbook(file: Path, sheet: str, rows: pd.DataFrame, headings: dict[str, str]) -> Path:
    """One sheet with one header row; text stays text."""
    book = xlsxwriter.Workbook(str(file), {"strings_to_numbers": False})
    book.set_properties({"created": datetime.fromisoformat("2020-01-01")})
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    page.write_row(0, 0, list(headings), book.add_format({"bold": True}))
    for column, name in enumerate(headings.values()):
        page.write_column(1, column, rows[name].tolist())
        width = max([len(str(value)) for value in rows[name].head(200)] + [5])
        page.set_column(column, column, min(2 * width, 44))
    book.close()
    return file
