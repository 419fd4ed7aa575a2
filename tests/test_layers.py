"""Vector layers, roads and OSM extracts: located refusals, and the same table whatever the source."""

import geopandas as gpd
import osmnx
import pytest
import shapely
from conftest import CRS, at, streets
from pyproj import CRS as System

from catchment.errors import InputError
from catchment.read.areas import read_areas, read_parcels
from catchment.read.layers import read_layer
from catchment.read.osm import read_osm_roads, read_osm_schools
from catchment.read.roads import read_roads

TOWN = System.from_user_input(CRS)

OSM = """<osm version="0.6">
 <node id="1" lat="30.0" lon="117.0"/><node id="2" lat="30.0" lon="117.001"/><node id="3" lat="30.0" lon="117.002"/>
 <node id="4" lat="30.001" lon="117.001"/><node id="5" lat="29.999" lon="117.001"/>
 <node id="7" lat="30.0005" lon="117.0005"><tag k="amenity" v="school"/><tag k="name" v="䓣塘小学"/><tag k="isced:level" v="1"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="name" v="东街"/></way>
 <way id="11"><nd ref="4"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="tertiary"/><tag k="oneway" v="-1"/></way>
 <way id="12"><nd ref="4"/><nd ref="1"/><tag k="highway" v="construction"/></way>
 <way id="13"><nd ref="4"/><nd ref="1"/><tag k="highway" v="residential"/><tag k="oneway" v="maybe"/></way>
 <way id="14"><nd ref="4"/><nd ref="99"/><tag k="highway" v="residential"/></way>
 <way id="15"><nd ref="1"/><nd ref="4"/><nd ref="5"/><nd ref="1"/><tag k="amenity" v="school"/><tag k="name" v="榃滨中学"/><tag k="isced:level" v="2"/></way>
</osm>"""


@pytest.fixture
def extract(tmp_path):
    path = tmp_path / "toy.osm"
    path.write_text(OSM, "utf-8")
    return path


def test_osm_ways_are_cut_where_they_meet(extract):
    """Two ways cross at node 2: four stretches; the other three ways are set aside, each with its reason."""
    reading = read_osm_roads(extract, TOWN)
    ends = sorted(map(sorted, zip(reading.table["from_key"], reading.table["to_key"], strict=True)))
    assert ends == [[1, 2], [2, 3], [2, 4], [2, 5]]
    assert dict(zip(reading.set_aside["row"], reading.set_aside["reason"], strict=True)) == {
        "way 12": "no road to go on",
        "way 13": "unknown value of oneway",
        "way 14": "fewer than two nodes inside the extract",
    }
    counts = reading.reconciliation.iloc[0]
    assert (counts["rows_in"], counts["rows_used"], counts["rows_set_aside"]) == (5, 2, 3)
    against = reading.table[reading.table["road_class"] == "tertiary"]
    assert against["backward"].all()
    assert not against["forward"].any()


def test_osm_schools_by_node_and_outline(extract):
    table = read_osm_schools(extract, TOWN, stages=("primary", "junior"), seats=100).table.set_index("school_id")
    assert table["name"].to_dict() == {"n7": "䓣塘小学", "w15": "榃滨中学"}
    assert table["stage"].to_dict() == {"n7": "primary", "w15": "junior"}


def test_an_extract_without_schools_says_so(tmp_path):
    path = tmp_path / "roads.osm"
    path.write_text('<osm version="0.6"><node id="1" lat="30" lon="117"/></osm>', "utf-8")
    with pytest.raises(InputError, match="no amenity=school"):
        read_osm_schools(path, TOWN, stages=("primary",), seats=1)
    with pytest.raises(InputError, match="no roads"):
        read_osm_roads(path, TOWN)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_f33_graphml_keeps_one_way_streets(extract, tmp_path):
    """A graph saved by osmnx has the same stretches, directions and length as the extract it came from."""
    whole = "\n".join(line for line in OSM.splitlines() if 'id="13"' not in line and 'id="14"' not in line)
    extract.write_text(whole, "utf-8")
    graph = osmnx.graph_from_xml(extract, retain_all=True, simplify=False)
    osmnx.save_graphml(graph, tmp_path / "toy.graphml")
    direct, saved = read_roads(extract, "wgs84", TOWN).table, read_roads(tmp_path / "toy.graphml", "wgs84", TOWN).table
    both_ways = direct[direct["road_class"] == "residential"]
    again = saved[(saved["road_class"] == "residential") & (saved["name"] == "东街")]
    assert again.length.sum() == pytest.approx(both_ways.length.sum(), rel=1e-9)
    assert again[["forward", "backward"]].all(axis=None)
    one_way = saved[saved["road_class"] == "tertiary"]
    assert (one_way["forward"] ^ one_way["backward"]).all()


def test_the_same_roads_from_geopackage_parquet_and_geojson(tmp_path):
    tables = []
    for name in ("roads.gpkg", "roads.geojson", "roads.parquet"):
        layer = streets() if name != "roads.geojson" else streets().to_crs(4326)
        layer.to_parquet(tmp_path / name) if name.endswith("parquet") else layer.to_file(tmp_path / name)
        tables.append(read_roads(tmp_path / name, "wgs84", TOWN).table)
    for table in tables[1:]:
        assert table.length.round(2).tolist() == tables[0].length.round(2).tolist()
        assert table[["from_key", "to_key", "road_class", "name"]].equals(
            tables[0][["from_key", "to_key", "road_class", "name"]]
        )


def test_missing_and_broken_files_are_told_by_name(tmp_path):
    with pytest.raises(InputError, match="not there"):
        read_layer(tmp_path / "no.gpkg", "wgs84", TOWN)
    (tmp_path / "bad.gpkg").write_bytes(b"this is no database")
    with pytest.raises(InputError, match=r"bad\.gpkg"):
        read_layer(tmp_path / "bad.gpkg", "wgs84", TOWN)


def test_f11_null_island_in_a_list_of_points(tmp_path):
    (tmp_path / "p.csv").write_text("id,lon,lat\na,117,30\nb,0,0\nc,,\n", "utf-8")
    with pytest.raises(InputError, match="rows: 3, 4"):
        read_layer(tmp_path / "p.csv", "wgs84", TOWN)


def areas(*polygons):
    return gpd.GeoDataFrame(
        {"area_id": [f"00{i}" for i in range(len(polygons))], "name": ["䓣塘镇"] * len(polygons)},
        geometry=list(polygons),
        crs=CRS,
    )


def test_f12_a_spike_is_mended_a_bow_tie_is_refused(tmp_path):
    x, y = at(0, 0)
    spike = shapely.Polygon(
        [(x, y), (x + 1000, y), (x + 1000, y + 1000), (x + 1000, y + 1500), (x + 1000, y + 1000), (x, y + 1000)]
    )
    areas(spike).to_file(tmp_path / "spike.gpkg")
    table = read_areas(tmp_path / "spike.gpkg", "wgs84", TOWN).table
    assert table.geometry.is_valid.all()
    assert table.area.iloc[0] == pytest.approx(1e6, rel=1e-6)
    bow_tie = shapely.Polygon([(x, y), (x + 1000, y + 1000), (x + 1000, y), (x, y + 1000)])
    areas(spike, bow_tie).to_file(tmp_path / "tie.gpkg")
    with pytest.raises(InputError, match="cross themselves"):
        read_areas(tmp_path / "tie.gpkg", "wgs84", TOWN)


def test_areas_keep_codes_and_rare_characters(tmp_path):
    areas(shapely.box(5e5, 3.4e6, 5.1e5, 3.41e6)).to_file(tmp_path / "a.geojson", driver="GeoJSON")
    table = read_areas(tmp_path / "a.geojson", "wgs84", TOWN).table
    assert table["area_id"].tolist() == ["000"]
    assert table["name"].tolist() == ["䓣塘镇"]


def parcels(*polygons):
    return gpd.GeoDataFrame(
        {"地块编号": [f"0{i}" for i in range(len(polygons))], "名称": "榃滨地块"}, geometry=list(polygons), crs=CRS
    )


def test_parcels_tell_their_land_and_may_not_overlap(tmp_path):
    """Two hectares side by side share a border; a third lies over both."""
    side = [shapely.box(5e5, 3.4e6, 5e5 + 100, 3.4e6 + 100), shapely.box(5e5 + 100, 3.4e6, 5e5 + 200, 3.4e6 + 100)]
    parcels(*side).to_file(tmp_path / "good.gpkg")
    table = read_parcels(tmp_path / "good.gpkg", "wgs84", TOWN).table
    assert table[["parcel_id", "name", "land_m2"]].to_numpy().tolist() == [
        ["00", "榃滨地块", 10_000],
        ["01", "榃滨地块", 10_000],
    ]
    parcels(*side, shapely.box(5e5 + 50, 3.4e6, 5e5 + 150, 3.4e6 + 50)).to_file(tmp_path / "bad.gpkg")
    with pytest.raises(InputError, match="overlap") as caught:
        read_parcels(tmp_path / "bad.gpkg", "wgs84", TOWN)
    assert caught.value.problems[0].rows == ("00 02", "01 02")
