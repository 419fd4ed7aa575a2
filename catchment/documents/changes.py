"""The change notice: whose zone changes from the present one, from when, and who stays where they are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from catchment.documents.figures import PRIVACY, public_count
from catchment.documents.notice import BLANK
from catchment.documents.notice_tables import stages_of
from catchment.documents.origin import Desk, Speaker
from catchment.documents.parts import Column, Document, Grid, Heading, Items, Paragraph, Part, rows_of
from catchment.reports.page import Page, school_names
from catchment.reports.style import shown
from catchment.reports.workbook import write_pages

Tables = Mapping[str, pd.DataFrame]
EXEMPT = (
    "Pupils who are enrolled already stay at their schools until they leave them.",
    "A child whose elder brother or sister is enrolled at the former school may be admitted there, within its places.",
    "All others of the entry grades follow the new areas from autumn {year} on.",
)


def changes_of(tables: Tables, last: pd.DataFrame | None = None) -> pd.DataFrame:
    """Units whose zone is not the present one: stage, unit_id, area, old_id, old, new_id, new, old_m, new_m, more_m, children.

    last: table `zones` of an earlier run, taken for the present zones; else column present_id of the run's own. Metres are means of the
    unit's people by road; absent = out of reach. Ordered by stage, new and old school, unit.
    """
    zones = tables["zones"].rename(columns={"school_id": "new_id"})
    if last is not None:
        before = last[["unit_id", "stage", "school_id"]].rename(columns={"school_id": "old_id"})
        zones = zones.merge(before, on=["unit_id", "stage"], how="left")
    else:
        zones = zones.assign(old_id=zones["present_id"])
    moved = zones[zones["old_id"].notna() & (zones["old_id"] != zones["new_id"])]
    costs = tables["unit_costs"][tables["unit_costs"]["subject"] == "school"]
    ways = costs.set_index(["unit_id", "facility_id", "stage"])["distance_mm"] / 1000
    names, areas = school_names(tables).map(shown), tables["areas"].set_index("area_id")["name"].map(shown)
    homes = tables["units"].set_index("unit_id")["area_id"]

    def metres(school: str) -> pd.Series:
        keys = pd.MultiIndex.from_frame(moved[["unit_id", school, "stage"]])
        return pd.Series(ways.reindex(keys).to_numpy(), index=moved.index)

    moved = moved.assign(
        area=moved["unit_id"].map(homes).map(areas).fillna(""), old=moved["old_id"].map(names).fillna(moved["old_id"]),
        new=moved["new_id"].map(names), old_m=metres("old_id"), new_m=metres("new_id"),
    )  # fmt: skip
    moved = moved.assign(more_m=moved["new_m"] - moved["old_m"])
    order = ["stage", "new_id", "old_id", "unit_id"]
    kept = ["stage", "unit_id", "area", "old_id", "old", "new_id", "new", "old_m", "new_m", "more_m", "children"]
    return moved.sort_values(order, ascending=[False, True, True, True], ignore_index=True)[kept]


def present_told(tables: Tables) -> bool:
    """Whether the present zones are known."""
    return bool(tables["zones"]["present_id"].notna().any())


def change_notice(desk: Desk, changes: pd.DataFrame) -> Document:
    """The change notice of the zone year, for the public: counts of few children are not told."""
    study = desk.settings.study
    name = shown(study.name if study.language == "zh" else study.name_en)
    title = desk.say("Notice of changed admission areas of {study}, autumn {year}", study=name, year=desk.settings.zone_year)  # fmt: skip
    marks = () if study.map_review_number else (desk.say("Draft for review"),)
    return Document(
        stem="changes", title=title, language=study.language, marks=(*marks, *desk.marks), foot=desk.foot,
        parts=tuple(_parts(desk, changes)), contents=False,
    )  # fmt: skip


def _parts(desk: Desk, changes: pd.DataFrame) -> Iterator[Part]:
    say, told = desk.say, desk.settings.notice
    source = desk.source("zones", "unit_costs")
    yield Paragraph(say("To parents and guardians, schools, townships and subdistricts:"), "plain")
    yield Paragraph(say("From autumn {year} on the admission areas below change. They are drawn anew because children, seats or ways to school have changed; the reason for a single place is told on request (why this school).", year=desk.settings.zone_year))  # fmt: skip
    yield Heading(say("What changes"))
    if changes.empty:
        yield Paragraph(say("No area changes."))
    for stage, rows in changes.groupby("stage", sort=False):
        schools = len(set(rows["old_id"]) | set(rows["new_id"]))
        yield Paragraph(say("{stage}: {units} places (planning units) go to another school; {schools} schools are concerned.", stage=desk.code(str(stage)), units=f"{len(rows):,}", schools=schools))  # fmt: skip
        yield _by_school(rows, str(stage), desk, source)
    yield Heading(say("Who is concerned from when"))
    yield Items(tuple(say(text, year=desk.settings.zone_year) for text in EXEMPT))
    yield Heading(say("List by place"))
    yield Paragraph(say("Metres are by road, the mean of those who live there; more than before has a plus."))
    for stage in stages_of(desk.tables):
        rows = changes[changes["stage"] == stage]
        if len(rows):
            yield _by_unit(rows, stage, desk, source)
    yield Heading(say("Where to ask"))
    yield Paragraph(say("Questions: {office}, telephone {hotline}.", office=shown(told.office) or BLANK, hotline=shown(told.hotline) or BLANK))  # fmt: skip
    yield Paragraph(shown(told.issuer) or BLANK, "closing")
    yield Paragraph(shown(told.issued) or BLANK, "closing")


def _by_school(rows: pd.DataFrame, stage: str, speaker: Speaker, source: str) -> Grid:
    """Old and new school with places, children and metres more, each child counting once; of units without children each unit."""
    measured = rows.assign(weighted=rows["more_m"] * rows["children"], known=rows["children"].where(rows["more_m"].notna(), 0))  # fmt: skip
    sums = measured.groupby(["new", "old"], as_index=False, sort=False).agg(
        units=("unit_id", "size"),
        children=("children", "sum"),
        weighted=("weighted", "sum"),
        known=("known", "sum"),
        mean=("more_m", "mean"),
    )
    sums = sums.assign(more_m=(sums["weighted"] / sums["known"].where(sums["known"] > 0)).fillna(sums["mean"]))
    columns = (
        Column("old", speaker.say("From"), "text", 2.6), Column("new", speaker.say("To"), "text", 2.6),
        Column("units", speaker.say("Planning units"), "count", 0.9), Column("children", speaker.say("Children"), "public", 1),
        Column("more_m", speaker.say("Metres more or less (mean)"), "more_metres", 1.4),
    )  # fmt: skip
    caption = speaker.say("Areas that go to another school, {stage}", stage=speaker.code(stage))
    return Grid(caption, columns, rows_of(sums, columns), f"{source} {speaker.say(PRIVACY)}")


def _by_unit(rows: pd.DataFrame, stage: str, speaker: Speaker, source: str) -> Grid:
    columns = (
        Column("area", speaker.say("Township"), "text", 1.4), Column("unit_id", speaker.say("Planning unit"), "text", 2.2),
        Column("old", speaker.say("From"), "text", 2), Column("old_m", speaker.say("Metres"), "metres", 0.9),
        Column("new", speaker.say("To"), "text", 2), Column("new_m", speaker.say("Metres"), "metres", 0.9),
        Column("more_m", speaker.say("More or less"), "more_metres", 1), Column("children", speaker.say("Children"), "public", 0.8),
    )  # fmt: skip
    caption = speaker.say("Places that go to another school, {stage}", stage=speaker.code(stage))
    return Grid(caption, columns, rows_of(rows, columns), f"{source} {speaker.say(PRIVACY)}")


MAIL_MERGE = (
    ("stage", "Stage", "text"), ("unit_id", "Planning unit", "text"), ("area", "Area", "text"), ("old_id", "Former school code", "text"),
    ("old", "Former school", "text"), ("new_id", "New school code", "text"), ("new", "New school", "text"), ("old_m", "Metres to the former school", "int"),
    ("new_m", "Metres to the new school", "int"), ("more_m", "Metres more or less", "int"), ("public", "Children (fewer than ten not told)", "text"),
    ("first_year", "From autumn", "year"), ("exempt", "Who is exempt", "text"),
)  # fmt: skip


def write_mail_merge(desk: Desk, changes: pd.DataFrame, file: Path) -> Path:
    """changes.xlsx: a row for each place whose school changes, for letters."""
    settings = desk.settings
    exempt = " ".join(desk.say(text, year=settings.zone_year) for text in EXEMPT[:2])
    rows = changes.assign(
        public=[public_count(int(n)) for n in changes["children"]], first_year=settings.zone_year, exempt=exempt,
        stage=[desk.code(stage) for stage in changes["stage"]],
        **{name: changes[name].round() for name in ("old_m", "new_m", "more_m")},
    )  # fmt: skip
    page = Page("Changed areas", "Places whose school changes, one row each, for letters", MAIL_MERGE, rows)
    return write_pages([page], settings, file, desk.origin.run)
