"""What stands in the tables that a bureau hands in with its five-year plan (规划附表): seats and need, projects, money by year, land."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from catchment.locale import translate
from catchment.quota import largest_remainder
from catchment.reports.words import CODES, STAGE_WORDS
from catchment.settings import Settings
from catchment.tables import CLASS_SIZE, STAGES
from catchment.units import area_of

Tables = Mapping[str, pd.DataFrame]
Cell = str | int | Fraction | None
THOUSAND_YUAN = Fraction(1, 1000)
"""Tenths of 10,000 yuan (万元) per yuan."""
TENTH_MU = Fraction(3, 200)
"""Tenths of a mu (亩) per square metre."""
SERVED = 3
"""Areas named as those whom a project is for."""


@dataclass(frozen=True)
class Head:
    """A column: heading under a common one (empty: it has the height of both), what its cells are, width in characters."""

    group: str
    heading: str
    kind: str = "int"
    width: float = 7.5


@dataclass(frozen=True)
class Annex:
    """A table on a sheet of its own, all words in the study's language; `totals`: numbers of the rows that sum others up."""

    label: str
    name: str
    title: str
    unit: str
    paper: str
    columns: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: frozenset[int]
    notes: tuple[str, ...]


def tenths(amounts: Sequence[int], each: Fraction, whole: int | None = None) -> list[int]:
    """Amounts in tenths of a larger unit, that add up to the rounded sum, or to `whole` tenths (largest remainder).

    >>> tenths([14_400, 14_400, 14_400], THOUSAND_YUAN)
    [15, 14, 14]
    """
    total = int(sum(amounts) * each + Fraction(1, 2)) if whole is None else whole
    return largest_remainder(list(amounts), total)


def annexes(tables: Tables, settings: Settings) -> list[Annex]:
    """The tables in their order; none where there is no plan."""
    if tables["plan_years"].empty:
        return []
    book = _Book(tables, settings)
    return [book.need(), book.projects(), book.years(), book.land()]


class _Book:
    """The tables of a run, and the words and sums that several sheets share."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables, self.language = tables, settings.study.language
        self.base = settings.study.base_year
        self.plan_years = sorted(int(year) for year in tables["plan_years"]["year"].unique())
        areas = tables["areas"].sort_values("area_id")
        self.areas = dict(zip(areas["area_id"], areas["name"], strict=True))
        about = tables["candidates"].drop(columns=["stage", "kind", "seats", "cost_yuan", "remarks"])
        chosen = tables["plan"].merge(about, on="candidate_id").sort_values(["opens", "candidate_id"])
        self.chosen = chosen.assign(area_id=area_of(chosen, tables["areas"]) if len(chosen) else "")
        self.money = self._money()
        self.stage = Head("", self.phrase("Stage"), "text", 6 if self.language == "zh" else 18)

    def phrase(self, message: str, **values: object) -> str:
        words = translate(message, self.language)
        return words.format(**values) if values else words

    def _money(self) -> dict[str, dict[int, int]]:
        """By project and year, in tenths of 10,000 yuan: projects add up to the plan, years to their project."""
        paid = self.tables["plan_payments"]
        by_project = {name: rows.groupby("year")["yuan"].sum() for name, rows in paid.groupby("candidate_id")}
        ids = [name for name in self.chosen["candidate_id"] if name in by_project]
        wholes = tenths([int(by_project[name].sum()) for name in ids], THOUSAND_YUAN)
        found: dict[str, dict[int, int]] = {name: {} for name in self.chosen["candidate_id"]}
        for name, whole in zip(ids, wholes, strict=True):
            parts = tenths([int(yuan) for yuan in by_project[name]], THOUSAND_YUAN, whole)
            found[name] = dict(zip((int(year) for year in by_project[name].index), parts, strict=True))
        return found

    # --- 附表1: seats and need ---------------------------------------------------------------------------

    def need(self) -> Annex:
        """Children, seats and gap by area and stage in the base year, and in each plan year before and after the plan."""
        counts = _before_and_after(self.tables, self.plan_years, self.base)
        rows: list[tuple[Cell, ...]] = []
        totals = set()
        stages = [stage for stage in STAGES if stage in set(counts.index.get_level_values("stage"))]
        for stage in stages:
            here = counts.xs(stage, level="stage")
            rows += [(self.areas[area], self.word(stage), *_row(here.loc[area])) for area in here.index]
            totals.add(len(rows))
            rows.append((self.phrase("Subtotal"), self.word(stage), *_row(here.sum())))
        totals.add(len(rows))
        rows.append((self.phrase("Total"), "", *_row(counts.sum())))
        years = [self.phrase("{year} (base year)", year=self.base)]
        years += [self.phrase("Autumn {year}", year=year) for year in self.plan_years]
        before = (self.phrase("Children"), self.phrase("Seats today"), self.phrase("Short (+), spare (-)"))
        after = (*before, self.phrase("Seats by the plan"), self.phrase("Then short (+), spare (-)"))
        heads = [
            Head(year, heading, width=7)
            for number, year in enumerate(years)
            for heading in (after if number else before)
        ]
        notes = (
            self.phrase(
                "Children: of school age living in the area, central forecast. Short: children less seats; totals are net. Seats by the plan: less those closed, converted or given back."
            ),
        )
        first = (Head("", self.phrase("Area"), "text", 12), self.stage)
        return Annex(
            self.label(1), self.phrase("Seats and need"), self.phrase("Seats and children expected, by area"), self.phrase("persons, seats"),
            "A3", (*first, *heads), tuple(rows), frozenset(totals), notes,
        )  # fmt: skip

    # --- 附表2: projects --------------------------------------------------------------------------------

    def projects(self) -> Annex:
        """One row per project: what, where, how large, what it costs and when, for whom."""
        land = self._land()
        rows = [
            (number, row.name, self.word(row.kind), self.word(row.stage), self.areas.get(row.area_id, ""),
             -(-row.seats // CLASS_SIZE[row.stage]), row.seats, land.get(row.candidate_id), None,
             _ten(sum(self.money[row.candidate_id].values())),
             *(_ten(self.money[row.candidate_id].get(year, 0)) for year in self.plan_years),
             row.opens - row.building_years, row.opens, self._served(row.candidate_id), self._remarks(row))
            for number, row in enumerate(self.chosen.rename_axis("n").itertuples(index=False), start=1)
        ]  # fmt: skip
        money, size = self.phrase("Money by year (10,000 yuan)"), self.phrase("Size")
        heads = (
            Head("", self.phrase("No."), width=5), Head("", self.phrase("Project"), "text", 24), Head("", self.phrase("Kind of project"), "text", 9),
            self.stage, Head("", self.phrase("Place"), "text", 11),
            Head(size, self.phrase("Classes"), width=6), Head(size, self.phrase("Seats"), width=7), Head(size, self.phrase("Land (mu)"), "tenth", 10),
            Head(size, self.phrase("Floor area (m²)"), "int", 12), Head("", self.phrase("Total (10,000 yuan)"), "tenth", 10),
            *(Head(money, str(year), "tenth", 9) for year in self.plan_years),
            Head("", self.phrase("Building starts"), "year", 7), Head("", self.phrase("Opens (autumn)"), "year", 8),
            Head("", self.phrase("For whom (children in the last plan year)"), "text", 28), Head("", self.phrase("Remarks"), "text", 34),
        )  # fmt: skip
        total: list[Cell] = [None, self.phrase("Total"), *[None] * (len(heads) - 2)]
        for number in (5, 6, 7, *range(9, 10 + len(self.plan_years))):
            total[number] = _sum(row[number] for row in rows)
        notes = (
            self.phrase(
                "Classes: seats by classes of 45 (primary) or 50 (junior secondary), rounded up. Floor area is not known: to be filled in."
            ),
            self.phrase("Land: of the parcel named for the project; of an extension on its own campus none."),
        )
        return Annex(
            self.label(2), self.phrase("Projects"), self.phrase("Building projects of the plan"),
            self.phrase("10,000 yuan, classes, seats, mu"), "A3", heads, (*rows, tuple(total)), frozenset({len(rows)}), notes,
        )  # fmt: skip

    def _land(self) -> dict[str, Fraction]:
        """Mu of the parcels of projects, by project; two projects on one parcel: that of the first."""
        asked = self.chosen.dropna(subset="parcel_id").drop_duplicates("parcel_id")
        land = self.tables["parcels"].set_index("parcel_id")["land_m2"]
        parts = tenths([int(land[parcel]) for parcel in asked["parcel_id"]], TENTH_MU)
        return {name: _ten(part) for name, part in zip(asked["candidate_id"], parts, strict=True)}

    def _served(self, candidate: str) -> str:
        """The areas most of its children come from."""
        rows = self.tables["plan_serves"]
        rows = rows[(rows["candidate_id"] == candidate) & (rows["children"] > 0)]
        rows = rows.sort_values(["children", "area_id"], ascending=[False, True])
        named = [f"{self.areas.get(row.area_id, row.area_id)} {row.children}" for row in rows.head(SERVED).itertuples()]
        more = [self.phrase("{count} more areas", count=len(rows) - SERVED)] if len(rows) > SERVED else []
        return ("、" if self.language == "zh" else ", ").join([*named, *more])

    def _remarks(self, row: "pd.Series[str]") -> str:
        named = [self.phrase("Named in policy")] if row.named_in_policy else []
        return ("；" if self.language == "zh" else "; ").join([*named, *([row.remarks] if row.remarks else [])])

    # --- 附表3: money and seats by year -----------------------------------------------------------------

    def years(self) -> Annex:
        """Per plan year the projects that are paid for or open in it, with their money and seats, and sums."""
        rows: list[tuple[Cell, ...]] = []
        totals: set[int] = set()
        sums: list[list[Cell]] = []
        for year, budget in zip(self.plan_years, self._budgets(), strict=True):
            of_year = list(self._of_year(year))
            rows += of_year
            sums.append([_sum(row[column] for row in of_year) or 0 for column in range(4, 10)])
            totals.add(len(rows))
            count = self.phrase("{count} projects", count=len(of_year))
            rows.append((self.phrase("Subtotal {year}", year=year), count, "", "", *sums[-1], budget))
        whole = [_sum(column) for column in zip(*sums, strict=True)]
        totals.add(len(rows))
        every = self.phrase("{count} projects", count=len(self.chosen))
        rows.append((self.phrase("Total"), every, "", "", *whole, _sum(self._budgets())))
        money, seats = self.phrase("Money (10,000 yuan)"), self.phrase("Seats added")
        parts = [self.phrase(STAGE_WORDS["primary"]), self.phrase(STAGE_WORDS["junior"]), self.phrase("Both")]
        heads = (
            Head("", self.phrase("Year"), "text", 12), Head("", self.phrase("Project"), "text", 28), Head("", self.phrase("Kind of project"), "text", 9),
            self.stage, *(Head(money, part, "tenth", 10) for part in parts),
            *(Head(seats, part, "int", 8) for part in parts), Head("", self.phrase("Budget (10,000 yuan)"), "tenth", 11),
        )  # fmt: skip
        notes = (
            self.phrase(
                "A project stands in each year in which it is paid for or opens; its seats in the autumn in which it opens."
            ),
        )
        return Annex(
            self.label(3), self.phrase("Years"), self.phrase("Money and seats by year"), self.phrase("10,000 yuan, seats"), "A4",
            heads, tuple(rows), frozenset(totals), notes,
        )  # fmt: skip

    def _of_year(self, year: int) -> Iterator[tuple[Cell, ...]]:
        for row in self.chosen.itertuples(index=False):
            paid, seats = self.money[row.candidate_id].get(year, 0), row.seats if row.opens == year else 0
            if paid or row.opens == year:
                primary = row.stage == "primary"
                both = [_ten(paid if own else 0) for own in (primary, not primary, True)]
                added = [seats if own else 0 for own in (primary, not primary, True)]
                yield str(year), row.name, self.word(row.kind), self.word(row.stage), *both, *added, None

    def _budgets(self) -> list[Fraction]:
        budget = self.tables["plan_years"].drop_duplicates("year").set_index("year")["budget_yuan"]
        return [_ten(part) for part in tenths([int(budget[year]) for year in self.plan_years], THOUSAND_YUAN)]

    # --- 附表4: land ------------------------------------------------------------------------------------

    def land(self) -> Annex:
        """Land to reserve by area and plan year, and parcels offered; areas that need and have none are left out."""
        land = self.tables["land"]
        land = land[land["year"].isin(self.plan_years)]
        need = land.pivot_table(
            index="area_id", columns=["year", "stage"], values="needed_high80_m2", aggfunc="sum", fill_value=0
        )
        need = need.reindex(columns=pd.MultiIndex.from_product([self.plan_years, STAGES]), fill_value=0).astype("int64")
        offered = land.groupby("area_id")["offered_m2"].max().reindex(need.index)
        kept = (need.sum(axis=1) > 0) | (offered > 0)
        need, offered = need[kept], offered[kept]
        columns: list[list[Cell]] = []
        for year in self.plan_years:
            columns += [need[year, stage].tolist() for stage in STAGES]
            columns.append(_mu((need[year, "primary"] + need[year, "junior"]).tolist()))
        columns += [offered.tolist(), _mu(offered.tolist())]
        rows = [(self.areas[area], *cells) for area, *cells in zip(need.index, *columns, strict=True)]
        rows.append((self.phrase("Total"), *(_sum(column) for column in columns)))
        parts = [
            (self.phrase("Primary (m²)"), "int"),
            (self.phrase("Junior (m²)"), "int"),
            (self.phrase("Both (mu)"), "tenth"),
        ]
        free = self.phrase("Offered and not used by the plan")
        heads = (
            Head("", self.phrase("Area"), "text", 12),
            *(Head(self.phrase("Autumn {year}", year=year), words, kind, 9) for year in self.plan_years for words, kind in parts),
            Head(free, self.phrase("square metres"), "int", 9), Head(free, self.phrase("mu"), "tenth", 8),
        )  # fmt: skip
        notes = (
            self.phrase("To reserve: land by the norm for the children beyond the seats with the plan, at the upper bound of the 80 % interval of the forecast."),
            self.phrase("Years are not added up: each is the land needed in that autumn."),
        )  # fmt: skip
        return Annex(
            self.label(4), self.phrase("Land"), self.phrase("Land to reserve for schools"), self.phrase("m², mu"), "A3",
            heads, tuple(rows), frozenset({len(rows) - 1}), notes,
        )  # fmt: skip

    # --- words ------------------------------------------------------------------------------------------

    def word(self, code: str) -> str:
        return self.phrase(CODES[code])

    def label(self, number: int) -> str:
        return self.phrase("Annex {number}", number=number)


def _before_and_after(tables: Tables, years: Sequence[int], base: int) -> pd.DataFrame:
    """Per area and stage (index) the base year's children, seats, gap, then each year's with seats added and gap after."""
    key, balance = ["area_id", "stage"], tables["balance"]
    scenario = "medium" if "medium" in set(balance["scenario"]) else min(balance["scenario"])
    now = balance[balance["scenario"] == scenario].set_index([*key, "year"])
    after = tables["plan_areas"].set_index([*key, "year"])
    index = after.index.droplevel("year").unique().sort_values()
    columns: list[pd.Series] = []
    for year in (base, *years):
        today = now.xs(year, level="year")[["children", "seats"]].reindex(index)
        if year in years:
            then = after.xs(year, level="year").reindex(index)
            today = today.assign(children=then["children"])
            added = then["seats"] - today["seats"]
            columns += [today["children"], today["seats"], today["children"] - today["seats"], added, then["seat_gap"]]
        else:
            columns += [today["children"], today["seats"], today["children"] - today["seats"]]
    return pd.concat(columns, axis=1, keys=range(len(columns))).fillna(0).astype("int64")


def _row(values: "pd.Series[int]") -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _ten(count: int) -> Fraction:
    return Fraction(count, 10)


def _mu(square_metres: Sequence[int]) -> list[Cell]:
    return [_ten(part) for part in tenths(square_metres, TENTH_MU)]


def _sum(cells: Iterable[Cell]) -> int | Fraction | None:
    """Numbers of a column added up; none where it has none."""
    numbers = [cell for cell in cells if isinstance(cell, int | Fraction)]
    return sum(numbers[1:], start=numbers[0]) if numbers else None
