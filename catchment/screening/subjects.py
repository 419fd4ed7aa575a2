"""What is tested: parcels, and projects that have none; the projects with their ground, seats and setting."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.checks import bound_by
from catchment.rules import Rule, RuleSet

ON_NEW_GROUND = ("new", "relocated")


class Norms:
    """What the rule set asks of a school's land, size and service radius; relief clauses are for schools that stand."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules

    def rule(self, name: str, stage: str, setting: str, kind: str = "") -> Rule | None:
        """The rule of a name that binds such a school."""
        row = pd.DataFrame({"stage": [stage], "setting": [setting], "kind": [kind]})
        return next((rule for rule in self.rules.of(name) if not rule.relief and len(bound_by(rule, row))), None)

    def land_m2(self, stage: str, setting: str) -> float:
        """Land per pupil; 0 where the set asks for none."""
        rule = self.rule("land_per_pupil", stage, setting)
        return 0.0 if rule is None else rule.value


def projects_of(tables: Mapping[str, pd.DataFrame], norms: Norms) -> pd.DataFrame:
    """Candidates that stand on a parcel or on new ground, one after the other if one waits for the other.

    Adds to their columns: subject, subject_id, setting, school_kind, all_seats of the finished school (with what it waits
    for on the same ground), and land_need_m2 of these seats.
    """
    rows = tables["candidates"]
    rows = rows[rows["parcel_id"].notna() | rows["kind"].isin(ON_NEW_GROUND)].reset_index(drop=True)
    has = rows["parcel_id"].notna()
    schools = tables["schools"].drop_duplicates("school_id").set_index("school_id")
    rows = rows.assign(
        subject=np.where(has, "parcel", "candidate"),
        subject_id=rows["parcel_id"].where(has, rows["candidate_id"]),
        setting=rows["school_id"].map(schools["setting"]).fillna(settings_at(rows, tables["schools"])),
        school_kind=rows["school_id"].map(schools["kind"]).fillna(
            rows["stage"].map({"primary": "full_primary", "junior": "junior"})
        ),
    )  # fmt: skip
    own = rows["seats"] * [norms.land_m2(s, g) for s, g in zip(rows["stage"], rows["setting"], strict=True)]
    extends = rows["kind"].eq("expanded")
    stock = rows["school_id"].map(tables["schools"].groupby("school_id")["seats"].sum()).where(extends, 0).fillna(0)
    rows = rows.assign(land_need_m2=own, all_seats=rows["seats"] + stock.astype("int64"))
    return _with_earlier_phases(rows)


def settings_at(places: pd.DataFrame, schools: pd.DataFrame) -> "pd.Series[str]":
    """Urban, town or rural, as the school that stands nearest."""
    if schools.empty:
        return pd.Series("", index=places.index, dtype="str")
    ordered = schools.sort_values(["school_id", "stage"])
    tree = shapely.STRtree(shapely.points(ordered["x_m"], ordered["y_m"]))
    near = tree.query_nearest(shapely.points(places["x_m"], places["y_m"]), all_matches=False)[1]
    return pd.Series(ordered["setting"].to_numpy()[near], index=places.index, dtype="str")


def _with_earlier_phases(rows: pd.DataFrame) -> pd.DataFrame:
    """Seats and land with those of the projects that must come first on the same ground or at the same point."""
    by_id = {row.candidate_id: row for row in rows.itertuples()}
    seats, need = [], []
    for row in rows.itertuples():
        total, land, seen, before = row.all_seats, row.land_need_m2, {row.candidate_id}, by_id.get(row.after)
        while before is not None and before.candidate_id not in seen:
            if _same_ground(before, row):
                total += before.all_seats if before.stage == row.stage else 0
                land += before.land_need_m2
            seen.add(before.candidate_id)
            before = by_id.get(before.after)
        seats.append(total)
        need.append(land)
    return rows.assign(all_seats=np.array(seats, dtype="int64"), land_need_m2=np.array(need, dtype="float64"))


def _same_ground(one: "pd.Series[str]", other: "pd.Series[str]") -> bool:
    if "parcel" in (one.subject, other.subject):
        return one.subject_id == other.subject_id
    return (one.x_m, one.y_m) == (other.x_m, other.y_m)


def subjects_of(parcels: gpd.GeoDataFrame, projects: pd.DataFrame) -> gpd.GeoDataFrame:
    """Parcels as they are, and projects without one as points.

    Columns: subject, subject_id, name, land_m2 (nan for a point), reach_m: 0 for a parcel; a point stands for ground of the land
    that the norm asks for, of which only the radius is known if it were round.
    """
    points = projects[projects["subject"] == "candidate"]
    places = pd.DataFrame(
        {
            "subject": ["parcel"] * len(parcels) + ["candidate"] * len(points),
            "subject_id": [*parcels["parcel_id"], *points["candidate_id"]],
            "name": [*parcels["name"], *points["name"]],
            "land_m2": np.r_[parcels["land_m2"].astype(float), np.full(len(points), np.nan)],
            "reach_m": np.r_[np.zeros(len(parcels)), np.sqrt(points["land_need_m2"] / np.pi)],
        }
    )
    shapes = np.r_[parcels.geometry.to_numpy(), shapely.points(points["x_m"], points["y_m"])]
    return gpd.GeoDataFrame(places, geometry=shapes, crs=parcels.crs)
