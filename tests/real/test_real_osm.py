"""Real OSM extracts: the roads table row by row as a plain reader of one way at a time gives it."""

import geopandas as gpd
import osmium
import pytest
from plain_osm import assert_same_roads, plain_roads
from pyproj import CRS

from catchment.read.osm import read_osm_roads
from catchment.read.osm_objects import read_osm_objects


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


def whole(way):
    return not way.is_closed() and all(node.location.valid() for node in way.nodes)


@pytest.mark.parametrize(
    ("file", "code", "kinds"),
    [
        ("brazil_poa/poa_osm.pbf", 32722, {"market": 1, "petrol_station": 1, "railway": 5}),
        (
            "las_palmas_es/las_palmas_2023.osm.pbf", 32628,
            {"detention_house": 2, "entertainment": 40, "market": 4, "petrol_station": 62, "power_line": 20, "substation": 81, "waste_station": 1},
        ),
    ],
)  # fmt: skip
def test_surroundings_are_those_of_osmiums_own_shapes(shared, file, code, kinds):
    """Each object once, where osmium's own geometry factory has it; those it cannot draw are set aside."""
    crs = CRS.from_epsg(code)
    reading = read_osm_objects(shared / file, crs)
    table = reading.table.set_index("object_id")
    assert table["kind"].value_counts().to_dict() == kinds
    assert reading.reconciliation["rows_in"].iloc[0] == len(table) + len(reading.set_aside)
    factory, drawn = osmium.geom.WKBFactory(), {}
    wanted = osmium.filter.KeyFilter("railway", "power", "amenity", "leisure", "landuse")
    for thing in osmium.FileProcessor(str(shared / file)).with_areas(wanted).with_filter(wanted):
        if thing.is_node():
            drawn[f"n{thing.id}"] = factory.create_point(thing)
        elif thing.is_way() and ("railway" in thing.tags or "power" in thing.tags) and whole(thing):
            drawn[f"w{thing.id}"] = factory.create_linestring(thing)
        elif thing.is_area():
            drawn[("w" if thing.from_way() else "r") + str(thing.orig_id())] = factory.create_multipolygon(thing)
    clipped = set(table.index) - set(drawn)
    assert set(table.loc[list(clipped), "kind"]) <= {"power_line"}
    table = table[table.index.isin(drawn)]
    assert len(table) > 0.95 * len(reading.table)
    other = gpd.GeoSeries.from_wkb([drawn[name] for name in table.index], index=table.index, crs=4326).to_crs(crs)
    assert table.geometry.hausdorff_distance(other).max() < 1e-3
    fuel = sum("amenity" in o.tags and o.tags["amenity"] == "fuel" for o in osmium.FileProcessor(str(shared / file)))
    assert fuel == kinds["petrol_station"]
