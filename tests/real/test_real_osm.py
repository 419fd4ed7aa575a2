"""Real OSM extracts: the roads table row by row as a plain reader of one way at a time gives it."""

import pytest
from plain_osm import assert_same_roads, plain_roads
from pyproj import CRS

from catchment.read.osm import read_osm_roads


@pytest.mark.parametrize(
    ("file", "code", "stretches"),
    [
        ("osm_extracts/bautzen_tiny.osm", 32633, 65),
        ("osm_extracts/helsinki_centre.osm.pbf", 32635, 4_612),
        ("osm_extracts/campo-grande.osm.gz", 32721, 13_769),
        ("brazil_poa/poa_osm.pbf", 32722, 26_615),
    ],
)
def test_every_stretch_is_the_plain_readers(shared, file, code, stretches):
    """Clipped, zipped and packed extracts; names with rare characters, bridges, one-way streets and loops included."""
    crs = CRS.from_epsg(code)
    table = read_osm_roads(shared / file, crs).table
    assert len(table) == stretches
    assert_same_roads(table, plain_roads(shared / file, crs))
