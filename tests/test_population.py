"""People in cells: nothing lost, nothing invented, nothing warped."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from conftest import CRS, PEOPLE, at, write_population
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyproj import CRS as System

from catchment.errors import InputError
from catchment.read.population import cell_area_m2, read_grid, read_population
from catchment.settings import PopulationSource
from catchment.units import area_of

TOWN = System.from_user_input(CRS)


def source(path, **options):
    return PopulationSource(path=str(path), year=2025, **options)


def test_cells_of_the_toy_town(tmp_path):
    reading, people = read_population(tmp_path, [source(write_population(tmp_path / "p.tif").name)], TOWN)
    cells = reading.table.set_index("cell_id")
    assert cells["people"].sum() == PEOPLE.sum()
    assert len(cells) == (PEOPLE > 0).sum()
    assert cells.loc["r0c1", ["x_m", "y_m", "people"]].tolist() == [*at(0, 1), 20]
    assert people["people"].sum() == PEOPLE.sum()
    assert (
        reading.reconciliation["rows_in"]
        == reading.reconciliation["rows_used"] + reading.reconciliation["rows_set_aside"]
    ).all()


def test_f18_nodata_is_not_people(tmp_path):
    people = PEOPLE.astype(float)
    people[2] = -99999
    assert read_grid(write_population(tmp_path / "p.tif", people, nodata=-99999)).people.sum() == PEOPLE.sum()


def test_f17_undeclared_negative_values_are_refused(tmp_path):
    people = PEOPLE.astype(float)
    people[2, 3] = -99999
    with pytest.raises(InputError, match=r"negative people \(least -99999"):
        read_grid(write_population(tmp_path / "p.tif", people))


def test_f22_density_is_not_a_count(tmp_path):
    """8,000 people per km² on cells of a hectare are 80 each; as counts they would be 800,000 per km²."""
    path = write_population(tmp_path / "p.tif", np.full((2, 2), 8000.0))
    assert read_grid(path, "people_per_km2").people.tolist() == [80.0] * 4
    with pytest.raises(InputError, match="check the unit"):
        read_grid(path, "people")


def test_f24_sums_do_not_stick_at_sixteen_million(tmp_path):
    """Adding 1 to 2^24 in 32-bit floats leaves 2^24: sums are taken in 64 bits."""
    people = np.full((200, 200), 3000.1)
    found = read_grid(write_population(tmp_path / "p.tif", people)).people
    assert found.sum() == pytest.approx(40_000 * float(np.float32(3000.1)), rel=1e-12)


def test_f25_a_huge_empty_grid_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.tif"
    shape = {
        "width": 100_000,
        "height": 100_000,
        "count": 1,
        "dtype": "float32",
        "sparse_ok": True,
        "tiled": True,
        "compress": "deflate",
    }
    with rasterio.open(
        path, "w", driver="GTiff", crs=CRS, transform=rasterio.transform.from_origin(0, 0, 100, 100), **shape
    ):
        pass
    with pytest.raises(InputError, match="100000 × 100000"):
        read_grid(path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_f02_a_grid_without_a_system_is_refused(tmp_path):
    with pytest.raises(InputError, match="no reference system"):
        read_grid(write_population(tmp_path / "p.tif", crs=None))


def test_a_vrt_in_disguise_is_not_a_geotiff(tmp_path):
    write_population(tmp_path / "secret.tif")
    (tmp_path / "p.tif").write_text(
        '<VRTDataset rasterXSize="6" rasterYSize="5"><VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename relativeToVRT="1">secret.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    with pytest.raises(InputError, match="not a readable GeoTIFF"):
        read_grid(tmp_path / "p.tif")


def test_age_bands_are_on_one_grid_and_do_not_overlap(tmp_path):
    write_population(tmp_path / "a.tif")
    write_population(tmp_path / "b.tif", PEOPLE[:3])
    with pytest.raises(InputError, match="differ in size"):
        read_population(tmp_path, [source("a.tif", age_from=0, age_to=14), source("b.tif", age_from=15)], TOWN)
    with pytest.raises(InputError, match="overlap"):
        read_population(tmp_path, [source("a.tif", age_from=0, age_to=14), source("a.tif", age_from=14)], TOWN)


def test_bands_add_up_by_cell(tmp_path):
    write_population(tmp_path / "a.tif")
    write_population(tmp_path / "b.tif", PEOPLE[::-1])
    reading, people = read_population(
        tmp_path, [source("a.tif", age_from=0, age_to=14), source("b.tif", age_from=15)], TOWN
    )
    whole = PEOPLE + PEOPLE[::-1]
    assert reading.table.set_index("cell_id").loc["r0c0", "people"] == whole[0, 0]
    assert people.groupby("age_from")["people"].sum().tolist() == [PEOPLE.sum()] * 2


def test_cells_of_a_layer(tmp_path):
    squares = gpd.GeoDataFrame(
        {"h3": ["0010", "0020"], "pop": [5.0, 0.0]},
        geometry=[shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)],
        crs=CRS,
    )
    squares.to_file(tmp_path / "hexes.gpkg")
    reading, _ = read_population(tmp_path, [source("hexes.gpkg", value="pop", id="h3")], TOWN)
    assert reading.table.to_dict("records") == [{"cell_id": "0010", "x_m": 50.0, "y_m": 50.0, "people": 5.0}]
    assert reading.reconciliation[["rows_in", "rows_used", "rows_set_aside"]].iloc[0].tolist() == [2, 1, 1]


@pytest.mark.filterwarnings("ignore")  # GDAL warns that it cuts names: the case itself
def test_f16_shapefile_names_are_cut_and_told(tmp_path):
    squares = gpd.GeoDataFrame({"population_2020": [5.0], "id": ["a"]}, geometry=[shapely.box(0, 0, 100, 100)], crs=CRS)
    squares.to_file(tmp_path / "cells.shp")
    with pytest.raises(InputError, match=r"population_2020 is missing .found population, id"):
        read_population(tmp_path, [source("cells.shp", value="population_2020", id="id")], TOWN)


def test_cell_area_in_degrees_is_on_the_ellipsoid():
    """One degree by one degree at the equator is 12,309 km² (WGS-84)."""
    area = cell_area_m2(rasterio.transform.from_origin(0, 1, 1, 1), System.from_epsg(4326), np.array([0]))
    assert area[0] / 1e6 == pytest.approx(12_309, abs=1)


@given(arrays(np.int64, (4, 5), elements=st.integers(0, 50)), st.integers(0, 5), st.integers(0, 4))
def test_f15_f19_every_cell_is_in_exactly_one_area(people, column, row):
    """Two areas that share a border through the cells' centres: each person counts once."""
    line = 100.0 * column + 50
    areas = gpd.GeoDataFrame(
        {"area_id": ["b", "a"]}, geometry=[shapely.box(-1e4, -1e4, line, 1e4), shapely.box(line, -1e4, 1e4, 1e4)]
    )
    grid = pd.DataFrame(
        [(100.0 * c + 50, 100.0 * r, people[r, c]) for r in range(4) for c in range(5)],
        columns=["x_m", "y_m", "people"],
    )
    found = area_of(grid, areas)
    assert found.notna().all()
    assert grid.groupby(found)["people"].sum().sum() == people.sum()
    assert (found[grid["x_m"] == line] == "a").all()
