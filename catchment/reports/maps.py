"""Maps: one sheet per school and stage, and one overview per stage, as PNG and PDF."""

import math
import multiprocessing
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.reports import Progress, report
from catchment.reports.atlas import Atlas, Box, fit, geometry_of, open_atlas
from catchment.reports.placing import Label
from catchment.reports.shapes import clipped, trace_lines, trace_polygons
from catchment.reports.sheet import (
    A3_LANDSCAPE,
    A3_PORTRAIT,
    A4_LANDSCAPE,
    A4_PORTRAIT,
    LegendItem,
    Marker,
    Shape,
    Sheet,
    draw,
)
from catchment.reports.style import REACH, both, cut_lettering, fill_of, paler, safe_name, shown
from catchment.reports.words import ROAD_WORDS, STAGE_WORDS
from catchment.settings import Settings, whole_sources
from catchment.tables import STAGES

WORKERS = 2
FEW = 6
"""Up to so many sheets are drawn here: starting other processes would take longer."""

MARGIN, OVERVIEW_MARGIN = 1.15, 1.03
FINEST = {"path": 20_000, "street": 60_000, "local": 150_000, "main": 10**9, "motorway": 10**9}
"""Kinds of road and the smallest scale (largest denominator) at which they are still drawn."""

REACH_NOTE = "Ground within 60 m of a street that is within the distance of a school by road; it says nothing of seats."

OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".graphml")


@report
def maps(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """Zone maps (folder/zones/stage/id_name), overviews and maps of reach (folder/overview_stage, reach_stage), as PNG
    and PDF.
    """
    atlas = open_atlas(settings, tables, run)
    sheets = [
        *overview_sheets(atlas, folder),
        *reach_sheets(atlas, tables, folder),
        *zone_sheets(atlas, folder),
    ]
    files: list[Path] = []
    with tempfile.TemporaryDirectory() as scratch:
        lettering = cut_lettering((text for sheet in sheets for text in sheet.texts()), Path(scratch))
        for done, pair in enumerate(_drawn(sheets, lettering), start=1):
            files += map(Path, pair)
            progress("maps", done, len(sheets))
    return files


def _drawn(sheets: list[Sheet], lettering: Any) -> Iterator[list[str]]:
    if len(sheets) <= FEW:
        yield from map(draw, sheets, repeat(lettering))
        return
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(draw, sheets, repeat(lettering))


# --- sheets ----------------------------------------------------------------------------------------


def zone_sheets(atlas: Atlas, folder: Path) -> Iterator[Sheet]:
    """One sheet per school and stage that has a zone."""
    used: set[str] = set()
    for zone in atlas.zones.itertuples():
        stem = str(folder / "zones" / zone.stage / f"{safe_name(zone.school_id)}_{safe_name(zone.name)}")
        while stem.casefold() in used:  # ids that differ only in what a file name cannot tell apart
            stem += "_"
        used.add(stem.casefold())
        page, denominator, centre, box = fit(zone.geometry.bounds, (A4_LANDSCAPE, A4_PORTRAIT), MARGIN)
        shapes, labels = _base(atlas, box, denominator)
        zones, zone_labels = _zone_layers(atlas, zone, box)
        markers, school_labels = _schools(atlas, zone.stage, box, zone.school_id)
        shapes = (*zones, *shapes)
        yield Sheet(
            stem=stem,
            page=page,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{school}: attendance zone").format(school=zone.name),
            facts=_facts(atlas, zone),
            legend=_legend(atlas, shapes, markers, own=paler(fill_of(zone.colour), 0.1)),
            shapes=shapes,
            markers=markers,
            labels=(*school_labels, *zone_labels, *labels),
            **_furniture(atlas, zone.stage, atlas.both("Attendance zone")),
        )


def overview_sheets(atlas: Atlas, folder: Path) -> Iterator[Sheet]:
    """One sheet per stage that has zones."""
    for stage in STAGES:
        zones = atlas.zones[atlas.zones["stage"] == stage]
        if not len(zones):
            continue
        everything = shapely.total_bounds(np.append(np.asarray(zones.geometry), geometry_of(atlas.areas)))
        page, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        shapes, labels = _base(atlas, box, max(denominator, FINEST["local"] + 1))
        fills = [
            Shape("zone_fill", trace_polygons(np.asarray(same.geometry)), fill_of(int(str(colour))))
            for colour, same in zones.groupby("colour", sort=True)
        ]
        lines = Shape("boundary", trace_polygons(np.asarray(zones.geometry)))
        markers, school_labels = _schools(atlas, stage, box, "")
        shapes = (*fills, *shapes, lines)
        yield Sheet(
            stem=str(folder / f"overview_{stage}"),
            page=page,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{study}: attendance zones").format(study=_study_name(atlas)),
            facts=_overview_facts(atlas, zones),
            legend=_legend(atlas, shapes, markers, own=""),
            shapes=shapes,
            markers=markers,
            labels=(*school_labels, *labels),
            **_furniture(atlas, stage, atlas.both("Attendance zone")),
        )


def reach_sheets(atlas: Atlas, tables: Mapping[str, pd.DataFrame], folder: Path) -> Iterator[Sheet]:
    """One sheet per stage: how much ground lies how far from its nearest school by road, and how many children."""
    for stage in STAGES:
        rings = tables["isochrones"][tables["isochrones"]["stage"] == stage].sort_values("band_to_m")
        rings = rings[~shapely.is_empty(geometry_of(rings))]
        if not len(rings):
            continue
        everything = shapely.total_bounds(np.append(geometry_of(rings), geometry_of(atlas.areas)))
        page, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        shapes, labels = _base(atlas, box, denominator)
        fills = [
            (_band_words(atlas, ring), REACH[min(n, len(REACH) - 1)], ring) for n, ring in enumerate(rings.itertuples())
        ]
        bands = [Shape("zone_fill", trace_polygons(np.array([ring.geometry])), fill) for _, fill, ring in fills]
        markers, school_labels = _schools(atlas, stage, box, "")
        legend = [LegendItem("zone_fill", text, fill) for text, fill, _ in fills]
        yield Sheet(
            stem=str(folder / f"reach_{stage}"),
            page=page,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{study}: distance to school by road").format(study=_study_name(atlas)),
            facts=_reach_facts(atlas, tables, stage),
            legend=(*legend, *_legend(atlas, shapes, markers, own="")[1:]),
            shapes=(*bands, *shapes),
            markers=markers,
            labels=(*school_labels, *labels),
            **(
                _furniture(atlas, stage, atlas.both("Distance to school")) | {"notes": tuple(_notes(atlas, REACH_NOTE))}
            ),
        )


def _band_words(atlas: Atlas, ring: Any) -> str:
    return atlas.both("up to {metres} m").replace("{metres}", f"{ring.band_to_m:,}")


def _reach_facts(atlas: Atlas, tables: Mapping[str, pd.DataFrame], stage: str) -> tuple[tuple[str, str], ...]:
    """Children of the county: how far, and how many within each service radius by road and as the crow flies."""
    chosen = [t[(t["stage"] == stage) & (t["area_id"] == "*")] for t in (tables["distances"], tables["coverage"])]
    facts = []
    for row in chosen[0].itertuples():
        facts = [
            (atlas.both("Children"), f"{row.children:,}"),
            (atlas.both("Median distance"), "–" if pd.isna(row.median_m) else f"{row.median_m:,.0f} m"),
            (atlas.both("Nine in ten within"), "–" if pd.isna(row.p90_m) else f"{row.p90_m:,.0f} m"),
        ]
    for row in chosen[1].itertuples():
        if pd.notna(row.within_network_share):
            label = atlas.words("Within {metres} m: by road / straight").format(metres=f"{row.limit_m:,}")
            facts.append((label, f"{row.within_network_share:.0%} / {row.within_straight_share:.0%}"))
    return tuple(facts)


def _study_name(atlas: Atlas) -> str:
    study = atlas.settings.study
    return shown(study.name if study.language == "zh" else study.name_en)


def _base(atlas: Atlas, box: Box, denominator: int) -> tuple[tuple[Shape, ...], tuple[Label, ...]]:
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


def _zone_layers(atlas: Atlas, own: Any, box: Box) -> tuple[list[Shape], list[Label]]:
    """The zone and its neighbours in the box; a neighbour whose school is outside is named in its zone."""
    zones = atlas.zones
    near = zones[(zones["stage"] == own.stage) & zones.intersects(shapely.box(*box))]
    others = near[near["school_id"] != own.school_id]
    shapes = [
        Shape("zone_fill", trace_polygons(clipped(np.array([z.geometry]), box, 2)[0]), paler(fill_of(z.colour), 0.55))
        for z in others.itertuples()
    ]
    if len(others):
        shapes.append(Shape("boundary", trace_polygons(np.asarray(others.geometry))))
    shapes.append(Shape("zone_fill", trace_polygons(np.array([own.geometry])), paler(fill_of(own.colour), 0.1)))
    shapes.append(Shape("outline", trace_polygons(np.array([own.geometry]))))
    inside = set(_in_box(atlas, own.stage, box)["school_id"])
    labels = []
    for zone in others.itertuples():
        part = shapely.clip_by_rect(zone.geometry, *box)
        if zone.school_id not in inside and part.area > 0.005 * (box[2] - box[0]) * (box[3] - box[1]):
            spot = part.representative_point()
            labels.append(Label(zone.name, "neighbour", ((spot.x, spot.y, 0.0),)))
    return shapes, labels


def _in_box(atlas: Atlas, stage: str, box: Box) -> pd.DataFrame:
    schools = atlas.schools[atlas.schools["stage"] == stage]
    return schools[schools["x_m"].between(box[0], box[2]) & schools["y_m"].between(box[1], box[3])]


def _schools(atlas: Atlas, stage: str, box: Box, own: str) -> tuple[tuple[Marker, ...], tuple[Label, ...]]:
    schools = _in_box(atlas, stage, box).sort_values("seats", ascending=False, kind="stable")
    rows: list[Any] = list(schools.itertuples())
    markers = tuple(Marker(s.x_m, s.y_m, s.school_id == own) for s in rows)
    kind = "other_school" if own else "listed"
    labels = tuple(Label(s.name, "school" if s.school_id == own else kind, ((s.x_m, s.y_m, 0.0),)) for s in rows)
    return markers, labels


# --- words around the map --------------------------------------------------------------------------


def _facts(atlas: Atlas, zone: Any) -> tuple[tuple[str, str], ...]:
    def metres(value: float) -> str:
        return "–" if pd.isna(value) else f"{value:,.0f} m"

    facts = (
        ("Children in the zone", f"{zone.children:,}"),
        ("Seats", f"{zone.seats:,}"),
        ("Children per seat", "–" if pd.isna(zone.load_share) else f"{zone.load_share:.0%}"),
        ("Mean network distance", metres(zone.mean_m)),
        ("Longest network distance", metres(zone.max_m)),
        ("Planning units", f"{zone.units:,}"),
        ("of these moved", f"{zone.moved_units:,}"),
    )
    return tuple((atlas.both(name), value) for name, value in facts)


def _overview_facts(atlas: Atlas, zones: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    full = int((zones["children"] > zones["seats"]).sum())
    facts = (
        ("Zones", len(zones)),
        ("Children", int(zones["children"].sum())),
        ("Seats", int(zones["seats"].sum())),
        ("Zones with more children than seats", full),
    )
    return tuple((atlas.both(name), f"{value:,}") for name, value in facts)


def _legend(
    atlas: Atlas, shapes: tuple[Shape, ...], markers: tuple[Marker, ...], *, own: str
) -> tuple[LegendItem, ...]:
    drawn = {shape.kind for shape in shapes}
    items = []
    if own:
        items += [LegendItem("outline", "Attendance zone", own), LegendItem("school", "School of the zone")]
        items += [LegendItem("boundary", "Neighbouring zone", paler(fill_of(0), 0.55))] * ("boundary" in drawn)
    else:
        items += [LegendItem("boundary", "Attendance zone", fill_of(0))]
    if any(not marker.own for marker in markers):
        items.append(LegendItem("other_school", "Other school" if own else "School"))
    words = {"area": "Township border", **ROAD_WORDS, "river": "River, stream", "lake": "Lake, reservoir"}
    items += [LegendItem(kind, text) for kind, text in words.items() if kind in drawn]
    return tuple(LegendItem(item.kind, atlas.both(item.text), item.fill) for item in items)


def _furniture(atlas: Atlas, stage: str, shows: str) -> dict[str, Any]:
    study = atlas.settings.study
    stamps = [atlas.both("Draft for review") if not study.map_review_number else _review(atlas)]
    if study.demonstration:
        stamps.append(atlas.both("Demonstration data"))
    year = atlas.words("autumn {year}").format(year=atlas.settings.zone_year)
    subtitle = (_study_name(atlas), atlas.both(STAGE_WORDS[stage]), year, shows)
    return {
        "subtitle": " · ".join(subtitle),
        "stamps": tuple(stamps),
        "index_title": atlas.both("Schools by number"),
        "facts_title": atlas.both("In figures"),
        "legend_title": atlas.both("Legend"),
        "scale_title": atlas.both("Scale"),
        "north": "N" if study.language == "en" else "北 N",
        "school_sign": "S" if study.language == "en" else "文",
        "watermark": atlas.words("Demonstration data") if study.demonstration else "",
        "notes": tuple(_notes(atlas)),
    }


def _review(atlas: Atlas) -> str:
    number = shown(atlas.settings.study.map_review_number)
    return atlas.words("Map review number: {number}").format(number=number)


def _notes(atlas: Atlas, first: str = "") -> Iterator[str]:
    settings = atlas.settings
    if first:
        yield atlas.words(first)
    review = (
        _review(atlas) if settings.study.map_review_number else atlas.words("Map review number: none, draft for review")
    )
    disclaimer = atlas.words(
        "This map is a sketch of the admission area. It does not show administrative borders or titles to land; "
        "the written description decides. {review}. Data as of {date}."
    )
    yield disclaimer.format(review=review, date=atlas.data_date)
    if settings.study.demonstration:
        yield both(
            "Demonstration data: values are invented and must not be used for decisions.", settings.study.language
        )
    origin = [atlas.words("Run {run}").format(run=shown(atlas.run)), settings.study.crs]
    if whole_sources(settings).roads.path.lower().endswith(OSM_ENDINGS):
        origin.append(atlas.words("Roads and water: © OpenStreetMap contributors (ODbL)"))
    yield " · ".join(origin)
