"""The Luoding demonstration: repeatable to the byte, its known totals exact, its files fit for the readers."""

import hashlib
import json
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import CRS
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from catchment.compliance import rules_of
from catchment.demo import facts, write_demo, write_inputs
from catchment.demo.files import write_sources
from catchment.read.enrolment import read_enrolment
from catchment.read.entrants import read_entrants
from catchment.read.housing import read_housing
from catchment.screening import screen_sites
from catchment.settings import read_settings
from catchment.study import read_study

ROOT = Path(__file__).parents[1]
BANDS = {"population_0_14": 257_375, "population_15_59": 517_748, "population_60_plus": 161_808}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The demonstration with the zones in force as they are kept: drawing them takes a minute (test_the_demonstration_is_what_is_kept)."""
    folder = tmp_path_factory.mktemp("demo")
    files = write_inputs(folder)
    files.append(folder / "data/raw/present_zones.geojson")
    files[-1].write_bytes((ROOT / "data/raw/present_zones.geojson").read_bytes())
    write_sources(folder / "data/raw", files)
    return folder


@pytest.fixture(scope="module")
def cells(study):
    """Populated cells in metres: people by band."""
    bands = {}
    for name in BANDS:
        with rasterio.open(study / "data/raw" / f"{name}.tif") as raster:
            values = raster.read(1)
            bands[name] = np.where(values == raster.nodata, 0, values).astype(int)
            transform = raster.transform
    rows, columns = np.nonzero(sum(bands.values()))
    x, y = rasterio.transform.xy(transform, rows, columns)
    table = {name: values[rows, columns] for name, values in bands.items()}
    frame = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=4326).to_crs(facts.CRS)
    return frame.assign(people=frame[list(BANDS)].sum(axis=1))


@pytest.fixture(scope="module")
def areas(study):
    return gpd.read_file(study / "data/raw/areas.geojson").to_crs(facts.CRS)


@pytest.fixture(scope="module")
def roads(study):
    return gpd.read_parquet(study / "data/raw/roads.parquet")


def sheet(study: Path, file: str, name: str) -> pd.DataFrame:
    rows = openpyxl.load_workbook(study / "data/raw" / file)[name].iter_rows(values_only=True)
    head = next(rows)
    return pd.DataFrame(list(rows), columns=list(head))


@pytest.fixture(scope="module")
def schools(study):
    return sheet(study, "schools.xlsx", "学校")


@pytest.fixture(scope="module")
def returns(study):
    """All three class returns."""
    return sheet(study, "classes.xlsx", "班级")


@pytest.fixture(scope="module")
def classes(returns):
    """The latest return."""
    return returns[returns["统计日期"] == "2025-09-01"].reset_index(drop=True)


def test_equal_bytes_every_time(study, tmp_path):
    again = write_inputs(tmp_path)
    assert len(again) == len(list((study / "data/raw").iterdir())) - 2
    for file in again:
        assert file.read_bytes() == (study / file.relative_to(tmp_path)).read_bytes()


@pytest.mark.slow
def test_the_demonstration_is_what_is_kept(tmp_path):
    """Every file of the repository's study is what `catchment demo` writes, zones in force included."""
    for file in write_demo(tmp_path, lambda _step, _done, _all: None):
        assert file.read_bytes() == (ROOT / file.relative_to(tmp_path)).read_bytes(), file.name


def test_the_zones_in_force_cover_the_county_once(study, areas):
    zones = gpd.read_file(study / "data/raw/present_zones.geojson").to_crs(facts.CRS)
    schools = sheet(study, "schools.xlsx", "学校")
    assert set(zip(zones["学校标识码"], zones["学段"], strict=True)) == set(
        zip(schools["学校标识码"], schools["学段"], strict=True)
    )
    county = areas.geometry.union_all()
    for _, stage in zones.groupby("学段"):
        assert stage.geometry.area.sum() == pytest.approx(county.area, rel=1e-3)
        assert stage.geometry.union_all().symmetric_difference(county).area < 1e-3 * county.area


def test_small_enough_to_keep(study):
    assert sum(file.stat().st_size for file in study.rglob("*") if file.is_file()) < 10e6


def test_settings_are_accepted_and_name_files_that_exist(study):
    settings = read_settings(study)
    assert settings.study.demonstration
    assert settings.demand.stay_share == facts.STAY_SHARE
    sources = settings.sources
    named = [*sources.population, sources.roads, sources.schools, sources.classes, sources.areas, sources.births]
    named += [sources.projects, sources.water, sources.enrolment, sources.entrants, sources.housing]
    assert all((study / source.path).is_file() for source in named)


def test_census_totals_are_exact(cells):
    assert {name: int(cells[name].sum()) for name in BANDS} == BANDS
    assert cells["people"].sum() == facts.RESIDENTS_2020
    assert 25_000 <= len(cells) <= 45_000


def test_rasters_are_whole_people_in_degrees(study):
    for name in BANDS:
        with rasterio.open(study / "data/raw" / f"{name}.tif") as raster:
            assert (raster.crs.to_epsg(), raster.dtypes, raster.nodata) == (4326, ("uint16",), 65535)
            assert raster.res == pytest.approx((0.000833333333, 0.000833333333))


def test_townships_hold_their_residents(cells, areas):
    inside = cells.sjoin(areas, predicate="within")
    found = inside.groupby("area_id")["people"].sum()
    assert len(inside) == len(cells)
    assert found.to_dict() == dict(zip(areas["area_id"], areas["residents"], strict=True))


def test_areas_are_the_22_units_without_gap_or_overlap(areas, study):
    assert list(areas["area_id"]) == [town.code for town in facts.TOWNSHIPS]
    assert {"䓣塘镇", "榃滨镇", "罗平农场"} <= set(areas["name"])
    assert shapely.coverage_is_valid(areas.geometry.to_numpy())
    assert areas.area.sum() / 1e6 == pytest.approx(facts.COUNTY_KM2, rel=0.01)
    west, south, east, north = areas.to_crs(4326).total_bounds
    assert facts.EXTENT_DEG[0] < west < east < facts.EXTENT_DEG[2]
    assert facts.EXTENT_DEG[1] < south < north < facts.EXTENT_DEG[3]


def test_nobody_lives_in_a_river(cells, study):
    water = gpd.read_file(study / "data/raw/water.geojson").to_crs(facts.CRS)
    assert {"泷江", "榃滨河", "太平河", "罗镜河"} <= set(water["name"])
    assert shapely.distance(cells.geometry.to_numpy(), water.union_all()).min() > 60


def test_one_hamlet_only_is_far_from_roads(cells, roads):
    walkable = roads[~roads["highway"].str.startswith("motorway")]
    tree = shapely.STRtree(walkable.geometry.to_numpy())
    _, far = tree.query_nearest(cells.geometry.to_numpy(), return_distance=True, all_matches=False)
    assert 0 < cells.loc[far > 1000, "people"].sum() < 100
    assert np.quantile(far, 0.99) < 400


def test_roads_are_in_metres_and_joined_at_their_ends(roads):
    assert roads.crs == CRS.from_user_input(facts.CRS)
    assert list(roads.columns) == ["highway", "name", "oneway", "bridge", "geometry"]
    assert 12_000 <= len(roads) <= 30_000
    assert roads.length.min() > 1
    assert (shapely.get_coordinates(roads.geometry) == shapely.get_coordinates(roads.geometry).round(2)).all()
    lines = roads.loc[~roads["highway"].str.startswith("motorway"), "geometry"].to_numpy()
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert not (one < other).any(), "roads cross at grade without a shared end"


def test_nearly_all_roads_hang_together(roads):
    length = pieces(roads)
    assert length.max() / length.sum() > 0.999
    lonely = length[length < length.max()]
    assert 2 <= len(lonely) <= 4
    assert lonely.max() < 1000


def pieces(roads: gpd.GeoDataFrame) -> np.ndarray:
    """Length of each connected piece."""
    ends = np.array([[*line.coords[0], *line.coords[-1]] for line in roads.geometry])
    corners, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    pairs = number.reshape(-1, 2)
    net = csr_matrix((np.ones(len(pairs)), pairs.T), shape=(len(corners), len(corners)))
    _, piece = connected_components(net, directed=False)
    return np.bincount(piece[pairs[:, 0]], roads.length)


def test_motorways_meet_roads_at_interchanges_only(roads):
    motorway = roads[roads["highway"] == "motorway"]
    local = roads[~roads["highway"].str.startswith("motorway")]
    ends = shapely.get_coordinates(shapely.boundary(motorway.geometry.to_numpy())).tolist()
    shared = {tuple(end) for end in ends} & set(map(tuple, shapely.get_coordinates(local.geometry.to_numpy()).tolist()))
    assert motorway["oneway"].all()
    assert not shared


def test_the_main_river_has_few_bridges(roads, study):
    water = gpd.read_file(study / "data/raw/water.geojson").to_crs(facts.CRS)
    river = water.loc[water["name"] == "泷江"].union_all()
    crossing = roads[roads.intersects(river) & ~roads["highway"].str.startswith("motorway")]
    assert crossing["bridge"].all()
    assert 5 <= len(crossing) <= 40


def test_school_list_has_its_shape(schools):
    keys = schools[["学校标识码", "学段"]]
    assert not keys.duplicated().any()
    assert schools["学校标识码"].str.fullmatch(r"2144\d{6}").all()
    assert 140 <= (schools["学段"] == "小学").sum() <= 165
    assert (schools["学段"] == "初中").sum() == 39
    assert 25 <= (schools["办学类型"] == "教学点").sum() <= 35
    assert (schools["办学类型"] == "九年一贯制学校").sum() == 4
    assert 2 <= (schools["举办者"] == "民办").sum() <= 3
    for town in facts.TOWNSHIPS:
        if town.code != facts.FARM:
            assert schools["学校名称"].str.startswith(town.short).any()


def test_real_points_are_kept(schools):
    for name, (longitude, latitude) in facts.REAL_POINTS.items():
        row = schools[schools["学校名称"] == name].iloc[0]
        assert (row["经度"], row["纬度"]) == (longitude, latitude)


def test_schools_stand_by_roads_in_their_area(schools, roads, areas):
    points = gpd.GeoDataFrame(schools, geometry=gpd.points_from_xy(schools["经度"], schools["纬度"]), crs=4326)
    points = points.to_crs(facts.CRS)
    _, far = shapely.STRtree(roads.geometry.to_numpy()).query_nearest(
        points.geometry.to_numpy(), return_distance=True, all_matches=False
    )
    assert far.max() < 100
    inside = points.sjoin(areas, predicate="within")
    assert (inside["area_id"] == inside["镇街代码"]).all()
    assert len(inside) == len(points)


def test_classes_follow_the_births(classes):
    by_grade = classes.groupby("年级")["学生数"].sum()
    for grade in range(1, 10):
        assert by_grade[grade] == pytest.approx(facts.children_of_grade(grade), rel=0.01)
    by_stage = classes.groupby("学段")["学生数"].sum()
    assert by_stage["小学"] == pytest.approx(100_000, rel=0.06)
    assert by_stage["初中"] == pytest.approx(50_000, rel=0.06)
    assert by_grade[1] < by_grade[3]


def test_earlier_returns_tell_the_pupils_of_the_autumn_before(returns, enrolment):
    assert sorted(returns["统计日期"].unique()) == ["2024-09-01", "2025-03-01", "2025-09-01"]
    before = returns[returns["统计日期"] == "2024-09-01"].groupby(["学校标识码", "年级"])["学生数"].sum()
    told = enrolment[enrolment["year"] == 2024].set_index(["school_id", "grade"])["pupils"]
    assert (told[told > 0].sort_index() == before.reindex(told[told > 0].index).sort_index()).all()
    key = ["学校标识码", "学段", "入学年份", "班号"]
    spring, autumn = (returns[returns["统计日期"] == day] for day in ("2025-03-01", "2025-09-01"))
    assert len(spring.merge(autumn, on=key)) > 1500


def test_class_sizes_are_plausible(classes, schools):
    rows = classes.merge(schools[["学校标识码", "学段", "办学类型", "城乡类别"]], on=["学校标识码", "学段"], how="left")
    point = rows["办学类型"] == "教学点"
    assert rows.loc[point, "学生数"].between(5, 30).all()
    ordinary = rows.loc[~point, "学生数"]
    assert ordinary.between(30, 60).mean() > 0.95
    assert 2 <= (ordinary >= 66).sum() <= 4
    total = rows.groupby(["学校标识码", "学段"])["学生数"].sum()
    assert total.max() > 2000
    assert not rows.duplicated(["学校标识码", "学段", "年级", "班号"]).any()
    assert set(zip(classes["学校标识码"], classes["学段"], strict=True)) == set(
        zip(schools["学校标识码"], schools["学段"], strict=True)
    )


def test_seats_are_scarce_in_the_city_and_spare_in_the_mountains(classes, schools):
    pupils = classes.groupby(["学校标识码", "学段"])["学生数"].sum().rename("pupils")
    rows = schools.join(pupils, on=["学校标识码", "学段"])
    county = rows.groupby("学段")[["学位数", "pupils"]].sum()
    assert (county["学位数"] / county["pupils"]).between(0.92, 1.04).all()
    city = rows[rows["城乡类别"] == "城区"]
    assert city["学位数"].sum() < 0.95 * city["pupils"].sum()
    mountains = rows[rows["镇街代码"].isin(["445381118", "445381119", "445381116"])]
    assert mountains["学位数"].sum() > 1.05 * mountains["pupils"].sum()


def test_births_have_the_known_totals(study):
    births = pd.read_csv(study / "data/raw/births.csv", dtype={"area_id": str})
    total = births.groupby("year")["births"].sum()
    assert list(total.index) == list(range(1999, 2025))
    assert (total[2022], total[2023]) == (15_638, 11_083)
    assert total[2024] > total[2023]
    assert len(births) == 22 * 26
    assert set(births["basis"]) == {"registered"}
    # registered people aged 0-17 at the end of 2022 (fact): births 2005-2022
    assert total.loc[2005:2022].sum() == pytest.approx(325_487, rel=0.02)
    # residents aged 0-14 at the census of 2020 (fact): births 2006-2020 that stay
    assert total.loc[2006:2020].sum() * facts.STAY_SHARE == pytest.approx(BANDS["population_0_14"], rel=0.01)


@pytest.fixture(scope="module")
def enrolment(study):
    return read_enrolment(study / "data/raw/enrolment.csv").table


def test_past_pupils_follow_the_births(enrolment):
    total = enrolment.groupby(["grade", "year"])["pupils"].sum()
    assert list(total.loc[1].index) == list(range(2014, 2025))
    for (grade, year), pupils in total.items():
        assert pupils == pytest.approx(facts.children_of_grade(grade, year), rel=0.015)


def test_past_pupils_lead_to_the_classes_of_today(enrolment, classes):
    """A cohort of n pupils changes by about 0.75/√n + 1.5 % in a year; nearly all children go on."""
    today = classes.groupby(["学校标识码", "年级"], as_index=False)["学生数"].sum()
    today = today.set_axis(["school_id", "grade", "pupils"], axis=1).assign(year=2025)
    rows = pd.concat([enrolment[today.columns], today])
    before = rows.assign(grade=rows["grade"] + 1, year=rows["year"] + 1)
    moved = rows.merge(before, on=["school_id", "grade", "year"], suffixes=("", "_before"))
    moved = moved[moved["grade"] != 7]
    change = np.log(moved["pupils"] / moved["pupils_before"])
    usual = 0.75 / np.sqrt(moved["pupils_before"]) + 0.015
    for last in (True, False):
        assert 0.9 < (change / usual)[(moved["year"] == 2025) == last].std() < 1.3
    assert np.average(np.exp(change), weights=moved["pupils_before"]) == pytest.approx(1, abs=0.01)


def test_teaching_points_always_ended_after_grade_3(enrolment, schools):
    points = schools.loc[schools["办学类型"] == "教学点", "学校标识码"]
    rows = enrolment[enrolment["school_id"].isin(points)]
    assert set(rows["grade"]) == {1, 2, 3}
    assert rows["pupils"].between(4, 30).all()
    others = enrolment[~enrolment["school_id"].isin(points)].groupby(["stage", "year"])["school_id"].nunique()
    assert others["primary"].nunique() == 1
    assert others["junior"].eq(39).all()


def test_children_of_kindergartens_follow_the_births(study):
    table = read_entrants(study / "data/raw/entrants.csv").table
    assert sorted(table["area_id"].unique()) == [town.code for town in facts.TOWNSHIPS]
    for year, children in table.groupby("year")["children"].sum().items():
        assert children == pytest.approx(0.97 * facts.children_of_grade(1, year), rel=0.01)


def test_estates_stand_in_the_city(study):
    table = read_housing(study / "data/raw/housing.csv").table
    assert set(table["area_id"]) <= {facts.TOWNSHIPS[number].code for number in facts.CITY_AREAS}
    assert set(table["type"]) == {"commodity", "resettlement"}
    assert table["year"].between(2026, 2028).all()


def test_projects_name_what_the_plan_names(study, schools):
    projects = sheet(study, "projects.xlsx", "项目")
    named = projects[projects["文件点名"] == "是"]
    assert len(named) == 11
    second = projects[projects["项目名称"] == "新建罗定第二小学"].iloc[0]
    assert second["学位数"] == 2700
    known = set(zip(schools["学校标识码"], schools["学段"], strict=True))
    extended = projects[projects["类别"] != "新建"]
    assert set(zip(extended["学校标识码"], extended["学段"], strict=True)) <= known
    assert set(projects["前置项目"].dropna()) - {""} <= set(projects["项目编号"])
    per_seat = projects["投资_万元"] / projects["学位数"].replace(0, np.nan)
    assert per_seat.dropna().between(2.4, 5.1).all()


def test_parcels_of_every_verdict_are_offered(study):
    """Ruled out by a power line across it, failing by distance, a point without a parcel, and one that passes."""
    settings = read_settings(study)
    tables = read_study(study, settings)
    tables["unit_costs"] = pd.DataFrame({"unit_id": [], "facility_id": [], "stage": [], "distance_mm": []})
    nobody = pd.DataFrame({"unit_id": [], "stage": [], "children": []})
    found = screen_sites(tables, nobody, rules_of(settings), settings.sources.complete_surroundings, within_share=0.9)
    totals = found["siting_totals"].set_index("subject_id")["verdict"]
    assert set(totals) == {"ruled_out", "failed", "unknown", "penalised", "passed"}
    assert totals[["DK04", "DK06", "DK07", "P20"]].tolist() == ["failed", "ruled_out", "passed", "unknown"]
    against = found["siting"].query("subject_id == 'DK04' and verdict == 'failed'").iloc[0]
    assert (against["object"], round(against["value"])) == ("铁路（演示）", 210)
    assert all(name.endswith("（演示）") for table in ("parcels", "surroundings") for name in tables[table]["name"])


def test_sources_tell_every_file_and_column(study, schools):
    file = study / "data/raw/SOURCES.toml"
    assert "演示数据" in file.read_text("utf-8").splitlines()[0]
    sources = tomllib.loads(file.read_text("utf-8"))
    written = {each.name for each in (study / "data/raw").iterdir()} - {"SOURCES.toml"}
    assert set(sources) == written
    for name, source in sources.items():
        assert source["sha256"] == hashlib.sha256((study / "data/raw" / name).read_bytes()).hexdigest()
    assert set(sources["schools.xlsx"]["columns"]) == set(schools.columns)
    for name in ("births", "enrolment", "entrants", "housing"):
        assert list(sources[f"{name}.csv"]["columns"]) == list(pd.read_csv(study / f"data/raw/{name}.csv"))
    for name in ("areas.geojson", "parcels.geojson", "surroundings.geojson"):
        layer = json.loads((study / "data/raw" / name).read_text("utf-8"))
        assert set(sources[name]["columns"]) == {*layer["features"][0]["properties"], "geometry"}
