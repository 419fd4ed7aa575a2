"""What stands around offered land, out of small OSM files drawn by hand: kinds, names, shapes, and that none is ever proved absent."""

from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pytest
import shapely
from conftest import CRS, EAST, NORTH, SIDE, at, degrees, streets
from pyproj import CRS as System
from test_surroundings import offered

from catchment.errors import InputError, SettingsError
from catchment.pipeline import run_steps
from catchment.placing import near_surroundings
from catchment.read.osm_objects import kind_of, read_osm_objects, voltage_kv
from catchment.read.surroundings import read_surroundings
from catchment.settings import SurroundingsSource, read_settings
from catchment.tables import SURROUNDING_KINDS

TOWN = System.from_user_input(CRS)


def extract(path, *things, relations=()):
    """An OSM file of (tags, corners); a corner is (row, column) in the toy town, several a way, the same corner the same node."""
    nodes, ways, seen = [], [], {}
    for thing, (tags, corners) in enumerate(things, start=1):
        marks = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        refs = [seen.setdefault((*corner, thing if len(corners) == 1 else 0), len(seen) + 1) for corner in corners]
        if len(corners) == 1:
            lon, lat = degrees(*corners[0])
            nodes.append(f'<node id="{refs[0]}" lon="{lon}" lat="{lat}">{marks}</node>')
        else:
            ways.append(f'<way id="{thing}">' + "".join(f'<nd ref="{r}"/>' for r in refs) + marks + "</way>")
    for (row, column, own), number in seen.items():
        if not own:
            lon, lat = degrees(row, column)
            nodes.append(f'<node id="{number}" lon="{lon}" lat="{lat}"/>')
    nodes.sort(key=lambda node: int(node.split('"')[1]))
    path.write_text("\n".join(['<osm version="0.6">', *nodes, *ways, *relations, "</osm>"]), "utf-8")
    return path


def closed(x=0, y=0, side=1):
    """A square whose first corner comes again at its end."""
    return [(x + side * a, y + side * b) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ("railway=rail", "railway"), ("railway=subway tunnel=yes", ""), ("railway=abandoned", ""), ("railway=tram", ""),
        ("power=line voltage=110000", "power_line"), ("power=line voltage=220000;10000", "power_line"),
        ("power=line", "power_line"), ("power=line voltage=10000", ""), ("power=minor_line", ""),
        ("power=minor_line voltage=35000", "power_line"), ("power=tower", ""), ("power=cable voltage=110000", ""),
        ("man_made=pipeline substance=gas", "pipeline"), ("man_made=pipeline substance=oil;water", "pipeline"),
        ("man_made=pipeline substance=water", ""), ("man_made=pipeline", ""),
        ("amenity=fuel", "petrol_station"), ("amenity=marketplace", "market"), ("amenity=crematorium", "mortuary"),
        ("man_made=storage_tank content=LPG", "explosives"), ("man_made=storage_tank content=water", ""),
        ("amenity=internet_cafe", "entertainment"), ("leisure=dance", "entertainment"),
        ("leisure=dance dance:teaching=yes", ""), ("amenity=cafe", ""),
        ("power=substation", "substation"), ("power=substation substation=minor_distribution", ""),
        ("pipeline=substation substance=gas", "gas_regulator"), ("pipeline=substation substance=water", ""),
        ("landuse=landfill", "waste_station"), ("amenity=prison", "detention_house"),
        ("boundary=hazard hazard=landslide", "hazard"), ("hazard=flooding", ""), ("boundary=hazard hazard=minefield", ""),
        ("boundary=hazard hazard=contamination", "pollution"),
        ("boundary=protected_area protect_class=12", "water_protection"), ("boundary=protected_area protect_class=2", ""),
        ("landuse=farmland", ""), ("landuse=cemetery", ""), ("highway=motorway", ""),
    ],
)  # fmt: skip
def test_tags_become_kinds(tags, kind):
    """What the tags do not say, a pipeline's substance say, is not guessed."""
    found = kind_of(dict(pair.split("=") for pair in tags.split()))
    assert (found.kind if found else "") == kind


def test_voltages_are_the_highest_told():
    assert [voltage_kv(told) for told in ("110000", "10000; 220000", "500000;low")] == [110, 220, 500]
    assert all(str(voltage_kv(told)) == "nan" for told in ("", "high", "0", "9000000", "110 kV"))


def test_objects_come_with_names_and_shapes_in_metres(tmp_path):
    """A node is a point, an outline a polygon, a line a line even if it is closed; nodes of lines and open outlines are none."""
    path = extract(
        tmp_path / "town.osm",
        ({"amenity": "fuel", "name": "䓣塘加油站"}, [(2, 1)]),
        ({"amenity": "marketplace", "name": "榃滨集市"}, closed(2, 2)),
        ({"railway": "rail"}, closed(0, 0, 3)),
        ({"power": "line", "voltage": "110000;35000", "name": "演示线"}, [(0, 2), (4, 2)]),
        ({"power": "line"}, [(0, 3), (4, 3)]),
        ({"landuse": "landfill"}, [(0, 0), (1, 0), (1, 1)]),
        ({"power": "line"}, [(1, 1)]),
        ({"boundary": "protected_area", "protect_class": "12"}, [(3, 3)]),
        ({"highway": "residential"}, [(0, 0), (4, 0)]),
    )
    reading = read_osm_objects(path, TOWN)
    table = reading.table.set_index("object_id")
    assert table["kind"].to_dict() == {
        "n1": "petrol_station", "w2": "market", "w3": "railway", "w4": "power_line", "w5": "power_line"
    }  # fmt: skip
    assert table["name"].tolist() == ["䓣塘加油站", "榃滨集市", "", "演示线", ""]
    assert table["voltage_kv"].fillna(0).tolist() == [0, 0, 0, 110, 0]
    assert table.geom_type.tolist() == ["Point", "Polygon", "LineString", "LineString", "LineString"]
    assert table.geometry["n1"].distance(shapely.Point(at(2, 1))) < 0.01
    assert table.geometry["w2"].hausdorff_distance(shapely.Polygon([at(*c) for c in closed(2, 2)])) < 0.01
    assert reading.set_aside[["row", "reason"]].to_numpy().tolist() == [
        ["w6", "without a line or closed outline in the extract"]
    ]
    assert reading.reconciliation[["rows_in", "rows_used", "rows_set_aside"]].to_numpy().tolist() == [[6, 5, 1]]


def test_relations_are_grounds_with_their_holes(tmp_path):
    """A protected area of an outer ring of nine blocks and an inner one of one."""
    members = '<member type="way" ref="1" role="outer"/><member type="way" ref="2" role="inner"/>'
    marks = '<tag k="type" v="boundary"/><tag k="boundary" v="protected_area"/><tag k="protect_class" v="12"/>'
    ring = [*closed(0, 0, 3)], [*closed(1, 1, 1)]
    path = extract(
        tmp_path / "a.osm",
        ({"source": "a"}, ring[0]),
        ({"source": "a"}, ring[1]),
        relations=[f'<relation id="5">{members}{marks}</relation>'],
    )
    table = read_osm_objects(path, TOWN).table
    block = shapely.Polygon([at(*c) for c in ring[1]]).area
    assert table[["object_id", "kind"]].to_numpy().tolist() == [["r5", "water_protection"]]
    assert table.area.iloc[0] == pytest.approx(8 * block, rel=1e-4)


def test_a_file_without_objects_gives_none_and_a_broken_one_is_told(tmp_path):
    path = extract(tmp_path / "town.osm", ({"highway": "residential"}, [(0, 0), (4, 0)]))
    assert read_osm_objects(path, TOWN).table.empty
    path.write_text("junk", "utf-8")
    for name, words in (("town.osm", "not readable OSM data"), ("none.osm", "not there")):
        with pytest.raises(InputError, match=words):
            read_osm_objects(tmp_path / name, TOWN)


def test_osm_needs_an_osm_file_of_roads(tmp_path):
    with pytest.raises(InputError, match="need roads from an OSM file") as caught:
        read_surroundings(tmp_path, [SurroundingsSource(path="osm")], TOWN, roads=tmp_path / "roads.gpkg")
    assert "道路来自 OSM" in caught.value.problems[0].text("zh")


def test_what_lies_far_away_in_an_extract_is_set_aside(tmp_path):
    path = extract(tmp_path / "a.osm", ({"amenity": "fuel"}, [(0, 0)]), ({"amenity": "fuel"}, [(500, 0)]))
    table = read_surroundings(tmp_path, [SurroundingsSource(path="osm")], TOWN, roads=path).table
    areas = gpd.GeoDataFrame(geometry=[shapely.box(*at(0, 0), *at(4, 4))], crs=CRS)
    near, left = near_surroundings(table, areas)
    assert (near["object_id"].tolist(), left["row"].tolist()) == (["n1"], ["n2"])


def over_osm(study):
    """The toy town with its roads as an OSM file that knows a market and a line, and nothing else to be near."""
    offered(study)
    lines = [
        [(round((NORTH - y) / SIDE - 0.5, 6), round((x - EAST) / SIDE - 0.5, 6)) for x, y in line.coords]
        for line in streets().geometry
    ]
    extract(
        study / "data" / "raw" / "town.osm",
        *(({"highway": "residential"}, line) for line in lines),
        ({"amenity": "marketplace", "name": "集市"}, [(4, 1)]),
        ({"power": "line"}, [(4, 3), (4, 5)]),
    )
    file = study / "study.toml"
    text = file.read_text("utf-8").replace("roads.gpkg", "town.osm").split("[[sources.surroundings]]")[0]
    file.write_text(text + '\n[sources]\nsurroundings = ["osm"]\n', "utf-8")


def test_nothing_in_osm_proves_that_there_is_nothing(toy_study):
    """Parcel D2 lies under a line, which rules it out; D1 is far from all that OSM knows, and passes none of it."""
    over_osm(toy_study)
    settings = read_settings(toy_study)
    assert settings.sources.complete_surroundings == frozenset()
    tables = run_steps(toy_study, settings, {}, lambda step, done, total: None)
    assert tables["surroundings"]["kind"].tolist() == ["market", "power_line"]
    rows = tables["siting"].set_index(["subject_id", "test", "effect"])
    assert rows.loc[("D2", "power_line", "exclude"), "verdict"] == "ruled_out"
    around = tables["siting"][tables["siting"]["test"].isin(SURROUNDING_KINDS)]
    passed = around[around["verdict"] == "passed"]
    assert set(passed["test"]) == {"expressway", "arterial"}
    market = rows.loc[("D1", "market", "fail")]
    assert (market["object"], round(market["value"]), market["verdict"]) == ("集市", 160, "unknown")


def test_osm_that_is_said_to_be_complete_is_refused(toy_study):
    with (toy_study / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[sources.surroundings]]\npath = "osm"\ncomplete = ["railway"]\n')
    with pytest.raises(SettingsError, match="no complete survey") as caught:
        read_settings(toy_study)
    found = caught.value.problems[0]
    assert "sources.surroundings.0" in found.text("en")
    assert "完整的调查" in found.text("zh")
