"""What stands around offered land, out of the OSM file that gives the roads: tags become kinds of the siting test.

Tag meanings are those of the OpenStreetMap wiki. What has no row in TAGGINGS is not known to the test: permanent farmland and
ecological red lines are in no tag, and OSM is never a complete survey of any kind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from pyproj import CRS

from catchment.errors import InputError, problem
from catchment.geo import project
from catchment.read import Reading, account
from catchment.read.layers import mend
from catchment.tables import SET_ASIDE

HIGH_KV = 35.0
"""Lowest voltage of a high-voltage line; `power=line` without one counts as such, `power=minor_line` does not."""
HIGHEST_KV = 1200.0
FROM_OSM = ("n", "w", "r")
"""Starts of the ids of objects out of OSM: node, way, relation."""
WITHOUT_SHAPE = "without a line or closed outline in the extract"
BURNING = "gas natural_gas cng lng lpg oil fuel petroleum gasoline diesel kerosene hydrogen"
EARTH = "flooding landslide rock_slide rockfall falling_rocks avalanche erosion sinkhole subsidence mudslide"
Shape = Literal["line", "place", "ground"]


@dataclass(frozen=True)
class Tagging:
    """Objects with one of the values of every key, and none of `without`, are of a kind."""

    kind: str
    shape: Shape
    """line: open ways; place: nodes and outlines; ground: outlines alone."""
    tags: Mapping[str, str]
    """Key and the values that count, blanks between; the first key finds the object."""
    without: Mapping[str, str] = field(default_factory=dict)

    def holds(self, tags: Mapping[str, str]) -> bool:
        def has(key: str, values: str) -> bool:
            return not set(values.split()).isdisjoint(part.strip().lower() for part in tags.get(key, "").split(";"))

        return all(has(*each) for each in self.tags.items()) and not any(has(*each) for each in self.without.items())


UNDERGROUND = {"tunnel": "yes", "location": "underground"}
TAGGINGS = (
    Tagging("railway", "line", {"railway": "rail light_rail subway narrow_gauge monorail"}, UNDERGROUND),
    Tagging("power_line", "line", {"power": "line minor_line"}, {"location": "underground underwater"}),
    Tagging("pipeline", "line", {"man_made": "pipeline", "substance": BURNING}),
    Tagging("petrol_station", "place", {"amenity": "fuel"}),
    Tagging("market", "place", {"amenity": "marketplace"}),
    Tagging("mortuary", "place", {"amenity": "mortuary funeral_hall crematorium"}),
    Tagging("explosives", "place", {"man_made": "gasometer"}),
    Tagging("explosives", "place", {"man_made": "storage_tank", "content": BURNING}),
    Tagging("explosives", "place", {"industrial": "oil gas refinery"}),
    Tagging("explosives", "place", {"military": "ammunition"}),
    Tagging("entertainment", "place", {"amenity": "internet_cafe nightclub casino gambling karaoke_box stripclub"}),
    Tagging("entertainment", "place", {"leisure": "adult_gaming_centre amusement_arcade dance"}, {"dance:teaching": "yes only primary"}),
    Tagging("substation", "place", {"power": "substation"}, {"substation": "minor_distribution"}),
    Tagging("gas_regulator", "place", {"pipeline": "substation", "substance": BURNING}),
    Tagging("waste_station", "place", {"amenity": "waste_transfer_station"}),
    Tagging("waste_station", "place", {"landuse": "landfill"}),
    Tagging("detention_house", "place", {"amenity": "prison"}),
    Tagging("hazard", "ground", {"boundary": "hazard", "hazard": EARTH}),
    Tagging("pollution", "ground", {"boundary": "hazard", "hazard": "contamination radiation"}),
    Tagging("water_protection", "ground", {"boundary": "protected_area", "protect_class": "12"}),
)  # fmt: skip


def kind_of(tags: Mapping[str, str]) -> Tagging | None:
    """The first row that holds; a line of which the voltage is told to be low, or a minor one of untold voltage, is none."""
    found = next((each for each in TAGGINGS if each.holds(tags)), None)
    if found is not None and found.kind == "power_line":
        kv = voltage_kv(tags.get("voltage", ""))
        high = kv >= HIGH_KV or (np.isnan(kv) and tags.get("power") == "line")
        return found if high else None
    return found


def voltage_kv(told: str) -> float:
    """The highest of the volts told, in kilovolts; nan where there is none to understand.

    >>> voltage_kv("220000;110000")
    220.0
    """
    volts = [float(part) for part in told.replace(" ", "").split(";") if part.isdecimal()]
    kv = max(volts, default=np.nan) / 1000
    return kv if 0 < kv <= HIGHEST_KV else np.nan


def read_osm_objects(path: Path, crs: CRS) -> Reading:
    """Table surroundings of an OSM file; objects without a shape inside the extract are set aside.

    Raises InputError if the file is missing or unreadable.
    """
    if not path.exists():
        raise InputError(problem("the file is not there", "correct the path in study.toml", where=path))
    try:
        seen = list(_objects(path))
    except (RuntimeError, IndexError) as error:
        what, remedy = "the file is not readable OSM data: {error}", "download the extract again"
        raise InputError(problem(what, remedy, where=path, error=error)) from error
    columns = ["object_id", "kind", "name", "voltage_kv", "geometry"]
    rows = pd.DataFrame(seen, columns=columns).sort_values("object_id", ignore_index=True)
    shapeless = rows["geometry"].isna()
    lost = rows.loc[shapeless, "object_id"]
    aside = pd.DataFrame({"source": path.name, "row": lost, "reason": WITHOUT_SHAPE, "amount": 0.0, "detail": ""})
    degrees = gpd.GeoDataFrame(rows[~shapeless].reset_index(drop=True), geometry="geometry", crs=4326)
    table = mend(project(degrees, "wgs84", crs), path)
    counts = account(f"{path.name} (surroundings)", "features", len(rows), len(table), len(rows), len(table))
    return Reading(table, aside if len(aside) else SET_ASIDE.empty(), counts)


def _objects(path: Path) -> Iterator[tuple[str, str, str, float, Any]]:
    """Id, kind, name, voltage and shape (None: there is none) of each object; of one that has an outline the outline alone."""
    first = [(next(iter(each.tags.items())), each) for each in TAGGINGS]
    pairs = sorted({(key, value) for (key, values), _ in first for value in values.split()})
    wanted = osmium.filter.TagFilter(*pairs)
    things: Any = osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted)
    outlines: dict[str, Any] = {}
    told: dict[str, tuple[Tagging, dict[str, str]]] = {}
    for thing in things:
        tags = dict(thing.tags)
        tagging = kind_of(tags)
        if tagging is None:
            continue
        name, shape = _shape(thing, tagging.shape)
        if thing.is_area():
            outlines |= {} if tagging.shape == "line" else {name: shape}
        elif _may_be(thing, tagging.shape):
            told[name] = tagging, tags
            outlines |= {} if shape is None else {name: shape}
    for name, (tagging, tags) in told.items():
        kv = voltage_kv(tags.get("voltage", "")) if tagging.kind == "power_line" else np.nan
        yield name, tagging.kind, tags.get("name", ""), kv, outlines.get(name)


def _may_be(thing: Any, shape: Shape) -> bool:
    """Whether an object can be of that shape: a tower of a line is no line, a sign of a hazard no ground."""
    return bool(thing.is_way() if shape == "line" else shape == "place" or not thing.is_node())


def _shape(thing: Any, shape: Shape) -> tuple[str, Any]:
    """The id of an object, and its point, line or outline in degrees; None where that is still to come, or nowhere."""
    if thing.is_node():
        here = thing.location
        return f"n{thing.id}", shapely.Point(here.lon, here.lat) if here.valid() else None
    if thing.is_way():
        points = (
            [(n.location.lon, n.location.lat) for n in thing.nodes if n.location.valid()] if shape == "line" else []
        )
        return f"w{thing.id}", shapely.LineString(points) if len(points) > 1 else None
    if thing.is_relation():
        return f"r{thing.id}", None
    return ("w" if thing.from_way() else "r") + str(thing.orig_id()), _outline(thing)


def _outline(area: Any) -> Any:
    """The polygon of an area, or its polygons."""

    def ring(nodes: Any) -> list[tuple[float, float]]:
        return [(node.lon, node.lat) for node in nodes]

    parts = [
        shapely.Polygon(ring(outer), [ring(inner) for inner in area.inner_rings(outer)]) for outer in area.outer_rings()
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
