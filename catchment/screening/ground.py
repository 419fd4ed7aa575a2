"""Parcels and projects by their ground: shape, land, number of seats, and how near the children live."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.checks import HAIR
from catchment.rules import Rule
from catchment.screening.around import A_POINT, BROKEN
from catchment.screening.subjects import Norms, settings_at
from catchment.tables import CLASS_COUNTS, CLASS_SIZE, SITING, STAGES

TOLERANCE_M = 0.1
"""How near the largest circle within a parcel is found."""
NOBODY = "no child of the stage is within reach"


def ground_tests(
    subjects: gpd.GeoDataFrame,
    projects: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    children: pd.DataFrame,
    norms: Norms,
    limits: Sequence[Rule],
    *,
    within_share: float,
) -> pd.DataFrame:
    """Rows of table siting: shape of every subject; land, size and service radius of every project; classes of free land."""
    rows = [row for rule in limits if rule.level in SHAPES for row in _shape(subjects, rule)]
    land = subjects.set_index(["subject", "subject_id"])["land_m2"]
    for project in projects.itertuples():
        rows += _land(project, land.loc[(project.subject, project.subject_id)], norms)
        rows += _size(project, norms)
        rows += _radius(project, tables["unit_costs"], children, norms, within_share)
    rows += _free_land(subjects, projects, tables["schools"], norms)
    table = pd.DataFrame(rows, columns=[name for name in SITING.names if name not in NO_OBJECT])
    return table.assign(**NO_OBJECT)[SITING.names].astype({"classes": "Int64", "value": "float64"})


NO_OBJECT = {"object_id": "", "object": "", "x_m": np.nan, "y_m": np.nan}


def _row(subject: tuple[str, str], test: str, value: float, rule: Rule, **more: object) -> dict[str, object]:
    """A test by one rule; unknown where there is no value."""
    terms: dict[str, object] = {
        "candidate_id": "", "stage": "all", "limit": rule.value, "bound": rule.bound, "unit": rule.unit, "effect": rule.effect,
        "note": "", "classes": None, "source": rule.source, **more,
    }  # fmt: skip
    limit = float(str(terms["limit"]))
    short = limit - value if terms["bound"] == "least" else value - limit
    broken = short > HAIR * max(abs(limit), 1)
    verdict = "unknown" if np.isnan(value) else BROKEN[str(terms["effect"])] if broken else "passed"
    return {"subject": subject[0], "subject_id": subject[1], "test": test, "value": value, "verdict": verdict, **terms}


def elongation(shapes: np.ndarray) -> np.ndarray:
    """Longer by shorter side of the smallest rectangle around each shape, however turned."""
    corners = [shapely.get_coordinates(box)[:3] for box in shapely.oriented_envelope(shapes)]
    sides = np.array([np.hypot(*np.diff(three, axis=0).T) for three in corners]).reshape(-1, 2)
    return np.asarray(sides.max(axis=1) / sides.min(axis=1))


def width_m(shapes: np.ndarray) -> np.ndarray:
    """Diameter of the largest circle within each shape."""
    return np.array([2 * shapely.maximum_inscribed_circle(shape, tolerance=TOLERANCE_M).length for shape in shapes])


SHAPES = {"elongation": elongation, "width": width_m}


def _shape(subjects: gpd.GeoDataFrame, rule: Rule) -> list[dict[str, object]]:
    drawn = (subjects["subject"] == "parcel").to_numpy()
    values = np.full(len(subjects), np.nan)
    values[drawn] = SHAPES[rule.level](subjects.geometry.to_numpy()[drawn])
    keys = zip(subjects["subject"], subjects["subject_id"], strict=True)
    return [
        _row(key, rule.level, float(value), rule, note="" if own else A_POINT)
        for key, value, own in zip(keys, values, drawn, strict=True)
    ]


def carried(land_m2: float, stage: str, setting: str, norms: Norms) -> tuple[int, int]:
    """Pupils that land carries by its norm and by the size of a school, and the most usual classes of them."""
    size = norms.rule("school_size", stage, setting, {"primary": "full_primary", "junior": "junior"}[stage])
    pupils = min(int(land_m2 / norms.land_m2(stage, setting) + HAIR), int(size.value) if size else 10**9)
    return pupils, max((n for n in CLASS_COUNTS if n * CLASS_SIZE[stage] <= pupils), default=0)


def _land(project: "pd.Series[str]", land_m2: float, norms: Norms) -> list[dict[str, object]]:
    """The parcel's land against that of all seats planned on it."""
    rule = norms.rule("land_per_pupil", project.stage, project.setting)
    if rule is None:
        return []
    told = not np.isnan(land_m2)
    return [
        _row((project.subject, project.subject_id), "land", land_m2, rule, limit=project.land_need_m2, unit="m²",
             candidate_id=project.candidate_id, stage=project.stage, note="" if told else A_POINT,
             classes=carried(land_m2, project.stage, project.setting, norms)[1] if told else None)
    ]  # fmt: skip


def _size(project: "pd.Series[str]", norms: Norms) -> list[dict[str, object]]:
    """Planned seats against the size of a school."""
    rule = norms.rule("school_size", project.stage, project.setting, project.school_kind)
    subject, more = (
        (project.subject, project.subject_id),
        {"candidate_id": project.candidate_id, "stage": project.stage},
    )
    return [] if rule is None else [_row(subject, "size", float(project.all_seats), rule, **more)]


def _radius(
    project: "pd.Series[str]", costs: pd.DataFrame, children: pd.DataFrame, norms: Norms, within_share: float
) -> list[dict[str, object]]:
    """Of the nearest children who fill its seats, the share who live within the service radius on the network."""
    rule = norms.rule("service_radius", project.stage, project.setting)
    if rule is None or project.all_seats == 0:
        return []
    ways = costs[(costs["facility_id"] == project.candidate_id) & (costs["stage"] == project.stage)]
    living = children[children["stage"] == project.stage].set_index("unit_id")["children"]
    here = ways["unit_id"].map(living).fillna(0).astype("int64")
    full, near = min(project.all_seats, here.sum()), here[ways["distance_mm"] <= rule.value * 1000].sum()
    share = min(near, full) / full if full else np.nan
    return [
        _row((project.subject, project.subject_id), "service_radius", float(share), rule, limit=within_share, bound="least",
             unit="share", effect="penalise", candidate_id=project.candidate_id, stage=project.stage,
             note="" if full else NOBODY)
    ]  # fmt: skip


def _free_land(
    subjects: gpd.GeoDataFrame, projects: pd.DataFrame, schools: pd.DataFrame, norms: Norms
) -> list[dict[str, object]]:
    """Parcels without a project: how many pupils of each stage they could carry, against the smallest usual school."""
    taken = set(projects.loc[projects["subject"] == "parcel", "subject_id"])
    free = subjects[(subjects["subject"] == "parcel") & ~subjects["subject_id"].isin(taken)]
    middles = shapely.get_coordinates(shapely.point_on_surface(free.geometry.to_numpy()))
    settings = settings_at(pd.DataFrame(middles, columns=["x_m", "y_m"], index=free.index), schools)
    rows = []
    for parcel, setting in zip(free.itertuples(), settings, strict=True):
        for stage in STAGES:
            rule = norms.rule("land_per_pupil", stage, setting)
            if rule is not None:
                pupils, classes = carried(parcel.land_m2, stage, setting, norms)
                least = CLASS_COUNTS[0] * CLASS_SIZE[stage]
                rows.append(
                    _row((parcel.subject, parcel.subject_id), "free_land", float(pupils), rule, limit=least, unit="pupils",
                         effect="penalise", stage=stage, classes=classes)
                )  # fmt: skip
    return rows
