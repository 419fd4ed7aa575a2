"""Roads downloaded through osmnx: the only user of the internet."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import tomli_w

from catchment.errors import InputError, problem
from catchment.runs import file_hash


def fetch_roads(folder: Path, *, place: str | None, bbox: str | None) -> Path:
    """Download the roads of a place or box into data/raw/roads.graphml, and note extract time and hash.

    Raises InputError without exactly one of place and bbox, and when the download fails or is partial.
    """
    if (place is None) == (bbox is None):
        raise InputError(problem("give a place, or a box", "use --place or --bbox west,south,east,north"))
    import osmnx

    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    try:
        how: dict[str, Any] = {"network_type": "all", "retain_all": True, "truncate_by_edge": True}
        graph = osmnx.graph_from_place(place, **how) if place else osmnx.graph_from_bbox(_box(str(bbox)), **how)
    except (requests.RequestException, ValueError, osmnx._errors.InsufficientResponseError) as error:
        raise InputError(
            problem(
                "the download failed: {error}",
                "try again later, or download an extract by hand (.osm.pbf)",
                error=error,
            )
        ) from error
    path = raw / "roads.graphml"
    part = raw / ".roads.graphml.part"
    osmnx.save_graphml(graph, part)
    part.replace(path)
    _note(raw / "SOURCES.toml", path, place or str(bbox))
    return path


def _box(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north; raises InputError unless they are four degrees in that order."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(problem("{box} is no box", "give west,south,east,north in degrees", box=text))
    return west, south, east, north


def _note(sources: Path, path: Path, asked: str) -> None:
    known = tomllib.loads(sources.read_text("utf-8")) if sources.exists() else {}
    known[path.name] = {
        "title": f"OpenStreetMap roads: {asked}",
        "source": "OpenStreetMap, through osmnx",
        "licence": "ODbL, © OpenStreetMap contributors",
        "fetched": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "sha256": file_hash(path),
    }
    sources.write_text(tomli_w.dumps(known), "utf-8")
