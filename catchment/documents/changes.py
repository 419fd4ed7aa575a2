"""The change notice: whose zone changes from the present one, from when, and who stays where they are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from catchment.documents.change_words import PAIR, ChangedGround
from catchment.documents.figures import PRIVACY, public_count
from catchment.documents.notice import BLANK
from catchment.documents.parts import Column, Document, Grid, Heading, Items, Paragraph, Part, picture_of, rows_of
from catchment.documents.points import ABOUT, points_grid
from catchment.drafts import STAMP
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


def change_notice(ground: ChangedGround, maps: Path) -> Document:
    """The change notice of the zone year, for the public: counts of few children are not told. maps: folder of changes_<stage>."""
    desk = ground.desk
    study = desk.settings.study
    name = shown(study.name if desk.language == "zh" else study.name_en)
    title = desk.say("Notice of changed admission areas of {study}, autumn {year}", study=name, year=desk.settings.zone_year)  # fmt: skip
    marks: tuple[str, ...] = () if ground.proved else (desk.say(STAMP),)
    marks += () if study.map_review_number else (desk.say("Draft for review"),)
    return Document(
        stem="changes", title=title, language=desk.language, marks=(*marks, *desk.marks), foot=desk.foot,
        parts=tuple(_parts(ground, maps)), contents=False,
    )  # fmt: skip


def _parts(ground: ChangedGround, maps: Path) -> Iterator[Part]:
    desk = ground.desk
    say, told, changes = desk.say, desk.settings.notice, ground.changes
    yield Paragraph(say("To parents and guardians, schools, townships and subdistricts:"), "plain")
    yield Paragraph(say("From autumn {year} on the admission areas below change. They are drawn anew because children, seats or ways to school have changed; the reason for a single place is told on request (why this school).", year=desk.settings.zone_year))  # fmt: skip
    yield Heading(say("What changes"))
    if changes.empty:
        yield Paragraph(say("No area changes."))
    elif not ground.proved:
        yield Paragraph(say("The words below are not proved against the map: this notice is a draft."), "warning")
    for stage, rows in changes.groupby("stage", sort=False):
        schools = len(set(rows["old_id"]) | set(rows["new_id"]))
        yield Paragraph(say("{stage}: {pairs} pieces of ground go from one school to another; {schools} schools are concerned.", stage=desk.code(str(stage)), pairs=len(rows[PAIR].drop_duplicates()), schools=schools))  # fmt: skip
        yield _by_school(str(stage), ground)
        yield from picture_of(maps / f"changes_{stage}", say("What changes, {stage}", stage=desk.code(str(stage))), whole_page=True)  # fmt: skip
    yield Heading(say("Who is concerned from when"))
    yield Items(tuple(say(text, year=desk.settings.zone_year) for text in EXEMPT))
    if len(ground.points):
        yield Heading(say("Numbered points"))
        yield Paragraph(say(ABOUT, crs=desk.settings.study.crs))
        yield from (points_grid(desk, ground.points, str(stage)) for stage in dict.fromkeys(ground.points["stage"]))
    yield Heading(say("Where to ask"))
    yield Paragraph(say("Questions: {office}, telephone {hotline}.", office=shown(told.office) or BLANK, hotline=shown(told.hotline) or BLANK))  # fmt: skip
    yield Paragraph(shown(told.issuer) or BLANK, "closing")
    yield Paragraph(shown(told.issued) or BLANK, "closing")


def by_school(ground: ChangedGround) -> pd.DataFrame:
    """Each former and new school with its ground in words, children, and metres more: stage, no, old_id, old, new_id, new, text, children, more_m.

    Metres are means over children; of ground without children over its units.
    """
    rows = ground.changes
    measured = rows.assign(weighted=rows["more_m"] * rows["children"], known=rows["children"].where(rows["more_m"].notna(), 0))  # fmt: skip
    sums = measured.groupby(["stage", "new_id", "new", "old_id", "old"], as_index=False, sort=False).agg(
        children=("children", "sum"), weighted=("weighted", "sum"), known=("known", "sum"), mean=("more_m", "mean")
    )  # fmt: skip
    sums = sums.assign(more_m=(sums["weighted"] / sums["known"].where(sums["known"] > 0)).fillna(sums["mean"]))
    told = sums.merge(ground.texts, on=PAIR, validate="1:1").merge(ground.pairs, on=PAIR, validate="1:1")
    return told[["stage", "no", "old_id", "old", "new_id", "new", "text", "children", "more_m"]]


def _by_school(stage: str, ground: ChangedGround) -> Grid:
    desk = ground.desk
    told = by_school(ground)
    told = told[told["stage"] == stage].assign(text=lambda rows: rows["text"].map(shown))
    columns = (
        Column("no", desk.say("No."), "year", 0.7), Column("old", desk.say("From"), "text", 1.8), Column("new", desk.say("To"), "text", 1.8),
        Column("text", desk.say("Whose homes lie here"), "text", 5), Column("children", desk.say("Children"), "public", 0.8),
        Column("more_m", desk.say("Metres more or less (mean)"), "more_metres", 1),
    )  # fmt: skip
    caption = desk.say("Areas that go to another school, {stage}", stage=desk.code(stage))
    return Grid(caption, columns, rows_of(told, columns), f"{desk.source('zones', 'unit_costs')} {desk.say(PRIVACY)}")


SCHOOLS = (
    ("old_id", "Former school code", "text"), ("old", "From", "text"), ("new_id", "New school code", "text"), ("new", "To", "text"),
)  # fmt: skip
WAYS = (
    ("old_m", "Metres to the former school", "int"), ("new_m", "Metres to the new school", "int"), ("more_m", "Metres more or less", "int"),
)  # fmt: skip
PUBLIC = ("public", "Children (fewer than ten not told)", "text")
FROM = (("first_year", "From autumn", "year"), ("exempt", "Who is exempt", "text"))
GROUND = (
    ("stage", "Stage", "text"),
    ("no", "No.", "int"),
    *SCHOOLS,
    ("text", "Whose homes lie here", "text"),
    PUBLIC,
    WAYS[-1],
    *FROM,
)
UNITS = (
    ("stage", "Stage", "text"),
    ("unit_id", "Planning unit", "text"),
    ("area", "Area", "text"),
    *SCHOOLS,
    *WAYS,
    PUBLIC,
    *FROM,
)
DOORS = (
    ("stage", "Stage", "text"), ("area", "Area", "text"), ("street", "Street", "text"), ("number", "House number", "int"), ("place", "Hamlet", "text"),
    *SCHOOLS, *WAYS, *FROM,
)  # fmt: skip


def write_mail_merge(ground: ChangedGround, file: Path) -> Path:
    """changes.xlsx, for letters: what changes by former and new school, by planning unit and by house number."""
    desk, settings = ground.desk, ground.desk.settings
    exempt = " ".join(desk.say(text, year=settings.zone_year) for text in EXEMPT[:2])

    def merged(rows: pd.DataFrame) -> pd.DataFrame:
        metres = {name: rows[name].round() for name in ("old_m", "new_m", "more_m") if name in rows}
        counts = {"public": [public_count(int(n)) for n in rows["children"]]} if "children" in rows else {}
        stages = [desk.code(stage) for stage in rows["stage"]]
        return rows.assign(**metres, **counts, stage=stages, first_year=settings.zone_year, exempt=exempt)

    ways = ground.changes[["stage", "unit_id", *PAIR[1:], "old", "new", "old_m", "new_m", "more_m"]]
    doors = ground.doors().merge(ways, on=[*PAIR, "unit_id"], how="left", validate="m:1")
    names = school_names(desk.tables).map(shown)
    doors = doors.assign(old=doors["old_id"].map(names).fillna(doors["old_id"]), new=doors["new_id"].map(names))
    pages = [
        Page("Changed areas", "Ground that goes from one school to another, in words", GROUND, merged(by_school(ground))),
        Page("Changed planning units", "Places whose school changes, one row each, for letters", UNITS, merged(ground.changes)),
        Page("Changed house numbers", "House numbers and hamlets whose school changes, one row each, for letters", DOORS, merged(doors)),
    ]  # fmt: skip
    return write_pages(pages, settings, file, desk.origin.run)
