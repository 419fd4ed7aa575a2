"""The tables of an admission notice: places by school, and what each zone is."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from catchment.documents.figures import PRIVACY
from catchment.documents.origin import Desk, Speaker
from catchment.documents.parts import Column, Grid, rows_of
from catchment.documents.scopes import Scopes
from catchment.reports.style import shown
from catchment.settings import Settings
from catchment.tables import CLASS_SIZE, GRADES, STAGES

Tables = Mapping[str, pd.DataFrame]


def stages_of(tables: Tables) -> list[str]:
    """The stages that have schools."""
    return [stage for stage in STAGES if stage in set(tables["schools"]["stage"])]


def schools_of(tables: Tables, stage: str) -> pd.DataFrame:
    """Schools of a stage in the order of their codes, numbered as on their maps: no, school_id, school, area, and their columns."""
    rows = tables["schools"][tables["schools"]["stage"] == stage].sort_values("school_id", ignore_index=True)
    areas = tables["areas"].set_index("area_id")["name"].map(shown)
    return rows.assign(no=rows.index + 1, school=rows["name"].map(shown), area=rows["area_id"].map(areas).fillna(""))


def intake(desk: Desk, stage: str) -> pd.DataFrame:
    """What each school admits: no, school, area, classes, places, children (of the entry grade living in its zone).

    Places are those of table `places` where it tells them; else the seats of one grade. Classes are as many as hold them at the usual size. The
    schools of a joint zone stand beside all of its children.
    """
    tables = desk.tables
    rows, size, grades = schools_of(tables, stage), CLASS_SIZE[stage], GRADES[stage]
    told = tables["places"][tables["places"]["stage"] == stage].groupby("school_id")["places"].sum()
    places = rows["school_id"].map(told).fillna(rows["seats"] // len(grades)).astype("int64")
    return rows.assign(
        places=places, classes=-(-places // size), children=rows["school_id"].map(entrants(desk, stage)).astype("Int64")
    )  # fmt: skip


def entrants(desk: Desk, stage: str) -> dict[str, int]:
    """Children of the entry grade in the zone year by zone, for each school of the zone."""
    tables, settings = desk.tables, desk.settings
    demand = tables["demand"]
    chosen = demand[
        (demand["stage"] == stage)
        & (demand["year"] == settings.zone_year)
        & (demand["grade"] == min(GRADES[stage]))
        & (demand["scenario"] == settings.forecast.central)
    ]
    zones = tables["zones"][tables["zones"]["stage"] == stage]
    counts = zones.merge(chosen[["unit_id", "children"]], on="unit_id", suffixes=("_zone", "")).groupby("school_id")
    by_lead = counts["children"].sum()
    together = {school: min(joint) for joint in settings.zones.joint for school in joint}
    schools = tables["schools"].loc[tables["schools"]["stage"] == stage, "school_id"]
    return {s: int(by_lead[lead]) for s in schools if (lead := together.get(s, s)) in by_lead.index}


def plan_grid(desk: Desk, stage: str) -> Grid:
    """Places and classes of every school, and their sum."""
    rows = intake(desk, stage)
    total = ("", desk.say("Sum"), "", rows["classes"].sum(), rows["places"].sum(), _zone_sum(rows, desk.settings))
    columns, source = plan_columns(desk), plan_source(desk)
    return Grid(
        plan_caption(desk, stage, desk.settings.zone_year), columns, (*rows_of(rows, columns), total), source, total=True
    )  # fmt: skip


def _zone_sum(rows: pd.DataFrame, settings: Settings) -> int:
    """Children of all zones; those of a joint zone once."""
    together = {school: min(joint) for joint in settings.zones.joint for school in joint}
    return int(rows.assign(lead=rows["school_id"].replace(together)).drop_duplicates("lead")["children"].sum())


def plan_source(desk: Desk) -> str:
    return f"{desk.source('schools', 'places', 'demand', 'zones')} {desk.say(PRIVACY)}"


def plan_columns(speaker: Speaker) -> tuple[Column, ...]:
    return (
        Column("no", speaker.say("No."), "year", 0.6),
        Column("school", speaker.say("School"), "text", 3.2),
        Column("area", speaker.say("Township"), "text", 1.7),
        Column("classes", speaker.say("Planned classes"), "count", 0.9),
        Column("places", speaker.say("Planned places"), "count", 1.1),
        Column("children", speaker.say("Children of the age in its zone (expected)"), "public", 1.8),
    )


def plan_caption(speaker: Speaker, stage: str, year: object) -> str:
    return speaker.say("Places of the entry grade, {stage}, autumn {year}", stage=speaker.code(stage), year=year)


def scope_columns(speaker: Speaker) -> tuple[Column, ...]:
    return (
        Column("no", speaker.say("No."), "year", 0.55),
        Column("school", speaker.say("School"), "text", 2),
        Column("text", speaker.say("Admission area"), "text", 5.6),
        Column("map", speaker.say("Map"), "text", 1),
    )


def scope_caption(speaker: Speaker, stage: str, year: object) -> str:
    return speaker.say("Admission areas, {stage}, autumn {year}", stage=speaker.code(stage), year=year)


def scope_grid(desk: Desk, stage: str, scopes: Scopes) -> Grid:
    """The words of every zone with the number of its map; schools of a joint zone stand together."""
    settings, schools = desk.settings, schools_of(desk.tables, stage).set_index("school_id")
    texts = scopes.texts[scopes.texts["stage"] == stage].set_index("school_id")["text"]
    joint = {min(group): group for group in settings.zones.joint if set(group) <= set(schools.index)}
    others = {school for lead, group in joint.items() for school in group if school != lead}
    rows = []
    for code, row in schools.drop(index=list(others)).iterrows():
        names = [schools.loc[s, "school"] for s in sorted(joint.get(str(code), (code,)))]
        text = texts.get(code, desk.say("No area of its own: places are given by the bureau."))
        rows.append((row["no"], desk.listed(names), text, desk.say("Map {number}", number=row["no"])))
    return Grid(scope_caption(desk, stage, settings.zone_year), scope_columns(desk), tuple(rows))


def map_name(speaker: Speaker, stage: str, number: Any) -> str:
    """What a school's map is called in the notice and in its annex."""
    return speaker.say("{stage} map {number}", stage=speaker.code(stage), number=number)
