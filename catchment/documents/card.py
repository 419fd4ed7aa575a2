"""Why this school: one page for one place, with the schools nearest to it, their seats, and why its zone is as it is."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from catchment.documents.figures import PRIVACY
from catchment.documents.notice_tables import map_name, schools_of, stages_of
from catchment.documents.origin import Desk
from catchment.documents.parts import Column, Document, Grid, Heading, Paragraph, Part, rows_of
from catchment.errors import InputError, problem
from catchment.reports.page import school_names
from catchment.reports.style import safe_name, shown

NEAREST = 3
WHY = {
    "own": "The school stands here.",
    "locked": "The bureau has fixed this place to the school.",
    "nearest": "It is the nearest school; crossing a main road or railway counts as a detour.",
    "seats": "{nearest} is nearer, but its seats are needed for children who live nearer to it or who would have farther to go to any other school.",
    "piece": "{nearest} is nearer, but a zone would then fall into pieces, or its seats do not hold this place as a whole.",
}


def card_of(desk: Desk, place: str) -> Document:
    """The card of a planning unit or a cell.

    Raises InputError if there is none of that id.
    """
    cells, units = desk.tables["cells"], desk.tables["units"]
    if place in set(cells["cell_id"]):
        row: Any = cells[cells["cell_id"] == place].iloc[0]
    elif place in set(units["unit_id"]):
        row = units[units["unit_id"] == place].iloc[0]
    else:
        what, remedy = "there is no cell or planning unit {place}", "take an id from study.gpkg"
        raise InputError(problem(what, remedy, place=place))
    areas = desk.tables["areas"].set_index("area_id")["name"]
    where = desk.say("{area}, planning unit {unit}", area=shown(areas.get(row["area_id"], "")), unit=row["unit_id"])
    return Document(
        stem=f"card_{safe_name(place)}", title=desk.say("Why this school"), language=desk.language,
        under_title=(where,), marks=desk.marks, foot=desk.foot, contents=False,
        parts=tuple(_parts(desk, place, str(row["unit_id"]))),
    )  # fmt: skip


def _parts(desk: Desk, place: str, unit: str) -> Iterator[Part]:
    names = school_names(desk.tables).map(shown)
    for stage in stages_of(desk.tables):
        zones = desk.tables["zones"]
        zone = zones[(zones["unit_id"] == unit) & (zones["stage"] == stage)]
        yield Heading(desk.code(stage))
        if zone.empty:
            yield Paragraph(desk.say("This place is in no zone: the bureau gives a place."))
            continue
        own, reason = zone.iloc[0]["school_id"], zone.iloc[0]["reason"]
        near = _near(desk, place, unit, stage)
        nearest = names.get(near["school_id"].iloc[0], "") if len(near) else ""
        yield Paragraph(desk.say("For autumn {year} this place belongs to {school}.", year=desk.settings.zone_year, school=names[own]))  # fmt: skip
        yield Paragraph(desk.say(WHY[reason], nearest=nearest))
        numbers = schools_of(desk.tables, stage).set_index("school_id")["no"]
        yield Paragraph(desk.say("Its area is {map} of the admission notice.", map=map_name(desk, stage, numbers[own])))
        yield _grid(desk, near, str(own), stage)
    yield Paragraph(desk.say("Metres are by road from door to door. Zones are drawn so that all children together have the least way, no school has more children than seats as far as seats suffice, and every zone is in one piece."), "note")  # fmt: skip


def _near(desk: Desk, place: str, unit: str, stage: str) -> pd.DataFrame:
    """Schools in reach from the nearest on: school_id, metres. Of a cell its own ways, of a unit the mean of its people."""
    if place == unit:
        costs = desk.tables["unit_costs"]
        rows = costs[(costs["unit_id"] == unit) & (costs["stage"] == stage) & (costs["subject"] == "school")]
        rows = rows.sort_values(["burden_mm", "facility_id"]).rename(columns={"facility_id": "school_id"})
    else:
        costs = desk.tables["costs"]
        rows = costs[(costs["cell_id"] == place) & (costs["stage"] == stage)].sort_values("rank")
    return rows.assign(metres=rows["distance_mm"] / 1000)[["school_id", "metres"]].reset_index(drop=True)


def _grid(desk: Desk, near: pd.DataFrame, own: str, stage: str) -> Grid:
    shown_rows = pd.concat([near.head(NEAREST), near[NEAREST:][near[NEAREST:]["school_id"] == own]])
    if own not in set(shown_rows["school_id"]):
        shown_rows = pd.concat([shown_rows, pd.DataFrame({"school_id": [own], "metres": [float("nan")]})])
    figures = desk.tables["zone_schools"][desk.tables["zone_schools"]["stage"] == stage]
    rows = shown_rows.merge(figures, on="school_id", how="left")
    mark = desk.say("your zone")
    rows = rows.assign(name=rows["school_id"].map(school_names(desk.tables)), mark=rows["school_id"].eq(own).map({True: mark, False: ""}))  # fmt: skip
    columns = (
        Column("name", desk.say("School"), "text", 3), Column("metres", desk.say("Metres by road"), "metres", 1.2),
        Column("seats", desk.say("Seats"), "count", 1), Column("children", desk.say("Children in its zone"), "public", 1.3),
        Column("mark", "", "text", 1),
    )  # fmt: skip
    caption = desk.say("The nearest schools, {stage}", stage=desk.code(stage))
    return Grid(
        caption,
        columns,
        rows_of(rows, columns),
        f"{desk.source('costs', 'unit_costs', 'zone_schools')} {desk.say(PRIVACY)}",
    )
