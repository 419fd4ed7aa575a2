"""Attendance zones of a stage: from tables to the town that the solver draws, and back to tables (docs/method/zones.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.assign import assign_children
from catchment.costs import matrix, of_stage
from catchment.errors import InputError, Problems, SettingsError, problem
from catchment.settings.zones import Stage, ZoneSettings
from catchment.units import union_by
from catchment.zoning import Answer, solve
from catchment.zoning.model import NONE, Flags, Ints
from catchment.zoning.solve import Work
from catchment.zoning.wishes import Town, Wish, homes_kept, instance_with, seats_kept, within

EMPTY_UNITS = 100
"""An empty unit counts as one child in so many: it too is given to a school near it. Costs are metres of so many parts."""

WORK = {
    "quick": Work(seconds=None, starts=2, steps=1_000_000, cycles=1, rounds=40, whole_nodes=1),
    "usual": Work(seconds=None, starts=2, steps=4_000_000, cycles=1, rounds=200, whole_nodes=1),
    "thorough": Work(seconds=None),
}
"""How much is searched, by zones.work."""

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class StageTown:
    """A stage's town with the names of its rows and what its figures are told from.

    leads: the zones' schools, of joint zones the first; reached: (units, leads); burden_m: (units, leads) metres with what crossings count for;
    each_m: all that counts for a child, with what is out of reach; present: (units,) lead of the present zone, −1 if not told;
    others: (m, 2) units of further schools of joint zones, and their zone.
    """

    stage: Stage
    units: pd.Index
    leads: pd.Index
    town: Town
    reached: Flags
    burden_m: Ints
    each_m: Ints
    present: Ints
    others: Ints


def town_of(tables: Tables, settings: ZoneSettings, stage: Stage, children: pd.DataFrame) -> StageTown:
    """What the zones of a stage are drawn from.

    children: unit_id, stage, children of the zone year. Raises SettingsError if a joint zone names schools that are not there.
    """
    units = pd.Index(tables["units"]["unit_id"])
    schools = tables["schools"][tables["schools"]["stage"] == stage].sort_values("school_id")
    lead = lead_of(schools["school_id"], settings.joint)
    leads = pd.Index(sorted(lead.unique()))
    living = children[children["stage"] == stage].set_index("unit_id")["children"]
    counted = living.reindex(units, fill_value=0).to_numpy(dtype=np.int64)
    seats = schools.groupby(schools["school_id"].map(lead))["seats"].sum().reindex(leads).to_numpy(dtype=np.int64)
    burden, distance, reached = _ways(tables, stage, units, lead, leads)
    each = _each(tables["units"], schools, settings, burden, reached, lead, leads)
    present = _present(tables, stage, lead, leads)
    weight = EMPTY_UNITS * counted + 1
    cost = weight[:, None] * each
    told = present != NONE
    stays = np.arange(len(leads)) == present[:, None]
    cost += np.where(told[:, None] & ~stays, settings.moved_m * EMPTY_UNITS * counted[:, None], 0)
    pairs = np.column_stack([units.get_indexer(tables["neighbours"][c]) for c in ("unit_id", "other_id")])
    stands = _units_at(tables["units"], schools)
    own = stands[schools["school_id"].isin(leads).to_numpy()]
    home = np.where(pd.Series(own).duplicated(), NONE, own)
    others = np.column_stack([stands, leads.get_indexer(lead)])[~schools["school_id"].isin(leads).to_numpy()]
    # Ground that reaches no school belongs to a zone all the same: every pair may be, at its cost.
    town = Town(counted, seats, cost, distance, np.ones_like(reached), pairs, home)
    return StageTown(stage, units, leads, town, reached, burden, each, present, others)


def lead_of(schools: pd.Series, joint: tuple[tuple[str, ...], ...]) -> pd.Series:
    """The school whose code each school's zone has: its own, or the first of its joint zone. Index: school_id."""
    own = pd.Series(schools.to_numpy(), index=schools.to_numpy())
    for zone in joint:
        there = [code for code in zone if code in own.index]
        own[there] = min(there, default="")
    return own


def check_joint(schools: pd.DataFrame, settings: ZoneSettings) -> None:
    """Raises SettingsError for schools of joint zones that are not there or are in two of them."""
    named = pd.Series([code for zone in settings.joint for code in zone], dtype=str)
    lost, twice = sorted(set(named) - set(schools["school_id"])), sorted(named[named.duplicated()])
    for rows, what in (
        (lost, "a joint zone names schools that are not in the list"),
        (twice, "a school is in two joint zones"),
    ):
        if rows:
            raise SettingsError(problem(what, "correct zones.joint", where="study.toml", rows=rows))


def _ways(tables: Tables, stage: str, units: pd.Index, lead: pd.Series, leads: pd.Index) -> tuple[Ints, Ints, Flags]:
    """Burden and distance in whole metres, and reached or not, to the nearest school of each zone."""
    costs = of_stage(tables["unit_costs"], stage)
    ids = pd.Index(lead.index)
    burden, reached = matrix(costs, units, ids)
    distance, _ = matrix(costs, units, ids, "distance_mm")
    column = leads.get_indexer(lead)
    far = np.int64(2) ** 40
    shape = (len(units), len(leads))
    least, its, there = np.full(shape, far), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    for school, zone in enumerate(column.tolist()):
        nearer = reached[:, school] & (burden[:, school] < least[:, zone])
        least[nearer, zone], its[nearer, zone] = burden[nearer, school], distance[nearer, school]
        there[nearer, zone] = True
    least[~there] = 0
    return np.round(least / 1000).astype(np.int64), np.round(its / 1000).astype(np.int64), there


def _each(
    units: pd.DataFrame, schools: pd.DataFrame, settings: ZoneSettings, burden_m: Ints, reached: Flags, lead: pd.Series, leads: pd.Index
) -> Ints:  # fmt: skip
    """What a child counts for in metres; out of reach, the straight line beyond the longest way that is reached."""
    straight = np.full(burden_m.shape, np.inf)
    for school, zone in zip(schools.itertuples(), leads.get_indexer(lead).tolist(), strict=True):
        line = np.hypot(units["x_m"].to_numpy() - school.x_m, units["y_m"].to_numpy() - school.y_m)
        straight[:, zone] = np.minimum(straight[:, zone], line)
    beyond = burden_m.max(initial=0) + np.round(straight).astype(np.int64)
    return np.where(reached, burden_m, beyond) + np.round(settings.compact_m * (straight / 1000) ** 2).astype(np.int64)


def _present(tables: Tables, stage: str, lead: pd.Series, leads: pd.Index) -> Ints:
    """The present zone of each unit: the one that a point inside the unit lies in, −1 where none is told."""
    now = tables["present_zones"]
    rows = now[now["stage"] == stage] if len(now) else now
    present = np.full(len(tables["units"]), NONE, dtype=np.int64)
    if len(rows):
        spot, zone = shapely.STRtree(rows.geometry.values).query(
            shapely.point_on_surface(tables["units"].geometry.values), predicate="within"
        )
        present[spot] = leads.get_indexer(rows["school_id"].map(lead).iloc[zone])
    return present


def _units_at(units: gpd.GeoDataFrame, schools: pd.DataFrame) -> Ints:
    """The unit that each school stands in, or is nearest to."""
    points = shapely.points(schools["x_m"].to_numpy(), schools["y_m"].to_numpy())
    found: Ints = shapely.STRtree(units.geometry.values).query_nearest(points, all_matches=False)[1]
    return found


def wishes_of(tables: Tables, settings: ZoneSettings, known: StageTown, *, unions: Ints | None = None) -> list[Wish]:
    """Everything that is asked of a stage's zones and could be given up.

    unions: (units,) the zones of a lower stage that are to be kept whole. Raises InputError for wishes about units, areas or
    schools that are not there.
    """
    town = known.town
    wishes = [*homes_kept(town), *seats_kept(town)]
    wishes += [Wish("lock", (int(unit),), int(zone), None) for unit, zone in known.others]
    if (limit := settings.limit_m.get(known.stage)) is not None:
        wishes += within(range(town.units), limit)
    if (least := settings.least_children.get(known.stage)) is not None:
        wishes += [Wish("least", (), school, least) for school in range(len(known.leads))]
    areas = pd.factorize(tables["units"]["area_id"], sort=True)[0]
    if known.stage in settings.areas_whole:
        wishes += _whole(areas, town.home)
    if unions is not None:
        wishes += _whole(unions, town.home)
    return wishes + list(_written(tables, known))


def _whole(group: Ints, home: Ints) -> Iterator[Wish]:
    """Groups of units kept together, but for those in which several schools stand: they must be cut."""
    homes = np.bincount(group[home[home != NONE]], minlength=group.max(initial=0) + 1)
    for number in np.flatnonzero(np.bincount(group[group != NONE], minlength=len(homes)) > 1).tolist():
        if homes[number] <= 1:
            yield Wish("together", tuple(np.flatnonzero(group == number).tolist()), None, None)


def _written(tables: Tables, known: StageTown) -> Iterator[Wish]:
    """The wishes of sources.zone_wishes for the stage."""
    problems, rows = Problems(), tables["zone_wishes"]
    area = tables["units"]["area_id"].to_numpy()
    for row in rows[rows["stage"] == known.stage].itertuples():
        place = known.units.get_indexer([row.unit_id]) if pd.notna(row.unit_id) else np.flatnonzero(area == row.area_id)
        school = int(known.leads.get_indexer([row.school_id])[0]) if pd.notna(row.school_id) else None
        if not len(place) or place[0] == NONE:
            what, remedy = (
                "wish {number} is about a unit or area that is not there",
                "take ids from study.gpkg; units change with units.side_m",
            )
            problems.add(what, remedy, where="zone_wishes", number=row.wish_no)
        elif school == NONE:
            what, remedy = (
                "wish {number} names a school without a zone at this stage",
                "correct the code, or name the first school of its joint zone",
            )
            problems.add(what, remedy, where="zone_wishes", number=row.wish_no)
        elif row.wish == "together":
            yield Wish("together", tuple(place.tolist()), None, None)
        else:
            yield from (Wish(row.wish, (unit,), school, None) for unit in place.tolist())
    problems.raise_any(InputError)


@dataclass(frozen=True)
class Drawn:
    """zone: (units,) row of leads; without_seat: children who have none however zones are drawn; apart: groups that are kept
    together piece by piece, as they are not one piece on the ground.
    """

    zone: Ints
    answer: Answer
    without_seat: int
    apart: tuple[Wish, ...]


def draw_zones(known: StageTown, wishes: list[Wish], settings: ZoneSettings, *, seed: int) -> Drawn:
    """Zones that keep the wishes, at least cost; where there are fewer seats than children, over the seats at a price.

    Raises InputError if wishes contradict each other in one unit, or cut units off from every school.
    """
    drawing = instance_with(known.town, wishes)
    hard = drawing.instance
    without = int(assign_children(known.town.children, known.town.seats, hard.cost * 0, hard.allowed).unplaced.sum())
    over = settings.over_seats_m * EMPTY_UNITS if without else None
    now = known.present if (known.present != NONE).all() and len(known.present) == hard.units else None
    answer = solve(replace(hard), seed=seed, work=WORK[settings.work], present=now)
    return Drawn(answer.zone[drawing.group], answer, without, drawing.apart)


def zone_tables(known: StageTown, drawn: Drawn, wishes: list[Wish], units: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    """Tables `zones`, `zone_schools` and `zone_totals` of a stage."""
    town, zone, answer = known.town, drawn.zone, drawn.answer
    price = answer.price.reshape(len(known.leads), -1)[:, 0]
    row = np.arange(len(zone))
    reached = known.reached[row, zone]
    distance = pd.array(town.distance_m[row, zone] * 1000, dtype="Int64")
    distance[~reached] = pd.NA
    present = pd.Series(known.leads.to_numpy()[known.present]).where(known.present != NONE)
    zones = pd.DataFrame(
        {
            "unit_id": known.units, "stage": known.stage, "school_id": known.leads[zone], "children": town.children,
            "distance_mm": distance, "reason": _reasons(known, zone, price, wishes), "present_id": present.to_numpy(),
        }
    )  # fmt: skip
    load = np.bincount(zone, weights=town.children, minlength=len(known.leads)).astype(np.int64)
    schools = pd.DataFrame(
        {
            "school_id": known.leads, "stage": known.stage, "units": np.bincount(zone, minlength=len(known.leads)),
            "children": load, "seats": town.seats, "over_seats": np.maximum(load - town.seats, 0),
            "seat_value_m": price / EMPTY_UNITS, "own_unit": town.home != NONE,
        }
    )  # fmt: skip
    return {"zones": zones, "zone_schools": schools, "zone_totals": _totals(known, drawn, load, units)}


def _reasons(known: StageTown, zone: Ints, price: Ints, wishes: list[Wish]) -> Ints:
    """The first of REASONS_OF_UNITS that is true of each unit."""
    town, row = known.town, np.arange(len(zone))
    locked = np.zeros(len(zone), dtype=bool)
    locked[[unit for wish in wishes if wish.kind == "lock" for unit in wish.units]] = True
    own = np.zeros(len(zone), dtype=bool)
    own[town.home[town.home != NONE]] = True
    full = town.cost + town.children[:, None] * price
    nearest = known.each_m[row, zone] == known.each_m.min(axis=1)
    seats = full[row, zone] == full.min(axis=1)
    return np.select([own, locked, nearest, seats], ["own", "locked", "nearest", "seats"], "piece")


def _totals(known: StageTown, drawn: Drawn, load: Ints, units: gpd.GeoDataFrame) -> pd.DataFrame:
    town, zone, answer = known.town, drawn.zone, drawn.answer
    row = np.arange(len(zone))
    there, lived = known.reached[row, zone], town.children > 0
    metres, burden = town.distance_m[row, zone], known.burden_m[row, zone]
    told = known.present != NONE
    ground = shapely.length(union_by(units.geometry.values, np.zeros(len(zone), dtype=np.int64), 1))[0]
    around = shapely.length(union_by(units.geometry.values, zone, len(known.leads))).sum()
    over = int(np.maximum(load - town.seats, 0).sum())
    return pd.DataFrame(
        {
            "stage": [known.stage], "status": "over_seats" if over else answer.status, "zones": len(np.unique(zone)),
            "units": len(zone), "children": town.children.sum(), "out_of_reach": town.children[~there].sum(),
            "over_seats": over, "over_seats_least": drawn.without_seat,
            "children_m": (town.children * metres)[there].sum(), "longest_m": metres[there & lived].max(initial=0),
            "crossing_m": (town.children * (burden - metres))[there].sum(),
            "moved_children": pd.array([town.children[told & (zone != known.present)].sum() if told.any() else None], dtype="Int64"),
            "border_m": round((around - ground) / 2), "objective_m": answer.objective // EMPTY_UNITS,
            "bound_m": answer.bound // EMPTY_UNITS, "gap_share": answer.gap,
        }
    )  # fmt: skip
