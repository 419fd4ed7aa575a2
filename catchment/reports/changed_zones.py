"""Maps of the notice of changes: ground that goes from one school to another, numbered as in the notice."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from catchment.reports.atlas import Atlas, fit, geometry_of, open_atlas
from catchment.reports.base import (
    FINEST,
    OVERVIEW_MARGIN,
    base_layers,
    furniture,
    legend,
    notes,
    school_marks,
    study_name,
)
from catchment.reports.drawing import draw_sheets
from catchment.reports.placing import Label
from catchment.reports.shapes import trace_polygons
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, LegendItem, Shape, Sheet
from catchment.settings import Settings

CHANGED, KEPT = "#d9480f", "#f4f2ec"
NOTE = "Coloured ground goes to another school; its number is that of the notice, which tells the ground in words, its former and its new school."
Tables = Mapping[str, pd.DataFrame]


def changed_zones(settings: Settings, tables: Tables, ground: gpd.GeoDataFrame, folder: Path, run: str) -> list[Path]:
    """changes_primary, changes_junior as PDF and PNG in the folder. ground: stage, no (the number in the notice), geometry."""
    return draw_sheets(list(changed_sheets(open_atlas(settings, tables, run), ground, folder)))


def changed_sheets(atlas: Atlas, ground: gpd.GeoDataFrame, folder: Path) -> Iterator[Sheet]:
    """One sheet for each stage in which something changes: what does, over the new zones."""
    for stage in dict.fromkeys(ground["stage"]):
        mine = ground[ground["stage"] == stage]
        zones = atlas.zones[atlas.zones["stage"] == stage]
        bounds = tuple(shapely.total_bounds([*geometry_of(zones), *geometry_of(atlas.areas)]))
        page, denominator, centre, box = fit(bounds, (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        base, names = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
        outlines = trace_polygons(geometry_of(zones))
        shapes = (
            Shape("zone_fill", outlines, KEPT), Shape("zone_fill", trace_polygons(geometry_of(mine)), CHANGED),
            *base, Shape("boundary", outlines),
        )  # fmt: skip
        markers, _ = school_marks(
            atlas, stage, box, ""
        )  # their names are in the notice: room is needed for the numbers
        yield Sheet(
            stem=str(folder / f"changes_{stage}"), page=page, denominator=denominator, centre_m=centre,
            title=atlas.words("{study}: changed admission areas").format(study=study_name(atlas)), facts=((atlas.both("Pieces of ground"), f"{len(mine):,}"),),
            legend=(LegendItem("zone_fill", atlas.both("Goes to another school"), CHANGED), LegendItem("boundary", atlas.both("Attendance zone"), KEPT), *legend(atlas, shapes, markers, own="")[1:]),
            shapes=shapes, markers=markers, labels=(*map(_number, mine["no"], mine.geometry), *names),
            **furniture(atlas, stage, atlas.both("Changed areas")) | {"notes": tuple(notes(atlas, NOTE))},
        )  # fmt: skip


def _number(number: int, ground: shapely.Geometry) -> Label:
    """The number of a piece of ground, upon its largest part."""
    largest = max(shapely.get_parts(ground), key=shapely.area)
    spot = largest.representative_point()
    return Label(str(number), "change", ((spot.x, spot.y, 0.0),))
