"""Where a study's schools come from: a list, the OSM extract, or a column of the cell layer."""

from pathlib import Path

import pandas as pd
import shapely
from pyproj import CRS

from catchment.agreement import NOT_LISTED
from catchment.errors import InputError, problem
from catchment.read import Reading, account
from catchment.read.layers import read_layer
from catchment.read.osm import OSM_ENDINGS, read_osm_schools
from catchment.read.schools import read_schools
from catchment.settings import SchoolsSource, Settings, WholeSources, whole_sources
from catchment.tables import SET_ASIDE


def is_list(source: SchoolsSource) -> bool:
    """Whether the schools come from a school list of their own."""
    return not source.path.startswith(NOT_LISTED)


def read_school_source(folder: Path, settings: Settings, crs: CRS) -> Reading:
    """Schools out of a list, the OSM extract, or a column of the cell layer."""
    whole = whole_sources(settings)
    source = whole.schools
    if source.path == "osm":
        roads = folder / whole.roads.path
        if not roads.name.endswith(OSM_ENDINGS):
            raise InputError(
                problem("schools `osm` need roads from an OSM file", "give a school list", where="study.toml")
            )
        return read_osm_schools(roads, crs, stages=source.stages_if_unknown, seats=_seats(source))
    if source.path.startswith("cells:"):
        return _schools_in_cells(folder, whole, crs, source.path.removeprefix("cells:"))
    return read_list(folder, source, settings, crs)


def read_list(folder: Path, source: SchoolsSource, settings: Settings, crs: CRS) -> Reading:
    return read_schools(folder / source.path, datum=source.datum, crs=crs, extent_deg=settings.study.extent_deg)


def _seats(source: SchoolsSource) -> int:
    if source.seats_if_unknown is None:
        raise InputError(
            problem(
                "the seats of the schools are not known",
                "set sources.schools.seats_if_unknown: it is an assumption and is printed as one",
                where="study.toml",
            )
        )
    return source.seats_if_unknown


def _schools_in_cells(folder: Path, sources: WholeSources, crs: CRS, column: str) -> Reading:
    """One school per count in a column of the cell layer, at the cell's centre."""
    source = sources.population[0]
    layer = read_layer(folder / source.path, source.datum, crs)
    if column not in layer:
        raise InputError(
            problem(
                "column {columns} is missing (found {found})",
                "name the column that counts schools",
                where=source.path,
                columns=column,
                found=", ".join(map(str, layer.columns)),
            )
        )
    count = pd.to_numeric(layer[column], errors="coerce").fillna(0).astype(int)
    rows = layer.loc[layer.index.repeat(count)].reset_index(drop=True)
    number = rows.groupby(source.id).cumcount() + 1
    centre = shapely.get_coordinates(rows.geometry.centroid.values)
    ids = rows[source.id].astype(str) + "-" + number.astype(str)
    base = pd.DataFrame({"school_id": ids, "name": ids, "campus_id": ids, "x_m": centre[:, 0], "y_m": centre[:, 1]})
    stages = sources.schools.stages_if_unknown
    kind = "nine_year" if len(stages) > 1 else {"primary": "full_primary", "junior": "junior"}[stages[0]]
    table = pd.concat([base.assign(stage=stage) for stage in stages], ignore_index=True).assign(
        kind=kind,
        ownership="public",
        setting="urban",
        boarding=False,
        seats=_seats(sources.schools),
        rooms=pd.array([pd.NA] * len(base) * len(stages), dtype="Int64"),
        area_id="",
    )
    return Reading(
        table,
        SET_ASIDE.empty(),
        account(
            f"{Path(source.path).name} ({column})", "schools", int(count.sum()), len(base), int(count.sum()), len(base)
        ),
    )
