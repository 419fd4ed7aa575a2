"""Maps of how far the pupils of each school are from its zone's share, one for each stage."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from catchment.reports.atlas import Atlas, fit, geometry_of, open_atlas
from catchment.reports.base import (
    FINEST,
    OVERVIEW_MARGIN,
    band_legend,
    banded,
    base_layers,
    furniture,
    legend,
    notes,
    school_marks,
    study_name,
)
from catchment.reports.drawing import draw_sheets
from catchment.reports.shapes import trace_polygons
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, Shape, Sheet
from catchment.reports.words import STAGE_WORDS
from catchment.settings import Settings
from catchment.tables import STAGES

BANDS = (
    (-np.inf, "Far fewer pupils", "#4393c3"),
    (-3.090232, "Fewer pupils", "#abd2e5"),
    (-1.959964, "As many pupils", "#f4f3ea"),
    (1.959964, "More pupils", "#f7b799"),
    (3.090232, "Far more pupils", "#d6604d"),
)
"""Lowest z of each band, its meaning and its fill."""
MAP_NOTE = "Pupils of each school against the children of its zone; as many = within what luck gives 19 times in 20."


def share_maps(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, run: str) -> list[Path]:
    if "edges" not in tables:
        return []
    return draw_sheets(list(share_sheets(open_atlas(settings, tables, run), tables, folder)))


def share_sheets(atlas: Atlas, tables: Mapping[str, pd.DataFrame], folder: Path) -> Iterator[Sheet]:
    """One sheet per stage: zones by how far their school's pupils of today are from the zone's share."""
    rows = (
        tables["allocation"].query("case == 'today' and level == 'school' and basis == 'children'").dropna(subset=["z"])
    )
    for stage in STAGES:
        z = rows[rows["stage"] == stage].set_index("subject_id")["z"]
        zones = atlas.zones[(atlas.zones["stage"] == stage) & atlas.zones["school_id"].isin(z.index)]
        if not len(zones):
            continue
        everything = shapely.total_bounds(np.append(geometry_of(zones), geometry_of(atlas.areas)))
        paper, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
        shapes, labels = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
        shapes = (
            *banded(zones, zones["school_id"].map(z).to_numpy(float), BANDS),
            *shapes,
            Shape("boundary", trace_polygons(geometry_of(zones))),
        )
        markers, names = school_marks(atlas, stage, box, "")
        yield Sheet(
            stem=str(folder / f"allocation_{stage}"),
            page=paper,
            denominator=denominator,
            centre_m=centre,
            title=atlas.words("{study}: pupils against their zone's share").format(study=study_name(atlas)),
            facts=_facts(atlas, tables["allocation_tests"], stage),
            legend=(*band_legend(atlas, BANDS), *legend(atlas, shapes, markers, own="")[1:]),
            shapes=shapes,
            markers=markers,
            labels=(*names, *labels),
            **furniture(atlas, stage, "")
            | {"subtitle": _subtitle(atlas, stage), "notes": tuple(notes(atlas, MAP_NOTE))},
        )


def _subtitle(atlas: Atlas, stage: str) -> str:
    year = atlas.words("autumn {year}").format(year=atlas.settings.study.base_year)
    return " · ".join(
        (study_name(atlas), atlas.both(STAGE_WORDS[stage]), year, atlas.both("Pupils against their share"))
    )


def _facts(atlas: Atlas, tests: pd.DataFrame, stage: str) -> tuple[tuple[str, str], ...]:
    row = tests.query("case == 'today' and level == 'school' and basis == 'children' and stage == @stage").iloc[0]
    facts = (
        ("Pupils", f"{row.pupils:,}"),
        ("Would have to move", f"{row.to_move:,} ({row.dissimilarity:.1%})"),
        ("By luck alone", f"{row.by_chance:.1%}"),
        ("Outside the tolerance", f"{row.outside} / {row.subjects}"),
    )
    return tuple((atlas.both(name), value) for name, value in facts)
