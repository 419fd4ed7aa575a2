"""Reference systems and datums: known answers, round trips, refusals."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from catchment.errors import InputError, SettingsError
from catchment.geo import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    inside_china,
    project,
    study_crs,
    suggest_crs,
    to_study,
    transformer,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

LUODING = CRS.from_epsg(4546)
DEGREES = CRS.from_epsg(4326)

chinese_lon = st.floats(75, 134)
chinese_lat = st.floats(18.5, 53)


def test_three_schools_from_baidu_to_the_surveyors_grid():
    """Known answers: three Luoding schools, BD-09 to WGS-84 to EPSG:4546."""
    baidu = np.array([[111.606002, 22.777171], [111.573421, 22.792579], [111.578636, 22.786675]])
    lon, lat = bd09_to_wgs84(baidu[:, 0], baidu[:, 1])
    assert np.allclose(lon, [111.594598, 111.561907, 111.567152], atol=2e-6)
    assert np.allclose(lat, [22.773862, 22.789624, 22.783639], atol=2e-6)
    x, y = to_study(lon, lat, DEGREES, LUODING)
    assert np.allclose(x, [561061, 557698, 558239], atol=1)
    assert np.allclose(y, [2519617, 2521350, 2520689], atol=1)


def test_f06_offset_at_luoding():
    """GCJ-02 lies about 514 m east and 333 m south of WGS-84 there."""
    here = np.array([111.5946]), np.array([22.7739])
    x, y = to_study(*here, DEGREES, LUODING)
    moved_x, moved_y = to_study(*wgs84_to_gcj02(*here), DEGREES, LUODING)
    assert moved_x[0] - x[0] == pytest.approx(514, abs=1)
    assert moved_y[0] - y[0] == pytest.approx(-333, abs=1)


@given(chinese_lon, chinese_lat)
def test_datum_offsets_come_back(lon, lat):
    here = np.array([lon]), np.array([lat])
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        again = back(*there(*here))
        assert np.abs(np.array(again) - np.array(here)).max() * 111_000 < 0.01  # metres


def test_f05_axis_order_and_round_trip():
    """(x, y) goes in and out, though the system is defined northing first; the way back is within a millimetre."""
    x, y = to_study(np.array([111.5946]), np.array([22.7739]), CRS.from_epsg(4490), LUODING)
    assert 500_000 < x[0] < 600_000 < 2_500_000 < y[0] < 2_600_000
    back = transformer(LUODING, CRS.from_epsg(4490)).transform(x, y)
    again = to_study(*map(np.asarray, back), CRS.from_epsg(4490), LUODING)
    assert np.abs(np.array(again) - np.array([x, y])).max() < 0.001


def test_f05_coordinates_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="outside"):
        to_study(np.array([22.77]), np.array([111.59]), DEGREES, LUODING)


@given(st.floats(2e5, 8e5), st.floats(2.4e6, 2.6e6))
def test_metres_keep_their_area(x, y):
    """A square kilometre stays one within 0.1 % through degrees and back (F-09)."""
    square = gpd.GeoDataFrame(geometry=[shapely.box(x, y, x + 1000, y + 1000)], crs=32649)
    again = project(square.to_crs(4326), "wgs84", CRS.from_epsg(32649))
    assert again.area.iloc[0] == pytest.approx(1e6, rel=1e-3)


def test_f02_a_layer_without_a_system_is_refused():
    with pytest.raises(InputError, match="no reference system"):
        project(gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)]), "wgs84", LUODING)


def test_f01_layers_of_different_systems_meet_in_the_studys():
    """The same place from three systems is the same place; nothing is joined before."""
    place = gpd.GeoDataFrame(geometry=[shapely.Point(111.5946, 22.7739)], crs=4326)
    found = [project(place.to_crs(code), "wgs84", LUODING).geometry.iloc[0] for code in (4326, 4490, 32649)]
    assert max(a.distance(b) for a in found for b in found) < 0.01


def test_f08_a_guess_between_datums_is_refused():
    with pytest.raises(InputError, match="no exact way"):
        transformer(CRS.from_epsg(2414), LUODING)


def test_f10_zone_prefixed_eastings_are_told():
    layer = gpd.GeoDataFrame(geometry=[shapely.Point(37_561_061, 2_519_617)], crs=4546)
    with pytest.raises(InputError, match="zone number 37"):
        project(layer, "projected", LUODING)
    right = project(layer.set_crs(4525, allow_override=True), "projected", LUODING)
    assert right.geometry.iloc[0].x == pytest.approx(561_061, abs=0.01)


def test_f07_china_is_not_a_box():
    inside = {
        "罗定": (111.57, 22.77),
        "武汉": (114.3, 30.6),
        "乌鲁木齐": (87.6, 43.8),
        "哈尔滨": (126.6, 45.8),
        "昆明": (102.7, 25.0),
        "深圳": (114.05, 22.58),
    }
    outside = {
        "Hà Nội": (105.8, 21.0),
        "Seoul": (127.0, 37.6),
        "Ulaanbaatar": (106.9, 47.9),
        "Kathmandu": (85.3, 27.7),
        "Almaty": (76.9, 43.2),
        "香港": (114.17, 22.28),
        "澳門": (113.54, 22.19),
        "臺北": (121.5, 25.0),
    }
    for expected, places in ((True, inside), (False, outside)):
        for name, (lon, lat) in places.items():
            assert inside_china(np.array([lon]), np.array([lat]))[0] == expected, name


@pytest.mark.parametrize("text", ["EPSG:4326", "EPSG:2263", "nonsense"])
def test_a_study_is_in_metres(text):
    with pytest.raises(SettingsError):
        study_crs(text)


def test_suggested_system_is_the_utm_zone():
    assert suggest_crs(-51.2, -30.0) == "EPSG:32722"
    assert suggest_crs(111.5, 22.7) == "EPSG:32649"
