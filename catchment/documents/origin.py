"""Where the figures of a document come from, told on every page; and the words that documents are written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from catchment.drafts import STAMP, Reason, draft_reasons
from catchment.errors import InputError, problem
from catchment.locale import translate
from catchment.reports.origin import data_date
from catchment.reports.style import shown
from catchment.reports.words import CODES
from catchment.runs import Run
from catchment.settings import Settings, settings_hash

MARKED = "Demonstration data: values are invented and must not be used for decisions."


@dataclass(frozen=True)
class Speaker:
    """Says things in one language."""

    language: str

    def say(self, message: str, **values: object) -> str:
        """A message id in words, its braces filled in."""
        return translate(message, self.language).format(**values)

    def code(self, code: str) -> str:
        """What a code of a table is called; a code without a word is itself."""
        return translate(CODES.get(code, code), self.language)

    def day(self, day: date) -> str:
        """A date as it is written."""
        return f"{day.year}年{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {day:%B} {day.year}"

    def listed(self, texts: "list[str] | tuple[str, ...]") -> str:
        """Texts one after another."""
        return ("、" if self.language == "zh" else ", ").join(texts)


@dataclass(frozen=True)
class Origin:
    """The run that a document tells of: its name, a short hash of its settings, the date of its data, its language."""

    run: str
    settings_hash: str
    data_date: str
    demonstration: bool
    language: str
    drafts: tuple[Reason, ...] = ()
    """Why it must not be used for admission yet."""

    def foot(self, speaker: Speaker) -> str:
        """The line at the foot of every page."""
        return speaker.say(
            "Run {run} · settings {settings} · data as of {date}",
            run=shown(self.run),
            settings=self.settings_hash,
            date=self.data_date,
        )

    def source(self, speaker: Speaker, *tables: str) -> str:
        """The line below a table: the tables of the run that its figures come from."""
        return speaker.say("Source: run {run}, {tables}.", run=shown(self.run), tables=", ".join(tables))

    def marks(self, speaker: Speaker) -> tuple[str, ...]:
        """What every page must say: that it is a draft, and why; that its data are invented."""
        draft = [f"{speaker.say(STAMP)}{speaker.say(': ')}{speaker.say('; ').join(self.reasons(speaker))}"]
        return (*(draft if self.drafts else ()), *((speaker.say(MARKED),) if self.demonstration else ()))

    def reasons(self, speaker: Speaker) -> tuple[str, ...]:
        """The reasons of a draft in words."""
        return tuple(reason.text(speaker.language) for reason in self.drafts)


@dataclass(frozen=True)
class Desk(Speaker):
    """What a document is written from: a run's tables and settings, their origin, and the folder of its maps."""

    settings: Settings
    tables: Mapping[str, pd.DataFrame]
    origin: Origin
    maps: Path

    def source(self, *tables: str) -> str:
        """The line below a table: where its figures come from."""
        return self.origin.source(self, *tables)

    @property
    def foot(self) -> str:
        return self.origin.foot(self)

    @property
    def marks(self) -> tuple[str, ...]:
        return self.origin.marks(self)


def desk_of(found: Run, now: Settings, language: str, maps: Path) -> Desk:
    """A run laid out for writing; now: study.toml as it is; language: empty = the study's."""
    settings = settings_of_run(found, now, language)
    return Desk(settings.study.language, settings, found.tables, origin_of(found), maps)


def origin_of(found: Run) -> Origin:
    """Of a run that was read, with the settings that it was made with."""
    then = Settings.model_validate(found.manifest["settings"])
    return Origin(
        run=str(found.manifest["run"]),
        settings_hash=settings_hash(then),
        data_date=data_date(then, found.tables),
        demonstration=then.study.demonstration,
        language=then.study.language,
        drafts=draft_reasons(then, found.tables),
    )


def settings_of_run(found: Run, now: Settings, language: str) -> Settings:
    """The settings that a run was made with, the fields of documents as they are now; language: empty = the study's.

    A document tells of the run's tables, so it must not take years or rules from a study.toml changed since.
    Raises InputError if the run was made by a version with other settings.
    """
    try:
        then = Settings.model_validate(found.manifest["settings"])
    except ValidationError:
        what, remedy = "run {run} was made by another version of catchment", "run it again"
        raise InputError(problem(what, remedy, run=found.manifest["run"])) from None
    study = then.study.model_copy(update={"language": language} if language else {})
    return then.model_copy(update={"study": study, "notice": now.notice, "documents": now.documents})


def born_between(year: int, entry_age: int, cut_month: int) -> tuple[date, date]:
    """First and last day of birth of those who reach the entry age by the cut in the autumn of a year.

    cut_month: those born before the first of this month reach it in time; 13 = all of a calendar year enter together.
    """
    turn = date(year - entry_age + 1, 1, 1) if cut_month == 13 else date(year - entry_age, cut_month, 1)
    return turn.replace(year=turn.year - 1), turn - timedelta(days=1)
