"""What an admission notice (招生通告) is filled with: its fields, tables and maps, and the points still open."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from catchment.documents.notice_sections import Content, calendar_caption, calendar_columns, notice_document
from catchment.documents.notice_tables import (
    intake,
    map_name,
    plan_grid,
    plan_source,
    schools_of,
    scope_grid,
    stages_of,
)
from catchment.documents.notice_words import (
    EVENTS,
    FIELDS_BLANK,
    ORDER,
)
from catchment.documents.origin import Desk, born_between
from catchment.documents.parts import Document, Grid, Picture
from catchment.documents.scopes import Scopes
from catchment.reports.base import OF_ZONES
from catchment.reports.style import safe_name, shown
from catchment.settings.notice import Event

BLANK = "________"
MARKS_PARTED = "　·　"
MOST_FAULTS = 20
"""Faults of the texts that are listed one by one."""


def notice_of(desk: Desk, scopes: Scopes) -> Document:
    """The notice of the zone year."""
    return notice_document(content_of(desk, scopes), desk, stages_of(desk.tables))


def content_of(desk: Desk, scopes: Scopes) -> Content:
    """All that the notice of a run is filled with. Maps that are not drawn are open points."""
    stages, told = stages_of(desk.tables), desk.settings.notice
    grids = {f"plan_{stage}": plan_grid(desk, stage) for stage in stages}
    grids |= {f"scope_{stage}": scope_grid(desk, stage, scopes) for stage in stages}
    grids["calendar"] = _calendar(desk)
    overviews = {stage: desk.maps / f"overview_{stage}" for stage in stages}
    points = open_points(desk, scopes, [stem for stem in overviews.values() if not _drawn(stem)])
    pictures = tuple(
        Picture(stem, desk.say("Overview of the admission areas, {stage}", stage=desk.code(stage)), whole_page=True)
        for stage, stem in overviews.items()
        if _drawn(stem)
    )
    own = {name: tuple(map(shown, getattr(told, name))) for name in ("conditions", "materials")}
    return Content(_fields(desk, points), grids, {**own, "points": points}, pictures)


def _drawn(stem: Path) -> bool:
    return stem.with_suffix(".pdf").exists() and stem.with_suffix(".png").exists()


def _fields(desk: Desk, points: tuple[str, ...]) -> dict[str, str]:
    settings, origin = desk.settings, desk.origin
    study, told = settings.study, settings.notice
    name = shown(study.name if study.language == "zh" else study.name_en)
    first, last = born_between(settings.zone_year, settings.forecast.entry_age, settings.forecast.cut_month)
    marks = [desk.say("Draft: not for admission. The points still open are on the last page.")] if points else []
    if not study.map_review_number:
        marks.append(desk.say("Draft for review"))
    number = desk.say("Document number: {number}", number=_or_blank(told.number))
    review = (
        desk.say("Map review number: {number}", number=shown(study.map_review_number))
        if study.map_review_number
        else desk.say("Map review number: none, draft for review")
    )
    return {
        "title": desk.say("Admission notice for compulsory schools of {study}, autumn {year}", study=name, year=settings.zone_year),
        "number": number, "study": name, "year": str(settings.zone_year), "age": str(settings.forecast.entry_age),
        "first_day": desk.day(first), "last_day": desk.day(last), "foot": desk.foot,
        "marks": MARKS_PARTED.join([*marks, *desk.marks]),
        "issuer": _or_blank(told.issuer), "issued": _or_blank(told.issued), "office": _or_blank(told.office),
        "hotline": _or_blank(told.hotline), "supervision": _or_blank(told.supervision), "website": _or_blank(told.website),
        "disclaimer": desk.say(OF_ZONES, review=review, date=origin.data_date),
        "same_rank": _same_rank(desk), "source": plan_source(desk),
        "schools": str(desk.tables["schools"]["school_id"].nunique()),
    }  # fmt: skip


def _or_blank(text: str) -> str:
    return shown(text) or BLANK


def _same_rank(desk: Desk) -> str:
    """What decides among those of one rank, in order."""
    words = [desk.say(ORDER[rule]) for rule in desk.settings.admission.order if rule != "tier"]
    return desk.listed([*words, desk.say("lots drawn in public")])


def _calendar(desk: Desk) -> Grid:
    dates = desk.settings.notice.dates
    rows = tuple((desk.say(EVENTS[event]), _or_blank(dates.get(event, ""))) for event in get_args(Event))
    return Grid(calendar_caption(desk, desk.settings.zone_year), calendar_columns(desk), rows)


# --- what is still open ----------------------------------------------------------------------------


def open_points(desk: Desk, scopes: Scopes, undrawn: list[Path]) -> tuple[str, ...]:
    """What must be settled before the notice goes out; while there is any, it is stamped a draft."""
    points = list(_empty_fields(desk))
    if not desk.settings.study.map_review_number:
        points.append(desk.say("The maps have no review number (study.map_review_number)."))
    points += [desk.say("The run is a draft: {reason}.", reason=reason) for reason in desk.origin.reasons(desk)]
    if scopes.faults:
        count = len(scopes.faults)
        points.append(desk.say("The words of the admission areas do not agree with the map in {count} places:", count=count))  # fmt: skip
        points += [shown(fault) for fault in scopes.faults[:MOST_FAULTS]]
    over = desk.tables["zone_schools"][desk.tables["zone_schools"]["over_seats"] > 0]
    if len(over):
        children = f"{over['over_seats'].sum():,}"
        points.append(desk.say("{schools} zones have more children than seats, {children} children in all: decide where they are placed.", schools=len(over), children=children))  # fmt: skip
    points += _too_many(desk)
    points += [desk.say("Map {map} is not drawn: run `catchment run`.", map=stem.name) for stem in undrawn]
    return tuple(points)


def _too_many(desk: Desk) -> Iterator[str]:
    """Stages in which zones have more children of the entry grade than their schools have places."""
    for stage in stages_of(desk.tables):
        rows = intake(desk, stage)
        short = rows[rows["children"].fillna(0) > rows["places"]]
        if len(short):
            children = int((short["children"] - short["places"]).sum())
            yield desk.say("{stage}: the zones of {schools} schools have more children of the entry grade than places, {children} children in all.", stage=desk.code(stage), schools=len(short), children=f"{children:,}")  # fmt: skip


def _empty_fields(desk: Desk) -> Iterator[str]:
    told = desk.settings.notice
    empty = [desk.say(words) for name, words in FIELDS_BLANK.items() if not getattr(told, name)]
    if empty:
        yield desk.say("Not filled in ([notice]): {fields}.", fields=desk.listed(empty))
    undated = [desk.say(EVENTS[event]) for event in get_args(Event) if not told.dates.get(event)]
    if undated:
        yield desk.say("Dates not filled in ([notice.dates]): {fields}.", fields=desk.listed(undated))


def maps_of(desk: Desk, stage: str) -> Document | None:
    """The annex with the map of every school of a stage, in the numbers of the notice; None if none is drawn."""
    folder, found = desk.maps / "zones" / stage, []
    for row in schools_of(desk.tables, stage).itertuples():
        file = folder / f"{safe_name(row.school_id)}_{safe_name(row.school)}.pdf"
        if file.exists():
            found.append(Picture(file, f"{map_name(desk, stage, row.no)}  {row.school}", whole_page=True))
    if not found:
        return None
    year = desk.settings.zone_year
    title = desk.say("Maps of the admission areas, {stage}, autumn {year}", stage=desk.code(stage), year=year)
    return Document(
        stem=f"notice_maps_{stage}", title=title, language=desk.language, parts=tuple(found), contents=False,
        marks=desk.marks, foot=desk.foot, captions=False,
    )  # fmt: skip
