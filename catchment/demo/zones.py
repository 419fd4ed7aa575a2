"""Zones in force: drawn by this program for the autumn before, as if a bureau had published them then."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from catchment.pipeline import Progress, run_steps
from catchment.settings import Settings, read_settings
from catchment.units import union_by

SIMPLIFY_M = 60.0
"""Corners that span less than the square of this are cut off: so little that the middle of every planning unit stays in its own zone."""


def draw_present_zones(folder: Path, progress: Progress) -> gpd.GeoDataFrame:
    """A polygon for each school and stage of a study whose other files are written, in metres: 学校标识码, 学段, geometry."""
    tables = run_steps(folder, _year_before(read_settings(folder)), {}, progress, last="zones")
    units = tables["units"].set_index("unit_id")
    parts = []
    for stage, word in (("primary", "小学"), ("junior", "初中")):
        zones = tables["zones"][tables["zones"]["stage"] == stage]
        number, schools = zones["school_id"].factorize(sort=True)
        shapes = union_by(units.geometry.loc[zones["unit_id"]].to_numpy(), number, len(schools))
        smooth = shapely.coverage_simplify(shapes, SIMPLIFY_M)
        parts.append(gpd.GeoDataFrame({"学校标识码": schools, "学段": word}, geometry=smooth, crs=units.crs))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=units.crs)


def _year_before(settings: Settings) -> Settings:
    sources = settings.sources.model_copy(update={"present_zones": None})
    zones = settings.zones.model_copy(update={"year": settings.study.base_year})
    return settings.model_copy(update={"sources": sources, "zones": zones})
