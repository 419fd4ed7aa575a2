"""What is asked about zones beside the straight line: why wishes clash, and what a lock changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from catchment.errors import Infeasible, InputError, problem
from catchment.locale import translate
from catchment.settings import Settings
from catchment.settings.zones import Stage
from catchment.tables import CLASS_SIZE
from catchment.units import union_by
from catchment.zoning.alternatives import Alternative, alternatives
from catchment.zoning.asked import wishes_of
from catchment.zoning.clash import Clashes, clash_of, clashes_of
from catchment.zoning.clash_words import Names, repair_text, told, wishes_texts
from catchment.zoning.dialogue import FORBIDDEN, FULL, LOCKED, NEAREST, PIECES, PLAN, borderline, explain_unit
from catchment.zoning.drawing import WORK, draw_zones
from catchment.zoning.exact import Effort
from catchment.zoning.model import NONE, Instance, Ints
from catchment.zoning.repairs import repairs_of
from catchment.zoning.results import zone_tables
from catchment.zoning.town import EMPTY_UNITS, StageTown, Tables, check_zoned, stages_of, town_of
from catchment.zoning.whole import PLAN as PLAN_FOUND
from catchment.zoning.whole import UNDECIDED
from catchment.zoning.wishes import Wish, instance_with

EFFORT = Effort(seconds=20, nodes=2_000)
"""For each question put to the program while a clash or a repair is looked for."""
CLEAR = "all wishes can be kept, seats included"
UNCLEAR = "neither a plan nor a clash was found with the work allowed"


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
    check_zoned(tables, settings.zones)
    for stage in stages_of(tables):
        known = town_of(tables, settings.zones, stage, year=settings.zone_year)
        wishes, names = wishes_of(tables, settings.zones, known), names_of(known, tables, language)
        yield translate(stage, language)
        clashes = clashes_of(known.town, wishes, EFFORT)
        if not clashes.found:
            yield "  " + translate(UNCLEAR if clashes.status == UNDECIDED else CLEAR, language)
        for number, clash in enumerate(clashes.found, 1):
            status = clashes.status if number == len(clashes.found) else PLAN_FOUND
            yield from ("  " + line for line in told(Clashes((clash,), status), names))
            yield "  " + translate("Ways out:", language)
            for repair in repairs_of(known.town, wishes, clash, EFFORT):
                yield "    " + repair_text(repair, names, class_size=CLASS_SIZE[stage])
        if settings.zones.feeders and stage != stages_of(tables)[-1]:
            drawn = draw_zones(known, wishes, settings.zones, seed=settings.study.seed)
            tables = {**tables, **zone_tables(known, drawn, wishes, tables["neighbours"])}


@dataclass(frozen=True)
class Redrawn:
    """A stage's zones before and after a wish more. before, after: (units,) row of known.leads."""

    known: StageTown
    before: Ints
    after: Ints


def redraw(settings: Settings, tables: Tables, stage: Stage, more: Sequence[tuple[str, str]], language: str) -> Redrawn:
    """The zones of a run drawn again with units locked to schools, starting from the zones there are.

    tables: of a run; more: unit id and school code. Raises InputError for ids that are not there, Infeasible naming the
    wishes that clash if no zones keep the locks.
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
    try:
        drawn = draw_zones(known, [*wishes, *locks], settings.zones, seed=settings.study.seed, near=before)
    except Infeasible as error:
        clash = clash_of(known.town, [*(w for w in wishes if w.kind != "seats"), *locks], EFFORT)
        texts = wishes_texts(clash.wishes, names_of(known, tables, language)) if clash else ()
        raise Infeasible(
            problem("the locks clash with other wishes", "give up one of the wishes named", rows=texts)
        ) from error
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


@dataclass(frozen=True)
class RunZones:
    """A stage's zones of a run as the solver saw them: zone (rows,); group (units,) the row of each; price: (schools,) cost per child of a seat."""

    known: StageTown
    instance: Instance
    group: Ints
    zone: Ints
    price: Ints

    def unit_name(self, names: Names, row: int) -> str:
        return names.units(np.flatnonzero(self.group == row).tolist())


def run_zones(settings: Settings, tables: Tables, stage: Stage) -> RunZones:
    """The zones of a run with the town they were drawn from. tables: of a run."""
    known = town_of(tables, settings.zones, stage, year=settings.zone_year)
    drawn = instance_with(known.town, wishes_of(tables, settings.zones, known))
    rows, schools = (tables[name][tables[name]["stage"] == stage] for name in ("zones", "zone_schools"))
    zone = known.leads.get_indexer(rows.set_index("unit_id")["school_id"].reindex(known.units)).astype(np.int64)
    value = schools.set_index("school_id")["seat_value_m"].reindex(known.leads).to_numpy()
    first = np.unique(drawn.group, return_index=True)[1]
    return RunZones(known, drawn.instance, drawn.group, zone[first], np.round(value * EMPTY_UNITS).astype(np.int64))


def explain_zone(settings: Settings, tables: Tables, unit_id: str, language: str) -> Iterator[str]:
    """Why a unit is in its zones: the nearest schools with their seats, and who would move if it went to its nearest.

    tables: of a run. Raises InputError if there is no such unit.
    """
    if unit_id not in set(tables["units"]["unit_id"]):
        raise InputError(
            problem("there is no unit {unit}", "take an id from the layer `units` of study.gpkg", unit=unit_id)
        )
    for stage in stages_of(tables):
        drawing = run_zones(settings, tables, stage)
        row = int(drawing.group[drawing.known.units.get_loc(unit_id)])
        yield translate(stage, language)
        yield from _explained(drawing, row, names_of(drawing.known, tables, language))


def _explained(drawing: RunZones, row: int, names: Names) -> Iterator[str]:
    found = explain_unit(drawing.instance, drawing.zone, row, price=drawing.price)
    # Costs are of EMPTY_UNITS parts of a child.
    for choice in found.nearest:
        yield names.translate(
            "  {school}: {metres:,} m, and {value:,} m for its seat; {children} children, {seats} seats",
            school=names.school(choice.school), metres=choice.each // EMPTY_UNITS, value=choice.price // EMPTY_UNITS,
            children=choice.children, seats=choice.seats,
        )  # fmt: skip
    yield names.translate(WHY[found.why], school=names.school(found.school))
    if found.chain is not None:
        for unit, old, new in found.chain.moves:
            yield names.translate(
                "    {unit}: {old} → {new}",
                unit=drawing.unit_name(names, unit),
                old=names.school(old),
                new=names.school(new),
            )
        more = found.chain.more // EMPTY_UNITS
        yield names.translate("    all ways {metres:+,} m, and no school more over its seats than now", metres=more)
    elif found.why in {FULL, PIECES, PLAN}:
        yield names.translate("    no short chain of moves makes room at its nearest school")


WHY = {
    NEAREST: "  Zone: {school}, the nearest.",
    LOCKED: "  Zone: {school}; it may go to no other.",
    FORBIDDEN: "  Zone: {school}; its nearest is not allowed.",
    FULL: "  Zone: {school}; its nearest has no room for the unit. What would make room:",
    PIECES: "  Zone: {school}; at its nearest a zone would fall apart. What would change that:",
    PLAN: "  Zone: {school}; its nearest has room, and the plan as a whole comes to less. To have it there all the same:",
}


def border_of(settings: Settings, tables: Tables, stage: Stage, within_m: int, language: str) -> Iterator[str]:
    """Units at a border that could change zones at less than `within_m` a child more, with what it does to both schools."""
    drawing = run_zones(settings, tables, stage)
    names = names_of(drawing.known, tables, language)
    seats = drawing.instance.seats[:, 0]
    for move in borderline(drawing.instance, drawing.zone, price=drawing.price, within=within_m * EMPTY_UNITS):
        if move.children:
            yield names.translate(
                "{unit} ({children} children): {old} → {new}, {metres:+,} m each; then {left}/{old_seats} and {taken}/{new_seats} children/seats",
                unit=drawing.unit_name(names, move.unit), children=move.children, old=names.school(move.leaves), new=names.school(move.joins),
                metres=move.more // EMPTY_UNITS, left=move.left, old_seats=seats[move.leaves], taken=move.taken, new_seats=seats[move.joins],
            )  # fmt: skip


def other_plans(settings: Settings, tables: Tables, stage: Stage) -> gpd.GeoDataFrame:
    """A handful of plans, none worse than another in what is made least, longest way and moved children at once.

    Columns: plan, school_id, children, objective_m, over_seats, all_ways_m, longest_m, moved_children (against present zones, else against the run), and the
    zone's polygon.
    """
    drawing = run_zones(settings, tables, stage)
    known, instance = drawing.known, drawing.instance
    if int(tables["zone_totals"].set_index("stage")["over_seats"][stage]):
        instance = replace(instance, over=settings.zones.over_seats_m * EMPTY_UNITS)
    first = np.unique(drawing.group, return_index=True)[1]
    told = (known.present != NONE).all()
    plans = alternatives(
        instance, drawing.zone, distance_m=known.town.distance_m[first], present=known.present[first] if told else None,
        seed=settings.study.seed, work=WORK["quick"],
    )  # fmt: skip
    rows = [_plan_rows(known, tables, plan, drawing.group).assign(plan=n) for n, plan in enumerate(plans, 1)]
    return gpd.GeoDataFrame(pd.concat(rows, ignore_index=True))


def _plan_rows(known: StageTown, tables: Tables, plan: Alternative, group: Ints) -> gpd.GeoDataFrame:
    zone, town = plan.zone[group], known.town
    metres = town.distance_m[np.arange(len(zone)), zone]
    load = np.bincount(zone, weights=town.children, minlength=len(known.leads)).astype(int)
    drawn = np.unique(zone)
    return gpd.GeoDataFrame(
        {
            "school_id": known.leads[drawn], "children": load[drawn], "objective_m": plan.cost // EMPTY_UNITS,
            "over_seats": int(np.maximum(load - town.seats, 0).sum()), "all_ways_m": int((town.children * metres).sum()),
            "longest_m": plan.worst_m, "moved_children": plan.moved,
        },
        geometry=union_by(tables["units"].geometry.to_numpy(), zone, len(known.leads))[drawn], crs=tables["units"].crs,
    )  # fmt: skip


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
