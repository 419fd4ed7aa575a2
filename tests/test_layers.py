"""Vector layers, roads and OSM extracts: located refusals, and the same table whatever the source."""

import subprocess
import sys
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import osmium
import osmnx
import pytest
import shapely
from conftest import CRS, at, streets
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_osm import RIGHTS, assert_same_roads, plain_roads
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
    for mode in ("cycle", "drive"):
        assert against[f"{mode}_backward"].all()
        assert not against[f"{mode}_forward"].any()
    assert against["walk"].all()
    assert list(reading.table) == ["from_key", "to_key", "road_class", "name", *RIGHTS, "geometry"]


def write_osm(path, ways, places=None):
    """An extract of ways (tags, node numbers); nodes lie on a curve unless they have a place of their own."""
    places = {n: (117 + n / 1000, 30 + n * n / 1e5) for _, nodes in ways for n in nodes} if places is None else places
    lines = ['<osm version="0.6">']
    lines += [f'<node id="{n}" lon="{lon}" lat="{lat}"/>' for n, (lon, lat) in sorted(places.items())]
    for i, (tags, nodes) in enumerate(ways, start=1):
        lines.append(f'<way id="{i}">' + "".join(f'<nd ref="{n}"/>' for n in nodes))
        lines += [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]
        lines.append("</way>")
    path.write_text("\n".join([*lines, "</osm>"]), "utf-8")
    return path


def told_by_each(tmp_path, cases):
    """Ways with the tags of each case, apart from each other: the letters of who may use it, or the reason why not.

    w = walkers, c/C = bicycles forward/backward, d/D = cars forward/backward, b = bridge or tunnel.
    """
    ways = [
        (dict(pair.split("=") for pair in f"highway={tags}".split()) | {"name": tags}, [2 * i + 1, 2 * i + 2])
        for i, tags in enumerate(cases)
    ]
    reading = read_osm_roads(write_osm(tmp_path / "each.osm", ways), TOWN)
    letters = reading.table[RIGHTS].apply(
        lambda row: "".join(c for c, yes in zip("wcCdDb", row, strict=True) if yes), axis=1
    )
    told = dict(zip(reading.table["name"], letters, strict=True))
    aside = reading.set_aside
    return told | {
        ways[int(row[4:]) - 1][0]["name"]: why for row, why in zip(aside["row"], aside["reason"], strict=True)
    }


def test_who_may_use_an_osm_way(tmp_path):
    cases = {
        "residential": "wcCdD",
        "residential oneway=yes": "wcd",
        "residential oneway=-1": "wCD",
        "residential oneway=yes oneway:bicycle=no": "wcCd",
        "residential oneway=-1 oneway:bicycle=no": "wcCD",
        "residential oneway:bicycle=yes": "wcdD",
        "residential oneway=yes oneway:bicycle=no bicycle=no": "wd",
        "residential oneway=yes cycleway=opposite": "wcCd",
        "residential oneway=yes cycleway=opposite_lane": "wcCd",
        "residential oneway=yes cycleway:left=opposite_track": "wcCd",
        "residential oneway=yes cycleway:right=opposite_lane": "wcCd",
        "residential oneway=yes cycleway=lane": "wcd",
        "primary junction=roundabout": "wcd",
        "living_street": "wcCdD",
        "residential motor_vehicle=no": "wcC",
        "residential bicycle=no": "wdD",
        "residential bicycle=dismount": "wdD",
        "service access=private bicycle=yes": "cC",
        "service access=private foot=yes": "w",
        "service access=no motor_vehicle=yes": "dD",
        "motorway": "dD",
        "motorway_link oneway=yes": "d",
        "motorway bicycle=yes": "dD",
        "trunk": "wcCdD",
        "trunk bicycle=no": "wdD",
        "cycleway": "wcC",
        "cycleway foot=no": "cC",
        "cycleway foot=no oneway=yes": "c",
        "cycleway oneway:bicycle=-1": "wC",
        "path": "wcC",
        "path bicycle=private": "w",
        "track": "wcC",
        "track motor_vehicle=yes": "wcCdD",
        "footway": "w",
        "footway bicycle=yes": "wcC",
        "footway bicycle=designated": "wcC",
        "footway bicycle=destination": "w",
        "footway motor_vehicle=destination": "wcCdD",
        "pedestrian": "w",
        "pedestrian bicycle=permissive": "wcC",
        "pedestrian oneway=yes": "w",
        "bridleway": "w",
        "steps": "w",
        "steps bicycle=yes": "w",
        "tertiary bridge=viaduct": "wcCdDb",
        "tertiary bridge=no layer=1": "wcCdD",
        "tertiary tunnel=yes layer=-1": "wcCdDb",
        "tertiary tunnel=no layer=-1": "wcCdD",
        "footway tunnel=building_passage": "wb",
        "service access=private": "closed to the public",
        "cycleway foot=no bicycle=no": "closed to the public",
        "steps foot=no bicycle=yes": "closed to the public",
        "cycleway foot=no oneway=maybe": "unknown value of oneway",
        "footway area=yes": "an area, not a line",
        "proposed bicycle=yes": "no road to go on",
    }
    assert told_by_each(tmp_path, cases) == cases


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"name": "东街, 榃滨=a @ 50% 🚲 é"}, "东街, 榃滨=a @ 50% 🚲 é"),
        ({"name": "two\nlines %20% n1,x2y3"}, "two\nlines %20% n1,x2y3"),
        ({"ref": "S 26"}, "S 26"),
        ({"ref": "S26", "name": "榃滨路"}, "榃滨路"),
        ({"ref": "S26", "name": ""}, ""),
        ({"name:zh": "榃滨路", "Tname": "no", "highways": "no"}, ""),
    ],
)
def test_names_come_through_whole(tmp_path, tags, name):
    path = write_osm(tmp_path / "named.osm", [({"Aa": "=, ", "highway": "service", **tags}, [1, 2])])
    assert read_osm_roads(path, TOWN).table[["road_class", "name"]].to_numpy().tolist() == [["service", name]]


def test_nodes_without_a_place_are_outside_the_extract(tmp_path):
    """A missing node, one without coordinates and one at latitude 95 are left out; the way goes on past them."""
    here = {1: (117, 30), 2: (117.001, 30), 4: (117.002, 95), 5: (117.003, 30)}
    road = {"highway": "residential"}
    ways = [(road, [1, 2, 3, 4, 6, 5]), (road, [4, 5]), (road, []), ({"highway": "proposed"}, [4, 5])]
    path = write_osm(tmp_path / "clipped.osm", ways, here)
    path.write_text(path.read_text("utf-8").replace("<way", '<node id="6"/>\n<way', 1), "utf-8")
    reading = read_osm_roads(path, TOWN)
    assert reading.table[["from_key", "to_key"]].to_numpy().tolist() == [[1, 5]]
    assert shapely.get_num_points(reading.table.geometry.values).tolist() == [3]
    short = "fewer than two nodes inside the extract"
    assert reading.set_aside[["row", "reason", "detail"]].to_numpy().tolist() == [
        ["way 2", short, ""],
        ["way 3", short, ""],
        ["way 4", "no road to go on", "highway=proposed"],
    ]
    path = write_osm(tmp_path / "empty.osm", [(road, []), (road, [])])
    with pytest.raises(InputError, match="no roads"):
        read_osm_roads(path, TOWN)


WAYS = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {"highway": st.sampled_from(["residential", "footway", "motorway", "proposed"])},
            optional={
                "oneway": st.sampled_from(["yes", "-1", "no", "perhaps"]),
                "name": st.text(st.characters(exclude_categories=["C"]), max_size=4),
                "access": st.sampled_from(["private", "yes"]),
                "bridge": st.just("yes"),
            },
        ),
        st.lists(st.integers(1, 9), max_size=6),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(WAYS, st.sets(st.integers(1, 9), max_size=2))
def test_the_reader_in_bulk_equals_the_plain_one(tmp_path_factory, ways, missing):
    """Loops, repeated nodes, crossings, missing nodes: row by row what one way after the other gives."""
    places = {n: (117 + n / 1000, 30 + n * n / 1e5) for n in range(1, 12) if n not in missing}
    ways = [({"highway": "service"}, [10, 11]), *ways]
    path = write_osm(tmp_path_factory.mktemp("osm") / "any.osm", ways, places)
    reading = read_osm_roads(path, TOWN)
    assert_same_roads(reading.table, plain_roads(path, TOWN))
    assert len(reading.set_aside) + reading.reconciliation["rows_used"].iloc[0] == len(ways)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("junk.osm.pbf", lambda whole: b"junk"),
        ("junk.osm", lambda whole: b"junk"),
        ("short.osm.pbf", lambda whole: whole[:-20]),
        ("letters.osm.pbf", lambda whole: whole.replace("Zé".encode(), b"ZZ\xc3")),
    ],
)
def test_a_broken_extract_is_told_and_ends_nothing(tmp_path, name, spoil):
    """Junk, a file cut short, and a name that is no UTF-8, on which osmium's writer would end the whole process."""
    whole = tmp_path / "whole.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(whole), "pbf,pbf_compression=none")) as writer:
        for n in (1, 2):
            writer.add_node(osmium.osm.mutable.Node(id=n, location=(117 + n / 1000, 30)))
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2], tags={"highway": "service", "name": "Zé"}))
    assert read_osm_roads(whole, TOWN).table["name"].tolist() == ["Zé"]
    (tmp_path / name).write_bytes(spoil(whole.read_bytes()))
    code = f"""
from pathlib import Path
from pyproj import CRS
from catchment.read.osm import read_osm_roads
read_osm_roads(Path({str(tmp_path / name)!r}), CRS(32650))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "the file is not readable OSM data" in result.stderr
    assert name in result.stderr


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
    whole = whole.replace('<tag k="oneway" v="-1"/>', '<tag k="oneway" v="-1"/><tag k="tunnel" v="yes"/>')
    extract.write_text(whole, "utf-8")
    graph = osmnx.graph_from_xml(extract, retain_all=True, simplify=False)
    osmnx.save_graphml(graph, tmp_path / "toy.graphml")
    direct, saved = read_roads(extract, "wgs84", TOWN).table, read_roads(tmp_path / "toy.graphml", "wgs84", TOWN).table
    both_ways = direct[direct["road_class"] == "residential"]
    again = saved[(saved["road_class"] == "residential") & (saved["name"] == "东街")]
    assert again.length.sum() == pytest.approx(both_ways.length.sum(), rel=1e-9)
    assert again[["cycle_forward", "cycle_backward", "drive_forward", "drive_backward"]].all(axis=None)
    one_way = saved[saved["road_class"] == "tertiary"]
    assert (one_way["drive_forward"] ^ one_way["drive_backward"]).all()
    assert one_way["cycle_forward"].equals(one_way["drive_forward"])
    assert list(saved) == list(direct)
    assert one_way["bridge"].all()
    assert not again["bridge"].any()


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


@pytest.mark.parametrize(
    ("columns", "bridges"),
    [
        ({}, [False, False, False, False, False]),
        ({"bridge": ["yes", "no", None, "viaduct", ""]}, [True, False, False, True, False]),
        ({"tunnel": ["F", "T", "F", "F", "T"]}, [False, True, False, False, True]),
        ({"bridge": [True, False, False, False, False], "tunnel": [0, 0, 1, 0, 0]}, [True, False, True, False, False]),
        ({"bridge": [["yes", "viaduct"], None, None, None, None]}, [True, False, False, False, False]),
    ],
)
def test_bridges_of_a_layer(tmp_path, columns, bridges):
    streets().assign(**columns).to_parquet(tmp_path / "roads.parquet")
    assert read_roads(tmp_path / "roads.parquet", "wgs84", TOWN).table["bridge"].tolist() == bridges


def test_bicycles_on_the_roads_of_a_layer(tmp_path):
    layer = streets().assign(
        highway=["residential", "motorway", "steps", "cycleway", "primary"], oneway=["no", "no", "no", "yes", "-1"]
    )
    layer.to_file(tmp_path / "roads.gpkg")
    table = read_roads(tmp_path / "roads.gpkg", "wgs84", TOWN).table
    assert list(table) == ["from_key", "to_key", "road_class", "name", *RIGHTS, "geometry"]
    assert table["cycle_forward"].tolist() == [True, False, False, True, False]
    assert table["cycle_backward"].tolist() == [True, False, False, False, True]
    assert table["drive_forward"].tolist() == [True, True, True, True, False]
    assert table["drive_backward"].tolist() == [True, True, True, False, True]


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
