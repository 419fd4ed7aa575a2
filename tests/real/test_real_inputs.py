"""Real rasters, networks and places: known totals, networkx as the second opinion, whole studies from real files."""

import itertools

import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from pyproj import CRS
from roads import way, ways_between

from catchment.cli import app
from catchment.engines import engine
from catchment.engines.protocol import FAR, Doors, at_nodes
from catchment.network import build_edges, network_of
from catchment.new import Inputs, new_study
from catchment.pipeline import run_steps
from catchment.read.osm import read_osm_roads, read_osm_schools
from catchment.read.population import read_grid
from catchment.read.roads import read_roads
from catchment.settings import MODES, read_settings
from catchment.travel import travel

WUHAN = {
    "f_20": 514_895,
    "f_25": 462_830,
    "f_30": 541_286,
    "f_35": 357_028,
    "f_40": 354_359,
    "f_45": 487_723,
    "m_20": 579_156,
    "m_30": 555_815,
}


def silent(step, done, total):
    pass


@pytest.mark.parametrize(("band", "people"), WUHAN.items())
def test_wuhan_grids_hold_their_published_people(shared, band, people):
    sex, age = band.split("_")
    found = read_grid(shared / "wuhan_cn" / f"pop_{age}_{sex}_wuhan.tif")
    assert round(found.people.sum()) == people
    assert found.people.sum() == pytest.approx(people, rel=1e-6)


def test_burundi_in_mollweide_is_not_warped(shared):
    found = read_grid(shared / "burundi_ghspop" / "ghs_pop_burundi_region.tif")
    assert round(found.people.sum()) == 11_131_282
    assert round(found.people.max()) == 23_256


@pytest.fixture(scope="module")
def wuhan(shared):
    return network_of(
        build_edges(read_roads(shared / "wuhan_cn" / "roads_original.parquet", "projected", CRS.from_epsg(32650)).table)
    )


def test_wuhan_roads_are_one_component_of_7185_km(wuhan):
    assert len(wuhan.edges) == 92_667
    assert wuhan.nodes == 82_891
    assert wuhan.edges["component"].max() == 0
    assert wuhan.edges["length_mm"].sum() / 1e6 == pytest.approx(7185.056, abs=0.001)


def doors_at(nodes):
    return Doors(np.arange(len(nodes)), np.asarray(nodes), np.zeros(len(nodes), dtype=np.int64), len(nodes))


def test_wuhan_thousand_pairs_equal_networkx(wuhan):
    graph = nx.MultiGraph()
    graph.add_weighted_edges_from(
        zip(*(wuhan.edges[c].tolist() for c in ("from_node", "to_node", "length_mm")), strict=True)
    )
    random = np.random.default_rng(1000)
    starts, ends = np.sort(random.choice(wuhan.nodes, 20, replace=False)), random.choice(wuhan.nodes, 50, replace=False)
    own = travel(network_of(wuhan.edges.assign(walk=True)), "walk", MODES["walk"])
    for name in ("contraction", "scipy_dijkstra"):
        found = engine[name](own.arcs).matrix(doors_at(starts), at_nodes(ends))
        for column, start in enumerate(starts.tolist()):
            truth = nx.single_source_dijkstra_path_length(graph, start)
            assert found[:, column].tolist() == [truth[end] for end in ends.tolist()]


@pytest.mark.parametrize(
    ("file", "code", "mode"),
    [
        ("osm_extracts/porto.osm.pbf", 32629, "car"),
        ("osm_extracts/helsinki_centre.osm.pbf", 32635, "e_bike"),
        ("osm_extracts/campo-grande.osm.gz", 32721, "walk"),
        ("street_networks/liege_1656.parquet", 32631, "walk"),
        ("street_networks/apalachicola_small.parquet", 32616, "walk"),
        ("wuhan_cn/roads_original.parquet", 32650, "car"),
        ("osm_extracts/newport_wales.osm.pbf", 32630, "walk"),
        ("osm_extracts/liechtenstein.osm.pbf", 32632, "car"),
        ("osm_extracts/bautzen_tiny.osm", 32633, "walk"),
        ("brazil_poa/poa_osm.pbf", 32722, "walk"),
        ("las_palmas_es/las_palmas_2023.osm.pbf", 32628, "walk"),
    ],
)
def test_the_quick_engine_equals_the_reference_on_real_roads(shared, file, code, mode):
    """70 schools, one-way streets and travel times included: every node, exactly; the nearest three, ties by number."""
    roads = network_of(build_edges(read_roads(shared / file, "projected", CRS.from_epsg(code)).table))
    arcs = travel(roads, mode, MODES[mode]).arcs
    doors = doors_at(np.random.default_rng(64).choice(arcs.nodes, min(70, arcs.nodes), replace=False))
    quick, reference = (engine[name](arcs) for name in ("contraction", "scipy_dijkstra"))
    every = at_nodes(np.arange(arcs.nodes))
    expected = reference.matrix(doors, every)
    assert (quick.matrix(doors, every) == expected).all()
    cost, label = quick.nearest(doors, every, 3)
    order = np.argsort(expected, axis=1, kind="stable")[:, :3]
    assert (cost == np.take_along_axis(expected, order, axis=1)).all()
    assert (label == np.where(cost < FAR, order, -1)).all()


def test_doors_of_schools_on_real_roads_equal_a_network_with_the_doors_as_nodes(wuhan):
    """Foot points inserted as nodes of a networkx graph give the same door-to-door distances."""
    random = np.random.default_rng(7)
    lines = wuhan.edges.geometry.values[random.choice(len(wuhan.edges), 60, replace=False)]
    spots = shapely.get_coordinates(
        shapely.line_interpolate_point(lines, random.random(60), normalized=True)
    ) + random.normal(0, 30, (60, 2))
    points = pd.DataFrame({"id": [f"p{i}" for i in range(60)], "gate": 1, "x_m": spots[:, 0], "y_m": spots[:, 1]})
    options = {"limit_m": 1000, "smallest_component_m": 10_000, "reach_m": 200_000}
    homes, schools = points.iloc[:50], points.iloc[50:]
    found = ways_between(wuhan, homes, schools, **options)
    whole = way(wuhan, homes, schools, **options)
    joins = pd.concat([whole.cells, whole.gates], ignore_index=True)
    graph = nx.MultiGraph()
    doors = {
        edge: [(d.offset_mm, d.subject_id) for d in rows.itertuples()]
        for edge, rows in joins.sort_values("offset_mm").groupby("edge_id")
    }
    columns = ["edge_id", "from_node", "to_node", "length_mm"]
    for edge, start, end, length in wuhan.edges.loc[wuhan.edges["walk"], columns].itertuples(index=False):
        stops = [(0, start), *doors.get(edge, []), (length, end)]
        for (a, u), (b, v) in itertools.pairwise(stops):
            graph.add_edge(u, v, weight=b - a)
    access = dict(zip(joins["subject_id"], joins["access_mm"], strict=True))
    for school in schools["id"]:
        truth = nx.single_source_dijkstra_path_length(graph, school)
        for cell in homes["id"]:
            assert ((cell, school) in found.index) == (cell in truth)
            if cell in truth:
                assert found.loc[(cell, school), "distance_mm"] == access[cell] + truth[cell] + access[school]


def test_porto_alegre_from_the_command_line_to_tables(shared, tmp_path, monkeypatch):
    """`catchment new` and the pipeline on real roads and people: every child is accounted for."""
    from typer.testing import CliRunner

    place = shared / "brazil_poa"
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    made = CliRunner().invoke(
        app,
        [
            "new",
            str(tmp_path / "poa"),
            "--roads",
            str(place / "poa_osm.pbf"),
            "--population",
            str(place / "poa_hexgrid.csv"),
            "--schools",
            "osm",
        ],
    )
    assert made.exit_code == 0
    assert "no amenity=school" in made.output
    settings = read_settings(tmp_path / "poa")
    tables = run_steps(tmp_path / "poa", settings, {}, silent)
    assert tables["cells"]["people"].sum() == 812_935
    assert tables["schools"]["campus_id"].nunique() == 194
    children = tables["demand"].query(f"year == {settings.zone_year}").groupby("stage")["children"].sum()
    placed = tables["assignment"].groupby("stage")["children"].sum()
    left = tables["unplaced"].groupby("stage")["children"].sum().reindex(placed.index, fill_value=0)
    assert (placed + left).to_dict() == children.to_dict() == {"junior": 3 * 10_162, "primary": 6 * 10_162}
    assert tables["assignment"].groupby(["stage", "school_id"])["children"].sum().max() <= 600
    far = tables["set_aside"].query("source == 'cells joined to the roads'")
    assert len(far)
    assert not tables["costs"]["cell_id"].isin(far["row"]).any()
    assert tables["zones"].groupby("stage")["unit_id"].nunique().to_dict() == dict.fromkeys(
        ("junior", "primary"), len(tables["units"])
    )


def buildings(path, crs):
    """Middles of the extract's buildings, as stand-ins for homes: one person each."""
    rows = []
    for outline in (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("building"))
    ):
        places = [(n.location.lon, n.location.lat) for n in outline.nodes if n.location.valid()]
        if len(places) > 2:
            rows.append((f"w{outline.id}", *np.mean(places, axis=0)))
    return pd.DataFrame(rows, columns=["id", "lon", "lat"]).drop_duplicates(["lon", "lat"])


def test_newport_schools_from_osm_and_homes_by_distance_band(shared, tmp_path):
    extract = shared / "osm_extracts" / "newport_wales.osm.pbf"
    schools = read_osm_schools(extract, CRS.from_epsg(32630), stages=("primary",), seats=500)
    assert schools.reconciliation[["rows_in", "rows_used"]].iloc[0].tolist() == [49, 49]
    assert "Clytha Primary School" in set(schools.table["name"])
    homes = buildings(extract, None).assign(people=1)
    homes.to_csv(tmp_path / "homes.csv", index=False)
    new_study(
        tmp_path / "newport",
        Inputs(extract, (tmp_path / "homes.csv",), "osm"),
        name="Newport",
        year=2023,
        language="en",
        datum="wgs84",
        crs=None,
    )
    file = tmp_path / "newport" / "study.toml"
    file.write_text(
        file.read_text("utf-8").replace("age_share = 0.0125", "age_share = 0.2").replace("side_m = 0", "side_m = 200"),
        "utf-8",
    )
    tables = run_steps(tmp_path / "newport", read_settings(tmp_path / "newport"), {}, silent, last="costs")
    bands = tables["access"].query("stage == 'primary'").set_index("band_from_m")
    expected = 6 * round(tables["cells"]["people"].sum() * 0.2)
    assert bands["children"].sum() == expected
    assert bands["share"].sum() == pytest.approx(1)
    # Independently: nobody is nearer by road than as the crow flies.
    at = shapely.STRtree(shapely.points(tables["schools"][["x_m", "y_m"]].to_numpy()))
    units = tables["units"]
    _, crow_m = at.query_nearest(
        shapely.points(units[["x_m", "y_m"]].to_numpy()), return_distance=True, all_matches=False
    )
    children = (
        tables["demand"]
        .query("stage == 'primary' and year == 2024")
        .groupby("unit_id")["children"]
        .sum()
        .reindex(units["unit_id"], fill_value=0)
    )
    by_road, by_crow = (
        bands["share"].cumsum(),
        {limit: children[crow_m < limit].sum() / children.sum() for limit in (500, 1000, 2000)},
    )
    assert by_road.loc[0] < by_crow[500]
    assert by_road.loc[500] < by_crow[1000]
    assert 0.5 < by_road.loc[1000] < by_crow[2000]


@pytest.mark.parametrize(
    ("file", "code"),
    [("porto.osm.pbf", 32629), ("campo-grande.osm.gz", 32721), ("bautzen_tiny.osm", 32633), ("helsinki_centre.osm.pbf", 32635), ("liechtenstein.osm.pbf", 32632)],
)  # fmt: skip
def test_real_extracts_lose_no_way(shared, file, code):
    """Every way with a highway tag is used or set aside with its reason; stray nodes do not widen the place."""
    path = shared / "osm_extracts" / file
    ways = sum("highway" in way.tags for way in osmium.FileProcessor(str(path), osmium.osm.WAY))
    reading = read_osm_roads(path, CRS.from_epsg(code))
    account = reading.reconciliation.iloc[0]
    assert account["rows_in"] == ways == account["rows_used"] + len(reading.set_aside)
    assert reading.set_aside["reason"].str.len().gt(0).all()
    bounds = reading.table.total_bounds
    assert max(bounds[2] - bounds[0], bounds[3] - bounds[1]) < 60_000


def test_helsinki_cells_of_a_geopackage_run_to_zones(shared, tmp_path):
    place = shared / "osm_extracts"
    inputs = Inputs(place / "helsinki_centre.osm.pbf", (place / "helsinki_population_grid_2020.gpkg",), "osm")
    new_study(tmp_path / "h", inputs, name="Helsinki", year=2023, language="en", datum="wgs84", crs=None)
    tables = run_steps(tmp_path / "h", read_settings(tmp_path / "h"), {}, silent)
    account = tables["reconciliation"].set_index("source")
    assert account.loc["helsinki_population_grid_2020.gpkg", "rows_in"] == 92
    far = tables["set_aside"].query("source == 'cells joined to the roads'")
    assert (
        far["amount"].sum() + tables["cells"]["people"].sum() - far["amount"].sum() == tables["cells"]["people"].sum()
    )
    assert tables["zones"]["school_id"].isin(tables["schools"]["school_id"]).all()
