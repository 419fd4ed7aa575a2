"""Maps: one sheet per school and stage, and one overview per stage, as PNG and PDF."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from catchment.reports import Progress, report
from catchment.reports.atlas import Atlas, Box, fit, geometry_of, open_atlas
from catchment.reports.base import (
    FINEST,
    OVERVIEW_MARGIN,
    base_layers,
    furniture,
    legend,
    notes,
    school_marks,
    schools_in,
    study_name,
)
from catchment.reports.drawing import draw_sheets
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
)
from catchment.reports.style import REACH, fill_of, paler, safe_name, shown
from catchment.settings import Settings
from catchment.tables import STAGES

MARGIN = 1.15

REACH_NOTE = "Ground within 60 m of a street that is within the distance of a school by road; it says nothing of seats."


@report
def maps(
    settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str, progress: Progress
) -> list[Path]:
    """Zone maps (folder/zones/stage/id_name), overviews of stages and areas and maps of reach (folder/overview_stage, townships/stage/id_name, reach_stage), as PNG
    and PDF.
    """
    atlas = open_atlas(settings, tables, run)
    sheets = [
        *overview_sheets(atlas, tables["zone_totals"], folder),
        *township_sheets(atlas, tables["balance"], folder),
        *reach_sheets(atlas, tables, folder),
        *zone_sheets(atlas, tables, folder),
    ]
    return draw_sheets(sheets, partial(progress, "maps"))


# --- sheets ----------------------------------------------------------------------------------------


def zone_sheets(atlas: Atlas, tables: Mapping[str, pd.DataFrame], folder: Path) -> Iterator[Sheet]:
    """One sheet per school and stage that has a zone, with the zone in words and the numbered points of these."""
    used: set[str] = set()
    texts = tables["zone_texts"].set_index(["stage", "school_id"])
    points = tables["zone_text_points"]
    points = points.set_index([points["stage"], points["area_id"] + "/" + points["number"].astype(str)])
    for zone in atlas.zones.itertuples():
        stem = str(folder / "zones" / zone.stage / f"{safe_name(zone.school_id)}_{safe_name(zone.name)}")
        while stem.casefold() in used:  # ids that differ only in what a file name cannot tell apart
            stem += "_"
        used.add(stem.casefold())
        page, denominator, centre, box = fit(zone.geometry.bounds, (A4_LANDSCAPE, A4_PORTRAIT), MARGIN)
        shapes, labels = base_layers(atlas, box, denominator)
        zones, zone_labels = _zone_layers(atlas, zone, box)
        markers, school_labels = school_marks(atlas, zone.stage, box, zone.school_id)
        shapes = (*zones, *shapes)
        words, marks, numbers = _told(atlas, texts, points, (zone.stage, zone.school_id))
        markers = (*markers, *marks)
        yield Sheet(
            stem=stem,
            page=page,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{school}: attendance zone").format(school=zone.name),
            facts=_facts(atlas, zone),
            legend=legend(atlas, shapes, markers, own=paler(fill_of(zone.colour), 0.1)),
            shapes=shapes,
            markers=markers,
            labels=(*school_labels, *numbers, *zone_labels, *labels),
            words_title=atlas.both("Zone in words") if words else "",
            words=words,
            **furniture(atlas, zone.stage, atlas.both("Attendance zone")),
        )


def _told(
    atlas: Atlas, texts: pd.DataFrame, points: pd.DataFrame, zone: tuple[str, str]
) -> tuple[str, tuple[Marker, ...], tuple[Label, ...]]:
    """A zone in words, and marks and numbers of the points in these; nothing where there are no words.

    Points are counted in each area: where two on the map have one number, it is told with the area's name.
    """
    if zone not in texts.index:
        return "", (), ()
    told = texts.loc[zone]
    rows: list[Any] = [points.loc[(zone[0], name)] for name in told["point_ids"].split()]
    met, areas = Counter(row["number"] for row in rows), atlas.areas.set_index("area_id")["name"]
    marks = tuple(Marker(row["x_m"], row["y_m"], own=True, kind="point") for row in rows)
    numbers = tuple(
        Label(
            f"{areas[row['area_id']]}{row['number']}" if met[row["number"]] > 1 else str(row["number"]),
            "point",
            ((row["x_m"], row["y_m"], 0.0),),
        )
        for row in rows
    )
    return shown(told["text"]), marks, numbers


def overview_sheets(atlas: Atlas, totals: pd.DataFrame, folder: Path) -> Iterator[Sheet]:
    """One sheet per stage that has zones."""
    for stage in STAGES:
        zones = atlas.zones[atlas.zones["stage"] == stage]
        if not len(zones):
            continue
        everything = shapely.total_bounds(np.append(np.asarray(zones.geometry), geometry_of(atlas.areas)))
        title = atlas.words("{study}: attendance zones").format(study=study_name(atlas))
        facts = _overview_facts(atlas, totals[totals["stage"] == stage])
        yield _overview(atlas, stage, tuple(everything), folder / f"overview_{stage}", title, facts)


def township_sheets(atlas: Atlas, balance: pd.DataFrame, folder: Path) -> Iterator[Sheet]:
    """One sheet per stage and area, where there are several: the zones that reach into it."""
    now = balance[
        (balance["year"] == atlas.settings.zone_year) & (balance["scenario"] == atlas.settings.forecast.central)
    ]
    for stage in STAGES if len(atlas.areas) > 1 else ():
        zones = atlas.zones[atlas.zones["stage"] == stage]
        for area in atlas.areas.itertuples():
            if not shapely.intersects(np.asarray(zones.geometry), area.geometry).any():
                continue
            stem = folder / "townships" / stage / f"{safe_name(area.area_id)}_{safe_name(area.name)}"
            title = atlas.words("{study}: attendance zones").format(study=area.name)
            rows = now[(now["stage"] == stage) & (now["area_id"] == area.area_id)]
            facts = [
                fact
                for row in rows.itertuples()
                for fact in (("Children", row.children), ("Seats", row.seats), ("Seat gap (+ = short)", row.seat_gap))
            ]
            told = tuple((atlas.both(name), f"{value:,}") for name, value in facts)
            yield _overview(atlas, stage, area.geometry.bounds, stem, title, told)


def _overview(
    atlas: Atlas, stage: str, bounds: Box, stem: Path, title: str, facts: tuple[tuple[str, str], ...]
) -> Sheet:  # fmt: skip
    """The zones of a stage within bounds, on A3."""
    page, denominator, centre, box = fit(bounds, (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
    zones = atlas.zones[atlas.zones["stage"] == stage]
    zones = zones[shapely.intersects(np.asarray(zones.geometry), shapely.box(*box))]
    shapes, labels = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
    fills = [
        Shape("zone_fill", trace_polygons(np.asarray(same.geometry)), fill_of(int(str(colour))))
        for colour, same in zones.groupby("colour", sort=True)
    ]
    markers, school_labels = school_marks(atlas, stage, box, "")
    shapes = (*fills, *shapes, Shape("boundary", trace_polygons(np.asarray(zones.geometry))))
    return Sheet(
        stem=str(stem), page=page, denominator=denominator, centre_m=centre, title=title, facts=facts,
        legend=legend(atlas, shapes, markers, own=""), shapes=shapes, markers=markers, labels=(*school_labels, *labels),
        **furniture(atlas, stage, atlas.both("Attendance zone")),
    )  # fmt: skip


def reach_sheets(atlas: Atlas, tables: Mapping[str, pd.DataFrame], folder: Path) -> Iterator[Sheet]:
    """One sheet per stage: how much ground lies how far from its nearest school by road, and how many children."""
    for stage in STAGES:
        rings = tables["isochrones"][tables["isochrones"]["stage"] == stage].sort_values("band_to_m")
        rings = rings[~shapely.is_empty(geometry_of(rings))]
        if not len(rings):
            continue
        everything = shapely.total_bounds(np.append(geometry_of(rings), geometry_of(atlas.areas)))
        page, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        shapes, labels = base_layers(atlas, box, denominator)
        fills = [
            (_band_words(atlas, ring), REACH[min(n, len(REACH) - 1)], ring) for n, ring in enumerate(rings.itertuples())
        ]
        bands = [Shape("zone_fill", trace_polygons(np.array([ring.geometry])), fill) for _, fill, ring in fills]
        markers, school_labels = school_marks(atlas, stage, box, "")
        rings_told = [LegendItem("zone_fill", text, fill) for text, fill, _ in fills]
        yield Sheet(
            stem=str(folder / f"reach_{stage}"),
            page=page,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{study}: distance to school by road").format(study=study_name(atlas)),
            facts=_reach_facts(atlas, tables, stage),
            legend=(*rings_told, *legend(atlas, shapes, markers, own="")[1:]),
            shapes=(*bands, *shapes),
            markers=markers,
            labels=(*school_labels, *labels),
            **(furniture(atlas, stage, atlas.both("Distance to school")) | {"notes": tuple(notes(atlas, REACH_NOTE))}),
        )


def _band_words(atlas: Atlas, ring: Any) -> str:
    return atlas.both("up to {metres} m").replace("{metres}", f"{ring.band_to_m:,}")


def _reach_facts(atlas: Atlas, tables: Mapping[str, pd.DataFrame], stage: str) -> tuple[tuple[str, str], ...]:
    """Children of the county: how far, and how many within each service radius by road and as the crow flies."""
    chosen = [t[(t["stage"] == stage) & (t["area_id"] == "*")] for t in (tables["distances"], tables["coverage"])]
    facts = []
    for row in chosen[0].itertuples():
        facts = [
            (atlas.both("Children"), _counted(atlas, row.children)),
            (atlas.both("Median distance"), "–" if pd.isna(row.median_m) else f"{row.median_m:,.0f} m"),
            (atlas.both("Nine in ten within"), "–" if pd.isna(row.p90_m) else f"{row.p90_m:,.0f} m"),
        ]
    for row in chosen[1].itertuples():
        if pd.notna(row.within_network_share):
            label = atlas.words("Within {metres} m: by road / straight").format(metres=f"{row.limit_m:,}")
            facts.append((label, f"{row.within_network_share:.0%} / {row.within_straight_share:.0%}"))
    return tuple(facts)


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
        borders = clipped(shapely.boundary(np.asarray(others.geometry)), box, 1)[0]
        shapes.append(Shape("boundary", trace_lines(borders)))
    shapes.append(Shape("zone_fill", trace_polygons(np.array([own.geometry])), paler(fill_of(own.colour), 0.1)))
    shapes.append(Shape("outline", trace_polygons(np.array([own.geometry]))))
    inside = set(schools_in(atlas, own.stage, box)["school_id"])
    labels = []
    for zone in others.itertuples():
        part = shapely.clip_by_rect(zone.geometry, *box)
        if zone.school_id not in inside and part.area > 0.005 * (box[2] - box[0]) * (box[3] - box[1]):
            spot = part.representative_point()
            labels.append(Label(zone.name, "neighbour", ((spot.x, spot.y, 0.0),)))
    return shapes, labels


# --- words around the map --------------------------------------------------------------------------


def _facts(atlas: Atlas, zone: Any) -> tuple[tuple[str, str], ...]:
    """Seats, and ways where they are told: the map goes to the public, which may not read the children of a small zone off it."""
    facts = [("Seats", f"{zone.seats:,}")]
    if pd.notna(zone.units):  # absent on maps for the public
        facts += [("Mean network distance", _metres(zone.mean_m)), ("Longest network distance", _metres(zone.max_m))]
    return tuple((atlas.both(name), value) for name, value in facts)


def _metres(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:,.0f} m"


def _overview_facts(atlas: Atlas, totals: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    facts = [
        fact
        for row in totals.itertuples()
        for fact in (
            ("Children", row.children),
            ("Over the seats", row.over_seats),
            ("of these for want of seats", row.over_seats_least),
            ("Mean network distance", _metres(_mean_m(row))),
            ("Gap to the best, at most", f"{row.gap_share:.1%}"),
        )
    ]
    told = ((atlas.both(name), _counted(atlas, value)) for name, value in facts)
    return tuple(fact for fact in told if fact[1] != "–")


def _mean_m(row: Any) -> float:
    """Mean way of those in reach; absent in tables for the public."""
    if pd.isna(row.children_m) or pd.isna(row.out_of_reach):
        return math.nan
    return float(row.children_m / max(1, row.children - row.out_of_reach))


def _counted(atlas: Atlas, value: Any) -> str:
    """A count, or words already; absent in tables for the public = withheld."""
    if isinstance(value, str):
        return value
    return atlas.both("not published") if pd.isna(value) else f"{value:,.0f}"
