"""Admission worked out on seats: own zone in order, then diversion to the nearest school with room (docs/method/allocation.md)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from catchment.errors import InputError, Problems
from catchment.lottery import draw_lots, shared, ticket, wishes_of
from catchment.tables.allocation import ADMISSIONS, INTAKES

Criterion = Literal["tier", "sibling", "points", "age"]
ORDER: tuple[Criterion, ...] = ("tier", "sibling", "points")
MIGRANT = 4
"""Tier in which points count."""


class Admitted(NamedTuple):
    """Tables `admissions`, `intakes` and `lottery`."""

    admissions: pd.DataFrame
    intakes: pd.DataFrame
    lottery: pd.DataFrame


def admit(
    applicants: pd.DataFrame,
    places: pd.DataFrame,
    distances: pd.DataFrame,
    *,
    seed_text: str,
    order: Sequence[Criterion] = ORDER,
    rule: str = "by_choice",
) -> Admitted:
    """Who enters which school.

    A zone of one school admits its applicants in order (see `in_order`) up to its places, a zone of several by lottery. Then all
    who have no place yet take, in the same order, the nearest school that still has one.
    distances: from_id (unit or school), school_id, distance_mm; a pair that is not there is out of reach, ties go by code.
    Raises InputError if a zone has no places, or a lottery cannot be drawn.
    """
    _check_zones(applicants, places)
    queue = in_order(applicants, places, seed_text=seed_text, order=order)
    drawn = shared(places)
    lots = draw_lots(applicants, drawn, seed_text=seed_text, rule=rule)
    queue = _own_zone(queue, places.drop(drawn.index), lots)
    left = _places_left(queue, places)
    queue = queue.join(_diverted(queue, left, distances))
    queue["outcome"] = np.select([queue["own"].notna(), queue["other"].notna()], ["own_zone", "diverted"], "none")
    queue["school_id"] = queue["own"].where(queue["own"].notna(), queue["other"])
    admissions = queue[ADMISSIONS.names].astype(ADMISSIONS.dtypes).sort_values("application_no", ignore_index=True)
    return Admitted(admissions, _intakes(queue, places), lots)


def in_order(
    applicants: pd.DataFrame, places: pd.DataFrame, *, seed_text: str, order: Sequence[Criterion] = ORDER
) -> pd.DataFrame:
    """Applicants sorted by the criteria, then by ticket; column `schools` holds the set of their zone's schools.

    tier: lowest first; sibling: those first whose brother or sister attends a school of the zone; points: most first, among
    migrant children alone; age: oldest first. What is not told comes last.
    """
    zones = places.groupby(["stage", "zone_id"])["school_id"].agg(frozenset)
    schools = [zones[key] for key in zip(applicants["stage"], applicants["zone_id"], strict=True)]
    rows = applicants.assign(
        schools=schools, ticket=[ticket(seed_text, number) for number in applicants["application_no"]]
    )
    keys = {
        "tier": rows["tier"],
        "sibling": pd.Series([s not in own for s, own in zip(rows["sibling_id"], schools, strict=True)], rows.index),
        "points": -rows["points"].fillna(0).where(rows["tier"] == MIGRANT, 0),
        "age": -rows["age_days"].astype("Float64").fillna(0).astype(float),
    }
    by = pd.DataFrame({name: keys[name] for name in order}, index=rows.index)
    by = by.assign(ticket=rows["ticket"], number=rows["application_no"])
    return rows.loc[by.sort_values(list(by.columns)).index].reset_index(drop=True)


def _check_zones(applicants: pd.DataFrame, places: pd.DataFrame) -> None:
    known = set(zip(places["stage"], places["zone_id"], strict=True))
    lost = [key not in known for key in zip(applicants["stage"], applicants["zone_id"], strict=True)]
    problems = Problems()
    if any(lost):
        what, remedy = "applicants of a zone without places", "correct the zone, or give its places"
        problems.add(what, remedy, where="applicants", rows=sorted(applicants.loc[lost, "application_no"]))
    problems.raise_any(InputError)


def _own_zone(queue: pd.DataFrame, single: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """The queue with `place` in the zone's order and `own`, the school entered there if any."""
    key = ["stage", "zone_id"]
    rows = queue.merge(single[[*key, "school_id", "places"]], on=key, how="left")
    rows = rows.merge(
        lots.rename(columns={"school_id": "drawn", "place": "lot"})[["application_no", "lot", "drawn"]],
        on="application_no", how="left",
    )  # fmt: skip
    turn = rows.groupby(key).cumcount() + 1
    enters = turn <= rows["places"].fillna(0)
    own = rows["school_id"].where(enters).where(rows["lot"].isna(), rows["drawn"])
    return queue.assign(place=rows["lot"].fillna(turn).astype("int64"), own=own)


def _places_left(queue: pd.DataFrame, places: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Places that nobody has yet, by stage and school."""
    key = ["stage", "school_id"]
    taken = queue.dropna(subset=["own"]).groupby(["stage", "own"]).size()
    given = places.groupby(key)["places"].sum()
    return {
        (str(stage), str(school)): int(count - taken.get((stage, school), 0))
        for (stage, school), count in given.items()
    }


def _diverted(queue: pd.DataFrame, left: dict[tuple[str, str], int], distances: pd.DataFrame) -> pd.DataFrame:
    """`other`, the nearest school with room, and its `distance_mm`, for those of the queue without a school; `left` is used up."""
    left = dict(left)
    nearest = distances.sort_values(["from_id", "distance_mm", "school_id"])
    ways = {
        str(start): list(zip(rows["school_id"], rows["distance_mm"], strict=True))
        for start, rows in nearest.groupby("from_id", sort=False)
    }
    found: dict[object, tuple[str, int]] = {}
    for row in queue[queue["own"].isna()].itertuples():
        for school, distance in ways.get(_start(row), []):
            if left.get((str(row.stage), school), 0) > 0:
                left[str(row.stage), school] -= 1
                found[row.Index] = school, int(distance)
                break
    other = pd.DataFrame.from_dict(found, orient="index", columns=["other", "distance_mm"])
    return other.reindex(queue.index).astype({"other": "str", "distance_mm": "Int64"})


def _start(row: object) -> str:
    """Where an applicant's ways begin: the unit if told, else the zone's school, the most wished for where there are several."""
    unit, choices, schools = (getattr(row, name) for name in ("from_id", "choices", "schools"))
    return str(unit) if pd.notna(unit) else wishes_of(choices, schools)[0]


def _intakes(queue: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    key = ["stage", "school_id"]
    first = [wishes_of(choices, own)[0] for choices, own in zip(queue["choices"], queue["schools"], strict=True)]
    alone = queue["schools"].map(len) == 1
    wished = [next(iter(own)) if one else wish for own, one, wish in zip(queue["schools"], alone, first, strict=True)]
    table = places.groupby(key, as_index=False)["places"].sum()
    for name, column in (
        ("applicants", queue.assign(wished=wished)["wished"]),
        ("own_zone", queue["own"]),
        ("diverted_in", queue["other"]),
    ):
        counted = pd.DataFrame({"stage": queue["stage"], "school_id": column}).dropna().groupby(key).size()
        table[name] = [int(counted.get(each, 0)) for each in zip(table["stage"], table["school_id"], strict=True)]
    table["empty_places"] = table["places"] - table["own_zone"] - table["diverted_in"]
    return table[INTAKES.names].astype(INTAKES.dtypes).sort_values(list(INTAKES.key), ignore_index=True)
