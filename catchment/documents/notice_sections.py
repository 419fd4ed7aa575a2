"""The sections of the admission notice (招生通告) in the order of practice (STANDARDS 5.4), and its Word template.

The same function makes both: for the template every field is `{{ field }}` and every table one row in a loop, so that a filled
template says what the notice says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catchment.documents.notice_tables import plan_caption, plan_columns, scope_caption, scope_columns
from catchment.documents.notice_words import (
    CONDITIONS,
    DISCIPLINE,
    MATERIALS,
    MIGRANTS,
    PLACEMENT,
    PRINCIPLES,
    PROCEDURE,
    TIERS,
)
from catchment.documents.origin import Speaker
from catchment.documents.parts import Break, Column, Document, Grid, Heading, Items, Paragraph, Part, Picture
from catchment.tables import STAGES


@dataclass(frozen=True)
class Content:
    """What fills a notice: fields (name → text), grids (name → table), lists (name → lines), pictures."""

    fields: Mapping[str, str]
    grids: Mapping[str, Grid]
    lists: Mapping[str, tuple[str, ...]]
    pictures: tuple[Picture, ...]
    blank: bool = False
    """Whether it is the template, every value a field."""


def notice_document(content: Content, speaker: Speaker, stages: list[str]) -> Document:
    """A notice of its content."""
    fields = content.fields
    return Document(
        stem="notice", title=fields["title"], language=speaker.language, under_title=(fields["number"],),
        marks=(fields["marks"],) if fields["marks"] else (), foot=fields["foot"],
        parts=tuple(_parts(content, speaker, stages)), contents=False,
    )  # fmt: skip


def calendar_caption(speaker: Speaker, year: object) -> str:
    return speaker.say("Calendar of admission, {year}", year=year)


def calendar_columns(speaker: Speaker) -> tuple[Column, ...]:
    return Column("step", speaker.say("Step"), "text", 3), Column("date", speaker.say("Date"), "text", 2)


def _parts(content: Content, speaker: Speaker, stages: list[str]) -> Iterator[Part]:
    yield from _opening(content, speaker)
    yield from _areas(content, speaker, stages)
    yield from _rights(content, speaker)
    yield from _procedure(content, speaker)
    yield from _closing(content, speaker)


def _opening(content: Content, speaker: Speaker) -> Iterator[Part]:
    """To whom, why, by which principles, and who is admitted."""
    fields, say = content.fields, speaker.say
    yield Paragraph(say("To parents and guardians, schools, townships and subdistricts:"), "plain")
    yield Paragraph(say("So that every child of school age in {study} enters school near home and without examination, the admission to primary and junior secondary schools in autumn {year} is announced as follows, under the law on compulsory education and the rules in force, and by the children, schools and seats of each place.", **fields))  # fmt: skip
    yield Heading(say("Principles"))
    yield Items(tuple(say(text, **fields) for text in PRINCIPLES))
    yield Heading(say("Who is admitted"))
    yield Items(
        (
            say("First grade of primary school: children who are {age} years old by the cut, born from {first_day} to {last_day}. A child who for reasons of health must start later has the delay approved by the township or the bureau.", **fields),
            say("First grade of junior secondary school: this year's leavers of the primary schools."),
        )
    )  # fmt: skip


def _areas(content: Content, speaker: Speaker, stages: list[str]) -> Iterator[Part]:
    """Places, and what each school's area is."""
    fields, grids, say = content.fields, content.grids, speaker.say
    yield Heading(say("Admission plan"))
    yield Paragraph(say("Places are planned by the seats of each school and the usual size of a class. The plan issued by the bureau decides."))  # fmt: skip
    for stage in stages:
        yield grids[f"plan_{stage}"]
    yield Heading(say("Admission areas"))
    yield Paragraph(say("Children are admitted by the school in whose area they live. Areas are drawn by the ways to school, the seats and the number of children, and are binding for the entry grades of autumn {year}; pupils already enrolled stay at their schools.", **fields))  # fmt: skip
    for stage in stages:
        yield Heading(speaker.code(stage), 2)
        yield grids[f"scope_{stage}"]
    yield Paragraph(say("Numbered points stand on the map of each school, counted in each township; points in a row are joined by straight lines. Their places are told in an annex. For maps: {disclaimer}", **fields), "note")  # fmt: skip


def _rights(content: Content, speaker: Speaker) -> Iterator[Part]:
    """Conditions, papers, order of admission, migrant children."""
    fields, lists, say = content.fields, content.lists, speaker.say
    for heading, name, usual in (
        (say("Conditions"), "conditions", CONDITIONS),
        (say("Papers to bring"), "materials", MATERIALS),
    ):
        yield Heading(heading)
        yield Items(tuple(say(text, **fields) for text in usual))
        if lists[name]:
            own = lists[name]
            yield Items(own, start=len(usual) + 1, loop=name if content.blank else "")
    yield Heading(say("Order of admission"))
    yield Paragraph(say("Where more children apply than a school has places, they are admitted in this order:"))
    yield Items(tuple(say(text) for text in TIERS))
    yield Paragraph(say("Among children of the same rank decide, one after another: {same_rank}.", **fields))
    yield Heading(say("Children of migrant workers"))
    yield from (Paragraph(say(text, **fields)) for text in MIGRANTS)


def _procedure(content: Content, speaker: Speaker) -> Iterator[Part]:
    """How and when, who is placed by the bureau, discipline, and where to ask."""
    fields, say = content.fields, speaker.say
    yield Heading(say("Procedure and calendar"))
    yield Items(tuple(say(text, **fields) for text in PROCEDURE))
    yield content.grids["calendar"]
    yield Heading(say("Placement by the bureau"))
    yield from (Paragraph(say(text, **fields)) for text in PLACEMENT)
    yield Heading(say("Discipline and supervision"))
    yield Items(tuple(say(text, **fields) for text in DISCIPLINE))
    yield Heading(say("Where to ask"))
    yield Items((say("Questions: {office}, telephone {hotline}.", **fields), say("Complaints: telephone {supervision}.", **fields), say("Notices and results: {website}.", **fields)))  # fmt: skip


def _closing(content: Content, speaker: Speaker) -> Iterator[Part]:
    """Annexes, who issues it, the overview maps, and what is still open."""
    fields, lists, say = content.fields, content.lists, speaker.say
    yield Paragraph(say("Annexes: 1. overview maps of the admission areas; 2. a map for every school, in the numbers of the tables above; 3. places of the numbered points."))  # fmt: skip
    yield Paragraph(fields["issuer"], "closing")
    yield Paragraph(fields["issued"], "closing")
    yield from (Paragraph(line, "plain") for line in TEMPLATE_PICTURES) if content.blank else content.pictures
    if lists["points"]:
        yield from (Paragraph("{%p if points %}", "plain"),) if content.blank else (Break(),)
        yield Heading(say("Open points (taken out before publication)"))
        yield Items(lists["points"], loop="points" if content.blank else "")
        yield from (Paragraph("{%p endif %}", "plain"),) if content.blank else ()


# --- the template ----------------------------------------------------------------------------------

TEMPLATE_LINES = ("{{ line }}",)
TEMPLATE_PICTURES = (
    "{%p for picture in pictures %}", "{{ picture.image }}", "{{ picture.caption }}", "{%p endfor %}",
)  # fmt: skip
TEMPLATE_FIELDS = (
    "title", "number", "study", "year", "age", "first_day", "last_day", "foot", "marks", "issuer", "issued", "office",
    "hotline", "supervision", "website", "disclaimer", "same_rank", "schools", "source",
)  # fmt: skip


def template_of(language: str) -> Document:
    """The notice with fields for everything that a study fills in."""
    speaker = Speaker(language)
    fields = {name: f"{{{{ {name} }}}}" for name in TEMPLATE_FIELDS}
    grids = {}
    for stage in STAGES:
        plan, scope = f"plan_{stage}", f"scope_{stage}"
        grids[plan] = Grid(
            plan_caption(speaker, stage, fields["year"]), plan_columns(speaker), (), fields["source"], loop=plan
        )
        grids[scope] = Grid(scope_caption(speaker, stage, fields["year"]), scope_columns(speaker), (), loop=scope)
    grids["calendar"] = Grid(calendar_caption(speaker, fields["year"]), calendar_columns(speaker), (), loop="calendar")
    lists = dict.fromkeys(("conditions", "materials", "points"), TEMPLATE_LINES)
    return notice_document(Content(fields, grids, lists, (), blank=True), speaker, list(STAGES))
