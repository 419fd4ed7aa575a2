"""The counts of a run that leave the bureau, and every sum among them that somebody could form."""

from collections.abc import Iterable, Mapping

import pandas as pd

from catchment.disclosure import Figures, Gathering
from catchment.settings import Settings

Tables = Mapping[str, pd.DataFrame]
COUNTY = "*"


def gather_counts(tables: Tables, settings: Settings) -> Figures:
    """Children by area and year, by distance, by zone, over the seats; pupils ahead by area.

    Only the central scenario is published: differences of scenarios tell nothing more.
    """
    gathering, county = Gathering(), dict.fromkeys(tables["areas"]["area_id"], COUNTY)
    gathering.cube(
        "children", balance_rows(tables, settings), ["area_id", "stage", "year"], "children", {"area_id": county}
    )
    _add_distances(gathering, tables, settings.zone_year, county)
    _add_coverage(gathering, tables, county)
    _add_zones(gathering, tables, settings)
    _add_pupils(gathering, tables, settings, county)
    return gathering.figures()


def balance_rows(tables: Tables, settings: Settings) -> pd.DataFrame:
    """Children and seats by area and year in the central scenario, the county as area `*`."""
    rows = tables["balance"]
    named = settings.forecast.central
    central = named if named in set(rows["scenario"]) else min(rows["scenario"], default=named)
    rows = rows[rows["scenario"] == central].drop(columns="scenario")
    return pd.concat([_county(rows, ["stage", "year"], ["children", "seats", "seat_gap"]), rows], ignore_index=True)


def access_rows(tables: Tables) -> pd.DataFrame:
    """Children by band of distance and area, the county as area `*`; the last band has those out of reach too.

    By themselves they are few, and would take a band of every area with them.
    """
    key = ["area_id", "stage"]
    rows = tables["access"].merge(tables["distances"][[*key, "children_out_of_reach"]], on=key, how="left")
    rows["children"] += rows.pop("children_out_of_reach").where(rows["band_to_m"].isna(), 0).fillna(0).astype("int64")
    whole = _county(rows, ["stage", "band_from_m", "band_to_m"], ["children"])
    return pd.concat([whole, rows], ignore_index=True).sort_values(["area_id", "stage", "band_from_m"], kind="stable")


def outlook_rows(tables: Tables, settings: Settings) -> pd.DataFrame:
    """Pupils ahead of the county and its areas in the central scenario; those of today are sums of official figures."""
    rows = tables["outlook"]
    ahead = (rows["level"] != "school") & (rows["year"] > settings.study.base_year)
    return rows[ahead & (rows["scenario"] == settings.forecast.central)]


def _county(rows: pd.DataFrame, key: list[str], summed: list[str]) -> pd.DataFrame:
    return rows.groupby(key, as_index=False, dropna=False)[summed].sum().assign(area_id=COUNTY)


def _add_distances(gathering: Gathering, tables: Tables, year: int, county: Mapping[str, str]) -> None:
    """Bands of distance make up the children of an area."""
    bands, distances = access_rows(tables), tables["distances"]
    gathering.cube("bands", bands, ["area_id", "stage", "band_from_m"], "children", {"area_id": county})
    for row in distances.itertuples():
        key = (row.area_id, row.stage)
        gathering.count(("children", *key, year), row.children)
        mine = bands[(bands["area_id"] == row.area_id) & (bands["stage"] == row.stage)]
        _add_sum(gathering, ("children", *key, year), [("bands", *key, band) for band in mine["band_from_m"]])


def _add_coverage(gathering: Gathering, tables: Tables, county: Mapping[str, str]) -> None:
    """Children within a radius by road are those of the bands up to it."""
    rows, bands = tables["coverage"], access_rows(tables)
    gathering.cube("within", rows, ["area_id", "stage", "limit_m"], "within_network", {"area_id": county})
    for row in rows.itertuples():
        near = bands[
            (bands["area_id"] == row.area_id) & (bands["stage"] == row.stage) & (bands["band_to_m"] <= row.limit_m)
        ]
        if len(near) and near["band_to_m"].max() == row.limit_m and near["children"].sum() == row.within_network:
            parts = [("bands", row.area_id, row.stage, band) for band in near["band_from_m"]]
            gathering.sum(("within", row.area_id, row.stage, row.limit_m), parts)


def _add_zones(gathering: Gathering, tables: Tables, settings: Settings) -> None:
    """Zones share out the children of the county."""
    zones, withheld = zone_rows(tables), set(settings.publication.withhold)
    for row in zones.itertuples():
        gathering.count(("zone", row.stage, row.school_id), row.children, few=row.school_id in withheld)
    for row in tables["zone_totals"].itertuples():
        mine = zones[zones["stage"] == row.stage]
        whole = ("children", COUNTY, row.stage, settings.zone_year)
        if whole not in gathering:
            gathering.count(whole, row.children)
        _add_sum(gathering, whole, [("zone", row.stage, school) for school in mine["school_id"]])
        for name in ("out_of_reach", "over_seats", "over_seats_least"):
            gathering.count((name, row.stage), getattr(row, name))


def zone_rows(tables: Tables) -> pd.DataFrame:
    """Zones that there are, in the order of stage and school."""
    rows = tables["zone_schools"]
    return rows[rows["units"] > 0].sort_values(["stage", "school_id"], kind="stable")


def _add_pupils(gathering: Gathering, tables: Tables, settings: Settings, county: Mapping[str, str]) -> None:
    """Pupils ahead; areas with too few schools are told of nobody: their figure is one school's."""
    schools = tables["schools"].groupby(["area_id", "stage"]).size()
    for row in outlook_rows(tables, settings).itertuples():
        behind = int(schools.get((row.subject_id, row.stage), 0)) if row.level == "area" else len(tables["schools"])
        few = behind < settings.publication.least_schools
        gathering.count(("pupils", row.subject_id, row.stage, row.year), row.pupils, few=few)
    keys = [
        ("pupils", *row)
        for row in outlook_rows(tables, settings)[["subject_id", "stage", "year"]].itertuples(index=False)
    ]
    for whole in (key for key in keys if key[1] == COUNTY):
        parts = [key for key in keys if key[2:] == whole[2:] and key[1] in county]
        _add_sum(gathering, whole, parts)


def _add_sum(gathering: Gathering, whole: tuple[object, ...], parts: Iterable[tuple[object, ...]]) -> None:
    """A sum, if it is one: children of an area that is no part of the county are in no sum with it."""
    parts = list(parts)
    if parts and gathering.value(whole) == sum(gathering.value(part) for part in parts):
        gathering.sum(whole, parts)
