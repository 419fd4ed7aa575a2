"""What every map stands on: water, roads, borders, names, schools, and the words around it."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.drafts import STAMP
from catchment.reports.atlas import Atlas, Box, geometry_of
from catchment.reports.origin import DEMONSTRATION, origin_words
from catchment.reports.placing import Label
from catchment.reports.shapes import clipped, trace_lines, trace_polygons
from catchment.reports.sheet import LegendItem, Marker, Shape
from catchment.reports.style import fill_of, paler, shown
from catchment.reports.words import ROAD_WORDS, STAGE_WORDS
from catchment.settings import whole_sources

OVERVIEW_MARGIN = 1.03
FINEST = {"path": 20_000, "street": 60_000, "local": 150_000, "main": 10**9, "motorway": 10**9}
"""Kinds of road and the smallest scale (largest denominator) at which they are still drawn."""

OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".graphml")
OF_ZONES = (
    "This map is a sketch of the admission area. It does not show administrative borders or titles to land; "
    "the written description decides. {review}. Data as of {date}."
)
OF_OTHERS = (
    "This map is a sketch. It does not show administrative borders or titles to land. {review}. Data as of {date}."
)

Band = tuple[float, str, str]
"""Lowest value of a band, what it means, its fill."""


def banded(ground: pd.DataFrame, values: NDArray[np.float64], bands: Sequence[Band]) -> list[Shape]:
    """The shapes of each band in its colour; values: one for each row of the ground, nan = blank."""
    number = np.searchsorted([low for low, _, _ in bands], values, side="right") - 1
    number = np.where(np.isnan(values), -1, number)
    return [
        Shape("zone_fill", trace_polygons(geometry_of(ground[number == band])), fill)
        for band, (_, _, fill) in enumerate(bands)
        if (number == band).any()
    ]


def band_legend(atlas: Atlas, bands: Sequence[Band]) -> list[LegendItem]:
    """The bands as they are drawn."""
    return [LegendItem("zone_fill", atlas.both(text), fill) for _, text, fill in bands]


def study_name(atlas: Atlas) -> str:
    """Name of the study in its language."""
    study = atlas.settings.study
    return shown(study.name if study.language == "zh" else study.name_en)


def base_layers(atlas: Atlas, box: Box, denominator: int) -> tuple[tuple[Shape, ...], tuple[Label, ...]]:
    """Water, roads and area borders in the box, with their names."""
    shapes: list[Shape] = []
    labels: list[Label] = []
    for layer, kinds in ((atlas.water, ("lake", "river")), (atlas.roads, tuple(FINEST))):
        found = layer.within(box)
        for kind in kinds:
            if denominator > FINEST.get(kind, math.inf):
                continue
            chosen = found[layer.kinds[found] == kind]
            fine = shapely.simplify(layer.geometry[chosen], denominator * 1e-4, preserve_topology=kind == "lake")
            pieces, owner = clipped(fine, box, 2 if kind == "lake" else 1)
            if len(pieces):
                shapes.append(Shape(kind, trace_polygons(pieces) if kind == "lake" else trace_lines(pieces)))
            labels = [*_line_labels(pieces, layer.names[chosen][owner], kind, denominator), *labels]
    borders, _ = clipped(atlas.borders, box, 1)
    if len(borders):
        shapes.append(Shape("area", trace_lines(borders)))
    return tuple(shapes), (*_area_labels(atlas, box), *labels)


def _line_labels(pieces: NDArray[Any], names: NDArray[Any], kind: str, denominator: int) -> Iterator[Label]:
    """A label along the longest stretch of each named road or river that is long enough to carry it."""
    if kind == "path" or (kind == "street" and denominator > 15_000):
        return
    lines = shapely.boundary(pieces) if kind == "lake" else pieces
    letters = {"street": "street", "lake": "river", "river": "river"}.get(kind, "road")
    metres = pd.Series(shapely.length(lines)).groupby(names).sum()
    for name in metres.index:
        room = len(name) * 2.4 * denominator / 1000
        if name and metres[name] > room:
            merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines[names == name])))
            longest = merged[np.argmax(shapely.length(merged))]
            if longest.length > room:
                spots = tuple(_along(longest, share, room / 2) for share in (0.5, 0.35, 0.65, 0.2, 0.8))
                yield Label(name, letters, spots)


def _along(line: Any, share: float, reach: float) -> tuple[float, float, float]:
    """A place on a line and its direction there, turned so that text stands upright."""
    at = line.length * share
    here, before, after = (line.interpolate(d) for d in (at, max(0, at - reach), min(line.length, at + reach)))
    angle = math.degrees(math.atan2(after.y - before.y, after.x - before.x))
    return here.x, here.y, (angle + 90) % 180 - 90


def _area_labels(atlas: Atlas, box: Box) -> Iterator[Label]:
    if len(atlas.areas) < 2:
        return
    parts = shapely.clip_by_rect(np.asarray(atlas.areas.geometry), *box)
    for name, part in zip(atlas.areas["name"], parts, strict=True):
        if name and part.area > 0.02 * (box[2] - box[0]) * (box[3] - box[1]) / max(1, len(parts) / 10):
            spot = part.representative_point()
            nudge = (box[3] - box[1]) / 25
            yield Label(name, "town", tuple((spot.x, spot.y + n * nudge, 0.0) for n in (0, 1, -1, 2, -2)))


def schools_in(atlas: Atlas, stage: str, box: Box) -> pd.DataFrame:
    """Schools of a stage that stand in a box."""
    schools = atlas.schools[atlas.schools["stage"] == stage]
    return schools[schools["x_m"].between(box[0], box[2]) & schools["y_m"].between(box[1], box[3])]


def school_marks(atlas: Atlas, stage: str, box: Box, own: str) -> tuple[tuple[Marker, ...], tuple[Label, ...]]:
    """Markers and names of the schools of a stage in a box, the largest first; own: the school that the sheet is about, with its gates."""
    schools = schools_in(atlas, stage, box).sort_values("seats", ascending=False, kind="stable")
    rows: list[Any] = list(schools.itertuples())
    markers = tuple(Marker(s.x_m, s.y_m, s.school_id == own) for s in rows)
    kind = "other_school" if own else "listed"
    labels = tuple(Label(s.name, "school" if s.school_id == own else kind, ((s.x_m, s.y_m, 0.0),)) for s in rows)
    gates = atlas.gates[atlas.gates["school_id"] == own]
    gates = gates[gates["x_m"].between(box[0], box[2]) & gates["y_m"].between(box[1], box[3])]
    return (*markers, *(Marker(gate.x_m, gate.y_m, own=True, kind="gate") for gate in gates.itertuples())), labels


def legend(atlas: Atlas, shapes: tuple[Shape, ...], markers: tuple[Marker, ...], *, own: str) -> tuple[LegendItem, ...]:
    """What the layers and markers of a sheet are; own: fill of the zone that it is about, empty = all zones."""
    drawn = {shape.kind for shape in shapes}
    items = []
    if own:
        items += [LegendItem("outline", "Attendance zone", own), LegendItem("school", "School of the zone")]
        items += [LegendItem("gate", "Gate")] * any(marker.kind == "gate" for marker in markers)
        items += [LegendItem("point", "Numbered point")] * any(marker.kind == "point" for marker in markers)
        items += [LegendItem("boundary", "Neighbouring zone", paler(fill_of(0), 0.55))] * ("boundary" in drawn)
    else:
        items += [LegendItem("boundary", "Attendance zone", fill_of(0))]
    if any(not marker.own for marker in markers):
        items.append(LegendItem("other_school", "Other school" if own else "School"))
    words = {"area": "Township border", **ROAD_WORDS, "river": "River, stream", "lake": "Lake, reservoir"}
    items += [LegendItem(kind, text) for kind, text in words.items() if kind in drawn]
    return tuple(LegendItem(item.kind, atlas.both(item.text), item.fill) for item in items)


def furniture(atlas: Atlas, stage: str, shows: str) -> dict[str, Any]:
    """Words and signs around a map that every sheet has; shows: what its subtitle ends with."""
    study = atlas.settings.study
    year = atlas.words("autumn {year}").format(year=atlas.settings.zone_year)
    subtitle = (study_name(atlas), atlas.both(STAGE_WORDS[stage]), year, shows)
    return {
        "subtitle": " · ".join(subtitle),
        "stamps": tuple(stamps(atlas, atlas.both)),
        "index_title": atlas.both("Schools by number"),
        "facts_title": atlas.both("In figures"),
        "legend_title": atlas.both("Legend"),
        "scale_title": atlas.both("Scale"),
        "north": "N" if study.language == "en" else "北 N",
        "school_sign": "S" if study.language == "en" else "文",
        "watermark": atlas.words("Demonstration data") if study.demonstration else "",
        "notes": tuple(notes(atlas)),
    }


def stamps(atlas: Atlas, say: Callable[[str], str]) -> Iterator[str]:
    """What is stamped on every map, two at most; say: how words are told (in one language or two)."""
    study = atlas.settings.study
    told = [_review(atlas) if study.map_review_number else say("Draft for review")]
    told += [say("Demonstration data")] * study.demonstration
    yield from [say(STAMP), " · ".join(told)] if atlas.drafts else told


def _review(atlas: Atlas) -> str:
    number = shown(atlas.settings.study.map_review_number)
    return atlas.words("Map review number: {number}").format(number=number)


def notes(atlas: Atlas, first: str = "", *, zones: bool = True) -> Iterator[str]:
    """Lines at the foot: what the map shows, what it is not, its review and data date, the run. zones: it shows admission areas."""
    settings = atlas.settings
    if first:
        yield atlas.words(first)
    review = (
        _review(atlas) if settings.study.map_review_number else atlas.words("Map review number: none, draft for review")
    )
    disclaimer = atlas.words(OF_ZONES if zones else OF_OTHERS)
    yield disclaimer.format(review=review, date=atlas.data_date)
    yield from atlas.drafts
    if settings.study.demonstration:
        yield atlas.both(DEMONSTRATION)
    origin = [origin_words(settings, atlas.data_date, atlas.run), settings.study.crs]
    if whole_sources(settings).roads.path.lower().endswith(OSM_ENDINGS):
        origin.append(atlas.words("Roads and water: © OpenStreetMap contributors (ODbL)"))
    yield " · ".join(origin)
