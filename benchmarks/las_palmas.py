"""Las Palmas: nearest secondary school on foot against the official catchments, and a map of where they differ.

`python benchmarks/las_palmas.py [FOLDER]` (or `make las-palmas`). The buildings of the extract stand for homes. A school is an
`amenity=school` whose name tells the same place as an official zone (IES …); homes in zones whose school
the extract does not have are counted apart. Nearest by road knows nothing of seats: this shows how far an official
zone map is from a map of distances, not which of the two is right.
"""

import re
import sys
import unicodedata
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import osmium
import pandas as pd
import shapely
from matplotlib.figure import Figure
from pyproj import CRS

from catchment.costs import Way, measure
from catchment.engines import engine
from catchment.geo import transformer
from catchment.network import build_edges, join_network, network_of
from catchment.read.osm import read_osm_roads
from catchment.settings import MODES
from catchment.travel import travel

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "las_palmas_es"
EXTRACT = DATA / "las_palmas_2023.osm.pbf"
METRES = CRS.from_epsg(32628)
STOP = {
    "",
    "ie",
    "ceo",
    "instituto",
    "de",
    "la",
    "el",
    "lo",
    "educacion",
    "ensenanza",
    "secundaria",
    "i",
    "e",
    "s",
    "del",
}


def words(name: str) -> frozenset[str]:
    """The telling words of a school's name, without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return frozenset(word.rstrip("s") for word in re.findall(r"[a-z0-9]+", plain)) - STOP


def middle(thing: object) -> tuple[float, float]:
    rings = [[(n.lon, n.lat) for n in ring] for ring in thing.outer_rings()]
    point = max((shapely.Polygon(r) for r in rings if len(r) > 3), key=lambda p: p.area).representative_point()
    return point.x, point.y


def things(key: str) -> pd.DataFrame:
    """Objects of the extract with a tag: id, name, tag value and a place in metres."""
    rows = []
    keep = osmium.filter.KeyFilter(key)
    for thing in osmium.FileProcessor(str(EXTRACT)).with_areas(keep).with_filter(keep):
        if thing.is_node():
            rows.append((f"n{thing.id}", dict(thing.tags), thing.location.lon, thing.location.lat))
        elif thing.is_area():
            rows.append((f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}", dict(thing.tags), *middle(thing)))
    table = pd.DataFrame(rows, columns=["id", "tags", "lon", "lat"])
    x, y = transformer(CRS.from_epsg(4326), METRES).transform(table["lon"], table["lat"])
    return table.assign(
        name=[t.get("name", "") for t in table["tags"]], value=[t[key] for t in table["tags"]], gate=1, x_m=x, y_m=y
    )


def matched(zones: gpd.GeoDataFrame, schools: pd.DataFrame) -> pd.Series:
    """For each zone the school whose name shares most of its words, the nearest of equal ones; absent if none does."""
    found = {}
    for zone in zones.itertuples():
        own = words(zone.Denominaci)
        share = np.array([len(own & words(n)) / max(1, len(own | words(n))) for n in schools["name"]])
        ies = schools["name"].str.contains(r"\bI\.?E\.?S\b|\bCEO\b", case=False, regex=True).to_numpy()
        good = (share >= 0.5) & ies
        if good.any():
            away = shapely.distance(zone.geometry, shapely.points(schools["x_m"], schools["y_m"]))
            found[zone.Index] = schools["id"].iloc[np.lexsort((away, -share * good))[0]]
    return pd.Series(found, dtype=object)


def nearest(homes: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """The nearest school of every home on foot, from door to door."""
    roads = network_of(build_edges(read_osm_roads(EXTRACT, METRES).table))
    own = travel(roads, "walk", MODES["walk"])
    cells, gates = (
        join_network(
            roads,
            rows,
            subject=subject,
            uses="walk",
            limit_m=500,
            smallest_component_m=5000,
            walls=np.empty(0, dtype=object),
        )[0]
        for subject, rows in (("cell", homes), ("school", schools))
    )
    way = Way(own, engine["contraction"](own.arcs), cells, gates, 30_000, 4.5)
    people = pd.DataFrame({"cell_id": homes["id"], "unit_id": homes["id"], "people": 1.0})
    return measure([way], people, pd.Index(sorted(schools["id"])), stage="junior", subject="school", nearest=99)[0]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "maps" / "las_palmas"
    zones = gpd.read_file(DATA / "secondary_school_catchments_gobcan.geojson").to_crs(METRES)
    schools = things("amenity").query("value == 'school'").drop_duplicates("id").reset_index(drop=True)
    school_of = matched(zones, schools)
    print(
        f"{len(zones)} official zones, {len(schools)} amenity=school objects, {len(school_of)} zones whose school is among them"
    )
    for zone in zones.itertuples():
        name = schools.set_index("id")["name"].get(school_of.get(zone.Index, ""), "– not in the extract")
        print(f"  {zone.Denominaci:<50} {name}")
    homes = things("building").drop_duplicates(["x_m", "y_m"]).reset_index(drop=True)
    home, zone = shapely.STRtree(zones.geometry.values).query(
        shapely.points(homes["x_m"], homes["y_m"]), predicate="intersects"
    )
    official = pd.Series(zone, index=homes["id"].iloc[home]).groupby(level=0).first().map(school_of)
    known = official.dropna()
    used = schools[schools["id"].isin(school_of)]
    ways = nearest(homes[homes["id"].isin(known.index)], used)
    first = ways[ways["rank"] == 1].set_index("cell_id")
    table = pd.DataFrame(
        {"official": known, "nearest": first["school_id"], "nearest_m": first["distance_mm"] / 1000}
    ).dropna()
    walk = ways.set_index(["cell_id", "school_id"])["distance_mm"] / 1000
    table["official_m"] = walk.reindex(pd.MultiIndex.from_arrays([table.index, table["official"]])).to_numpy()
    same = table["official"] == table["nearest"]
    print(
        f"{len(homes):,} buildings: {len(official):,} in an official zone, {len(known):,} of these in a zone whose school is known, {len(table):,} reach it on foot"
    )
    print(f"nearest by walk is the official school: {same.mean():.1%} of buildings")
    farther = (table["official_m"] - table["nearest_m"])[~same]
    print(
        f"walk to the official school: median {table['official_m'].median():,.0f} m; to the nearest: {table['nearest_m'].median():,.0f} m; where they differ, the official one is {farther.median():,.0f} m farther (median)"
    )
    by_rank = [(walk_rank(ways, table) <= k).mean() for k in (1, 2, 3)]
    print("official school among the nearest 1, 2, 3: " + ", ".join(f"{share:.1%}" for share in by_rank))
    draw(zones, homes.set_index("id").loc[table.index], same, used, folder)


def walk_rank(ways: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Which nearest the official school is, 1 = the nearest."""
    ranks = ways.set_index(["cell_id", "school_id"])["rank"]
    return ranks.reindex(pd.MultiIndex.from_arrays([table.index, table["official"]])).to_numpy()


def draw(zones: gpd.GeoDataFrame, homes: pd.DataFrame, same: pd.Series, schools: pd.DataFrame, folder: Path) -> None:
    """Buildings whose nearest school is the official one, and those where it is another."""
    mpl.use("Agg")
    figure = Figure(figsize=(11, 12), layout="constrained")
    axes = figure.add_subplot()
    for chosen, colour, text in (
        (same, "#7fb7a6", "nearest on foot = official"),
        (~same, "#d1495b", "nearest on foot is another school"),
    ):
        rows = homes[chosen.to_numpy()]
        axes.scatter(rows["x_m"], rows["y_m"], s=2.5, c=colour, label=f"{text} ({len(rows):,} buildings)")
    zones.boundary.plot(ax=axes, color="#333333", linewidth=0.8)
    axes.scatter(
        schools["x_m"],
        schools["y_m"],
        s=42,
        c="#1f4e8c",
        marker="^",
        edgecolors="white",
        label="secondary school",
        zorder=5,
    )
    for row in schools.itertuples():
        axes.annotate(row.name, (row.x_m, row.y_m), xytext=(4, 4), textcoords="offset points", fontsize=6)
    west, south, east, north = homes["x_m"].min(), homes["y_m"].min(), homes["x_m"].max(), homes["y_m"].max()
    axes.set(
        xlim=(west - 500, east + 500),
        ylim=(south - 500, north + 500),
        aspect="equal",
        xlabel="easting (m)",
        ylabel="northing (m)",
    )
    axes.set_title("Las Palmas: official secondary zones against the nearest school by walk")
    axes.legend(loc="lower left", markerscale=2)
    figure.text(0.01, 0.002, "© OpenStreetMap contributors (ODbL); zones: Gobierno de Canarias", fontsize=7)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "nearest_against_official.png", dpi=130)
    print(f"map: {folder / 'nearest_against_official.png'}")


if __name__ == "__main__":
    main()
