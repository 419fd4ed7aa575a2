"""Rooms and land: music and art rooms by classes, land per pupil, seats per 1,000 residents."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from catchment.checks import check, findings, judge, limits_of, unknown
from catchment.checks.resources import NOTHING, counted_schools
from catchment.rules import Rule

ROOMS = {"music": "music_rooms_m2", "art": "art_rooms_m2"}


@check
def special_rooms(
    tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int, *, classes_per_room: int = 12
) -> pd.DataFrame:
    """Music and art rooms of each school, as far as each is large enough, against one for every 12 classes begun.

    Rules of level music and art say how many rooms, those of level music_area and art_area how large one must be. A school
    that tells its rooms for all its stages together is one subject, told under its first stage.
    """
    if tables["resources"].empty:
        return unknown([rule for rule in rules if rule.level in ROOMS], NOTHING, year=year)
    every = counted_schools(tables, 0)
    parts = []
    for level, column in ROOMS.items():
        rows = _as_told(every, tables["resources"], column)
        own, least = ([r for r in rules if r.level == name] for name in (level, f"{level}_area"))
        if own:
            need = np.ceil(rows["classes"] / classes_per_room)
            have = _large_enough(rows, column, least)
            note = np.where(rows["classes"].isna(), "no classes", np.where(have.isna(), "not told", ""))
            seen = rows.assign(value=have.where(rows["classes"] > 0), factor=need.fillna(0), note=note)
            parts.append(judge(seen, own, subject="school", year=year))
    return findings(parts)


def _as_told(rows: pd.DataFrame, resources: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows by school and stage; one row, with all its classes, for a school whose rooms are told for the whole school."""
    whole = resources[resources["stage"] == "whole"].set_index("school_id")[column].dropna()
    joint = rows[column].isna() & rows["school_id"].isin(whole.index)
    together = rows[joint].sort_values(["school_id", "stage"], ascending=[True, False])
    one = together.drop_duplicates("school_id")
    classes = together.groupby("school_id")["classes"].sum(min_count=1)
    one = one.assign(classes=one["school_id"].map(classes), **{column: one["school_id"].map(whole)})
    return pd.concat([rows[~joint], one], ignore_index=True).astype({"classes": "float64"})


def _large_enough(rows: pd.DataFrame, column: str, least: Sequence[Rule]) -> "pd.Series[float]":
    """Rooms of each school that have the area asked for; nan where none is told."""
    base = next((rule for rule in least if not rule.relief), None)
    asked = limits_of(rows, base, [r for r in least if r.relief])["limit"] if base else pd.Series(0.0, rows.index)
    counts = [
        math.nan if pd.isna(text) else sum(float(area) >= need for area in str(text).split(";") if area)
        for text, need in zip(rows[column], asked, strict=True)
    ]
    return pd.Series(counts, rows.index)


@check
def land_per_pupil(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Land of each school per pupil; a through-train school's is divided like its buildings."""
    if tables["resources"].empty:
        return unknown(rules, NOTHING, year=year)
    rows = counted_schools(tables, 0)
    pupils, land = rows["pupils"].where(rows["pupils"] > 0), rows["land_m2"].astype(float)
    note = np.where(pupils.isna(), "no pupils", np.where(land.isna(), "not told", ""))
    return judge(rows.assign(value=land / pupils, scale=rows["pupils"], note=note), rules, subject="school", year=year)


@check
def seats_per_1000(tables: Mapping[str, pd.DataFrame], rules: tuple[Rule, ...], year: int) -> pd.DataFrame:
    """Seats of each area, and of the county, per 1,000 residents: the official count, else the grid's people."""
    areas, cells = tables["areas"], tables["cells"]
    grid = cells.groupby("area_id")["people"].sum()
    people = areas.set_index("area_id")["residents"].astype(float).fillna(grid).rename("residents")
    seats = tables["school_resources"].groupby(["area_id", "stage"])["seats"].sum().unstack(fill_value=0)
    parts = []
    for stage in seats.columns:
        own = pd.DataFrame(people).assign(seats=seats[stage].reindex(people.index, fill_value=0), stage=stage)
        county = own[["residents", "seats"]].sum()
        for subject, rows in (
            ("area", own),
            ("county", pd.DataFrame([county.to_dict()], index=["*"]).assign(stage=stage)),
        ):
            per = rows["residents"].where(rows["residents"] > 0) / 1000
            seen = rows.assign(value=rows["seats"] / per, scale=per.fillna(0), subject_id=rows.index.astype(str))
            parts.append(judge(seen.reset_index(drop=True), rules, subject=subject, year=year))
    return findings(parts)
