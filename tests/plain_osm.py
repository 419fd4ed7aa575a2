"""OSM roads read the plain, slow way, one way and one node at a time: the second opinion on the reader in bulk."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from catchment.read.rights import rights

RIGHTS = ["walk", "cycle_forward", "cycle_backward", "drive_forward", "drive_backward", "bridge"]


def used_ways(path: Path) -> list[tuple[dict, list[tuple[int, float, float]]]]:
    """Tags and nodes (id, longitude, latitude) of the ways that may be used."""
    found = []
    for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if way.is_way() and "highway" in way.tags:
            tags = {tag.k: tag.v for tag in way.tags}
            nodes = [(n.ref, n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
            if not rights(tags)["reason"] and len(nodes) > 1:
                found.append((tags, nodes))
    return found


def plain_roads(path: Path, crs: CRS) -> gpd.GeoDataFrame:
    """The roads table, each way cut at the nodes that are passed more than once."""
    ways = used_ways(path)
    passes = Counter(ref for _, nodes in ways for ref, _, _ in nodes)
    project = Transformer.from_crs(4326, crs, always_xy=True).transform
    rows, lines = [], []
    for tags, nodes in ways:
        told = rights(tags)
        points = [project(lon, lat) for _, lon, lat in nodes]
        cuts = [i for i, (ref, _, _) in enumerate(nodes) if i in (0, len(nodes) - 1) or passes[ref] > 1]
        for a, b in pairwise(cuts):
            name = tags.get("name", tags.get("ref", ""))
            rows.append([nodes[a][0], nodes[b][0], tags["highway"], name, *(told[c] for c in RIGHTS)])
            lines.append(shapely.LineString(points[a : b + 1]))
    table = pd.DataFrame(rows, columns=["from_key", "to_key", "road_class", "name", *RIGHTS])
    return gpd.GeoDataFrame(table, geometry=lines, crs=crs)


def assert_same_roads(table: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    """Row by row the same, coordinates to the last bit."""
    pd.testing.assert_frame_equal(
        pd.DataFrame(table.drop(columns="geometry")), pd.DataFrame(other.drop(columns="geometry"))
    )
    assert shapely.equals_identical(table.geometry.values, other.geometry.values).all()
