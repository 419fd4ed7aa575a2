"""What is asked about zones beside the straight line: why wishes clash, and what a lock changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from catchment.errors import InputError, problem
from catchment.locale import translate
from catchment.settings import Settings
from catchment.settings.zones import Stage
from catchment.tables import CLASS_SIZE
from catchment.zoning.asked import wishes_of
from catchment.zoning.clash import clashes_of
from catchment.zoning.clash_words import Names, clash_text, repair_text, told
from catchment.zoning.drawing import draw_zones
from catchment.zoning.exact import Effort
from catchment.zoning.model import NONE, Ints
from catchment.zoning.repairs import repairs_of
from catchment.zoning.town import StageTown, Tables, check_joint, stages_of, town_of
from catchment.zoning.wishes import Wish

EFFORT = Effort(seconds=20, nodes=2_000)
"""For each question put to the program while a clash or a repair is looked for."""


def names_of(known: StageTown, tables: Tables, language: str) -> Names:
    """Units by their area and id, schools by their name."""
    areas = tables["units"]["area_id"].map(tables["areas"].set_index("area_id")["name"]).fillna("").to_numpy()
    schools = (
        tables["schools"].drop_duplicates("school_id").set_index("school_id")["name"].reindex(known.leads).to_numpy()
    )
    return Names(
        lambda unit: f"{areas[unit]} {known.units[unit]}".strip(), lambda school: str(schools[school]), language
    )


def why_impossible(settings: Settings, tables: Tables, language: str) -> Iterator[str]:
    """For each stage the wishes that cannot hold together, and the cheapest ways out, each tried; one line each."""
    check_joint(tables["schools"], settings.zones)
    for stage in stages_of(tables):
        known = town_of(tables, settings.zones, stage, year=settings.zone_year)
        wishes, names = wishes_of(tables, settings.zones, known), names_of(known, tables, language)
        yield translate(stage, language)
        clashes = clashes_of(known.town, wishes, EFFORT)
        if not clashes.found:
            yield "  " + translate("all wishes can be kept, seats included", language)
            continue
        yield from ("  " + line for line in told(clashes, names))
        for clash in clashes.found:
            yield "  " + translate("Ways out of: {clash}", language).format(clash=clash_text(clash, names))
            for repair in repairs_of(known.town, wishes, clash, EFFORT):
                yield "    " + repair_text(repair, names, class_size=CLASS_SIZE[stage])


@dataclass(frozen=True)
class Redrawn:
    """A stage's zones before and after a wish more. before, after: (units,) row of known.leads."""

    known: StageTown
    before: Ints
    after: Ints


def redraw(settings: Settings, tables: Tables, stage: Stage, more: Sequence[tuple[str, str]]) -> Redrawn:
    """The zones of a run drawn again with units locked to schools, starting from the zones there are.

    tables: of a run; more: unit id and school code. Raises InputError for ids that are not there, and if no zones keep the locks.
    """
    known = town_of(tables, settings.zones, stage, year=settings.zone_year)
    rows = tables["zones"][tables["zones"]["stage"] == stage].set_index("unit_id")["school_id"].reindex(known.units)
    before = known.leads.get_indexer(rows).astype(np.int64)
    units, schools = known.units.get_indexer([u for u, _ in more]), known.leads.get_indexer([s for _, s in more])
    lost = [f"{unit}={school}" for (unit, school), u, s in zip(more, units, schools, strict=True) if NONE in (u, s)]
    if lost:
        what = "a lock names a unit or school that is not there at this stage"
        raise InputError(problem(what, "take the ids from study.gpkg, and check the stage", rows=lost))
    locks = [Wish("lock", (int(u),), int(s)) for u, s in zip(units, schools, strict=True)]
    wishes = wishes_of(tables, settings.zones, known)
    drawn = draw_zones(known, [*wishes, *locks], settings.zones, seed=settings.study.seed, start=before)
    return Redrawn(known, before, drawn.zone)


def changes_of(redrawn: Redrawn, tables: Tables, language: str) -> Iterator[str]:
    """What a redrawing changes: units with their schools, then children against seats of the schools concerned, then the sums."""
    known, town, before, after = redrawn.known, redrawn.known.town, redrawn.before, redrawn.after
    names, row = names_of(known, tables, language), np.arange(len(after))
    moved = np.flatnonzero(before != after)
    for unit in moved.tolist():
        yield translate("{unit} ({children} children): {old} → {new}, {metres:+,} m each", language).format(
            unit=names.unit(unit), children=town.children[unit], old=names.school(before[unit]), new=names.school(after[unit]),
            metres=int(known.each_m[unit, after[unit]] - known.each_m[unit, before[unit]]),
        )  # fmt: skip
    loads = [
        np.bincount(zone, weights=town.children, minlength=len(known.leads)).astype(int) for zone in (before, after)
    ]
    for school in np.unique([*before[moved], *after[moved]]).tolist():
        yield translate("{school}: {before} → {after} children, {seats} seats", language).format(
            school=names.school(school), before=loads[0][school], after=loads[1][school], seats=town.seats[school]
        )
    metres = [int((town.children * known.each_m[row, zone]).sum()) for zone in (before, after)]
    yield translate("{units} units and {children} children change; all ways {metres:+,} m", language).format(
        units=len(moved), children=int(town.children[moved].sum()), metres=metres[1] - metres[0]
    )


def pair_of(text: str) -> tuple[str, str]:
    """UNIT=SCHOOL. Raises InputError for anything else."""
    unit, sign, school = text.rpartition("=")
    if not (unit and sign and school):
        raise InputError(problem("{text} is no lock", "write UNIT=SCHOOL, ids as in study.gpkg", text=text))
    return unit, school


def stage_of(tables: Tables, school: str) -> Stage:
    """The one stage of a school in the list; raises InputError if it has none or several."""
    rows: pd.Series[str] = tables["schools"].query("school_id == @school")["stage"]
    if len(rows) != 1:
        what, remedy = "school {school} has {count} stages in the list", "say --stage"
        raise InputError(problem(what, remedy, school=school, count=len(rows)))
    return next(stage for stage in get_args(Stage) if stage == rows.iloc[0])
