"""Why a cell is in its zone: the schools near it, their seats, and what became of its children."""

from collections.abc import Iterator, Mapping

import pandas as pd

from catchment.errors import InputError, problem
from catchment.locale import translate

SHOWN = 3
WHY = {
    "own": "  The school stands in this unit.",
    "locked": "  The unit is locked to this school.",
    "nearest": "  It is the nearest school, crossings of main roads counted.",
    "seats": "  A nearer school has no seat left for this unit's children: others live nearer to it, or have farther to go elsewhere.",
    "piece": "  A nearer school would leave a zone in pieces, or its seats do not hold the unit as a whole.",
}
MODES = {"walk": "on foot", "e_bike": "e-bike", "car": "car", "bus": "school bus (boarders)"}


def explain_cell(tables: Mapping[str, pd.DataFrame], cell_id: str, language: str) -> Iterator[str]:
    """Lines for a person: place and people, and per stage the nearest schools, the zone and the assignment.

    Raises InputError if there is no such cell.
    """
    found = tables["cells"][tables["cells"]["cell_id"] == cell_id]
    if found.empty:
        raise InputError(
            problem("there is no cell {cell}", "take an id from the layer `cells` of study.gpkg", cell=cell_id)
        )
    cell = found.iloc[0]
    area = tables["areas"].set_index("area_id")["name"].get(cell["area_id"], cell["area_id"])
    yield translate("Cell {cell} in {area}, unit {unit}: {people} people", language).format(
        cell=cell_id, area=area, unit=cell["unit_id"], people=round(cell["people"])
    )
    if cell_id not in set(tables["joins"].query("subject == 'cell'")["subject_id"]):
        yield translate("It joins no road within the limit, so no distance is given.", language)
    for stage in sorted(tables["schools"]["stage"].unique()):
        yield from _stage(tables, cell, stage, language)


def _stage(tables: Mapping[str, pd.DataFrame], cell: pd.Series, stage: str, language: str) -> Iterator[str]:
    schools = tables["schools"][tables["schools"]["stage"] == stage].set_index("school_id")
    load = tables["assignment"][tables["assignment"]["stage"] == stage].groupby("school_id")["children"].sum()
    near = tables["costs"].query("cell_id == @cell.cell_id and stage == @stage").sort_values("rank").head(SHOWN)
    yield ""
    yield translate(stage, language)
    for row in near.itertuples():
        yield translate("  {rank}. {name}: {total} m by road ({access} m to the road, {egress} m from it), {seats} seats, {children} children assigned", language).format(
            rank=row.rank, name=schools.loc[row.school_id, "name"], total=round(row.distance_mm / 1000), access=round(row.access_mm / 1000),
            egress=round(row.egress_mm / 1000), seats=schools.loc[row.school_id, "seats"], children=int(load.get(row.school_id, 0)),
        )  # fmt: skip
        by = translate("     {mode}, {minutes} minutes", language).format(
            mode=translate(MODES.get(row.mode, row.mode), language), minutes=round(row.time_s / 60)
        )
        crossed = translate("; crosses {crossings} main roads or railways", language).format(
            crossings=f"{row.crossings:g}"
        )
        yield by + (crossed if row.crossings else "")
    zone = tables["zones"].query("unit_id == @cell.unit_id and stage == @stage")
    if zone.empty:
        yield translate("  The unit is in no zone.", language)
        return
    row = zone.iloc[0]
    yield translate("  Zone: {name}", language).format(name=schools.loc[row["school_id"], "name"])
    yield translate(WHY[row["reason"]], language)
    yield from _placed(tables, cell, stage, schools, language)


def _placed(
    tables: Mapping[str, pd.DataFrame], cell: pd.Series, stage: str, schools: pd.DataFrame, language: str
) -> Iterator[str]:
    placed, unplaced = (
        table[(table["unit_id"] == cell["unit_id"]) & (table["stage"] == stage)]
        for table in (tables["assignment"], tables["unplaced"])
    )
    for row in placed.itertuples():
        yield translate("  {children} children of the unit have a seat at {name}", language).format(
            children=row.children, name=schools.loc[row.school_id, "name"]
        )
    for row in unplaced.itertuples():
        why = {"no_seat": "no seat within reach is free", "no_school_in_reach": "no school is within reach"}[
            str(row.reason)
        ]
        yield translate("  {children} children of the unit have no seat: {why}", language).format(
            children=row.children, why=translate(why, language)
        )
