"""Where to look for land: the places where a school would gain most, and the ground around each that is nearly as good (docs/method/sites.md)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from catchment.assign import Flow, assign_children
from catchment.construction.county import County
from catchment.construction.places import Places
from catchment.construction.points import Flags, Ints
from catchment.construction.projects import PER_METRE
from catchment.construction.trial import Bench, Scene, Try
from catchment.construction.worth import near
from catchment.rules import RuleSet
from catchment.tables import CLASS_COUNTS, CLASS_SIZE, SEARCH_AREAS
from catchment.ways import Ways

AS_GOOD = 0.95
"""Ground belongs to a search area where a school gains at least this share of what it gains at the best place."""
LOOK_M = 2000.0
"""Ground farther from the best place in a straight line is not looked at."""
STILL = 0.5
"""Share of the smallest school's seats that must be in use in the last year looked at."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Found:
    """A place and its ground. unit: where the door is; ground: units; tried: what the school gains there; ways_mm: (units,)
    burden, length, and whether it is a way.
    """

    unit: str
    ground: pd.Index
    tried: Try
    burden_mm: Ints
    distance_mm: Ints
    reached: Flags


def search_areas(county: County, ways: Ways, rules: RuleSet, progress: Progress) -> gpd.GeoDataFrame:
    """Table `search_areas`: for each stage up to plan.search_areas, the one with most gain first, each beside today's schools and
    those before it; fewer where a school would not be filled, or gains nothing.
    """
    stages, count = county.points.stages, county.settings.plan.search_areas
    rows: list[dict[str, object]] = []
    for at, stage in enumerate(stages if count else ()):
        search = Search(county, ways, rules, stage)
        found: list[Found] = []
        for one in search.places(count):
            found.append(one)
            progress(at * count + len(found), max(1, len(stages) * count))
        rows += search.rows(found)
    crs = county.tables["units"].crs
    if not rows:
        return gpd.GeoDataFrame(SEARCH_AREAS.empty(), geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=crs)


class Search:
    """A stage's places, one after the other.

    years: of the plan the one with most children, and the last that is looked ahead to.
    """

    def __init__(self, county: County, ways: Ways, rules: RuleSet, stage: str) -> None:
        self.county, self.rules, self.stage = county, rules, stage
        self.ways = Places(county, ways, stage)
        self.years = _years(county, stage)
        self.sizes = school_sizes(rules, stage)

    def places(self, count: int) -> Iterator[Found]:
        """Up to so many places, each the best beside the schools there and the places before it."""
        scene = self._today()
        names = self.ways.middles()
        if names.empty:
            return
        cost, reach = self.ways.of_points(self.ways.costs(names), names)
        most = np.full(len(names), np.iinfo(np.int64).max)
        for _ in range(count):
            # Schools are substitutes: what a place gained with fewer of them bounds what it gains now.
            bench = Bench(scene, self.sizes[-1])
            np.minimum(most, bench.most(cost, reach, bench.price), out=most)
            best = self._best(bench, cost, reach, most)
            if best is None:
                return
            found, column = self._ground(bench, names[best[0]])
            yield found
            scene = scene.with_school(*column, self.sizes[-1])

    def _today(self) -> Scene:
        county, here = self.county, self.county.by_stage[self.stage]
        rows, seats = county.points.rows_of(self.stage), county.today[here.columns]
        there = np.flatnonzero(seats > 0)
        columns = here.columns[there]
        children = np.stack([county.central[county.years.index(year), rows] for year in self.years])
        cost, reach = county.points.cost_dm[rows][:, columns], county.points.reach[rows][:, columns]
        return Scene(cost, reach, seats[there], children, here.unmet_dm)

    def _filled(self, tried: Try) -> bool:
        """Whether a smallest school is full in the first year and not half empty in the last, and its children gain enough by it."""
        enough = max(1, self.county.settings.plan.search_gain_m * PER_METRE * int(tried.use.sum()))
        filled = tried.use[0] >= self.sizes[0] and tried.use[-1] >= STILL * self.sizes[0]
        return bool(filled and tried.gain_dm >= enough)

    def _best(self, bench: Bench, cost: Ints, reach: Flags, most: Ints) -> tuple[int, Try] | None:
        """The column with most gain of those that fill a school, proved: no other can gain more; of equal ones the first.

        most: (columns,) what each gains at most; lowered to what is learnt.
        """
        best: tuple[int, Try] | None = None
        left = np.ones(len(most), dtype=bool)
        while left.any():
            column = int(np.where(left, most, np.iinfo(np.int64).min).argmax())
            if best is not None and most[column] < best[1].gain_dm:
                break
            tried, left[column] = bench.try_place(cost[:, column], reach[:, column]), False
            most[column] = tried.gain_dm
            np.minimum(most, bench.most(cost, reach, tried.price), out=most)
            if self._filled(tried) and (best is None or (tried.gain_dm, -column) > (best[1].gain_dm, -best[0])):
                best = column, tried
        return best

    def _ground(self, bench: Bench, name: str) -> tuple[Found, tuple[Ints, Flags]]:
        """The best unit around a place and the ground that is nearly as good, in one piece."""
        names = self.ways.within(name, LOOK_M)
        costs = self.ways.costs(names)
        cost, reach = self.ways.of_points(costs, names)
        start = int(names.get_indexer(pd.Index([name]))[0])
        most = bench.most(cost, reach, bench.try_place(cost[:, start], reach[:, start]).price)
        found = self._best(bench, cost, reach, most)
        assert found is not None  # the place itself is one of the units
        column, tried = found
        wanted = int(np.ceil(AS_GOOD * tried.gain_dm))
        good = bench.least(tried, cost[:, column], cost, reach) >= wanted
        for other in np.flatnonzero(~good & (np.minimum(most, bench.most(cost, reach, tried.price)) >= wanted)):
            good[other] = bench.try_place(cost[:, other], reach[:, other]).gain_dm >= wanted
        ground = self._in_one_piece(names[good], names[column])
        burden, distance, there = self.ways.of_units(costs, names)
        place = Found(names[column], ground, tried, burden[:, column], distance[:, column], there[:, column])
        return place, (cost[:, column], reach[:, column])

    def _in_one_piece(self, names: pd.Index, start: str) -> pd.Index:
        """The units that hang together with one of them."""
        pairs = self.county.tables["neighbours"]
        pairs = pairs[pairs["unit_id"].isin(names) & pairs["other_id"].isin(names)]
        piece, grown = {start}, True
        while grown:
            touched = pairs["unit_id"].isin(piece) | pairs["other_id"].isin(piece)
            more = {*pairs.loc[touched, "unit_id"], *pairs.loc[touched, "other_id"]} - piece
            piece, grown = piece | more, bool(more)
        return pd.Index(sorted(piece))

    def rows(self, found: list[Found]) -> Iterator[dict[str, object]]:
        """Rows of table search_areas: figures of the first year by assigning its children anew, unit by unit, place after place."""
        flow = self._assign([])
        for rank, one in enumerate(found, start=1):
            then = self._assign(found[:rank])
            yield self._row(rank, one, flow, then, found[:rank])
            flow = then

    def _row(self, rank: int, one: Found, before: Flow, then: Flow, found: list[Found]) -> dict[str, object]:
        units = self.county.tables["units"].set_index("unit_id")
        ground = units.loc[one.ground]
        shape = shapely.union_all(ground.geometry.to_numpy())
        children = int(then.children[then.school == self._columns + rank - 1].sum())
        seats = next(size for size in self.sizes if size >= children)
        mm = np.column_stack([self.county.unit_ways[self.stage].distance_mm, *(each.distance_mm for each in found)])
        return {
            "stage": self.stage, "rank": rank, "year": self.years[0], "unit_id": one.unit, "area_id": units.loc[one.unit, "area_id"],
            "x_m": units.loc[one.unit, "x_m"], "y_m": units.loc[one.unit, "y_m"], "units": len(ground),
            "ground_m2": round(shape.area), "children": children, "placed": int(before.unplaced.sum() - then.unplaced.sum()),
            "saved_m": before.metres - then.metres,
            "nearer": near(then, mm, self.rules, self.stage) - near(before, mm, self.rules, self.stage),
            "gain_m": one.tried.gain_dm // PER_METRE // len(self.years), "classes": seats // CLASS_SIZE[self.stage], "seats": seats,
            "later_year": self.years[-1], "children_later": int(one.tried.use[-1]),
            "candidate_ids": " ".join(self._offered(shape)), "geometry": shape,
        }  # fmt: skip

    @property
    def _columns(self) -> int:
        return len(self.county.by_stage[self.stage].columns)

    def _assign(self, found: list[Found]) -> Flow:
        here = self.county.unit_ways[self.stage]
        seats = self.county.today[self.county.by_stage[self.stage].columns]
        return assign_children(
            self.county.living(self.stage, self.years[0]), np.append(seats, [self.sizes[-1]] * len(found)).astype(np.int64),
            np.column_stack([here.burden_mm, *(one.burden_mm for one in found)]),
            np.column_stack([here.reached, *(one.reached for one in found)]),
        )  # fmt: skip

    def _offered(self, shape: shapely.Geometry) -> list[str]:
        """Candidates of the stage that build on ground of their own in it."""
        rows = self.county.candidates
        rows = rows[(rows["stage"] == self.stage) & rows["kind"].isin(["new", "relocated"])]
        inside = shapely.intersects_xy(shape, rows["x_m"].to_numpy(dtype=float), rows["y_m"].to_numpy(dtype=float))
        return sorted(rows.loc[inside, "candidate_id"])


def school_sizes(rules: RuleSet, stage: str) -> list[int]:
    """Seats of the usual numbers of classes that the size rule of the stage's own kind of school allows, in order."""
    kind = {"primary": "full_primary", "junior": "junior"}[stage]
    limits = [r.value for r in rules.of("school_size") if (not r.kinds or kind in r.kinds) and r.stage in (None, stage)]
    sizes = [classes * CLASS_SIZE[stage] for classes in CLASS_COUNTS]
    return [size for size in sizes if size <= min(limits, default=np.inf)] or sizes[:1]


def _years(county: County, stage: str) -> tuple[int, ...]:
    plan = [year for year in county.settings.plan_years if year in county.years]
    rows = county.points.rows_of(stage)
    peak = max(plan or county.years[:1], key=lambda year: (county.central[county.years.index(year), rows].sum(), -year))
    last = min(county.years[-1], max(plan or [peak]) + county.settings.plan.look_ahead_years)
    return (peak,) if last <= peak else (peak, last)
