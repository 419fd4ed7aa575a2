"""Maps of zones phased in over the plan: ground by the autumn in which it gets another school."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from catchment.reports import Progress, report
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
from catchment.reports.shapes import changed_ground, places_of, trace_polygons
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, LegendItem, Shape, Sheet
from catchment.reports.style import shown
from catchment.reports.words import STAGE_WORDS
from catchment.settings import Settings
from catchment.tables import STAGES, ZONES
from catchment.units import union_by

YEAR_FILLS = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#0072b2")
"""Apart for the colour-blind (Okabe and Ito); a later year begins anew."""
KEPT = "#f1efe9"
NOTE = "Coloured ground gets another school in that autumn. Only children who enter school change: pupils enrolled stay, and younger siblings may follow them."
Tables = Mapping[str, pd.DataFrame]


@report
def phasing(settings: Settings, tables: Tables, folder: Path, *, run: str, progress: Progress) -> list[Path]:
    """A map of each stage whose zones change in the plan's years: phasing_primary, phasing_junior."""
    if tables["plan_zones"].empty:
        return []
    atlas = open_atlas(settings, {**tables, "zones": ZONES.empty()}, run)
    return draw_sheets(list(phasing_sheets(atlas, tables, folder)), partial(progress, "phasing maps"))


def phasing_sheets(atlas: Atlas, tables: Tables, folder: Path) -> Iterator[Sheet]:
    """Zones of the plan's last autumn over the ground that changes, for each stage in which some does."""
    changes = changed_ground(tables)
    for stage in (stage for stage in STAGES if stage in set(changes["stage"])):
        mine = changes[changes["stage"] == stage]
        last = tables["plan_zones"].query("stage == @stage").pipe(lambda rows: rows[rows["year"] == rows["year"].max()])
        units = tables["units"].set_index("unit_id").loc[last["unit_id"]]
        number, schools = pd.factorize(last["school_id"], sort=True)
        outlines = union_by(np.asarray(units.geometry), number.astype(np.int64), len(schools))
        paper, denominator, centre, box = fit(
            tuple(shapely.total_bounds(np.append(outlines, geometry_of(atlas.areas)))), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN
        )  # fmt: skip
        base, labels = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
        fills = {int(year): YEAR_FILLS[n % len(YEAR_FILLS)] for n, year in enumerate(sorted(set(mine["year"])))}
        ground = [Shape("zone_fill", trace_polygons(outlines), KEPT)]
        ground += [
            Shape("zone_fill", trace_polygons(geometry_of(mine[mine["year"] == year])), fill)
            for year, fill in fills.items()
        ]
        named = [
            LegendItem("zone_fill", atlas.both("Changed in autumn {year}").replace("{year}", str(year)), fill)
            for year, fill in fills.items()
        ]
        shapes = (*ground, *base, Shape("boundary", trace_polygons(outlines)))
        standing = _standing(atlas, tables, stage, schools)
        markers, names = school_marks(standing, stage, box, "")
        yield Sheet(
            stem=str(folder / f"phasing_{stage}"), page=paper, denominator=denominator, centre_m=centre,
            title=atlas.words("{study}: zones phased in").format(study=study_name(atlas)),
            facts=_facts(atlas, tables, stage), legend=(*named, LegendItem("boundary", atlas.both("Attendance zone"), KEPT), *legend(atlas, shapes, markers, own="")[1:]),
            shapes=shapes, markers=markers, labels=(*names, *labels),
            **furniture(atlas, stage, "")
            | {
                "subtitle": " · ".join((study_name(atlas), atlas.both(STAGE_WORDS[stage]), atlas.words("autumn {year}").format(year=last["year"].max()))),
                "notes": tuple(notes(atlas, NOTE)),
            },
        )  # fmt: skip


def _standing(atlas: Atlas, tables: Tables, stage: str, schools: pd.Index) -> Atlas:
    """The atlas with the schools of the plan's last autumn."""
    places = places_of(tables)
    rows = places[(places["stage"] == stage) & places["school_id"].isin(schools)]
    return replace(atlas, schools=rows.assign(name=rows["name"].map(shown)))


def _facts(atlas: Atlas, tables: Tables, stage: str) -> tuple[tuple[str, str], ...]:
    """Of each autumn: who enters another school than the ground's a year before, and who would have moved if all did at once."""
    rows = tables["phase_in_totals"]
    rows = rows[(rows["stage"] == stage) & (rows["units_changed"] > 0)]
    words = atlas.words("{entrants:,} who enter; at once {all:,}")
    return tuple(
        (str(row.year), words.format(entrants=row.entrants_moved, all=row.at_once)) for row in rows.itertuples()
    )
