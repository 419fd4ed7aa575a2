"""Multi-school zones (多校划片): places drawn by lot so that anybody can draw them again (docs/method/allocation.md)."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from catchment.errors import InputError, Problem, Problems, problem
from catchment.tables.allocation import LOTTERY, PARTED


class Commitment(NamedTuple):
    """What is published before the seed text is known: it binds the bureau to a seed text and to a closed list."""

    seed_hash: str
    list_hash: str


def sha256(text: str) -> str:
    """SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def ticket(seed_text: str, application_no: str) -> str:
    """The lot of an application: SHA-256 of seed text, | and application number; the lowest comes first.

    >>> ticket("2026", "A1")[:16]
    '3d69eb7541dccbdc'
    """
    return sha256(f"{seed_text}|{application_no}")


def commit(seed_text: str, applicants: pd.DataFrame) -> Commitment:
    """The hashes of the seed text and of the list: a line `stage|zone|number|wishes` for each, sorted, without a last newline."""
    columns = applicants[["stage", "zone_id", "application_no", "choices"]].astype(object)
    lines = columns.where(columns.notna(), "").agg("|".join, axis=1)
    return Commitment(sha256(seed_text), sha256("\n".join(sorted(lines))))


def shared(places: pd.DataFrame) -> pd.DataFrame:
    """The places of zones of several schools: those that are drawn for."""
    return places[places.groupby(["stage", "zone_id"])["school_id"].transform("size") > 1]


def entered(applicants: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The applications of the zones that `places` names: the list that enters the lottery."""
    key = ["stage", "zone_id"]
    return applicants[pd.MultiIndex.from_frame(applicants[key]).isin(pd.MultiIndex.from_frame(places[key]))]


def share_by_choice(wishes: Sequence[Sequence[str]], places: dict[str, int]) -> list[str | None]:
    """Schools of applicants in ticket order, first wishes before second ones (志愿优先).

    All who wish for a school first enter if they fit, otherwise those with the lowest tickets; what is left goes to second
    wishes in the same way, and so on. Whoever names a school first can lose it to nobody who names it later.
    """
    left = dict(places)
    given: list[str | None] = [None] * len(wishes)
    for choice in range(max(map(len, wishes), default=0)):
        for number, wished in enumerate(wishes):
            if given[number] is None and choice < len(wished) and left.get(wished[choice], 0) > 0:
                given[number] = wished[choice]
                left[wished[choice]] -= 1
    return given


def share_by_ticket(wishes: Sequence[Sequence[str]], places: dict[str, int]) -> list[str | None]:
    """Schools of applicants in ticket order, each taking the most wished that has a place (遵循志愿的随机序列).

    Nobody gains by hiding what he wishes for, but a first wish can be lost to the second wish of a lower ticket.
    """
    left = dict(places)
    given: list[str | None] = []
    for wished in wishes:
        school = next((each for each in wished if left.get(each, 0) > 0), None)
        given.append(school)
        if school is not None:
            left[school] -= 1
    return given


RULES = {"by_choice": share_by_choice, "by_ticket": share_by_ticket}


def draw_lots(
    applicants: pd.DataFrame, places: pd.DataFrame, *, seed_text: str, rule: str = "by_choice"
) -> pd.DataFrame:
    """Table `lottery`: every application of the zones in `places` with its ticket and its school.

    applicants: application_no, stage, zone_id, choices (absent = the zone's schools as they are listed, by code);
    places: stage, zone_id, school_id, places. Raises InputError if the seed text is empty or an application wishes for
    a school outside its zone.
    """
    if not seed_text:
        what, remedy = (
            "the lottery has no seed text",
            "publish one: a draw of the state lottery after the list is closed, say",
        )
        raise InputError(problem(what, remedy, where="applicants"))
    zones = {key: dict(zip(rows["school_id"], rows["places"], strict=True)) for key, rows in _by_zone(places)}
    _check_choices(applicants, zones)
    parts = [
        _draw_zone(rows, zones[key], seed_text=seed_text, rule=rule)
        for key, rows in _by_zone(applicants)
        if key in zones
    ]
    drawn = pd.concat(parts, ignore_index=True) if parts else LOTTERY.empty()
    return drawn[LOTTERY.names].astype(LOTTERY.dtypes).sort_values(list(LOTTERY.key), ignore_index=True)


def recheck(
    published: pd.DataFrame, places: pd.DataFrame, *, seed_text: str, committed: Commitment, rule: str = "by_choice"
) -> tuple[Problem, ...]:
    """What is wrong with a published lottery; nothing, if list, seed text and commitment prove the result.

    published: table `lottery`. Only its numbers and wishes are believed, if they are those committed to; tickets, order and
    schools are worked out again. Raises InputError if the list cannot be drawn from at all.
    """
    twice = published.loc[published["application_no"].duplicated(), "application_no"]
    if len(twice):
        what, remedy = "an application stands twice", "keep one row per application number"
        raise InputError(problem(what, remedy, where="lottery", rows=sorted(twice)))
    found, now = Problems(), commit(seed_text, published)
    if now.seed_hash != committed.seed_hash:
        found.add("the seed text is not the one that was committed to", "ask for the seed text of this commitment")
    if now.list_hash != committed.list_hash:
        found.add("the list is not the one that was committed to", "ask for the list as it was closed")
    again = draw_lots(published, places, seed_text=seed_text, rule=rule).set_index("application_no")
    if len(again) < len(published):
        lost = sorted(set(published["application_no"]) - set(again.index))
        found.add(
            "applications are in no zone with places", "compare the list with the places", where="lottery", rows=lost
        )
    _compare(again, published.set_index("application_no").loc[again.index], found)
    return tuple(found.found)


def _compare(ours: pd.DataFrame, told: pd.DataFrame, found: Problems) -> None:
    for column, what in {
        "ticket": "tickets do not follow from seed text and number",
        "place": "the order does not follow from the tickets",
        "school_id": "schools do not follow from order, wishes and places",
    }.items():
        right, written = ours[column].astype(object), told[column].astype(object)
        wrong = ~((right == written) | (right.isna() & written.isna()))
        if wrong.any():
            remedy = "ask for the list to be drawn and published again"
            found.add(what, remedy, where="lottery", rows=sorted(ours.index[wrong]))


def wishes_of(choices: object, schools: Iterable[str]) -> list[str]:
    """Schools wished for, most wished first; all of the zone by code where none are told."""
    return sorted(schools) if pd.isna(choices) or not choices else str(choices).split(PARTED)


def _by_zone(rows: pd.DataFrame) -> Iterable[tuple[tuple[str, str], pd.DataFrame]]:
    return [((str(stage), str(zone)), part) for (stage, zone), part in rows.groupby(["stage", "zone_id"], sort=True)]


def _draw_zone(rows: pd.DataFrame, places: dict[str, int], *, seed_text: str, rule: str) -> pd.DataFrame:
    tickets = [ticket(seed_text, number) for number in rows["application_no"]]
    ordered = rows.assign(ticket=tickets).sort_values(["ticket", "application_no"], ignore_index=True)
    wishes = [wishes_of(choices, places) for choices in ordered["choices"]]
    given = RULES[rule](wishes, places)
    met = [None if school is None else wished.index(school) + 1 for school, wished in zip(given, wishes, strict=True)]
    number = pd.array(met, dtype="Int64")
    return ordered.assign(place=np.arange(1, len(ordered) + 1), choice=number, school_id=pd.array(given, dtype="str"))


def _check_choices(applicants: pd.DataFrame, zones: dict[tuple[str, str], dict[str, int]]) -> None:
    strange, twice = [], []
    for row in applicants.itertuples():
        own = zones.get((str(row.stage), str(row.zone_id)))
        if own is None:
            continue
        wished = wishes_of(row.choices, own)
        if set(wished) - set(own):
            strange.append(row.application_no)
        if len(set(wished)) < len(wished):
            twice.append(row.application_no)
    problems = Problems()
    if strange:
        problems.add(
            "schools are wished for that the zone has not",
            "see the zone's schools in the table of places",
            where="applicants",
            rows=sorted(strange),
        )
    if twice:
        problems.add("a school is wished for twice", "name each school once", where="applicants", rows=sorted(twice))
    problems.raise_any()
