"""The proof: what the words say, laid over who lives where. It shares no code with the writing but the gazetteer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from catchment.doors import conform
from catchment.errors import InputError
from catchment.locale import LANGUAGES, translate
from catchment.settings import Settings
from catchment.tables import TABLES
from catchment.zone_text.gazetteer import Gazetteer, Tables, area_labels, gazetteer_of
from catchment.zone_text.grammar import read
from catchment.zone_text.ground import Place, Points, ground_of
from catchment.zone_text.houses import covered
from catchment.zone_text.settled import Settled, settled
from catchment.zone_text.structure import Also, Houses, Piece, Text, Whole

Flags = NDArray[np.bool_]
Names = dict[str, str]
APART_M = 200.0
"""A piece is cut off if it is farther from the rest of its zone: two cells, as units meet beside the border of areas."""


@dataclass(frozen=True)
class Proof:
    """findings: table zone_text_proof; agreement: stage, school_id, children, children_agreed, ground_m2, ground_agreed_m2."""

    findings: pd.DataFrame
    agreement: pd.DataFrame

    def left(self, tolerance_children: int) -> pd.DataFrame:
        """Findings of zones with more children in no text or a wrong one than is tolerated, and all that count no children."""
        wrong = self.findings.groupby(["stage", "school_id"])["children"].transform("sum")
        return self.findings[(wrong > tolerance_children) | (self.findings["subject"] != "unit")]


@dataclass(frozen=True)
class Meant:
    """What one school's text means in one area: its ground, the houses excepted there, the places it names."""

    school: str
    ground: shapely.Geometry
    without: tuple[Houses, ...]
    places: tuple[str, ...]


def prove(texts: pd.DataFrame, tables: Tables, settings: Settings, *, gazetteer: Gazetteer | None = None) -> Proof:
    """Whether every cell and every address is in exactly one school's text, and that of its zone.

    texts: stage, school_id, text, as given, perhaps edited by hand; tables: of a run, with zone_text_points. The language of
    a text is the study's or another one that it can be read in.
    """
    gazetteer = gazetteer or gazetteer_of(tables)
    names = dict(tables["schools"].drop_duplicates("school_id")[["school_id", "name"]].itertuples(index=False))
    language = settings.study.language
    findings: list[dict[str, object]] = []
    agreement: list[dict[str, object]] = []
    for stage in sorted(tables["zones"]["stage"].unique()):
        rows = texts[texts["stage"] == stage]
        court = _Court(stage, names, language, findings)
        meant = court.heard(rows, gazetteer, points_of(tables, stage))
        areas = list(settled(tables, gazetteer, stage))
        agreed = court.judged(areas, meant)
        agreement += _agreement(stage, agreed, meant, tables)
        court.find_enclaves(areas, meant)
    numbered = pd.DataFrame(findings, columns=TABLES["zone_text_proof"].names[1:])
    numbered = numbered.assign(finding_no=range(1, len(numbered) + 1), children=numbered["children"].astype("Int64"))
    return Proof(conform(TABLES["zone_text_proof"], numbered), pd.DataFrame(agreement))


def points_of(tables: Tables, stage: str) -> dict[str, Points]:
    """The numbered points of the annex by area name."""
    rows = tables["zone_text_points"]
    named = rows[rows["stage"] == stage].assign(area=rows["area_id"].map(area_labels(tables["areas"])))
    return {
        str(area): {int(n): (float(x), float(y)) for n, x, y in each[["number", "x_m", "y_m"]].itertuples(index=False)}
        for area, each in named.groupby("area")
    }


def understood(words: str, gazetteer: Gazetteer, language: str) -> Text:
    """A text read in the study's language, else in another. Raises InputError as the study's language has it."""
    first: InputError | None = None
    for tried in dict.fromkeys((language, *LANGUAGES)):
        try:
            return read(words, gazetteer.names, tried)
        except InputError as error:
            first = first or error
    assert first is not None
    raise first


class _Court:
    """Hears the texts of a stage and judges them by the people; puts what it finds in a list."""

    def __init__(self, stage: str, names: Names, language: str, findings: list[dict[str, object]]) -> None:
        self.stage, self.names, self.language, self.findings = stage, names, language, findings
        self.also: dict[str, tuple[Houses, ...]] = {}

    def _said(self, message: str, **values: object) -> str:
        return translate(message, self.language).format(**values)

    def name(self, school: str) -> str:
        return self.names.get(school, school)

    def add(
        self, kind: str, school: str, told: tuple[str, ...], subject: tuple[str, str], children: object, message: str
    ) -> None:
        self.findings.append(
            {
                "stage": self.stage, "kind": kind, "school_id": school, "told_ids": " ".join(told), "subject": subject[0],
                "subject_id": subject[1], "children": children, "message": message,
            }
        )  # fmt: skip

    def heard(self, texts: pd.DataFrame, gazetteer: Gazetteer, points: dict[str, Points]) -> dict[str, list[Meant]]:
        """What the texts mean, by area name."""
        meant: dict[str, list[Meant]] = {area: [] for area in gazetteer.ground}
        for school, words in texts[["school_id", "text"]].itertuples(index=False):
            try:
                for part in understood(str(words), gazetteer, self.language):
                    self._hear(str(school), part, gazetteer, points, meant)
            except InputError as error:
                why = error.problems[0].text(self.language).split("\n")[0]
                said = self._said("{school}: {why}", school=self.name(school), why=why)
                self.add("unclear", str(school), (), ("text", str(school)), pd.NA, said)
        return meant

    def _hear(
        self, school: str, part: object, gazetteer: Gazetteer, points: dict[str, Points], meant: dict[str, list[Meant]]
    ) -> None:
        if isinstance(part, Also):
            self.also[school] = (*self.also.get(school, ()), *part.houses)
        elif isinstance(part, Whole):
            for area in part.areas:
                place = Place.of(gazetteer, area, {})
                meant[area].append(Meant(school, place.polygon, (), ()))
        elif isinstance(part, Piece):
            place = Place.of(gazetteer, part.area, points.get(part.area, {}))
            houses = tuple(each for each in part.without if isinstance(each, Houses))
            meant[part.area].append(Meant(school, ground_of(part, place), houses, part.places))

    def judged(self, areas: list[Settled], meant: dict[str, list[Meant]]) -> dict[str, int]:
        """Children by school whom its text names and no other; the others are put in the list."""
        agreed: dict[str, int] = {}
        for area in areas:
            told = self._told(area, meant[area.area])
            count, owner = len(area.cells), area.schools.to_numpy()[area.owner]
            right = np.array([names == (own,) for names, own in zip(told, owner, strict=True)], dtype=bool)
            good = area.cells.assign(owner=owner[:count])[right[:count]].groupby("owner")["children"].sum()
            for school, children in good.items():
                agreed[str(school)] = agreed.get(str(school), 0) + int(children)
            self._cells(area, told, owner, right)
            self._addresses(area, told, owner, right)
        return agreed

    def _told(self, area: Settled, meant: list[Meant]) -> list[tuple[str, ...]]:
        """The schools in whose texts each cell and each address is. A cell none of whose addresses is in the text of its centre is where
        those are that a text names by number.
        """
        count, xy = len(area.cells), area.xy
        told: list[set[str]] = [set() for _ in xy]
        for each in meant:
            shapely.prepare(each.ground)
            inside = shapely.intersects_xy(each.ground, *xy.T)
            inside[count:] &= ~covered(each.without, area.addresses)
            inside[count:] |= area.addresses["place"].isin(each.places).to_numpy()
            for row in np.flatnonzero(inside).tolist():
                told[row].add(each.school)
        named = np.zeros(len(area.addresses), dtype=bool)
        for school, houses in self.also.items():
            here = covered(houses, area.addresses)
            named |= here
            for row in np.flatnonzero(here).tolist():
                told[count + row].add(school)
        by_number: dict[int, set[str]] = {}
        for row in np.flatnonzero(named).tolist():
            by_number.setdefault(int(area.home[row]), set()).update(told[count + row])
        at_home = {int(area.home[row]) for row, names in enumerate(told[count:]) if names & told[int(area.home[row])]}
        for cell in by_number.keys() - at_home:
            told[cell] = by_number[cell]
        return [tuple(sorted(each)) for each in told]

    def _cells(self, area: Settled, told: list[tuple[str, ...]], owner: NDArray[np.str_], right: Flags) -> None:
        cells = area.cells.assign(told=told[: len(area.cells)], owner=owner[: len(area.cells)])
        wrong = cells[~right[: len(cells)]]
        for (unit, own, schools), rows in wrong.groupby(["unit_id", "owner", "told"], sort=True):
            children = int(rows["children"].sum())
            where = self._said(
                "{area}, unit {unit} ({children} children)", area=area.area, unit=unit, children=children
            )
            self._tell(str(own), tuple(schools), ("unit", str(unit)), children, where)

    def _addresses(self, area: Settled, told: list[tuple[str, ...]], owner: NDArray[np.str_], right: Flags) -> None:
        count = len(area.cells)
        doors = area.addresses.assign(told=told[count:], owner=owner[count:])
        doors["named"] = doors["street"].where(doors["street"] != "", doors["place"])
        for (named, own, schools), rows in doors[~right[count:]].groupby(["named", "owner", "told"], sort=True):
            numbers = ", ".join(str(n) for n in sorted(rows["number"].dropna().astype(int)))
            where = self._said("{street} No. {first}", street=named, first=numbers) if numbers else str(named)
            ids = " ".join(rows["address_id"].astype(str))
            self._tell(str(own), tuple(schools), ("address", ids), pd.NA, f"{area.area} {where}")

    def _tell(self, own: str, schools: tuple[str, ...], subject: tuple[str, str], children: object, where: str) -> None:
        values = {"where": where, "school": self.name(own), "others": ", ".join(map(self.name, schools))}
        if not schools:
            self.add(
                "gap", own, schools, subject, children, self._said("{where}: in no text; zone of {school}", **values)
            )
        elif len(schools) > 1:
            said = self._said("{where}: in the texts of {others}; zone of {school}", **values)
            self.add("overlap", own, schools, subject, children, said)
        else:
            said = self._said("{where}: in the text of {others}, but zone of {school}", **values)
            self.add("mismatch", own, schools, subject, children, said)

    def find_enclaves(self, areas: list[Settled], meant: dict[str, list[Meant]]) -> None:
        """Pieces of a text's ground with children in them that another school's ground surrounds."""
        by_school = grounds_of(meant)
        every = ((school, part) for school, ground in by_school.items() for part in shapely.get_parts(ground))
        parts = [(school, part) for school, part in every if part.geom_type == "Polygon"]
        shells = [shapely.Polygon(part.exterior) for _, part in parts]
        inner, outer = shapely.STRtree(shells).query([part for _, part in parts], predicate="covered_by")
        for i, j in sorted(zip(inner.tolist(), outer.tolist(), strict=True)):
            (school, part), (around, _) = parts[i], parts[j]
            if school == around or shells[i].area >= shells[j].area:
                continue
            children = sum(int(a.cells["children"][shapely.intersects_xy(part, *a.homes.xy.T)].sum()) for a in areas)
            rest = shapely.difference(by_school[school], part)
            if children and not shapely.dwithin(part, rest, APART_M):
                said = self._said(
                    "a piece of the zone of {school} ({children} children) lies within that of {other}",
                    school=self.name(school), children=children, other=self.name(around),
                )  # fmt: skip
                self.add("enclave", school, (around,), ("text", school), children, said)


def grounds_of(meant: dict[str, list[Meant]]) -> dict[str, shapely.Geometry]:
    """The ground of each school's text, all areas together."""
    every = [each for rows in meant.values() for each in rows]
    schools = sorted({each.school for each in every})
    return {name: shapely.union_all([e.ground for e in every if e.school == name], grid_size=0.01) for name in schools}


def _agreement(
    stage: str, agreed: dict[str, int], meant: dict[str, list[Meant]], tables: Tables
) -> Iterator[dict[str, object]]:
    """Children and ground of each zone, and how many of them its text has right."""
    zones = tables["zones"][tables["zones"]["stage"] == stage].set_index("unit_id")["school_id"]
    children = tables["zones"][tables["zones"]["stage"] == stage].groupby("school_id")["children"].sum()
    units = tables["units"].set_index("unit_id").geometry
    said = grounds_of(meant)
    for school, rows in zones.groupby(zones, sort=True):
        ground = shapely.coverage_union_all(units.loc[rows.index].to_numpy())
        both = shapely.intersection(ground, said.get(str(school), shapely.Polygon()))
        yield {
            "stage": stage, "school_id": school, "children": int(children[school]), "children_agreed": agreed.get(str(school), 0),
            "ground_m2": round(ground.area), "ground_agreed_m2": round(both.area),
        }  # fmt: skip
