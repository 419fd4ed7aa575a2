"""Roads and schools out of OpenStreetMap files (.osm.pbf, .osm, .osm.gz), read with osmium.

Roads are read in bulk: osmium picks the ways and writes them one to a line (its OPL format), and the
lines are taken apart column by column. A Python object for every way and node would cost more than all
the rest.
"""

import ctypes
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from pyarrow import csv
from pyproj import CRS

from catchment.errors import InputError, problem
from catchment.geo import transformer
from catchment.read import Reading, account
from catchment.read.rights import AREA, KEYS, NO_WAY, Tags, rights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
NAMES = frozenset({"name", "ref"})
RARE = re.compile("%([0-9a-f]+)%")
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class _Ways:
    """The ways with a `highway` tag, in the order of the file."""

    way_id: Ints
    tags: pa.DictionaryArray
    """Those that say what the way is and who may use it; many ways have the same."""
    names: pa.DictionaryArray
    nodes: Ints
    """How many nodes each way has."""
    node_id: Ints
    """The nodes of all ways, one way after the other."""


def read_osm_roads(path: Path, crs: CRS) -> Reading:
    """Road stretches between junctions from an OSM file, in the study's system.

    The table has columns from_key, to_key (OSM node ids), road_class, name, walk, cycle_forward,
    cycle_backward, drive_forward, drive_backward, bridge and geometry; ways are cut where another way
    shares a node. Ways that are no road to go on are set aside with the reason.

    Raises InputError if the file is missing, unreadable, or has no road.
    """
    if not path.exists():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    ways = _ways(path)
    node_id, node = np.unique(ways.node_id, return_inverse=True)
    lon, lat = _places(path, node_id)
    way = np.repeat(np.arange(len(ways.nodes)), ways.nodes)
    inside = np.isfinite(lon)[node]
    told = _told(ways, np.bincount(way[inside], minlength=len(ways.nodes)))
    used = told["reason"].eq("").to_numpy()
    if not used.any():
        raise _no_roads(path)
    inside &= used[way]
    way, node = way[inside], node[inside]
    start, end = _cut(way, node)
    x, y = transformer(CRS.from_epsg(4326), crs).transform(lon, lat)
    table = told.drop(columns=["reason", "detail"]).take(way[start]).reset_index(drop=True)
    table.insert(0, "from_key", node_id[node[start]])
    table.insert(1, "to_key", node_id[node[end]])
    lines = gpd.GeoDataFrame(table, geometry=_lines(np.column_stack([x, y])[node], start, end), crs=crs)
    aside = told.loc[~used, ["reason", "detail"]].assign(amount=0.0).reset_index(drop=True)
    aside.insert(0, "source", path.name)
    aside.insert(1, "row", [f"way {i}" for i in ways.way_id[~used]])
    length = float(lines.length.sum())
    return Reading(lines, aside, account(path.name, "m", len(told), int(used.sum()), length, length))


def _no_roads(path: Path) -> InputError:
    return InputError(problem("the file has no roads", "give an extract that contains `highway` ways", where=path))


def _write(path: Path, kind: Any, lines: Path, *filters: Any) -> None:
    """All objects of a kind that pass the filters, one to a line."""
    with osmium.io.Reader(str(path), kind) as reader:
        writer = osmium.SimpleWriter(osmium.io.File(str(lines), "opl,add_metadata=none"), bufsz=1 << 18)
        # After an error (a full disk, broken text) the writer's destructor ends the whole process, so
        # a writer that did not close well is never destroyed.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer))
        osmium.apply(reader, *filters, writer)
        writer.close()
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(writer))


def _objects(path: Path, kind: Any, columns: list[str], *filters: Any) -> Iterator[pa.RecordBatch]:
    """Objects of an OSM file, the parts of their lines as text columns.

    Raises InputError if the file is not readable.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lines = Path(folder) / "objects.opl"
        try:
            _write(path, kind, lines, *filters)
            if lines.stat().st_size:
                yield from _batches(lines, columns)
        except (RuntimeError, IndexError, pa.ArrowInvalid) as error:
            raise InputError(
                problem(
                    "the file is not readable OSM data: {error}", "download the extract again", where=path, error=error
                )
            ) from error


def _batches(lines: Path, columns: list[str]) -> Any:
    return csv.open_csv(
        lines,
        csv.ReadOptions(column_names=columns, block_size=BLOCK_BYTES, use_threads=False),
        csv.ParseOptions(delimiter=" ", quote_char=False),
        csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=["x", "y"],  # of a node without a place
            strings_can_be_null=True,
        ),
    )


def _ways(path: Path) -> _Ways:
    """All ways with a `highway` tag; raises InputError if there is none."""
    parts = []
    for batch in _objects(path, osmium.osm.WAY, ["id", "tags", "nodes"], osmium.filter.KeyFilter("highway")):
        tags = pc.split_pattern(pc.utf8_slice_codeunits(batch["tags"], 1), ",")
        nodes = pc.split_pattern(pc.utf8_slice_codeunits(batch["nodes"], 1), ",").flatten()
        parts.append(
            (
                _number(batch["id"], pa.int64()),
                pc.count_substring(batch["nodes"], "n").to_numpy(),
                _number(nodes.filter(pc.not_equal(nodes, "")), pa.int64()),
                *_sorted_tags(tags, KEYS, NAMES),
            )
        )
    if not any(len(part[2]) for part in parts):
        raise _no_roads(path)
    way_id, nodes, node_id, *texts = zip(*parts, strict=True)
    tags, names = (pa.chunked_array(text).unify_dictionaries().combine_chunks() for text in texts)
    return _Ways(np.concatenate(way_id), tags, names, np.concatenate(nodes), np.concatenate(node_id))


def _number(text: pa.StringArray, kind: pa.DataType) -> NDArray[Any]:
    """Numbers out of text that has a letter in front."""
    return pc.utf8_slice_codeunits(text, 1).cast(kind).to_numpy(zero_copy_only=False)


def _sorted_tags(tags: pa.ListArray, *groups: frozenset[str]) -> list[pa.DictionaryArray]:
    """The tags of each way with a key of the first group, the second, …, joined again; the rest is dropped."""
    flat = tags.flatten()
    words = flat.dictionary_encode()
    key = pc.list_element(pc.split_pattern(words.dictionary, "="), 0)
    found = []
    for keys in groups:
        wanted = pc.is_in(key, pa.array(keys)).take(words.indices)
        ends = np.concatenate([[0], np.cumsum(wanted)])[tags.offsets]
        few = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), flat.filter(wanted))
        found.append(pc.binary_join(few, ",").dictionary_encode())
    return found


def _places(path: Path, node_id: Ints) -> tuple[Floats, Floats]:
    """Longitude and latitude of nodes (sorted by id); not a number where the file has none."""
    lon, lat = np.full((2, len(node_id)), np.nan)
    for batch in _objects(path, osmium.osm.NODE, ["id", "tags", "lon", "lat"]):
        found = _number(batch["id"], pa.int64())
        row = np.minimum(np.searchsorted(node_id, found), len(node_id) - 1)
        x, y = (_number(batch[name], pa.float64()) for name in ("lon", "lat"))
        good = (node_id[row] == found) & (np.abs(x) <= 180) & (np.abs(y) <= 90)
        lon[row[good]], lat[row[good]] = x[good], y[good]
    return lon, lat


def _tags(text: str) -> Tags:
    """Tags out of key=value,key=value, in which osmium writes rare characters as %code%."""
    tags = dict(pair.split("=") for pair in text.split(",") if pair)
    if "%" in text:
        return {key: RARE.sub(lambda code: chr(int(code[1], 16)), value) for key, value in tags.items()}
    return tags


def _told(ways: _Ways, nodes_inside: Ints) -> pd.DataFrame:
    """What the tags of each way tell: columns of the roads table, and the reason to leave the way."""
    each = pd.DataFrame([rights(_tags(text)) for text in ways.tags.dictionary.to_pylist()])
    names = [_tags(text) for text in ways.names.dictionary.to_pylist()]
    name = pd.Series([tags.get("name", tags.get("ref", "")) for tags in names], dtype="str")
    told = each.take(ways.tags.indices.to_numpy()).reset_index(drop=True)
    told.insert(1, "name", name.take(ways.names.indices.to_numpy()).array)
    short = (nodes_inside < 2) & ~told["reason"].isin([NO_WAY, AREA])
    told.loc[short, ["reason", "detail"]] = "fewer than two nodes inside the extract", ""
    return told


def _cut(way: Ints, node: Ints) -> tuple[Ints, Ints]:
    """Where stretches start and end: at the ends of ways, and at nodes that are passed more than once."""
    first = np.append(True, way[1:] != way[:-1])
    last = np.append(first[1:], True)
    cut = first | last | (np.bincount(node)[node] > 1)
    return np.flatnonzero(cut & ~last), np.flatnonzero(cut & ~first)


def _lines(points: Floats, start: Ints, end: Ints) -> NDArray[np.object_]:
    """Lines along the points; where one ends and the next starts, both have the point."""
    repeat = np.bincount(start, minlength=len(points)) + np.bincount(end, minlength=len(points))
    offsets = np.concatenate([[0], np.cumsum(end - start + 1)])
    kind = shapely.GeometryType.LINESTRING
    return shapely.from_ragged_array(kind, np.repeat(points, np.maximum(repeat, 1), axis=0), (offsets,))


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
