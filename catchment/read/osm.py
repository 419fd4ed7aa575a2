"""Roads and schools out of OpenStreetMap files (.osm.pbf, .osm, .osm.gz), read with osmium."""

import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from pyproj import CRS

from catchment.errors import InputError, problem
from catchment.geo import transformer
from catchment.read import Reading, account
from catchment.read.vocabulary import ONE_WAY

OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")

# Values of `highway` that are no way to go, or not yet or no longer one.
NO_ROAD = frozenset(
    [
        "abandoned",
        "bus_stop",
        "construction",
        "corridor",
        "crossing",
        "elevator",
        "emergency_bay",
        "escape",
        "no",
        "platform",
        "planned",
        "proposed",
        "raceway",
        "razed",
        "rest_area",
        "services",
    ]
)
CLOSED = frozenset({"no", "private"})
OPEN = frozenset({"yes", "designated", "permissive", "destination"})
NO_FOOT = frozenset({"motorway", "motorway_link"})


@dataclass(frozen=True)
class _Way:
    way_id: int
    tags: dict[str, str]
    refs: list[int]
    lon: list[float]
    lat: list[float]


def open_file(path: Path) -> Any:
    """An OSM file with node places; raises InputError if it is not there."""
    if not path.exists():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    return osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()


def _ways(path: Path) -> list[_Way]:
    """All ways with a `highway` tag; nodes outside a clipped extract are left out."""
    ways = []
    try:
        for way in (
            open_file(path)
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        ):
            inside = [n for n in way.nodes if n.location.valid()]
            ways.append(
                _Way(
                    way.id,
                    {t.k: t.v for t in way.tags},
                    [n.ref for n in inside],
                    [n.location.lon for n in inside],
                    [n.location.lat for n in inside],
                )
            )
    except RuntimeError as error:
        raise InputError(
            problem("the file is not readable OSM data: {error}", "download the extract again", where=path, error=error)
        ) from error
    return ways


def _direction(way: _Way) -> int | None:
    """1 = as drawn, -1 = against, 0 = both; None = not in the vocabulary."""
    value = way.tags.get("oneway", "yes" if way.tags.get("junction") in ("roundabout", "circular") else "no")
    return ONE_WAY.get(value)


def _walkable(way: _Way) -> bool:
    foot = way.tags.get("foot")
    if foot is not None:
        return foot not in CLOSED and foot != "use_sidepath"
    return way.tags["highway"] not in NO_FOOT and way.tags.get("access") not in CLOSED


def _drivable(way: _Way) -> bool:
    if way.tags["highway"] in ("footway", "path", "steps", "pedestrian", "cycleway", "bridleway", "track"):
        return way.tags.get("motor_vehicle") in OPEN
    return way.tags.get("motor_vehicle", way.tags.get("access")) not in CLOSED


def _reason_to_leave(way: _Way) -> tuple[str, str]:
    """Why a way cannot be used, and the value that says so; empty if it can."""
    if way.tags["highway"] in NO_ROAD:
        return "no road to go on", f"highway={way.tags['highway']}"
    if way.tags.get("area") == "yes":
        return "an area, not a line", ""
    if len(way.refs) < 2:
        return "fewer than two nodes inside the extract", ""
    if not (_walkable(way) or _drivable(way)):
        return "closed to the public", ""
    if _direction(way) is None:
        return "unknown value of oneway", way.tags["oneway"]
    return "", ""


def read_osm_roads(path: Path, crs: CRS) -> Reading:
    """Road stretches between junctions from an OSM file, in the study's system.

    The table has columns from_key, to_key (OSM node ids), road_class, name, walk, forward, backward
    and geometry; ways are cut where another way shares a node. Ways that are no road to go on are set
    aside with the reason.

    Raises InputError if the file is missing, unreadable, or has no road.
    """
    ways = _ways(path)
    reasons = {way.way_id: _reason_to_leave(way) for way in ways}
    used = [way for way in ways if not reasons[way.way_id][0]]
    if not used:
        raise InputError(problem("the file has no roads", "give an extract that contains `highway` ways", where=path))
    lines = _cut(used, crs)
    aside = pd.DataFrame(
        [(path.name, f"way {i}", reason, detail, 0.0) for i, (reason, detail) in reasons.items() if reason],
        columns=["source", "row", "reason", "detail", "amount"],
    )
    return Reading(
        lines,
        aside,
        account(path.name, "m", len(ways), len(used), float(lines.length.sum()), float(lines.length.sum())),
    )


def _cut(ways: list[_Way], crs: CRS) -> gpd.GeoDataFrame:
    """Ways cut at every node that two of them (or one twice) pass through."""
    uses = Counter(ref for way in ways for ref in way.refs)
    for way in ways:
        uses[way.refs[0]] += 1
        uses[way.refs[-1]] += 1
    lon = np.concatenate([way.lon for way in ways])
    lat = np.concatenate([way.lat for way in ways])
    x, y = transformer(CRS.from_epsg(4326), crs).transform(lon, lat)
    points = np.column_stack([x, y])
    rows, coordinates, counts = [], [], []
    start = 0
    for way in ways:
        size = len(way.refs)
        cuts = [i for i in range(size) if i in (0, size - 1) or uses[way.refs[i]] > 1]
        direction = _direction(way)
        drive = _drivable(way)
        fixed = (
            way.tags["highway"],
            way.tags.get("name", way.tags.get("ref", "")),
            _walkable(way),
            drive and direction != -1,
            drive and direction != 1,
        )
        for a, b in itertools.pairwise(cuts):
            rows.append((way.refs[a], way.refs[b], *fixed))
            coordinates.append(points[start + a : start + b + 1])
            counts.append(b - a + 1)
        start += size
    geometry = shapely.linestrings(np.concatenate(coordinates), indices=np.repeat(np.arange(len(counts)), counts))
    table = pd.DataFrame(rows, columns=["from_key", "to_key", "road_class", "name", "walk", "forward", "backward"])
    return gpd.GeoDataFrame(table, geometry=geometry, crs=crs)


LEVELS = {"primary": ("1", "primary"), "junior": ("2", "lower_secondary", "secondary", "junior", "middle")}


def _stages(tags: dict[str, str], otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """Stages by `isced:level` or `school`; `otherwise` where the object does not say."""
    told = tags.get("isced:level", tags.get("school:level", tags.get("school", ""))).replace(",", ";").replace("-", ";")
    levels = {part.strip() for part in told.split(";") if part.strip()}
    return tuple(stage for stage, words in LEVELS.items() if levels.intersection(words)) or otherwise


def read_osm_schools(path: Path, crs: CRS, *, stages: tuple[str, ...], seats: int) -> Reading:
    """The `amenity=school` objects of an OSM file as schools, one row per stage.

    OSM tells neither seats nor, mostly, stages: `stages` and `seats` stand in where it is silent, and
    the study's settings say so.

    Raises InputError if the file is missing, or has no school.
    """
    found: list[tuple[str, dict[str, str], float, float]] = []
    total = 0
    schools = osmium.filter.TagFilter(("amenity", "school"))
    things: Any = osmium.FileProcessor(str(path)).with_areas(schools).with_filter(schools)
    for thing in things:
        if thing.is_node():
            total += 1
            found.append((f"n{thing.id}", dict(thing.tags), thing.location.lon, thing.location.lat))
        elif thing.is_way() or thing.is_relation():
            total += 1
        elif thing.is_area():
            middle = _middle(thing)
            name = ("w" if thing.from_way() else "r") + str(thing.orig_id())
            found.append((name, dict(thing.tags), *middle))
    if not found:
        raise InputError(problem("the file has no amenity=school", "give a school list instead of `osm`", where=path))
    rows = _school_rows(sorted(found, key=lambda each: each[0]), crs, stages, seats)
    aside = pd.DataFrame(
        [(path.name, f"{total - len(found)} objects", "amenity=school without a closed outline in the extract", 0.0)]
        if total > len(found)
        else [],
        columns=["source", "row", "reason", "amount"],
    )
    return Reading(rows, aside, account(f"{path.name} (schools)", "schools", total, len(found), total, len(found)))


def _middle(area: Any) -> tuple[float, float]:
    """A point inside the biggest outer ring."""
    rings = [shapely.Polygon([(n.lon, n.lat) for n in ring]) for ring in area.outer_rings() if len(ring) > 3]
    point = max(rings, key=lambda ring: ring.area).representative_point()
    return point.x, point.y


def _school_rows(
    found: list[tuple[str, dict[str, str], float, float]], crs: CRS, stages: tuple[str, ...], seats: int
) -> pd.DataFrame:
    x, y = transformer(CRS.from_epsg(4326), crs).transform([f[2] for f in found], [f[3] for f in found])
    rows = []
    for (school_id, tags, _, _), x_m, y_m in zip(found, x, y, strict=True):
        kept = _stages(tags, stages)
        kinds = {"primary": "full_primary", "junior": "junior"}
        rows += [
            {
                "school_id": school_id, "stage": stage, "name": tags.get("name", school_id), "campus_id": school_id,
                "kind": "nine_year" if len(kept) > 1 else kinds[stage],
                "ownership": "private" if tags.get("operator:type") in ("private", "religious") else "public",
                "setting": "urban", "boarding": False, "seats": seats, "rooms": None, "x_m": x_m, "y_m": y_m, "area_id": "",
            }
            for stage in kept
        ]  # fmt: skip
    table = pd.DataFrame(rows)
    return table.assign(rooms=table["rooms"].astype("Int64"))
