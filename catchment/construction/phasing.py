"""Zones of every plan year, phased in: who enters school follows the new zones, who is enrolled stays (docs/method/phasing.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from catchment.apportion import round_within
from catchment.construction.plan import Construction
from catchment.construction.points import Flags, Ints
from catchment.construction.projects import facility_of
from catchment.forecast.build import all_enrolment
from catchment.settings.zones import Stage
from catchment.tables import GRADES, PHASE_IN, PHASE_IN_TOTALS, PLAN_ZONES
from catchment.zoning.asked import wishes_of
from catchment.zoning.drawing import draw_zones
from catchment.zoning.model import NONE
from catchment.zoning.results import zone_tables
from catchment.zoning.solve import Work
from catchment.zoning.town import StageTown, lead_of, stages_of, town_of

Tables = Mapping[str, pd.DataFrame]
NEARBY = Work(seconds=None, starts=0, steps=1_000_000, cycles=1, rounds=60, nodes=50, whole_nodes=1)
"""How much is searched round the schools whose seats change."""
Progress = Callable[[int, int], None]


def phase_in(chosen: Construction, progress: Progress) -> dict[str, pd.DataFrame]:
    """Tables plan_zones, phase_in and phase_in_totals: each autumn from the zone year to the plan's last.

    Zones are drawn anew in autumns in which seats change, near those before; otherwise they stay. Raises Infeasible if
    wishes cannot hold with the schools of a year.
    """
    years = range(chosen.county.settings.zone_year, chosen.plan_years[-1] + 1)
    stages = stages_of(chosen.county.tables)
    parts: list[dict[str, pd.DataFrame]] = []
    zones: dict[int, pd.Series] = {}
    for number, stage in enumerate(stages):
        line = _Line(chosen, stage, years, zones)
        for year in years:
            progress(number * len(years) + year - years[0], len(stages) * len(years))
            line.go_on(year)
        parts += line.parts
        zones = line.zones
    described = {"plan_zones": PLAN_ZONES, "phase_in": PHASE_IN, "phase_in_totals": PHASE_IN_TOTALS}
    return {
        name: pd.concat([part[name] for part in parts], ignore_index=True)[table.names] if parts else table.empty()
        for name, table in described.items()
    }


@dataclass(frozen=True)
class Autumn:
    """Zones of an autumn. zone: school by unit id; totals: the row of table zone_totals where they were drawn anew, else none."""

    zone: pd.Series
    totals: pd.DataFrame | None


class _Line:
    """A stage from autumn to autumn: its schools, zones by year, pupils by school and grade."""

    def __init__(self, chosen: Construction, stage: Stage, years: range, primary: Mapping[int, pd.Series]) -> None:
        """primary: zones by year of the stage below, which feeders go by."""
        self.chosen, self.county, self.stage, self.primary = chosen, chosen.county, stage, primary
        tables, units = self.county.tables, self.county.points.units
        drawn = tables["zones"][tables["zones"]["stage"] == stage].set_index("unit_id")
        self.last = drawn["school_id"].reindex(units)
        self.before = {years[0] - 1: drawn["present_id"].reindex(units).fillna(self.last)}
        self.grades = GRADES[stage]
        self.lead = lead_of(self.schools(None)["school_id"], self.county.settings.zones.joint)
        self.pupils = self._pupils(years[0] - 1)
        self.seats = self._seats(self.schools(None))
        self.parts: list[dict[str, pd.DataFrame]] = []
        self.zones: dict[int, pd.Series] = {}

    def schools(self, year: int | None) -> pd.DataFrame:
        """Schools of the stage as they stand in a year, projects among them; None: today."""
        county, tables = self.county, self.county.tables
        today = tables["schools"][tables["schools"]["stage"] == self.stage]
        if year is None:
            return today.sort_values("school_id")
        columns = county.by_stage[self.stage].columns
        ids = county.points.facilities[columns].get_level_values(1)
        seats = pd.Series(county.seats(self.chosen.built, year)[columns], index=ids)
        before = pd.Series(county.today[columns], index=ids)
        stands = (seats > 0) | (before.eq(0) & pd.Series(ids.isin(today["school_id"]), index=ids))
        projects = tables["candidates"].drop(columns="school_id").rename(columns={"candidate_id": "school_id"})
        all_of = pd.concat([today, projects[projects["stage"] == self.stage]]).drop_duplicates("school_id")
        there = all_of[all_of["school_id"].map(stands).fillna(value=False).astype(bool)]
        return there.assign(seats=there["school_id"].map(seats).astype("int64")).sort_values("school_id")

    def _pupils(self, year: int) -> pd.DataFrame:
        """(zones' schools, grades) pupils of an autumn; without returns, the children of each zone."""
        rows = all_enrolment(self.county.tables, year)
        rows = rows[(rows["stage"] == self.stage) & (rows["year"] == year)]
        if len(rows):
            rows = rows.assign(school_id=rows["school_id"].map(self.lead)).dropna(subset="school_id")
            found = rows.pivot_table(index="school_id", columns="grade", values="pupils", aggfunc="sum")
        else:
            zone, living = self.before[year], [self.living(year, grade) for grade in self.grades]
            found = pd.DataFrame({g: n.groupby(zone).sum() for g, n in zip(self.grades, living, strict=True)})
        wanted = pd.Index(sorted(set(self.lead)))
        return found.reindex(index=wanted, columns=list(self.grades)).fillna(0).astype("int64")

    def living(self, year: int, grade: int | None = None) -> pd.Series:
        """Children by unit id, of a grade or of all."""
        rows = self.county.tables["demand"]
        rows = rows[(rows["stage"] == self.stage) & (rows["year"] == year)]
        rows = rows if grade is None else rows[rows["grade"] == grade]
        return rows.groupby("unit_id")["children"].sum().reindex(self.county.points.units, fill_value=0)

    def go_on(self, year: int) -> None:
        """The next autumn: zones, who enters where, who stays."""
        schools = self.schools(year)
        self._moved_houses(year)
        seats = self._seats(schools)
        stay = self.pupils.iloc[:, :-1].set_axis(list(self.grades)[1:], axis=1)
        previous = self.before[year - 1]
        autumn = self._autumn(year, schools, seats, stay)
        stay, sent = _sent_on(stay, self.living(year), previous, autumn.zone)
        entrants, siblings = self._entrants(year, autumn.zone, seats.index)
        wanted = seats.index
        enters = (
            entrants.groupby(autumn.zone).sum().reindex(wanted, fill_value=0)
            + siblings.sum(axis=0)
            - siblings.sum(axis=1)
        )
        self.pupils = stay.reindex(wanted, fill_value=0)
        self.pupils.insert(0, self.grades[0], enters.astype("int64"))
        self.seats = seats
        self.before[year] = self.zones[year] = self.last = autumn.zone
        counted = _Counted(year, self.stage, seats, self.living(year), entrants, siblings, sent, self.pupils, previous)
        self.parts.append(counted.tables(autumn))

    def _moved_houses(self, year: int) -> None:
        """A school that moves takes its pupils and its zone along."""
        for row, opens in self.chosen.built.items():
            one = self.county.candidates.loc[row]
            if opens == year and one["kind"] == "relocated" and one["stage"] == self.stage:
                new = {one["school_id"]: facility_of(one)}
                self.pupils = self.pupils.rename(index=new).groupby(level=0).sum()
                self.before = {autumn: zone.replace(new) for autumn, zone in self.before.items()}
                self.last = self.last.replace(new)

    def _autumn(self, year: int, schools: pd.DataFrame, seats: pd.Series, stay: pd.DataFrame) -> Autumn:
        county, settings = self.county, self.county.settings
        if seats.equals(self.seats):
            return Autumn(self.last, None)
        how = settings.zones.model_copy(update={"entry_grade": True, "years": ()})
        tables = {**county.tables, "schools": self._with_others(schools), "zone_wishes": self._wishes(schools)}
        if self.stage == "junior" and settings.zones.feeders:
            fed = self.primary[year].rename("school_id").rename_axis("unit_id").reset_index()
            tables["zones"] = fed.assign(stage="primary")
        known = town_of(tables, how, self.stage, year=year, before=self.last)
        room = np.maximum(seats - stay.sum(axis=1).reindex(seats.index, fill_value=0), 0)
        more = known.more_seats.copy()
        more[:, -1] = room.reindex(known.leads).to_numpy()
        known, changed = replace(known, more_seats=more), seats.ne(self.seats.reindex(seats.index))
        wishes = wishes_of(tables, how, known)
        focus = _to_look_at(known, changed.reindex(known.leads).to_numpy())
        drawn = draw_zones(known, wishes, how, seed=settings.study.seed, near=known.present, work=NEARBY, focus=focus)
        found = zone_tables(known, drawn, wishes, county.tables["neighbours"])
        return Autumn(pd.Series(known.leads[drawn.zone], index=known.units), found["zone_totals"])

    def _seats(self, schools: pd.DataFrame) -> pd.Series:
        """Seats of each zone's schools together."""
        lead = lead_of(schools["school_id"], self.county.settings.zones.joint)
        return schools.groupby(schools["school_id"].map(lead))["seats"].sum()

    def _with_others(self, schools: pd.DataFrame) -> pd.DataFrame:
        """The stage's schools of a year beside today's of other stages."""
        everyone = self.county.tables["schools"]
        return pd.concat([everyone[everyone["stage"] != self.stage], schools], ignore_index=True)

    def _wishes(self, schools: pd.DataFrame) -> pd.DataFrame:
        """Written wishes, but for those about schools that are no more."""
        wishes = self.county.tables["zone_wishes"]
        return wishes[
            (wishes["stage"] != self.stage)
            | wishes["school_id"].isna()
            | wishes["school_id"].isin(schools["school_id"])
        ]

    def _entrants(self, year: int, zone: pd.Series, there: pd.Index) -> tuple[pd.Series, pd.DataFrame]:
        """Children by unit who enter, and (zone's school, school that they go to) of them who go where an older sibling is.

        A share plan.siblings_share of all who enter have one in the grades above, as often in each; one whose school is
        no more counts as none.
        """
        entrants = self.living(year, self.grades[0])
        share = self.county.settings.plan.siblings_share / (len(self.grades) - 1)
        pairs: dict[tuple[str, str], float] = {}
        for older in range(1, len(self.grades)):
            place = self.before.get(year - older, self.before[min(self.before)])
            went = (place != zone) & place.isin(there)
            for key, children in (entrants[went] * share).groupby([zone[went], place[went]]).sum().items():
                pairs[key] = pairs.get(key, 0.0) + children
        found = pd.DataFrame(0, index=there, columns=there, dtype="int64")
        for (own, other), children in pairs.items():
            found.loc[own, other] = round(children)
        return entrants, found


def _to_look_at(known: StageTown, other_seats: Flags) -> list[int]:
    """Rows of schools whose seats change, and of those whose zone has more children than seats, by any count."""
    counts = np.column_stack([known.town.children, known.more])
    load = np.zeros((len(known.leads), counts.shape[1]), dtype=np.int64)
    told = known.present != NONE
    np.add.at(load, known.present[told], counts[told])
    over = (load > np.column_stack([known.town.seats, known.more_seats])).any(axis=1)
    return np.flatnonzero(other_seats | over).tolist()


def _sent_on(
    stay: pd.DataFrame, living: pd.Series, previous: pd.Series, zone: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    """Pupils of schools that are no more go to the schools to which their zone's ground went, by its children.

    Returns those who stay and those who came together, and how many came, by school.
    """
    there = pd.Index(sorted(set(zone)))
    came = pd.Series(0, index=there)
    closed = stay.index.difference(there)
    kept = stay.reindex(stay.index.union(there), fill_value=0)
    for school in closed[stay.loc[closed].sum(axis=1) > 0]:
        ground = living[previous == school].groupby(zone[previous == school]).sum()
        if ground.empty:
            continue
        for grade, pupils in stay.loc[school].items():
            group = np.zeros(len(ground), dtype=np.int64)
            parts = round_within(ground.to_numpy(dtype=float), group, np.array([pupils], dtype=np.int64))
            kept.loc[ground.index, grade] += parts
            came[ground.index] += parts
    return kept.drop(index=closed), came


@dataclass(frozen=True)
class _Counted:
    """One autumn's figures of a stage."""

    year: int
    stage: Stage
    seats: pd.Series
    living: pd.Series
    entrants: pd.Series
    siblings: pd.DataFrame
    sent: pd.Series
    pupils: pd.DataFrame
    previous: pd.Series

    def tables(self, autumn: Autumn) -> dict[str, pd.DataFrame]:
        zone = autumn.zone
        changed = zone != self.previous
        schools = self._schools(zone, changed)
        units = pd.DataFrame(
            {
                "year": self.year, "stage": self.stage, "unit_id": zone.index, "school_id": zone.to_numpy(),
                "before_id": self.previous.to_numpy(), "children": self.living.to_numpy(), "entrants": self.entrants.to_numpy(),
            }
        )  # fmt: skip
        return {"plan_zones": units, "phase_in": schools, "phase_in_totals": self._totals(autumn, changed, schools)}

    def _schools(self, zone: pd.Series, changed: pd.Series) -> pd.DataFrame:
        at = self.seats.index

        def by_zone(children: pd.Series) -> Ints:
            return children.groupby(zone).sum().reindex(at, fill_value=0).to_numpy(dtype=np.int64)

        pupils, came = self.pupils.sum(axis=1), self.sent.reindex(at, fill_value=0).to_numpy(dtype=np.int64)
        entrants = self.pupils.iloc[:, 0].to_numpy()
        return pd.DataFrame(
            {
                "year": self.year, "stage": self.stage, "school_id": at, "seats": self.seats.to_numpy(),
                "children": by_zone(self.living), "entrants": entrants, "entrants_moved": by_zone(self.entrants.where(changed, 0)),
                "siblings": self.siblings.sum(axis=0).reindex(at).to_numpy(), "came": came,
                "stay": pupils.to_numpy() - entrants - came, "pupils": pupils.to_numpy(),
                "over_seats": np.maximum(pupils.to_numpy() - self.seats.to_numpy(), 0),
            }
        )  # fmt: skip

    def _totals(self, autumn: Autumn, changed: pd.Series, schools: pd.DataFrame) -> pd.DataFrame:
        drawn = autumn.totals
        moved = int(self.living[changed].sum())
        return pd.DataFrame(
            {
                "year": [self.year], "stage": self.stage, "drawn": drawn is not None, "zones": autumn.zone.nunique(),
                "units_changed": int(changed.sum()), "entrants": int(self.entrants.sum()),
                "entrants_moved": int(self.entrants[changed].sum()), "siblings": int(self.siblings.to_numpy().sum()),
                "came": int(self.sent.sum()), "at_once": moved, "seats": int(self.seats.sum()),
                "pupils": int(schools["pupils"].sum()), "over_seats": int(schools["over_seats"].sum()),
                "gap_share": float("nan") if drawn is None else float(drawn["gap_share"].iloc[0]),
            }
        )  # fmt: skip
