"""From tables to what a stage's zones are drawn from (docs/method/zoning.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.costs import matrix, of_stage
from catchment.errors import InputError, Problems, SettingsError, problem
from catchment.settings.zones import Stage, ZoneSettings
from catchment.tables import GRADES
from catchment.zoning.model import NONE, Flags, Ints
from catchment.zoning.wishes import Town

EMPTY_UNITS = 100
"""An empty unit counts as one child in so many: it too is given to a school near it. Costs are metres of so many parts."""

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class StageTown:
    """A stage's town with the names of its rows and what its figures are told from.

    leads: the zones' schools, of joint zones the lowest code; reached: (units, leads); burden_m: (units, leads) metres with what crossings count for;
    each_m: all that counts for a child, with what is out of reach; present: (units,) lead of the present zone, −1 if not told;
    others: (m, 2) units of further schools of joint zones, and their zone; more: (units, m) children of further years and of
    the entry grade, more_seats: (leads, m).
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
    more: Ints
    more_seats: Ints


def stages_of(tables: Tables) -> list[Stage]:
    """The stages that schools have, the lower first."""
    there = set(tables["schools"]["stage"])
    return [stage for stage in get_args(Stage) if stage in there]


def town_of(
    tables: Tables, settings: ZoneSettings, stage: Stage, *, year: int, before: pd.Series | None = None
) -> StageTown:
    """What the zones of a stage are drawn from.

    year: the zone year; before: school by unit id, taken for the present zones instead of those told. Raises SettingsError
    for years without a forecast.
    """
    units = pd.Index(tables["units"]["unit_id"])
    schools = tables["schools"][tables["schools"]["stage"] == stage].sort_values("school_id")
    lead = lead_of(schools["school_id"], settings.joint)
    leads = pd.Index(sorted(lead.unique()))
    counts = _counts(tables["demand"], settings, stage, year, units)
    counted = counts[:, 0]
    seats = schools.groupby(schools["school_id"].map(lead))["seats"].sum().reindex(leads).to_numpy(dtype=np.int64)
    burden, distance, reached = _ways(tables, stage, units, lead, leads)
    each = _each(tables["units"], schools, settings, burden, reached, lead, leads)
    present = _present(tables, stage, lead, leads)
    if before is not None:
        present = leads.get_indexer(before.reindex(units)).astype(np.int64)
    pairs = np.column_stack([units.get_indexer(tables["neighbours"][c]) for c in ("unit_id", "other_id")])
    stands = _units_at(tables["units"], schools)
    own = stands[schools["school_id"].isin(leads).to_numpy()]
    home = np.where(pd.Series(own).duplicated(), NONE, own)
    others = np.column_stack([stands, leads.get_indexer(lead)])[~schools["school_id"].isin(leads).to_numpy()]
    # Ground that reaches no school belongs to a zone all the same: every pair may be, at its cost and farther than any way.
    far = np.where(reached, distance, each)
    town = Town(counted, seats, _cost(settings, counted, each, present), far, np.ones_like(reached), pairs, home)
    places = np.repeat(seats[:, None], counts.shape[1], axis=1)
    if settings.entry_grade:
        places[:, -1] //= len(GRADES[stage])
    return StageTown(stage, units, leads, town, reached, burden, each, present, others, counts[:, 1:], places[:, 1:])


def _cost(settings: ZoneSettings, counted: Ints, each_m: Ints, present: Ints) -> Ints:
    """(units, leads) what a whole unit costs there, in EMPTY_UNITS parts of a child's metre; ground that leaves its zone counts as one child more."""
    cost = (EMPTY_UNITS * counted + 1)[:, None] * each_m
    leaves = (present != NONE)[:, None] & (np.arange(each_m.shape[1]) != present[:, None])
    return cost + np.where(leaves, settings.moved_m * EMPTY_UNITS * (counted + 1)[:, None], 0)


def _counts(demand: pd.DataFrame, settings: ZoneSettings, stage: Stage, year: int, units: pd.Index) -> Ints:
    """(units, counts) children of the zone year, of further years, and of the entry grade if it is asked for.

    Raises SettingsError for years without a forecast.
    """
    rows = demand[demand["stage"] == stage]
    lost = sorted({year, *settings.years} - set(rows["year"]))
    if lost:
        what, remedy = (
            "zones are asked for years without a forecast",
            "correct zones.year and zones.years, or raise study.horizon_years",
        )
        raise SettingsError(problem(what, remedy, where="study.toml", rows=lost))
    parts = [rows[rows["year"] == autumn] for autumn in (year, *settings.years)]
    if settings.entry_grade:
        parts.append(parts[0][parts[0]["grade"] == GRADES[stage][0]])
    sums = [part.groupby("unit_id")["children"].sum().reindex(units, fill_value=0) for part in parts]
    return np.column_stack([column.to_numpy(dtype=np.int64) for column in sums])


def lead_of(schools: pd.Series, joint: tuple[tuple[str, ...], ...]) -> pd.Series:
    """The school whose code each school's zone has: its own, or the lowest of its joint zone. Index: school_id."""
    own = pd.Series(schools.to_numpy(), index=schools.to_numpy())
    for zone in joint:
        there = [code for code in zone if code in own.index]
        if there:
            own[there] = min(there)
    return own


def check_zoned(tables: Tables, settings: ZoneSettings) -> None:
    """Raises SettingsError for schools of joint zones that are not there or are in two of them, InputError for present zones of schools
    that are not there.
    """
    schools, problems = tables["schools"], Problems()
    named = pd.Series([code for zone in settings.joint for code in zone], dtype=str)
    remedy = "correct zones.joint"
    if lost := sorted(set(named) - set(schools["school_id"])):
        problems.add("a joint zone names schools that are not in the list", remedy, where="study.toml", rows=lost)
    if twice := sorted(named[named.duplicated()]):
        problems.add("a school is in two joint zones", remedy, where="study.toml", rows=twice)
    problems.raise_any(SettingsError)
    there = set(zip(schools["school_id"], schools["stage"], strict=True))
    now = tables["present_zones"]
    if gone := sorted(set(zip(now["school_id"], now["stage"], strict=True)) - there):
        what, remedy = (
            "present zones of schools that are not in the list",
            "correct the code or stage, or take the zone out",
        )
        raise InputError(problem(what, remedy, where="present_zones", rows=[" ".join(each) for each in gone]))


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
    """What a child counts for in metres; out of reach, the straight line beyond the dearest way and a child over the seats."""
    straight = np.full(burden_m.shape, np.inf)
    for school, zone in zip(schools.itertuples(), leads.get_indexer(lead).tolist(), strict=True):
        line = np.hypot(units["x_m"].to_numpy() - school.x_m, units["y_m"].to_numpy() - school.y_m)
        straight[:, zone] = np.minimum(straight[:, zone], line)
    near = burden_m + np.round(settings.compact_m * (straight / 1000) ** 2).astype(np.int64)
    beyond = near[reached].max(initial=0) + settings.over_seats_m + np.round(straight).astype(np.int64)
    return np.where(reached, near, beyond)


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
