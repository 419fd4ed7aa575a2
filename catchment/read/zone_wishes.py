"""Wishes about zones, and the zones in force."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from catchment.doors import conform
from catchment.errors import InputError, Problems, problem
from catchment.read import Reading, account
from catchment.read.headings import SCHOOL_ID, STAGE, STAGE_WORDS, plain
from catchment.read.layers import mend, read_layer
from catchment.read.sheets import read_sheet, typed
from catchment.read.zone_headings import ZONE_WISHES as HEADINGS
from catchment.tables import PRESENT_ZONES, SET_ASIDE, ZONE_WISHES


def read_zone_wishes(path: Path) -> Reading:
    """Wishes about units or areas: lock to a school, ban from it, keep together.

    Raises InputError telling every fault: a wish about no unit and no area or about both, a lock or ban without a school.
    """
    problems = Problems()
    sheet = read_sheet(path, HEADINGS, problems)
    rows = typed(sheet, HEADINGS, problems)
    about = rows["unit_id"].notna().astype(int) + rows["area_id"].notna()
    if (about != 1).any():
        what, remedy = "a wish is about one unit or one area", "fill in one of the two columns"
        problems.add(what, remedy, where=sheet.at("wish"), rows=rows.index[about != 1])
    lost = rows["wish"].isin(["lock", "ban"]) & rows["school_id"].isna()
    if lost.any():
        problems.add("a lock or ban needs a school", "fill in its code", where=sheet.at("wish"), rows=rows.index[lost])
    single = (rows["wish"] == "together") & rows["unit_id"].notna()
    if single.any():
        what, remedy = "one unit is always kept together", "name the area, or leave the row out"
        problems.add(what, remedy, where=sheet.at("wish"), rows=rows.index[single])
    problems.raise_any()
    table = conform(ZONE_WISHES, rows.assign(wish_no=range(1, len(rows) + 1)).reset_index(drop=True))
    return sheet.reading(table, "wishes", float(len(table)))


def read_present_zones(path: Path, datum: str, crs: CRS) -> Reading:
    """Zones in force: polygons with the school's code and the stage, one row or several for each.

    Raises InputError for missing columns, unknown stages and polygons beyond repair.
    """
    layer = mend(read_layer(path, datum, crs), path)
    own, stage = (_column(layer, names) for names in (("school_id", *SCHOOL_ID), ("stage", *STAGE.spellings)))
    if own is None or stage is None:
        what = "the zones need the school's code and the stage (found {found})"
        found = ", ".join(sorted(str(column) for column in layer.columns))
        raise InputError(problem(what, "name the columns school_id and stage", where=path, found=found))
    stages = layer[stage].map(lambda word: STAGE_WORDS.get(plain(word)))
    if stages.isna().any():
        rows = layer.index[stages.isna()] + 1
        raise InputError(problem("the stage is not known", "write primary or junior", where=path, rows=rows))
    named = gpd.GeoDataFrame(
        {"school_id": layer[own].astype(str), "stage": stages}, geometry=layer.geometry, crs=layer.crs
    )
    zones = named.dissolve(by=["school_id", "stage"], as_index=False)
    count = len(layer)
    table = gpd.GeoDataFrame(conform(PRESENT_ZONES, zones), geometry="geometry", crs=crs)
    return Reading(table, SET_ASIDE.empty(), account(path.name, "zones", count, count, len(table), len(table)))


def _column(layer: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    spellings = set(map(plain, names))
    return next((str(column) for column in layer.columns if plain(column) in spellings), None)
