"""The ground of the offline map: units and zones that share their borders, roads, water, areas, reach."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.doors import join
from catchment.reports.atlas import Atlas, Layer, geometry_of
from catchment.reports.style import shown
from catchment.reports.web_map.encoding import places, plain, points, shapes, whole
from catchment.tables import STAGES

Tables = Mapping[str, pd.DataFrame]
SHARED_M = 10.0
"""Units are simplified together by so much, so that neighbours keep one border."""
LINE_M = 5.0
REACH_M = 15.0
NEAR = 3
"""Other schools told of a place."""


def unit_layer(tables: Tables, schools: list[str], areas: list[str]) -> dict[str, Any]:
    """Planning units: by stage the school of the zone, the way there, why, and the nearest other schools."""
    units, zones = tables["units"], tables["zones"]
    codes = sorted(zones["reason"].unique())
    layer: dict[str, Any] = {"id": plain(units["unit_id"]), "area": places(units["area_id"], areas), "reasons": codes}
    for stage in STAGES:
        own = zones[zones["stage"] == stage].set_index("unit_id").reindex(units["unit_id"])
        layer[stage] = {
            "school": places(own["school_id"], schools),
            "metres": whole(own["distance_mm"], 1000),
            "reason": places(own["reason"], codes),
            "near": _nearest_others(tables["unit_costs"], own["school_id"], stage, schools),
        }
    return {**layer, "shapes": shapes(simple_units(units), units.crs)}


def simple_units(units: pd.DataFrame) -> NDArray[Any]:
    """The units' polygons with fewer vertices, neighbours still sharing their borders."""
    return shapely.coverage_simplify(geometry_of(units), SHARED_M)


def _nearest_others(costs: pd.DataFrame, own: "pd.Series[str]", stage: str, schools: list[str]) -> list[list[int]]:
    """For each unit school, metres, school, metres …: the nearest that its zone does not belong to."""
    rows = costs[(costs["stage"] == stage) & (costs["subject"] == "school")]
    rows = rows[rows["facility_id"].to_numpy() != rows["unit_id"].map(own).to_numpy()]
    rows = rows.sort_values(["distance_mm", "facility_id"], kind="stable").groupby("unit_id", sort=False).head(NEAR)
    found: dict[str, list[int]] = {unit: [] for unit in own.index}
    metres, number = whole(rows["distance_mm"], 1000), places(rows["facility_id"], schools)
    for unit, school, way in zip(rows["unit_id"], number, metres, strict=True):
        if school is not None and way is not None:
            found[unit] += [school, way]
    return list(found.values())


def zone_layer(atlas: Atlas, tables: Tables, schools: list[str]) -> dict[str, Any]:
    """Zones with their figures, drawn from the simplified units, in the colours of the printed maps."""
    units = tables["units"]
    simple = gpd.GeoDataFrame({"unit_id": units["unit_id"]}, geometry=simple_units(units), crs=units.crs)
    pieces = join(tables["zones"][["unit_id", "stage", "school_id"]], simple, "unit_id", where="zones")
    by_zone = pieces.groupby(["stage", "school_id"], sort=True)["geometry"]
    outlines = {zone: shapely.coverage_union_all(np.asarray(group)) for zone, group in by_zone}
    zones = _only_told(atlas.zones, tables)
    keys = list(zip(zones["stage"], zones["school_id"], strict=True))
    return {
        "stage": places(zones["stage"], list(STAGES)), "school": places(zones["school_id"], schools),
        "colour": plain(zones["colour"]),
        **{name: whole(zones[name]) for name in ("children", "units", "mean_m", "max_m")},
        "shapes": shapes(np.array([outlines[key] for key in keys], dtype=object), units.crs),
    }  # fmt: skip


def _only_told(zones: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Zones whose figures are absent where a unit's children are: a sum of the others would be a false number.

    The zone's own total is told all the same where table zone_schools has it.
    """
    key = ["stage", "school_id"]
    held_back = tables["zones"].assign(absent=tables["zones"]["children"].isna()).groupby(key)["absent"].any()
    whole_zones = tables["zone_schools"].set_index(key)["children"]
    at = pd.MultiIndex.from_frame(zones[key])
    absent = held_back.reindex(at).to_numpy(bool)
    totals = whole_zones.reindex(at).astype("float64").to_numpy()
    shown = {"children": np.where(absent, totals, zones["children"].astype("float64")),
             "mean_m": zones["mean_m"].astype("float64").mask(absent)}  # fmt: skip
    return zones.assign(**shown)


def road_layer(roads: Layer, crs: Any) -> dict[str, Any]:
    """Roads as one feature for each kind and name, joined end to end."""
    rows = pd.DataFrame({"kind": roads.kinds, "name": roads.names, "line": roads.geometry})
    groups = list(rows.groupby(["kind", "name"], sort=True)["line"])
    joined = [shapely.line_merge(shapely.multilinestrings(list(shapely.get_parts(lines)))) for _, lines in groups]
    fine = shapely.simplify(np.array(joined, dtype=object), LINE_M)
    return {"kind": [kind for (kind, _), _ in groups], "name": [name for (_, name), _ in groups],
            "shapes": shapes(fine, crs)}  # fmt: skip


def water_layers(water: Layer, crs: Any) -> dict[str, Any]:
    """Rivers (lines) and lakes (polygons)."""
    layers = {}
    for name, kind in (("rivers", "river"), ("lakes", "lake")):
        chosen = water.kinds == kind
        fine = shapely.simplify(water.geometry[chosen], LINE_M)
        layers[name] = {"name": water.names[chosen].tolist(), "shapes": shapes(fine, crs)}
    return layers


def area_layer(atlas: Atlas, crs: Any) -> dict[str, Any]:
    """Areas with a place for each name; their borders once each."""
    areas = atlas.areas
    spots = shapely.point_on_surface(geometry_of(areas))
    at = pd.DataFrame({"x_m": shapely.get_x(spots), "y_m": shapely.get_y(spots)})
    return {
        "id": plain(areas["area_id"]), "name": plain(areas["name"]), "residents": plain(areas["residents"]),
        "at": points(at, crs), "shapes": shapes(shapely.simplify(geometry_of(areas), LINE_M), crs),
        "borders": shapes(shapely.simplify(atlas.borders, LINE_M), crs),
    }  # fmt: skip


def reach_layer(reach: pd.DataFrame) -> dict[str, Any]:
    """Bands of ground by distance by road to the nearest school."""
    geometry = geometry_of(reach).copy()
    for stage in STAGES:
        of_stage = (reach["stage"] == stage).to_numpy()
        geometry[of_stage] = shapely.coverage_simplify(geometry[of_stage], REACH_M)
    return {"stage": places(reach["stage"], list(STAGES)), "to_m": plain(reach["band_to_m"]),
            "shapes": shapes(geometry, reach.crs)}  # fmt: skip


def parcel_layer(tables: Tables, areas: list[str]) -> dict[str, Any]:
    """Parcels offered, with what the siting test says of them."""
    parcels, totals = tables["parcels"], tables["siting_totals"]
    verdicts = totals[totals["subject"] == "parcel"].set_index("subject_id")["verdict"]
    return {
        "id": plain(parcels["parcel_id"]), "name": [shown(name) for name in parcels["name"]],
        "area": places(parcels["area_id"], areas), "land_m2": plain(parcels["land_m2"]),
        "verdict": [verdicts.get(code) for code in parcels["parcel_id"]],
        "shapes": shapes(geometry_of(parcels), parcels.crs),
    }  # fmt: skip
