"""Places of senior schools on paper: a map of the townships by places per graduate, and pages of a workbook."""

from collections.abc import Mapping
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
    study_name,
)
from catchment.reports.drawing import draw_sheets
from catchment.reports.page import Page
from catchment.reports.pages import quota_pages
from catchment.reports.placing import Label
from catchment.reports.sheet import A3_LANDSCAPE, A3_PORTRAIT, Marker, Sheet
from catchment.reports.style import shown
from catchment.reports.workbook import write_pages
from catchment.settings import Settings
from catchment.tables import ZONES

BANDS = (
    (0.0, "Far fewer per graduate", "#4393c3"), (0.9, "Fewer per graduate", "#abd0e6"),
    (0.97, "As many as in the county", "#f4f3ec"), (1.03, "More per graduate", "#f7b799"),
    (1.1, "Far more per graduate", "#d6604d"),
)  # fmt: skip
"""Places per graduate of a township's junior schools against the county's, from which a colour begins."""
NOTE = "Townships by places per graduate of their junior schools, against the county's; beside each school its places."


def publish_quota(settings: Settings, tables: Mapping[str, pd.DataFrame], folder: Path, *, run: str) -> list[Path]:
    """quota.xlsx, quota.png and quota.pdf. tables: quota, quota_changes, schools, areas, units, edges, water, classes."""
    folder.mkdir(parents=True, exist_ok=True)
    pages: list[Page] = quota_pages(tables, settings.study.language)
    book = write_pages(pages, settings, folder / "quota.xlsx", run, tables=tables)
    sheet = quota_sheet(open_atlas(settings, {**tables, "zones": ZONES.empty()}, run), tables["quota"], folder)
    return [book, *draw_sheets([sheet])]


def quota_sheet(atlas: Atlas, quota: pd.DataFrame, folder: Path) -> Sheet:
    """The map on A3."""
    schools = atlas.schools[atlas.schools["stage"] == "junior"].drop_duplicates("school_id")
    once = quota.groupby("school_id").agg(graduates=("graduates", "first"), places=("places", "sum"))
    sites = schools.merge(once, left_on="school_id", right_index=True).sort_values("school_id")
    everything = shapely.total_bounds(
        np.append(geometry_of(atlas.areas), shapely.points(sites["x_m"].to_numpy(), sites["y_m"].to_numpy()))
    )
    page, denominator, centre, box = fit(tuple(everything), (A3_LANDSCAPE, A3_PORTRAIT), OVERVIEW_MARGIN)
    base, names = base_layers(atlas, box, max(denominator, FINEST["local"] + 1))
    markers = tuple(Marker(s.x_m, s.y_m, own=False) for s in sites.itertuples())
    labels = tuple(Label(f"{shown(s.name)} {s.places}", "listed", ((s.x_m, s.y_m, 0.0),)) for s in sites.itertuples())
    words = {
        "subtitle": f"{study_name(atlas)} · {atlas.both('Senior places')}",
        "notes": tuple(notes(atlas, NOTE, zones=False)),
    }
    total = once.sum()
    facts = (
        ("Places", f"{int(total['places']):,}"), ("Graduates (grade 9)", f"{int(total['graduates']):,}"),
        ("Places per 100 graduates", f"{100 * total['places'] / total['graduates']:.1f}"),
    )  # fmt: skip
    return Sheet(
        stem=str(folder / "quota"), page=page, denominator=denominator, centre_m=centre,
        title=atlas.words("{study}: places of senior schools for junior schools").format(study=study_name(atlas)),
        facts=tuple((atlas.both(name), value) for name, value in facts),
        legend=(*band_legend(atlas, BANDS), *legend(atlas, base, markers, own="")[1:]), shapes=(*banded(atlas.areas, _against_county(atlas, sites).to_numpy(float), BANDS), *base), markers=markers,
        labels=(*labels, *names), **(furniture(atlas, "junior", "") | words),
    )  # fmt: skip


def _against_county(atlas: Atlas, sites: pd.DataFrame) -> pd.Series:
    """Places per graduate of each township against the county's; nan where there are no graduates."""
    sums = sites.groupby("area_id")[["places", "graduates"]].sum()
    ratio = sums["places"] / sums["graduates"] * sums["graduates"].sum() / sums["places"].sum()
    return atlas.areas["area_id"].map(ratio)
