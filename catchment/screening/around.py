"""Parcels and points against what stands around them: the object that decides, and how far it is, edge to edge."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.rules import Rule
from catchment.tables import SITING, SURROUNDING_KINDS

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
ROADS = {
    "motorway": "expressway", "motorway_link": "expressway",
    "trunk": "arterial", "trunk_link": "arterial", "primary": "arterial", "primary_link": "arterial",
}  # fmt: skip
BROKEN = {"exclude": "ruled_out", "fail": "failed", "penalise": "penalised"}
HAIR_M = 1e-6
SLIVER_M2 = 1.0
"""Neighbours drawn twice overlap a little along their border: no more than parcels may."""
NOT_COMPLETE = "the layers need not hold every object of this kind"
A_POINT = "a point: its ground is not known"
NONE_KNOWN = "none is known"


def objects_of(surroundings: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The surroundings with the expressways and arterials of the road network, by id."""
    kind = edges["road_class"].map(ROADS)
    main = edges[kind.notna()]
    roads = {
        "object_id": "e" + main["edge_id"].astype("str"), "kind": kind[kind.notna()], "name": main["name"], "voltage_kv": np.nan,
    }  # fmt: skip
    parts = [surroundings, gpd.GeoDataFrame(roads, geometry=main.geometry, crs=edges.crs)]
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return gpd.GeoDataFrame(rows.sort_values("object_id", ignore_index=True), geometry="geometry", crs=edges.crs)


def around_tests(
    subjects: gpd.GeoDataFrame, objects: gpd.GeoDataFrame, limits: Sequence[Rule], complete: Collection[str]
) -> pd.DataFrame:
    """Rows of table siting: each subject against each kind and effect that the rules know.

    What decides is the object with the least room beyond its limit, then the nearest, then the lowest id. A kind of which
    nothing is in the way is passed only if it is complete: otherwise it is unknown.
    """
    adjacent = max((rule.value for rule in limits if rule.level == "adjacent"), default=0.0)
    kinds = sorted((rule for rule in limits if rule.level in SURROUNDING_KINDS), key=_place)
    parts = []
    for (kind, _), group in groupby(kinds, key=lambda rule: _place(rule)[:2]):
        found = _deciding(subjects, objects, list(group), adjacent)
        parts.append(_judged(subjects, objects, found, known=kind in complete))
    return pd.concat(parts, ignore_index=True) if parts else SITING.empty()


def _place(rule: Rule) -> tuple[str, str, float]:
    return rule.level, rule.effect, rule.kv_from or 0.0


def _deciding(
    subjects: gpd.GeoDataFrame, objects: gpd.GeoDataFrame, group: list[Rule], adjacent: float
) -> pd.DataFrame:
    """For every subject the object that decides (number; -1 = there is none), its distance, whether it breaks, and the rule's terms."""
    return (
        pd.concat(
            [_nearest(subjects, objects, rule, bound, adjacent) for rule, bound in _bound(objects, group)],
            ignore_index=True,
        )
        .sort_values(["row", "room_m", "distance_m", "limit", "object"], kind="stable")
        .drop_duplicates("row")
        .reset_index(drop=True)
    )


def _bound(objects: gpd.GeoDataFrame, group: list[Rule]) -> Iterator[tuple[Rule, NDArray[np.int64]]]:
    """Each rule and the objects it binds: of power lines those from its voltage to the next rule's."""
    kv = objects["voltage_kv"].fillna(0).to_numpy()
    for rule, after in zip(group, [*group[1:], None], strict=True):
        of_kind = (objects["kind"] == rule.level).to_numpy()
        above = kv >= (rule.kv_from or 0)
        below = kv < (np.inf if after is None else after.kv_from or 0)
        yield rule, np.flatnonzero(of_kind & above & below)


def _nearest(
    subjects: gpd.GeoDataFrame, objects: gpd.GeoDataFrame, rule: Rule, bound: NDArray[np.int64], adjacent: float
) -> pd.DataFrame:
    """One row per subject: the nearest of the objects bound; one on the site comes before one that touches it."""
    count, limit = len(subjects), adjacent if rule.adjacent else rule.value
    found = pd.DataFrame(
        {
            "row": range(count),
            "object": -1,
            "distance_m": np.inf,
            "broken": False,
            "limit": limit,
            "source": rule.source,
        }
    ).assign(effect=rule.effect, bound=rule.bound, unit=rule.unit, test=rule.level)
    if len(bound):
        sites, shapes = subjects.geometry.to_numpy(), objects.geometry.to_numpy()[bound]
        tree = shapely.STRtree(shapes)
        (row, near), distance = tree.query_nearest(sites, return_distance=True)
        pairs = pd.DataFrame({"row": row, "near": near, "distance_m": distance})
        over = _on_site(sites[row], shapes[near]) if rule.effect == "exclude" else np.zeros(len(row), bool)
        pairs = pairs.assign(on=~over).sort_values(["row", "on", "near"]).drop_duplicates("row").set_index("row")
        on_site = ~pairs["on"] if rule.effect == "exclude" else pairs["distance_m"] < limit - HAIR_M
        found = found.assign(object=bound[pairs["near"]], distance_m=pairs["distance_m"], broken=on_site)
    return found.assign(room_m=found["distance_m"] - limit)


def _on_site(sites: Shapes, shapes: Shapes) -> NDArray[np.bool_]:
    """Whether something of an object lies inside a site, more than a sliver along the border."""
    inside = shapely.relate_pattern(sites, shapes, "T********")
    areas = (shapely.get_dimensions(sites) == 2) & (shapely.get_dimensions(shapes) == 2)
    common = np.zeros(len(sites))
    asked = areas & inside
    common[asked] = shapely.area(shapely.intersection(sites[asked], shapes[asked]))
    return np.asarray(inside & (~areas | (common > SLIVER_M2)))


def _judged(subjects: gpd.GeoDataFrame, objects: gpd.GeoDataFrame, found: pd.DataFrame, *, known: bool) -> pd.DataFrame:
    """Verdicts, with the object's name and its point that is nearest."""
    there = found["object"].to_numpy() >= 0
    chosen = objects.iloc[found.loc[there, "object"]]
    blurred = ~found["broken"] & (found["distance_m"] < found["limit"] + subjects["reach_m"].to_numpy() - HAIR_M)
    verdict = np.select(
        [found["broken"], blurred, np.full(len(found), not known)],
        [found["effect"].map(BROKEN), "unknown", "unknown"], "passed",
    )  # fmt: skip
    note = np.select(
        [found["broken"], blurred, np.full(len(found), not known), ~there], ["", A_POINT, NOT_COMPLETE, NONE_KNOWN], ""
    )
    places = np.full((len(found), 2), np.nan)
    if there.any():
        lines = shapely.shortest_line(subjects.geometry.to_numpy()[there], chosen.geometry.to_numpy())
        places[there] = shapely.get_coordinates(shapely.get_point(lines, -1))
    names = np.full((len(found), 2), "", dtype=object)
    names[there, 0], names[there, 1] = chosen["object_id"], _names(chosen)
    return found.assign(
        subject=subjects["subject"].to_numpy(), subject_id=subjects["subject_id"].to_numpy(), candidate_id="", stage="all",
        value=found["distance_m"].where(there), verdict=verdict, note=note, classes=pd.array([pd.NA] * len(found), "Int64"),
        object_id=names[:, 0], object=names[:, 1], x_m=places[:, 0], y_m=places[:, 1],
    )[SITING.names]  # fmt: skip


def _names(objects: gpd.GeoDataFrame) -> list[str]:
    """Name, and voltage where there is one."""
    return [
        " ".join(filter(None, [name, f"{kv:g} kV" if kv > 0 else ""]))
        for name, kv in zip(objects["name"], objects["voltage_kv"], strict=True)
    ]
