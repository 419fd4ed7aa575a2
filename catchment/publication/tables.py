"""Tables for the public, made anew from a run's tables and a release of its counts."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from catchment.disclosure import Release
from catchment.drafts import draft_reasons
from catchment.publication.counts import COUNTY, access_rows, balance_rows, outlook_rows, zone_rows
from catchment.publication.listed import LISTED, RULES
from catchment.reports.shapes import zone_outlines
from catchment.resources import latest_classes
from catchment.settings import Settings
from catchment.tables import TABLES

Tables = Mapping[str, pd.DataFrame]
METRES = 10
"""Means and percentiles of ways are told to so many metres."""


def listed_tables(tables: Tables, settings: Settings, release: Release) -> dict[str, pd.DataFrame]:
    """The published tables with exactly their listed columns; zones, areas and schools carry geometry beside."""
    made = {
        "areas": _areas(tables),
        "schools": _schools(tables),
        "zones": _zones(tables, release),
        "zone_texts": tables["zone_texts"].merge(tables["schools"][["school_id", "stage", "name"]], how="left"),
        "zone_text_points": tables["zone_text_points"],
        "zone_totals": zone_totals(tables, settings, release),
        "balance": _balance(tables, settings, release),
        "access": _access(tables, settings, release),
        "coverage": _coverage(tables, settings, release),
        "distances": distances(tables, settings, release),
        "outlook": _outlook(tables, settings, release),
        "plan": tables["plan"]
        .drop(columns="seats")
        .merge(tables["candidates"][["candidate_id", "name", "seats"]], on="candidate_id"),
    }
    names = {**tables["areas"].set_index("area_id")["name"], COUNTY: COUNTY}
    return {name: _listed(name, rows, names) for name, rows in made.items()}


def _listed(name: str, rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Only what is listed, and the geometry of a layer."""
    if "area_id" in rows:
        rows = rows.assign(area=rows["area_id"].map(names))
    columns = [column.name for column in LISTED[name][1]]
    kept = [*columns, "geometry"] if isinstance(rows, gpd.GeoDataFrame) else columns
    return rows[kept].reset_index(drop=True)


def told(release: Release, keys: Iterable[tuple[Any, ...]]) -> "pd.Series[Any]":
    """What is printed of counts: whole numbers, absent = withheld."""
    return pd.Series([pd.NA if np.isnan(value := release.of(key)) else int(value) for key in keys], dtype="Int64")


def _with(rows: pd.DataFrame, column: str, values: "pd.Series[Any]") -> pd.DataFrame:
    return rows.assign(**{column: values.set_axis(rows.index)})


def _keys(kind: str, rows: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [(kind, *row) for row in rows[list(columns)].itertuples(index=False, name=None)]


def _areas(tables: Tables) -> pd.DataFrame:
    return gpd.GeoDataFrame(tables["areas"])


def _schools(tables: Tables) -> pd.DataFrame:
    """Schools with the pupils of the latest class return."""
    rows, key = tables["schools"], ["school_id", "stage"]
    today = (
        latest_classes(tables)
        .groupby(key, as_index=False)
        .agg(pupils=("pupils", "sum"), largest_class=("pupils", "max"))
    )
    rows = rows.merge(today.astype({"pupils": "Int64", "largest_class": "Int64"}), on=key, how="left")
    return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["x_m"], rows["y_m"]), crs=tables["units"].crs)


def _zones(tables: Tables, release: Release) -> pd.DataFrame:
    rows = zone_outlines(tables)[["stage", "school_id", "name", "seats", "geometry"]]
    rows = _with(rows, "children", told(release, _keys("zone", rows, "stage", "school_id")))
    share = rows["children"].astype("Float64") / rows["seats"].where(rows["seats"] > 0)
    return gpd.GeoDataFrame(rows.assign(load_share=share.round(2)))


def zone_totals(tables: Tables, settings: Settings, release: Release) -> pd.DataFrame:
    """Zones of each stage; ways that would tell of single children are absent."""
    rows = tables["zone_totals"]
    for name in ("out_of_reach", "over_seats", "over_seats_least"):
        rows = _with(rows, name, told(release, [(name, stage) for stage in rows["stage"]]))
    children = [("children", COUNTY, stage, settings.zone_year) for stage in rows["stage"]]
    return _with(rows, "children", told(release, children))


def _balance(tables: Tables, settings: Settings, release: Release) -> pd.DataFrame:
    rows = balance_rows(tables, settings)
    rows = _with(rows, "children", told(release, _keys("children", rows, "area_id", "stage", "year")))
    return rows.assign(seat_gap=rows["children"] - rows["seats"])


def _children(rows: pd.DataFrame, settings: Settings, release: Release) -> "pd.Series[Any]":
    """Children of the zone year in the areas of rows."""
    keys = [
        ("children", *key, settings.zone_year) for key in rows[["area_id", "stage"]].itertuples(index=False, name=None)
    ]
    return told(release, keys).set_axis(rows.index)


def _share(part: "pd.Series[Any]", whole: "pd.Series[Any]") -> "pd.Series[Any]":
    return (part.astype("Float64") / whole.astype("Float64").where(whole > 0)).round(2)


def _access(tables: Tables, settings: Settings, release: Release) -> pd.DataFrame:
    rows = access_rows(tables)
    rows = _with(rows, "children", told(release, _keys("bands", rows, "area_id", "stage", "band_from_m")))
    return rows.assign(share=_share(rows["children"], _children(rows, settings, release)))


def _coverage(tables: Tables, settings: Settings, release: Release) -> pd.DataFrame:
    rows = tables["coverage"]
    rows = _with(rows, "within_network", told(release, _keys("within", rows, "area_id", "stage", "limit_m")))
    rows = rows.assign(children=_children(rows, settings, release))
    return rows.assign(within_network_share=_share(rows["within_network"], rows["children"]))


def distances(tables: Tables, settings: Settings, release: Release) -> pd.DataFrame:
    """Ways of each area; a mean times its children is a sum, and a percentile a count: absent where a band is withheld."""
    rows = tables["distances"]
    bands = _access(tables, settings, release)
    open_ = bands.groupby(["area_id", "stage"])["children"].agg(lambda counts: bool(counts.notna().all()))
    whole = open_.reindex(pd.MultiIndex.from_frame(rows[["area_id", "stage"]])).fillna(value=False).to_numpy(bool)
    children = _children(rows, settings, release)
    ways = {
        name: rows[name].div(METRES).round().mul(METRES).where(whole & children.notna())
        for name in ("mean_m", "median_m", "p90_m")
    }
    return rows.assign(children=children, **ways)


def _outlook(tables: Tables, settings: Settings, release: Release) -> pd.DataFrame:
    rows = outlook_rows(tables, settings)
    rows = _with(rows, "pupils", told(release, _keys("pupils", rows, "subject_id", "stage", "year")))
    step, told_ = settings.publication.round_to, rows["pupils"].notna()
    ends = {
        name: ((rows[name] + step // 2) // step * step).astype("Int64").where(told_) for name in ("low80", "high80")
    }
    return rows.rename(columns={"subject_id": "area_id"}).assign(**ends)


def tables_for_reports(tables: Tables, settings: Settings, release: Release) -> dict[str, pd.DataFrame]:
    """All tables of a run as reports for the public may see them: empty unless made here."""
    crs = tables["units"].crs
    made: dict[str, pd.DataFrame] = {}
    for name, table in TABLES.items():
        empty = table.empty()
        made[name] = gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=crs), crs=crs) if table.geometry else empty
    for name in (
        "areas",
        "water",
        "edges",
        "schools",
        "gates",
        "classes",
        "isochrones",
        "zone_grounds",
        "zone_text_points",
    ):
        made[name] = tables[name]
    made["units"], made["zones"] = _merged_units(tables)
    made["zone_texts"] = tables["zone_texts"][["stage", "school_id", "text", "point_ids"]]
    made["zone_schools"] = _zone_schools(tables, release)
    made["zone_totals"] = (
        zone_totals(tables, settings, release).astype({"children_m": "Int64"}).assign(children_m=pd.NA)
    )
    made["distances"] = distances(tables, settings, release)
    made["coverage"] = _coverage(tables, settings, release).assign(within_straight=pd.NA, within_straight_share=np.nan)
    made["findings"] = tables["findings"][tables["findings"]["rule"].isin(RULES)]
    made["plan"] = tables["plan"][["candidate_id", "stage", "kind", "opens", "cost_yuan", "seats"]]
    made["candidates"] = tables["candidates"][tables["candidates"]["candidate_id"].isin(tables["plan"]["candidate_id"])]
    made["drafts"] = pd.DataFrame(draft_reasons(settings, tables), columns=["measure", "what", "value", "limit"])
    return made


def _merged_units(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ground of one area whose zones are the same at every stage, as one unit without people; and its zones without children."""
    units, zones = tables["units"], tables["zones"]
    wide = zones.pivot(index="unit_id", columns="stage", values="school_id").add_prefix("zone_")
    ground = units[["unit_id", "area_id", "geometry"]].merge(wide, left_on="unit_id", right_index=True)
    key = ["area_id", *wide.columns]
    merged = (
        gpd.GeoDataFrame(ground).drop(columns="unit_id").dissolve(by=key, method="coverage", dropna=False).reset_index()
    )
    merged = merged.assign(unit_id=["-".join(map(str, row)) for row in merged[key].itertuples(index=False)])
    spots = merged.representative_point()
    stages = [column.removeprefix("zone_") for column in wide.columns]
    parts = [
        pd.DataFrame({"unit_id": merged["unit_id"], "stage": stage, "school_id": merged[f"zone_{stage}"]}).dropna()
        for stage in stages
    ]
    rows = pd.concat(parts, ignore_index=True).assign(reason="nearest", present_id=None)
    absent = pd.array([pd.NA] * len(rows), dtype="Int64")
    merged = merged[["unit_id", "area_id", "geometry"]].assign(x_m=spots.x, y_m=spots.y)
    return gpd.GeoDataFrame(merged, crs=units.crs), rows.assign(children=absent, distance_mm=absent)


def _zone_schools(tables: Tables, release: Release) -> pd.DataFrame:
    rows = zone_rows(tables)
    rows = _with(rows, "children", told(release, _keys("zone", rows, "stage", "school_id")))
    return rows.assign(over_seats=(rows["children"] - rows["seats"]).clip(lower=0), seat_value_m=np.nan)
