"""An entry of the ledger, and what a class return makes of it (docs/method/ledger.md)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from catchment.errors import Problems, SettingsError, problem
from catchment.rules import RuleSet
from catchment.tables.columns import GRADES
from catchment.tables.ledger import CLASS_TIERS, OPEN_STATES


@dataclass(frozen=True)
class Limits:
    """Largest class within the standard, by stage; smallest oversized and super-oversized class (STANDARDS 2.1)."""

    standard: Mapping[str, int]
    oversized: int = 56
    super_oversized: int = 66

    def __post_init__(self) -> None:
        steps = [max(self.standard.values(), default=0), self.oversized - 1, self.super_oversized - 1]
        if not 0 < steps[0] <= steps[1] < steps[2]:
            what, remedy = "the limits of class sizes do not rise: {limits}", "correct class_size in the rule set"
            raise SettingsError(problem(what, remedy, limits=", ".join(map(str, steps))))

    def tier(self, stage: str, pupils: int) -> str:
        """The tier of a class, one of CLASS_TIERS."""
        lowest = (self.standard[stage] + 1, self.oversized, self.super_oversized)
        return CLASS_TIERS[sum(pupils >= least for least in lowest)]


def limits_of(rules: RuleSet) -> Limits:
    """Limits of a rule set: its class_size rules that bind every school; tiers that it does not name are the national ones.

    Raises SettingsError if it has no standard for a stage.
    """
    found = [rule for rule in rules.of("class_size") if not (rule.relief or rule.grades or rule.kinds)]
    standard: dict[str, int] = {
        rule.stage: int(rule.value) for rule in found if rule.level == "standard" and rule.stage
    }
    missing = [stage for stage in GRADES if stage not in standard]
    if missing:
        what, remedy = "rule set {name} has no standard class size for {stages}", "add class_size, level standard"
        raise SettingsError(problem(what, remedy, name=rules.name, stages=", ".join(missing)))
    worse = {rule.level: int(rule.value) + 1 for rule in found if rule.level in ("oversized", "super_oversized")}
    return Limits(standard, **worse)


class ClassRow(NamedTuple):
    """A class in a return: a row of table `classes`."""

    school_id: str
    stage: str
    entry_year: int
    grade: int
    class_no: str
    pupils: int
    snapshot: str

    @property
    def entry_id(self) -> str:
        return f"{self.school_id}/{self.stage}/{self.entry_year}/{self.class_no}"


@dataclass(frozen=True)
class Mark:
    """Who made a change and when, and the version of the entry that they had before them, if it matters."""

    by: str
    at: datetime
    version: int | None = None

    @property
    def day(self) -> str:
        return self.at.date().isoformat()


@dataclass(frozen=True)
class Entry:
    """A class that is or was above the standard; columns as in table `ledger`. Absent is None."""

    school_id: str
    stage: str
    entry_year: int
    class_no: str
    state: str
    grade: int
    pupils: int
    standard: int
    tier: str
    seen_on: str
    opened_on: str
    opened_grade: int
    opened_pupils: int
    opened_tier: str
    since_on: str
    relapses: int = 0
    cause: str | None = None
    measure: str | None = None
    project_id: str | None = None
    responsible: str | None = None
    due_on: str | None = None
    asked_on: str | None = None
    evidence: str | None = None
    verified_on: str | None = None
    verified_by: str | None = None
    verified_how: str | None = None
    closed_on: str | None = None
    closed_as: str | None = None
    exception: str | None = None
    remarks: str | None = None
    version: int = 1

    @property
    def entry_id(self) -> str:
        return f"{self.school_id}/{self.stage}/{self.entry_year}/{self.class_no}"

    @property
    def over(self) -> bool:
        return self.pupils > self.standard

    @property
    def fields(self) -> dict[str, Any]:
        """What the history keeps of it: all but the version, which counts the rows."""
        return {name: value for name, value in asdict(self).items() if name != "version"}


SIZE = ("grade", "pupils", "standard", "tier", "seen_on")
"""Fields that every return with the class writes."""
OPENING = ("opened_on", "opened_grade", "opened_pupils", "opened_tier")
STANDING = (
    "state", "since_on", "relapses", "asked_on", "verified_on", "verified_by", "verified_how", "closed_on", "closed_as",
)  # fmt: skip
"""Fields that tell where the entry stands."""
Outcome = tuple[str, Entry]
"""What happened (one of CHANGES), and the entry after it."""


@dataclass(frozen=True)
class Return:
    """A class return that is being recorded: its date, the autumn in which its school year began, what holds, who records."""

    snapshot: str
    autumn: int
    limits: Limits
    mark: Mark

    def effect(self, entry: Entry | None, row: ClassRow | None) -> Outcome | None:
        """What it makes of an entry (None = the class has none), given the class's row (None = it is not in the return).

        None = nothing happens.
        """
        if row is None:
            return _gone(entry, self) if entry is not None else None
        size = self.size(row)
        if entry is None:
            opened = _opened(row, size)
            return ("opened", opened) if opened.over else None
        now = replace(entry, **size)
        asked = entry.state == "write_off_asked" and str(entry.asked_on) < self.snapshot
        return _above(entry, now, asked=asked) if now.over else _within(entry, now, self.mark, asked=asked)

    def size(self, row: ClassRow) -> dict[str, Any]:
        """The fields SIZE of a class."""
        standard, tier = self.limits.standard[row.stage], self.limits.tier(row.stage, row.pupils)
        return dict(zip(SIZE, (row.grade, row.pupils, standard, tier, row.snapshot), strict=True))


def _opened(row: ClassRow, size: Mapping[str, Any]) -> Entry:
    opening = {f"opened_{name}": size[name] for name in ("grade", "pupils", "tier")}
    identity = {name: getattr(row, name) for name in ("school_id", "stage", "entry_year", "class_no")}
    return Entry(**identity, **size, **opening, state="open", opened_on=row.snapshot, since_on=row.snapshot)


def _above(entry: Entry, now: Entry, *, asked: bool) -> Outcome:
    """The class is above the standard: on the ledger it stays, or to it it returns."""
    if entry.state in OPEN_STATES:
        return ("turned_down", replace(now, state="in_remedy", asked_on=None)) if asked else ("measured", now)
    back = replace(
        now, state="open", since_on=now.seen_on, asked_on=None, verified_on=None, verified_by=None, verified_how=None,
        closed_on=None, closed_as=None,
    )  # fmt: skip
    if entry.state == "closed":
        return "reopened", back
    return "relapsed", replace(back, relapses=entry.relapses + 1)


def _within(entry: Entry, now: Entry, mark: Mark, *, asked: bool) -> Outcome:
    """The class is within the standard: written off if that was asked for before the date of the return."""
    if asked:
        return "verified", replace(
            now, state="written_off", verified_on=mark.day, verified_by=mark.by, verified_how="return",
            closed_on=now.seen_on,
        )  # fmt: skip
    return ("fell" if entry.state in OPEN_STATES and entry.over else "measured"), now


def _gone(entry: Entry, this: Return) -> Outcome | None:
    """The class is not in the return: its entry closes, but never as a success."""
    if entry.state not in OPEN_STATES:
        return None
    grades = GRADES[entry.stage]
    past = grades[0] + this.autumn - entry.entry_year > grades[-1]
    closed_as = "graduated" if past else "not_in_return"
    closed = replace(entry, state="closed", asked_on=None, closed_on=this.snapshot, closed_as=closed_as)
    return ("graduated" if past else "gone"), closed


def autumn_of(rows: list[ClassRow]) -> int:
    """The autumn in which the school year of a return began, as its own grades tell it.

    Returns of August may count in the old grades or already in the new ones, so that their date does not tell.
    """
    return max(row.entry_year + row.grade - GRADES[row.stage][0] for row in rows)


def days_open(entry: Entry, on: str) -> int:
    """Days on the ledger without a break, until it closed or until a day."""
    end = date.fromisoformat(entry.closed_on or on)
    return max(0, (end - date.fromisoformat(entry.since_on)).days)


def is_day(text: str) -> bool:
    """Whether a text is a date of the form YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_plain(text: str) -> bool:
    """Whether a text is without control characters and halves of characters, which databases refuse or cut."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def check_mark(mark: Mark, problems: Problems) -> None:
    """Tell a mark that nobody signed, or that cannot be kept."""
    if not mark.by.strip():
        problems.add("{name} is empty", "fill it in", name="by")
    if not is_plain(mark.by):
        problems.add("{names} holds characters that cannot be kept", "write plain text in one line", names="by")
